//! Signing keys as management shows them, which of them signs, and the end of one.

use crate::tables::statements;
use crate::{Fault, Store, params};
use usher_types::{PoolId, Timestamp};

/// A signing key with what only management shows, and without its private half.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    /// Its identifier.
    pub kid: String,
    /// The algorithm that it is for.
    pub algorithm: String,
    /// Of several keys of one algorithm the one with the highest priority signs, then the oldest.
    pub priority: i64,
    /// Birth.
    pub created_at: Timestamp,
}

statements! {
    LIST = "SELECT kid, algorithm, priority, created_at FROM signing_keys WHERE pool_id = $1
        ORDER BY algorithm, priority DESC, created_at, kid";
    INSERT = "INSERT INTO signing_keys (pool_id, kid, algorithm, sealed, priority, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING";
    PUT_FIRST = "UPDATE signing_keys SET priority = $5 WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND priority = $4";
    STANDS = "UPDATE signing_keys SET priority = priority WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND priority = $4";
    DELETE = "DELETE FROM signing_keys WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND priority = $4";
}

impl Store {
    /// The signing keys of a pool by algorithm, the one that signs first.
    pub async fn key_records(&self, pool: PoolId) -> Result<Vec<KeyRecord>, Fault> {
        let rows = self.list(LIST, params![pool]).await?;
        rows.iter()
            .map(|row| {
                Ok(KeyRecord {
                    kid: row.get(0)?,
                    algorithm: row.get(1)?,
                    priority: row.get(2)?,
                    created_at: row.get(3)?,
                })
            })
            .collect()
    }
}

/// Writes.
pub mod write {
    use super::{DELETE, INSERT, KeyRecord, PUT_FIRST, STANDS};
    use crate::tables::KeyRow;
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Stores a key that has a priority; refused by `guard` where it is there already.
    pub fn insert(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        (key, priority): (KeyRow, i64),
        now: Timestamp,
    ) {
        batch.must(guard, INSERT, params![pool, key.kid, key.algorithm, key.sealed, priority, now]);
    }

    /// Gives a key another priority if it still has the one that was read; else refused by `guard`.
    pub fn prioritise(batch: &mut Batch, guard: &'static str, pool: PoolId, key: &KeyRecord, priority: i64) {
        batch.must(guard, PUT_FIRST, params![pool, &key.algorithm, &key.kid, key.priority, priority]);
    }

    /// Refuses the batch by `guard` where a key is gone or its priority is another.
    pub fn stands(batch: &mut Batch, guard: &'static str, pool: PoolId, key: &KeyRecord) {
        batch.must(guard, STANDS, params![pool, &key.algorithm, &key.kid, key.priority]);
    }

    /// Removes a key if it still has the priority that was read; else refused by `guard`.
    pub fn delete(batch: &mut Batch, guard: &'static str, pool: PoolId, key: &KeyRecord) {
        batch.must(guard, DELETE, params![pool, &key.algorithm, &key.kid, key.priority]);
    }
}
