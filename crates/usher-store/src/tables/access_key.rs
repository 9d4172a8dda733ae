//! Programmatic access accounts: an access key with a secret key, several per application. Everything about one is read with the
//! request that uses it; nothing of it is in the snapshot.

use super::client::secret_columns;
use super::{ClientSecrets, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

/// What a request by an access key is decided on, read with the statement that the request makes anyway.
#[derive(Debug, Clone)]
pub struct AccessKeySecrets {
    /// The application that it belongs to.
    pub client_id: String,
    /// Whether it may do anything.
    pub enabled: bool,
    /// Whether its application is there and may do anything.
    pub client_enabled: bool,
    /// SHA-256 of its secret key.
    pub secret_hash: [u8; 32],
    /// SHA-256 of the secret key before this one, and until when that one is accepted.
    pub previous: Option<([u8; 32], Timestamp)>,
    /// The scope items that it has.
    pub scope: String,
    /// Life of its access tokens, in seconds; as the application's where there is none.
    pub access_token_lifetime: Option<u32>,
}

/// Everything that goes by the name that a caller gave. Where both are there, the application is meant.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The application of that name.
    pub client: Option<ClientSecrets>,
    /// The access key of that name.
    pub key: Option<AccessKeySecrets>,
}

/// The columns of [`AccessKeySecrets`], for the joins of [`key_joins`].
macro_rules! key_columns {
    () => {
        "c.client_id, c.enabled, q.enabled, c.secret_hash, c.previous_secret_hash, c.previous_secret_until, c.scope, c.access_token_lifetime"
    };
}
pub(super) use key_columns;

/// The columns of [`Credentials`].
macro_rules! credential_columns {
    () => {
        concat!(secret_columns!(), ", ", key_columns!())
    };
}
pub(super) use credential_columns;

/// The joins of [`Credentials`]: the pool is `$1`, the name `$2`.
macro_rules! credential_joins {
    () => {
        " LEFT JOIN clients k ON k.pool_id = $1 AND k.client_id = $2
          LEFT JOIN access_keys c ON c.pool_id = $1 AND c.access_key = $2
          LEFT JOIN clients q ON q.pool_id = $1 AND q.client_id = c.client_id"
    };
}
pub(super) use credential_joins;

impl Credentials {
    /// Number of columns of [`credential_columns`].
    pub(super) const COLUMNS: usize = ClientSecrets::COLUMNS + 8;

    /// Reads the columns of [`credential_columns`], the first of a row.
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let at = ClientSecrets::COLUMNS;
        let client = ClientSecrets::read(row, 0)?;
        let Some(client_id) = row.get::<Option<String>>(at)? else { return Ok(Self { client, key: None }) };
        let key = AccessKeySecrets {
            client_id,
            enabled: row.get(at + 1)?,
            client_enabled: row.get::<Option<bool>>(at + 2)?.unwrap_or(false),
            secret_hash: row.get(at + 3)?,
            previous: row.get::<Option<[u8; 32]>>(at + 4)?.zip(row.get::<Option<Timestamp>>(at + 5)?),
            scope: row.get(at + 6)?,
            access_token_lifetime: row.get(at + 7)?,
        };
        Ok(Self { client, key: Some(key) })
    }
}

/// An access key as stored.
#[derive(Debug, Clone)]
pub struct AccessKeyRow {
    /// The access key.
    pub access_key: String,
    /// The application that it belongs to.
    pub client_id: String,
    /// SHA-256 of its secret key.
    pub secret_hash: [u8; 32],
    /// Until when the secret key before this one is accepted.
    pub previous_secret_until: Option<Timestamp>,
    /// What can be changed of it.
    pub account: AccessKeyAccount,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Rises with each change.
    pub version: i64,
    /// Birth.
    pub created_at: Timestamp,
}

/// What can be changed of an access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyAccount {
    /// Whether it may do anything.
    pub enabled: bool,
    /// What it is for, in words for administrators.
    pub label: String,
    /// The scope items that it has.
    pub scope: String,
    /// Life of its access tokens, in seconds; as the application's where there is none.
    pub access_token_lifetime: Option<u32>,
}

/// An access key to be stored.
#[derive(Debug, Clone)]
pub struct NewAccessKey {
    /// The access key.
    pub access_key: String,
    /// The application that it belongs to.
    pub client_id: String,
    /// SHA-256 of its secret key.
    pub secret_hash: [u8; 32],
    /// What can be changed of it.
    pub account: AccessKeyAccount,
}

/// The columns of an [`AccessKeyRow`].
macro_rules! row_columns {
    () => {
        "access_key, client_id, secret_hash, previous_secret_until, enabled, label, scope, access_token_lifetime, last_used_at, version, created_at"
    };
}
pub(super) use row_columns;

statements! {
    CREDENTIALS = concat!("SELECT ", credential_columns!(), " FROM pools p", credential_joins!(), " WHERE p.id = $1");
    FIND = concat!("SELECT ", row_columns!(), " FROM access_keys WHERE pool_id = $1 AND access_key = $2");
    LIST = concat!("SELECT ", row_columns!(), " FROM access_keys
        WHERE pool_id = $1 AND client_id = $2 ORDER BY access_key");
    /// Its application is there, and no application has its name.
    INSERT = "INSERT INTO access_keys (pool_id, access_key, client_id, secret_hash, enabled, label, scope, access_token_lifetime, version, created_at, updated_at)
        SELECT k.pool_id, $2, k.client_id, $4, $5, $6, $7, $8, 1, $9, $9 FROM clients k
        WHERE k.pool_id = $1 AND k.client_id = $3
          AND NOT EXISTS (SELECT 1 FROM clients n WHERE n.pool_id = $1 AND n.client_id = $2)
        ON CONFLICT (pool_id, access_key) DO NOTHING";
    UPDATE = "UPDATE access_keys SET enabled = $4, label = $5, scope = $6, access_token_lifetime = $7, version = $8, updated_at = $9
        WHERE pool_id = $1 AND access_key = $2 AND version = $3";
    /// The present secret key becomes the one before.
    ROTATE = "UPDATE access_keys SET previous_secret_hash = secret_hash, previous_secret_until = $4, secret_hash = $3,
            version = version + 1, updated_at = $5
        WHERE pool_id = $1 AND access_key = $2";
    REPLACE_SECRET = "UPDATE access_keys SET secret_hash = $3, previous_secret_hash = NULL, previous_secret_until = NULL,
            version = version + 1, updated_at = $4
        WHERE pool_id = $1 AND access_key = $2";
    ENABLE = "UPDATE access_keys SET enabled = 1, version = version + 1, updated_at = $3 WHERE pool_id = $1 AND access_key = $2";
    DISABLE = "UPDATE access_keys SET enabled = 0, version = version + 1, updated_at = $3 WHERE pool_id = $1 AND access_key = $2";
    DELETE = "DELETE FROM access_keys WHERE pool_id = $1 AND access_key = $2";
    /// Another node may have written a later moment.
    USED = "UPDATE access_keys SET last_used_at = $3
        WHERE pool_id = $1 AND access_key = $2 AND (last_used_at IS NULL OR last_used_at < $3)";
}

/// Reads the columns of [`row_columns`].
pub(super) fn read(row: &Row) -> Result<AccessKeyRow, Fault> {
    Ok(AccessKeyRow {
        access_key: row.get(0)?,
        client_id: row.get(1)?,
        secret_hash: row.get(2)?,
        previous_secret_until: row.get(3)?,
        account: AccessKeyAccount {
            enabled: row.get(4)?,
            label: row.get(5)?,
            scope: row.get(6)?,
            access_token_lifetime: row.get(7)?,
        },
        last_used_at: row.get(8)?,
        version: row.get(9)?,
        created_at: row.get(10)?,
    })
}

impl Store {
    /// Everything that goes by a name: an application, an access key.
    pub async fn credentials(&self, pool: PoolId, name: &str) -> Result<Credentials, Fault> {
        let row = self
            .find(CREDENTIALS, params![pool, name])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        Credentials::read(&row)
    }

    /// An access key.
    pub async fn access_key(&self, pool: PoolId, access_key: &str) -> Result<Option<AccessKeyRow>, Fault> {
        self.find(FIND, params![pool, access_key]).await?.map(|row| read(&row)).transpose()
    }

    /// The access keys of an application.
    pub async fn access_keys(&self, pool: PoolId, client_id: &str) -> Result<Vec<AccessKeyRow>, Fault> {
        self.list(LIST, params![pool, client_id]).await?.iter().map(read).collect()
    }
}

/// Writes.
pub mod write {
    use super::{
        AccessKeyAccount, DELETE, DISABLE, ENABLE, INSERT, NewAccessKey, REPLACE_SECRET, ROTATE, UPDATE, USED,
    };
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Stores a new access key; refused by `guard` where a key or an application of that name is there, or its application is not.
    pub fn insert(batch: &mut Batch, guard: &'static str, pool: PoolId, key: NewAccessKey, now: Timestamp) {
        crate::tables::write::pool::hold(batch, pool);
        batch.must(
            guard,
            INSERT,
            params![
                pool,
                key.access_key,
                key.client_id,
                key.secret_hash,
                key.account.enabled,
                key.account.label,
                key.account.scope,
                key.account.access_token_lifetime,
                now
            ],
        );
    }

    /// An access key as it was read.
    pub struct Version<'a> {
        /// The access key.
        pub access_key: &'a str,
        /// The version that was read.
        pub version: i64,
    }

    /// Changes an access key if its version is still the one that was read; else refused by `guard`.
    pub fn update(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        (read, account): (Version<'_>, AccessKeyAccount),
        now: Timestamp,
    ) {
        let next = read.version.saturating_add(1);
        batch.must(
            guard,
            UPDATE,
            params![
                pool,
                read.access_key,
                read.version,
                account.enabled,
                account.label,
                account.scope,
                account.access_token_lifetime,
                next,
                now
            ],
        );
    }

    /// A secret key that takes over.
    pub struct Rotation {
        /// SHA-256 of the new one.
        pub secret_hash: [u8; 32],
        /// Until when the present one is accepted beside it.
        pub previous_until: Timestamp,
    }

    /// Gives an access key another secret key with an overlap; refused by `guard` where it is not there.
    pub fn rotate(
        batch: &mut Batch,
        guard: &'static str,
        (pool, access_key): (PoolId, &str),
        rotation: &Rotation,
        now: Timestamp,
    ) {
        batch.must(
            guard,
            ROTATE,
            params![pool, access_key, rotation.secret_hash, rotation.previous_until, now],
        );
    }

    /// Gives an access key another secret key; the ones before are worth nothing from then on. Refused by `guard` where it is not there.
    pub fn replace_secret(
        batch: &mut Batch,
        guard: &'static str,
        (pool, access_key): (PoolId, &str),
        secret_hash: [u8; 32],
        now: Timestamp,
    ) {
        batch.must(guard, REPLACE_SECRET, params![pool, access_key, secret_hash, now]);
    }

    /// Enables an access key; refused by `guard` where it is not there.
    pub fn enable(batch: &mut Batch, guard: &'static str, pool: PoolId, access_key: &str, now: Timestamp) {
        batch.must(guard, ENABLE, params![pool, access_key, now]);
    }

    /// Disables an access key, and with it its tokens; refused by `guard` where it is not there.
    pub fn disable(batch: &mut Batch, guard: &'static str, pool: PoolId, access_key: &str, now: Timestamp) {
        batch.must(guard, DISABLE, params![pool, access_key, now]);
    }

    /// Deletes an access key, and with it its tokens; refused by `guard` where it is not there.
    pub fn delete(batch: &mut Batch, guard: &'static str, pool: PoolId, access_key: &str) {
        batch.must(guard, DELETE, params![pool, access_key]);
    }

    /// Records when an access key was last used.
    pub fn used(batch: &mut Batch, pool: PoolId, access_key: &str, at: Timestamp) {
        batch.then(USED, params![pool, access_key, at]);
    }
}
