//! A declared installation: pools, people and applications, applied so that a second time changes nothing. Strict: whatever is
//! wrong is found before anything is written, and named by its place.

use crate::app::World;
use crate::client::{AuthMethod, Client, ClientSettings, SettingError};
use crate::pool::PoolSettings;
use crate::profile::{Claims, Profile};
use crate::{Fault, keys};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use usher_crypto::jose::SigningAlgorithm;
use usher_crypto::password::{Hasher, PasswordCost};
use usher_crypto::seal::MasterKey;
use usher_store::tables::{ClientRow, Logo, PoolRow, UserRow, write};
use usher_store::{Applied, Batch, Store};
use usher_types::endpoint::is_pool_name;
use usher_types::fold::IdentifierKey;
use usher_types::opaque::base64url;
use usher_types::{PoolId, Secret, Timestamp, UserId, limits};

/// A declared pool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolSeed {
    /// Its name: in paths and cookies. The first declared pool lives at the public URL itself.
    pub name: String,
    /// Its settings.
    #[serde(default)]
    pub settings: PoolSettings,
    /// Its applications.
    #[serde(default)]
    pub applications: Vec<ClientSettings>,
    /// Its people.
    #[serde(default)]
    pub users: Vec<UserSeed>,
}

/// A declared person. The password is set when the person is created and left alone afterwards.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSeed {
    /// A login name; the e-mail address and the telephone number among the claims are others.
    pub username: Option<String>,
    /// The first password.
    pub password: Option<Secret>,
    /// Whether the person may sign in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The person's claims.
    #[serde(default)]
    pub claims: Claims,
}

const fn yes() -> bool {
    true
}

/// The kind of thing that is declared wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// The pool itself.
    Pool,
    /// Its application with this number.
    Application(usize),
    /// Its person with this number.
    User(usize),
}

/// What is declared wrongly, and where.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A declaration that cannot be.
    #[error("pool {pool}: {setting}")]
    Setting {
        /// Number of the pool.
        pool: usize,
        /// What in the pool.
        item: Item,
        /// Which setting, and why.
        setting: SettingError,
    },
    /// Our mistake or the world's.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Checks declarations without touching anything.
pub fn check(pools: &[PoolSeed], base: &Path) -> Result<(), SeedError> {
    for (number, pool) in pools.iter().enumerate() {
        let at = |item| move |setting| SeedError::Setting { pool: number, item, setting };
        let wrong = |item, key, message: String| Err(at(item)(SettingError::new(key, message)));
        if !is_pool_name(&pool.name) {
            let message = format!("{:?} cannot name a pool: a-z, 0-9 and hyphens are allowed, and no name of a path such as oidc", pool.name);
            return wrong(Item::Pool, "name", message);
        }
        if pools.iter().take(number).any(|p| p.name == pool.name) {
            return wrong(Item::Pool, "name", format!("a pool named {:?} is declared above", pool.name));
        }
        pool.settings.check().map_err(at(Item::Pool))?;
        for (i, client) in pool.applications.iter().enumerate() {
            let item = Item::Application(i);
            client.check().map_err(at(item))?;
            if client.auth_method() != AuthMethod::None && client.client_secret.is_none() {
                let message = format!("needed for {}, 32 to 256 characters drawn at random", client.auth_method().as_str());
                return wrong(item, "client_secret", message);
            }
            if pool.applications.iter().take(i).any(|c| c.client_id == client.client_id) {
                return wrong(item, "client_id", format!("an application {:?} is declared above", client.client_id));
            }
            if let Some(path) = &client.logo {
                read_logo(&base.join(path)).map_err(|m| at(item)(SettingError::new("logo", m)))?;
            }
        }
        for (i, user) in pool.users.iter().enumerate() {
            check_user(user, &pool.settings).map_err(at(Item::User(i)))?;
        }
    }
    Ok(())
}

fn check_user(user: &UserSeed, settings: &PoolSettings) -> Result<(), SettingError> {
    let profile = Profile::new(&user.claims, user.username.as_deref(), Timestamp::from_millis(0));
    let mut names = 0;
    for (kind, name) in profile.login_names() {
        names += 1;
        if IdentifierKey::fold(name).is_none() {
            return Err(SettingError::new("username", format!("{name:?} cannot be a login name ({kind})")));
        }
    }
    if names == 0 {
        return Err(SettingError::new("username", "a person needs a username, an email or a phone_number to sign in with"));
    }
    if let Some(password) = &user.password {
        let characters = String::from_utf8_lossy(password.expose()).chars().count();
        if characters < settings.password_characters() || password.expose().len() > limits::PASSWORD_BYTES {
            let message = format!(
                "{} to {} characters are needed (NIST SP 800-63B; [pools.settings] password_min_characters lowers it)",
                settings.password_characters(),
                limits::PASSWORD_BYTES
            );
            return Err(SettingError::new("password", message));
        }
    }
    Ok(())
}

/// Reads a logo and finds its media type from its content, never from its name.
fn read_logo(path: &PathBuf) -> Result<Logo, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    if bytes.len() > limits::LOGO_BYTES {
        return Err(format!("{}: at most {} bytes are allowed", path.display(), limits::LOGO_BYTES));
    }
    let media_type = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        "image/jpeg"
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        "image/webp"
    } else {
        return Err(format!("{}: a PNG, JPEG or WebP file is expected", path.display()));
    };
    Ok(Logo { media_type: media_type.to_owned(), bytes })
}

/// Applies declarations. Several nodes may do so at once; each thing that is there already and equal is left alone.
pub async fn apply(store: &Store, master: &MasterKey, world: &World, pools: &[PoolSeed], base: &Path) -> Result<(), SeedError> {
    check(pools, base)?;
    for (number, seed) in pools.iter().enumerate() {
        let pool = apply_pool(store, world, seed, number).await?;
        let planter = Planter { store, master, world, pool, number };
        let mut algorithms = vec![SigningAlgorithm::Rs256];
        for (i, client) in seed.applications.iter().enumerate() {
            planter.application(client, i, base).await?;
            algorithms.extend([client.id_token_signed_response_alg, client.access_token_signed_response_alg]);
        }
        algorithms.sort_by_key(|a| a.as_str());
        algorithms.dedup();
        keys::ensure(store, master, pool, &algorithms, &*world.random, world.clock.now()).await?;
        for (i, user) in seed.users.iter().enumerate() {
            planter.user(user, i).await?;
        }
    }
    Ok(())
}

async fn apply_pool(store: &Store, world: &World, seed: &PoolSeed, number: usize) -> Result<PoolId, SeedError> {
    let now = world.clock.now();
    let settings = serde_json::to_string(&seed.settings).unwrap_or_default();
    // Another node may be doing the same: what it stored first is what both go on with.
    for _ in 0..3 {
        let stored = store.pools().await?;
        if let Some(pool) = stored.iter().find(|p| p.name == seed.name) {
            if pool.settings == settings {
                return Ok(pool.id);
            }
            let mut batch = Batch::new();
            write::pool::update(&mut batch, POOL, PoolRow { settings: settings.clone(), ..pool.clone() }, now);
            write::pool::bump_revision(&mut batch);
            if let Applied::Done = store.apply(batch).await? {
                return Ok(pool.id);
            }
            continue;
        }
        let is_first = number == 0;
        if let Some(first) = stored.iter().find(|p| p.is_first && is_first) {
            let message = format!("the first pool of this database is {:?}: declare it first", first.name);
            return Err(SeedError::Setting { pool: number, item: Item::Pool, setting: SettingError::new("name", message) });
        }
        let row = PoolRow { id: PoolId::new(now, &*world.random), name: seed.name.clone(), is_first, settings: settings.clone(), version: 1 };
        let mut batch = Batch::new();
        write::pool::insert(&mut batch, POOL, row, now);
        write::pool::bump_revision(&mut batch);
        let _ = store.apply(batch).await?;
    }
    Err(Fault::bug("a pool changed again and again while it was applied").into())
}

const POOL: &str = "the pool is as it was read";
const CLIENT: &str = "the application is as it was read";
const USER: &str = "the person is as they were read";
const IDENTIFIER: &str = "the login name is free";

/// What is planted into one pool.
struct Planter<'a> {
    store: &'a Store,
    master: &'a MasterKey,
    world: &'a World,
    pool: PoolId,
    number: usize,
}

impl Planter<'_> {
    fn wrong(&self, item: Item, key: &'static str, message: String) -> SeedError {
        SeedError::Setting { pool: self.number, item, setting: SettingError::new(key, message) }
    }

    async fn application(&self, declared: &ClientSettings, number: usize, base: &Path) -> Result<(), SeedError> {
        let now = self.world.clock.now();
        let mut settings = declared.clone();
        let logo = match &declared.logo {
            Some(path) => Some(read_logo(&base.join(path)).map_err(|m| self.wrong(Item::Application(number), "logo", m))?),
            None => None,
        };
        settings.logo_digest =
            logo.as_ref().map(|l| base64url(usher_crypto::sha256(&l.bytes).get(..12).unwrap_or_default()));
        let stored = self.store.clients(self.pool).await?.into_iter().find(|c| c.client_id == declared.client_id);
        let secret_hash = declared.client_secret.as_ref().map(|s| usher_crypto::sha256(s.expose()));
        // HS256 needs the plain value: it is sealed, for this application only. A fresh seal of the same secret is no change.
        let symmetric = declared.id_token_signed_response_alg.is_symmetric();
        let sealed_already = stored.as_ref().filter(|s| s.secret_hash == secret_hash).and_then(|s| s.secret_sealed.clone());
        let sealed = declared.client_secret.as_ref().filter(|_| symmetric).map(|secret| {
            sealed_already.unwrap_or_else(|| self.master.seal(&secret_context(self.pool, &declared.client_id), secret.expose(), &*self.world.random))
        });
        let row = ClientRow {
            client_id: declared.client_id.clone(),
            enabled: declared.enabled,
            settings: serde_json::to_string(&settings).unwrap_or_default(),
            secret_hash,
            secret_sealed: sealed,
            previous_secret_hash: None,
            previous_secret_until: None,
            version: stored.as_ref().map_or(1, |s| s.version),
        };
        let same = stored.as_ref().is_some_and(|s| {
            s.enabled == row.enabled && s.settings == row.settings && s.secret_hash == row.secret_hash && s.secret_sealed == row.secret_sealed
        });
        if same {
            return Ok(());
        }
        let mut batch = Batch::new();
        write::client::set_logo(&mut batch, self.pool, &declared.client_id, logo);
        match stored {
            Some(_) => write::client::update(&mut batch, CLIENT, self.pool, row, now),
            None => write::client::insert(&mut batch, CLIENT, self.pool, row, now),
        }
        write::pool::bump_revision(&mut batch);
        // Refused: another node applied the same declaration first.
        let _ = self.store.apply(batch).await?;
        Ok(())
    }

    async fn user(&self, declared: &UserSeed, number: usize) -> Result<(), SeedError> {
        let now = self.world.clock.now();
        let profile = Profile::new(&declared.claims, declared.username.as_deref(), now);
        let mut names: Vec<(&'static str, IdentifierKey)> = Vec::new();
        for (kind, name) in profile.login_names() {
            // A user name that is the e-mail address too is one login name.
            names.extend(IdentifierKey::fold(name).filter(|key| names.iter().all(|(_, k)| k != key)).map(|key| (kind, key)));
        }
        let mut stored = None;
        for (_, key) in &names {
            if stored.is_none() {
                stored = self.store.user_by_identifier(self.pool, key.as_str()).await?;
            }
        }
        let mut batch = Batch::new();
        let id = match stored {
            Some(user) => {
                if user.enabled == declared.enabled && Profile::parse(&user.profile).is_same_as(&profile) {
                    return Ok(());
                }
                let id = user.id;
                let row = UserRow { enabled: declared.enabled, profile: profile.to_text(), ..user };
                write::user::update(&mut batch, USER, self.pool, row, now);
                write::user::delete_identifiers(&mut batch, self.pool, id);
                if !declared.enabled {
                    write::grant::revoke_of_user(&mut batch, self.pool, id, now);
                }
                id
            }
            None => {
                let id = UserId::new(now, &*self.world.random);
                let password_hash = declared.password.as_ref().map(|p| self.hash(p)).transpose()?;
                let row = UserRow { id, enabled: declared.enabled, password_hash, profile: profile.to_text(), version: 1 };
                write::user::insert(&mut batch, self.pool, row, now);
                id
            }
        };
        for (kind, key) in &names {
            write::user::insert_identifier(&mut batch, IDENTIFIER, self.pool, id, key.as_str(), kind);
        }
        match self.store.apply(batch).await? {
            Applied::Refused { guard } if guard == IDENTIFIER => {
                let message = "one of this person's login names belongs to somebody else in the pool".to_owned();
                Err(self.wrong(Item::User(number), "username", message))
            }
            _ => Ok(()),
        }
    }

    fn hash(&self, password: &Secret) -> Result<String, Fault> {
        Hasher::new().hash(password.expose(), PasswordCost::TODAY, &*self.world.random).map_err(|e| Fault::bug(&format!("a password: {e}")))
    }
}

/// What an application's secret is sealed for.
pub fn secret_context(pool: PoolId, client_id: &str) -> String {
    format!("client secret {pool} {client_id}")
}

/// The plain secret of an application, for HS256.
pub fn open_secret(master: &MasterKey, pool: PoolId, client: &Client, sealed: &[u8]) -> Result<Secret, Fault> {
    master.open(&secret_context(pool, client.id()), sealed).map_err(|_| Fault::bug("a client secret was sealed by another master key"))
}
