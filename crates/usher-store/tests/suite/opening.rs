//! Opening: one process to a folder, any number of nodes to a PostgreSQL, a schema that only goes forward.

use crate::support::*;
use std::os::unix::fs::PermissionsExt as _;
use tokio::task::JoinSet;
use usher_store::{Applied, Batch, MIGRATIONS, Migration, OpenError, Options, Place, Store, params};

const LATER: &[Migration] = &[
    SCHEMA[0],
    Migration {
        number: 2,
        sql: "ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';",
        oldest: 2,
    },
    Migration {
        number: 3,
        sql: "CREATE TABLE others (id BLOB NOT NULL, PRIMARY KEY (id)); INSERT INTO others (id) SELECT pool_id FROM things;",
        oldest: 3,
    },
];
const BROKEN: &[Migration] = &[
    SCHEMA[0],
    Migration {
        number: 2,
        sql: "CREATE TABLE half (id INTEGER NOT NULL, PRIMARY KEY (id)); INSERT INTO nothing (id) VALUES (1);",
        oldest: 2,
    },
];

async fn open_at(place: &Place, migrations: &'static [Migration]) -> Result<Store, OpenError> {
    Store::open_with(place, Options { migrations, ..Options::default() }).await
}

const OLD_GRANT: &str = "INSERT INTO grants (pool_id, id, client_id, user_id, session_id, offline, payload, generation, salt, created_at, rotated_at, idle_expires_at, expires_at, revoked_at)
    VALUES ($1, $2, 'web', $1, $1, 1, '{}', 3, $1, 1, 2, 3, 4, $3)";
const OLD_TOKEN: &str =
    "INSERT INTO access_tokens (pool_id, id, secret_hash, grant_id, payload, created_at, expires_at)
    VALUES ($1, $1, $1, $2, '{}', 1, 2)";
const GRANTS: &str = "SELECT id, generation, revoked_at, session_id FROM grants ORDER BY id";
const TOKENS: &str = "SELECT id, grant_id, client_id FROM access_tokens";

on_both_engines! {
    async fn a_schema_goes_forward_and_keeps_what_is_there(bench) {
        add(&bench.store, 1, 10).await;
        bench.store.close().await;
        for _ in 0..2 {
            let store = open_at(&bench.place, LATER).await.unwrap();
            let row = store.find("SELECT colour, number FROM things", vec![]).await.unwrap().unwrap();
            assert_eq!((row.get::<String>(0).unwrap().as_str(), row.get::<i64>(1).unwrap()), ("red", 10));
            assert_eq!(store.few("SELECT id FROM others", vec![]).await.unwrap().len(), 1);
            let taken = store.few("SELECT number, applied_at FROM migrations ORDER BY number", vec![]).await.unwrap();
            assert_eq!(taken.len(), 3);
            assert!(taken[2].get::<i64>(1).unwrap() > 1_700_000_000_000);
            store.close().await;
        }
    }

    async fn a_newer_schema_is_not_touched_by_an_older_program(bench) {
        bench.store.close().await;
        open_at(&bench.place, LATER).await.unwrap().close().await;
        let error = open_at(&bench.place, SCHEMA).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 3, known: 1, .. }), "{error}");
    }

    async fn a_broken_migration_leaves_nothing(bench) {
        bench.store.close().await;
        let error = open_at(&bench.place, BROKEN).await.unwrap_err();
        assert!(matches!(error, OpenError::Migration { number: 2, .. }), "{error}");
        let store = open_at(&bench.place, SCHEMA).await.unwrap();
        assert!(store.check_statement("SELECT id FROM half").await.is_err());
        assert!(store.check_statement(FIND).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_start_at_once_on_an_empty_postgresql() {
    let Some(server) = usher_testdb::Postgres::or_skip(module_path!()) else { return };
    let place = Place::Postgres(server.fresh_database().await.unwrap());
    let mut nodes = JoinSet::new();
    for _ in 0..3 {
        let place = place.clone();
        nodes.spawn(async move { Store::open(&place).await.unwrap() });
    }
    let nodes = nodes.join_all().await;
    for node in &nodes {
        let taken = node.few("SELECT number FROM migrations", vec![]).await.unwrap();
        assert_eq!(taken.len(), usher_store::MIGRATIONS.len());
    }
}

#[tokio::test]
async fn a_folder_is_served_by_one_process_at_a_time() {
    let bench = Bench::sqlite().await;
    let error = open_at(&bench.place, SCHEMA).await.unwrap_err();
    assert!(matches!(error, OpenError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("stop that one first"), "{error}");
    // The refused one has not disturbed the first.
    add(&bench.store, 1, 1).await;
    let bench = bench.reopened().await;
    assert_eq!(number(&bench.store, 1).await, Some(1));
}

#[tokio::test]
async fn a_new_folder_and_its_files_are_for_their_owner_alone() {
    let bench = Bench::sqlite().await;
    add(&bench.store, 1, 1).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bench.folder()), 0o700);
    for name in ["usher.db", "usher.db-wal", "usher.db-shm", "usher.lock"] {
        assert_eq!(mode(&bench.folder().join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_closed_database_is_one_file() {
    let bench = Bench::sqlite().await;
    add(&bench.store, 1, 1).await;
    number(&bench.store, 1).await;
    let folder = bench.folder();
    bench.store.clone().close().await;
    assert!(folder.join("usher.db").exists() && !folder.join("usher.db-wal").exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Store::open(&Place::Folder(file.path().join("data"))).await.unwrap_err();
    assert!(error.to_string().contains(&file.path().display().to_string()), "{error}");
}

#[tokio::test]
async fn a_postgresql_that_is_not_there_is_named_without_its_password() {
    let place = Place::Postgres("postgresql://usher:hunter2@127.0.0.1:1/ids".to_owned());
    let error = Store::open(&place).await.unwrap_err();
    let text = format!("{error} {error:?} {place:?}");
    assert!(text.contains("database ids at 127.0.0.1") && !text.contains("hunter2"), "{text}");
}

/// What the first schema held is there after every later step.
async fn keeps_the_rows_of_the_first_schema(place: Place) {
    let store = open_at(&place, &MIGRATIONS[..1]).await.unwrap();
    let mut batch = Batch::new();
    let (pool, id, revoked) = ([1_u8; 16], [2_u8; 16], [3_u8; 16]);
    batch.then(OLD_GRANT, params![pool, id, None::<i64>]);
    batch.then(OLD_GRANT, params![pool, revoked, Some(7_i64)]);
    batch.then(OLD_TOKEN, params![pool, id]);
    assert_eq!(store.apply(batch).await.unwrap(), Applied::Done);
    store.close().await;
    let store = open_at(&place, MIGRATIONS).await.unwrap();
    let grants = store.few(GRANTS, vec![]).await.unwrap();
    let kept: Vec<_> = grants
        .iter()
        .map(|row| (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap()))
        .collect();
    assert_eq!(kept, [(id, 3_i64, None, Some(pool)), (revoked, 3, Some(7_i64), Some(pool))]);
    let token = store.find(TOKENS, vec![]).await.unwrap().unwrap();
    assert_eq!(
        (token.get::<Option<[u8; 16]>>(1).unwrap(), token.get::<Option<String>>(2).unwrap()),
        (Some(id), None)
    );
    store.close().await;
}

#[tokio::test]
async fn the_first_schemas_rows_are_kept_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    keeps_the_rows_of_the_first_schema(Place::Folder(folder.path().join("data"))).await;
}

#[tokio::test]
async fn the_first_schemas_rows_are_kept_on_postgresql() {
    if let Some(server) = usher_testdb::Postgres::or_skip(module_path!()) {
        keeps_the_rows_of_the_first_schema(Place::Postgres(server.fresh_database().await.unwrap())).await;
    }
}
