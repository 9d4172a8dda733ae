//! Checking declarations before anything is touched.

use super::{Item, PoolSeed, SeedError};
use crate::client::{AuthMethod, SettingError};
use crate::password::Rule;
use crate::registration::{check_user, login_keys, read_logo};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use usher_types::endpoint::is_pool_name;
use usher_types::fold::IdentifierKey;
use usher_types::uri::PublicUrl;

/// Checks declarations without touching anything.
pub fn check(pools: &[PoolSeed], base: &Path) -> Result<(), SeedError> {
    for (number, pool) in pools.iter().enumerate() {
        let at = |item| move |setting| SeedError::Setting { pool: number, item, setting };
        let wrong = |item, key, message: String| Err(at(item)(SettingError::new(key, message)));
        if !is_pool_name(&pool.name) {
            let message = format!(
                "{:?} cannot name a pool: a-z, 0-9 and hyphens are allowed, and no name of a path such as oidc",
                pool.name
            );
            return wrong(Item::Pool, "name", message);
        }
        if pools.iter().take(number).any(|p| p.name == pool.name) {
            return wrong(Item::Pool, "name", format!("a pool named {:?} is declared above", pool.name));
        }
        pool.settings.check().map_err(at(Item::Settings))?;
        for (i, client) in pool.applications.iter().enumerate() {
            let item = Item::Application(i);
            client.check().map_err(at(item))?;
            let by_secret = client.auth_methods().into_iter().find(|m| m.needs_secret());
            let purpose = match client.id_token_signed_response_alg.is_symmetric() {
                true => Some(client.id_token_signed_response_alg.as_str()),
                false => by_secret.map(AuthMethod::as_str),
            };
            if let Some(purpose) = purpose.filter(|_| client.client_secret.is_none()) {
                let message = format!("needed for {purpose}, 32 to 256 characters drawn at random");
                return wrong(item, "client_secret", message);
            }
            if pool.applications.iter().take(i).any(|c| c.client_id == client.client_id) {
                return wrong(
                    item,
                    "client_id",
                    format!("an application {:?} is declared above", client.client_id),
                );
            }
            if let Some(path) = &client.logo {
                read_logo(&base.join(path)).map_err(|m| at(item)(SettingError::new("logo", m)))?;
            }
        }
        check_access_keys(pool).map_err(|(item, setting)| at(item)(setting))?;
        let rule = Rule::new(&pool.settings, &pool.name);
        let mut taken: HashMap<IdentifierKey, usize> = HashMap::new();
        for (i, user) in pool.users.iter().enumerate() {
            check_user(user, &rule).map_err(at(Item::User(i)))?;
            for (key, name, folded) in login_keys(user) {
                if taken.get(&folded).is_some_and(|earlier| *earlier != i) {
                    let same = folded.as_str();
                    let message = format!("{name:?} is the login name {same:?} of somebody declared above");
                    return wrong(Item::User(i), key, message);
                }
                taken.insert(folded, i);
            }
        }
    }
    Ok(())
}

/// Checks declared domains against the address that all other pools share.
pub fn check_domains(pools: &[PoolSeed], public_url: &PublicUrl) -> Result<(), SeedError> {
    for (number, pool) in pools.iter().enumerate() {
        let Some(domain) = &pool.domain else { continue };
        let wrong = |message: String| {
            let setting = SettingError::new("domain", message);
            Err(SeedError::Setting { pool: number, item: Item::Pool, setting })
        };
        if let Err(error) = domain.address(public_url) {
            return wrong(error.to_string());
        }
        if number == 0 {
            return wrong("the first pool lives at public_url itself: change that instead".to_owned());
        }
        if pools.iter().take(number).any(|other| other.domain.as_ref() == Some(domain)) {
            return wrong(format!("a pool above lives at {domain} already"));
        }
    }
    Ok(())
}

/// Each access key by itself, and that every name of a pool means one caller.
fn check_access_keys(pool: &PoolSeed) -> Result<(), (Item, SettingError)> {
    let mut taken: HashSet<&str> = pool.applications.iter().map(|c| c.client_id.as_str()).collect();
    for (i, client) in pool.applications.iter().enumerate() {
        for (j, key) in client.access_keys.iter().enumerate() {
            let wrong = |setting| (Item::AccessKey(i, j), setting);
            key.check().map_err(wrong)?;
            if !taken.insert(&key.access_key) {
                let message =
                    format!("{:?} is declared already, as an application or an access key", key.access_key);
                return Err(wrong(SettingError::new("access_key", message)));
            }
        }
    }
    Ok(())
}
