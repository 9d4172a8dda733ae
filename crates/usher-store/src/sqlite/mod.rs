//! The embedded engine: SQLite in WAL mode in a folder of its own, read on a small pool of connections and written by one
//! thread. This file opens it; [`readers`] and [`writer`] use it.

mod readers;
mod writer;

use crate::dialect::{Translated, sqlite_migration, sqlite_statement};
use crate::migration::{LEDGER, Migration, TAKEN, TOO_NEW, between, highest};
use crate::{Applied, Batch, Fault, OpenError, Options, Row, Value};
use readers::Readers;
pub(crate) use readers::{rows, value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use writer::Writer;

/// How long a connection waits for another's lock, which only happens at recovery and at the end of a checkpoint.
const BUSY: Duration = Duration::from_secs(5);
/// The name under which a restored database is built before it takes its place.
pub(crate) const UNFINISHED: &str = "usher.db.part";
/// Prepared statements that a connection keeps: all of them.
const STATEMENTS: usize = 256;
/// What SQLite calls its clock in milliseconds.
pub(crate) const CLOCK: &str = "unixepoch('subsec') * 1000";
/// Scans at a time, so that they neither take all memory nor all of the disk.
const SCANS: usize = 4;

/// The embedded engine, open.
#[derive(Debug)]
pub(crate) struct Sqlite {
    readers: Arc<Readers>,
    scans: Semaphore,
    writer: Writer,
}

impl Sqlite {
    /// Opens `usher.db` in a folder and holds `usher.lock` there.
    pub(crate) async fn open(folder: PathBuf, options: Options) -> Result<Self, OpenError> {
        let shown = folder.clone();
        let opened = spawn_blocking(move || Self::open_now(&folder, &options)).await;
        opened.unwrap_or_else(|lost| {
            Err(OpenError::Database { place: shown.display().to_string(), why: lost.to_string() })
        })
    }

    fn open_now(folder: &Path, options: &Options) -> Result<Self, OpenError> {
        let lock = lock(folder)?;
        // What a restore left that was cut off holds everything that a database holds.
        let unfinished = folder.join(UNFINISHED);
        remove(&unfinished).map_err(|source| OpenError::Folder { path: unfinished, source })?;
        let file = folder.join("usher.db");
        // SQLite gives its side files the mode of the database, and the database holds password hashes.
        private(&file).map_err(|source| OpenError::Folder { path: file.clone(), source })?;
        let refused = |e: rusqlite::Error| OpenError::Database {
            place: file.display().to_string(),
            why: e.to_string(),
        };
        let connection = connect_writer(&file).map_err(refused)?;
        migrate(&connection, options.migrations, &file.display().to_string())?;
        if let Some(pages) = options.sqlite.max_page_count {
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(refused)?;
        }
        let statements = Arc::new(Translated::new(sqlite_statement));
        let readers = Arc::new(Readers::new(file.clone(), Arc::clone(&statements)));
        let writer = Writer::start(connection, statements, lock)
            .map_err(|e| OpenError::Database { place: file.display().to_string(), why: e.to_string() })?;
        Ok(Self { readers, scans: Semaphore::new(SCANS), writer })
    }

    /// Reads on the calling thread.
    pub(crate) fn few(&self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        self.readers.rows(sql, params)
    }

    /// Reads on a thread for work that blocks.
    pub(crate) async fn list(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let _scan = self.scans.acquire().await.map_err(|_| Fault::closed())?;
        let readers = Arc::clone(&self.readers);
        spawn_blocking(move || readers.rows(sql, &params))
            .await
            .unwrap_or_else(|lost| Err(Fault::bug(&lost.to_string())))
    }

    pub(crate) async fn apply(&self, batch: Batch) -> Result<Applied, Fault> {
        self.writer.apply(batch).await
    }

    pub(crate) fn check_statement(&self, sql: &'static str) -> Result<(), Fault> {
        self.readers.check(sql)
    }

    /// The readers go first, so that the writer is the last and clears the log away.
    pub(crate) async fn close(&self) {
        self.scans.close();
        self.readers.close();
        self.writer.close().await;
    }
}

/// Makes the folder where it is missing and takes its lock.
pub(crate) fn lock(folder: &Path) -> Result<File, OpenError> {
    let unusable = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Folder { path, source }
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable(folder))?;
    let path = folder.join("usher.lock");
    let file = private(&path).map_err(unusable(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unusable(&path)(source)),
    }
}

/// Removes a file that need not be there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Opens a file, made for its owner alone where it is missing.
pub(crate) fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// A connection that may write. A commit is on disk when it returns, and the log never stays much above 4 MiB.
fn connect_writer(file: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(file)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        let why = "its file system has no shared memory, which SQLite's WAL mode needs: use a local disk"
            .to_owned();
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(why),
        ));
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 1000;
         PRAGMA journal_size_limit = 8388608;
         PRAGMA cache_size = -2048;",
    )?;
    Ok(connection)
}

/// A connection that only reads. Its cache is small because the system caches the file as well.
pub(crate) fn connect_reader(file: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(file)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -512;")?;
    Ok(connection)
}

pub(crate) fn connect(file: &Path) -> rusqlite::Result<Connection> {
    // Each connection is used by one thread at a time, so SQLite's own mutex is not needed. Nothing here is a URI.
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY)?;
    // Plans stay the same whatever values are bound; else every execution with other values prepares its statement anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch("PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}

/// Takes the steps that the database has not seen, each in a transaction of its own.
fn migrate(connection: &Connection, migrations: &'static [Migration], place: &str) -> Result<(), OpenError> {
    let refused = |e: rusqlite::Error| OpenError::Database { place: place.to_owned(), why: e.to_string() };
    let known = highest(migrations);
    connection.execute_batch(&sqlite_migration(LEDGER)).map_err(refused)?;
    let found: i64 = connection.query_row(TAKEN, [], |row| row.get(0)).map_err(refused)?;
    let too_new: i64 =
        connection.query_row(&sqlite_statement(TOO_NEW), [known], |row| row.get(0)).map_err(refused)?;
    if too_new > 0 {
        return Err(OpenError::Newer { place: place.to_owned(), found, known });
    }
    for step in between(migrations, found, known) {
        let text = format!("BEGIN EXCLUSIVE;\n{}\nCOMMIT;", step.text(sqlite_migration, CLOCK));
        connection.execute_batch(&text).map_err(|e| {
            let _ = connection.execute_batch("ROLLBACK;");
            OpenError::Migration { place: place.to_owned(), number: step.number, why: e.to_string() }
        })?;
        tracing::info!(migration = step.number, "the database's schema was brought forward");
    }
    Ok(())
}

/// What an error of SQLite means. Its texts name tables and columns, never values.
pub(crate) fn fault(error: &rusqlite::Error) -> Fault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Fault::Full,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::CannotOpen
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase,
        ) => Fault::unavailable(error.to_string()),
        _ => Fault::bug(&error.to_string()),
    }
}

/// Gives a statement its parameters, exactly as many as it has.
pub(crate) fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Value]) -> Result<(), Fault> {
    if statement.parameter_count() != params.len() {
        let (wanted, given) = (statement.parameter_count(), params.len());
        return Err(Fault::bug(&format!("a statement with {wanted} parameters was given {given}")));
    }
    for (n, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(n + 1, value).map_err(|e| fault(&e))?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_prepared_once_whatever_is_bound_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect_writer(&{
            let file = folder.path().join("usher.db");
            private(&file).unwrap();
            file
        })
        .unwrap();
        connection
            .execute_batch("CREATE TABLE t (pool BLOB, id BLOB, at INTEGER, PRIMARY KEY (pool, id)); CREATE INDEX a ON t (pool, at);")
            .unwrap();
        let mut statement =
            connection.prepare("SELECT at FROM t WHERE pool = ?1 AND at < ?2 ORDER BY at LIMIT ?3").unwrap();
        for n in 0..10_i64 {
            let rows = statement
                .query_map((n.to_be_bytes().as_slice(), n, n + 1), |row| row.get::<_, i64>(0))
                .unwrap();
            assert_eq!(rows.count(), 0);
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
