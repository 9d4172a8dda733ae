//! Pools, and the revisions that tell every node which pools it has to read again. Pools and the revision are global tables.

use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::PoolId;

/// A pool as stored.
#[derive(Debug, Clone)]
pub struct PoolRow {
    /// Its id.
    pub id: PoolId,
    /// Its name in paths and cookies.
    pub name: String,
    /// Whether it lives at the public URL itself.
    pub is_first: bool,
    /// Its descriptive settings, JSON.
    pub settings: String,
    /// Rises with each change.
    pub version: i64,
    /// The domain that it lives at, where it is one of its own.
    pub domain: Option<String>,
}

impl PoolRow {
    /// Reads id, name, `is_first`, settings, version and the domain's host.
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            is_first: row.get(2)?,
            settings: row.get(3)?,
            version: row.get(4)?,
            domain: row.get(5)?,
        })
    }
}

statements! {
    BUMP = "UPDATE revision SET number = number + 1 WHERE id = 1";
    BUMP_POOL = "UPDATE pools SET revision = revision + 1 WHERE id = $1";
    /// A pool that is being deleted has a name that no pool can have.
    LIST = "SELECT p.id, p.name, p.is_first, p.settings, p.version, d.host FROM pools p LEFT JOIN domains d ON d.pool_id = p.id
        WHERE p.name NOT LIKE 'deleted/%' ORDER BY p.is_first DESC, p.name";
    INSERT = "INSERT INTO pools (id, name, is_first, settings, version, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $5)
        ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE pools SET settings = $3, version = $4, updated_at = $5 WHERE id = $1 AND version = $2";
    HOLD = "UPDATE pools SET version = version WHERE id = $1";
}

impl Store {
    /// All pools, the first one first.
    pub async fn pools(&self) -> Result<Vec<PoolRow>, Fault> {
        let rows = self.list(LIST, params![]).await?;
        rows.iter().map(PoolRow::read).collect()
    }
}

/// Writes.
pub mod write {
    use super::{BUMP, BUMP_POOL, HOLD, INSERT, PoolRow, UPDATE};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Tells every node that something of a pool changes with this batch that nodes keep in memory. The pool's row is locked before the
    /// one row that all changes share.
    pub fn bump_revision(batch: &mut Batch, pool: PoolId) {
        batch.then(BUMP_POOL, params![pool]);
        batch.then(BUMP, params![]);
    }

    /// Lets other batches that hold the same pool wait for this one, so that what two tables must not both have is looked at in turn.
    pub fn hold(batch: &mut Batch, pool: PoolId) {
        batch.must("the pool is there", HOLD, params![pool]);
    }

    /// Stores a pool, without its domain; refused by `guard` where one of that name is there.
    pub fn insert(batch: &mut Batch, guard: &'static str, pool: PoolRow, now: Timestamp) {
        batch.must(guard, INSERT, params![pool.id, pool.name, pool.is_first, pool.settings, now]);
    }

    /// Replaces a pool's settings if its version is still the one that was read; else refused by `guard`.
    pub fn update(batch: &mut Batch, guard: &'static str, pool: PoolRow, now: Timestamp) {
        batch.must(
            guard,
            UPDATE,
            params![pool.id, pool.version, pool.settings, pool.version.saturating_add(1), now],
        );
    }
}
