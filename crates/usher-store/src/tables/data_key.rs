//! Data keys, sealed by the master key: a global table.

use super::statements;
use crate::{Fault, Store, params};
use usher_types::PoolId;

statements! {
    LIST = "SELECT name, sealed FROM data_keys";
    INSERT = "INSERT INTO data_keys (name, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
    ANY_SIGNING_KEY = "SELECT pool_id, algorithm, sealed FROM signing_keys ORDER BY pool_id, created_at LIMIT 1";
}

/// A data key as stored.
#[derive(Debug, Clone)]
pub struct DataKeyRow {
    /// What it is for.
    pub name: String,
    /// The key, sealed.
    pub sealed: Vec<u8>,
}

impl Store {
    /// All data keys.
    pub async fn data_keys(&self) -> Result<Vec<DataKeyRow>, Fault> {
        let rows = self.list(LIST, params![]).await?;
        rows.iter().map(|row| Ok(DataKeyRow { name: row.get(0)?, sealed: row.get(1)? })).collect()
    }

    /// Pool, algorithm and sealed key of some signing key, which tells the master key of an installation that has no data keys yet.
    pub async fn any_signing_key(&self) -> Result<Option<(PoolId, String, Vec<u8>)>, Fault> {
        let rows = self.list(ANY_SIGNING_KEY, params![]).await?;
        rows.first().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).transpose()
    }
}

/// Writes.
pub mod write {
    use super::{DataKeyRow, INSERT};
    use crate::{Batch, params};
    use usher_types::Timestamp;

    /// Stores a data key; nothing where another node stored one of that name.
    pub fn insert(batch: &mut Batch, key: DataKeyRow, now: Timestamp) {
        batch.then(INSERT, params![key.name, key.sealed, now]);
    }
}
