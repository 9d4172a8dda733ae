//! Every column that holds sealed values, in one list: how many each master key sealed, and sealing them anew in steps. A test finds the
//! columns in the schema. What each is sealed for is known in usher-core.

use super::statements;
use crate::{Fault, Row, Store, Value};

/// A column that holds sealed values.
#[derive(Debug)]
pub struct SealedColumn {
    /// Table and column.
    pub name: &'static str,
    /// Values of the table's key before the first row.
    first: fn() -> Vec<Value>,
    count: &'static str,
    page: &'static str,
    replace: &'static str,
}

/// A sealed value and the key of its row.
#[derive(Debug)]
pub struct SealedValue {
    /// The key of its row, column by column.
    pub key: Vec<Value>,
    /// What is sealed.
    pub sealed: Vec<u8>,
}

/// The columns that hold sealed values.
pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        name: "data_keys.sealed",
        first: || vec![text()],
        count: COUNT_DATA_KEYS,
        page: PAGE_DATA_KEYS,
        replace: REPLACE_DATA_KEYS,
    },
    SealedColumn {
        name: "signing_keys.sealed",
        first: || vec![blob(), text(), text()],
        count: COUNT_SIGNING_KEYS,
        page: PAGE_SIGNING_KEYS,
        replace: REPLACE_SIGNING_KEYS,
    },
    SealedColumn {
        name: "clients.secret_sealed",
        first: || vec![blob(), text()],
        count: COUNT_SECRETS,
        page: PAGE_SECRETS,
        replace: REPLACE_SECRETS,
    },
    SealedColumn {
        name: "clients.previous_secret_sealed",
        first: || vec![blob(), text()],
        count: COUNT_PREVIOUS,
        page: PAGE_PREVIOUS,
        replace: REPLACE_PREVIOUS,
    },
];

statements! {
    /// How many values begin with each mark; `$1` is the version that has marks.
    COUNT_DATA_KEYS = "SELECT CASE WHEN substr(sealed, 1, 1) = $1 THEN substr(sealed, 1, 5) ELSE substr(sealed, 1, 1) END, COUNT(*)
        FROM data_keys WHERE sealed IS NOT NULL GROUP BY 1";
    PAGE_DATA_KEYS = "SELECT name, sealed FROM data_keys WHERE name > $1 ORDER BY name LIMIT $2";
    REPLACE_DATA_KEYS = "UPDATE data_keys SET sealed = $3 WHERE name = $1 AND sealed = $2";
    COUNT_SIGNING_KEYS = "SELECT CASE WHEN substr(sealed, 1, 1) = $1 THEN substr(sealed, 1, 5) ELSE substr(sealed, 1, 1) END, COUNT(*)
        FROM signing_keys WHERE sealed IS NOT NULL GROUP BY 1";
    PAGE_SIGNING_KEYS = "SELECT pool_id, algorithm, kid, sealed FROM signing_keys
        WHERE (pool_id, algorithm, kid) > ($1, $2, $3) ORDER BY pool_id, algorithm, kid LIMIT $4";
    REPLACE_SIGNING_KEYS = "UPDATE signing_keys SET sealed = $5 WHERE pool_id = $1 AND algorithm = $2 AND kid = $3 AND sealed = $4";
    COUNT_SECRETS = "SELECT CASE WHEN substr(secret_sealed, 1, 1) = $1 THEN substr(secret_sealed, 1, 5) ELSE substr(secret_sealed, 1, 1) END, COUNT(*)
        FROM clients WHERE secret_sealed IS NOT NULL GROUP BY 1";
    PAGE_SECRETS = "SELECT pool_id, client_id, secret_sealed FROM clients
        WHERE secret_sealed IS NOT NULL AND (pool_id, client_id) > ($1, $2) ORDER BY pool_id, client_id LIMIT $3";
    REPLACE_SECRETS = "UPDATE clients SET secret_sealed = $4 WHERE pool_id = $1 AND client_id = $2 AND secret_sealed = $3";
    COUNT_PREVIOUS = "SELECT CASE WHEN substr(previous_secret_sealed, 1, 1) = $1 THEN substr(previous_secret_sealed, 1, 5) ELSE substr(previous_secret_sealed, 1, 1) END, COUNT(*)
        FROM clients WHERE previous_secret_sealed IS NOT NULL GROUP BY 1";
    PAGE_PREVIOUS = "SELECT pool_id, client_id, previous_secret_sealed FROM clients
        WHERE previous_secret_sealed IS NOT NULL AND (pool_id, client_id) > ($1, $2) ORDER BY pool_id, client_id LIMIT $3";
    REPLACE_PREVIOUS = "UPDATE clients SET previous_secret_sealed = $4 WHERE pool_id = $1 AND client_id = $2 AND previous_secret_sealed = $3";
}

impl Store {
    /// How many values of a column begin with each mark of a version; those of other versions by that version alone.
    pub async fn sealed_counts(
        &self,
        column: &'static SealedColumn,
        version: u8,
    ) -> Result<Vec<(Vec<u8>, i64)>, Fault> {
        let rows = self.list(column.count, vec![Value::Blob(vec![version])]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// A page of a column's values after a row, from the beginning where none is named.
    pub async fn sealed_page(
        &self,
        column: &'static SealedColumn,
        after: Option<Vec<Value>>,
        limit: u32,
    ) -> Result<Vec<SealedValue>, Fault> {
        let mut params = after.unwrap_or_else(column.first);
        let width = params.len();
        params.push(limit.into());
        let read = |row: &Row| {
            let key: Result<Vec<Value>, Fault> = (0..width).map(|at| row.get(at)).collect();
            Ok(SealedValue { key: key?, sealed: row.get(width)? })
        };
        self.list(column.page, params).await?.iter().map(read).collect()
    }
}

/// Writes.
pub mod write {
    use super::{SealedColumn, SealedValue};
    use crate::Batch;

    /// Replaces a value by the same sealed anew, if it is as it was read; nothing where it was changed meanwhile.
    pub fn replace(batch: &mut Batch, column: &'static SealedColumn, value: SealedValue, sealed: Vec<u8>) {
        let mut params = value.key;
        params.push(value.sealed.into());
        params.push(sealed.into());
        batch.then(column.replace, params);
    }
}

const fn blob() -> Value {
    Value::Blob(Vec::new())
}

const fn text() -> Value {
    Value::Text(String::new())
}
