//! The store as the rest of the program sees it: plain reads, guarded batches, and counters that tests assert.

use crate::batch::check_params;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{Applied, Batch, Fault, Meter, OpenError, Options, Place, Row, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// A database that is open. Cloning it gives another handle to the same one.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    driver: Driver,
    reads: AtomicU64,
    batches: AtomicU64,
    statements: AtomicU64,
    meter: Meter,
}

#[derive(Debug)]
enum Driver {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Which database engine a store runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, in a folder of this machine.
    Sqlite,
    /// A server for several nodes.
    Postgres,
}

/// How much a store was asked to do since it was opened. The numbers only grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Reads: one for each find, few and list.
    pub reads: u64,
    /// Batches that had statements.
    pub batches: u64,
    /// Statements of reads and batches together, without BEGIN, COMMIT and their kin.
    pub statements: u64,
}

impl Store {
    /// Opens the database at a place and brings its schema up to date, under a lock of the database, so that any
    /// number of nodes can start at once.
    pub async fn open(place: &Place) -> Result<Self, OpenError> {
        Self::open_with(place, Options::default()).await
    }

    /// The same with other options than the usual ones.
    pub async fn open_with(place: &Place, options: Options) -> Result<Self, OpenError> {
        let driver = match place {
            Place::Folder(path) => Driver::Sqlite(Sqlite::open(path.clone(), options).await?),
            Place::Postgres(url) => Driver::Postgres(Postgres::open(url, &options).await?),
        };
        let (reads, batches, statements, meter) = Default::default();
        Ok(Self { inner: Arc::new(Inner { driver, reads, batches, statements, meter }) })
    }

    /// The row that a statement finds by full key, if there is one; more than one is a fault. On SQLite it runs on the
    /// calling thread, so it must not scan.
    pub async fn find(&self, sql: &'static str, params: Vec<Value>) -> Result<Option<Row>, Fault> {
        let mut rows = self.few(sql, params).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            many => Err(Fault::bug(&format!("{many} rows where one is expected"))),
        }
    }

    /// The handful of rows that a statement finds by the beginning of a key. On SQLite it runs on the calling thread,
    /// so it must not scan.
    pub async fn few(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.count_read();
        check_params(&params)?;
        let begun = Instant::now();
        let rows = match &self.inner.driver {
            Driver::Sqlite(sqlite) => sqlite.few(sql, &params),
            Driver::Postgres(postgres) => postgres.rows(sql, &params).await,
        };
        self.read(begun, rows)
    }

    /// The rows of a statement that may look at many; never on a thread that serves requests.
    pub async fn list(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.count_read();
        check_params(&params)?;
        let begun = Instant::now();
        let rows = match &self.inner.driver {
            Driver::Sqlite(sqlite) => sqlite.list(sql, params).await,
            Driver::Postgres(postgres) => postgres.rows(sql, &params).await,
        };
        self.read(begun, rows)
    }

    /// Applies a batch, all of it or nothing. Whoever drops the future does not drop the batch: once it is under way
    /// it runs to its end.
    pub async fn apply(&self, batch: Batch) -> Result<Applied, Fault> {
        if batch.is_empty() {
            return Ok(Applied::Done);
        }
        self.inner.batches.fetch_add(1, Relaxed);
        self.inner.statements.fetch_add(u64::try_from(batch.len()).unwrap_or(u64::MAX), Relaxed);
        batch.check()?;
        let begun = Instant::now();
        let applied = match &self.inner.driver {
            Driver::Sqlite(sqlite) => sqlite.apply(batch).await,
            Driver::Postgres(postgres) => postgres.apply(batch).await,
        };
        self.inner.meter.batches.observe(begun.elapsed());
        if let Err(fault) = &applied {
            self.inner.meter.fault(fault);
            if fault.is_passing() {
                self.inner.meter.writing(true);
            }
        }
        applied
    }

    /// Prepares a statement without running it: whether the engine takes it and knows its tables and columns.
    pub async fn check_statement(&self, sql: &'static str) -> Result<(), Fault> {
        match &self.inner.driver {
            Driver::Sqlite(sqlite) => sqlite.check_statement(sql),
            Driver::Postgres(postgres) => postgres.check_statement(sql).await,
        }
    }

    /// How much was asked of it so far.
    pub fn counts(&self) -> Counts {
        Counts {
            reads: self.inner.reads.load(Relaxed),
            batches: self.inner.batches.load(Relaxed),
            statements: self.inner.statements.load(Relaxed),
        }
    }

    /// What it did, how long that took, and whether writing works.
    pub fn meter(&self) -> &Meter {
        &self.inner.meter
    }

    /// The engine that it runs on.
    pub fn engine(&self) -> Engine {
        match &self.inner.driver {
            Driver::Sqlite(_) => Engine::Sqlite,
            Driver::Postgres(_) => Engine::Postgres,
        }
    }

    /// Waits for the batches under way, then closes the database and gives its lock back. Other handles get
    /// [`Fault::Unavailable`] from then on.
    pub async fn close(self) {
        match &self.inner.driver {
            Driver::Sqlite(sqlite) => sqlite.close().await,
            Driver::Postgres(postgres) => postgres.close().await,
        }
    }

    fn read(&self, begun: Instant, rows: Result<Vec<Row>, Fault>) -> Result<Vec<Row>, Fault> {
        self.inner.meter.reads.observe(begun.elapsed());
        rows.inspect_err(|fault| self.inner.meter.fault(fault))
    }

    fn count_read(&self) {
        self.inner.reads.fetch_add(1, Relaxed);
        self.inner.statements.fetch_add(1, Relaxed);
    }
}
