//! Authorization requests by POST (OpenID Connect Core §3.1.2.1: "Authorization Servers MUST support the use of the HTTP GET and POST
//! methods"), which come from other sites without cookies.

use super::{is_error_page, is_told, leads_to, told};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use usher_test::{Answer, Application, Browser, TestServer};
use usher_types::{Span, limits};

/// The parameters of a request, as a form's fields.
fn fields(request: &str) -> Vec<(String, String)> {
    let query = request.split_once('?').unwrap().1;
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Posts a form from another site's page and follows it to what the request came to: a POST is refused at once or sent on to a GET.
pub(super) async fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.post_from_elsewhere(path, fields).await;
    match answer
        .headers
        .get("location")
        .and_then(|l| l.to_str().ok())
        .filter(|l| l.starts_with(&format!("{path}?posted=")))
    {
        Some(kept) => browser.get(kept).await,
        None => answer,
    }
}

/// Posts an authorization request from the application's own page; what the server answered at once.
async fn send(browser: &mut Browser, application: &Application, changes: &[(&str, &str)]) -> Answer {
    let fields = fields(&application.request(changes));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post_from_elsewhere(&application.path("/oidc/auth"), &fields).await
}

/// The same; what it came to.
async fn ask(browser: &mut Browser, application: &Application, changes: &[(&str, &str)]) -> Answer {
    let fields = fields(&application.request(changes));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    post(browser, &application.path("/oidc/auth"), &fields).await
}

#[tokio::test]
async fn a_posted_request_finds_the_session_although_the_post_carries_no_cookie() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = super::browser_of(&t, &["alice"]).await;
    let answer = send(&mut browser, &own, &[("state", "posted & kept")]).await;
    // Invariant: an answer to a POST without cookies says nothing about who is here and sets no cookie over the one that is.
    assert!(!answer.headers.contains_key("set-cookie"));
    leads_to(&answer, "/oidc/auth");
    let callback = told(&browser.get(&answer.location()).await);
    assert_eq!(callback.params["state"], "posted & kept");
    let tokens = own.exchange(callback.code()).await.tokens();
    assert!(tokens.id.is_some());
}

#[tokio::test]
async fn a_person_signs_in_to_a_posted_request() {
    let t = TestServer::start().await;
    let spa = t.application("spa");
    let mut browser = t.browser();
    let answer = send(&mut browser, &spa, &[]).await;
    let target = browser.walk(&answer.location(), "alice").await;
    let callback = usher_test::Callback::parse(&target);
    assert!(spa.exchange(callback.code()).await.tokens().id.is_some());
}

#[tokio::test]
async fn a_posted_request_is_refused_for_the_same_reasons() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    for (changes, error) in [
        ([("response_type", "token")], "unsupported_response_type"),
        ([("prompt", "none")], "login_required"),
        ([("prompt", "none login")], "invalid_request"),
        ([("request", "x.y.z")], "request_not_supported"),
    ] {
        is_told(&ask(&mut browser, &web, &changes).await, error, &t.issuer());
    }
    for changes in
        [[("redirect_uri", "https://evil.test/cb")], [("client_id", "nobody")], [("client_id", "")]]
    {
        is_error_page(&ask(&mut browser, &web, &changes).await, "a posted request");
    }
    let twice = [
        ("client_id", "web"),
        ("redirect_uri", "https://web.test/cb"),
        ("response_type", "code"),
        ("state", "a"),
        ("state", "b"),
    ];
    is_told(&post(&mut browser, "/oidc/auth", &twice).await, "invalid_request", &t.issuer());
}

#[tokio::test]
async fn only_a_form_is_read_and_only_from_the_body() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let query = web.request(&[]).split_once('?').unwrap().1.to_owned();
    let mut browser = t.browser();
    for media_type in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencodedx",
        "",
    ] {
        let request = Request::post("/oidc/auth")
            .header("content-type", media_type)
            .body(Full::new(Bytes::from(query.clone())));
        is_error_page(&browser.exchange(request.unwrap()).await, media_type);
    }
    // What stands in a POST's query is no part of the request (RFC 6749 §3.1 reads one of the two).
    let request = Request::post(web.request(&[("redirect_uri", "https://evil.test/cb")]))
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(Full::new(Bytes::from(query)));
    let answer = browser.exchange(request.unwrap()).await;
    leads_to(&browser.get(&answer.location()).await, "/sign-in");
    let request = Request::post(web.request(&[]))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::default());
    is_error_page(&browser.exchange(request.unwrap()).await, "an empty form");
}

#[tokio::test]
async fn a_kept_request_lives_as_long_as_a_sign_in_and_nobody_guesses_it() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let kept = send(&mut browser, &web, &[]).await.location();
    let (path, handle) = kept.split_once("?posted=").unwrap();
    let last = if handle.ends_with('A') { "Q" } else { "A" };
    let forged = format!("{path}?posted={}{last}", &handle[..handle.len() - 1]);
    is_error_page(&browser.get(&forged).await, "another secret");
    is_error_page(
        &browser.get(&format!("{path}?posted={}", &handle[..handle.len() - 1])).await,
        "a shorter secret",
    );
    is_error_page(&browser.get(&format!("/staff{kept}")).await, "another pool");
    leads_to(&browser.get(&kept).await, "/sign-in");
    t.advance(limits::INTERACTION);
    t.advance(Span::seconds(1));
    is_error_page(&browser.get(&kept).await, "an expired one");
}

#[tokio::test]
async fn a_sign_out_request_is_no_authorization_request() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let kept = send(&mut browser, &web, &[]).await.location();
    let handle = kept.split_once('=').unwrap().1;
    let elsewhere = browser.get(&format!("/oidc/session/end?posted={handle}")).await;
    assert_ne!(elsewhere.status, 200, "a handle of one endpoint was taken by another: {}", elsewhere.text());
}

#[tokio::test]
async fn a_form_keeps_what_is_known_and_no_more_than_an_address_could_carry() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let padding = "x".repeat(limits::BODY_BYTES - 2000);
    // What nobody reads is not kept: thousands of such requests would fill memory and disk.
    leads_to(&ask(&mut browser, &web, &[("padding", &padding)]).await, "/sign-in");
    for name in ["login_hint", "id_token_hint", "claims", "ui_locales", "scope", "nonce", "acr_values"] {
        let answer = ask(&mut browser, &web, &[(name, &padding)]).await;
        assert!(!answer.header("location").starts_with("/sign-in"), "{name} was kept");
    }
    let answer =
        ask(&mut browser, &web, &[("posted", &padding), ("id_token_hint", &"x".repeat(limits::HEAD_BYTES))])
            .await;
    assert!(answer.status == 413 || answer.status == 303, "{}", answer.status);
}
