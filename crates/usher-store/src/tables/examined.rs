//! What an examination of an installation reads beside a server.

use super::{KeyRow, statements};
use crate::{Fault, Row};
use usher_types::{PoolId, Timestamp};

/// A pool and how much is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolCount {
    /// Its id.
    pub id: PoolId,
    /// Its name.
    pub name: String,
    /// Its applications.
    pub applications: i64,
    /// Its signing keys.
    pub keys: i64,
}

statements! {
    COUNTS = "SELECT p.id, p.name, (SELECT COUNT(*) FROM clients c WHERE c.pool_id = p.id), (SELECT COUNT(*) FROM signing_keys k WHERE k.pool_id = p.id)
        FROM pools p WHERE p.name NOT LIKE 'deleted/%' ORDER BY p.name";
    KEYS = "SELECT kid, algorithm, sealed, created_at, signs_from, generation, published, pool_id FROM signing_keys ORDER BY pool_id, kid";
    OLDEST = "SELECT MIN(expires_at) FROM tickets";
}

pub(crate) const POOL_COUNTS: &str = COUNTS;
pub(crate) const SEALED_KEYS: &str = KEYS;
pub(crate) const OLDEST_TICKET: &str = OLDEST;

pub(crate) fn pool_count(row: &Row) -> Result<PoolCount, Fault> {
    Ok(PoolCount { id: row.get(0)?, name: row.get(1)?, applications: row.get(2)?, keys: row.get(3)? })
}

pub(crate) fn sealed_key(row: &Row) -> Result<(PoolId, KeyRow), Fault> {
    Ok((row.get(7)?, KeyRow::read(row)?))
}

pub(crate) fn oldest_ticket(row: &Row) -> Result<Option<Timestamp>, Fault> {
    row.get(0)
}
