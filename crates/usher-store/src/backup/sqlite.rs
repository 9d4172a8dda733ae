//! The embedded engine: out by a read transaction on a connection of its own, in by a file that is built beside and renamed.

use super::{Dump, Gathered, KEPT, LoadError, PARTS, Part, Plan, Record, Source, fits, lost, select};
use crate::dialect::{sqlite_migration, sqlite_statement};
use crate::migration::{LEDGER, Migration, SchemaState, TAKEN, TOO_NEW, between, highest};
use crate::sqlite::{CLOCK, UNFINISHED, bind, connect, connect_reader, fault, lock, private, remove, value};
use crate::tables::restored::settle;
use crate::{Fault, OpenError, Value};
use rusqlite::{Connection, Statement};
use std::fs::File;
use std::path::{Path, PathBuf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

/// The database of a folder, and what SQLite keeps beside it.
const FILES: &[&str] = &["usher.db", "usher.db-wal", "usher.db-journal", "usher.db-shm"];

const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1) ORDER BY cid";

/// How far the schema of a folder's database is.
pub(crate) async fn look(
    folder: PathBuf,
    migrations: &'static [Migration],
) -> Result<SchemaState, OpenError> {
    let shown = folder.display().to_string();
    let looked = spawn_blocking(move || {
        let file = folder.join("usher.db");
        match file.try_exists() {
            Ok(true) => look_now(&file, migrations)
                .map_err(|e| OpenError::Database { place: file.display().to_string(), why: e.to_string() }),
            Ok(false) => Ok(SchemaState::of(0, 0, migrations)),
            Err(source) => Err(OpenError::Folder { path: file, source }),
        }
    })
    .await;
    looked.unwrap_or_else(|error| Err(lost(shown, &error)))
}

fn look_now(file: &Path, migrations: &'static [Migration]) -> rusqlite::Result<SchemaState> {
    let connection = connect_reader(file)?;
    if columns(&connection, "migrations")?.is_empty() {
        return Ok(SchemaState::of(0, 0, migrations));
    }
    let found: i64 = connection.query_row(TAKEN, [], |row| row.get(0))?;
    let known = highest(migrations);
    let newer: i64 = if columns(&connection, "migration_rules")?.is_empty() {
        found.saturating_sub(known)
    } else {
        connection.query_row(&sqlite_statement(TOO_NEW), [known], |row| row.get(0))?
    };
    Ok(SchemaState::of(found, newer, migrations))
}

/// Begins a snapshot of a folder's database.
pub(super) async fn dump(folder: PathBuf, known: i64) -> Result<Dump, OpenError> {
    let (sender, parts) = mpsc::channel(PARTS);
    let (begun, beginning) = oneshot::channel();
    let shown = folder.display().to_string();
    let thread = spawn_blocking(move || {
        let opened = open(&folder.join("usher.db"), known);
        let connection = match opened {
            Ok((connection, schema)) => {
                // Nobody waits any more where the command was ended.
                let _ = begun.send(Ok(schema));
                connection
            }
            Err(error) => {
                let _ = begun.send(Err(error));
                return;
            }
        };
        let last = read(&connection, &sender).map(|()| Part::End);
        let _ = sender.blocking_send(last);
    });
    match beginning.await {
        Ok(begun) => begun.map(|schema| Dump { schema, parts }),
        Err(_) => Err(match thread.await {
            Err(error) => lost(shown, &error),
            Ok(()) => OpenError::Database { place: shown, why: "its reader ended".to_owned() },
        }),
    }
}

/// Opens a snapshot, and says which schema it has.
fn open(file: &Path, known: i64) -> Result<(Connection, i64), OpenError> {
    let place = file.display().to_string();
    let refused = |e: rusqlite::Error| OpenError::Database { place: place.clone(), why: e.to_string() };
    if let Err(source) = std::fs::metadata(file) {
        return Err(OpenError::Folder { path: file.to_owned(), source });
    }
    let connection = connect_reader(file).map_err(refused)?;
    // The first read of the transaction takes the snapshot; writers go on beside it.
    connection.execute_batch("BEGIN").map_err(refused)?;
    let found: i64 = connection.query_row(TAKEN, [], |row| row.get(0)).map_err(refused)?;
    if found > known {
        return Err(OpenError::Newer { place, found, known });
    }
    Ok((connection, found))
}

/// Sends every row of every table. An error is passed on; where nobody takes the rows any more, the rest is left.
fn read(connection: &Connection, sender: &mpsc::Sender<Result<Part, Fault>>) -> Result<(), Fault> {
    let gone = |_| Fault::closed();
    let mut gathered = Gathered::default();
    for table in KEPT {
        let columns = columns(connection, table).map_err(|e| fault(&e))?;
        if columns.is_empty() {
            continue;
        }
        let mut statement = connection.prepare(&select(table, &columns)).map_err(|e| fault(&e))?;
        let width = columns.len();
        if let Some(part) = gathered.add(Record::Table { name: (*table).to_owned(), columns }) {
            sender.blocking_send(Ok(part)).map_err(gone)?;
        }
        let mut rows = statement.query([]).map_err(|e| fault(&e))?;
        while let Some(row) = rows.next().map_err(|e| fault(&e))? {
            let values = (0..width).map(|at| value(row.get_ref(at).map_err(|e| fault(&e))?));
            let record = Record::Row(values.collect::<Result<_, Fault>>()?);
            if let Some(part) = gathered.add(record) {
                sender.blocking_send(Ok(part)).map_err(gone)?;
            }
        }
    }
    sender.blocking_send(Ok(gathered.take())).map_err(gone)
}

/// The columns of a table; none where it is not there.
pub(crate) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(COLUMNS)?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Makes the database of a folder that has none.
pub(super) async fn load(folder: PathBuf, plan: Plan, source: Source) -> Result<(), LoadError> {
    let shown = folder.display().to_string();
    let loaded = spawn_blocking(move || load_now(&folder, &plan, source)).await;
    loaded.unwrap_or_else(|error| Err(lost(shown, &error).into()))
}

fn load_now(folder: &Path, plan: &Plan, source: Source) -> Result<(), LoadError> {
    let _lock = lock(folder)?;
    if let Some(found) = FILES.iter().map(|name| folder.join(name)).find(|path| path.exists()) {
        return Err(LoadError::Occupied {
            place: folder.display().to_string(),
            found: found.display().to_string(),
            advice: "name another [storage] folder, or move the database of this one away with its -wal and -shm files",
        });
    }
    let unfinished = folder.join(UNFINISHED);
    let unusable = |source| OpenError::Folder { path: unfinished.clone(), source };
    // What another restore left that was cut off.
    remove(&unfinished).map_err(unusable)?;
    private(&unfinished).map_err(unusable)?;
    let built = build(&unfinished, plan, source).and_then(|()| {
        let put = File::open(&unfinished)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&unfinished, folder.join("usher.db")))
            .and_then(|()| File::open(folder)?.sync_all());
        put.map_err(|source| unusable(source).into())
    });
    if built.is_err() {
        let _ = remove(&unfinished);
    }
    built
}

fn build(file: &Path, plan: &Plan, mut source: Source) -> Result<(), LoadError> {
    let place = file.display().to_string();
    let refused = |e: rusqlite::Error| LoadError::Database { place: place.clone(), why: e.to_string() };
    let connection = connect(file).map_err(refused)?;
    // Nobody sees the file before all of it is on disk under its name, so that nothing need be undone in it.
    connection
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN EXCLUSIVE;")
        .map_err(refused)?;
    connection.execute_batch(&sqlite_migration(LEDGER)).map_err(refused)?;
    let take = |after, last| {
        between(plan.migrations, after, last)
            .try_for_each(|step| connection.execute_batch(&step.text(sqlite_migration, CLOCK)))
    };
    take(0, plan.schema).map_err(refused)?;
    for table in KEPT {
        if !columns(&connection, table).map_err(refused)?.is_empty() {
            // The first rows that a step made come from the backup.
            connection.execute_batch(&format!("DELETE FROM {table}")).map_err(refused)?;
        }
    }
    fill(&connection, &mut source, &place)?;
    take(plan.schema, highest(plan.migrations)).map_err(refused)?;
    settled(&connection, plan).map_err(refused)?;
    connection.execute_batch("COMMIT").map_err(refused)?;
    connection.close().map_err(|(_, e)| refused(e))
}

/// Inserts what comes.
fn fill(connection: &Connection, source: &mut Source, place: &str) -> Result<(), LoadError> {
    let refused = |why: String| LoadError::Database { place: place.to_owned(), why };
    let mut seen = Vec::new();
    let mut table: Option<(Statement<'_>, usize)> = None;
    loop {
        let records = match source.blocking_recv() {
            Some(Part::Records(records)) => records,
            Some(Part::End) => return Ok(()),
            None => return Err(LoadError::Cut),
        };
        for record in records {
            match record {
                Record::Table { name, columns: given } => {
                    let there = columns(connection, &name).map_err(|e| refused(e.to_string()))?;
                    fits(&name, &given, &there, &mut seen)?;
                    let places: Vec<String> = (1..=given.len()).map(|n| format!("?{n}")).collect();
                    let text =
                        format!("INSERT INTO {name} ({}) VALUES ({})", given.join(", "), places.join(", "));
                    let statement = connection.prepare(&text).map_err(|e| refused(e.to_string()))?;
                    table = Some((statement, given.len()));
                }
                Record::Row(values) => {
                    let Some((statement, _)) = table.as_mut().filter(|(_, width)| *width == values.len())
                    else {
                        return Err(LoadError::Unfitting(
                            "a row does not have its table's columns".to_owned(),
                        ));
                    };
                    insert(statement, &values).map_err(|fault| refused(fault.to_string()))?;
                }
            }
        }
    }
}

fn insert(statement: &mut Statement<'_>, values: &[Value]) -> Result<(), Fault> {
    bind(statement, values)?;
    statement.raw_execute().map(drop).map_err(|e| fault(&e))
}

/// Settles what came back.
fn settled(connection: &Connection, plan: &Plan) -> rusqlite::Result<()> {
    for step in settle(plan.sessions, plan.now).steps() {
        let params = rusqlite::params_from_iter(&step.params);
        connection.prepare(&sqlite_statement(step.sql))?.execute(params)?;
    }
    Ok(())
}
