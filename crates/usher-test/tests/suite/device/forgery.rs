//! Attack classes 53 and 54: forms that another site sends or frames, and people who are sent to allow a device that is not theirs.

use super::support::{
    ask, browser_of, consent, decide, enter, filled, number, poll, post_with, press, server,
};
use usher_store::Engine;
use usher_test::TestServer;
use usher_types::Span;

#[tokio::test]
async fn a_form_that_another_site_sends_is_refused() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let code_page = browser.open("/device").await.page();
    let consent = consent(&mut browser, &asked.user_code, "alice").await;
    let before = number(&t, "SELECT COUNT(*) FROM tickets").await;
    for (path, fields) in [
        ("/device", filled(&code_page, &[("user_code", &asked.user_code)])),
        ("/device/consent", filled(&consent, &[("decision", "allow")])),
    ] {
        for origin in ["https://evil.test", "http://localhost", "http://127.0.0.1:1"] {
            let answer = post_with(&mut browser, path, &fields, &[("origin", origin)]).await;
            assert_eq!(answer.status, 403, "{path} from {origin}");
        }
        for site in ["cross-site", "same-site", "nonsense"] {
            let answer = post_with(&mut browser, path, &fields, &[("sec-fetch-site", site)]).await;
            assert_eq!(answer.status, 403, "{path} {site}");
        }
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, before);
    poll(&tv, &asked).await.refused("authorization_pending");
}

#[tokio::test]
async fn a_form_without_the_token_of_this_browser_is_shown_again_and_answers_nothing() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let others = t.browser().open("/device").await.page();
    let others = others.attribute("input[name=form_token]", "value").unwrap();
    for token in ["", "x", others.as_str()] {
        let fields = [("user_code", asked.user_code.as_str()), ("form_token", token)];
        let answer = browser.post("/device", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().contains("id=\"problem\"") && answer.text().contains(&asked.user_code));
    }
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    let handle = page.attribute("input[name=interaction]", "value").unwrap();
    let session = page.attribute("input[name=session]", "value").unwrap();
    for token in ["", "x", others.as_str()] {
        let fields = [
            ("interaction", handle.as_str()),
            ("session", session.as_str()),
            ("form_token", token),
            ("decision", "allow"),
        ];
        let answer = browser.post("/device/consent", &fields).await;
        assert!(browser.follow("/device/consent", answer).await.page().has("#allow"));
    }
    poll(&tv, &asked).await.refused("authorization_pending");
    // Neither a link, nor a decision that is neither, nor a GET with one is an answer.
    for fields in [&[("decision", "yes")][..], &[]] {
        let answer = press(&mut browser, &page, fields).await;
        assert!(browser.follow("/device/consent", answer).await.page().has("#allow"));
    }
    browser.get(&format!("{}&decision=allow", page.path)).await;
    t.advance(Span::seconds(5));
    poll(&tv, &asked).await.refused("authorization_pending");
}

#[tokio::test]
async fn no_page_of_a_device_can_be_framed_or_kept() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    let mut browser = t.browser();
    let code_page = browser.open(&asked.link).await.page();
    let consent = consent(&mut browser, &asked.user_code, "alice").await;
    let last = decide(&mut browser, &consent, "allow").await;
    for page in [code_page, consent, last] {
        let answer = &page.answer;
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{}", page.path);
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(!answer.text().contains("<script"));
    }
}

/// Somebody is sent a link to allow a device that is not theirs: the page tells that it is somewhere else.
#[tokio::test]
async fn a_device_on_another_network_is_told_to_be_somewhere_else() {
    let trusted = "listen = \"127.0.0.1:";
    let behind = format!("trusted_proxies = [\"127.0.0.1\"]\n{trusted}");
    let t = super::support::builder().edit(trusted, &behind).start().await;
    let body = "client_id=tv&scope=openid";
    let request = http::Request::post("/oidc/device/auth")
        .header("host", t.origin().split_once("://").unwrap().1)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", "203.0.113.77")
        .body(http_body_util::Full::new(body.into()))
        .unwrap();
    let answer = usher_test::send(t.address, request).await.json();
    let page = consent(&mut t.browser(), answer["user_code"].as_str().unwrap(), "alice").await;
    let words = page.words();
    assert!(words.contains("203.0.113.0/24") && words.contains("you are on another one"), "{words}");
}

async fn a_code_is_answered_once_whoever_else_has_it_open(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid profile").await;
    let (mut alice, mut bob) = (t.browser(), t.browser());
    let of_alice = consent(&mut alice, &asked.user_code, "alice").await;
    let of_bob = consent(&mut bob, &asked.user_code, "bob").await;
    assert!(decide(&mut alice, &of_alice, "allow").await.has("#device-done"));
    let late = decide(&mut bob, &of_bob, "allow").await;
    assert_eq!(late.error(), "invalid_request", "{}", late.words());
    assert!(enter(&mut bob, &asked.user_code).await.has("#problem"), "the code is used");
    let tokens = poll(&tv, &asked).await.tokens();
    assert_eq!(tv.userinfo(&tokens.access).await.json()["name"], "Alice Arden");
}

on_both_engines! { a_code_is_answered_once_whoever_else_has_it_open }

/// The picture is made of the code alone: whoever asks for it learns nothing, and nothing can be written into it.
#[tokio::test]
async fn the_picture_of_a_code_is_the_same_for_codes_that_are_and_are_not() {
    let t: TestServer = server(Engine::Sqlite).await;
    let asked = ask(&t.application("tv"), "openid").await;
    let mut browser = t.browser();
    let before = t.app.store.counts();
    for code in [asked.user_code.as_str(), "BCDF-GHJK", "bcdf ghjk"] {
        let path = format!("/device/qr?user_code={}", code.replace(' ', "+"));
        let picture = browser.get(&path).await;
        assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/svg+xml"));
        assert_eq!(picture.header("cache-control"), "no-store");
        assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(picture.header("x-content-type-options"), "nosniff");
        let text = picture.text();
        assert!(text.starts_with("<svg ") && !text.contains("script") && !text.contains("href"));
    }
    for code in ["", "BCDF", "<svg onload=alert(1)>", "AAAA-AAAA", "BCDF-GHJK&user_code=BCDF-GHJK"] {
        let answer =
            browser.get(&format!("/device/qr?user_code={}", code.replace(['<', '>', ' '], "%3C"))).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (400, 0), "{code}");
    }
    assert_eq!(t.app.store.counts(), before, "nothing is looked up");
    assert!(browser.cookies.is_empty());
}
