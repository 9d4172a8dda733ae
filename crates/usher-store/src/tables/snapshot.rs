//! What nodes keep in memory, read for many pools at once: which pools there are and how often each changed, then everything of those
//! that did. The pools of one reading are a range of ids, so that a start takes a few statements for any number of pools and a change
//! of one pool three.

use super::{KeyRow, PoolRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::PoolId;

/// A pool with the number that rises with each change in it.
#[derive(Debug, Clone)]
pub struct PoolState {
    /// The pool.
    pub pool: PoolRow,
    /// How often it changed.
    pub revision: i64,
}

/// The settings of an application.
#[derive(Debug, Clone)]
pub struct StoredClient {
    /// Its client identifier.
    pub client_id: String,
    /// Its descriptive settings, JSON.
    pub settings: String,
}

statements! {
    REVISION = "SELECT number FROM revision WHERE id = 1";
    /// A pool that is being deleted has a name that no pool can have.
    REVISIONS = "SELECT id, revision FROM pools WHERE name NOT LIKE 'deleted/%' ORDER BY id";
    POOLS = "SELECT p.id, p.name, p.is_first, p.settings, p.version, d.host, p.revision
        FROM pools p LEFT JOIN domains d ON d.pool_id = p.id
        WHERE p.id >= $1 AND p.id <= $2 AND p.name NOT LIKE 'deleted/%' ORDER BY p.id";
    CLIENTS = "SELECT pool_id, client_id, settings FROM clients WHERE pool_id >= $1 AND pool_id <= $2 ORDER BY pool_id, client_id";
    KEYS = "SELECT kid, algorithm, sealed, created_at, signs_from, generation, published, pool_id FROM signing_keys
        WHERE pool_id >= $1 AND pool_id <= $2
        ORDER BY pool_id, algorithm, signs_from DESC, COALESCE(generation, 0) DESC, priority DESC, created_at, kid";
}

impl Store {
    /// The number that rises whenever something in any pool changes.
    pub async fn revision(&self) -> Result<i64, Fault> {
        self.find(REVISION, params![]).await?.ok_or_else(|| Fault::bug("no revision"))?.get(0)
    }

    /// All pools by id, each with the number that rises whenever something in it changes.
    pub async fn pool_revisions(&self) -> Result<Vec<(PoolId, i64)>, Fault> {
        let rows = self.list(REVISIONS, params![]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// The pools of a range of ids, both ends included.
    pub async fn pools_between(&self, first: PoolId, last: PoolId) -> Result<Vec<PoolState>, Fault> {
        let rows = self.list(POOLS, params![first, last]).await?;
        rows.iter().map(|row| Ok(PoolState { pool: PoolRow::read(row)?, revision: row.get(6)? })).collect()
    }

    /// The settings of all applications of a range of pools, by pool and identifier.
    pub async fn clients_between(
        &self,
        first: PoolId,
        last: PoolId,
    ) -> Result<Vec<(PoolId, StoredClient)>, Fault> {
        let rows = self.list(CLIENTS, params![first, last]).await?;
        let read =
            |row: &Row| Ok((row.get(0)?, StoredClient { client_id: row.get(1)?, settings: row.get(2)? }));
        rows.iter().map(read).collect()
    }

    /// The signing keys of a range of pools, each pool's in the order of [`Store::signing_keys`].
    pub async fn signing_keys_between(
        &self,
        first: PoolId,
        last: PoolId,
    ) -> Result<Vec<(PoolId, KeyRow)>, Fault> {
        let rows = self.list(KEYS, params![first, last]).await?;
        rows.iter().map(|row| Ok((row.get(7)?, KeyRow::read(row)?))).collect()
    }
}
