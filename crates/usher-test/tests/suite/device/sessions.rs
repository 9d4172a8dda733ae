//! What a device's grant hangs on: the person, and the session in which it was allowed, unless it was allowed to outlive that.

use super::support::{allow, ask, browser_of, consent, decide, number, poll, server};
use usher_store::Engine;
use usher_test::{Browser, TestServer};

/// Everybody in a browser signs out.
async fn sign_out(browser: &mut Browser) {
    let page = browser.open("/oidc/session/end").await.page();
    let last = browser.submit(&page, &[("decision", "everyone")]).await.page();
    assert!(last.has("#signed-out"), "{}", last.answer.text());
}

/// Attack class 54: an approval from a session that has ended is none.
async fn a_session_that_has_ended_allows_nothing(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    let before = browser.clone();
    sign_out(&mut browser).await;
    for mut there in [browser, before] {
        let last = decide(&mut there, &page, "allow").await;
        assert!(!last.has("#device-done"), "{}", last.words());
    }
    poll(&tv, &asked).await.refused("authorization_pending");
    assert_eq!(number(&t, "SELECT COUNT(*) FROM audit WHERE event LIKE 'device_%'").await, 0);
}

async fn a_sign_out_between_answer_and_poll_takes_back_what_was_to_end_with_the_session(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    for (scope, outlives) in [("openid", false), ("openid offline_access", true)] {
        let (asked, mut browser) = (ask(&tv, scope).await, t.browser());
        allow(&mut browser, &asked, "alice").await;
        sign_out(&mut browser).await;
        let answer = poll(&tv, &asked).await;
        if outlives {
            let tokens = answer.tokens();
            assert_eq!(tv.userinfo(&tokens.access).await.status, 200);
            tv.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
        } else {
            answer.refused("invalid_grant");
        }
    }
}

async fn a_sign_out_after_the_poll_ends_what_was_to_end_with_the_session(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    for (scope, outlives) in [("openid", false), ("openid offline_access", true)] {
        let (asked, mut browser) = (ask(&tv, scope).await, t.browser());
        allow(&mut browser, &asked, "alice").await;
        let tokens = poll(&tv, &asked).await.tokens();
        assert_eq!(tv.userinfo(&tokens.access).await.status, 200);
        sign_out(&mut browser).await;
        assert_eq!(tv.userinfo(&tokens.access).await.status, if outlives { 200 } else { 401 }, "{scope}");
    }
}

/// Attack class 20: disabling somebody reaches what they allowed a device, before and after its poll.
async fn a_person_who_is_disabled_has_allowed_nothing(engine: Engine) {
    let mut t: TestServer = server(engine).await;
    let tv = t.application("tv");
    let mut browser = browser_of(&t, &["alice"]).await;
    let (taken, waiting, open) = (
        ask(&tv, "openid offline_access").await,
        ask(&tv, "openid offline_access").await,
        ask(&tv, "openid offline_access").await,
    );
    allow(&mut browser, &taken, "alice").await;
    allow(&mut browser, &waiting, "alice").await;
    let tokens = poll(&tv, &taken).await.tokens();
    let page = consent(&mut browser, &open.user_code, "alice").await;
    t.disable_user("alice").await;
    poll(&tv, &waiting).await.refused("expired_token");
    tv.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    assert_eq!(tv.userinfo(&tokens.access).await.status, 401);
    assert!(!decide(&mut browser, &page, "allow").await.has("#device-done"));
    poll(&tv, &open).await.refused("authorization_pending");
    // What has ended stays ended when they may sign in again.
    t.reseed("username = \"alice\"\nenabled = false\n", "username = \"alice\"\n").await;
    poll(&tv, &waiting).await.refused("expired_token");
    tv.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
}

on_both_engines! {
    a_session_that_has_ended_allows_nothing
    a_sign_out_between_answer_and_poll_takes_back_what_was_to_end_with_the_session
    a_sign_out_after_the_poll_ends_what_was_to_end_with_the_session
    a_person_who_is_disabled_has_allowed_nothing
}
