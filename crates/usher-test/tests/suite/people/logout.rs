//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0) as an application asks for it.

use super::support::{browser_of, claims, number, silently};
use usher_test::{Application, Arrival, Browser, Page, TestServer, Tokens};
use usher_types::Span;

fn address(params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/oidc/session/end?{query}")
}

/// A browser in which Alice signed in to `web`, and her tokens.
async fn alice(t: &TestServer, scope: &str) -> (Application, Browser, Tokens, String) {
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", scope).await;
    let id = tokens.id.clone().unwrap();
    (web, browser, tokens, id)
}

async fn asks(browser: &mut Browser, params: &[(&str, &str)]) -> Page {
    let page = browser.open(&address(params)).await.page();
    assert!(page.has("#sign-out") && page.has("#stay"), "{}", page.answer.text());
    page
}

#[tokio::test]
async fn a_valid_hint_ends_the_session_at_once_and_takes_the_cookie_away() {
    let t = TestServer::start().await;
    let (web, mut browser, tokens, id) = alice(&t, "openid").await;
    let old = browser.clone();
    let page = browser.open(&address(&[("id_token_hint", &id)])).await.page();
    assert!(page.has("#signed-out") && page.words().contains("Sign in again"), "{}", page.words());
    let cookie = page.answer.header("set-cookie");
    for attribute in ["Max-Age=0", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    assert!(browser.cookies.is_empty());
    let way = page.attribute("#way", "href").unwrap();
    assert!(browser.clone().open(&way).await.page().has("input[name=password]"));
    for mut browser in [browser, old] {
        assert_eq!(silently(&mut browser, &web, &[]).await, "login_required");
    }
    assert!(!web.is_active(&tokens.access).await);
    assert_eq!(web.userinfo(&tokens.access).await.status, 401);
    assert_eq!(number(&t, "SELECT COUNT(*) FROM audit WHERE event = 'sign_out'").await, 1);
}

#[tokio::test]
async fn a_hint_may_have_expired() {
    let t = TestServer::start().await;
    let (web, mut browser, _, id) = alice(&t, "openid").await;
    t.advance(Span::hours(11));
    assert!(browser.open(&address(&[("id_token_hint", &id)])).await.page().has("#signed-out"));
    assert_eq!(silently(&mut browser, &web, &[]).await, "login_required");
}

#[tokio::test]
async fn the_browser_goes_to_a_registered_address_and_the_state_goes_with_it() {
    let t = TestServer::start().await;
    let cases = [
        ("https://web.test/out", "", "https://web.test/out"),
        ("https://web.test/out", "a b&c=d#e", "https://web.test/out?state=a+b%26c%3Dd%23e"),
        ("https://web.test/out?keep=1", "s", "https://web.test/out?keep=1&state=s"),
    ];
    for (uri, state, target) in cases {
        let (web, mut browser, _, id) = alice(&t, "openid").await;
        let params = [("id_token_hint", id.as_str()), ("post_logout_redirect_uri", uri), ("state", state)];
        assert_eq!(browser.open(&address(&params)).await.elsewhere(), target);
        assert!(browser.cookies.is_empty());
        assert_eq!(silently(&mut browser, &web, &[]).await, "login_required");
    }
}

#[tokio::test]
async fn by_post_it_is_the_same() {
    let t = TestServer::start().await;
    let (web, mut browser, _, id) = alice(&t, "openid").await;
    let fields = [
        ("id_token_hint", id.as_str()),
        ("post_logout_redirect_uri", "https://web.test/out"),
        ("state", "s"),
    ];
    let answer = browser.post_from_elsewhere("/oidc/session/end", &fields).await;
    assert_eq!(answer.status, 303);
    let arrival = browser.follow("/oidc/session/end", answer).await;
    assert_eq!(arrival.elsewhere(), "https://web.test/out?state=s");
    assert_eq!(silently(&mut browser, &web, &[]).await, "login_required");
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked_and_the_address_needs_a_client_id() {
    let t = TestServer::start().await;
    let (web, mut browser, _, _) = alice(&t, "openid").await;
    let params = [("client_id", "web"), ("post_logout_redirect_uri", "https://web.test/out"), ("state", "s")];
    let page = asks(&mut browser, &params).await;
    assert!(page.words().contains("Alice Arden") && page.words().contains("Web Shop"));
    assert_eq!(silently(&mut browser, &web, &[]).await, "code", "asking is not signing out");
    let target = browser.submit(&page, &[("decision", "sign-out")]).await.elsewhere();
    assert_eq!(target, "https://web.test/out?state=s");
    assert_eq!(silently(&mut browser, &web, &[]).await, "login_required");

    let (_, mut browser, _, _) = alice(&t, "openid").await;
    let page = asks(&mut browser, &[]).await;
    assert!(browser.submit(&page, &[("decision", "sign-out")]).await.page().has("#signed-out"));
    let (web, mut browser, _, _) = alice(&t, "openid").await;
    refused(&mut browser, &web, &[("post_logout_redirect_uri", "https://web.test/out")]).await;
}

#[tokio::test]
async fn somebody_elses_hint_asks_about_who_is_here() {
    let t = TestServer::start().await;
    let (web, mut browser, mine, _) = alice(&t, "openid").await;
    let bobs = web.sign_in(&mut t.browser(), "bob", "openid").await.id.unwrap();
    let page = asks(&mut browser, &[("id_token_hint", &bobs)]).await;
    assert!(page.words().contains("Alice Arden") && !page.words().contains("Bob"));
    // The same person's hint of another browser is another session's.
    let elsewhere = web.sign_in(&mut t.browser(), "alice", "openid").await;
    asks(&mut browser, &[("id_token_hint", elsewhere.id.as_ref().unwrap())]).await;
    assert!(web.is_active(&mine.access).await && web.is_active(&elsewhere.access).await);
    assert_eq!(silently(&mut browser, &web, &[]).await, "code");
}

/// The request gets an error page, goes nowhere, and ends nothing.
async fn refused(browser: &mut Browser, app: &Application, params: &[(&str, &str)]) {
    let page = browser.open(&address(params)).await.page();
    assert_eq!(page.answer.status, 400, "{params:?}");
    assert_eq!(page.error(), "invalid_request", "{params:?}: {}", page.answer.text());
    assert!(!page.has("a[href*='evil']"), "{params:?}");
    assert_eq!(silently(browser, app, &[]).await, "code", "{params:?}");
}

#[tokio::test]
async fn what_is_no_id_token_of_this_issuer_is_refused() {
    let t = TestServer::start().await;
    let (web, mut browser, tokens, id) = alice(&t, "openid").await;
    let staff = t.application_of("staff", "web").sign_in(&mut t.browser(), "alice", "openid").await;
    let (head, signature) = id.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let none = "eyJhbGciOiJub25lIn0";
    for hint in [
        "garbage".to_owned(),
        "a.b.c".to_owned(),
        format!("{head}."),
        head.to_owned(),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{header}.{payload}.{}", signature.chars().rev().collect::<String>()),
        tokens.access.clone(),
        staff.id.unwrap(),
    ] {
        refused(&mut browser, &web, &[("id_token_hint", &hint)]).await;
        let params = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", "https://web.test/out"),
            ("client_id", "web"),
        ];
        refused(&mut browser, &web, &params).await;
    }
    assert!(web.is_active(&tokens.access).await);
}

#[tokio::test]
async fn an_address_that_is_not_registered_byte_for_byte_is_refused() {
    let t = TestServer::start().await;
    let (web, mut browser, _, id) = alice(&t, "openid").await;
    for uri in [
        "https://evil.test/",
        "https://web.test/out/",
        "https://web.test/out?",
        "https://web.test/out#x",
        "https://web.test/out?keep=2",
        "https://web.test/OUT",
        "HTTPS://web.test/out",
        "http://web.test/out",
        "https://web.test:443/out",
        "https://web.test@evil.test/out",
        "https://web.test/out%00",
        "https://web.test/out\t",
        "//web.test/out",
        "/out",
        "javascript:alert(1)",
        "https://web.test/cb",
    ] {
        for first in [("id_token_hint", id.as_str()), ("client_id", "web")] {
            refused(&mut browser, &web, &[first, ("post_logout_redirect_uri", uri)]).await;
        }
    }
    let posts = [("client_id", "post"), ("post_logout_redirect_uri", "https://web.test/out")];
    refused(&mut browser, &web, &posts).await;
}

#[tokio::test]
async fn client_id_must_be_the_one_that_the_hint_was_issued_to() {
    let t = TestServer::start().await;
    let (web, mut browser, _, id) = alice(&t, "openid").await;
    refused(&mut browser, &web, &[("id_token_hint", &id), ("client_id", "post")]).await;
    refused(&mut browser, &web, &[("id_token_hint", &id), ("client_id", "nobody")]).await;
    refused(&mut browser, &web, &[("client_id", "nobody")]).await;
    let same = [("id_token_hint", id.as_str()), ("client_id", "web")];
    assert!(browser.open(&address(&same)).await.page().has("#signed-out"));
}

#[tokio::test]
async fn a_parameter_that_is_given_twice_is_refused() {
    let t = TestServer::start().await;
    let (web, mut browser, _, id) = alice(&t, "openid").await;
    for name in ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"] {
        let value = match name {
            "id_token_hint" => id.as_str(),
            "client_id" => "web",
            "post_logout_redirect_uri" => "https://web.test/out",
            _ => "x",
        };
        let with_target = [
            (name, value),
            (name, value),
            ("post_logout_redirect_uri", "https://web.test/out"),
            ("client_id", "web"),
        ];
        let page = browser.open(&address(&with_target)).await.page();
        assert_eq!(page.answer.status, 400, "{name}");
        assert_eq!(silently(&mut browser, &web, &[]).await, "code", "{name}");
    }
}

#[tokio::test]
async fn where_nobody_is_signed_in_the_browser_just_goes_on() {
    let t = TestServer::start().await;
    let (_, mut browser, _, id) = alice(&t, "openid").await;
    let params = [("id_token_hint", id.as_str()), ("post_logout_redirect_uri", "https://web.test/out")];
    browser.open(&address(&params)).await.elsewhere();
    for mut browser in [browser, t.browser()] {
        assert_eq!(browser.open(&address(&params)).await.elsewhere(), "https://web.test/out");
        assert!(browser.open(&address(&[])).await.page().has("#signed-out"));
    }
}

#[tokio::test]
async fn of_several_people_the_hint_ends_one() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let hint = own.exchange(own.authorize(&mut browser, "", &[("login_hint", "alice")]).await.code()).await;
    let id = hint.tokens().id.unwrap();
    let page = browser.open(&address(&[("id_token_hint", &id)])).await.page();
    assert!(page.has("#signed-out"));
    assert!(page.words().contains("still signed in"), "{}", page.words());
    assert!(!browser.cookies.is_empty(), "somebody is still here");
    let callback = own.authorize(&mut browser, "", &[("prompt", "none")]).await;
    let left = claims(&own.exchange(callback.code()).await.tokens().id.unwrap());
    assert_ne!(left["sub"], claims(&id)["sub"]);
}

#[tokio::test]
async fn what_was_given_for_the_time_of_the_session_ends_and_offline_access_does_not() {
    let t = TestServer::start().await;
    let (web, mut browser, offline, _) = alice(&t, "openid offline_access").await;
    let online = web.sign_in(&mut browser, "alice", "openid").await;
    let waiting = web.authorize(&mut browser, "alice", &[]).await;
    let elsewhere = web.sign_in(&mut t.browser(), "alice", "openid").await;
    let id = online.id.as_deref().unwrap();
    assert!(browser.open(&address(&[("id_token_hint", id)])).await.page().has("#signed-out"));
    assert!(!web.is_active(&online.access).await);
    web.exchange(waiting.code()).await.refused("invalid_grant");
    assert!(web.is_active(&elsewhere.access).await, "another browser's session goes on");
    let again = web.refresh(offline.refresh.as_deref().unwrap()).await.tokens();
    assert!(web.is_active(&again.access).await);
    t.advance(Span::days(20));
    t.app.sweep(t.app.world.clock.now()).await.unwrap();
    let later = web.refresh(again.refresh.as_deref().unwrap()).await.tokens();
    assert!(web.is_active(&later.access).await, "and does so long after the session's own end");
}

#[tokio::test]
async fn a_request_that_was_posted_is_gone_after_half_an_hour() {
    let t = TestServer::start().await;
    let (web, mut browser, _, id) = alice(&t, "openid").await;
    let answer = browser.post_from_elsewhere("/oidc/session/end", &[("id_token_hint", &id)]).await;
    let there = answer.location();
    assert!(!there.contains(&id), "the token stays out of addresses");
    t.advance(Span::minutes(30));
    let Arrival::Page(page) = browser.open(&there).await else { panic!("nowhere to go") };
    assert_eq!(page.answer.status, 400);
    assert_eq!(silently(&mut browser, &web, &[]).await, "code");
}
