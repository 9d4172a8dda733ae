//! Programmatic access accounts in pages, and the end of all of an application's.

use crate::tables::access_key::{read, row_columns};
use crate::tables::{AccessKeyRow, statements};
use crate::{Fault, Store, params};
use usher_types::PoolId;

statements! {
    PAGE = concat!("SELECT ", row_columns!(), " FROM access_keys WHERE pool_id = $1 AND access_key > $2 ORDER BY access_key LIMIT $3");
    PAGE_OF_CLIENT = concat!("SELECT ", row_columns!(), " FROM access_keys
        WHERE pool_id = $1 AND client_id = $2 AND access_key > $3 ORDER BY access_key LIMIT $4");
    COUNT = "SELECT COUNT(*) FROM access_keys WHERE pool_id = $1 AND client_id = $2";
    DELETE_OF_CLIENT = "DELETE FROM access_keys WHERE pool_id = $1 AND client_id = $2";
}

impl Store {
    /// Access keys of a pool, from the one after `after` on; the empty text is before them all.
    pub async fn access_key_page(
        &self,
        pool: PoolId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<AccessKeyRow>, Fault> {
        self.list(PAGE, params![pool, after, limit]).await?.iter().map(read).collect()
    }

    /// Access keys of one application, from the one after `after` on.
    pub async fn access_key_page_of(
        &self,
        pool: PoolId,
        client_id: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<AccessKeyRow>, Fault> {
        self.list(PAGE_OF_CLIENT, params![pool, client_id, after, limit]).await?.iter().map(read).collect()
    }

    /// How many access keys an application has.
    pub async fn access_key_count(&self, pool: PoolId, client_id: &str) -> Result<i64, Fault> {
        let row = self.find(COUNT, params![pool, client_id]).await?;
        row.ok_or_else(|| Fault::bug("a count without a row"))?.get(0)
    }
}

/// Writes.
pub mod write {
    use super::DELETE_OF_CLIENT;
    use crate::{Batch, params};
    use usher_types::PoolId;

    /// Removes all accounts of an application: at most [`usher_types::limits::ACCESS_KEYS`].
    pub fn delete_of_client(batch: &mut Batch, pool: PoolId, client_id: &str) {
        batch.then(DELETE_OF_CLIENT, params![pool, client_id]);
    }
}
