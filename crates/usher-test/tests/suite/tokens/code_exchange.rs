//! The code exchange (RFC 6749 §4.1.3, RFC 7636 §4.6): who may exchange what, when, and what comes of it.

use super::support::{basic, code, post, post_body};
use http::StatusCode;
use usher_crypto::pkce::s256;
use usher_test::TestServer;
use usher_types::Span;

/// The verifier of every PKCE request of [`usher_test::Application`].
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";

#[tokio::test]
async fn a_code_lives_for_sixty_seconds_and_no_longer() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let first = code(&web, &mut browser, &[]).await;
    t.advance(Span::millis(59_999));
    web.exchange(&first).await.tokens();
    let second = code(&web, &mut browser, &[]).await;
    t.advance(Span::seconds(60));
    web.exchange(&second).await.refused("invalid_grant");
}

#[tokio::test]
async fn the_life_of_codes_is_a_setting_of_the_application() {
    let t = TestServer::builder().application("web", "code_lifetime = 5").start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let first = code(&web, &mut browser, &[]).await;
    t.advance(Span::millis(4_999));
    web.exchange(&first).await.tokens();
    let second = code(&web, &mut browser, &[]).await;
    t.advance(Span::seconds(5));
    web.exchange(&second).await.refused("invalid_grant");
}

#[tokio::test]
async fn a_verifier_has_43_to_128_unreserved_characters() {
    let t = TestServer::start().await;
    let (spa, mut browser) = (t.application("spa"), t.browser());
    let long = |n: usize| "aZ0-._~".chars().cycle().take(n).collect::<String>();
    for verifier in [long(43), long(128)] {
        let code = code(&spa, &mut browser, &[("code_challenge", &s256(&verifier))]).await;
        spa.exchange_with(&code, &[("code_verifier", &verifier)]).await.tokens();
    }
    // Each of these has the very challenge of the request, and is refused all the same.
    for verifier in [
        long(1),
        long(42),
        long(129),
        format!("{}+", long(43)),
        format!("{} ", long(43)),
        format!("{}é", long(43)),
        format!("{}=", long(43)),
    ] {
        let code = code(&spa, &mut browser, &[("code_challenge", &s256(&verifier))]).await;
        spa.exchange_with(&code, &[("code_verifier", &verifier)]).await.refused("invalid_grant");
    }
}

#[tokio::test]
async fn a_wrong_or_missing_verifier_burns_the_code() {
    let t = TestServer::start().await;
    let (spa, mut browser) = (t.application("spa"), t.browser());
    let another = "b".repeat(64);
    let challenge = s256(VERIFIER);
    for verifier in ["", &another, &challenge] {
        let code = code(&spa, &mut browser, &[]).await;
        spa.exchange_with(&code, &[("code_verifier", verifier)]).await.refused("invalid_grant");
        spa.exchange(&code).await.refused("invalid_grant");
    }
}

#[tokio::test]
async fn the_redirect_uri_is_compared_byte_by_byte_with_the_one_that_was_sent() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let wrong = [
        "",
        "https://web.test/cb/",
        "https://WEB.test/cb",
        "https://web.test:443/cb",
        "https://web.test/cb?",
        "https://web.test/cb#",
        "https://web.test/%63b",
        "https://web.test/cb?code=x&state=y&keep=1",
        " https://web.test/cb",
    ];
    for uri in wrong {
        let code = code(&web, &mut browser, &[]).await;
        web.exchange_with(&code, &[("redirect_uri", uri)]).await.refused("invalid_grant");
        web.exchange(&code).await.refused("invalid_grant");
    }
    let second = "https://web.test/cb?code=x&state=y&keep=1";
    let callback = web.request(&[("redirect_uri", second)]);
    let target = browser.walk(&callback, "alice").await;
    let url = url::Url::parse(&target).unwrap();
    let code = url.query_pairs().find(|(n, v)| n == "code" && v != "x").unwrap().1.into_owned();
    web.exchange_with(&code, &[("redirect_uri", second)]).await.tokens();
}

#[tokio::test]
async fn a_loopback_redirect_uri_is_compared_with_its_port() {
    let t = TestServer::start().await;
    let (native, mut browser) = (t.application("native"), t.browser());
    let sent = "http://127.0.0.1:49152/cb";
    for uri in ["http://127.0.0.1/cb", "http://127.0.0.1:49153/cb", "http://[::1]:49152/cb", ""] {
        let code = code(&native, &mut browser, &[("redirect_uri", sent)]).await;
        native.exchange_with(&code, &[("redirect_uri", uri)]).await.refused("invalid_grant");
    }
    let code = code(&native, &mut browser, &[("redirect_uri", sent)]).await;
    native.exchange_with(&code, &[("redirect_uri", sent)]).await.tokens();
}

#[tokio::test]
async fn a_redirect_uri_that_was_not_sent_need_not_be_sent_again() {
    let t = TestServer::start().await;
    let (app, mut browser) = (t.application("post"), t.browser());
    let changes = [("redirect_uri", ""), ("scope", "email")];
    let first = code(&app, &mut browser, &changes).await;
    app.exchange_with(&first, &[("redirect_uri", "")]).await.tokens();
    let second = code(&app, &mut browser, &changes).await;
    app.exchange(&second).await.tokens();
    let third = code(&app, &mut browser, &changes).await;
    app.exchange_with(&third, &[("redirect_uri", "https://post.test/other")]).await.refused("invalid_grant");
}

#[tokio::test]
async fn every_refusal_of_a_code_reads_the_same() {
    let t = TestServer::start().await;
    let (web, post_office, mut browser) = (t.application("web"), t.application("post"), t.browser());
    let mut answers = vec![web.exchange("nonsense").await];
    let spent = code(&web, &mut browser, &[]).await;
    web.exchange(&spent).await.tokens();
    answers.push(web.exchange(&spent).await);
    answers.push(post_office.exchange(&code(&web, &mut browser, &[]).await).await);
    answers.push(
        web.exchange_with(&code(&web, &mut browser, &[]).await, &[("redirect_uri", "https://other.test/")])
            .await,
    );
    answers.push(
        web.exchange_with(&code(&web, &mut browser, &[]).await, &[("code_verifier", &"v".repeat(50))]).await,
    );
    let old = code(&web, &mut browser, &[]).await;
    t.advance(Span::minutes(2));
    answers.push(web.exchange(&old).await);
    for answer in &answers {
        answer.refused("invalid_grant");
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body, answers[0].body);
    }
}

#[tokio::test]
async fn a_token_request_that_is_none_is_told_so() {
    let t = TestServer::start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    web.post("/oidc/token", &[]).await.refused("invalid_request");
    web.post("/oidc/token", &[("grant_type", "authorization_code")]).await.refused("invalid_request");
    web.post("/oidc/token", &[("grant_type", "refresh_token")]).await.refused("invalid_request");
    for grant in [
        "PASSWORD",
        "client-credentials",
        "implicit",
        "AUTHORIZATION_CODE",
        "urn:ietf:params:oauth:grant-type:device-code",
    ] {
        web.post("/oidc/token", &[("grant_type", grant), ("code", "x")])
            .await
            .refused("unsupported_grant_type");
    }
    let code = code(&web, &mut browser, &[]).await;
    let authorization = basic("web", web.secret.as_ref().unwrap());
    let headers = [("authorization", authorization.as_str())];
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", web.redirect_uri.as_str()),
    ];
    for repeated in fields.iter().chain(&[("code_verifier", "x"), ("client_id", "web")]) {
        let mut twice = fields.to_vec();
        twice.extend([*repeated, *repeated]);
        post(&t, "/oidc/token", &headers, &twice).await.refused("invalid_request");
    }
    let json = serde_json::json!({ "grant_type": "authorization_code", "code": code }).to_string();
    post_body(&t, "/oidc/token", "application/json", &headers, json).await.refused("invalid_request");
    // What is no exchange has not burnt the code; what real clients add changes nothing, even twice.
    let mut more = fields.to_vec();
    more.extend([
        ("client-request-id", "1"),
        ("client-request-id", "2"),
        ("claims", "{"),
        ("x-client-SKU", "MSAL"),
    ]);
    post(&t, "/oidc/token", &headers, &more).await.tokens();
}

#[tokio::test]
async fn a_grant_that_is_not_switched_on_is_refused() {
    let t = TestServer::start().await;
    let api = t.application("api");
    for grant in ["authorization_code", "refresh_token"] {
        let fields = [("grant_type", grant), ("code", "x"), ("refresh_token", "x")];
        api.post("/oidc/token", &fields).await.refused("unauthorized_client");
    }
}

#[tokio::test]
async fn the_answer_is_json_that_nobody_keeps_and_names_scope_and_life() {
    let t = TestServer::builder().application("web", "access_token_lifetime = 77").start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let answer = web.exchange(&code(&web, &mut browser, &[("scope", "openid email")]).await).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let content = answer.json();
    assert_eq!(content["token_type"], "Bearer");
    assert_eq!(content["expires_in"], 77);
    assert_eq!(content["scope"], "openid email");
    assert!(content.get("refresh_token").is_none(), "offline_access was not asked for");
}

#[tokio::test]
async fn an_id_token_comes_with_openid_and_a_refresh_token_with_offline_access_only() {
    let t =
        TestServer::builder().application("post", r#"grant_types = ["authorization_code"]"#).start().await;
    let web = t.application("web");
    let plain = web.sign_in(&mut t.browser(), "alice", "email").await;
    assert!(plain.id.is_none() && plain.refresh.is_none());
    let both = web.sign_in(&mut t.browser(), "alice", "openid offline_access").await;
    assert!(both.id.is_some() && both.refresh.is_some());
    let without_refresh =
        t.application("post").sign_in(&mut t.browser(), "alice", "openid offline_access").await;
    assert!(without_refresh.refresh.is_none(), "the grant refresh_token is not switched on");
    assert_eq!(without_refresh.answer["scope"], "openid");
}
