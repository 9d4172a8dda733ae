//! Attack class "user enumeration": asking for a link says and does the same for everybody and for nobody.

use super::support::{ask, forgot_page, server};
use usher_store::tables::{UserRow, write};
use usher_store::{Applied, Batch};
use usher_test::TestServer;

/// Somebody of each kind: known by two names, without an address, disabled, without a password, unverified; and nobody.
const NAMES: [&str; 8] =
    ["alice", "alice@example.com", "bob", "plain", "gone", "keyless", "nobody", "nobody@example.com"];

async fn everybody() -> TestServer {
    let more = "
[[pools.users]]
username = \"plain\"
password = \"correct horse battery staple\"

[[pools.users]]
username = \"gone\"
enabled = false
password = \"correct horse battery staple\"
claims = { email = \"gone@example.com\", email_verified = true }

[[pools.users]]
username = \"keyless\"
claims = { email = \"keyless@example.com\", email_verified = true }

[[pools]]
name = \"staff\"
";
    TestServer::builder().with_mail().edit("[[pools]]\nname = \"staff\"\n", more).start().await
}

#[tokio::test]
async fn everybody_and_nobody_get_the_same_answer_by_the_same_statements() {
    let mut seen = Vec::new();
    for name in NAMES {
        let t = everybody().await;
        let mut browser = t.browser();
        let page = forgot_page(&mut browser, &t.application("web")).await;
        let before = t.app.store.counts();
        let hashes = t.app.hashing.hashes();
        let answer = browser.submit(&page, &[("identifier", name)]).await.page();
        let after = t.app.store.counts();
        assert_eq!(t.app.hashing.hashes(), hashes, "nothing is hashed");
        let words = answer.words();
        assert!(answer.has("#done[data-done=link_sent]"), "{name}: {words}");
        seen.push((
            name,
            answer.answer.status,
            words,
            after.reads - before.reads,
            after.batches - before.batches,
            after.statements - before.statements,
        ));
        let waiting = super::support::rows(&t, "SELECT count(*) FROM outbox").await;
        assert_eq!(waiting, 1, "{name}: as much is written");
        let sent: Vec<String> = t.mails().await.into_iter().map(|m| m.to).collect();
        let expected: &[&str] = if name.starts_with("alice") { &["alice@example.com"] } else { &[] };
        assert_eq!(sent, expected, "{name}");
        assert_eq!(super::support::rows(&t, "SELECT count(*) FROM outbox").await, 0);
    }
    let (_, status, words, reads, batches, statements) = &seen[0];
    assert_eq!((*reads, *batches), (3, 1));
    for (name, s, w, r, b, n) in &seen {
        assert_eq!((s, w, r, b, n), (status, words, reads, batches, statements), "{name}");
    }
}

#[tokio::test]
async fn whoever_has_asked_too_often_is_told_nothing_else_and_as_much_is_written() {
    for name in ["alice", "nobody"] {
        let t = server().await;
        let web = t.application("web");
        let mut seen = Vec::new();
        for _ in 0..5 {
            let mut browser = t.browser();
            let page = forgot_page(&mut browser, &web).await;
            let before = t.app.store.counts();
            let page = browser.submit(&page, &[("identifier", name)]).await.page();
            let after = t.app.store.counts();
            seen.push((page.words(), after.reads - before.reads, after.statements - before.statements));
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(t.mails().await.len(), if name == "alice" { 3 } else { 0 });
    }
}

#[tokio::test]
async fn a_name_in_another_spelling_is_the_same_persons_and_shares_their_counter() {
    let t = server().await;
    let web = t.application("web");
    for name in ["alice", "ALICE@example.com", " Alice ", "+44 20 7946 0123", "ａｌｉｃｅ"] {
        ask(&mut t.browser(), &web, name).await;
    }
    assert_eq!(t.mails().await.len(), 3);
}

#[tokio::test]
async fn an_address_that_is_not_verified_is_sent_nothing() {
    let t = server().await;
    let pool = t.app.snapshot().pool(None).unwrap().id;
    ask(&mut t.browser(), &t.application("web"), "bob").await;
    assert!(t.mails().await.is_empty());
    let bob = t.app.store.user_by_identifier(pool, "bob").await.unwrap().unwrap();
    let profile = bob.profile.replace("\"email_verified\":false", "\"email_verified\":true");
    let mut batch = Batch::new();
    write::user::update(&mut batch, "as read", pool, UserRow { profile, ..bob }, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    ask(&mut t.browser(), &t.application("web"), "bob").await;
    assert_eq!(t.mails().await.len(), 1);
}
