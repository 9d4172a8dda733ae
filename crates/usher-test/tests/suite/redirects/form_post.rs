//! The page that posts a response (OAuth 2.0 Form Post Response Mode §2): one form to exactly its target, and nothing that breaks out.

use super::{HOSTILE_TEXTS, page};
use scraper::{Html, Selector};
use usher_test::{Answer, Browser, TestServer};

/// Tags and attribute names of a page, in order: what must not change with what people write.
fn structure(answer: &Answer) -> Vec<String> {
    let html = Html::parse_document(&answer.text());
    let every = Selector::parse("*").unwrap();
    html.select(&every)
        .map(|element| {
            let value = element.value();
            let names: Vec<&str> = value.attrs().map(|(name, _)| name).collect();
            format!("{} {}", value.name(), names.join(" "))
        })
        .collect()
}

/// The values of one directive of a page's policy.
fn directive(answer: &Answer, name: &str) -> String {
    let policy = answer.header("content-security-policy");
    let found: Vec<&str> = policy.split(';').filter_map(|d| d.trim().strip_prefix(name)).collect();
    assert_eq!(found.len(), 1, "{name} in {policy}");
    found[0].trim().to_owned()
}

/// A browser that gets a response without a page in between.
async fn signed_in(t: &TestServer) -> Browser {
    let mut browser = t.browser();
    t.application("web").authorize(&mut browser, "alice", &[]).await.code();
    browser
}

#[tokio::test]
async fn a_code_is_posted_with_its_state_to_the_registered_address() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = signed_in(&t).await;
    let answer = browser.get(&web.request(&[("response_mode", "form_post")])).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    let (action, fields) = page(&answer).form();
    assert_eq!(action, "https://web.test/cb");
    assert_eq!(fields.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["code", "state", "iss"]);
    assert_eq!(page(&answer).attribute("form", "method").as_deref(), Some("post"));
    let code = &fields[0].1;
    assert!(web.exchange(code).await.tokens().id.is_some());
}

#[tokio::test]
async fn its_policy_names_exactly_the_target() {
    let t = TestServer::start().await;
    for (name, uri, action, ancestors) in [
        ("web", "https://web.test/cb", "https://web.test/cb", "https://web.test"),
        ("web", "https://web.test/cb?code=x&state=y&keep=1", "https://web.test/cb", "https://web.test"),
        ("native", "http://127.0.0.1:5001/cb", "http://127.0.0.1:5001/cb", "http://127.0.0.1:5001"),
        ("native", "com.example.notes:/cb", "com.example.notes:", "'none'"),
    ] {
        let changes = [("redirect_uri", uri), ("response_mode", "form_post"), ("prompt", "none")];
        let answer = t.browser().get(&t.application(name).request(&changes)).await;
        assert_eq!(directive(&answer, "form-action"), action);
        assert_eq!(directive(&answer, "frame-ancestors"), ancestors);
        assert_eq!(directive(&answer, "default-src"), "'none'");
        assert_eq!(directive(&answer, "base-uri"), "'none'");
        let script = directive(&answer, "script-src");
        assert!(script.starts_with("'sha256-") && !script.contains(' '), "{script}");
        assert!(!answer.header("content-security-policy").contains("unsafe"));
        // Decision: the application's own page may frame it, so no X-Frame-Options beside the policy that says who may.
        assert!(!answer.headers.contains_key("x-frame-options"));
    }
}

#[tokio::test]
async fn an_error_is_posted_as_a_code_is() {
    let t = TestServer::start().await;
    let web = t.application("web");
    for (changes, error) in [
        (vec![("prompt", "none")], "login_required"),
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("scope", "\"")], "invalid_scope"),
        (vec![("request", "x")], "request_not_supported"),
        (vec![("claims", "x")], "invalid_request"),
    ] {
        let changes: Vec<_> = changes.into_iter().chain([("response_mode", "form_post")]).collect();
        let answer = t.browser().get(&web.request(&changes)).await;
        let (action, fields) = page(&answer).form();
        let value = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        assert_eq!(
            (action.as_str(), value("error"), value("state")),
            ("https://web.test/cb", Some(error), Some("a state"))
        );
        assert_eq!(value("iss"), Some(t.issuer().as_str()));
        assert_eq!(value("code"), None);
    }
    let answer = t
        .browser()
        .get(&web.request(&[("response_mode", "form_post"), ("redirect_uri", "https://evil.test")]))
        .await;
    super::is_error_page(&answer, "an unregistered address");
}

#[tokio::test]
async fn no_state_breaks_out_of_its_field() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = signed_in(&t).await;
    let plain = browser.get(&web.request(&[("response_mode", "form_post"), ("state", "plain")])).await;
    let error = browser
        .get(&web.request(&[("response_mode", "form_post"), ("state", "plain"), ("prompt", "none login")]))
        .await;
    for state in HOSTILE_TEXTS.into_iter().filter(|text| !text.contains('\0')) {
        for (prompt, usual) in [("", &plain), ("none login", &error)] {
            let answer = browser
                .get(&web.request(&[("response_mode", "form_post"), ("state", state), ("prompt", prompt)]))
                .await;
            assert_eq!(structure(&answer), structure(usual), "{state:?}");
            assert_eq!(answer.header("content-security-policy"), usual.header("content-security-policy"));
            let (action, fields) = page(&answer).form();
            assert_eq!(action, "https://web.test/cb");
            let kept: Vec<&str> =
                fields.iter().filter(|(n, _)| n == "state").map(|(_, v)| v.as_str()).collect();
            // Reading HTML makes one line break of a carriage return and a line feed.
            assert_eq!(kept, [state.replace("\r\n", "\n")], "{state:?}");
        }
    }
}

#[tokio::test]
async fn the_page_has_one_script_that_only_submits_and_a_button_without_scripts() {
    let t = TestServer::start().await;
    let answer = t
        .browser()
        .get(&t.application("web").request(&[("response_mode", "form_post"), ("prompt", "none")]))
        .await;
    let html = Html::parse_document(&answer.text());
    let texts = |selector: &str| {
        html.select(&Selector::parse(selector).unwrap())
            .map(|e| e.text().collect::<String>())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts("script"), ["HTMLFormElement.prototype.submit.call(document.forms[0])"]);
    assert_eq!(html.select(&Selector::parse("form").unwrap()).count(), 1);
    assert_eq!(
        html.select(
            &Selector::parse("iframe, object, embed, base, meta[http-equiv], [onload], [onclick], [style]")
                .unwrap()
        )
        .count(),
        0
    );
    assert!(answer.text().contains("<noscript>") && answer.text().contains("type=\"submit\""));
}

#[tokio::test]
async fn an_applications_name_changes_nothing_either() {
    let t = TestServer::builder()
        .edit("client_name = \"Web Shop\"", "client_name = \"</title><script>alert(1)</script>\"")
        .start()
        .await;
    let usual = TestServer::start().await;
    let changes = [("response_mode", "form_post"), ("prompt", "none")];
    let hostile = t.browser().get(&t.application("web").request(&changes)).await;
    let plain = usual.browser().get(&usual.application("web").request(&changes)).await;
    assert_eq!(structure(&hostile), structure(&plain));
}
