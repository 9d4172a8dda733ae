//! Token revocation (RFC 7009): whichever token of a grant is revoked, all of it ends; and nobody else's.

use super::support::{id_token, offline, post, refresh_token};
use http::StatusCode;
use usher_test::{Answer, Application, TestServer, Tokens};

const PATH: &str = "/oidc/token/revocation";

#[track_caller]
fn assert_done(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.body.is_empty(), "RFC 7009 §2.2: the content of the response body is ignored");
}

async fn assert_alive(app: &Application, tokens: &Tokens) {
    assert_eq!(app.userinfo(&tokens.access).await.status, StatusCode::OK);
    if app.secret.is_some() {
        assert!(app.is_active(&tokens.access).await && app.is_active(refresh_token(tokens)).await);
    }
}

async fn assert_dead(app: &Application, tokens: &Tokens) {
    assert_eq!(app.userinfo(&tokens.access).await.status, StatusCode::UNAUTHORIZED);
    if app.secret.is_some() {
        assert!(!app.is_active(&tokens.access).await && !app.is_active(refresh_token(tokens)).await);
    }
    app.refresh(refresh_token(tokens)).await.refused("invalid_grant");
}

#[tokio::test]
async fn any_token_of_a_grant_ends_all_of_it() {
    for format in ["jwt", "opaque"] {
        let settings = format!("access_token_format = \"{format}\"");
        let t =
            TestServer::builder().application("web", &settings).application("spa", &settings).start().await;
        for id in ["web", "spa"] {
            let (app, mut browser) = (t.application(id), t.browser());
            let bystander = offline(&app, &mut browser).await;
            let by_access = offline(&app, &mut browser).await;
            assert_alive(&app, &by_access).await;
            assert_done(&app.revoke(&by_access.access).await);
            assert_dead(&app, &by_access).await;
            let by_refresh = offline(&app, &mut browser).await;
            assert_done(&app.revoke(refresh_token(&by_refresh)).await);
            assert_dead(&app, &by_refresh).await;
            // A spent refresh token still names its grant.
            let spent = offline(&app, &mut browser).await;
            let renewed = app.refresh(refresh_token(&spent)).await.tokens();
            assert_done(&app.revoke(refresh_token(&spent)).await);
            assert_dead(&app, &renewed).await;
            assert_alive(&app, &bystander).await;
        }
    }
}

#[tokio::test]
async fn what_is_no_token_is_done_already() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = offline(&web, &mut t.browser()).await;
    for unknown in ["x", "a.b.c", id_token(&tokens), &"A".repeat(70), &"x".repeat(20_000)] {
        assert_done(&web.revoke(unknown).await);
    }
    assert_alive(&web, &tokens).await;
    web.post(PATH, &[]).await.refused("invalid_request");
    assert_done(&web.revoke(&tokens.access).await);
    assert_done(&web.revoke(&tokens.access).await);
    assert_done(&web.revoke(refresh_token(&tokens)).await);
}

#[tokio::test]
async fn nobody_revokes_what_is_not_theirs() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid orders offline_access").await;
    for other in ["post", "spa", "first-party", "api"] {
        for token in [&tokens.access, refresh_token(&tokens)] {
            t.application(other).revoke(token).await.refused("invalid_grant");
        }
    }
    // Another pool knows nothing of it.
    assert_done(&t.application_of("staff", "web").revoke(&tokens.access).await);
    assert_done(&t.application_of("staff", "web").revoke(refresh_token(&tokens)).await);
    post(&t, PATH, &[], &[("token", &tokens.access)]).await.refused("invalid_client");
    assert_alive(&web, &tokens).await;
}

#[tokio::test]
async fn a_hint_changes_nothing() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    for hint in ["access_token", "refresh_token", "nonsense"] {
        let tokens = offline(&web, &mut browser).await;
        assert_done(&web.post(PATH, &[("token", refresh_token(&tokens)), ("token_type_hint", hint)]).await);
        assert_dead(&web, &tokens).await;
        let tokens = offline(&web, &mut browser).await;
        assert_done(&web.post(PATH, &[("token", &tokens.access), ("token_type_hint", hint)]).await);
        assert_dead(&web, &tokens).await;
    }
}
