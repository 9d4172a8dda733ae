//! Applications by identifier and in pages, and the end of one.

use crate::tables::{ClientRow, client, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

/// An application with what only management shows.
#[derive(Debug, Clone)]
pub struct ClientRecord {
    /// The application.
    pub client: ClientRow,
    /// Birth.
    pub created_at: Timestamp,
    /// Its last change.
    pub updated_at: Timestamp,
}

statements! {
    PAGE = concat!("SELECT ", client::row_columns!(), ", created_at, updated_at
        FROM clients WHERE pool_id = $1 AND client_id > $2 ORDER BY client_id LIMIT $3");
    FIND = concat!("SELECT ", client::row_columns!(), ", created_at, updated_at
        FROM clients WHERE pool_id = $1 AND client_id = $2");
    DISABLE = "UPDATE clients SET enabled = 0, version = version + 1, updated_at = $4
        WHERE pool_id = $1 AND client_id = $2 AND version = $3";
    DELETE = "DELETE FROM clients WHERE pool_id = $1 AND client_id = $2 AND version = $3";
}

fn read(row: &Row) -> Result<ClientRecord, Fault> {
    Ok(ClientRecord {
        client: ClientRow::read(row)?,
        created_at: row.get(ClientRow::COLUMNS)?,
        updated_at: row.get(ClientRow::COLUMNS + 1)?,
    })
}

impl Store {
    /// Applications by identifier, from the one after `after` on; the empty text is before them all.
    pub async fn client_page(
        &self,
        pool: PoolId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ClientRecord>, Fault> {
        self.list(PAGE, params![pool, after, limit]).await?.iter().map(read).collect()
    }

    /// The application with an identifier.
    pub async fn client_record(&self, pool: PoolId, client_id: &str) -> Result<Option<ClientRecord>, Fault> {
        self.find(FIND, params![pool, client_id]).await?.as_ref().map(read).transpose()
    }
}

/// Writes.
pub mod write {
    use super::{DELETE, DISABLE};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Disables an application if its version is still the one that was read; else refused by `guard`. Its version rises by one.
    pub fn disable(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        (client_id, version): (&str, i64),
        now: Timestamp,
    ) {
        batch.must(guard, DISABLE, params![pool, client_id, version, now]);
    }

    /// Removes an application if its version is still the one that was read; else refused by `guard`.
    pub fn delete(batch: &mut Batch, guard: &'static str, pool: PoolId, (client_id, version): (&str, i64)) {
        batch.must(guard, DELETE, params![pool, client_id, version]);
    }
}
