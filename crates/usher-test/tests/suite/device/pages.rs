//! The pages: the code's form, the way through sign-in and chooser, the consent that is always asked, and the end.

use super::support::{
    allow, ask, browser_of, builder, consent, decide, enter, number, poll, press, server, sign_in,
};
use usher_store::Engine;
use usher_test::{Browser, TestServer};
use usher_types::Span;

#[tokio::test]
async fn the_page_for_the_code_wants_eight_letters_and_nothing_of_the_browsers_memory() {
    let t = server(Engine::Sqlite).await;
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    let field = "form[method=post] input[name=user_code][autocomplete=off][autocapitalize=characters]";
    assert!(page.has(field) && page.has("label[for=user_code]"), "{}", page.answer.text());
    assert_eq!(page.attribute("#user_code", "value").as_deref(), Some(""));
    assert!(!page.answer.text().contains("<script"));
    assert_eq!(page.answer.header("cache-control"), "no-store");
    assert_eq!(page.answer.header("referrer-policy"), "no-referrer");
}

async fn every_way_of_typing_a_code_leads_to_the_person_and_then_to_consent(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let mut browser = browser_of(&t, &["alice"]).await;
    let wide = |code: &str| {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        code.chars().map(wide).collect::<String>()
    };
    for way in [
        |c: &str| c.to_owned(),
        |c: &str| c.to_lowercase(),
        |c: &str| c.replace('-', ""),
        |c: &str| format!("  {} ", c.replace('-', " ")),
        |c: &str| c.replace('-', "–"),
        wide,
    ] {
        let asked = ask(&tv, "openid").await;
        let page = enter(&mut browser, &way(&asked.user_code)).await;
        assert!(page.has("#allow"), "{}: {}", way(&asked.user_code), page.words());
        assert!(decide(&mut browser, &page, "allow").await.has("#device-done"));
        poll(&tv, &asked).await.tokens();
    }
}

/// RFC 8628 §3.3.1 and §5.4: the link brings the code, but the person has to compare it and to press the button.
async fn a_link_with_the_code_fills_the_field_and_does_nothing_else(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let (tickets, audit) =
        (number(&t, "SELECT COUNT(*) FROM tickets").await, number(&t, "SELECT COUNT(*) FROM audit").await);
    let page = browser.open(&asked.link).await.page();
    assert_eq!(page.attribute("#user_code", "value"), Some(asked.user_code.clone()));
    assert!(page.words().contains("Does your device show this code?"), "{}", page.words());
    assert!(!page.has("#allow"));
    assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, tickets);
    assert_eq!(number(&t, "SELECT COUNT(*) FROM audit").await, audit);
    poll(&tv, &asked).await.refused("authorization_pending");
    let page = browser.submit(&page, &[("user_code", &asked.user_code)]).await.page();
    assert!(page.has("#allow"), "and then the person is asked");
}

/// Attack class 54: the person sees which application asked, from where and when, and which code it must be showing.
async fn the_consent_page_names_application_code_network_time_and_what_will_be_seen(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid films offline_access").await;
    t.advance(Span::seconds(185));
    let mut browser = t.browser();
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    let words = page.words().split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "Living Room",
        asked.user_code.as_str(),
        "3 minutes ago",
        "127.0.0.0/24",
        "where you are too",
        "Alice Arden",
        "Recognise you",
        "Choose films for you",
        "Keep this access",
        "does not belong to",
        "do not allow it",
    ] {
        assert!(words.contains(told), "{told:?} is not in {words}");
    }
    assert!(page.has("#allow") && page.has("#deny"));
}

async fn consent_is_asked_every_time_even_where_it_stands_or_is_never_asked_elsewhere(engine: Engine) {
    let t = server(engine).await;
    for name in ["box", "tv"] {
        let (app, mut browser) = (t.application(name), browser_of(&t, &["alice"]).await);
        for _ in 0..2 {
            let asked = ask(&app, "openid").await;
            let page = enter(&mut browser, &asked.user_code).await;
            assert!(page.has("#allow"), "{name}: {}", page.words());
            poll(&app, &asked).await.refused("authorization_pending");
            decide(&mut browser, &page, "allow").await;
            poll(&app, &asked).await.tokens();
        }
    }
    // And what was allowed a device covers no request by the browser.
    assert_eq!(number(&t, "SELECT COUNT(*) FROM consents").await, 0);
}

async fn where_several_people_are_signed_in_the_chooser_comes_first(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid profile").await;
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let page = enter(&mut browser, &asked.user_code).await;
    let bob = page.account("bob").expect("a chooser with bob");
    let page = browser.submit(&page, &[("session", &bob)]).await.page();
    assert!(page.has("#allow") && page.words().contains("Bob Brook"), "{}", page.words());
    // A page that asked one person is no answer of another's.
    let mine: Vec<(String, String)> = page.form().1;
    let stale: Vec<(&str, &str)> = mine
        .iter()
        .map(|(n, v)| {
            (n.as_str(), if n == "session" { "01939f3a-0000-7000-8000-000000000001" } else { v.as_str() })
        })
        .chain([("decision", "allow")])
        .collect();
    let answer = browser.post("/device/consent", &stale).await;
    assert!(browser.follow("/device/consent", answer).await.page().has("#allow"));
    poll(&tv, &asked).await.refused("authorization_pending");
    decide(&mut browser, &page, "allow").await;
    t.advance(Span::seconds(5));
    let tokens = poll(&tv, &asked).await.tokens();
    assert_eq!(tv.userinfo(&tokens.access).await.json()["name"], "Bob Brook");
}

async fn an_application_that_wants_a_young_sign_in_gets_one(engine: Engine) {
    let t = builder().engine(engine).application("tv", "default_max_age = 60").start().await;
    let tv = t.application("tv");
    let mut browser = browser_of(&t, &["alice"]).await;
    let young = ask(&tv, "openid").await;
    assert!(enter(&mut browser, &young.user_code).await.has("#allow"));
    t.advance(Span::seconds(61));
    let old = ask(&tv, "openid").await;
    let page = enter(&mut browser, &old.user_code).await;
    assert!(page.has("#sign-in"), "{}", page.words());
    let page = sign_in(&mut browser, &page, "alice").await.page();
    assert!(page.has("#allow"), "{}", page.words());
}

on_both_engines! {
    a_link_with_the_code_fills_the_field_and_does_nothing_else
    the_consent_page_names_application_code_network_time_and_what_will_be_seen
    consent_is_asked_every_time_even_where_it_stands_or_is_never_asked_elsewhere
    an_application_that_wants_a_young_sign_in_gets_one
}

everywhere! {
    every_way_of_typing_a_code_leads_to_the_person_and_then_to_consent
    where_several_people_are_signed_in_the_chooser_comes_first
}

#[tokio::test]
async fn a_code_that_waits_for_nobody_is_told_kindly_and_what_was_typed_stays() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let mut browser = t.browser();
    let (used, expired) = (ask(&tv, "openid").await, ask(&tv, "openid").await);
    allow(&mut browser, &used, "alice").await;
    t.advance(Span::minutes(10));
    for typed in ["BCDF-GHJK", "BCDF", "hello", "<b>", &used.user_code, &expired.user_code] {
        let page = enter(&mut browser, typed).await;
        assert_eq!(page.answer.status, 200);
        assert!(page.has("#problem[role=alert]") && page.has("#user_code[aria-invalid]"), "{typed}");
        assert!(page.words().contains("No device is waiting with that code"), "{typed}: {}", page.words());
        assert_eq!(page.attribute("#user_code", "value").as_deref(), Some(typed));
    }
    let page = enter(&mut browser, "  ").await;
    assert!(page.words().contains("Enter the code that your device shows."));
}

#[tokio::test]
async fn a_code_that_ends_while_the_person_reads_is_told_with_a_way_on() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    t.advance(Span::minutes(10));
    let last = decide(&mut browser, &page, "allow").await;
    assert_eq!(last.error(), "invalid_request", "{}", last.answer.text());
    assert_eq!(last.attribute("#back", "href").as_deref(), Some("/device"));
    poll(&tv, &asked).await.refused("expired_token");
    assert_eq!(number(&t, "SELECT COUNT(*) FROM grants").await, 0);
}

#[tokio::test]
async fn a_double_click_and_the_back_button_end_on_the_last_page() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    for decision in ["allow", "allow", "deny"] {
        let last = decide(&mut browser, &page, decision).await;
        assert!(last.has("#device-done") && last.words().contains("go back to your device"), "{decision}");
    }
    assert!(browser.open(&page.path).await.page().has("#device-done"));
    poll(&tv, &asked).await.tokens();
    assert_eq!(number(&t, "SELECT COUNT(*) FROM audit WHERE event LIKE 'device_%'").await, 1);
}

#[tokio::test]
async fn a_sign_in_that_is_sent_twice_ends_in_a_sensible_place() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    let page = enter(&mut browser, &asked.user_code).await;
    let mut stale = browser.clone();
    sign_in(&mut browser, &page, "alice").await;
    // The same form from before the cookie changed: it proves nobody, and the person signs in anew.
    let again = sign_in(&mut stale, &page, "alice").await.page();
    assert!(again.has("#sign-in") || again.has("#allow"), "{}", again.answer.text());
    let again = if again.has("#allow") { again } else { sign_in(&mut stale, &again, "alice").await.page() };
    assert!(again.has("#allow"), "{}", again.answer.text());
    assert!(decide(&mut stale, &again, "allow").await.has("#device-done"));
    poll(&tv, &asked).await.tokens();
}

#[tokio::test]
async fn a_request_is_answered_in_the_browser_that_named_it_and_in_no_other() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    let resume = page.path.replace("/device/consent", "/device/resume");
    for mut other in [t.browser(), browser_of(&t, &["bob"]).await] {
        for path in [&page.path, &resume] {
            assert_eq!(other.open(path).await.page().error(), "invalid_request", "{path}");
        }
        let answer = press(&mut other, &page, &[("decision", "allow")]).await;
        assert!(answer.status.is_client_error(), "{}", answer.text());
    }
    poll(&tv, &asked).await.refused("authorization_pending");
}

#[tokio::test]
async fn the_pages_speak_the_persons_language() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    "zh-CN".clone_into(&mut browser.language);
    assert!(browser.open("/device").await.page().words().contains("输入设备上显示的代码"));
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    assert!(page.words().contains("您的设备上应当显示着这个代码"), "{}", page.words());
    assert!(decide(&mut browser, &page, "allow").await.words().contains("您可以回到设备上了"));
}

#[tokio::test]
async fn an_application_that_was_disabled_meanwhile_is_given_nothing() {
    let mut t: TestServer = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let (asked, mut browser): (_, Browser) = (ask(&tv, "openid").await, t.browser());
    let page = consent(&mut browser, &asked.user_code, "alice").await;
    t.disable_application("tv").await;
    let last = decide(&mut browser, &page, "allow").await;
    assert_eq!(last.error(), "invalid_request", "{}", last.answer.text());
    assert_eq!(number(&t, "SELECT COUNT(*) FROM audit WHERE event LIKE 'device_%'").await, 0);
}
