//! Taking everything out of a database while it is used, and putting it into an empty one, whichever engine either runs on. What
//! passes between is a stream of records in a few parts at a time; how a file holds them is left to usher-core.

mod list;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub use crate::tables::restored::Sessions;
pub use list::{KEPT, LEFT_OUT};

use crate::migration::highest;
use crate::{Fault, Migration, OpenError, Place, Value};
use tokio::sync::mpsc;
use tokio::task::JoinError;
use usher_types::Timestamp;

/// One thing of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The rows of this table follow, with these columns.
    Table {
        /// Its name.
        name: String,
        /// Its columns, in the order in which the rows have them.
        columns: Vec<String>,
    },
    /// A row of the table that was named last.
    Row(Vec<Value>),
}

/// A piece of a stream of records.
#[derive(Debug)]
pub enum Part {
    /// Some of them.
    Records(Vec<Record>),
    /// There are no more. A stream that ends without this was cut off.
    End,
}

/// Bytes after which a part is passed on.
const PART_BYTES: usize = 64 * 1024;
/// Parts that may wait for whoever takes them.
const PARTS: usize = 4;

/// A consistent view of a whole database, on its way out.
#[derive(Debug)]
pub struct Dump {
    schema: i64,
    parts: mpsc::Receiver<Result<Part, Fault>>,
}

impl Dump {
    /// Begins to read a database as it is at this moment; those who write to it go on.
    pub async fn begin(place: &Place, migrations: &'static [Migration]) -> Result<Self, OpenError> {
        match place {
            Place::Folder(folder) => sqlite::dump(folder.clone(), highest(migrations)).await,
            Place::Postgres(url) => postgres::dump(url, highest(migrations)).await,
        }
    }

    /// The number of its schema.
    pub const fn schema(&self) -> i64 {
        self.schema
    }

    /// The next part; for a thread that may wait.
    pub fn next_blocking(&mut self) -> Result<Part, Fault> {
        self.parts.blocking_recv().unwrap_or_else(|| Err(Fault::unavailable("its snapshot was cut off")))
    }
}

/// What shall become of a stream of records.
#[derive(Clone)]
pub struct Plan {
    /// The schema of this program.
    pub migrations: &'static [Migration],
    /// The number of the schema that the records are of.
    pub schema: i64,
    /// The moment from which they live again.
    pub now: Timestamp,
    /// What becomes of sessions.
    pub sessions: Sessions,
}

/// Why records were not loaded. Nothing is left of them.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The place.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The place is not empty.
    #[error("{place}: {found} is there already, and a backup is restored only into an empty place: {advice}")]
    Occupied {
        /// Folder or database.
        place: String,
        /// What is there.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// Whoever sent the records stopped before the end.
    #[error("the records ended too early")]
    Cut,
    /// The records do not fit the schema that they say they are of.
    #[error("what the backup holds does not fit its schema: {0}")]
    Unfitting(String),
    /// The database did not take them.
    #[error("{place} did not take the backup: {why}")]
    Database {
        /// The file, or host and database.
        place: String,
        /// What it says.
        why: String,
    },
}

/// Where a stream of records comes from.
pub type Source = mpsc::Receiver<Part>;

/// The two ends of a stream of records.
pub fn channel() -> (mpsc::Sender<Part>, Source) {
    mpsc::channel(PARTS)
}

/// Makes a database of records in an empty place, all of it or nothing, and brings it to this program's schema.
pub async fn load(place: &Place, plan: Plan, source: Source) -> Result<(), LoadError> {
    if plan.schema < 1 || plan.schema > highest(plan.migrations) {
        return Err(LoadError::Unfitting(format!("there is no schema with number {}", plan.schema)));
    }
    match place {
        Place::Folder(folder) => sqlite::load(folder.clone(), plan, source).await,
        Place::Postgres(url) => postgres::load(url, plan, source).await,
    }
}

/// Gathers records into parts.
#[derive(Default)]
struct Gathered {
    records: Vec<Record>,
    bytes: usize,
}

impl Gathered {
    /// Adds a record, and gives them all out when they are enough for a part.
    fn add(&mut self, record: Record) -> Option<Part> {
        self.bytes = self.bytes.saturating_add(match &record {
            Record::Table { .. } => 64,
            Record::Row(values) => values.iter().map(size).sum(),
        });
        self.records.push(record);
        (self.bytes >= PART_BYTES).then(|| self.take())
    }

    /// What is left.
    fn take(&mut self) -> Part {
        self.bytes = 0;
        Part::Records(std::mem::take(&mut self.records))
    }
}

/// About how many bytes of memory a value takes.
const fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Int(_) => 24,
        Value::Text(text) => 24 + text.len(),
        Value::Blob(bytes) => 24 + bytes.len(),
    }
}

/// The statement that a table is read by. Names come from the schema or were compared with it.
fn select(table: &str, columns: &[String]) -> String {
    format!("SELECT {} FROM {table}", columns.join(", "))
}

/// Makes sure that a table of a stream is one that backups have, comes once and has columns that are there.
fn fits(name: &str, columns: &[String], there: &[String], seen: &mut Vec<String>) -> Result<(), LoadError> {
    let wrong = |what: String| Err(LoadError::Unfitting(what));
    if !KEPT.contains(&name) || there.is_empty() {
        return wrong(format!("the table {name:?} is not in that schema"));
    }
    if seen.iter().any(|s| s == name) {
        return wrong(format!("the table {name} comes twice"));
    }
    seen.push(name.to_owned());
    for (n, column) in columns.iter().enumerate() {
        if !there.contains(column) || columns.iter().take(n).any(|c| c == column) {
            return wrong(format!("{name} has no column {column:?} to fill once"));
        }
    }
    match columns.is_empty() {
        true => wrong(format!("{name} has no columns")),
        false => Ok(()),
    }
}

/// A thread of ours that did not come to its end.
fn lost(place: String, error: &JoinError) -> OpenError {
    OpenError::Database { place, why: error.to_string() }
}
