//! Applications. Descriptive settings are one JSON text that usher-core reads into the snapshot; whether an application is
//! enabled and the hashes of its secrets are columns, read with every request.

use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

/// What is never cached of an application.
#[derive(Debug, Clone)]
pub struct ClientState {
    /// Whether it may do anything.
    pub enabled: bool,
    /// Its secret, sealed, where ID tokens are signed by it.
    pub secret_sealed: Option<Vec<u8>>,
}

/// The credentials of an application, read with the statement that uses them.
#[derive(Debug, Clone)]
pub struct ClientSecrets {
    /// Whether it may do anything.
    pub enabled: bool,
    /// SHA-256 of its secret.
    pub secret_hash: Option<[u8; 32]>,
    /// The secret, sealed, where the plain value is needed to sign.
    pub secret_sealed: Option<Vec<u8>>,
    /// SHA-256 of the secret before this one, and until when that one is accepted.
    pub previous: Option<([u8; 32], Timestamp)>,
    /// The secret before this one, sealed, where it was sealed.
    pub previous_sealed: Option<Vec<u8>>,
}

/// The columns of [`ClientSecrets`], for the alias `k`.
macro_rules! secret_columns {
    () => {
        "k.enabled, k.secret_hash, k.secret_sealed, k.previous_secret_hash, k.previous_secret_until, k.previous_secret_sealed"
    };
}
pub(super) use secret_columns;

impl ClientSecrets {
    /// Number of columns of [`secret_columns`].
    pub(super) const COLUMNS: usize = 6;

    /// Reads the columns of [`secret_columns`] from `at` on; `None` where an outer join found nothing.
    pub(super) fn read(row: &Row, at: usize) -> Result<Option<Self>, Fault> {
        let Some(enabled) = row.get::<Option<bool>>(at)? else { return Ok(None) };
        let previous = row.get::<Option<[u8; 32]>>(at + 3)?.zip(row.get::<Option<Timestamp>>(at + 4)?);
        Ok(Some(Self {
            enabled,
            secret_hash: row.get(at + 1)?,
            secret_sealed: row.get(at + 2)?,
            previous,
            previous_sealed: row.get(at + 5)?,
        }))
    }
}

/// An application as stored.
#[derive(Debug, Clone)]
pub struct ClientRow {
    /// Its client identifier (RFC 6749 §2.2).
    pub client_id: String,
    /// Whether it may do anything.
    pub enabled: bool,
    /// Its descriptive settings, JSON.
    pub settings: String,
    /// SHA-256 of its secret.
    pub secret_hash: Option<[u8; 32]>,
    /// Its secret, sealed, where the plain value is needed to sign.
    pub secret_sealed: Option<Vec<u8>>,
    /// SHA-256 of the secret before this one.
    pub previous_secret_hash: Option<[u8; 32]>,
    /// Until when that one is accepted.
    pub previous_secret_until: Option<Timestamp>,
    /// That secret, sealed, where the plain value is needed.
    pub previous_secret_sealed: Option<Vec<u8>>,
    /// Rises with each change.
    pub version: i64,
}

/// An application's logo.
#[derive(Debug, Clone)]
pub struct Logo {
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub media_type: String,
    /// The picture.
    pub bytes: Vec<u8>,
}

/// The columns of a [`ClientRow`].
macro_rules! row_columns {
    () => {
        "client_id, enabled, settings, secret_hash, secret_sealed, previous_secret_hash, previous_secret_until, previous_secret_sealed, version"
    };
}
pub(super) use row_columns;

statements! {
    SECRETS = concat!("SELECT ", secret_columns!(), " FROM clients k WHERE k.pool_id = $1 AND k.client_id = $2");
    /// No access key has its name.
    INSERT = "INSERT INTO clients (pool_id, client_id, enabled, settings, secret_hash, secret_sealed, version, created_at, updated_at)
        SELECT p.id, $2, $3, $4, $5, $6, 1, $7, $7 FROM pools p
        WHERE p.id = $1 AND NOT EXISTS (SELECT 1 FROM access_keys a WHERE a.pool_id = $1 AND a.access_key = $2)
        ON CONFLICT (pool_id, client_id) DO NOTHING";
    UPDATE = "UPDATE clients SET enabled = $4, settings = $5, secret_hash = $6, secret_sealed = $7, version = $8, updated_at = $9,
            previous_secret_hash = $10, previous_secret_until = $11, previous_secret_sealed = $12
        WHERE pool_id = $1 AND client_id = $2 AND version = $3";
    PUT_LOGO = "INSERT INTO logos (pool_id, client_id, media_type, bytes) VALUES ($1, $2, $3, $4)
        ON CONFLICT (pool_id, client_id) DO UPDATE SET media_type = excluded.media_type, bytes = excluded.bytes";
    DELETE_LOGO = "DELETE FROM logos WHERE pool_id = $1 AND client_id = $2";
    FIND_LOGO = "SELECT media_type, bytes FROM logos WHERE pool_id = $1 AND client_id = $2";
}

impl ClientRow {
    /// Number of columns of [`row_columns`].
    pub(super) const COLUMNS: usize = 9;

    /// Reads the columns of [`row_columns`].
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            client_id: row.get(0)?,
            enabled: row.get(1)?,
            settings: row.get(2)?,
            secret_hash: row.get(3)?,
            secret_sealed: row.get(4)?,
            previous_secret_hash: row.get(5)?,
            previous_secret_until: row.get(6)?,
            previous_secret_sealed: row.get(7)?,
            version: row.get(8)?,
        })
    }
}

impl Store {
    /// The credentials of an application, where nothing else is read with them.
    pub async fn client_secrets(
        &self,
        pool: PoolId,
        client_id: &str,
    ) -> Result<Option<ClientSecrets>, Fault> {
        match self.find(SECRETS, params![pool, client_id]).await? {
            Some(row) => ClientSecrets::read(&row, 0),
            None => Ok(None),
        }
    }

    /// An application's logo.
    pub async fn logo(&self, pool: PoolId, client_id: &str) -> Result<Option<Logo>, Fault> {
        let row = self.find(FIND_LOGO, params![pool, client_id]).await?;
        row.map(|row| Ok(Logo { media_type: row.get(0)?, bytes: row.get(1)? })).transpose()
    }
}

/// Writes.
pub mod write {
    use super::{ClientRow, DELETE_LOGO, INSERT, Logo, PUT_LOGO, UPDATE};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Stores a new application; refused by `guard` where one of that name, or an access key of it, is there.
    pub fn insert(batch: &mut Batch, guard: &'static str, pool: PoolId, client: ClientRow, now: Timestamp) {
        crate::tables::write::pool::hold(batch, pool);
        batch.must(
            guard,
            INSERT,
            params![
                pool,
                client.client_id,
                client.enabled,
                client.settings,
                client.secret_hash,
                client.secret_sealed,
                now
            ],
        );
    }

    /// Replaces an application if its version is still the one that was read; else refused by `guard`.
    pub fn update(batch: &mut Batch, guard: &'static str, pool: PoolId, client: ClientRow, now: Timestamp) {
        let next = client.version.saturating_add(1);
        batch.must(
            guard,
            UPDATE,
            params![
                pool,
                client.client_id,
                client.version,
                client.enabled,
                client.settings,
                client.secret_hash,
                client.secret_sealed,
                next,
                now,
                client.previous_secret_hash,
                client.previous_secret_until,
                client.previous_secret_sealed
            ],
        );
    }

    /// Stores, replaces or removes an application's logo.
    pub fn set_logo(batch: &mut Batch, pool: PoolId, client_id: &str, logo: Option<Logo>) {
        match logo {
            Some(logo) => batch.then(PUT_LOGO, params![pool, client_id, logo.media_type, logo.bytes]),
            None => batch.then(DELETE_LOGO, params![pool, client_id]),
        };
    }
}
