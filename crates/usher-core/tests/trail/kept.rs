//! What is old goes in whole seals, and the rest still tells from where it begins.

use crate::support::{Bench, Node, POOL};
use usher_core::trail::keep::remove;
use usher_core::trail::verify::Compared;
use usher_store::tables::Swept;
use usher_types::{Clock as _, Span};

/// Removes what is older than ten days.
async fn keep(node: &Node) {
    let now = node.clock.now();
    while remove(&node.store, &node.keys, POOL, (now.minus(Span::days(10)), now)).await.unwrap()
        == Swept::More
    {}
}

const ROWS: &str = "SELECT COUNT(*) FROM audit";

/// Three days, three rows each.
async fn three_days(node: &Node) {
    for _ in 0..3 {
        node.tell_many(POOL, 3).await;
        node.seal().await;
        node.clock.advance(Span::days(1));
    }
}

async fn what_is_old_goes_and_the_rest_is_still_whole(b: Bench) {
    let node = &b.node;
    three_days(node).await;
    let early = node.checkpoint().await;
    keep(node).await;
    assert_eq!(node.count(ROWS).await, 9, "nothing is old yet");
    node.clock.advance(Span::days(9));
    keep(node).await;
    node.is_whole(9).await;
    assert_eq!(node.count(ROWS).await, 3);
    let report = node.verify().await;
    assert_eq!(report.begins.map(|begins| begins.after_number), Some(6));
    assert_eq!(node.verify_since(&early).await.checkpoint, Some(Compared::Same));

    // Everything is old: the end of what was removed is what the next rows follow.
    node.clock.advance(Span::days(30));
    keep(node).await;
    assert_eq!(node.count(ROWS).await, 0);
    node.is_whole(9).await;
    node.tell_many(POOL, 2).await;
    node.seal().await;
    node.is_whole(11).await;
    assert_eq!(node.count("SELECT COUNT(*) FROM audit_seals").await, 2, "one end, one seal");
    assert_eq!(node.verify_since(&early).await.checkpoint, Some(Compared::Same), "it saw the end");
    node.clock.advance(Span::days(30));
    keep(node).await;
    assert_eq!(node.verify_since(&early).await.checkpoint, Some(Compared::Removed));
}

async fn rows_that_are_not_sealed_are_kept_however_old(b: Bench) {
    let node = &b.node;
    node.tell_many(POOL, 2).await;
    node.clock.advance(Span::days(100));
    keep(node).await;
    assert_eq!(node.count(ROWS).await, 2);
    node.seal().await;
    keep(node).await;
    assert_eq!(node.count(ROWS).await, 0);
    node.is_whole(2).await;
}

async fn what_was_removed_by_hand_is_noticed_though_other_rows_went_in_their_time(b: Bench) {
    let node = &b.node;
    three_days(node).await;
    node.clock.advance(Span::days(9));
    keep(node).await;
    node.change("DELETE FROM audit WHERE number = 7", Vec::new()).await;
    assert_eq!(node.wrong().await, "row 7 is missing");
}

async fn an_end_that_nobody_signed_removes_nothing_from_the_check(b: Bench) {
    let node = &b.node;
    three_days(node).await;
    node.change("UPDATE audit_seals SET removed_at = 1 WHERE first_number = 1", Vec::new()).await;
    node.change("DELETE FROM audit WHERE number <= 3", Vec::new()).await;
    assert!(node.wrong().await.contains("was not made by this installation"));
}

async fn seals_with_other_times_let_nothing_be_removed(b: Bench) {
    let node = &b.node;
    three_days(node).await;
    node.change("UPDATE audit_seals SET newest_at = 1", Vec::new()).await;
    let now = node.clock.now();
    let fault = remove(&node.store, &node.keys, POOL, (now.minus(Span::days(10)), now)).await.unwrap_err();
    assert!(fault.to_string().contains("usher audit verify"), "{fault}");
    assert_eq!(node.count(ROWS).await, 9);
}

/// Two nodes remove, and one checks, all at once.
async fn nodes_that_remove_and_check_at_once_agree(b: Bench) {
    let nodes = [b.node.clone(), b.another_node().await];
    for _ in 0..12 {
        b.node.tell_many(POOL, 4).await;
        b.node.seal().await;
        b.node.clock.advance(Span::days(1));
    }
    b.node.clock.advance(Span::days(6));
    let removing: Vec<_> =
        nodes.iter().cloned().map(|node| tokio::spawn(async move { keep(&node).await })).collect();
    for _ in 0..10 {
        assert_eq!(b.node.wrong().await, "");
    }
    for task in removing {
        task.await.unwrap();
    }
    b.node.is_whole(48).await;
    assert_eq!(b.node.count(ROWS).await, 4 * 4);
}

on_both_engines! {
    what_is_old_goes_and_the_rest_is_still_whole
    rows_that_are_not_sealed_are_kept_however_old
    what_was_removed_by_hand_is_noticed_though_other_rows_went_in_their_time
    an_end_that_nobody_signed_removes_nothing_from_the_check
    seals_with_other_times_let_nothing_be_removed
    nodes_that_remove_and_check_at_once_agree
}
