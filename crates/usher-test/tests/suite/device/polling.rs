//! Polls (RFC 8628 §3.4, §3.5): what each is told, how often they may come, and what the device is given in the end.

use super::support::{GRANT, allow, ask, builder, consent, decide, poll, poll_later, server};
use serde_json::Value;
use usher_store::Engine;
use usher_test::TestServer;
use usher_types::Span;

async fn a_device_polls_until_a_person_has_allowed_it_and_gets_tokens_once(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid profile films").await;
    poll(&tv, &asked).await.refused("authorization_pending");
    poll_later(&t, &tv, &asked).await.refused("authorization_pending");
    allow(&mut t.browser(), &asked, "alice").await;
    let tokens = poll_later(&t, &tv, &asked).await.tokens();
    assert_eq!(tokens.answer["scope"], "openid profile films");
    assert_eq!(tv.userinfo(&tokens.access).await.json()["name"], "Alice Arden");
    let claims = tv.verify(tokens.id.as_deref().unwrap(), "tv").await;
    assert_eq!(claims["sub"], tv.userinfo(&tokens.access).await.json()["sub"]);
    assert!(claims["auth_time"].is_i64() && claims["sid"].is_string());
    assert_eq!((&claims["nonce"], tokens.refresh), (&Value::Null, None));
    // Once more is a theft, or a device that lost its answer: either way nothing lives on.
    poll_later(&t, &tv, &asked).await.refused("invalid_grant");
    assert_eq!(tv.userinfo(&tokens.access).await.status, 401);
}

async fn a_person_who_refuses_is_told_and_so_is_the_device(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    let last = decide(&mut browser, &page, "deny").await;
    assert!(last.has("#device-done") && last.words().contains("Nothing was allowed"));
    for _ in 0..2 {
        poll_later(&t, &tv, &asked).await.refused("access_denied");
    }
}

async fn a_device_that_polls_too_fast_has_to_wait_five_seconds_longer_each_time(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    poll(&tv, &asked).await.refused("authorization_pending");
    // The pause is 5 seconds, then 10, then 15; and stays so.
    for (wait, told) in [
        (4, "slow_down"),
        (9, "slow_down"),
        (14, "slow_down"),
        (20, "authorization_pending"),
        (19, "slow_down"),
        (25, "authorization_pending"),
        (25, "authorization_pending"),
    ] {
        t.advance(Span::seconds(wait));
        poll(&tv, &asked).await.refused(told);
    }
    // Whoever has permission is not sent away for its haste.
    allow(&mut t.browser(), &asked, "alice").await;
    poll(&tv, &asked).await.tokens();
}

async fn after_its_time_a_code_has_expired_whatever_the_answer_was(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let (unanswered, allowed, denied) =
        (ask(&tv, "openid").await, ask(&tv, "openid").await, ask(&tv, "openid").await);
    let mut browser = t.browser();
    allow(&mut browser, &allowed, "alice").await;
    let page = consent(&mut browser, &denied.user_code, "alice").await;
    decide(&mut browser, &page, "deny").await;
    t.advance(Span::minutes(10));
    for asked in [&unanswered, &allowed, &denied] {
        poll(&tv, asked).await.refused("expired_token");
    }
    t.advance(Span::minutes(16));
    t.app.sweep(usher_types::Clock::now(&*t.clock)).await.unwrap();
    for asked in [&unanswered, &allowed, &denied] {
        poll(&tv, asked).await.refused("invalid_grant");
    }
}

async fn a_code_is_its_own_applications_and_a_stranger_with_it_changes_nothing(engine: Engine) {
    let t = server(engine).await;
    let (tv, printer, boxed) = (t.application("tv"), t.application("printer"), t.application("box"));
    let asked = ask(&tv, "openid").await;
    for other in [&printer, &boxed] {
        poll(other, &asked).await.refused("invalid_grant");
    }
    allow(&mut t.browser(), &asked, "alice").await;
    for other in [&printer, &boxed] {
        poll(other, &asked).await.refused("invalid_grant");
    }
    poll(&tv, &asked).await.tokens();
}

on_both_engines! {
    a_person_who_refuses_is_told_and_so_is_the_device
    after_its_time_a_code_has_expired_whatever_the_answer_was
}

everywhere! {
    a_device_polls_until_a_person_has_allowed_it_and_gets_tokens_once
    a_device_that_polls_too_fast_has_to_wait_five_seconds_longer_each_time
    a_code_is_its_own_applications_and_a_stranger_with_it_changes_nothing
}

/// Attack class 21: what a device asks for beyond what was allowed.
mod scope_growth {
    use super::*;

    #[tokio::test]
    async fn a_device_gets_what_its_application_may_have_and_what_was_allowed_and_no_more() {
        let t = server(Engine::Sqlite).await;
        let tv = t.application("tv");
        let asked = ask(&tv, "openid email phone films orders nonsense").await;
        allow(&mut t.browser(), &asked, "alice").await;
        let fields = [
            ("grant_type", GRANT),
            ("device_code", asked.device_code.as_str()),
            ("scope", "openid profile email offline_access"),
        ];
        let tokens = tv.post("/oidc/token", &fields).await.tokens();
        assert_eq!(tokens.answer["scope"], "openid films");
        assert_eq!(tokens.refresh, None);
        assert_eq!(tv.userinfo(&tokens.access).await.json()["email"], Value::Null);
    }

    #[tokio::test]
    async fn what_the_application_may_no_longer_have_it_does_not_get() {
        let mut t = server(Engine::Sqlite).await;
        let tv = t.application("tv");
        let asked = ask(&tv, "openid profile films").await;
        allow(&mut t.browser(), &asked, "alice").await;
        t.reseed("scope = \"openid profile offline_access\"", "scope = \"openid\"").await;
        assert_eq!(poll(&tv, &asked).await.tokens().answer["scope"], "openid films");
    }

    #[tokio::test]
    async fn a_device_without_openid_gets_an_access_token_and_nothing_else() {
        let t = server(Engine::Sqlite).await;
        let tv = t.application("tv");
        let asked = ask(&tv, "films").await;
        allow(&mut t.browser(), &asked, "alice").await;
        let tokens = poll(&tv, &asked).await.tokens();
        assert_eq!((tokens.id, tokens.refresh), (None, None));
    }
}

#[tokio::test]
async fn a_refresh_token_is_given_where_it_was_asked_for_and_allowed_and_the_grant_is_on() {
    let t = server(Engine::Sqlite).await;
    for (app, given) in [("tv", true), ("box", true), ("printer", false)] {
        let app = t.application(app);
        let asked = ask(&app, "openid offline_access").await;
        allow(&mut t.browser(), &asked, "alice").await;
        let tokens = poll(&app, &asked).await.tokens();
        assert_eq!(tokens.refresh.is_some(), given, "{}", tokens.answer);
        let scope = if given { "openid offline_access" } else { "openid" };
        assert_eq!(tokens.answer["scope"], scope, "what is said is what is given");
        if let Some(refresh) = tokens.refresh {
            app.refresh(&refresh).await.tokens();
            // A code that comes back ends this, too.
            poll(&app, &asked).await.refused("invalid_grant");
            app.refresh(&refresh).await.refused("invalid_grant");
        }
    }
}

#[tokio::test]
async fn a_grant_that_was_switched_off_meanwhile_gives_nothing() {
    let mut t = builder().start().await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    allow(&mut t.browser(), &asked, "alice").await;
    let on = format!("grant_types = [\"{GRANT}\", \"refresh_token\"]\nscope");
    t.reseed(&on, "grant_types = [\"refresh_token\"]\nscope").await;
    poll(&tv, &asked).await.refused("unauthorized_client");
}

#[tokio::test]
async fn a_poll_costs_one_read_and_one_batch() {
    let t: TestServer = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    let counts = |before: usher_store::Counts| {
        let now = t.app.store.counts();
        (now.reads - before.reads, now.batches - before.batches)
    };
    let before = t.app.store.counts();
    poll(&tv, &asked).await.refused("authorization_pending");
    assert_eq!(counts(before), (1, 1));
    allow(&mut t.browser(), &asked, "alice").await;
    let before = t.app.store.counts();
    poll(&tv, &asked).await.tokens();
    assert_eq!(counts(before), (1, 1));
}
