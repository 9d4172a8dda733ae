//! Reading from SQLite: a handful of connections that can only read, lent to whichever thread asks. In WAL mode a reader
//! waits for nobody, so a look-up by key is quicker here than the way to another thread.

use super::{bind, connect_reader, fault};
use crate::dialect::Translated;
use crate::{Fault, Row, Value};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Idle connections beyond this many are closed, so that a crowd does not leave its memory behind.
const KEPT: usize = 4;

/// The connections that read.
#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    statements: Arc<Translated>,
    /// The idle connections; `None` once the store is closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    /// Readers of a database file; none is opened yet.
    pub(super) fn new(file: PathBuf, statements: Arc<Translated>) -> Self {
        Self { file, statements, idle: Mutex::new(Some(Vec::with_capacity(KEPT))) }
    }

    /// The rows of a statement.
    pub(super) fn rows(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        self.with(|connection| rows(connection, &self.statements.get(sql), params))
    }

    /// Prepares a statement and no more.
    pub(super) fn check(&self, sql: &'static str) -> Result<(), Fault> {
        self.with(|connection| connection.prepare(&self.statements.get(sql)).map(drop).map_err(|e| fault(&e)))
    }

    /// Closes the idle connections, and the lent ones when they come back.
    pub(super) fn close(&self) {
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let connection = match self.take()? {
            Some(connection) => connection,
            None => connect_reader(&self.file).map_err(|e| fault(&e))?,
        };
        let result = read(&connection);
        self.put(connection);
        result
    }

    fn take(&self) -> Result<Option<Connection>, Fault> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(idle.as_mut().ok_or_else(Fault::closed)?.pop())
    }

    fn put(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(idle) = idle.as_mut().filter(|idle| idle.len() < KEPT) {
            idle.push(connection);
        }
    }
}

/// The rows of a statement.
pub(crate) fn rows(connection: &Connection, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| fault(&e))?;
    bind(&mut statement, params)?;
    let columns = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|e| fault(&e))? {
        let values = (0..columns).map(|column| value(row.get_ref(column).map_err(|e| fault(&e))?));
        found.push(Row::new(values.collect::<Result<_, Fault>>()?));
    }
    Ok(found)
}

/// A column as the dialect knows it.
pub(crate) fn value(column: ValueRef<'_>) -> Result<Value, Fault> {
    Ok(match column {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(bytes) => {
            Value::Text(str::from_utf8(bytes).map_err(|_| Fault::bug("a TEXT that is not UTF-8"))?.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(_) => {
            return Err(Fault::bug("a column holds a REAL, which the dialect does not have"));
        }
    })
}
