//! The page: whoever follows its links comes to every mode, and back.

use super::without_the_store;
use scraper::{Html, Selector};
use std::collections::BTreeMap;
use usher_core::advisor::{Mode, words};
use usher_test::{Answer, Browser, TestServer};
use usher_types::{Endpoint, Locale};

/// Addresses of links that match a selector.
fn links(answer: &Answer, selector: &str) -> Vec<String> {
    let html = Html::parse_document(&answer.text());
    let selector = Selector::parse(selector).unwrap();
    html.select(&selector).map(|a| a.attr("href").unwrap().to_owned()).collect()
}

/// An attribute of the advisor's frame.
fn frame(answer: &Answer, name: &str) -> Option<String> {
    let html = Html::parse_document(&answer.text());
    let selector = Selector::parse("#advisor").unwrap();
    let frame = html.select(&selector).next().unwrap_or_else(|| panic!("no advisor: {}", answer.text()));
    frame.attr(name).map(str::to_owned)
}

/// Follows every link from the first question; the addresses at which each mode is advised.
async fn modes_by_links(browser: &mut Browser, start: &str) -> BTreeMap<String, Vec<String>> {
    let mut modes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open = vec![start.to_owned()];
    while let Some(path) = open.pop() {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
        match frame(&answer, "data-mode") {
            Some(mode) => modes.entry(mode).or_default().push(path),
            None => open.extend(links(&answer, "a.choice")),
        }
    }
    modes
}

#[tokio::test]
async fn following_the_links_reaches_every_mode_without_the_store_and_without_a_cookie() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    let modes = without_the_store(&t, modes_by_links(&mut browser, Endpoint::Advisor.path())).await;
    let mut names: Vec<&str> = Mode::ALL.iter().map(|m| m.as_str()).collect();
    names.sort_unstable();
    assert_eq!(modes.keys().collect::<Vec<_>>(), names);
    // Three ways lead to the authorization code, one to each other mode.
    assert!(modes.iter().all(|(mode, ways)| ways.len() == if mode == "authorization_code" { 3 } else { 1 }));
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn an_answer_can_be_changed_where_it_was_given_and_the_beginning_is_one_link_away() {
    let t = TestServer::start().await;
    let path = format!("{}?person=yes&public_code=yes&application=native", Endpoint::Advisor.path());
    let answer = t.browser().get(&path).await;
    let earlier = links(&answer, ".path a");
    assert_eq!(
        earlier,
        ["/advisor", "/advisor?person=yes", "/advisor?person=yes&public_code=yes"].map(str::to_owned)
    );
    assert_eq!(links(&answer, "#start"), ["/advisor"]);
    let again = t.browser().get(&earlier[1]).await;
    assert_eq!(frame(&again, "data-step").as_deref(), Some("question"));
    assert!(links(&again, "a.choice").contains(&"/advisor?person=yes&public_code=no".to_owned()));
}

#[tokio::test]
async fn what_is_no_answer_is_asked_again_and_what_bears_on_nothing_leaves_no_trace() {
    let t = TestServer::start().await;
    for (query, step, first) in [
        ("person=maybe", "question", "/advisor?person=yes"),
        ("person=yes&person=no", "question", "/advisor?person=yes"),
        ("public_code=yes", "question", "/advisor?person=yes"),
        ("person=yes&web_crypto=no&utm_source=x", "question", "/advisor?person=yes&public_code=yes"),
        ("person=%3Cscript%3E", "question", "/advisor?person=yes"),
        ("%ff", "question", "/advisor?person=yes"),
    ] {
        let answer = t.browser().get(&format!("/advisor?{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        assert_eq!(frame(&answer, "data-step").as_deref(), Some(step), "{query}");
        assert_eq!(links(&answer, "a.choice")[0], first, "{query}");
        assert!(!answer.text().contains("<script"), "{query}");
    }
    let plain = t.browser().get("/advisor?person=no").await;
    let more = t.browser().get("/advisor?person=no&public_code=yes&application=native").await;
    let without_id = |answer: &Answer| answer.text();
    assert_eq!(without_id(&plain), without_id(&more));
}

#[tokio::test]
async fn a_pool_advises_by_its_own_addresses() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    let modes = modes_by_links(&mut browser, "/staff/advisor").await;
    for (mode, ways) in &modes {
        assert!(ways.iter().all(|w| w.starts_with("/staff/advisor?")), "{mode}: {ways:?}");
        let text = browser.get(&ways[0]).await.text();
        assert!(text.contains(&format!("{}/staff/oidc", t.origin())), "{mode}");
        assert!(!text.contains(&format!("{}/oidc", t.origin())), "{mode}");
    }
}

#[tokio::test]
async fn the_reason_is_told_in_the_browser_s_language() {
    let t = TestServer::start().await;
    for (language, locale) in [("en", Locale::English), ("zh-CN", Locale::SimplifiedChinese)] {
        let mut browser = t.browser();
        language.clone_into(&mut browser.language);
        let modes = modes_by_links(&mut browser, "/advisor").await;
        for mode in Mode::ALL {
            let answer = browser.get(&modes[mode.as_str()][0]).await;
            let html = Html::parse_document(&answer.text());
            let reason = Selector::parse("#reason").unwrap();
            let said: String = html.select(&reason).next().unwrap().text().collect();
            assert_eq!(said, words::mode(locale, mode).reason, "{language}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        }
    }
}
