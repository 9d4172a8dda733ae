//! What every command works with: the store, the master key, the moment, who asks; and the row of the audit trail that each change leaves.

use crate::error::AdminError;
use serde_json::{Map, Value};
use std::sync::Arc;
use usher_core::data_keys::DataKeys;
use usher_core::keys::{self, schedule::Stage};
use usher_core::password::{self, Password};
use usher_core::trail::Marker;
use usher_core::trail::{Party, TrailKeys};
use usher_core::world::World;
use usher_crypto::jose::SigningAlgorithm;
use usher_crypto::seal::MasterKey;
use usher_store::tables::{AuditAbout, AuditEvent, KeyRow, PoolRecord};
use usher_store::{Applied, Batch, Fault, Store};
use usher_types::opaque::base64url;
use usher_types::uri::PublicUrl;
use usher_types::{PoolId, Secret, Span, Timestamp, UserId};

/// The longest that a secret may go on beside its successor.
const LONGEST_OVERLAP: Span = Span::days(30);

/// An installation, as an administrator has it in hand.
pub struct Admin<'a> {
    /// The database.
    pub store: &'a Store,
    /// Seals what must be read again.
    pub master: &'a MasterKey,
    /// Clock and randomness.
    pub world: &'a World,
    /// The data keys.
    pub data_keys: &'a DataKeys,
    /// The keys of the audit trail.
    pub trail: &'a TrailKeys,
    /// Where the pools live that have no domain of their own.
    pub public_url: &'a PublicUrl,
}

/// Who asks: somebody at a command line of the server's machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The number of the Unix user.
    pub unix_user: u32,
}

/// One command at work.
pub(crate) struct Work<'a> {
    pub(crate) admin: &'a Admin<'a>,
    pub(crate) now: Timestamp,
    operator: Operator,
}

/// A change that is recorded.
pub(crate) struct Recorded<'a> {
    pub(crate) event: &'static str,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) user_id: Option<UserId>,
    /// What else there is to say; names of settings, never their values.
    pub(crate) detail: Vec<(&'static str, Value)>,
}

impl Recorded<'_> {
    /// What was changed: what the detail names, else the person, the application, or the pool itself.
    fn target(&self, pool: PoolId) -> Party {
        let named = |of: &str| {
            let found = self.detail.iter().find(|(name, _)| *name == of);
            found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
        };
        if let Some(kid) = named("kid") {
            return Party::Key(kid);
        }
        if let Some(access_key) = named("access_key") {
            return Party::AccessKey(access_key);
        }
        match (self.user_id, self.client_id) {
            (Some(user), _) => Party::User(user),
            (None, Some(client_id)) => Party::Application(client_id.to_owned()),
            (None, None) => Party::Pool(pool),
        }
    }
}

impl<'a> Work<'a> {
    /// A command that somebody asks for now.
    pub(crate) fn new(admin: &'a Admin<'a>, operator: Operator) -> Self {
        Self { admin, now: admin.world.clock.now(), operator }
    }
}

impl Work<'_> {
    pub(crate) const fn store(&self) -> &Store {
        self.admin.store
    }

    /// The pool of a name, or the first one.
    pub(crate) async fn pool(&self, name: Option<String>) -> Result<PoolRecord, AdminError> {
        let found = match &name {
            Some(name) => self.store().pool_record(name).await?,
            None => self.store().first_pool().await?,
        };
        found.ok_or_else(|| {
            AdminError::NotFound(match name {
                Some(name) => format!("there is no pool {name:?}: usher pool list shows all"),
                None => "there is no pool yet: usher pool create NAME makes the first".to_owned(),
            })
        })
    }

    /// Records a change in the batch that makes it.
    pub(crate) fn audit(&self, batch: &mut Batch, pool: PoolId, recorded: Recorded<'_>) {
        let target = recorded.target(pool);
        let mut detail = Map::new();
        detail.insert("by".to_owned(), "command line".into());
        detail.insert("unix_user".to_owned(), self.operator.unix_user.into());
        detail.extend(recorded.detail.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let event = AuditEvent {
            event: recorded.event,
            client_id: recorded.client_id.map(str::to_owned),
            user_id: recorded.user_id,
            network: None,
            detail: Value::Object(detail).to_string(),
        };
        let about = AuditAbout {
            actor: Some(Party::UnixUser(self.operator.unix_user).to_string()),
            target: Some(target.to_string()),
            ..AuditAbout::default()
        };
        let marker = Marker { keys: self.admin.trail, now: self.now, random: &*self.admin.world.random };
        marker.record(batch, pool, event, about);
    }

    /// Applies a batch; `refusal` says what it means that a guard refused it.
    pub(crate) async fn apply(
        &self,
        batch: Batch,
        refusal: impl Fn(&'static str) -> AdminError,
    ) -> Result<(), AdminError> {
        match self.store().apply(batch).await? {
            Applied::Done => Ok(()),
            Applied::Refused { guard } => Err(refusal(guard)),
        }
    }

    /// A secret of 256 random bits, in base64url.
    pub(crate) fn new_secret(&self) -> Secret {
        let mut bytes = [0; 32];
        self.admin.world.random.fill(&mut bytes);
        let secret = Secret::from(base64url(&bytes));
        bytes.fill(0);
        secret
    }

    /// Hashes a password where it keeps no request waiting.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, AdminError> {
        let random = Arc::clone(&self.admin.world.random);
        let hashed = tokio::task::spawn_blocking(move || password::hash(&password, &*random)).await;
        Ok(hashed.map_err(|lost| Fault::bug(&lost.to_string()))??)
    }

    /// The first signing key of an algorithm: it signs at once.
    pub(crate) async fn first_key(
        &self,
        pool: PoolId,
        algorithm: SigningAlgorithm,
    ) -> Result<KeyRow, AdminError> {
        self.new_key(pool, algorithm, Stage { signs_from: self.now, generation: 1 }).await
    }

    /// A signing key of this place in the order.
    pub(crate) async fn new_key(
        &self,
        pool: PoolId,
        algorithm: SigningAlgorithm,
        stage: Stage,
    ) -> Result<KeyRow, AdminError> {
        let Admin { master, world, .. } = self.admin;
        Ok(keys::made(master, world, (pool, algorithm), (stage, self.now)).await?)
    }

    /// Until when the secret before a new one is accepted.
    pub(crate) fn overlap_until(&self, overlap_seconds: u32) -> Result<Option<Timestamp>, AdminError> {
        let overlap = Span::seconds(overlap_seconds);
        if overlap > LONGEST_OVERLAP {
            let message = format!("at most {} days are allowed", LONGEST_OVERLAP.as_seconds() / 86_400);
            return Err(AdminError::setting("overlap", &message));
        }
        Ok((overlap_seconds > 0).then(|| self.now.plus(overlap)))
    }
}

/// Refuses a change of something whose version is not the one that the administrator saw.
pub(crate) fn check_version(seen: Option<i64>, stored: i64, what: &str) -> Result<(), AdminError> {
    match seen {
        Some(seen) if seen != stored => Err(AdminError::Conflict(format!(
            "{what} has version {stored}, not {seen}: somebody changed it since it was looked at"
        ))),
        _ => Ok(()),
    }
}
