//! Client authentication (RFC 6749 §2.3): by the registered method only, never by two at once, and with one answer for every failure.

use super::support::{basic, code, plain_basic, post};
use http::StatusCode;
use usher_test::{Answer, TestServer};

const ENDPOINTS: [&str; 3] = ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation"];

const WEB: &str = "web-secret-0123456789-0123456789-0123456789";
const POST: &str = "post-secret-0123456789-0123456789-0123456789";

/// A request that is right in everything but perhaps its credentials.
fn request<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields =
        vec![("grant_type", "refresh_token"), ("refresh_token", "unknown"), ("token", "unknown")];
    fields.extend(more);
    fields
}

/// Whether the caller was believed: its unknown token is then what is wrong, if anything is.
fn is_authenticated(answer: &Answer) -> bool {
    match answer.status {
        StatusCode::OK => true,
        StatusCode::BAD_REQUEST => {
            answer.refused("invalid_grant");
            true
        }
        _ => {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            answer.refused("invalid_client");
            // RFC 6749 §5.2: the challenge must match the scheme that the client used.
            assert!(answer.header("www-authenticate").starts_with("Basic "), "{:?}", answer.headers);
            false
        }
    }
}

#[tokio::test]
async fn only_the_registered_method_is_accepted() {
    let t = TestServer::start().await;
    let applications = [("web", WEB, "basic"), ("post", POST, "post"), ("spa", "", "none")];
    for (id, secret, registered) in applications {
        for method in ["basic", "post", "none"] {
            let secret = if secret.is_empty() { "any-secret" } else { secret };
            let authorization = basic(id, secret);
            let (headers, fields) = match method {
                "basic" => (vec![("authorization", authorization.as_str())], request(&[])),
                "post" => (vec![], request(&[("client_id", id), ("client_secret", secret)])),
                _ => (vec![], request(&[("client_id", id)])),
            };
            for endpoint in ENDPOINTS {
                let answer = post(&t, endpoint, &headers, &fields).await;
                let expected =
                    method == registered && !(method == "none" && endpoint.ends_with("introspection"));
                assert_eq!(is_authenticated(&answer), expected, "{id} by {method} at {endpoint}");
            }
        }
    }
}

#[tokio::test]
async fn credentials_with_special_characters_are_form_urlencoded_in_the_header() {
    let secret = "s+c r:%41t&=/?~ü\u{20ac}#0123456789-0123456789";
    let id = "po+st/%41&=?;~";
    let t = TestServer::builder()
        .edit(POST, secret)
        .edit("client_id = \"post\"", &format!("client_id = \"{id}\""))
        .edit(
            "token_endpoint_auth_method = \"client_secret_post\"",
            "token_endpoint_auth_method = \"client_secret_basic\"",
        )
        .start()
        .await;
    let app = t.application(id);
    let tokens = app.sign_in(&mut t.browser(), "alice", "openid").await;
    assert!(app.is_active(&tokens.access).await);
    let unencoded = plain_basic(id, secret);
    let answer = post(&t, "/oidc/token", &[("authorization", &unencoded)], &request(&[])).await;
    assert!(!is_authenticated(&answer), "RFC 6749 §2.3.1 wants both halves encoded");
}

#[tokio::test]
async fn a_secret_with_special_characters_works_in_the_body() {
    let secret = "s+c r:%41t&=/?~ü\u{20ac}#0123456789-0123456789";
    let t = TestServer::builder().edit(POST, secret).start().await;
    let app = t.application("post");
    let tokens = app.sign_in(&mut t.browser(), "alice", "openid").await;
    assert!(app.is_active(&tokens.access).await);
}

#[tokio::test]
async fn credentials_are_sent_once() {
    let t = TestServer::start().await;
    let authorization = basic("web", WEB);
    let headers = [("authorization", authorization.as_str())];
    for endpoint in ENDPOINTS {
        let twice = request(&[("client_id", "web"), ("client_secret", WEB)]);
        post(&t, endpoint, &headers, &twice).await.refused("invalid_request");
        let another = request(&[("client_id", "post"), ("client_secret", POST)]);
        post(&t, endpoint, &headers, &another).await.refused("invalid_request");
        let misnamed = request(&[("client_id", "post")]);
        post(&t, endpoint, &headers, &misnamed).await.refused("invalid_request");
        let nameless = request(&[("client_secret", POST)]);
        post(&t, endpoint, &[], &nameless).await.refused("invalid_request");
        let repeated = request(&[("client_id", "post"), ("client_secret", POST), ("client_secret", POST)]);
        post(&t, endpoint, &[], &repeated).await.refused("invalid_request");
        // RFC 6749 §3.2.1: the identifier alone beside the header is no second method.
        assert!(is_authenticated(&post(&t, endpoint, &headers, &request(&[("client_id", "web")])).await));
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_read_is_a_failed_authentication() {
    let t = TestServer::start().await;
    let right = basic("web", WEB);
    for header in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Bearer abc",
        "Digest x",
        "",
        &plain_basic("web", ""),
        &plain_basic("", WEB),
        &format!("{right}x"),
    ] {
        let answer = post(&t, "/oidc/token", &[("authorization", header)], &request(&[])).await;
        assert!(!is_authenticated(&answer), "{header:?}");
    }
    let answer =
        post(&t, "/oidc/token", &[("authorization", &right), ("authorization", &right)], &request(&[])).await;
    assert!(!is_authenticated(&answer), "two headers");
    let scheme = right.replace("Basic", "bAsIc");
    assert!(
        is_authenticated(&post(&t, "/oidc/token", &[("authorization", &scheme)], &request(&[])).await),
        "a scheme has no case"
    );
}

#[tokio::test]
async fn credentials_in_the_query_are_not_read() {
    let t = TestServer::start().await;
    for endpoint in ENDPOINTS {
        let path = format!("{endpoint}?client_id=post&client_secret={POST}");
        assert!(!is_authenticated(&post(&t, &path, &[], &request(&[])).await));
    }
}

#[tokio::test]
async fn unknown_disabled_and_mistaken_applications_get_one_answer() {
    let mut t = TestServer::start().await;
    t.disable_application("first-party").await;
    let wrong = [
        ("unknown", WEB),
        ("web", "another-secret-0123456789-0123456789-0123456789"),
        ("web", &WEB[1..]),
        ("web", &format!("{WEB} ")),
        ("web", POST),
        ("WEB", WEB),
        ("first-party", "own-secret-0123456789-0123456789-0123456789"),
        ("post", POST),
        ("spa", "x"),
    ];
    for endpoint in ENDPOINTS {
        let mut answers = Vec::new();
        for (id, secret) in wrong {
            let reads = t.app.store.counts();
            let answer = post(&t, endpoint, &[("authorization", &basic(id, secret))], &request(&[])).await;
            let after = t.app.store.counts();
            assert_eq!(
                (after.reads - reads.reads, after.batches - reads.batches),
                (1, 0),
                "{id} runs the same statements"
            );
            assert!(!is_authenticated(&answer), "{id} {secret}");
            answers.push(answer);
        }
        for answer in &answers {
            assert_eq!(answer.body, answers[0].body);
            assert_eq!(answer.headers.len(), answers[0].headers.len());
        }
    }
}

#[tokio::test]
async fn an_application_that_is_disabled_is_refused_at_once() {
    let mut t = TestServer::start().await;
    let authorization = basic("web", WEB);
    let headers = [("authorization", authorization.as_str())];
    for endpoint in ENDPOINTS {
        assert!(is_authenticated(&post(&t, endpoint, &headers, &request(&[])).await));
    }
    t.disable_application("web").await;
    t.disable_application("spa").await;
    for endpoint in ENDPOINTS {
        assert!(!is_authenticated(&post(&t, endpoint, &headers, &request(&[])).await));
        assert!(!is_authenticated(&post(&t, endpoint, &[], &request(&[("client_id", "spa")])).await));
    }
}

#[tokio::test]
async fn who_is_not_authenticated_burns_no_code() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let code = code(&web, &mut browser, &[]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", web.redirect_uri.as_str()),
    ];
    for authorization in [basic("web", POST), basic("unknown", WEB), basic("post", POST)] {
        post(&t, "/oidc/token", &[("authorization", &authorization)], &fields)
            .await
            .refused("invalid_client");
    }
    post(&t, "/oidc/token", &[], &fields).await.refused("invalid_client");
    web.exchange(&code).await.tokens();
}

#[tokio::test]
async fn an_application_of_one_pool_is_nobody_in_another() {
    let t = TestServer::start().await;
    for endpoint in ENDPOINTS {
        let path = format!("/staff{endpoint}");
        let fields = request(&[("client_id", "post"), ("client_secret", POST)]);
        assert!(!is_authenticated(&post(&t, &path, &[], &fields).await));
    }
}
