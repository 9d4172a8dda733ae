//! Many at once: one wins, nobody's write is lost, nobody waits for ever.

use crate::support::*;
use tokio::task::JoinSet;
use usher_store::{Applied, Batch, params};

on_both_engines! {
    async fn of_sixty_four_who_spend_one_thing_one_succeeds(bench) {
        for extra in [false, true] {
            let id = i64::from(extra);
            add(&bench.store, id, 0).await;
            let mut tasks = JoinSet::new();
            for n in 0..64 {
                let store = bench.store.clone();
                tasks.spawn(async move {
                    let mut batch = Batch::new();
                    batch.must("unspent", CHANGE, params![POOL, id, 0_i64, 1_i64]);
                    if extra {
                        batch.then(INSERT, params![POOL, 100 + i64::from(n), 1_i64]);
                    }
                    store.apply(batch).await.unwrap()
                });
            }
            let outcomes = tasks.join_all().await;
            assert_eq!(outcomes.iter().filter(|outcome| **outcome == Applied::Done).count(), 1);
            assert!(outcomes.iter().all(|o| matches!(o, Applied::Done | Applied::Refused { guard: "unspent" })));
        }
        // The birth that rode with the winner's spending is the only one.
        assert_eq!(all(&bench.store).await.len(), 3);
    }

    async fn one_refusal_among_two_hundred_is_its_own(bench) {
        let mut tasks = JoinSet::new();
        for id in 0..200_i64 {
            let store = bench.store.clone();
            tasks.spawn(async move {
                let mut batch = Batch::new();
                batch.then(INSERT, params![POOL, id, 1_i64]);
                if id == 77 {
                    batch.must("never", CHANGE, params![POOL, id, 5_i64, 6_i64]);
                }
                (id, store.apply(batch).await.unwrap())
            });
        }
        for (id, outcome) in tasks.join_all().await {
            assert_eq!(outcome, if id == 77 { Applied::Refused { guard: "never" } } else { Applied::Done });
        }
        let bench = bench.reopened().await;
        let expected: Vec<_> = (0..200).filter(|id| *id != 77).map(|id| (id, 1)).collect();
        assert_eq!(all(&bench.store).await, expected);
    }

    async fn more_than_the_queue_holds_are_all_served(bench) {
        let mut tasks = JoinSet::new();
        for id in 0..3000_i64 {
            let store = bench.store.clone();
            tasks.spawn(async move { insert(&store, id, 1).await.unwrap() });
        }
        assert!(tasks.join_all().await.iter().all(|outcome| *outcome == Applied::Done));
        assert_eq!(all(&bench.store).await.len(), 3000);
    }

    async fn writers_that_block_one_another_are_tried_again(bench) {
        add(&bench.store, 1, 0).await;
        add(&bench.store, 2, 0).await;
        let mut tasks = JoinSet::new();
        for n in 0..12_i64 {
            let store = bench.store.clone();
            let (first, second) = if n % 2 == 0 { (1_i64, 2_i64) } else { (2, 1) };
            tasks.spawn(async move {
                let count = "UPDATE things SET number = number + 1 WHERE pool_id = $1 AND id = $2";
                let mut batch = Batch::new();
                batch.must("first", count, params![POOL, first]).must("second", count, params![POOL, second]);
                store.apply(batch).await.unwrap()
            });
        }
        assert!(tasks.join_all().await.iter().all(|outcome| *outcome == Applied::Done));
        assert_eq!(all(&bench.store).await, [(1, 12), (2, 12)]);
    }

    async fn a_reader_sees_what_was_answered_and_never_half_a_batch(bench) {
        add(&bench.store, 1, 0).await;
        add(&bench.store, 2, 0).await;
        let store = bench.store.clone();
        let writer = tokio::spawn(async move {
            for n in 0..100_i64 {
                let mut batch = Batch::new();
                batch.must("one", CHANGE, params![POOL, 1_i64, n, n + 1]).must("two", CHANGE, params![POOL, 2_i64, n, n + 1]);
                assert_eq!(store.apply(batch).await, Ok(Applied::Done));
                assert_eq!(number(&store, 2).await, Some(n + 1));
            }
        });
        while !writer.is_finished() {
            let seen = all(&bench.store).await;
            assert_eq!(seen[0].1, seen[1].1);
        }
        writer.await.unwrap();
    }
}
