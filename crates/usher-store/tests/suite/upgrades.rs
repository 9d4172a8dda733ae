//! Upgrades: from every schema that was ever released, with rows in every table as its program wrote them; beside a newer one; and the
//! list of what backups hold.

use crate::support::*;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::spawn_blocking;
use usher_store::backup::{self, Dump, KEPT, LEFT_OUT, Part, Plan, Record, Sessions};
use usher_store::{
    Applied, Batch, Engine, MIGRATIONS, Migration, OpenError, Options, Place, SchemaState, Store, Value,
};
use usher_types::Timestamp;

/// The moment of the fixtures.
const NOW: i64 = 1_800_000_000_000;

/// What each schema's program wrote. `{now}` stands for the moment, `X'…'` for bytes.
const FIXTURES: &[(i64, &str)] = &[
    (1, include_str!("../fixtures/0001.sql")),
    (2, include_str!("../fixtures/0002.sql")),
    (3, include_str!("../fixtures/0003.sql")),
];

/// The steps up to a number.
fn up_to(number: i64) -> &'static [Migration] {
    let steps: Vec<Migration> = MIGRATIONS.iter().filter(|step| step.number <= number).copied().collect();
    steps.leak()
}

async fn open_at(place: &Place, migrations: &'static [Migration]) -> Result<Store, OpenError> {
    Store::open_with(place, Options { migrations, ..Options::default() }).await
}

/// Has a store take a fixture, statement by statement.
async fn write(store: &Store, fixture: &str) {
    let text = fixture.replace("{now}", &NOW.to_string());
    let text = if store.engine() == Engine::Postgres { text.replace("X'", "'\\x") } else { text };
    let mut batch = Batch::new();
    for statement in text.split(";\n").filter(|statement| statement.contains("INSERT")) {
        batch.then(statement.to_owned().leak(), vec![]);
    }
    assert_eq!(store.apply(batch).await.unwrap(), Applied::Done);
}

type Rows = BTreeMap<String, Vec<BTreeMap<String, String>>>;

/// Every row of every table, each column by its name.
async fn rows(place: &Place, migrations: &'static [Migration]) -> Rows {
    let mut dump = Dump::begin(place, migrations).await.unwrap();
    spawn_blocking(move || {
        let (mut all, mut table, mut names) = (Rows::new(), String::new(), Vec::new());
        while let Part::Records(records) = dump.next_blocking().unwrap() {
            for record in records {
                match record {
                    Record::Table { name, columns } => {
                        all.insert(name.clone(), Vec::new());
                        (table, names) = (name, columns);
                    }
                    Record::Row(values) => {
                        let row = names.iter().cloned().zip(values.iter().map(shown)).collect();
                        all.get_mut(&table).unwrap().push(row);
                    }
                }
            }
        }
        all
    })
    .await
    .unwrap()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Blob(bytes) => format!("{bytes:?}"),
    }
}

async fn every_row_of_every_schema_is_kept(fresh: impl AsyncFn() -> Place) {
    for (number, fixture) in FIXTURES {
        let place = fresh().await;
        let store = open_at(&place, up_to(*number)).await.unwrap();
        write(&store, fixture).await;
        store.close().await;
        let before = rows(&place, up_to(*number)).await;
        for (table, rows) in &before {
            assert!(!rows.is_empty(), "the fixture of schema {number} has nothing in {table}");
        }
        let state = SchemaState::look(&place, MIGRATIONS).await.unwrap();
        let later = MIGRATIONS.iter().map(|step| step.number).filter(|n| n > number).collect();
        assert_eq!(state, SchemaState { found: *number, pending: later, too_new: false });
        open_at(&place, MIGRATIONS).await.unwrap().close().await;
        let after = rows(&place, MIGRATIONS).await;
        for (table, rows) in before {
            for row in rows {
                let is_kept = |now: &BTreeMap<String, String>| {
                    row.iter().all(|(column, value)| now.get(column) == Some(value))
                };
                assert!(after[&table].iter().any(is_kept), "schema {number}, {table}: {row:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_every_schema_is_kept_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    every_row_of_every_schema_is_kept(async || {
        let n = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Place::Folder(folder.path().join(n.to_string()))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_every_schema_is_kept_on_postgresql() {
    let Some(server) = usher_testdb::Postgres::or_skip(module_path!()) else { return };
    every_row_of_every_schema_is_kept(async || Place::Postgres(server.fresh_database().await.unwrap())).await;
}

/// Has a place take what another one of an older schema gives.
async fn carry(from: &Place, schema: i64, to: &Place) {
    let mut dump = Dump::begin(from, MIGRATIONS).await.unwrap();
    assert_eq!(dump.schema(), schema);
    let (sender, source) = backup::channel();
    let pump = spawn_blocking(move || {
        loop {
            let part = dump.next_blocking().unwrap();
            let is_last = matches!(part, Part::End);
            if sender.blocking_send(part).is_err() || is_last {
                break;
            }
        }
    });
    let plan =
        Plan { migrations: MIGRATIONS, schema, now: Timestamp::from_millis(NOW), sessions: Sessions::Keep };
    backup::load(to, plan, source).await.unwrap();
    pump.await.unwrap();
}

async fn an_older_schema_is_restored_and_brought_forward(
    from: impl AsyncFn() -> Place,
    to: impl AsyncFn() -> Place,
) {
    for (number, fixture) in FIXTURES {
        let (old, new) = (from().await, to().await);
        let store = open_at(&old, up_to(*number)).await.unwrap();
        write(&store, fixture).await;
        store.close().await;
        carry(&old, *number, &new).await;
        open_at(&old, MIGRATIONS).await.unwrap().close().await;
        let (mut migrated, mut restored) = (rows(&old, MIGRATIONS).await, rows(&new, MIGRATIONS).await);
        // The revision rises.
        for all in [&mut migrated, &mut restored] {
            all.remove("revision");
            for rows in all.values_mut() {
                rows.sort();
            }
        }
        assert_eq!(restored, migrated, "schema {number}");
        open_at(&new, MIGRATIONS).await.unwrap().close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_schema_is_restored_and_brought_forward_on_either_engine() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    let sqlite = async || {
        let n = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Place::Folder(folder.path().join(n.to_string()))
    };
    an_older_schema_is_restored_and_brought_forward(sqlite, sqlite).await;
    let Some(server) = usher_testdb::Postgres::or_skip(module_path!()) else { return };
    let postgres = async || Place::Postgres(server.fresh_database().await.unwrap());
    an_older_schema_is_restored_and_brought_forward(sqlite, postgres).await;
    an_older_schema_is_restored_and_brought_forward(postgres, sqlite).await;
}

const TABLES_OF_SQLITE: &str =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
const TABLES_OF_POSTGRESQL: &str =
    "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()";

async fn every_table_is_in_a_backup_or_left_out_with_a_reason(place: Place) {
    let store = open_at(&place, MIGRATIONS).await.unwrap();
    let sql = match store.engine() {
        Engine::Sqlite => TABLES_OF_SQLITE,
        Engine::Postgres => TABLES_OF_POSTGRESQL,
    };
    let there = store.list(sql, vec![]).await.unwrap();
    let there: BTreeSet<String> = there.iter().map(|row| row.get(0).unwrap()).collect();
    let listed = KEPT.iter().copied().chain(LEFT_OUT.iter().map(|(name, _)| *name));
    let listed: Vec<String> = listed.map(str::to_owned).collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), there);
    assert_eq!(listed.len(), there.len(), "each is listed once");
    assert!(LEFT_OUT.iter().all(|(_, reason)| !reason.is_empty()));
    store.close().await;
}

#[tokio::test]
async fn every_table_is_in_a_backup_or_left_out_with_a_reason_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    every_table_is_in_a_backup_or_left_out_with_a_reason(Place::Folder(folder.path().join("data"))).await;
}

#[tokio::test]
async fn every_table_is_in_a_backup_or_left_out_with_a_reason_on_postgresql() {
    let Some(server) = usher_testdb::Postgres::or_skip(module_path!()) else { return };
    let place = Place::Postgres(server.fresh_database().await.unwrap());
    every_table_is_in_a_backup_or_left_out_with_a_reason(place).await;
}

const ADDS: &str = "ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';";
const MORE: &str = "CREATE TABLE others (id BLOB NOT NULL, PRIMARY KEY (id));";
/// The program after this one took a step that lets this one go on.
const FRIENDLY: &[Migration] = &[SCHEMA[0], Migration { number: 2, sql: ADDS, oldest: 1 }];
/// The one after that took a step that does not.
const STRICT: &[Migration] = &[SCHEMA[0], FRIENDLY[1], Migration { number: 3, sql: MORE, oldest: 2 }];

on_both_engines! {
    async fn an_older_program_goes_on_beside_a_newer_one_that_allows_it(bench) {
        add(&bench.store, 1, 10).await;
        let older = if bench.store.engine() == Engine::Postgres { Some(bench.store.clone()) } else { None };
        if older.is_none() {
            bench.store.clone().close().await;
        }
        open_at(&bench.place, FRIENDLY).await.unwrap().close().await;
        if let Some(older) = older {
            // It runs on, with statements that it prepared before.
            add(&older, 2, 20).await;
            assert_eq!(number(&older, 1).await, Some(10));
            older.close().await;
        }
        let store = open_at(&bench.place, SCHEMA).await.unwrap();
        add(&store, 3, 30).await;
        assert_eq!(number(&store, 1).await, Some(10));
        assert_eq!(all(&store).await.last(), Some(&(3, 30)));
        store.close().await;
        let state = SchemaState::look(&bench.place, SCHEMA).await.unwrap();
        assert_eq!(state, SchemaState { found: 2, pending: vec![], too_new: false });
        // The newer one finds what the older one wrote.
        let store = open_at(&bench.place, FRIENDLY).await.unwrap();
        let row = store.find("SELECT colour FROM things WHERE id = 3", vec![]).await.unwrap().unwrap();
        assert_eq!(row.get::<String>(0).unwrap(), "red");
        store.close().await;
    }

    async fn an_older_program_does_not_start_beside_a_newer_one_that_does_not_allow_it(bench) {
        bench.store.close().await;
        open_at(&bench.place, STRICT).await.unwrap().close().await;
        let error = open_at(&bench.place, SCHEMA).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 3, known: 1, .. }), "{error}");
        assert!(SchemaState::look(&bench.place, SCHEMA).await.unwrap().too_new);
        open_at(&bench.place, FRIENDLY).await.unwrap().close().await;
    }
}
