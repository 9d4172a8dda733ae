//! The queue of mails: what happened has its mail and what did not has none; a mail is one node's at a time; failures are tried again,
//! and given up after a day.

use super::support::{CHOSEN, alices_link, ask, choose, on, only, rows, server, trail};
use usher_core::mail::MailError;
use usher_store::Engine;
use usher_test::TestServer;
use usher_types::{Span, limits};

const WAITING: &str = "SELECT count(*) FROM outbox";

fn passing() -> MailError {
    MailError::Passing("451 come again".to_owned())
}

async fn asked(t: &TestServer) {
    ask(&mut t.browser(), &t.application("web"), "alice").await;
}

#[tokio::test]
async fn a_change_that_does_not_happen_sends_no_mail() {
    let t = server().await;
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = browser.open(&link).await.page();
    choose(&mut browser, &page, CHOSEN).await.page();
    choose(&mut browser, &page, "a password for which the link is spent").await.page();
    assert_eq!(only(t.mails().await).subject, "Your localhost password was changed");
}

#[tokio::test]
async fn a_mail_server_that_fails_is_tried_again_after_growing_waits() {
    let t = server().await;
    let mailbox = t.mailbox.clone().unwrap();
    mailbox.refuse(Some(passing()));
    asked(&t).await;
    for wait in [60, 120, 240, 480] {
        assert_eq!(usher::mail::send_due(&t.app).await.unwrap(), 1);
        assert_eq!(usher::mail::send_due(&t.app).await.unwrap(), 0, "it waits");
        t.advance(Span::seconds(wait - 1));
        assert_eq!(usher::mail::send_due(&t.app).await.unwrap(), 0, "{wait}");
        t.advance(Span::seconds(1));
    }
    mailbox.refuse(None);
    assert_eq!(only(t.mails().await).to, "alice@example.com");
    assert_eq!(rows(&t, WAITING).await, 0);
}

#[tokio::test]
async fn a_link_that_is_over_is_not_sent_any_more() {
    let t = server().await;
    t.mailbox.clone().unwrap().refuse(Some(passing()));
    asked(&t).await;
    usher::mail::send_due(&t.app).await.unwrap();
    t.advance(limits::RESET_LINK);
    t.mailbox.clone().unwrap().refuse(None);
    assert!(t.mails().await.is_empty());
    assert_eq!(rows(&t, WAITING).await, 0);
    assert!(trail(&t).await.contains(&"mail_given_up".to_owned()));
}

#[tokio::test]
async fn after_a_day_a_mail_is_given_up_and_the_trail_says_so() {
    let t = server().await;
    let mut browser = t.browser();
    let link = alices_link(&t, &mut browser).await;
    let page = browser.open(&link).await.page();
    choose(&mut browser, &page, CHOSEN).await.page();
    t.mailbox.clone().unwrap().refuse(Some(passing()));
    let mut tries = 0;
    for _ in 0..26 {
        tries += usher::mail::send_due(&t.app).await.unwrap();
        t.advance(Span::hours(1));
    }
    assert!((20..=26).contains(&tries), "{tries}");
    assert_eq!(rows(&t, WAITING).await, 0);
    assert!(trail(&t).await.contains(&"mail_given_up".to_owned()));
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_given_up_at_once() {
    let t = server().await;
    t.mailbox.clone().unwrap().refuse(Some(MailError::Lasting("550 no such mailbox".to_owned())));
    asked(&t).await;
    assert_eq!(usher::mail::send_due(&t.app).await.unwrap(), 1);
    assert_eq!(rows(&t, WAITING).await, 0);
    assert!(trail(&t).await.contains(&"mail_given_up".to_owned()));
}

async fn dies(t: TestServer) {
    asked(&t).await;
    let taken = t.app.take_mails().await.unwrap().mails;
    assert_eq!(taken.len(), 1);
    // The mail server has it, and the node dies before it says so.
    let first = taken[0].mail();
    drop(taken);
    assert!(t.mails().await.is_empty(), "for a while it is nobody else's");
    t.advance(Span::millis(u32::try_from(limits::MAIL_LEASE.as_millis()).unwrap() - 1));
    assert!(t.mails().await.is_empty());
    t.advance(Span::millis(1));
    let again = only(t.mails().await);
    assert!(again.text.contains(first.link.as_deref().unwrap()), "the very same link");
    assert_eq!(rows(&t, WAITING).await, 0);
}

#[tokio::test]
async fn a_node_that_dies_between_the_servers_yes_and_its_note_sends_once_more_and_never_not_at_all() {
    dies(server().await).await;
}

#[tokio::test]
async fn a_node_that_dies_between_the_servers_yes_and_its_note_on_postgres() {
    if usher_testdb::Postgres::or_skip("a node that dies").is_some() {
        dies(on(Engine::Postgres).await).await;
    }
}

#[tokio::test]
async fn a_node_that_comes_back_too_late_neither_removes_nor_moves_what_another_has_taken() {
    let t = server().await;
    asked(&t).await;
    let late = t.app.take_mails().await.unwrap().mails.remove(0);
    t.advance(limits::MAIL_LEASE);
    let other = t.app.take_mails().await.unwrap().mails.remove(0);
    late.settle(Err(MailError::Passing("late".to_owned()))).await.unwrap();
    assert_eq!(rows(&t, WAITING).await, 1);
    other.settle(Ok("250".to_owned())).await.unwrap();
    assert_eq!(rows(&t, WAITING).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_send_each_mail_once() {
    if usher_testdb::Postgres::or_skip("two nodes").is_none() {
        return;
    }
    let t = on(Engine::Postgres).await;
    let node = t.another_node().await;
    let staff = "alice";
    for _ in 0..3 {
        ask(&mut t.browser(), &t.application("web"), staff).await;
    }
    let looks = (0..8).map(|n| {
        let app = if n % 2 == 0 { t.app.clone() } else { node.app.clone() };
        tokio::spawn(async move { usher::mail::send_due(&app).await.unwrap() })
    });
    for look in looks.collect::<Vec<_>>() {
        look.await.unwrap();
    }
    assert_eq!(t.mails().await.len(), 3);
}

#[tokio::test]
async fn a_deleted_pools_mails_go_with_it() {
    let t = TestServer::builder()
        .with_mail()
        .edit(
            "claims = { name = \"Alice of Staff\" }",
            "claims = { email = \"a@staff.test\", email_verified = true }",
        )
        .start()
        .await;
    ask(&mut t.browser(), &t.application_of("staff", "web"), "alice").await;
    assert_eq!(rows(&t, WAITING).await, 1);
    let record = t.app.store.pool_record("staff").await.unwrap().unwrap();
    let mut batch = usher_store::Batch::new();
    let now = t.app.world.clock.now();
    usher_store::tables::write::manage::pool::erase(
        &mut batch,
        "as read",
        record.pool.id,
        record.pool.version,
        now,
    );
    usher_store::tables::write::pool::bump_revision(&mut batch, record.pool.id);
    assert_eq!(t.app.store.apply(batch).await.unwrap(), usher_store::Applied::Done);
    t.app.refresh_snapshot().await.unwrap();
    assert!(t.mails().await.is_empty());
    t.advance(Span::minutes(5));
    t.app.sweep(t.app.world.clock.now()).await.unwrap();
    assert_eq!(rows(&t, WAITING).await, 0);
}
