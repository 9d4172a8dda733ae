//! Access tokens: JWTs by RFC 9068, and opaque ones that only this server can read.

use super::support::{members, part, refresh_token};
use usher_test::TestServer;
use usher_types::Span;

const API: &str = "https://orders.test";

#[tokio::test]
async fn a_jwt_says_what_rfc_9068_wants_and_nothing_else() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid email").await;
    let header = part(&tokens.access, 0);
    assert_eq!(members(&header), ["alg", "kid", "typ"]);
    assert_eq!(header["typ"], "at+jwt");
    let claims = web.verify(&tokens.access, &t.issuer()).await;
    assert_eq!(
        members(&claims),
        ["acr", "amr", "aud", "auth_time", "client_id", "exp", "gid", "iat", "iss", "jti", "scope", "sub"]
    );
    assert_eq!(claims["iss"], t.issuer());
    assert_eq!(claims["client_id"], "web");
    assert_eq!(claims["scope"], "openid email");
    assert_eq!(claims["acr"], "urn:usher:acr:one-factor");
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    assert_eq!(claims["sub"], part(tokens.id.as_deref().unwrap(), 1)["sub"]);
}

#[tokio::test]
async fn no_two_tokens_have_one_jti_or_one_grant() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let first = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let renewed = web.refresh(refresh_token(&first)).await.tokens();
    let second = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let [a, b, c] = [&first, &renewed, &second].map(|tokens| part(&tokens.access, 1));
    assert!(a["jti"] != b["jti"] && b["jti"] != c["jti"] && a["jti"] != c["jti"]);
    assert_eq!(a["gid"], b["gid"]);
    assert_ne!(a["gid"], c["gid"]);
}

#[tokio::test]
async fn the_audience_is_the_api_of_the_scopes_and_the_issuer_where_userinfo_can_be_asked() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    for (scope, audience) in [
        ("openid", serde_json::json!(t.issuer())),
        ("email", serde_json::json!(t.issuer())),
        ("orders", serde_json::json!(API)),
        ("orders email", serde_json::json!([API, t.issuer()])),
        ("openid orders", serde_json::json!([API, t.issuer()])),
    ] {
        let tokens = web.sign_in(&mut browser, "alice", scope).await;
        assert_eq!(part(&tokens.access, 1)["aud"], audience, "{scope}");
    }
}

#[tokio::test]
async fn the_life_of_access_tokens_is_a_setting_of_the_application() {
    for format in ["jwt", "opaque"] {
        let settings = format!("access_token_lifetime = 90\naccess_token_format = \"{format}\"");
        let t = TestServer::builder().application("web", &settings).start().await;
        let web = t.application("web");
        let tokens = web.sign_in(&mut t.browser(), "alice", "openid").await;
        assert_eq!(tokens.answer["expires_in"], 90);
        t.advance(Span::seconds(88));
        assert!(web.is_active(&tokens.access).await, "{format}");
        assert_eq!(web.userinfo(&tokens.access).await.status, 200);
        t.advance(Span::seconds(2));
        assert!(!web.is_active(&tokens.access).await, "{format}");
        assert_eq!(web.userinfo(&tokens.access).await.status, 401);
    }
}

#[tokio::test]
async fn an_opaque_token_reads_as_nothing_and_does_what_a_jwt_does() {
    let t = TestServer::builder().application("web", "access_token_format = \"opaque\"").start().await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid email orders offline_access").await;
    let (id, secret) = tokens.access.split_once('.').unwrap();
    assert_eq!((id.len(), secret.len()), (22, 43), "an id and 256 bits");
    assert_eq!(web.userinfo(&tokens.access).await.json()["email"], "alice@example.com");
    let seen = t.application("api").introspect(&tokens.access).await;
    assert_eq!(seen["active"], true);
    assert_eq!(seen["aud"], serde_json::json!([API, t.issuer()]));
    assert_eq!(seen["sub"], part(tokens.id.as_deref().unwrap(), 1)["sub"]);
    let renewed = web.refresh(refresh_token(&tokens)).await.tokens();
    assert_ne!(renewed.access, tokens.access);
    assert!(web.is_active(&tokens.access).await && web.is_active(&renewed.access).await);
    assert_eq!(web.revoke(&renewed.access).await.status, 200);
    assert!(!web.is_active(&tokens.access).await && !web.is_active(&renewed.access).await);
}

#[tokio::test]
async fn the_format_is_the_applications_own() {
    let t = TestServer::builder().application("post", "access_token_format = \"opaque\"").start().await;
    let mut browser = t.browser();
    let opaque = t.application("post").sign_in(&mut browser, "alice", "openid").await;
    let jwt = t.application("web").sign_in(&mut browser, "alice", "openid").await;
    assert_eq!(opaque.access.matches('.').count(), 1);
    assert_eq!(jwt.access.matches('.').count(), 2);
}
