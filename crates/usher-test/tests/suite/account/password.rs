//! A person's own password: what it takes to change it, and what ends when it is done.

use super::support::{at_home, browser_of, recorded, send, sign_in, visit};
use usher_test::{Browser, PASSWORD, Page, TestServer};
use usher_types::page::AccountPlace;
use usher_types::{Endpoint, limits};

const NEW: &str = "an entirely new pass phrase";

async fn change(browser: &mut Browser, page: &Page, present: &str, new: &str, again: &str) -> Page {
    let fields = [("password", present), ("new_password", new), ("new_password_again", again)];
    let answer = send(browser, page, Endpoint::AccountPassword, &fields).await;
    browser.follow("", answer).await.page()
}

async fn a_new_password_ends_everything_else(t: TestServer) {
    let web = t.application("web");
    let mut there = browser_of(&t, "alice").await;
    let lasting = web.sign_in(&mut there, "alice", "openid offline_access").await;
    let mut here = browser_of(&t, "alice").await;
    let mine = web.sign_in(&mut here, "alice", "openid").await;
    let before = here.clone();
    let page = visit(&mut here, AccountPlace::Password).await;
    let page = at_home(change(&mut here, &page, PASSWORD, NEW, NEW).await);
    assert!(page.has("#notice.good"), "{}", page.answer.text());
    assert!(there.open("/account").await.page().has("button#sign-in"));
    web.refresh(&lasting.refresh.unwrap()).await.refused("invalid_grant");
    assert!(!web.is_active(&mine.access).await && !web.is_active(&lasting.access).await);
    // The browser has another secret; whoever had the former has nothing.
    assert_ne!(before.cookies, here.cookies);
    let mut former = before;
    assert!(former.open("/account").await.page().has("button#sign-in"));
    visit(&mut here, AccountPlace::Overview).await;
    let mut anew = t.browser();
    let page = anew.open("/account").await.page();
    let page = anew.submit(&page, &[("identifier", "alice"), ("password", PASSWORD)]).await.page();
    assert!(page.has("#problem"));
    at_home(anew.submit(&page, &[("identifier", "alice"), ("password", NEW)]).await.page());
    assert_eq!(recorded(&t, "password_changed").await, 1);
}
both_engines!(
    a_new_password_ends_everything_else_on_sqlite,
    a_new_password_ends_everything_else_on_postgres,
    a_new_password_ends_everything_else
);

#[tokio::test]
async fn what_is_wrong_is_said_beside_its_field_and_nothing_changes() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Password).await;
    let too_long = "a".repeat(1025);
    for (present, new, again, field) in [
        ("", NEW, NEW, "password"),
        ("wrong", NEW, NEW, "password"),
        (PASSWORD, "short", "short", "new-password"),
        (PASSWORD, &too_long, &too_long, "new-password"),
        (PASSWORD, PASSWORD, PASSWORD, "new-password"),
        (PASSWORD, NEW, "another one entirely", "new-password-again"),
        (PASSWORD, NEW, "", "new-password-again"),
    ] {
        let page = at_home(change(&mut browser, &page, present, new, again).await);
        assert!(page.has("#problem[role=alert]"), "{present} {new}");
        assert!(page.has(&format!("#{field}[aria-invalid=true]")), "{field}: {}", page.answer.text());
        assert!(!page.has("input[type=password][value]"));
    }
    assert_eq!(recorded(&t, "password_changed").await, 0);
    sign_in(&mut t.browser(), "alice").await;
}

#[tokio::test]
async fn every_mistake_is_told_at_once_and_a_right_present_password_counts_as_no_wrong_try() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Password).await;
    for present in ["", "wrong"] {
        let page = at_home(change(&mut browser, &page, present, "short", "another").await);
        for field in ["password", "new-password", "new-password-again"] {
            assert!(page.has(&format!("#{field}[aria-invalid=true]")), "{field}: {}", page.answer.text());
        }
    }
    for _ in 0..=limits::FAILURES_BY_ACCOUNT {
        let page = at_home(change(&mut browser, &page, PASSWORD, "short", "another").await);
        assert!(!page.has("#password[aria-invalid]") && page.has("#new-password[aria-invalid=true]"));
    }
    let page = at_home(change(&mut browser, &page, PASSWORD, NEW, NEW).await);
    assert!(page.has("#notice.good"), "{}", page.answer.text());
}

#[tokio::test]
async fn wrong_present_passwords_count_as_wrong_sign_ins_do() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Password).await;
    let fields = [("password", "wrong"), ("new_password", NEW), ("new_password_again", NEW)];
    for _ in 0..limits::FAILURES_BY_ACCOUNT {
        let answer = send(&mut browser, &page, Endpoint::AccountPassword, &fields).await;
        assert_eq!(answer.status, 200);
    }
    let fields = [("password", PASSWORD), ("new_password", NEW), ("new_password_again", NEW)];
    let answer = send(&mut browser, &page, Endpoint::AccountPassword, &fields).await;
    assert_eq!(answer.status, 429);
    assert!(answer.headers.contains_key("retry-after"));
    // The sign-in page has the same counter.
    let mut other = t.browser();
    let page = other.open("/account").await.page();
    let page = other.submit(&page, &[("identifier", "alice"), ("password", PASSWORD)]).await.page();
    assert_eq!(page.answer.status, 429);
}
