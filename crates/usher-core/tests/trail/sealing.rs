//! Sealing: everything gets its number, once, whoever else writes, seals, dies or loses the lease meanwhile.

use crate::support::{Bench, Node, OTHER, POOL};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use usher_core::trail::seal::Sealed;
use usher_types::{Clock as _, Span, TicketId, limits};

const SEALS: &str = "SELECT COUNT(*) FROM audit_seals";
const LONGEST: &str = "SELECT MAX(last_number - first_number + 1) FROM audit_seals";

async fn what_was_written_is_sealed_in_seals_of_bounded_length(b: Bench) {
    let node = &b.node;
    assert_eq!(node.seal().await, Sealed::All);
    node.is_whole(0).await;
    node.tell(POOL, "sign_in").await;
    node.tell_at_once(OTHER, 3).await;
    let report = node.verify().await;
    assert_eq!((report.waiting.rows, report.waiting.oldest_at), (1, Some(node.clock.now())));
    assert_eq!(node.seal().await, Sealed::All);
    node.is_whole(1).await;
    node.tell_at_once(POOL, 1_249).await;
    node.seal().await;
    node.is_whole(1_250).await;
    assert_eq!(node.count(LONGEST).await, i64::from(limits::AUDIT_SEAL));
    assert_eq!(node.count(SEALS).await, 3 + 1, "three of one pool, one of the other");
}

async fn a_seal_takes_rows_for_a_day(b: Bench) {
    let node = &b.node;
    for (day, seals) in [(0, 1), (0, 1), (1, 2), (0, 2)] {
        node.clock.advance(Span::days(day));
        node.tell(POOL, "sign_in").await;
        node.seal().await;
        assert_eq!(node.count(SEALS).await, seals);
    }
    node.is_whole(4).await;
}

async fn a_step_is_bounded_and_an_idle_trail_costs_one_statement(b: Bench) {
    let node = &b.node;
    node.tell_at_once(POOL, 250).await;
    let before = node.store.counts();
    node.seal().await;
    let after = node.store.counts();
    assert_eq!(after.batches - before.batches, 1 + 3, "the lease, and a step for each 100 rows");
    let most = 1 + 3 * (u64::from(limits::AUDIT_STEP) + 2) + after.reads - before.reads;
    assert!(after.statements - before.statements <= most);
    let before = node.store.counts();
    node.seal().await;
    let after = node.store.counts();
    assert_eq!((after.reads - before.reads, after.statements - before.statements), (1, 1));
}

/// A transaction that commits late has an older id than rows that are sealed already.
async fn a_row_that_comes_late_is_sealed_too(b: Bench) {
    let node = &b.node;
    let early = TicketId::from_bytes([0; 16]);
    node.tell_many(POOL, 3).await;
    node.seal().await;
    node.tell_with(POOL, early).await;
    assert_eq!(node.verify().await.waiting.rows, 1);
    node.seal().await;
    node.is_whole(4).await;
}

async fn one_node_seals_at_a_time(b: Bench) {
    let (one, two) = (&b.node, &b.another_node().await);
    one.tell(POOL, "sign_in").await;
    assert_eq!(one.seal().await, Sealed::All);
    two.tell(POOL, "sign_in").await;
    assert_eq!(two.seal().await, Sealed::Elsewhere, "the first one's lease goes on");
    assert_eq!(one.verify().await.waiting.rows, 1);
    one.clock.advance(limits::AUDIT_LEASE.and(Span::millis(1)));
    assert_eq!(two.seal().await, Sealed::All, "the first one has fallen silent");
    one.tell(POOL, "sign_in").await;
    assert_eq!(one.seal().await, Sealed::Elsewhere);
    two.seal().await;
    one.is_whole(3).await;
}

async fn a_lease_of_a_clock_that_was_wrong_binds_nobody(b: Bench) {
    let (one, two) = (&b.node, &b.another_node().await);
    one.clock.advance(Span::days(1_000));
    one.tell(POOL, "sign_in").await;
    one.seal().await;
    let back = "UPDATE leases SET until_at = until_at + 86400000000";
    one.change(back, Vec::new()).await;
    two.tell(POOL, "sign_in").await;
    assert_eq!(two.seal().await, Sealed::All);
    two.is_whole(2).await;
}

/// Writers at full speed, two nodes that seal, and a clock that takes the lease from whoever has it in the middle of its work.
async fn writers_and_sealers_at_once_lose_nothing(b: Bench) {
    const WRITERS: usize = 4;
    const ROWS: usize = 150;
    let nodes = [b.node.clone(), b.another_node().await];
    let is_over = Arc::new(AtomicBool::new(false));
    let sealers: Vec<_> = nodes
        .iter()
        .cloned()
        .map(|node| {
            let is_over = Arc::clone(&is_over);
            tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    node.seal().await;
                    node.clock.advance(Span::seconds(11));
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let node = nodes[n % 2].clone();
            tokio::spawn(async move { node.tell_many(POOL, ROWS).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    is_over.store(true, Ordering::SeqCst);
    for sealer in sealers {
        sealer.await.unwrap();
    }
    b.node.clock.advance(Span::minutes(2));
    b.node.seal().await;
    b.node.is_whole(i64::try_from(WRITERS * ROWS).unwrap()).await;
}

/// A sealer that is stopped anywhere has done its step or has not.
async fn a_sealer_that_is_stopped_anywhere_loses_nothing(b: Bench) {
    let node = &b.node;
    for round in 0..40_u32 {
        node.tell_at_once(POOL, 60).await;
        let stopped: Node = node.clone();
        let task = tokio::spawn(async move { stopped.try_seal().await });
        for _ in 0..round {
            tokio::task::yield_now().await;
        }
        task.abort();
        let _ = task.await;
        assert_eq!(node.wrong().await, "");
    }
    node.seal().await;
    node.is_whole(40 * 60).await;
}

async fn nothing_is_built_upon_an_end_that_was_not_sealed_here(b: Bench) {
    let node = &b.node;
    node.tell_many(POOL, 3).await;
    node.tell(OTHER, "sign_in").await;
    node.seal().await;
    node.change("UPDATE audit_seals SET link = public_key WHERE last_number = 3", Vec::new()).await;
    node.tell(POOL, "sign_in").await;
    node.tell(OTHER, "sign_in").await;
    let fault = node.try_seal().await.unwrap_err();
    assert!(fault.to_string().contains("usher audit verify"), "{fault}");
    assert_eq!(
        node.count("SELECT COUNT(*) FROM audit WHERE number IS NULL").await,
        1,
        "the other pool goes on"
    );
    assert!(node.wrong().await.contains("was not made by this installation"));
}

on_both_engines! {
    what_was_written_is_sealed_in_seals_of_bounded_length
    a_seal_takes_rows_for_a_day
    a_step_is_bounded_and_an_idle_trail_costs_one_statement
    a_row_that_comes_late_is_sealed_too
    one_node_seals_at_a_time
    a_lease_of_a_clock_that_was_wrong_binds_nobody
    writers_and_sealers_at_once_lose_nothing
    a_sealer_that_is_stopped_anywhere_loses_nothing
    nothing_is_built_upon_an_end_that_was_not_sealed_here
}
