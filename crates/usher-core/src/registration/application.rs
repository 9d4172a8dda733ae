//! Applications as they are stored: settings as JSON, the secret as its hash and, where the plain value is needed, sealed.

use crate::Fault;
use crate::client::{Client, ClientSettings};
use usher_crypto::seal::MasterKey;
use usher_store::Batch;
use usher_store::tables::{ClientRow, Logo, write};
use usher_types::opaque::base64url;
use usher_types::{PoolId, Random, Secret, Timestamp};

/// An application as it is to be.
pub struct Draft {
    /// Its settings, checked.
    pub settings: ClientSettings,
    /// Whether it may do anything.
    pub enabled: bool,
    /// What becomes of its secret.
    pub secret: SecretChange,
    /// What becomes of its logo.
    pub logo: LogoChange,
}

/// What becomes of an application's secret.
pub enum SecretChange {
    /// It stays.
    Keep,
    /// A new one takes its place.
    Replace {
        /// The new one.
        secret: Secret,
        /// Until when the one before is accepted too; `None` where it is not.
        previous_until: Option<Timestamp>,
    },
    /// It has none any more.
    Remove,
}

/// What becomes of an application's logo.
pub enum LogoChange {
    /// It stays.
    Keep,
    /// It is this one.
    Put(Logo),
    /// It has none any more.
    Remove,
}

/// Where applications are kept, and what sealing a secret takes.
pub struct Place<'a> {
    /// The pool.
    pub pool: PoolId,
    /// The key of keys.
    pub master: &'a MasterKey,
    /// Randomness.
    pub random: &'a dyn Random,
}

impl Place<'_> {
    /// The row of an application that is to be so, given the row that is there, if any.
    pub fn row(&self, draft: &mut Draft, stored: Option<&ClientRow>) -> Result<ClientRow, Fault> {
        let settings = &mut draft.settings;
        settings.logo_digest = match &draft.logo {
            LogoChange::Keep => settings.logo_digest.take(),
            LogoChange::Put(logo) => {
                Some(base64url(usher_crypto::sha256(&logo.bytes).get(..12).unwrap_or_default()))
            }
            LogoChange::Remove => None,
        };
        let text = serde_json::to_string(&settings)
            .map_err(|e| Fault::bug(&format!("settings of application {}: {e}", settings.client_id)))?;
        let mut row = ClientRow {
            client_id: settings.client_id.clone(),
            enabled: draft.enabled,
            settings: text,
            secret_hash: None,
            secret_sealed: None,
            previous_secret_hash: None,
            previous_secret_until: None,
            previous_secret_sealed: None,
            version: stored.map_or(1, |s| s.version),
        };
        let plain_is_needed = settings.needs_plain_secret();
        match (&draft.secret, stored) {
            (SecretChange::Keep, Some(stored)) => {
                row.secret_hash = stored.secret_hash;
                // What nobody needs to read again is not kept readable.
                row.secret_sealed = stored.secret_sealed.clone().filter(|_| plain_is_needed);
                row.previous_secret_hash = stored.previous_secret_hash;
                row.previous_secret_until = stored.previous_secret_until;
                row.previous_secret_sealed =
                    stored.previous_secret_sealed.clone().filter(|_| plain_is_needed);
            }
            (SecretChange::Replace { secret, previous_until }, _) => {
                let context = secret_context(self.pool, &settings.client_id);
                row.secret_hash = Some(usher_crypto::sha256(secret.expose()));
                row.secret_sealed =
                    plain_is_needed.then(|| self.master.seal(&context, secret.expose(), self.random));
                let previous = stored.and_then(|s| s.secret_hash).zip(*previous_until);
                row.previous_secret_hash = previous.map(|(hash, _)| hash);
                row.previous_secret_until = previous.map(|(_, until)| until);
                row.previous_secret_sealed = stored
                    .and_then(|s| s.secret_sealed.clone())
                    .filter(|_| previous.is_some() && plain_is_needed);
            }
            (SecretChange::Keep, None) | (SecretChange::Remove, _) => {}
        }
        Ok(row)
    }
}

/// Stores a new application and its logo; refused by `guard` where one of that name is there.
pub fn insert_application(
    batch: &mut Batch,
    guard: &'static str,
    pool: PoolId,
    (row, logo): (ClientRow, LogoChange),
    now: Timestamp,
) {
    set_logo(batch, pool, &row.client_id, logo);
    write::client::insert(batch, guard, pool, row, now);
}

/// Replaces an application if its version is still the one that was read; else refused by `guard`.
pub fn update_application(
    batch: &mut Batch,
    guard: &'static str,
    pool: PoolId,
    (row, logo): (ClientRow, LogoChange),
    now: Timestamp,
) {
    set_logo(batch, pool, &row.client_id, logo);
    write::client::update(batch, guard, pool, row, now);
}

fn set_logo(batch: &mut Batch, pool: PoolId, client_id: &str, logo: LogoChange) {
    match logo {
        LogoChange::Keep => {}
        LogoChange::Put(logo) => write::client::set_logo(batch, pool, client_id, Some(logo)),
        LogoChange::Remove => write::client::set_logo(batch, pool, client_id, None),
    }
}

/// Whether two rows say the same of an application, whatever their versions.
pub fn is_same_application(a: &ClientRow, b: &ClientRow) -> bool {
    a.enabled == b.enabled
        && a.settings == b.settings
        && a.secret_hash == b.secret_hash
        && a.secret_sealed == b.secret_sealed
}

/// Whether an application with these settings needs a secret.
pub fn needs_secret(settings: &ClientSettings) -> bool {
    settings.needs_plain_secret() || settings.auth_methods().iter().any(|m| m.needs_secret())
}

/// Reads settings as the database keeps them.
pub fn read_settings(text: &str) -> Result<ClientSettings, serde_json::Error> {
    let mut value: serde_json::Value = serde_json::from_str(text)?;
    // The digest is set by the server, never declared, so reading settings leaves it out: it is taken from the stored form here.
    let digest = value
        .as_object_mut()
        .and_then(|o| o.remove("logo_digest"))
        .and_then(|d| d.as_str().map(str::to_owned));
    let mut settings: ClientSettings = serde_json::from_value(value)?;
    settings.logo_digest = digest;
    Ok(settings)
}

/// The plain secret of an application.
pub fn open_secret(
    master: &MasterKey,
    pool: PoolId,
    client: &Client,
    sealed: &[u8],
) -> Result<Secret, Fault> {
    master
        .open(&secret_context(pool, client.id()), sealed)
        .map_err(|_| Fault::bug("a client secret was sealed by another master key"))
}

/// What an application's secret is sealed for.
pub fn secret_context(pool: PoolId, client_id: &str) -> String {
    format!("client secret {pool} {client_id}")
}
