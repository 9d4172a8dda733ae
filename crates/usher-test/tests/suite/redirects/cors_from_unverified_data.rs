//! Attack class "CORS reflected from unverified data": an origin is echoed only where it is that of a registered callback of a public
//! application of the pool (Fetch §3.2), and never with credentials.

use super::request;
use http::Request;
use http_body_util::Full;
use usher_test::{Answer, TestServer};
use usher_types::opaque::base64url;

/// The endpoints that scripts of public applications ask, and a method of each.
const FOR_APPLICATIONS: [(&str, &str); 4] =
    [("POST", "/oidc/token"), ("GET", "/oidc/me"), ("POST", "/oidc/me"), ("POST", "/oidc/token/revocation")];

const STRANGERS: [&str; 26] = [
    "https://evil.test",
    "null",
    "",
    "*",
    "https://spa.test/",
    "https://spa.test/cb",
    "https://SPA.test",
    "HTTPS://spa.test",
    "http://spa.test",
    "https://spa.test:443",
    "https://spa.test:8443",
    "https://spa.test.",
    "https://spa.test.evil.test",
    "https://evilspa.test",
    "https://a.spa.test",
    "https://spa.test@evil.test",
    "https://evil.test#https://spa.test",
    "https://spa.test, https://evil.test",
    "https://spa.test https://evil.test",
    "//spa.test",
    "spa.test",
    "https://web.test",
    "https://post.test",
    "https://own.test",
    "com.example.notes:",
    "file://",
];

#[track_caller]
fn is_closed(answer: &Answer, what: &str) {
    for name in
        ["access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers"]
    {
        assert!(!answer.headers.contains_key(name), "{what}: {name}");
    }
}

#[tokio::test]
async fn a_public_applications_own_page_may_read_answers_and_refusals() {
    let t = TestServer::start().await;
    for origin in ["https://spa.test", "http://127.0.0.1", "http://[::1]"] {
        for (method, path) in FOR_APPLICATIONS {
            for method in [method, "OPTIONS", "PUT"] {
                let answer = request(&t, method, path, &[("origin", origin)]).await;
                assert_eq!(answer.header("access-control-allow-origin"), origin, "{method} {path}");
                assert!(answer.header("vary").to_lowercase().contains("origin"), "{method} {path}");
                assert!(!answer.headers.contains_key("access-control-allow-credentials"));
            }
        }
    }
    let spa = t.application("spa");
    let tokens = spa.sign_in(&mut t.browser(), "alice", "openid email").await;
    let headers = [("origin", "https://spa.test"), ("authorization", &format!("Bearer {}", tokens.access))];
    let answer = request(&t, "GET", "/oidc/me", &headers).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("access-control-allow-origin")),
        (200, "https://spa.test")
    );
}

#[tokio::test]
async fn no_other_origin_is_echoed_in_any_spelling() {
    let t = TestServer::start().await;
    for origin in STRANGERS {
        for (method, path) in FOR_APPLICATIONS {
            for method in [method, "OPTIONS"] {
                let answer = request(&t, method, path, &[("origin", origin)]).await;
                is_closed(&answer, &format!("{method} {path} from {origin:?}"));
                // A cache must not give this answer to an origin that may read it, nor the other way round.
                assert!(answer.header("vary").to_lowercase().contains("origin"), "{method} {path}");
            }
        }
    }
    for (method, path) in FOR_APPLICATIONS {
        assert!(request(&t, method, path, &[]).await.header("vary").to_lowercase().contains("origin"));
        let twice = Request::builder()
            .method(method)
            .uri(path)
            .header("origin", "https://evil.test")
            .header("origin", "https://spa.test");
        let answer = t.browser().exchange(twice.body(Full::default()).unwrap()).await;
        assert!(
            !answer.headers.get_all("access-control-allow-origin").iter().any(|o| o == "https://evil.test")
        );
    }
}

#[tokio::test]
async fn a_public_applications_origin_counts_in_its_own_pool_only() {
    let t = TestServer::start().await;
    for (method, path) in FOR_APPLICATIONS {
        is_closed(
            &request(&t, method, &format!("/staff{path}"), &[("origin", "https://spa.test")]).await,
            path,
        );
    }
}

#[tokio::test]
async fn what_a_forged_token_says_opens_nothing() {
    let t = TestServer::start().await;
    let evil = "https://evil.test";
    let claims = serde_json::json!({ "iss": t.issuer(), "sub": evil, "aud": [t.issuer(), evil], "azp": evil, "client_id": evil, "allowed-origins": [evil] });
    let good = t.application("web").sign_in(&mut t.browser(), "alice", "openid").await.access;
    let signature = good.rsplit('.').next().unwrap();
    let header = good.split('.').next().unwrap();
    for token in [
        format!("{header}.{}.{signature}", base64url(claims.to_string().as_bytes())),
        format!(
            "{}.{}.",
            base64url(br#"{"alg":"none","typ":"at+jwt"}"#),
            base64url(claims.to_string().as_bytes())
        ),
    ] {
        let bearer = format!("Bearer {token}");
        let answer = request(&t, "GET", "/oidc/me", &[("origin", evil), ("authorization", &bearer)]).await;
        assert_eq!(answer.status, 401);
        is_closed(&answer, "a forged token");
    }
    // Nor does a good token of a confidential application open its origin.
    let answer = request(
        &t,
        "GET",
        "/oidc/me",
        &[("origin", "https://web.test"), ("authorization", &format!("Bearer {good}"))],
    )
    .await;
    assert_eq!(answer.status, 200);
    is_closed(&answer, "a confidential application");
}

#[tokio::test]
async fn pages_and_introspection_are_read_by_no_script_of_another_origin() {
    let t = TestServer::start().await;
    for (method, path) in [
        ("GET", "/oidc/auth"),
        ("POST", "/oidc/auth"),
        ("GET", "/oidc/auth/resume"),
        ("GET", "/oidc/session/end"),
        ("POST", "/oidc/token/introspection"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/consent"),
        ("GET", "/choose-account"),
        ("GET", "/sign-out"),
        ("GET", "/signed-out"),
        ("GET", "/application/logo?client_id=web"),
        ("GET", "/application/style.css?client_id=web"),
        ("GET", "/nothing"),
    ] {
        for origin in ["https://spa.test", "https://evil.test", "null"] {
            is_closed(&request(&t, method, path, &[("origin", origin)]).await, path);
            is_closed(
                &request(
                    &t,
                    "OPTIONS",
                    path,
                    &[("origin", origin), ("access-control-request-method", method)],
                )
                .await,
                path,
            );
        }
    }
}
