//! Attack class "XSS in error pages, pickers and forms": whatever people write into a request, a page keeps its structure.

use super::{HOSTILE_TEXTS, browser_of, page};
use scraper::{Html, Selector};
use usher_test::{Answer, TestServer};

/// Tags of a page with their attributes, the values of those that change with the request left out.
fn structure(text: &str) -> Vec<String> {
    let html = Html::parse_document(text);
    html.select(&Selector::parse("*").unwrap())
        .map(|element| {
            let value = element.value();
            let mut attributes: Vec<String> =
                value
                    .attrs()
                    .filter(|(name, _)| *name != "autofocus")
                    .map(|(name, v)| {
                        if ["value", "href"].contains(&name) {
                            name.to_owned()
                        } else {
                            format!("{name}={v}")
                        }
                    })
                    .collect();
            attributes.sort_unstable();
            format!("{} {}", value.name(), attributes.join(" "))
        })
        .collect()
}

#[track_caller]
fn is_shaped_like(hostile: &Answer, plain: &Answer, what: &str) {
    assert_eq!(structure(&hostile.text()), structure(&plain.text()), "{what}");
    is_strict(hostile, what);
}

/// The headers without which a page is not safe to show.
#[track_caller]
fn is_strict(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none';")
            && !policy.contains("unsafe")
            && !policy.contains("script-src"),
        "{what}: {policy}"
    );
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
        "{what}: {policy}"
    );
    assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
}

#[tokio::test]
async fn error_pages_keep_their_shape_whatever_was_asked_for() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for (name, path) in [
        ("client_id", web.request(&[("client_id", "")])),
        ("redirect_uri", web.request(&[("redirect_uri", "")])),
        ("post_logout_redirect_uri", "/oidc/session/end?client_id=web".to_owned()),
        ("id_token_hint", "/oidc/session/end?x=y".to_owned()),
        ("client_id", "/oidc/session/end?x=y".to_owned()),
        ("interaction", "/sign-in?x=y".to_owned()),
        ("interaction", "/consent?x=y".to_owned()),
        ("interaction", "/choose-account?x=y".to_owned()),
        ("interaction", "/sign-out?x=y".to_owned()),
        ("interaction", "/oidc/auth/resume?x=y".to_owned()),
    ] {
        let plain = t.browser().get(&format!("{path}&{name}=plain")).await;
        is_strict(&plain, &path);
        for text in HOSTILE_TEXTS.into_iter().filter(|text| !text.contains('\0')) {
            let hostile = t.browser().get(&format!("{path}&{name}={}", encode(text))).await;
            is_shaped_like(&hostile, &plain, &format!("{name} of {path}: {text:?}"));
        }
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_not_repeated() {
    let t = TestServer::start().await;
    let plain = t.browser().get("/nothing").await;
    assert_eq!(plain.status, 404);
    for path in [
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/'\"><b>".replace(['<', '>', '"'], "%22").as_str(),
        "//evil.test",
        "/..//evil.test",
        "/%0d%0aX:y",
    ] {
        let hostile = t.browser().get(path).await;
        assert_eq!(hostile.status, 404);
        is_shaped_like(&hostile, &plain, path);
    }
}

#[tokio::test]
async fn the_sign_in_page_keeps_its_shape_whatever_is_hinted_or_typed() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let plain = browser.open(&web.request(&[("login_hint", "plain")])).await.page();
    let failed = browser.submit(&plain, &[("identifier", "plain"), ("password", "wrong")]).await.page();
    for text in HOSTILE_TEXTS.into_iter().filter(|text| !text.contains('\0')) {
        let mut browser = t.browser();
        let hinted = browser.open(&web.request(&[("login_hint", text)])).await.page();
        is_shaped_like(&hinted.answer, &plain.answer, text);
        // A field of one line holds no line breaks.
        let shown = hinted.attribute("#identifier", "value").unwrap();
        assert_eq!(shown.replace(['\r', '\n'], ""), text.replace(['\r', '\n'], ""));
    }
    for text in HOSTILE_TEXTS.into_iter().filter(|t| !t.contains(|c: char| c.is_control())).take(8) {
        let typed = browser.submit(&plain, &[("identifier", text), ("password", text)]).await.page();
        is_shaped_like(&typed.answer, &failed.answer, text);
        assert!(!typed.answer.text().contains(&format!("value=\"{text}")) || !text.contains('"'));
    }
}

#[tokio::test]
async fn names_of_people_and_applications_are_text_on_every_page() {
    let hostile = "</span><script>alert(1)</script>";
    let t = TestServer::builder()
        .edit("client_name = \"Web Shop\"", &format!("client_name = \"{hostile}\""))
        .edit("name = \"Alice Arden\", given_name", &format!("name = \"{hostile}\", given_name"))
        .edit("See your orders", hostile)
        .edit(
            "name = \"main\"\n",
            &format!("name = \"main\"\n[pools.settings]\ndisplay_name = \"{hostile}\"\n"),
        )
        .start()
        .await;
    let usual = TestServer::start().await;
    let mut pages = Vec::new();
    for t in [&t, &usual] {
        let web = t.application("web");
        let mut browser = browser_of(t, &["alice", "bob"]).await;
        let mut seen = vec![t.browser().open(&web.request(&[])).await.page()];
        let chooser = browser.open(&web.request(&[("scope", "openid orders")])).await.page();
        let alice = chooser.account("alice").unwrap();
        seen.push(chooser.clone());
        seen.push(browser.submit(&chooser, &[("session", &alice)]).await.page());
        seen.push(browser.open("/oidc/session/end?client_id=web").await.page());
        seen.push(page(&browser.get("/signed-out").await));
        pages.push(seen);
    }
    for (hostile, plain) in pages[0].iter().zip(&pages[1]) {
        is_shaped_like(&hostile.answer, &plain.answer, &hostile.path);
        assert!(!hostile.answer.text().contains("<script"), "{}", hostile.path);
    }
}

#[tokio::test]
async fn nothing_of_a_query_is_repeated_on_the_signed_out_page() {
    let t = TestServer::start().await;
    let plain = t.browser().get("/signed-out").await;
    for query in [
        "remaining=%22%3E%3Cb%3E",
        "remaining=-1",
        "remaining=99999999999999999999",
        "error=%3Cb%3E&error_description=%3Cb%3E",
        "next=https://evil.test",
        "x=%ff",
    ] {
        is_shaped_like(&t.browser().get(&format!("/signed-out?{query}")).await, &plain, query);
    }
}
