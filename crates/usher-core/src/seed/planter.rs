//! Planting one pool's applications and people: what is there already and equal is left alone.

use super::check::read_logo;
use super::{Item, SeedError, UserSeed, secret_context};
use crate::Fault;
use crate::client::{ClientSettings, SettingError};
use crate::profile::Profile;
use crate::world::World;
use std::path::Path;
use usher_crypto::password::{Hasher, PasswordCost};
use usher_crypto::seal::MasterKey;
use usher_store::tables::{ClientRow, UserRow, write};
use usher_store::{Applied, Batch, Store};
use usher_types::fold::IdentifierKey;
use usher_types::opaque::base64url;
use usher_types::{PoolId, Secret, UserId};

const CLIENT: &str = "the application is as it was read";
const USER: &str = "the person is as they were read";
const IDENTIFIER: &str = "the login name is free";

/// What is planted into one pool.
pub(super) struct Planter<'a> {
    pub(super) store: &'a Store,
    pub(super) master: &'a MasterKey,
    pub(super) world: &'a World,
    pub(super) pool: PoolId,
    pub(super) number: usize,
}

impl Planter<'_> {
    pub(super) fn wrong(&self, item: Item, key: &'static str, message: String) -> SeedError {
        SeedError::Setting { pool: self.number, item, setting: SettingError::new(key, message) }
    }

    pub(super) async fn application(
        &self,
        declared: &ClientSettings,
        number: usize,
        base: &Path,
    ) -> Result<(), SeedError> {
        let now = self.world.clock.now();
        let mut settings = declared.clone();
        let logo = match &declared.logo {
            Some(path) => Some(
                read_logo(&base.join(path)).map_err(|m| self.wrong(Item::Application(number), "logo", m))?,
            ),
            None => None,
        };
        settings.logo_digest =
            logo.as_ref().map(|l| base64url(usher_crypto::sha256(&l.bytes).get(..12).unwrap_or_default()));
        let stored =
            self.store.clients(self.pool).await?.into_iter().find(|c| c.client_id == declared.client_id);
        if stored.is_none() && self.store.access_key(self.pool, &declared.client_id).await?.is_some() {
            let message = "an access key has this name: each name means one caller".to_owned();
            return Err(self.wrong(Item::Application(number), "client_id", message));
        }
        let secret_hash = declared.client_secret.as_ref().map(|s| usher_crypto::sha256(s.expose()));
        // HS256 and client_secret_jwt need the plain value: it is sealed, for this application only. A fresh seal of the same secret is
        // no change.
        let symmetric = declared.needs_plain_secret();
        let sealed_already =
            stored.as_ref().filter(|s| s.secret_hash == secret_hash).and_then(|s| s.secret_sealed.clone());
        let sealed = declared.client_secret.as_ref().filter(|_| symmetric).map(|secret| {
            sealed_already.unwrap_or_else(|| {
                self.master.seal(
                    &secret_context(self.pool, &declared.client_id),
                    secret.expose(),
                    &*self.world.random,
                )
            })
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
            s.enabled == row.enabled
                && s.settings == row.settings
                && s.secret_hash == row.secret_hash
                && s.secret_sealed == row.secret_sealed
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

    pub(super) async fn user(&self, declared: &UserSeed, number: usize) -> Result<(), SeedError> {
        let now = self.world.clock.now();
        let profile = Profile::new(&declared.claims, declared.username.as_deref(), now);
        let mut names: Vec<(&'static str, IdentifierKey)> = Vec::new();
        for (kind, name) in profile.login_names() {
            // A user name that is the e-mail address too is one login name.
            names.extend(
                IdentifierKey::fold(name)
                    .filter(|key| names.iter().all(|(_, k)| k != key))
                    .map(|key| (kind, key)),
            );
        }
        // The first name, the user name where there is one, says who is meant; another person's name is not taken over.
        let mut stored: Option<UserRow> = None;
        for (i, (_, key)) in names.iter().enumerate() {
            let holder = self.store.user_by_identifier(self.pool, key.as_str()).await?;
            match holder {
                Some(holder) if i == 0 => stored = Some(holder),
                Some(holder) if stored.as_ref().is_none_or(|s| s.id != holder.id) => {
                    return Err(self.taken(number));
                }
                _ => {}
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
                    write::session::end_of_user(&mut batch, self.pool, id, now);
                }
                id
            }
            None => {
                let id = UserId::new(now, &*self.world.random);
                let password_hash = declared.password.as_ref().map(|p| self.hash(p)).transpose()?;
                let row = UserRow {
                    id,
                    enabled: declared.enabled,
                    password_hash,
                    must_change_password: false,
                    profile: profile.to_text(),
                    version: 1,
                };
                write::user::insert(&mut batch, self.pool, row, now);
                id
            }
        };
        for (kind, key) in &names {
            write::user::insert_identifier(&mut batch, IDENTIFIER, self.pool, id, key.as_str(), kind);
        }
        match self.store.apply(batch).await? {
            Applied::Refused { guard } if guard == IDENTIFIER => {
                let message =
                    "one of this person's login names belongs to somebody else in the pool".to_owned();
                Err(self.wrong(Item::User(number), "username", message))
            }
            _ => Ok(()),
        }
    }

    fn taken(&self, number: usize) -> SeedError {
        let message = "one of this person's login names belongs to somebody else in the pool".to_owned();
        self.wrong(Item::User(number), "username", message)
    }

    fn hash(&self, password: &Secret) -> Result<String, Fault> {
        Hasher::new()
            .hash(password.expose(), PasswordCost::TODAY, &*self.world.random)
            .map_err(|e| Fault::bug(&format!("a password: {e}")))
    }
}
