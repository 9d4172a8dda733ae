//! ID tokens (OpenID Connect Core §2, §3.1.3.6, §12.2): what they say at the code exchange and what a refresh keeps.

use super::support::{id_token, members, part, refresh_token};
use serde_json::json;
use usher_test::TestServer;
use usher_types::{Clock as _, Span};

#[tokio::test]
async fn an_id_token_says_who_signed_in_when_and_how() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let began = t.clock.now().seconds();
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid email profile").await;
    let header = part(id_token(&tokens), 0);
    assert_eq!(header["typ"], "JWT");
    let claims = web.verify(id_token(&tokens), "web").await;
    assert_eq!(
        members(&claims),
        ["acr", "amr", "at_hash", "aud", "auth_time", "azp", "exp", "iat", "iss", "nonce", "sid", "sub"],
        "OpenID Connect Core §5.4: what a scope yields comes from userinfo where there is an access token"
    );
    assert_eq!(claims["iss"], t.issuer());
    assert_eq!(claims["aud"], "web");
    assert_eq!(claims["azp"], "web");
    assert_eq!(claims["nonce"], "a nonce");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims["acr"], "urn:usher:acr:one-factor");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    assert_eq!(claims["auth_time"], began);
    assert_eq!(claims["iat"], began);
}

#[tokio::test]
async fn a_request_without_nonce_gets_a_token_without_one() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let callback = web.authorize(&mut t.browser(), "alice", &[("nonce", "")]).await;
    let tokens = web.exchange(callback.code()).await.tokens();
    assert!(part(id_token(&tokens), 1).get("nonce").is_none());
}

#[tokio::test]
async fn a_refresh_keeps_nonce_auth_time_and_sid_and_hashes_the_new_access_token() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let first = web.sign_in(&mut t.browser(), "alice", "openid offline_access").await;
    t.advance(Span::minutes(5));
    let second = web.refresh(refresh_token(&first)).await.tokens();
    let (before, after) = (part(id_token(&first), 1), web.verify(id_token(&second), "web").await);
    for kept in ["iss", "sub", "aud", "azp", "nonce", "auth_time", "sid", "acr", "amr"] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
    assert_eq!(after["iat"].as_i64().unwrap() - before["iat"].as_i64().unwrap(), 300);
    assert_ne!(before["at_hash"], after["at_hash"]);
}

#[tokio::test]
async fn sid_is_one_for_a_session_and_another_for_another_session() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    let web = t.application("web").sign_in(&mut browser, "alice", "openid").await;
    let post = t.application("post").sign_in(&mut browser, "alice", "openid").await;
    let elsewhere = t.application("web").sign_in(&mut t.browser(), "alice", "openid").await;
    let [a, b, c] = [&web, &post, &elsewhere].map(|tokens| part(id_token(tokens), 1)["sid"].clone());
    assert_eq!(a, b);
    assert_ne!(a, c);
}

#[tokio::test]
async fn auth_time_is_the_last_proof_not_the_request() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let first = part(id_token(&web.sign_in(&mut browser, "alice", "openid").await), 1);
    t.advance(Span::minutes(7));
    let silent = part(id_token(&web.sign_in(&mut browser, "alice", "openid").await), 1);
    assert_eq!(silent["auth_time"], first["auth_time"]);
    let callback = web.authorize(&mut browser, "alice", &[("prompt", "login")]).await;
    let proven = part(id_token(&web.exchange(callback.code()).await.tokens()), 1);
    assert_eq!(proven["auth_time"].as_i64().unwrap() - first["auth_time"].as_i64().unwrap(), 420);
    assert_eq!(proven["sid"], first["sid"]);
}

#[tokio::test]
async fn the_life_of_id_tokens_is_a_setting_of_the_application() {
    let t = TestServer::builder().application("web", "id_token_lifetime = 61").start().await;
    let tokens = t.application("web").sign_in(&mut t.browser(), "alice", "openid").await;
    let claims = part(id_token(&tokens), 1);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 61);
}

#[tokio::test]
async fn single_claims_of_the_request_stand_in_the_id_token_and_a_refresh_keeps_them() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let claims =
        json!({ "id_token": { "email": null, "family_name": { "essential": true }, "website": null } })
            .to_string();
    let changes = [("claims", claims.as_str()), ("scope", "openid offline_access"), ("prompt", "consent")];
    let callback = web.authorize(&mut t.browser(), "alice", &changes).await;
    let tokens = web.exchange(callback.code()).await.tokens();
    let renewed = web.refresh(refresh_token(&tokens)).await.tokens();
    for tokens in [&tokens, &renewed] {
        let said = part(id_token(tokens), 1);
        assert_eq!(said["email"], "alice@example.com");
        assert_eq!(said["family_name"], "Arden");
        assert!(said.get("website").is_none() && said.get("given_name").is_none());
    }
}
