//! A little table, and a store with it on each engine.

use std::path::PathBuf;
use tempfile::TempDir;
use usher_store::{Applied, Batch, Fault, Migration, Options, Place, Row, Store, params};
use usher_testdb::Postgres;

pub(crate) const SCHEMA: &[Migration] = &[Migration {
    number: 1,
    oldest: 1,
    sql: "-- A user's things; every kind of column.
        CREATE TABLE things (
            pool_id BLOB NOT NULL, -- the owner's
            id INTEGER NOT NULL,
            number INTEGER NOT NULL,
            name TEXT,
            data BLOB,
            PRIMARY KEY (pool_id, id)
        );
        CREATE INDEX things_by_number ON things (pool_id, number);",
}];

pub(crate) const POOL: [u8; 16] = [7; 16];
pub(crate) const INSERT: &str = "INSERT INTO things (pool_id, id, number) VALUES ($1, $2, $3)";
pub(crate) const INSERT_NAMED: &str =
    "INSERT INTO things (pool_id, id, number, name, data) VALUES ($1, $2, 0, $3, $4)";
pub(crate) const CLAIM: &str =
    "INSERT INTO things (pool_id, id, number) VALUES ($1, $2, $3) ON CONFLICT (pool_id, id) DO NOTHING";
pub(crate) const CHANGE: &str =
    "UPDATE things SET number = $4 WHERE pool_id = $1 AND id = $2 AND number = $3";
pub(crate) const CHANGE_ALL: &str = "UPDATE things SET number = $2 WHERE pool_id = $1";
pub(crate) const DELETE: &str = "DELETE FROM things WHERE pool_id = $1 AND id = $2";
pub(crate) const FIND: &str = "SELECT number FROM things WHERE pool_id = $1 AND id = $2";
pub(crate) const ALL: &str = "SELECT id, number FROM things WHERE pool_id = $1 ORDER BY id";

/// A store for one test, in a place of its own.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) place: Place,
    folder: Option<TempDir>,
}

impl Bench {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder(folder.path().join("data"));
        Self { store: open(&place).await, place, folder: Some(folder) }
    }

    pub(crate) async fn postgres(server: &Postgres) -> Self {
        let place = Place::Postgres(server.fresh_database().await.unwrap());
        Self { store: open(&place).await, place, folder: None }
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopened(self) -> Self {
        self.store.close().await;
        Self { store: open(&self.place).await, ..self }
    }

    /// The folder that the database is in, on SQLite.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().join("data")
    }
}

/// Options with the little table as their schema.
pub(crate) fn options() -> Options {
    Options { migrations: SCHEMA, ..Options::default() }
}

pub(crate) async fn open(place: &Place) -> Store {
    Store::open_with(place, options()).await.unwrap()
}

/// Inserts a thing by itself.
pub(crate) async fn insert(store: &Store, id: i64, number: i64) -> Result<Applied, Fault> {
    let mut batch = Batch::new();
    batch.then(INSERT, params![POOL, id, number]);
    store.apply(batch).await
}

/// Inserts a thing that is not there yet.
pub(crate) async fn add(store: &Store, id: i64, number: i64) {
    assert_eq!(insert(store, id, number).await, Ok(Applied::Done));
}

/// The number of a thing.
pub(crate) async fn number(store: &Store, id: i64) -> Option<i64> {
    store.find(FIND, params![POOL, id]).await.unwrap().map(|row| row.get(0).unwrap())
}

/// Ids and numbers of all things of the usual pool.
pub(crate) async fn all(store: &Store) -> Vec<(i64, i64)> {
    pairs(&store.list(ALL, params![POOL]).await.unwrap())
}

pub(crate) fn pairs(rows: &[Row]) -> Vec<(i64, i64)> {
    rows.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect()
}

/// Makes of each function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both_engines {
    ($(async fn $name:ident($bench:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn check($bench: $crate::support::Bench) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                check($crate::support::Bench::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgresql() {
                if let Some(server) = usher_testdb::Postgres::or_skip(module_path!()) {
                    check($crate::support::Bench::postgres(server).await).await;
                }
            }
        }
    )*};
}
pub(crate) use on_both_engines;
