//! Whoever has the database in hand and not the key: whatever they change, remove, add or move, the check finds it, and says where.

use crate::support::{Bench, KEPT, Node, OTHER, POOL};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use usher_core::trail::verify::verify;
use usher_core::trail::{Checkpoint, TrailKeys};
use usher_store::{Batch, params};
use usher_types::{Clock as _, Span, TicketId};

/// Rows of the trail that is tampered with: two seals, and one row that is not sealed.
const SEALED: i64 = 9;

/// Changes of one sealed row, whose number is `$1`.
const CHANGES: &[&str] = &[
    "UPDATE audit SET at = at + 1 WHERE number = $1",
    "UPDATE audit SET event = 'sign_out' WHERE number = $1",
    "UPDATE audit SET event = event || ' ' WHERE number = $1",
    "UPDATE audit SET actor = NULL WHERE number = $1",
    "UPDATE audit SET actor = '' WHERE number = $1",
    "UPDATE audit SET target = 'app:web2' WHERE number = $1",
    "UPDATE audit SET client_id = NULL WHERE number = $1",
    "UPDATE audit SET client_id = 'WEB' WHERE number = $1",
    "UPDATE audit SET user_id = id WHERE number = $1",
    "UPDATE audit SET user_id = NULL WHERE number = $1",
    "UPDATE audit SET network = '192.0.3.0/24' WHERE number = $1",
    "UPDATE audit SET request_id = id WHERE number = $1",
    "UPDATE audit SET cause = 'x' WHERE number = $1",
    "UPDATE audit SET detail = '{}' WHERE number = $1",
    "UPDATE audit SET mark = NULL WHERE number = $1",
    "UPDATE audit SET mark = id WHERE number = $1",
    "UPDATE audit SET link = NULL WHERE number = $1",
    "UPDATE audit SET link = mark WHERE number = $1",
    "UPDATE audit SET number = number + 100 WHERE number = $1",
    "UPDATE audit SET number = -number WHERE number = $1",
    "UPDATE audit SET number = NULL, link = NULL WHERE number = $1",
    "UPDATE audit SET pool_id = id WHERE number = $1",
    "DELETE FROM audit WHERE number = $1",
];

/// Changes of one seal, whose rows hold the number `$1`.
const SEAL_CHANGES: &[&str] = &[
    "UPDATE audit_seals SET link = public_key WHERE first_number <= $1 AND last_number >= $1",
    "UPDATE audit_seals SET sealed_at = sealed_at + 1 WHERE first_number <= $1 AND last_number >= $1",
    "UPDATE audit_seals SET oldest_at = oldest_at + 1 WHERE first_number <= $1 AND last_number >= $1",
    "UPDATE audit_seals SET newest_at = newest_at + 1 WHERE first_number <= $1 AND last_number >= $1",
    "UPDATE audit_seals SET removed_at = 1 WHERE first_number <= $1 AND last_number >= $1",
    "UPDATE audit_seals SET last_number = last_number - 1 WHERE first_number <= $1 AND last_number >= $1",
    "UPDATE audit_seals SET signature = link WHERE first_number <= $1 AND last_number >= $1",
    "UPDATE audit_seals SET public_key = link WHERE first_number <= $1 AND last_number >= $1",
    "DELETE FROM audit_seals WHERE first_number <= $1 AND last_number >= $1",
];

/// What two rows can exchange.
const SWAPS: &[&[&str]] = &[
    // Their places.
    &[
        "UPDATE audit SET number = -1 WHERE number = $1",
        "UPDATE audit SET number = $1 WHERE number = $2",
        "UPDATE audit SET number = $2 WHERE number = -1",
    ],
    // Their places with their links, so that what is linked stays in order.
    &[
        "UPDATE audit SET number = -1, link = (SELECT o.link FROM audit o WHERE o.number = $2) WHERE number = $1",
        "UPDATE audit SET number = $1 WHERE number = $2",
        "UPDATE audit SET number = $2 WHERE number = -1",
    ],
    // What they tell.
    &[
        "UPDATE audit SET detail = (SELECT o.event FROM audit o WHERE o.number = $2) WHERE number = $1 AND number <> $2",
    ],
];

/// One way to tamper with the trail.
#[derive(Debug, Clone)]
enum Tampering {
    Row(&'static str, i64),
    Seal(&'static str, i64),
    Swap(&'static [&'static str], i64, i64),
    /// A copy of a row under another id, not sealed yet.
    Copy(i64),
    /// A copy in place of the row after it.
    InPlace(i64),
    /// A row that bears no mark, as an older version would write it, long after the first that bears one.
    Unmarked,
    /// The row that waits for the sealer.
    Unsealed(&'static str),
}

const UNSEALED: &[&str] = &[
    "UPDATE audit SET detail = '{}' WHERE number IS NULL",
    "UPDATE audit SET user_id = NULL WHERE number IS NULL",
    "UPDATE audit SET at = at - 1 WHERE number IS NULL",
    "UPDATE audit SET mark = id WHERE number IS NULL",
    "UPDATE audit SET number = 1000 WHERE number IS NULL",
    "UPDATE audit SET id = link WHERE number = 1",
    "UPDATE audit SET id = signature FROM audit_seals WHERE number IS NULL AND first_number = 1",
];

fn tampering() -> impl Strategy<Value = Tampering> {
    let number = || 1..=SEALED;
    let pair = (number(), number()).prop_filter("two rows", |(a, b)| a != b);
    prop_oneof![
        6 => (prop::sample::select(CHANGES), number()).prop_map(|(sql, n)| Tampering::Row(sql, n)),
        3 => (prop::sample::select(SEAL_CHANGES), number()).prop_map(|(sql, n)| Tampering::Seal(sql, n)),
        3 => (prop::sample::select(SWAPS), pair).prop_map(|(steps, (a, b))| Tampering::Swap(steps, a, b)),
        1 => number().prop_map(Tampering::Copy),
        1 => (1..SEALED).prop_map(Tampering::InPlace),
        1 => Just(Tampering::Unmarked),
        1 => prop::sample::select(UNSEALED).prop_map(Tampering::Unsealed),
    ]
}

const COLUMNS_COPIED: &str = "INSERT INTO audit (pool_id, id, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, mark, number, link)
    SELECT pool_id, $2, at, event, actor, target, client_id, user_id, network, request_id, cause, detail, mark, NULL, NULL FROM audit
    WHERE number = $1";

async fn tamper(node: &Node, how: &Tampering) {
    let id = TicketId::from_bytes([9; 16]);
    let mut batch = Batch::new();
    match how {
        Tampering::Row(sql, number) | Tampering::Seal(sql, number) => {
            batch.then(sql, params![*number]);
        }
        Tampering::Swap(steps, a, b) => {
            for sql in *steps {
                let both = sql.contains("$2");
                let one_only = !sql.contains("$1");
                match (both, one_only) {
                    (true, true) => batch.then("UPDATE audit SET number = $1 WHERE number = -1", params![*b]),
                    (true, false) => batch.then(sql, params![*a, *b]),
                    _ => batch.then(sql, params![*a]),
                };
            }
        }
        Tampering::Copy(number) => {
            batch.then(COLUMNS_COPIED, params![*number, id]);
        }
        Tampering::InPlace(number) => {
            batch.then("DELETE FROM audit WHERE number = $1", params![*number + 1]);
            batch.then(COLUMNS_COPIED, params![*number, id]);
            batch.then(
                "UPDATE audit SET number = $1 WHERE number IS NULL AND id = $2",
                params![*number + 1, id],
            );
        }
        Tampering::Unmarked => {
            let sql = "INSERT INTO audit (pool_id, id, at, event, detail) SELECT pool_id, $1, MAX(at) + 864000000, 'consent', '{}' FROM audit GROUP BY pool_id";
            batch.then(sql, params![id]);
        }
        Tampering::Unsealed(sql) => {
            batch.then(sql, params![]);
        }
    }
    assert_eq!(node.store.apply(batch).await, Ok(usher_store::Applied::Done), "{how:?}");
}

/// Two seals of a day each, and a row that waits.
async fn trail(node: &Node) {
    node.tell_many(POOL, 5).await;
    node.seal().await;
    node.clock.advance(Span::days(1));
    node.tell_many(POOL, 4).await;
    node.seal().await;
    node.tell(POOL, "consent").await;
    assert_eq!(node.wrong().await, "");
    for sql in [
        "CREATE TABLE audit_copy AS SELECT * FROM audit",
        "CREATE TABLE seals_copy AS SELECT * FROM audit_seals",
    ] {
        node.change(sql, params![]).await;
    }
}

async fn restore(node: &Node) {
    for sql in [
        "DELETE FROM audit",
        "INSERT INTO audit SELECT * FROM audit_copy",
        "DELETE FROM audit_seals",
        "INSERT INTO audit_seals SELECT * FROM seals_copy",
    ] {
        node.change(sql, params![]).await;
    }
}

async fn every_change_deletion_swap_and_insertion_is_found(b: Bench) {
    let node = b.node.clone();
    trail(&node).await;
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(300) });
        let outcome = runner.run(&tampering(), |how| {
            let wrong = runtime.block_on(async {
                tamper(&node, &how).await;
                let wrong = node.verify().await.broken;
                restore(&node).await;
                wrong
            });
            prop_assert!(wrong.is_some(), "{how:?} was not found");
            Ok(())
        });
        outcome.unwrap();
        assert_eq!(runtime.block_on(node.wrong()), "");
    })
    .await
    .unwrap();
}

async fn the_first_thing_that_is_wrong_is_told_with_its_number(b: Bench) {
    let node = &b.node;
    trail(node).await;
    for (sql, number, words) in [
        ("UPDATE audit SET detail = '{}' WHERE number = 3", Some(3), "row 3 was changed"),
        ("DELETE FROM audit WHERE number = 4", Some(4), "row 4 is missing"),
        ("DELETE FROM audit WHERE number > 2 AND number < 5", Some(3), "rows 3 to 4 are missing"),
        ("DELETE FROM audit WHERE number >= 8", Some(8), "rows 8 to 9 are missing"),
        ("DELETE FROM audit_seals WHERE first_number = 1", Some(1), "the seals over rows 1 to 5 are missing"),
        ("DELETE FROM audit_seals WHERE first_number = 6", Some(6), "row 6 has a number and no seal"),
        ("DELETE FROM audit_seals", Some(1), "row 1 has a number and no seal"),
        ("UPDATE audit SET user_id = NULL WHERE number IS NULL", None, "which is not sealed yet"),
    ] {
        node.change(sql, params![]).await;
        let broken = node.verify().await.broken.unwrap();
        assert_eq!(broken.number, number, "{sql}");
        assert!(broken.what.contains(words), "{sql}: {}", broken.what);
        restore(node).await;
    }
}

/// Links can be computed by anybody; seals cannot.
async fn links_that_were_made_to_fit_are_found_by_the_seal(b: Bench) {
    let node = &b.node;
    trail(node).await;
    // Somebody seals the changed rows with a key of their own, in place of ours.
    node.change("UPDATE audit SET detail = '{}' WHERE number = 2", params![]).await;
    node.change("UPDATE audit SET number = NULL, link = NULL", params![]).await;
    node.change("DELETE FROM audit_seals", params![]).await;
    let forger = node.with_other_keys();
    forger.seal().await;
    assert!(node.wrong().await.contains("was not made by this installation"));
    // And with the public key of ours beside their signature.
    node.change(
        "UPDATE audit_seals SET public_key = (SELECT s.public_key FROM seals_copy s LIMIT 1)",
        params![],
    )
    .await;
    assert!(node.wrong().await.contains("was not made by this installation"));
    // Our own sealer, told that nothing was sealed yet, seals what is there: the mark tells that the row is not as it was written.
    node.change("DELETE FROM audit_seals", params![]).await;
    node.change("UPDATE audit SET number = NULL, link = NULL", params![]).await;
    node.seal().await;
    assert_eq!(node.wrong().await, "row 2 was not written by this installation");
}

async fn only_a_checkpoint_tells_of_an_end_that_was_cut_off_with_its_seals(b: Bench) {
    let node = &b.node;
    trail(node).await;
    let checkpoint = node.checkpoint().await;
    assert!(node.verify_since(&checkpoint).await.broken.is_none());
    for sql in [
        "DELETE FROM audit WHERE number IS NULL OR number > 5",
        "DELETE FROM audit_seals WHERE first_number > 5",
    ] {
        node.change(sql, params![]).await;
    }
    node.is_whole(5).await;
    let broken = node.verify_since(&checkpoint).await.broken.unwrap();
    assert_eq!(broken.number, Some(6));
    assert!(
        broken.what.contains("the trail was cut: the checkpoint saw row 9, and the last sealed row is 5"),
        "{broken:?}"
    );
    // New rows in place of the old ones do not help.
    node.tell_many(POOL, 6).await;
    node.seal().await;
    node.is_whole(11).await;
    let broken = node.verify_since(&checkpoint).await.broken.unwrap();
    assert_eq!((broken.number, broken.what.contains("not those that the checkpoint saw")), (Some(9), true));
}

async fn a_checkpoint_holds_for_its_pool_and_installation_as_it_was_written(b: Bench) {
    let node = &b.node;
    trail(node).await;
    node.tell(OTHER, "sign_in").await;
    node.seal().await;
    let checkpoint = node.checkpoint().await;
    let text = serde_json::to_string(&checkpoint).unwrap();
    assert_eq!(Checkpoint::parse(&text), Ok(checkpoint.clone()));
    let shown = format!("{{\"checkpoint\":{text}}}");
    assert_eq!(Checkpoint::parse(&shown), Ok(checkpoint.clone()));
    for wrong in [
        "",
        "{}",
        "[]",
        "null",
        &text[1..],
        &text.replace("number", "nummer"),
        &format!("{text} x"),
        &" ".repeat(5_000),
    ] {
        assert!(Checkpoint::parse(wrong).is_err(), "{wrong}");
    }
    let strangers = TrailKeys::from_seed(&[9; 32]);
    for (keys, pool, checkpoint) in [
        (&strangers, POOL, checkpoint.clone()),
        (&*node.keys, OTHER, checkpoint.clone()),
        (&*node.keys, POOL, Checkpoint { number: 8, ..checkpoint.clone() }),
        (&*node.keys, POOL, Checkpoint { link: "AAAA".to_owned(), ..checkpoint.clone() }),
        (&*node.keys, POOL, Checkpoint { signature: String::new(), ..checkpoint.clone() }),
        (
            &*node.keys,
            POOL,
            Checkpoint { sealed_at: node.clock.now().plus(Span::days(1)), ..checkpoint.clone() },
        ),
    ] {
        assert!(
            verify(&node.store, keys, pool, (Some(KEPT), node.clock.now()), Some(&checkpoint)).await.is_err(),
            "{checkpoint:?}"
        );
    }
}

/// Rows of a version before the marks stand before all that have one; after them a row without a mark is somebody else's.
async fn rows_without_a_mark_are_of_an_older_version_or_somebody_elses(b: Bench) {
    let node = &b.node;
    let id = |n: u8| TicketId::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n]);
    node.tell_as_before(POOL, id(1)).await;
    node.clock.advance(Span::days(100));
    node.tell_as_before(POOL, id(2)).await;
    node.tell(POOL, "sign_in").await;
    node.seal().await;
    node.is_whole(3).await;
    assert_eq!(node.verify().await.unmarked, 2);
    node.tell_as_before(POOL, id(4)).await;
    assert!(node.wrong().await.contains("which is not sealed yet"));
    node.seal().await;
    assert_eq!(node.wrong().await, "row 4 was not written by this installation");
}

#[test]
fn rows_that_differ_anywhere_have_other_bytes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let b = Bench::sqlite().await;
        let (one, two) = (b.node.told(POOL), b.node.told(POOL));
        assert_eq!(one.bytes(), one.clone().bytes());
        assert_ne!(one.bytes(), two.bytes(), "two ids");
        assert_ne!(b.node.keys.mark(&one), b.node.keys.mark(&two));
        assert_ne!(b.node.keys.mark(&one), b.node.with_other_keys().keys.mark(&one));
    });
}

on_both_engines! {
    every_change_deletion_swap_and_insertion_is_found
    the_first_thing_that_is_wrong_is_told_with_its_number
    links_that_were_made_to_fit_are_found_by_the_seal
    only_a_checkpoint_tells_of_an_end_that_was_cut_off_with_its_seals
    a_checkpoint_holds_for_its_pool_and_installation_as_it_was_written
    rows_without_a_mark_are_of_an_older_version_or_somebody_elses
}
