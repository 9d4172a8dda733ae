//! Backups: everything that a database holds in one file that is sealed under the master key, from either engine and for either.
//! [`file`] is the file, [`record`] what is inside; how rows leave and enter a database is usher-store's.

mod error;
pub mod file;
pub mod record;
mod unfinished;

pub use error::BackupError;
pub use usher_store::backup::Sessions;

use crate::data_keys::DataKeys;
use crate::trail::Marker;
use crate::trail::{Event, Party, TrailKeys};
use crate::world::World;
use error::at;
use file::{Head, Reader, Writer};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::sync::Arc;
use tokio::task::spawn_blocking;
use unfinished::Unfinished;
use usher_crypto::seal::MasterKey;
use usher_store::backup::{self, Dump, LoadError, Part, Plan, Record};
use usher_store::tables::{AuditAbout, AuditEvent};
use usher_store::{Batch, MIGRATIONS, Place, Store};
use usher_types::Timestamp;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// When it was made.
    pub made_at: Timestamp,
    /// The number of its schema.
    pub schema: i64,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
}

impl Summary {
    const fn new(head: &Head) -> Self {
        Self { made_at: head.made_at, schema: head.schema, rows: BTreeMap::new() }
    }

    /// Counts records, going on in the table that was named last.
    fn count(&mut self, records: &[Record], table: &mut String) {
        for record in records {
            match record {
                Record::Table { name, .. } => {
                    name.clone_into(table);
                    self.rows.entry(name.clone()).or_default();
                }
                Record::Row(_) => {
                    let rows = self.rows.entry(table.clone()).or_default();
                    *rows = rows.saturating_add(1);
                }
            }
        }
    }
}

/// The highest number of a schema that this program knows.
fn known() -> i64 {
    MIGRATIONS.iter().map(|step| step.number).max().unwrap_or(0)
}

/// Writes all that a database holds at this moment to a file that is not there yet, while others go on to use it.
pub async fn write(
    place: &Place,
    master: Arc<MasterKey>,
    world: &World,
    path: &Path,
) -> Result<Summary, BackupError> {
    absent(path)?;
    let dump = Dump::begin(place, MIGRATIONS).await?;
    let head = Head::new(dump.schema(), world.clock.now(), &*world.random);
    let (path, random) = (path.to_owned(), Arc::clone(&world.random));
    finished(
        spawn_blocking(move || {
            let unfinished = Unfinished::beside(&path, &master)?;
            let written = fill(dump, &head, &master, &*random, &unfinished).and_then(|summary| {
                absent(&path)?;
                unfinished.finish(&path)?;
                let folder =
                    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
                File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
                Ok(summary)
            });
            if written.is_err() {
                unfinished.remove();
            }
            written
        })
        .await,
    )
}

fn absent(path: &Path) -> Result<(), BackupError> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Err(BackupError::Exists(path.to_owned())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(at(path)(e)),
    }
}

fn fill(
    mut dump: Dump,
    head: &Head,
    master: &MasterKey,
    random: &dyn usher_types::Random,
    Unfinished { path, file }: &Unfinished,
) -> Result<Summary, BackupError> {
    let (mut summary, mut table) = (Summary::new(head), String::new());
    let mut writer = Writer::begin(BufWriter::new(file), head, master, random).map_err(at(path))?;
    while let Part::Records(records) = dump.next_blocking()? {
        summary.count(&records, &mut table);
        writer.add(&records).map_err(at(path))?;
    }
    writer.end().map_err(at(path))?;
    file.sync_all().map_err(at(path))?;
    Ok(summary)
}

/// Opens a file, reads its head, and makes sure that it is a backup of this master key which this program can read.
fn open(path: &Path, master: &MasterKey) -> Result<(Head, Reader<BufReader<File>>), BackupError> {
    let file = File::open(path).map_err(at(path))?;
    let (head, reader) = Reader::begin(BufReader::new(file), master).map_err(|e| e.about(path))?;
    if head.schema > known() {
        return Err(BackupError::Later { path: path.to_owned(), schema: head.schema, known: known() });
    }
    Ok((head, reader))
}

/// Reads a whole backup and says what is in it.
pub async fn verify(path: &Path, master: Arc<MasterKey>) -> Result<Summary, BackupError> {
    let path = path.to_owned();
    finished(
        spawn_blocking(move || {
            let (head, mut reader) = open(&path, &master)?;
            let (mut summary, mut table) = (Summary::new(&head), String::new());
            while let Some(records) = reader.next(&master).map_err(|e| e.about(&path))? {
                summary.count(&records, &mut table);
            }
            Ok(summary)
        })
        .await,
    )
}

/// Makes a database from a backup in an empty place, all of it or nothing.
pub async fn restore(
    path: &Path,
    place: &Place,
    master: Arc<MasterKey>,
    world: &World,
    sessions: Sessions,
) -> Result<Summary, BackupError> {
    let (head, mut reader) = open(path, &master)?;
    let mut summary = Summary::new(&head);
    let (sender, source) = backup::channel();
    let (shown, kept) = (path.to_owned(), Arc::clone(&master));
    let reading = spawn_blocking(move || {
        let mut table = String::new();
        while let Some(records) = reader.next(&master).map_err(|e| e.about(&shown))? {
            summary.count(&records, &mut table);
            if sender.blocking_send(Part::Records(records)).is_err() {
                // The database refused: it says why.
                return Ok(summary);
            }
        }
        let _ = sender.blocking_send(Part::End);
        Ok(summary)
    });
    let plan = Plan { migrations: MIGRATIONS, schema: head.schema, now: world.clock.now(), sessions };
    let loaded = backup::load(place, plan, source).await;
    let read = finished(reading.await);
    match (loaded, read) {
        // What was wrong with the file is why the records ended.
        (Err(LoadError::Cut), Err(error)) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(()), read) => {
            let summary = read?;
            record(place, &kept, world, (summary.made_at, sessions)).await?;
            Ok(summary)
        }
    }
}

/// Records in the trail of each pool that it came back, from when, and what became of its sessions.
async fn record(
    place: &Place,
    master: &MasterKey,
    world: &World,
    (made_at, sessions): (Timestamp, Sessions),
) -> Result<(), BackupError> {
    let store = Store::open(place).await?;
    let recorded = async {
        let trail = TrailKeys::of(&DataKeys::open(&store, master, world).await?);
        let marker = Marker { keys: &trail, now: world.clock.now(), random: &*world.random };
        let sessions = match sessions {
            Sessions::End => "ended",
            Sessions::Keep => "kept",
        };
        let mut batch = Batch::new();
        for pool in store.pools().await? {
            let event = AuditEvent {
                event: Event::Restored.name(),
                client_id: None,
                user_id: None,
                network: None,
                detail: serde_json::json!({ "backup_made_at": made_at.millis(), "sessions": sessions })
                    .to_string(),
            };
            let target = Some(Party::Pool(pool.id).to_string());
            marker.record(&mut batch, pool.id, event, AuditAbout { target, ..AuditAbout::default() });
        }
        store.apply(batch).await.map(drop)
    };
    let recorded = recorded.await;
    store.close().await;
    Ok(recorded?)
}

/// What a thread came to.
fn finished<T>(joined: Result<Result<T, BackupError>, tokio::task::JoinError>) -> Result<T, BackupError> {
    joined.unwrap_or_else(|lost| Err(usher_store::Fault::bug(&lost.to_string()).into()))
}
