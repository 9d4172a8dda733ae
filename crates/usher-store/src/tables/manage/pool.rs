//! Pools by name and in pages, and the end of one.
//!
//! A pool that is being deleted has a name that no pool can be given ([`ERASED`]), so that its own is free and nothing finds it, until
//! the last of its rows is gone.

use crate::tables::{PoolRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

/// How the names of pools begin that are being deleted: a slash is in no pool's name.
const ERASED: &str = "deleted/";

/// A pool with what only management shows.
#[derive(Debug, Clone)]
pub struct PoolRecord {
    /// The pool.
    pub pool: PoolRow,
    /// Birth.
    pub created_at: Timestamp,
    /// Its last change.
    pub updated_at: Timestamp,
}

macro_rules! columns {
    () => {
        "p.id, p.name, p.is_first, p.settings, p.version, d.host, p.created_at, p.updated_at
        FROM pools p LEFT JOIN domains d ON d.pool_id = p.id"
    };
}

statements! {
    PAGE = concat!("SELECT ", columns!(), " WHERE p.name > $1 AND p.name NOT LIKE 'deleted/%' ORDER BY p.name LIMIT $2");
    FIND = concat!("SELECT ", columns!(), " WHERE p.name = $1");
    FIND_FIRST = concat!("SELECT ", columns!(), " WHERE p.is_first = 1");
    BUMP_FROM = "UPDATE revision SET number = number + 1 WHERE id = 1 AND number = $1";
    ERASE = "UPDATE pools SET name = $3, version = version + 1, updated_at = $4
        WHERE id = $1 AND version = $2 AND is_first = 0";
    LIST_ERASED = "SELECT id FROM pools WHERE name LIKE 'deleted/%' AND updated_at < $1";
    DELETE = "DELETE FROM pools WHERE id = $1 AND name = $2";
}

fn read(row: &Row) -> Result<PoolRecord, Fault> {
    Ok(PoolRecord { pool: PoolRow::read(row)?, created_at: row.get(6)?, updated_at: row.get(7)? })
}

fn erased(pool: PoolId) -> String {
    format!("{ERASED}{pool}")
}

impl Store {
    /// Pools by name, from the one after `after` on; the empty text is before them all.
    pub async fn pool_page(&self, after: &str, limit: u32) -> Result<Vec<PoolRecord>, Fault> {
        self.list(PAGE, params![after, limit]).await?.iter().map(read).collect()
    }

    /// The pool of a name.
    pub async fn pool_record(&self, name: &str) -> Result<Option<PoolRecord>, Fault> {
        let row = self.find(FIND, params![name]).await?;
        // A name of a pool that is being deleted is nobody's name.
        row.filter(|_| !name.starts_with(ERASED)).as_ref().map(read).transpose()
    }

    /// The first pool.
    pub async fn first_pool(&self) -> Result<Option<PoolRecord>, Fault> {
        self.find(FIND_FIRST, params![]).await?.as_ref().map(read).transpose()
    }

    /// Pools that were erased before `before` and still have rows.
    pub async fn erased_pools(&self, before: Timestamp) -> Result<Vec<PoolId>, Fault> {
        self.list(LIST_ERASED, params![before]).await?.iter().map(|row| row.get(0)).collect()
    }
}

/// Writes.
pub mod write {
    use super::{BUMP_FROM, DELETE, ERASE, erased};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Raises the revision if it is still the one that was read; else refused by `guard`.
    pub fn bump_revision_from(batch: &mut Batch, guard: &'static str, revision: i64) {
        batch.must(guard, BUMP_FROM, params![revision]);
    }

    /// Lets nothing find a pool any more, neither by its name nor at its domain, if its version is still the one that was read and it is not the first one; else refused by
    /// `guard`. Its rows go in steps afterwards.
    pub fn erase(batch: &mut Batch, guard: &'static str, pool: PoolId, version: i64, now: Timestamp) {
        batch.must(guard, ERASE, params![pool, version, erased(pool), now]);
        crate::tables::write::domain::delete(batch, pool);
    }

    /// Removes the row of a pool that was erased.
    pub fn delete_erased(batch: &mut Batch, pool: PoolId) {
        batch.then(DELETE, params![pool, erased(pool)]);
    }
}
