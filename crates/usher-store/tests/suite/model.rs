//! Random batches over a few things: SQLite, PostgreSQL and a map in memory agree on every outcome and every row.

use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use usher_store::{Applied, Batch, Fault, Store, params};
use usher_testdb::Postgres;

const GUARDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

#[derive(Debug, Clone)]
enum Deed {
    Insert { id: i64, number: i64 },
    Claim { id: i64, number: i64 },
    Change { id: i64, from: i64, to: i64 },
    ChangeAll { to: i64 },
    Delete { id: i64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Done,
    Refused(&'static str),
    Mistake,
}

type Things = BTreeMap<i64, i64>;
/// A deed and whether it is a guard.
type Step = (Deed, bool);

impl Deed {
    fn arbitrary() -> impl Strategy<Value = Self> {
        let (id, number) = (0..4_i64, 0..3_i64);
        prop_oneof![
            (id.clone(), number.clone()).prop_map(|(id, number)| Self::Insert { id, number }),
            (id.clone(), number.clone()).prop_map(|(id, number)| Self::Claim { id, number }),
            (id.clone(), number.clone(), number.clone()).prop_map(|(id, from, to)| Self::Change {
                id,
                from,
                to
            }),
            number.prop_map(|to| Self::ChangeAll { to }),
            id.prop_map(|id| Self::Delete { id }),
        ]
    }

    /// How many rows it changes in the model; `None` where it is a mistake.
    fn apply(&self, things: &mut Things) -> Option<usize> {
        match self {
            Self::Insert { id, number } => things.insert(*id, *number).is_none().then_some(1),
            Self::Claim { id, number } => {
                let free = !things.contains_key(id);
                things.entry(*id).or_insert(*number);
                Some(usize::from(free))
            }
            Self::Change { id, from, to } => {
                let found = things.get_mut(id).filter(|number| **number == *from);
                Some(found.map_or(0, |number| {
                    *number = *to;
                    1
                }))
            }
            Self::ChangeAll { to } => {
                for number in things.values_mut() {
                    *number = *to;
                }
                Some(things.len())
            }
            Self::Delete { id } => Some(usize::from(things.remove(id).is_some())),
        }
    }
}

fn expected(things: &mut Things, steps: &[Step]) -> Expected {
    let mut after = things.clone();
    for ((deed, guards), name) in steps.iter().zip(GUARDS) {
        match deed.apply(&mut after) {
            None => return Expected::Mistake,
            Some(1) => {}
            Some(_) if *guards => return Expected::Refused(name),
            Some(_) => {}
        }
    }
    *things = after;
    Expected::Done
}

fn batch(pool: [u8; 16], steps: &[Step]) -> Batch {
    let mut batch = Batch::new();
    for ((deed, guards), name) in steps.iter().zip(GUARDS) {
        let (sql, params) = match *deed {
            Deed::Insert { id, number } => (INSERT, params![pool, id, number]),
            Deed::Claim { id, number } => (CLAIM, params![pool, id, number]),
            Deed::Change { id, from, to } => (CHANGE, params![pool, id, from, to]),
            Deed::ChangeAll { to } => (CHANGE_ALL, params![pool, to]),
            Deed::Delete { id } => (DELETE, params![pool, id]),
        };
        if *guards {
            batch.must(name, sql, params);
        } else {
            batch.then(sql, params);
        }
    }
    batch
}

async fn outcome(store: &Store, batch: Batch) -> Expected {
    match store.apply(batch).await {
        Ok(Applied::Done) => Expected::Done,
        Ok(Applied::Refused { guard }) => Expected::Refused(guard),
        Err(Fault::Bug(_)) => Expected::Mistake,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn both_engines_do_what_the_model_does() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stores = runtime.block_on(async {
        let mut benches = vec![Bench::sqlite().await];
        if let Some(server) = Postgres::or_skip(module_path!()) {
            benches.push(Bench::postgres(server).await);
        }
        benches
    });
    let pools = AtomicU64::new(0);
    let step = (Deed::arbitrary(), any::<bool>());
    let batches = prop::collection::vec(prop::collection::vec(step, 1..=GUARDS.len()), 1..8);
    proptest!(ProptestConfig::with_cases(64), |(batches in batches)| {
        // A pool of its own is as good as a database of its own.
        let mut pool = [0; 16];
        pool[8..].copy_from_slice(&pools.fetch_add(1, Relaxed).to_be_bytes());
        let mut things = Things::new();
        for steps in &batches {
            let model = expected(&mut things, steps);
            for bench in &stores {
                let (seen, rows) = runtime.block_on(async {
                    let seen = outcome(&bench.store, batch(pool, steps)).await;
                    (seen, bench.store.few(ALL, params![pool]).await.unwrap())
                });
                prop_assert_eq!(seen, model, "{:?}", bench.store.engine());
                prop_assert_eq!(pairs(&rows), things.clone().into_iter().collect::<Vec<_>>(), "{:?}", bench.store.engine());
            }
        }
    });
}
