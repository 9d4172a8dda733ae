//! Reads and values: what goes in comes out the same on both engines, and in the same order.

use crate::support::*;
use usher_store::{Applied, Batch, Fault, Store, Value, params, tables};

const FIND_DATA: &str = "SELECT id, name, data FROM things WHERE pool_id = $1 AND id = $2";
const BY_NAME: &str = "SELECT name FROM things WHERE pool_id = $1 ORDER BY name";
const SWAPPED: &str = "SELECT id FROM things WHERE number = $3 AND id = $2 AND pool_id = $1 AND id = $2";
const COMPARED: &str = "SELECT number = 1, 7, COUNT(*) FROM things WHERE pool_id = $1 GROUP BY number";

async fn insert_named(
    store: &Store,
    id: i64,
    name: Option<&str>,
    data: Option<Vec<u8>>,
) -> Result<Applied, Fault> {
    let mut batch = Batch::new();
    batch.then(INSERT_NAMED, params![POOL, id, name, data]);
    store.apply(batch).await
}

on_both_engines! {
    async fn values_come_back_as_they_were(bench) {
        let long = "ä\u{10ffff}\u{1}'\"$1?1;--".repeat(20_000);
        for (id, name, data) in [
            (i64::MIN, Some(""), Some(Vec::new())),
            (i64::MAX, None, None),
            (0, Some(long.as_str()), Some((0..=255).cycle().take(300_000).collect::<Vec<u8>>())),
        ] {
            assert_eq!(insert_named(&bench.store, id, name, data.clone()).await, Ok(Applied::Done));
            let row = bench.store.find(FIND_DATA, params![POOL, id]).await.unwrap().unwrap();
            assert_eq!(row.get::<i64>(0).unwrap(), id);
            assert_eq!(row.get::<Option<String>>(1).unwrap().as_deref(), name);
            assert!(row.get::<Option<Vec<u8>>>(2).unwrap() == data);
        }
    }

    async fn text_is_ordered_by_its_bytes(bench) {
        for (id, name) in ["é", "a", "Z", "z", "A", "_", "a b", "ab", "1"].into_iter().enumerate() {
            assert_eq!(insert_named(&bench.store, i64::try_from(id).unwrap(), Some(name), None).await, Ok(Applied::Done));
        }
        let rows = bench.store.few(BY_NAME, params![POOL]).await.unwrap();
        let names: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        assert_eq!(names, ["1", "A", "Z", "_", "a", "a b", "ab", "z", "é"]);
    }

    async fn parameters_go_by_number_not_by_place(bench) {
        add(&bench.store, 5, 9).await;
        let row = bench.store.find(SWAPPED, params![POOL, 5_i64, 9_i64]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 5);
    }

    async fn literals_comparisons_and_counts_are_numbers(bench) {
        add(&bench.store, 5, 1).await;
        let row = bench.store.find(COMPARED, params![POOL]).await.unwrap().unwrap();
        assert!(row.get::<bool>(0).unwrap());
        assert_eq!((row.get::<i64>(1).unwrap(), row.get::<i64>(2).unwrap()), (7, 1));
    }

    async fn a_text_with_a_zero_character_is_refused_whole(bench) {
        let refused = insert_named(&bench.store, 1, Some("admin\0x"), None).await;
        assert!(matches!(refused, Err(Fault::Bug(_))));
        assert_eq!(number(&bench.store, 1).await, None);
        let asked = bench.store.find("SELECT id FROM things WHERE name = $1", params!["\0"]).await;
        assert!(matches!(asked, Err(Fault::Bug(_))));
    }

    async fn two_rows_where_one_is_expected_are_a_mistake(bench) {
        add(&bench.store, 1, 1).await;
        add(&bench.store, 2, 1).await;
        assert!(matches!(bench.store.find(ALL, params![POOL]).await, Err(Fault::Bug(_))));
        assert_eq!(bench.store.few(ALL, params![POOL]).await.unwrap().len(), 2);
    }

    async fn a_read_with_too_few_parameters_or_of_nothing_is_a_mistake(bench) {
        assert!(matches!(bench.store.find(FIND, vec![Value::from(POOL)]).await, Err(Fault::Bug(_))));
        assert!(matches!(bench.store.find("SELECT nothing FROM things", params![]).await, Err(Fault::Bug(_))));
        assert!(bench.store.check_statement("SELECT nothing FROM things").await.is_err());
        assert!(bench.store.check_statement(FIND).await.is_ok());
    }

    async fn a_read_cannot_write(bench) {
        add(&bench.store, 1, 1).await;
        let _ = bench.store.few("SELECT 1 FROM things WHERE pool_id = $1", params![POOL]).await.unwrap();
        if bench.store.engine() == usher_store::Engine::Sqlite {
            assert!(bench.store.few(DELETE, params![POOL, 1_i64]).await.is_err());
            assert_eq!(number(&bench.store, 1).await, Some(1));
        }
    }

    async fn every_statement_of_the_tables_is_understood(bench) {
        bench.store.close().await;
        let place = match &bench.place {
            usher_store::Place::Folder(path) => usher_store::Place::Folder(path.with_file_name("real")),
            usher_store::Place::Postgres(_) => {
                let server = usher_testdb::Postgres::shared().unwrap();
                usher_store::Place::Postgres(server.fresh_database().await.unwrap())
            }
        };
        let store = Store::open(&place).await.unwrap();
        for sql in tables::ALL.iter().copied().flatten() {
            store.check_statement(sql).await.unwrap_or_else(|fault| panic!("{fault}\n{sql}"));
        }
    }
}
