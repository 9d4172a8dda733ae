//! Planting one pool's applications and people: what is there already and equal is left alone.

use super::changed::Changed;
use super::{Item, SeedError};
use crate::client::{ClientSettings, SettingError};
use crate::password::{self, Rule};
use crate::profile::Profile;
use crate::registration::{
    Draft, LogoChange, Place, SecretChange, UserSettings, check_password, folded_names, insert_application,
    insert_user, is_same_application, login_keys, read_logo, update_application, update_user,
};
use crate::trail::Marker;
use crate::trail::{Event, Party, TrailKeys};
use crate::world::World;
use std::collections::HashSet;
use std::path::Path;
use usher_crypto::seal::MasterKey;
use usher_store::tables::{AuditAbout, AuditEvent, ClientRow, Declaration, UserRow, write};
use usher_store::{Applied, Batch, Fault, Store};
use usher_types::{PoolId, UserId};

const CLIENT: &str = "the application is as it was read";
const USER: &str = "the person is as they were read";
const IDENTIFIER: &str = "the login name is free";

/// What is planted into one pool.
pub(super) struct Planter<'a> {
    pub(super) store: &'a Store,
    pub(super) master: &'a MasterKey,
    pub(super) world: &'a World,
    pub(super) trail: &'a TrailKeys,
    pub(super) pool: PoolId,
    pub(super) rule: Rule,
    pub(super) number: usize,
}

impl Planter<'_> {
    pub(super) fn wrong(&self, item: Item, key: &'static str, message: String) -> SeedError {
        SeedError::Setting { pool: self.number, item, setting: SettingError::new(key, message) }
    }

    /// Records what is planted with the batch that plants it, and what of it is another than before.
    pub(super) fn record(
        &self,
        batch: &mut Batch,
        event: Event,
        (user_id, target): (Option<UserId>, Party),
        changed: Changed,
    ) {
        let client_id = match &target {
            Party::Application(client_id) => Some(client_id.clone()),
            _ => None,
        };
        let row =
            AuditEvent { event: event.name(), client_id, user_id, network: None, detail: changed.detail() };
        let marker = Marker { keys: self.trail, now: self.world.clock.now(), random: &*self.world.random };
        let about = AuditAbout {
            actor: Some(Party::Seed.to_string()),
            target: Some(target.to_string()),
            ..AuditAbout::default()
        };
        marker.record(batch, self.pool, row, about);
    }

    /// An application, once more where it changed while it was looked at.
    pub(super) async fn application(
        &self,
        declared: &ClientSettings,
        number: usize,
        base: &Path,
    ) -> Result<(), SeedError> {
        match self.try_application(declared, number, base).await? {
            Applied::Done => Ok(()),
            // Refused again: another node applies the same declaration.
            Applied::Refused { .. } => self.try_application(declared, number, base).await.map(drop),
        }
    }

    async fn try_application(
        &self,
        declared: &ClientSettings,
        number: usize,
        base: &Path,
    ) -> Result<Applied, SeedError> {
        let now = self.world.clock.now();
        let logo = match &declared.logo {
            Some(path) => LogoChange::Put(
                read_logo(&base.join(path)).map_err(|m| self.wrong(Item::Application(number), "logo", m))?,
            ),
            None => LogoChange::Remove,
        };
        let stored = self.store.client_record(self.pool, &declared.client_id).await?.map(|r| r.client);
        if stored.is_none() && self.store.access_key(self.pool, &declared.client_id).await?.is_some() {
            let message = "an access key has this name: each name means one caller".to_owned();
            return Err(self.wrong(Item::Application(number), "client_id", message));
        }
        let mut draft = Draft {
            settings: declared.clone(),
            enabled: declared.enabled,
            secret: declared_secret(declared, stored.as_ref()),
            logo,
        };
        let place = Place { pool: self.pool, master: self.master, random: &*self.world.random };
        let row = place.row(&mut draft, stored.as_ref())?;
        if stored.as_ref().is_some_and(|s| is_same_application(s, &row)) {
            return Ok(Applied::Done);
        }
        let mut batch = Batch::new();
        let event = if stored.is_some() { Event::ApplicationChanged } else { Event::ApplicationCreated };
        let changed = stored.as_ref().map(|stored| Changed::of_application(stored, &row)).unwrap_or_default();
        self.record(&mut batch, event, (None, Party::Application(declared.client_id.clone())), changed);
        match stored {
            Some(_) => update_application(&mut batch, CLIENT, self.pool, (row, draft.logo), now),
            None => insert_application(&mut batch, CLIENT, self.pool, (row, draft.logo), now),
        }
        write::pool::bump_revision(&mut batch, self.pool);
        Ok(self.store.apply(batch).await?)
    }

    /// A person, unless they were declared so before: what they and the command line have changed since stays then. Once more where they
    /// changed while they were looked at.
    pub(super) async fn user(&self, declared: &UserSettings, number: usize) -> Result<(), SeedError> {
        if self.try_user(declared, number).await? == Applied::Done {
            return Ok(());
        }
        // Refused otherwise, and again: another node applies the same declaration.
        if let Applied::Refused { guard: IDENTIFIER } = self.try_user(declared, number).await? {
            self.left_out(number);
        }
        Ok(())
    }

    async fn try_user(&self, declared: &UserSettings, number: usize) -> Result<Applied, SeedError> {
        let now = self.world.clock.now();
        let profile = Profile::new(&declared.claims, declared.username.as_deref(), now);
        let names = folded_names(&profile);
        let Some((_, first)) = names.first() else { return Ok(Applied::Done) };
        let declaration = Declaration { named: first.as_str().to_owned(), digest: digest(declared)? };
        let stored = match self.store.declared_user(self.pool, first.as_str()).await? {
            Some((_, Some(before))) if before == declaration.digest => return Ok(Applied::Done),
            Some((user, _)) => Some(user),
            // The first name, the user name where there is one, says who is meant.
            None => {
                let there = self.store.user_by_identifier(self.pool, first.as_str()).await?;
                if let Some(user) = &there {
                    tracing::warn!(user.id = %user.id, "a person who was there before is the one who is declared: they get what the declaration says, and keep their password");
                }
                there
            }
        };
        let is_meant = |user: &UserRow| {
            let theirs = folded_names(&Profile::parse(&user.profile));
            theirs.iter().any(|(_, name)| names.iter().any(|(_, declared)| declared == name))
        };
        // Whoever was named so once and is called otherwise now may be somebody else than who is declared.
        if stored.as_ref().is_some_and(|user| !is_meant(user)) {
            self.left_out(number);
            return Ok(Applied::Done);
        }
        for (_, key) in &names {
            let holder = self.store.user_by_identifier(self.pool, key.as_str()).await?;
            if holder.is_some_and(|holder| stored.as_ref().is_none_or(|s| s.id != holder.id)) {
                self.left_out(number);
                return Ok(Applied::Done);
            }
        }
        let mut batch = Batch::new();
        match stored {
            Some(user) => {
                write::user::declare(&mut batch, self.pool, user.id, declaration);
                self.adjust(&mut batch, (user, declared.enabled), profile);
            }
            None => {
                let row = UserRow {
                    id: UserId::new(now, &*self.world.random),
                    enabled: declared.enabled,
                    password_hash: self.hash(declared, &profile, number)?,
                    must_change_password: false,
                    profile: profile.to_text(),
                    version: 1,
                };
                let (id, about) = (row.id, (Some(row.id), Party::User(row.id)));
                self.record(&mut batch, Event::UserCreated, about, Changed::default());
                insert_user(&mut batch, IDENTIFIER, self.pool, (row, &profile), now);
                write::user::declare(&mut batch, self.pool, id, declaration);
            }
        }
        Ok(self.store.apply(batch).await?)
    }

    /// Forgets who was declared and is not any more, so that somebody else may be declared by their name.
    pub(super) async fn forget_others(&self, users: &[UserSettings]) -> Result<(), SeedError> {
        let first = |user: &UserSettings| login_keys(user).first().map(|(_, _, key)| key.as_str().to_owned());
        let named: HashSet<String> = users.iter().filter_map(first).collect();
        let mut batch = Batch::new();
        for (id, name) in self.store.declared_people(self.pool).await? {
            if !named.contains(&name) {
                write::user::undeclare(&mut batch, self.pool, id);
            }
        }
        if !batch.is_empty() {
            let _ = self.store.apply(batch).await?;
        }
        Ok(())
    }

    /// Makes a person what is declared of them, where they are anything else.
    fn adjust(&self, batch: &mut Batch, (user, enabled): (UserRow, bool), declared: Profile) {
        // What somebody showed to be theirs stays so while it is declared.
        let before = Profile::parse(&user.profile);
        let profile = declared.with_verified_by(&before);
        if user.enabled == enabled && before.is_same_as(&profile) {
            return;
        }
        if enabled && !user.enabled {
            tracing::warn!(user.id = %user.id, "a disabled person may sign in again, as it is declared");
        }
        let row = UserRow { enabled, profile: profile.to_text(), ..user.clone() };
        let changed = Changed::of_user(&user, &row);
        self.record(batch, Event::UserChanged, (Some(user.id), Party::User(user.id)), changed);
        update_user(batch, (USER, IDENTIFIER), self.pool, (row, &profile), self.world.clock.now());
    }

    /// Nobody becomes somebody else, and nobody who took a name keeps the server from starting.
    fn left_out(&self, number: usize) {
        tracing::error!(
            pool = self.number + 1,
            user = number + 1,
            "a declared person is left as they are: one of their login names belongs to somebody else in the pool"
        );
    }

    fn hash(
        &self,
        declared: &UserSettings,
        profile: &Profile,
        number: usize,
    ) -> Result<Option<String>, SeedError> {
        let Some(password) = &declared.password else { return Ok(None) };
        let password = check_password(password, &self.rule, profile)
            .map_err(|setting| SeedError::Setting { pool: self.number, item: Item::User(number), setting })?;
        Ok(Some(password::hash(&password, &*self.world.random)?))
    }
}

/// What a declaration makes of a stored secret: the same again is no change, and a fresh seal of it is none either.
fn declared_secret(declared: &ClientSettings, stored: Option<&ClientRow>) -> SecretChange {
    let Some(secret) = &declared.client_secret else { return SecretChange::Remove };
    let hash = usher_crypto::sha256(secret.expose());
    let is_there = stored.is_some_and(|s| {
        s.secret_hash.is_some_and(|h| usher_crypto::matches(&h, &hash))
            && (s.secret_sealed.is_some() || !declared.needs_plain_secret())
    });
    match is_there {
        true => SecretChange::Keep,
        false => SecretChange::Replace { secret: secret.clone(), previous_until: None },
    }
}

/// Tells declarations apart. The password is none of it: it is the first one only.
fn digest(declared: &UserSettings) -> Result<[u8; 32], SeedError> {
    let said = (&declared.username, declared.enabled, &declared.claims);
    let said = serde_json::to_vec(&said).map_err(|e| Fault::bug(&e.to_string()))?;
    Ok(usher_crypto::sha256(&said))
}
