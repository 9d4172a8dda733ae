//! Token introspection (RFC 7662): who may ask about which token, and what they learn.

use super::support::{basic, id_token, members, offline, part, post, refresh_token};
use http::StatusCode;
use usher_test::{Application, TestServer};
use usher_types::Span;

const PATH: &str = "/oidc/token/introspection";

/// That the answer is exactly `{"active":false}`, whatever the reason.
async fn assert_inactive(caller: &Application, token: &str) {
    let answer = caller.post(PATH, &[("token", token)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.text(), r#"{"active":false}"#, "{}", caller.client_id);
}

#[tokio::test]
async fn a_living_access_token_is_described_to_its_own_application() {
    for format in ["jwt", "opaque"] {
        let t = TestServer::builder()
            .application("web", &format!("access_token_format = \"{format}\""))
            .start()
            .await;
        let web = t.application("web");
        let tokens = web.sign_in(&mut t.browser(), "alice", "openid email").await;
        let answer = web.post(PATH, &[("token", &tokens.access)]).await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        let seen = answer.json();
        assert_eq!(
            members(&seen),
            [
                "acr",
                "active",
                "aud",
                "auth_time",
                "client_id",
                "exp",
                "iat",
                "iss",
                "jti",
                "scope",
                "sub",
                "token_type"
            ]
        );
        assert_eq!(seen["iss"], t.issuer());
        assert_eq!(seen["client_id"], "web");
        assert_eq!(seen["scope"], "openid email");
        assert_eq!(seen["token_type"], "Bearer");
        assert_eq!(seen["sub"], part(id_token(&tokens), 1)["sub"]);
        assert_eq!(seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap(), 600);
    }
}

#[tokio::test]
async fn an_api_sees_the_tokens_that_name_it_and_no_others() {
    for format in ["jwt", "opaque"] {
        let t = TestServer::builder()
            .application("web", &format!("access_token_format = \"{format}\""))
            .start()
            .await;
        let (web, api, mut browser) = (t.application("web"), t.application("api"), t.browser());
        let for_api = web.sign_in(&mut browser, "alice", "openid orders").await;
        let not_for_api = web.sign_in(&mut browser, "alice", "openid email").await;
        assert!(api.is_active(&for_api.access).await);
        assert_inactive(&api, &not_for_api.access).await;
        for stranger in ["post", "first-party"] {
            assert_inactive(&t.application(stranger), &for_api.access).await;
            assert_inactive(&t.application(stranger), &not_for_api.access).await;
        }
        assert_inactive(&t.application_of("staff", "web"), &for_api.access).await;
    }
}

#[tokio::test]
async fn public_and_unknown_callers_learn_nothing() {
    let t = TestServer::start().await;
    let spa = t.application("spa");
    let tokens = spa.sign_in(&mut t.browser(), "alice", "openid").await;
    spa.post(PATH, &[("token", &tokens.access)]).await.refused("invalid_client");
    post(&t, PATH, &[], &[("token", &tokens.access)]).await.refused("invalid_client");
    let bearer = format!("Bearer {}", tokens.access);
    post(&t, PATH, &[("authorization", &bearer)], &[("token", &tokens.access)])
        .await
        .refused("invalid_client");
    let wrong = basic("api", "another-secret-0123456789-0123456789-0123456789");
    post(&t, PATH, &[("authorization", &wrong)], &[("token", &tokens.access)])
        .await
        .refused("invalid_client");
    t.application("web").post(PATH, &[]).await.refused("invalid_request");
}

#[tokio::test]
async fn a_refresh_token_is_shown_to_its_own_application_while_it_is_the_current_one() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let first = web.sign_in(&mut t.browser(), "alice", "openid orders offline_access").await;
    let seen = web.introspect(refresh_token(&first)).await;
    assert_eq!(seen["active"], true);
    assert_eq!(seen["client_id"], "web");
    assert_eq!(seen["scope"], "openid orders offline_access");
    assert_eq!(seen["sub"], part(id_token(&first), 1)["sub"]);
    assert_eq!(seen["exp"].as_i64().unwrap() - seen["iat"].as_i64().unwrap(), 30 * 86_400);
    assert!(seen.get("token_type").is_none(), "a refresh token is no bearer token for resources");
    assert_inactive(&t.application("api"), refresh_token(&first)).await;
    assert_inactive(&t.application("post"), refresh_token(&first)).await;
    let second = web.refresh(refresh_token(&first)).await.tokens();
    assert_inactive(&web, refresh_token(&first)).await;
    assert!(web.is_active(refresh_token(&second)).await);
    t.advance(Span::days(30));
    assert_inactive(&web, refresh_token(&second)).await;
}

#[tokio::test]
async fn id_tokens_and_what_is_no_token_are_inactive() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = offline(&web, &mut t.browser()).await;
    for wrong in [id_token(&tokens), "x", "a.b", "a.b.c", "....", " ", &"x".repeat(20_000), &"A".repeat(70)] {
        assert_inactive(&web, wrong).await;
    }
}

#[tokio::test]
async fn a_hint_changes_nothing() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = offline(&web, &mut t.browser()).await;
    for token in [&tokens.access, refresh_token(&tokens)] {
        for hint in ["access_token", "refresh_token", "id_token", "nonsense"] {
            let answer = web.post(PATH, &[("token", token), ("token_type_hint", hint)]).await;
            assert_eq!(answer.json()["active"], true, "{hint}");
        }
    }
    let twice = [("token", tokens.access.as_str()), ("token", tokens.access.as_str())];
    web.post(PATH, &twice).await.refused("invalid_request");
}

#[tokio::test]
async fn expired_and_revoked_tokens_are_inactive_for_everybody() {
    let t = TestServer::start().await;
    let (web, api, mut browser) = (t.application("web"), t.application("api"), t.browser());
    let revoked = web.sign_in(&mut browser, "alice", "openid orders").await;
    assert!(api.is_active(&revoked.access).await);
    web.revoke(&revoked.access).await;
    let expired = web.sign_in(&mut browser, "alice", "openid orders").await;
    t.advance(Span::minutes(10));
    for caller in [&web, &api] {
        assert_inactive(caller, &revoked.access).await;
        assert_inactive(caller, &expired.access).await;
    }
}
