//! Batches: all or none, guards, and what counts as a mistake.

use crate::support::*;
use std::future::Future as _;
use std::task::{Context, Waker};
use usher_store::{Applied, Batch, Fault, params};

on_both_engines! {
    async fn a_batch_takes_effect_as_a_whole(bench) {
        let mut batch = Batch::new();
        batch.must("first", INSERT, params![POOL, 1_i64, 10_i64]).then(INSERT, params![POOL, 2_i64, 20_i64]);
        batch.must("change", CHANGE, params![POOL, 1_i64, 10_i64, 11_i64]);
        assert_eq!(bench.store.apply(batch).await, Ok(Applied::Done));
        assert_eq!(all(&bench.store).await, [(1, 11), (2, 20)]);
        let bench = bench.reopened().await;
        assert_eq!(all(&bench.store).await, [(1, 11), (2, 20)]);
    }

    async fn a_refused_guard_leaves_nothing(bench) {
        add(&bench.store, 1, 10).await;
        let mut batch = Batch::new();
        batch.then(INSERT, params![POOL, 2_i64, 20_i64]);
        batch.must("one is eleven", CHANGE, params![POOL, 1_i64, 11_i64, 12_i64]);
        batch.must("never reached", INSERT, params![POOL, 3_i64, 30_i64]);
        assert_eq!(bench.store.apply(batch).await, Ok(Applied::Refused { guard: "one is eleven" }));
        assert_eq!(all(&bench.store).await, [(1, 10)]);
    }

    async fn a_guard_that_would_change_two_rows_is_refused(bench) {
        add(&bench.store, 1, 10).await;
        add(&bench.store, 2, 10).await;
        for others in [false, true] {
            let mut batch = Batch::new();
            if others {
                batch.then(INSERT, params![POOL, 3_i64, 10_i64]);
            }
            batch.must("one row", CHANGE_ALL, params![POOL, 99_i64]);
            assert_eq!(bench.store.apply(batch).await, Ok(Applied::Refused { guard: "one row" }));
        }
        assert_eq!(all(&bench.store).await, [(1, 10), (2, 10)]);
    }

    async fn a_key_is_claimed_once(bench) {
        let claim = || {
            let mut batch = Batch::new();
            batch.must("free", CLAIM, params![POOL, 1_i64, 0_i64]);
            batch
        };
        assert_eq!(bench.store.apply(claim()).await, Ok(Applied::Done));
        assert_eq!(bench.store.apply(claim()).await, Ok(Applied::Refused { guard: "free" }));
    }

    async fn an_empty_batch_does_nothing_and_is_not_counted(bench) {
        let before = bench.store.counts();
        assert_eq!(bench.store.apply(Batch::new()).await, Ok(Applied::Done));
        assert_eq!(bench.store.counts(), before);
    }

    async fn a_broken_step_undoes_the_batch_and_spares_the_next_one(bench) {
        add(&bench.store, 1, 10).await;
        let mut twice = Batch::new();
        twice.then(INSERT, params![POOL, 2_i64, 20_i64]).then(INSERT, params![POOL, 1_i64, 20_i64]);
        assert!(matches!(bench.store.apply(twice).await, Err(Fault::Bug(_))));
        let mut wrong_type = Batch::new();
        wrong_type.then(INSERT, params![POOL, 2_i64, 20_i64]).then(INSERT, params![POOL, 3_i64, "three"]);
        assert!(matches!(bench.store.apply(wrong_type).await, Err(Fault::Bug(_))));
        let mut missing = Batch::new();
        missing.then(INSERT, params![POOL, 2_i64, 20_i64]).then(INSERT, params![POOL, 3_i64]);
        assert!(matches!(bench.store.apply(missing).await, Err(Fault::Bug(_))));
        let mut no_table = Batch::new();
        no_table.then(INSERT, params![POOL, 2_i64, 20_i64]).then("DELETE FROM nothing", params![]);
        assert!(matches!(bench.store.apply(no_table).await, Err(Fault::Bug(_))));
        assert_eq!(insert(&bench.store, 4, 40).await, Ok(Applied::Done));
        assert_eq!(all(&bench.store).await, [(1, 10), (4, 40)]);
    }

    async fn a_guard_that_only_reads_is_a_mistake(bench) {
        add(&bench.store, 1, 10).await;
        let mut batch = Batch::new();
        batch.must("there", FIND, params![POOL, 1_i64]);
        assert!(matches!(bench.store.apply(batch).await, Err(Fault::Bug(_))));
    }

    async fn a_fault_never_shows_a_parameter(bench) {
        for _ in 0..2 {
            let mut batch = Batch::new();
            batch.then(INSERT_NAMED, params![POOL, 1_i64, "hunter2", b"hunter2"]);
            if let Err(fault) = bench.store.apply(batch).await {
                assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault}");
            }
        }
        let mut batch = Batch::new();
        batch.then(INSERT, params![POOL, 2_i64, "hunter2"]);
        let fault = bench.store.apply(batch).await.unwrap_err();
        assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault}");
    }

    async fn whoever_walks_away_does_not_take_the_batch_along(bench) {
        for id in 0..20_i64 {
            let mut batch = Batch::new();
            batch.then(INSERT, params![POOL, id, 1_i64]).then(CHANGE, params![POOL, id, 1_i64, 2_i64]);
            let mut asked = Box::pin(bench.store.apply(batch));
            let _ = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        }
        let bench = bench.reopened().await;
        assert_eq!(all(&bench.store).await, (0..20).map(|id| (id, 2)).collect::<Vec<_>>());
    }

    async fn work_is_counted(bench) {
        let before = bench.store.counts();
        let mut batch = Batch::new();
        batch.then(INSERT, params![POOL, 1_i64, 1_i64]).must("there", CHANGE, params![POOL, 1_i64, 1_i64, 2_i64]);
        assert_eq!(bench.store.apply(batch).await, Ok(Applied::Done));
        number(&bench.store, 1).await;
        all(&bench.store).await;
        let after = bench.store.counts();
        assert_eq!(after.reads - before.reads, 2);
        assert_eq!(after.batches - before.batches, 1);
        assert_eq!(after.statements - before.statements, 4);
    }

    async fn a_closed_store_says_so(bench) {
        let other = bench.store.clone();
        bench.store.close().await;
        assert!(matches!(insert(&other, 1, 1).await, Err(Fault::Unavailable(_))));
        assert!(matches!(other.find(FIND, params![POOL, 1_i64]).await, Err(Fault::Unavailable(_))));
        assert!(matches!(other.list(ALL, params![POOL]).await, Err(Fault::Unavailable(_))));
    }
}
