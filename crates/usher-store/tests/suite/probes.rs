//! Whether the database works, found out without leaving anything behind.

use crate::support::*;
use usher_store::{Applied, Batch, Fault, FaultKind, Options, Place, SqliteOptions, Store, params};

const PUT: &str = "INSERT INTO logos (pool_id, client_id, media_type, bytes) VALUES ($1, $2, 'x', $3)";
const TAKE: &str = "DELETE FROM logos WHERE pool_id = $1 AND client_id = $2";
const LEFT: &str = "SELECT client_id FROM logos WHERE pool_id = $1";

async fn put(store: &Store, name: &str) -> Result<Applied, Fault> {
    let mut batch = Batch::new();
    batch.then(PUT, params![POOL, name, vec![0_u8; 8000]]);
    store.apply(batch).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writing_counts_as_failed_until_something_that_needs_room_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    let sqlite = SqliteOptions { max_page_count: Some(256) };
    let store = Store::open_with(&place, Options { sqlite, ..Options::default() }).await.unwrap();
    assert!(store.probe_read().await.is_ok() && store.probe_write().await.is_ok());
    assert!(!store.meter().write_failed());
    let mut kept = 0;
    while put(&store, &format!("n{kept}")).await.is_ok() {
        kept += 1;
    }
    assert!(kept > 10 && store.meter().write_failed());
    assert_eq!(store.probe_write().await, Err(Fault::Full));

    // What changes nothing succeeds on a full disk, and says nothing about it.
    let mut batch = Batch::new();
    batch.then(TAKE, params![POOL, "nobody's"]);
    assert_eq!(store.apply(batch).await, Ok(Applied::Done));
    assert!(store.meter().write_failed());

    let mut batch = Batch::new();
    for name in 0..kept {
        batch.then(TAKE, params![POOL, format!("n{name}")]);
    }
    assert_eq!(store.apply(batch).await, Ok(Applied::Done));
    assert!(store.meter().write_failed(), "nobody has tried yet");
    assert_eq!(store.probe_write().await, Ok(()));
    assert!(!store.meter().write_failed());
    assert_eq!(store.meter().faults(FaultKind::Full), 2);
    assert_eq!(store.meter().batches.counted().total(), store.counts().batches);
    assert_eq!(store.meter().reads.counted().total(), store.counts().reads);
}

async fn leaves_nothing_behind(place: Place) {
    let store = Store::open_with(&place, Options::default()).await.unwrap();
    let probes = (0..32).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.probe_write().await })
    });
    for probe in probes.collect::<Vec<_>>() {
        assert_eq!(probe.await.unwrap(), Ok(()));
    }
    assert!(store.list(LEFT, params![vec![0_u8; 16]]).await.unwrap().is_empty());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_probes_at_once_leave_nothing_behind_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    leaves_nothing_behind(Place::Folder(folder.path().to_owned())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_probes_at_once_leave_nothing_behind_on_postgresql() {
    if let Some(server) = usher_testdb::Postgres::or_skip(module_path!()) {
        leaves_nothing_behind(Place::Postgres(server.fresh_database().await.unwrap())).await;
    }
}
