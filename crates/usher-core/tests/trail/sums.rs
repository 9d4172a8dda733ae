//! Sums of refusals: sealed once their time is over, and every change of them afterwards is found.

use crate::support::*;
use usher_core::trail::keep::remove;
use usher_core::trail::seal::Sealed;
use usher_store::tables::{PoolWithRefusals, Swept, write};
use usher_store::{Applied, Batch, params};
use usher_types::{Clock, PoolId, Span, Timestamp};

/// How many spans of sums are sealed.
const SEALS: &str = "SELECT COUNT(*) FROM audit WHERE event = 'refusals_sealed'";

on_both_engines! {
    sums_are_sealed_once_their_time_is_over
    what_comes_late_is_counted_after_what_is_sealed
    every_change_of_what_is_sealed_is_found
    sums_go_in_their_time
    sums_go_with_the_rows_that_sealed_them
    what_has_grown_since_it_was_read_is_not_sealed
    of_two_nodes_one_seals_a_span
    another_pools_sums_are_its_own
}

/// Two pools, so that sums have somewhere to be.
async fn pools(node: &Node) {
    for (id, name) in [(POOL, "main"), (OTHER, "other")] {
        node.change(
            "INSERT INTO pools (id, name, is_first, settings, version, created_at, updated_at) VALUES ($1, $2, 0, '{}', 1, 0, 0)",
            params![id, name],
        )
        .await;
    }
}

/// Three refusals of two kinds in this minute, and one in the next.
async fn refused(node: &Node, pool: PoolId) {
    node.refuse(pool, "no such code", 2).await;
    node.refuse(pool, "wrong client_secret", 1).await;
    node.clock.advance(Span::minutes(1));
    node.refuse(pool, "no such code", 1).await;
}

async fn sums_are_sealed_once_their_time_is_over(bench: Bench) {
    let node = &bench.node;
    pools(node).await;
    refused(node, POOL).await;
    for _ in 0..3 {
        assert_eq!(node.seal_sums().await, Sealed::All);
        node.clock.advance(Span::minutes(1));
    }
    assert_eq!(node.count(SEALS).await, 0, "their time is not over");
    let report = node.verify().await;
    let sums = report.sums.unwrap();
    assert_eq!((sums.sealed_until, sums.waiting.sums), (None, 3));
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    // Where a span ends between the two minutes there are two.
    let spans = node.count(SEALS).await;
    assert!((1..=2).contains(&spans), "{spans}");
    node.seal_sums().await;
    assert_eq!(node.count(SEALS).await, spans, "once");
    for sealed in [false, true] {
        if sealed {
            node.seal().await;
        }
        let report = node.verify().await;
        assert_eq!(report.broken, None);
        let sums = report.sums.unwrap();
        assert!(sums.sealed_until.is_some_and(|at| at < node.clock.now()));
        assert_eq!(sums.waiting.sums, 0);
    }
}

async fn what_comes_late_is_counted_after_what_is_sealed(bench: Bench) {
    let node = &bench.node;
    pools(node).await;
    let minute = node.minute();
    node.refuse(POOL, "no such code", 2).await;
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    node.refuse_at(POOL, minute, "no such code", 5).await;
    assert_eq!(node.wrong().await, "");
    let waiting = node.verify().await.sums.unwrap().waiting;
    assert_eq!(waiting.sums, 1);
    assert!(waiting.oldest.is_some_and(|at| at > minute));
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    assert_eq!((node.count(SEALS).await, node.wrong().await), (2, String::new()));
    assert_eq!(node.count("SELECT CAST(SUM(times) AS BIGINT) FROM refusals").await, 7, "none is lost");
}

async fn every_change_of_what_is_sealed_is_found(bench: Bench) {
    let node = &bench.node;
    pools(node).await;
    refused(node, POOL).await;
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    refused(node, POOL).await;
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    node.change("CREATE TABLE sums_copy AS SELECT * FROM refusals", Vec::new()).await;
    for sealed in [false, true] {
        if sealed {
            node.seal().await;
        }
        for tampering in [
            "UPDATE refusals SET times = times + 1 WHERE cause = 'wrong client_secret'",
            "UPDATE refusals SET cause = 'no such grant' WHERE cause = 'wrong client_secret'",
            "UPDATE refusals SET network = '198.51.100.0/24' WHERE cause = 'wrong client_secret'",
            "UPDATE refusals SET client_id = 'shop' WHERE cause = 'wrong client_secret'",
            "UPDATE refusals SET minute = minute + 60000000 WHERE cause = 'wrong client_secret'",
            "UPDATE refusals SET minute = minute - 60000000 WHERE cause = 'wrong client_secret'",
            "DELETE FROM refusals WHERE cause = 'wrong client_secret'",
            "DELETE FROM refusals",
            "INSERT INTO refusals SELECT pool_id, minute, 'another', client_id, network, times FROM refusals WHERE times = 2",
            "INSERT INTO refusals SELECT pool_id, minute - 600000, cause, client_id, network, times FROM refusals WHERE times = 2",
            "INSERT INTO refusals SELECT pool_id, minute + 600000, cause, client_id, network, times FROM refusals
                WHERE minute = (SELECT MIN(minute) FROM refusals) AND times = 2",
        ] {
            node.change(tampering, Vec::new()).await;
            let wrong = node.wrong().await;
            assert!(wrong.contains("sums of refusals"), "{tampering}: {wrong:?}");
            node.change("DELETE FROM refusals", Vec::new()).await;
            node.change("INSERT INTO refusals SELECT * FROM sums_copy", Vec::new()).await;
            assert_eq!(node.wrong().await, "", "{tampering} undone");
        }
    }
    // Sums that would never be sealed: the mark up to where it is was moved on, or they stand in the future.
    for (tampering, words) in [
        ("UPDATE pools SET refusals_until = refusals_until + 4000000000000", "is not what the trail says"),
        (
            "INSERT INTO refusals SELECT pool_id, minute + 4000000000000, 'x', client_id, network, times FROM refusals WHERE times = 2",
            "in the future",
        ),
    ] {
        node.change(tampering, Vec::new()).await;
        let wrong = node.wrong().await;
        assert!(wrong.contains(words), "{tampering}: {wrong:?}");
        node.change("UPDATE pools SET refusals_until = refusals_until - 4000000000000 WHERE refusals_until > 4000000000000", Vec::new()).await;
        node.change("DELETE FROM refusals WHERE cause = 'x'", Vec::new()).await;
        assert_eq!(node.wrong().await, "", "{tampering} undone");
    }
    // What is sealed a second time, after the mark up to where it is was put back, is told as well.
    node.change("UPDATE refusals SET times = times + 1 WHERE cause = 'wrong client_secret'", Vec::new())
        .await;
    node.change("UPDATE pools SET refusals_until = 0", Vec::new()).await;
    node.seal_sums().await;
    assert!(node.wrong().await.contains("sealed twice"), "{}", node.wrong().await);
}

async fn sums_go_in_their_time(bench: Bench) {
    let node = &bench.node;
    pools(node).await;
    refused(node, POOL).await;
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    node.clock.advance(Span::days(29));
    refused(node, POOL).await;
    node.clock.advance(Span::days(1));
    node.seal_sums().await;
    node.change("DELETE FROM refusals WHERE minute = (SELECT MIN(minute) FROM refusals)", Vec::new()).await;
    assert_eq!(node.wrong().await, "", "removed in their time");
    node.change("DELETE FROM refusals", Vec::new()).await;
    assert!(node.wrong().await.contains("are not what was sealed"));
}

async fn sums_go_with_the_rows_that_sealed_them(bench: Bench) {
    let node = &bench.node;
    pools(node).await;
    refused(node, POOL).await;
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    node.seal().await;
    node.clock.advance(Span::days(2));
    refused(node, POOL).await;
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    node.seal().await;
    let now = node.clock.now();
    while remove(&node.store, &node.keys, POOL, (now.minus(Span::days(1)), now)).await.unwrap() == Swept::More
    {
    }
    assert_eq!(node.count("SELECT COUNT(*) FROM refusals").await, 3, "those of today");
    assert_eq!(node.wrong().await, "");
    node.change("UPDATE refusals SET times = times + 1", Vec::new()).await;
    assert!(node.wrong().await.contains("are not what was sealed"));
}

async fn what_has_grown_since_it_was_read_is_not_sealed(bench: Bench) {
    let node = &bench.node;
    pools(node).await;
    let minute = node.minute();
    node.refuse_at(POOL, minute, "no such code", 2).await;
    let pool = PoolWithRefusals { id: POOL, sealed_until: Timestamp::from_millis(0) };
    let until = minute.plus(Span::minutes(1));
    for (sums, times, is_sealed) in [(0, 0, false), (1, 1, false), (2, 2, false), (1, 2, true)] {
        let mut batch = Batch::new();
        write::refusal::sealed(&mut batch, "as it was read", pool, (minute, until), (sums, times));
        let applied = node.store.apply(batch).await.unwrap();
        assert_eq!(applied == Applied::Done, is_sealed, "{sums} {times}");
    }
}

async fn of_two_nodes_one_seals_a_span(bench: Bench) {
    let node = &bench.node;
    let other = bench.another_node().await;
    pools(node).await;
    for _ in 0..5 {
        refused(node, POOL).await;
        node.clock.advance(Span::minutes(15));
    }
    let (one, two) = tokio::join!(node.seal_sums(), other.seal_sums());
    assert!([one, two].contains(&Sealed::All));
    node.clock.advance(Span::minutes(1));
    other.seal_sums().await;
    assert_eq!(node.wrong().await, "");
    assert_eq!(node.verify().await.sums.unwrap().waiting.sums, 0);
}

async fn another_pools_sums_are_its_own(bench: Bench) {
    let node = &bench.node;
    pools(node).await;
    refused(node, POOL).await;
    refused(node, OTHER).await;
    node.clock.advance(Span::minutes(20));
    node.seal_sums().await;
    node.change("DELETE FROM refusals WHERE pool_id = $1", params![OTHER]).await;
    assert_eq!(node.wrong().await, "");
    node.change("UPDATE refusals SET pool_id = $1", params![OTHER]).await;
    assert!(node.wrong().await.contains("are not what was sealed"));
}
