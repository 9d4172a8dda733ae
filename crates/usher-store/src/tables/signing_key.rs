//! Signing keys: since when each signs, and whether it is published. What follows from the times is decided in usher-core.

use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

/// A signing key as stored.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// Its identifier, the key's thumbprint (RFC 7638).
    pub kid: String,
    /// The algorithm that it is for.
    pub algorithm: String,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// Birth; it is published since then.
    pub created_at: Timestamp,
    /// From when on it signs, until a later one does; 0 for keys that are older than this column.
    pub signs_from: Timestamp,
    /// Counts the keys of a pool and an algorithm, so that of two that are made at once there is one; none for keys that are older than
    /// this column.
    pub generation: Option<i64>,
    /// Whether the key set lists it.
    pub is_published: bool,
}

impl KeyRow {
    /// Reads the columns in the order of the fields.
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            kid: row.get(0)?,
            algorithm: row.get(1)?,
            sealed: row.get(2)?,
            created_at: row.get(3)?,
            signs_from: row.get(4)?,
            generation: row.get(5)?,
            is_published: row.get(6)?,
        })
    }
}

statements! {
    LIST = "SELECT kid, algorithm, sealed, created_at, signs_from, generation, published FROM signing_keys WHERE pool_id = $1
        ORDER BY algorithm, signs_from DESC, COALESCE(generation, 0) DESC, priority DESC, created_at, kid";
    INSERT = "INSERT INTO signing_keys (pool_id, kid, algorithm, sealed, created_at, signs_from, generation) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING";
    BEGIN = "UPDATE signing_keys SET signs_from = $5 WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND signs_from = $4";
    STANDS = "UPDATE signing_keys SET signs_from = signs_from WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND signs_from = $4";
    WITHDRAW = "UPDATE signing_keys SET published = 0 WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND signs_from = $4 AND published = 1";
    DELETE = "DELETE FROM signing_keys WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND signs_from = $4";
}

impl Store {
    /// The signing keys of a pool by algorithm: of each the one that signs last comes first.
    pub async fn signing_keys(&self, pool: PoolId) -> Result<Vec<KeyRow>, Fault> {
        let rows = self.list(LIST, params![pool]).await?;
        rows.iter().map(KeyRow::read).collect()
    }
}

/// Writes.
pub mod write {
    use super::{BEGIN, DELETE, INSERT, KeyRow, STANDS, WITHDRAW};
    use crate::{Batch, Value, params};
    use usher_types::{PoolId, Timestamp};

    /// Stores a pool's first key of an algorithm; nothing where somebody stored one at the same moment.
    pub fn insert_first(batch: &mut Batch, pool: PoolId, key: KeyRow) {
        batch.then(INSERT, columns(pool, key));
    }

    /// Stores a further key; refused by `guard` where one of its generation is there.
    pub fn insert_next(batch: &mut Batch, guard: &'static str, pool: PoolId, key: KeyRow) {
        batch.must(guard, INSERT, columns(pool, key));
    }

    /// Lets a key sign from another moment on if it is as it was read; else refused by `guard`.
    pub fn begin(batch: &mut Batch, guard: &'static str, pool: PoolId, key: &KeyRow, signs_from: Timestamp) {
        batch.must(guard, BEGIN, params![pool, &key.algorithm, &key.kid, key.signs_from, signs_from]);
    }

    /// Refuses the batch by `guard` where a key is gone or signs from another moment on.
    pub fn stands(batch: &mut Batch, guard: &'static str, pool: PoolId, key: &KeyRow) {
        batch.must(guard, STANDS, params![pool, &key.algorithm, &key.kid, key.signs_from]);
    }

    /// Takes a key out of the key set if it is as it was read; else refused by `guard`.
    pub fn withdraw(batch: &mut Batch, guard: &'static str, pool: PoolId, key: &KeyRow) {
        batch.must(guard, WITHDRAW, params![pool, &key.algorithm, &key.kid, key.signs_from]);
    }

    /// Removes a key if it is as it was read; else refused by `guard`.
    pub fn delete(batch: &mut Batch, guard: &'static str, pool: PoolId, key: &KeyRow) {
        batch.must(guard, DELETE, params![pool, &key.algorithm, &key.kid, key.signs_from]);
    }

    fn columns(pool: PoolId, key: KeyRow) -> Vec<Value> {
        let KeyRow { kid, algorithm, sealed, created_at, signs_from, generation, is_published: _ } = key;
        params![pool, kid, algorithm, sealed, created_at, signs_from, generation]
    }
}
