//! Methods: each endpoint answers its own, HEAD where a GET changes nothing, and names them where it refuses (RFC 9110 §15.5.6).

use super::{page, request};
use usher_test::TestServer;
use usher_types::Endpoint;
use usher_types::endpoint::Cors;

fn path(endpoint: Endpoint) -> String {
    match endpoint {
        Endpoint::AuthorizationServerMetadata => format!("{}/oidc", endpoint.path()),
        other => other.path().to_owned(),
    }
}

/// What Allow names: the endpoint's own methods, and HEAD where it is answered.
fn all_methods(endpoint: Endpoint) -> Vec<&'static str> {
    let mut methods = endpoint.methods().to_vec();
    methods.extend(endpoint.answers_head().then_some("HEAD"));
    methods
}

#[tokio::test]
async fn other_methods_are_refused_and_the_right_ones_named() {
    let t = TestServer::start().await;
    for endpoint in Endpoint::ALL {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "FOO"] {
            if endpoint.methods().contains(&method) {
                continue;
            }
            let answer = request(&t, method, &path(endpoint), &[]).await;
            assert_eq!(answer.status, 405, "{method} {endpoint:?}");
            let allowed: Vec<&str> = answer.header("allow").split(", ").collect();
            assert_eq!(allowed, all_methods(endpoint), "{method} {endpoint:?}");
            // Programs get JSON, people a page.
            let error = if endpoint.is_for_programs() {
                answer.json()["error"].as_str().unwrap_or_default().to_owned()
            } else {
                page(&answer).error()
            };
            assert_eq!(error, "invalid_request", "{method} {endpoint:?}");
        }
    }
}

#[tokio::test]
async fn head_is_answered_where_a_get_changes_nothing_and_nowhere_else() {
    let t = TestServer::start().await;
    for endpoint in Endpoint::ALL {
        let head = request(&t, "HEAD", &path(endpoint), &[]).await;
        assert!(head.body.is_empty(), "{endpoint:?}");
        let is_read = matches!(
            endpoint,
            Endpoint::Discovery
                | Endpoint::AuthorizationServerMetadata
                | Endpoint::Jwks
                | Endpoint::DeviceQr
                | Endpoint::SignedOut
                | Endpoint::ApplicationLogo
                | Endpoint::ApplicationStyle
                | Endpoint::Advisor
                | Endpoint::AdvisorApi
                | Endpoint::Style
                | Endpoint::Icon
                | Endpoint::Health
                | Endpoint::Ready
        );
        let expected =
            if is_read { request(&t, "GET", &path(endpoint), &[]).await.status.as_u16() } else { 405 };
        assert_eq!(head.status, expected, "{endpoint:?}");
    }
}

#[tokio::test]
async fn options_is_answered_to_scripts_that_may_ask_and_refused_with_the_methods_elsewhere() {
    let t = TestServer::start().await;
    for endpoint in Endpoint::ALL {
        let answer = request(
            &t,
            "OPTIONS",
            &path(endpoint),
            &[("origin", "https://spa.test"), ("access-control-request-method", "POST")],
        )
        .await;
        match endpoint.cors() {
            Cors::Nobody => {
                assert_eq!(answer.status, 405, "{endpoint:?}");
                // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
                let allowed: Vec<&str> = answer.header("allow").split(", ").collect();
                assert_eq!(allowed, all_methods(endpoint), "{endpoint:?}");
                assert!(!answer.headers.contains_key("access-control-allow-origin"));
            }
            Cors::Anyone | Cors::PublicApplications => {
                assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0), "{endpoint:?}");
                let methods: Vec<&str> = answer.header("access-control-allow-methods").split(", ").collect();
                assert_eq!(methods, endpoint.methods(), "{endpoint:?}");
                let headers = answer.header("access-control-allow-headers");
                assert!(
                    headers.contains("authorization")
                        && headers.contains("content-type")
                        && !headers.contains('*'),
                    "{headers}"
                );
                assert!(!answer.headers.contains_key("access-control-allow-credentials"));
                assert!(answer.headers.contains_key("access-control-max-age"));
            }
        }
    }
}

#[tokio::test]
async fn a_method_in_a_header_or_a_field_is_not_a_method() {
    let t = TestServer::start().await;
    let answer = request(
        &t,
        "GET",
        "/oidc/token?_method=POST",
        &[("x-http-method-override", "POST"), ("x-method-override", "POST")],
    )
    .await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn nothing_that_a_person_or_an_application_gets_is_kept_on_the_way() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let callback = web.authorize(&mut t.browser(), "alice", &[]).await;
    let token = web.exchange(callback.code()).await;
    assert_eq!((token.header("cache-control"), token.header("pragma")), ("no-store", "no-cache"));
    let access = token.tokens().access;
    for answer in [
        web.userinfo(&access).await,
        web.userinfo("wrong").await,
        web.exchange(callback.code()).await,
        web.post("/oidc/token/introspection", &[("token", &access)]).await,
        web.revoke(&access).await,
        t.browser().get(&web.request(&[])).await,
        t.browser().get(&web.request(&[("prompt", "none")])).await,
        t.browser().get("/nothing").await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store", "{}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}
