//! Addresses that people show to be theirs: by a link that was sent to that very address, and by nothing else.

use super::first_password::run;
use super::support::{link, only, rows, trail};
use usher_store::Engine;
use usher_test::TestServer;
use usher_types::{Span, limits};

async fn on(engine: Engine) -> TestServer {
    TestServer::builder()
        .engine(engine)
        .with_mail()
        .edit("name = \"main\"\n", "name = \"main\"\nsettings = { verify_email = true }\n")
        .start()
        .await
}

async fn server() -> TestServer {
    on(Engine::Sqlite).await
}

async fn is_verified(t: &TestServer, name: &str) -> bool {
    run(t, &["user", "show", name]).await.unwrap()["user"]["email_verified"] == true
}

async fn made(t: &TestServer) -> String {
    run(t, &["user", "create", "carol", "email=carol@example.com", "--generate"]).await.unwrap();
    let mail = only(t.mails().await);
    assert_eq!(mail.to, "carol@example.com");
    link(t, &mail)
}

async fn walk(t: TestServer) {
    let link = made(&t).await;
    let mut browser = t.browser();
    let page = browser.open(&link).await.page();
    assert!(
        page.words().contains("carol@example.com") && !is_verified(&t, "carol").await,
        "looking does nothing"
    );
    let done = browser.submit(&page, &[("decision", "verify")]).await.page();
    assert!(done.has("#done[data-done=email_verified]"), "{}", done.answer.text());
    assert!(is_verified(&t, "carol").await);
    assert!(browser.open(&link).await.page().has("#error"), "it is good once");
    assert!(trail(&t).await.contains(&"email_verified".to_owned()));
}

#[tokio::test]
async fn a_person_shows_by_a_click_that_the_address_is_theirs() {
    walk(server().await).await;
}

#[tokio::test]
async fn a_person_shows_by_a_click_on_postgres_that_the_address_is_theirs() {
    if usher_testdb::Postgres::or_skip("verify").is_some() {
        walk(on(Engine::Postgres).await).await;
    }
}

#[tokio::test]
async fn another_address_is_not_verified_by_a_link_to_the_one_before() {
    let t = server().await;
    let before = made(&t).await;
    let mut browser = t.browser();
    let page = browser.open(&before).await.page();
    run(&t, &["user", "set", "carol", "email=new@example.com"]).await.unwrap();
    let mail = only(t.mails().await);
    assert_eq!(mail.to, "new@example.com");
    assert!(browser.open(&before).await.page().has("#error"));
    assert!(browser.submit(&page, &[("decision", "verify")]).await.page().has("#error"));
    assert!(!is_verified(&t, "carol").await);
    // Back to the first address: its link was voided all the same.
    run(&t, &["user", "set", "carol", "email=carol@example.com"]).await.unwrap();
    assert!(browser.open(&before).await.page().has("#error"));
    assert!(browser.open(&link(&t, &only(t.mails().await))).await.page().has("#verify"));
}

#[tokio::test]
async fn a_link_ends_after_a_day_and_with_the_person() {
    let t = server().await;
    let link = made(&t).await;
    t.advance(Span::millis(u32::try_from(limits::VERIFY_LINK.as_millis()).unwrap() - 1));
    assert!(t.browser().open(&link).await.page().has("#verify"));
    run(&t, &["user", "set", "carol", "enabled=false"]).await.unwrap();
    assert!(t.browser().open(&link).await.page().has("#error"));
    run(&t, &["user", "set", "carol", "enabled=true"]).await.unwrap();
    t.advance(Span::millis(1));
    assert!(t.browser().open(&link).await.page().has("#error"));
}

#[tokio::test]
async fn a_form_of_another_site_or_browser_verifies_nothing() {
    let t = server().await;
    let link = made(&t).await;
    let mut browser = t.browser();
    let page = browser.open(&link).await.page();
    let (action, fields) = page.form();
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let mut with = pairs.clone();
    with.push(("decision", "verify"));
    assert_eq!(browser.post_from_elsewhere(&action, &with).await.status, 403);
    t.browser().post(&action, &with).await;
    browser.post(&action, &pairs).await;
    assert!(!is_verified(&t, "carol").await);
}

#[tokio::test]
async fn only_the_browser_in_which_it_was_done_is_told_that_it_was() {
    let t = server().await;
    let link = made(&t).await;
    let mut browser = t.browser();
    let page = browser.open(&link).await.page();
    let done = browser.submit(&page, &[("decision", "verify")]).await.page();
    assert!(done.has("#done[data-done=email_verified]"), "{}", done.path);
    let mut other = t.browser();
    other.open("/account").await.page();
    let (name, proof) = done.path.split_once("done=").unwrap().1.split_once('.').unwrap();
    assert_eq!(name, "email_verified");
    for address in [
        done.path.clone(),
        "/verify-email?done=1".to_owned(),
        "/verify-email?done=email_verified".to_owned(),
        "/verify-email?done=email_verified.".to_owned(),
    ] {
        assert!(other.open(&address).await.page().has("#error"), "{address}");
        assert!(t.browser().open(&address).await.page().has("#error"), "{address}");
    }
    // Nor does what was done stand for something else.
    for address in ["/verify-email?done=address_taken.", "/forgot-password?done=link_sent."] {
        assert!(!browser.open(&format!("{address}{proof}")).await.page().has("#done"), "{address}");
    }
}

#[tokio::test]
async fn an_administrator_sends_the_mail_again_and_says_that_an_address_is_verified() {
    let t = server().await;
    let first = made(&t).await;
    run(&t, &["user", "verify-email", "carol"]).await.unwrap();
    let second = link(&t, &only(t.mails().await));
    assert!(t.browser().open(&first).await.page().has("#error"), "a newer one ends it");
    assert!(t.browser().open(&second).await.page().has("#verify"));
    let alice = run(&t, &["user", "verify-email", "alice"]).await.unwrap_err();
    assert!(alice.contains("alice@example.com is verified already"), "{alice}");
    run(&t, &["user", "create", "dave"]).await.unwrap();
    let dave = run(&t, &["user", "verify-email", "dave"]).await.unwrap_err();
    assert!(dave.contains("no e-mail address") && !dave.contains("verified"), "{dave}");
    run(&t, &["user", "set", "carol", "email_verified=true"]).await.unwrap();
    assert!(is_verified(&t, "carol").await && t.mails().await.is_empty());
    assert!(t.browser().open(&second).await.page().has("#error"), "there is nothing left to verify");
}

#[tokio::test]
async fn without_the_pools_wish_nobody_is_sent_anything() {
    let t = super::support::server().await;
    run(&t, &["user", "create", "carol", "email=carol@example.com"]).await.unwrap();
    run(&t, &["user", "set", "bob", "email=bobby@example.com"]).await.unwrap();
    run(&t, &["user", "set", "alice", "nickname=Al"]).await.unwrap();
    assert_eq!(rows(&t, "SELECT count(*) FROM outbox").await, 0);
}
