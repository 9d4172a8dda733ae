//! The page that asks whether to sign out, and what its buttons do.

use super::support::{browser_of, shows, silently};
use usher_test::{Browser, Page, TestServer};

async fn question(browser: &mut Browser, query: &str) -> Page {
    let page = browser.open(&format!("/oidc/session/end{query}")).await.page();
    assert!(page.has("#sign-out"), "{}", page.answer.text());
    page
}

/// Who is in the browser.
async fn people(t: &TestServer, browser: &mut Browser) -> Vec<&'static str> {
    let own = t.application("first-party");
    let mut found = Vec::new();
    for name in ["alice", "bob"] {
        if silently(browser, &own, &[("login_hint", name)]).await == "code" {
            found.push(name);
        }
    }
    found
}

#[tokio::test]
async fn the_person_who_is_shown_is_signed_out_and_the_others_stay() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let page = question(&mut browser, "").await;
    assert!(page.has("#everyone") && page.has("#stay"));
    let (shown, other) = if shows(&page, "Alice") { ("Alice", "bob") } else { ("Bob", "alice") };
    let page = browser.submit(&page, &[("decision", "sign-out")]).await.page();
    assert!(page.has("#signed-out") && page.has("#way[href='/account']"));
    assert!(page.words().contains("Go to your account"), "{}", page.words());
    assert_eq!(people(&t, &mut browser).await, [other], "{shown} was shown");
}

#[tokio::test]
async fn everyone_is_a_choice() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let page = question(&mut browser, "?client_id=web&post_logout_redirect_uri=https://web.test/out").await;
    let target = browser.submit(&page, &[("decision", "everyone")]).await.elsewhere();
    assert_eq!(target, "https://web.test/out");
    assert!(browser.cookies.is_empty());
    assert!(people(&t, &mut browser).await.is_empty());
    let mut alone = browser_of(&t, &["alice"]).await;
    assert!(!question(&mut alone, "").await.has("#everyone"));
}

#[tokio::test]
async fn who_stays_is_not_told_to_be_signed_out() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = question(&mut browser, "?client_id=web&post_logout_redirect_uri=https://web.test/out").await;
    let stayed = browser.submit(&page, &[("decision", "stay")]).await.page();
    assert_eq!(people(&t, &mut browser).await, ["alice"]);
    assert!(!stayed.words().contains("You are signed out"), "{}", stayed.words());
}

async fn sent_twice(t: TestServer) {
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let page = question(&mut browser, "").await;
    let shown = if shows(&page, "Alice") { "alice" } else { "bob" };
    for _ in 0..2 {
        browser.submit(&page, &[("decision", "sign-out")]).await.page();
    }
    let left = people(&t, &mut browser).await;
    assert_eq!(left.len(), 1, "a double click signs out one person");
    assert_ne!(left, [shown]);
}

both_engines!(
    a_double_click_signs_nobody_else_out,
    a_double_click_signs_nobody_else_out_on_postgres,
    sent_twice
);

#[tokio::test]
async fn the_question_is_one_browsers_and_ends_after_half_an_hour() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = question(&mut browser, "").await;
    let mut other = browser_of(&t, &["alice"]).await;
    assert_eq!(other.get(&page.path).await.status, 400);
    assert_eq!(super::support::press(&mut other, &page, &[("decision", "everyone")]).await.status, 400);
    assert_eq!(people(&t, &mut other).await, ["alice"]);
    t.advance(usher_types::limits::INTERACTION);
    assert_eq!(browser.get(&page.path).await.status, 400);
    assert_eq!(super::support::press(&mut browser, &page, &[("decision", "sign-out")]).await.status, 400);
    assert_eq!(people(&t, &mut browser).await, ["alice"]);
}

#[tokio::test]
async fn an_answer_that_is_none_signs_nobody_out() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = question(&mut browser, "").await;
    let none: &[(&str, &str)] = &[];
    for fields in [none, &[("decision", "")], &[("decision", "yes")]] {
        browser.submit(&page, fields).await.page();
        assert_eq!(people(&t, &mut browser).await, ["alice"], "{fields:?}");
    }
}
