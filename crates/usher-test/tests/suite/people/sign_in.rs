//! The sign-in page: by which names people sign in, what stands in the form after an error, and in which language it speaks.

use super::support::{
    guess, number, press, sign_in, sign_in_page, sub_of, subject, with_people, with_settings,
};
use std::collections::BTreeSet;
use usher_test::{Callback, PASSWORD, TestServer};

#[tokio::test]
async fn people_sign_in_by_any_of_their_names_however_it_is_written() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut subjects = BTreeSet::from([sub_of(&t, "alice").await]);
    for name in [
        " Alice ",
        "ALICE",
        "ＡＬＩＣＥ",
        "al\u{200b}ice",
        "alice@example.com",
        "\tAlice@Example.COM",
        "ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "+442079460123",
        "+44 20 7946-0123",
        "+44 (20) 7946.0123 ",
    ] {
        let callback = own.authorize(&mut t.browser(), name, &[]).await;
        subjects.insert(subject(&own, &callback).await);
    }
    assert_eq!(subjects.len(), 1);
    assert_ne!(subjects, BTreeSet::from([sub_of(&t, "bob").await]));
}

#[tokio::test]
async fn names_that_only_look_alike_are_other_names() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    for name in
        ["аlice", "alice\u{301}", "al ice", "alice@example.com.", "442079460123", "alice+x@example.com"]
    {
        let again = sign_in(&mut browser, &page, name, PASSWORD).await.page();
        assert!(again.has("#password-problem"), "{name}");
    }
}

#[tokio::test]
async fn what_is_missing_is_asked_for_and_costs_nothing() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    let no_password: &[(&str, &str)] = &[("identifier", "alice")];
    for fields in [no_password, &[("identifier", "alice"), ("password", "")]] {
        let again = browser.submit(&page, fields).await.page();
        assert_eq!(again.answer.status, 200);
        assert!(again.has("#problem[role=alert]"));
        assert!(again.has("#password[aria-invalid]"));
        assert_eq!(again.attribute("#identifier", "value").as_deref(), Some("alice"));
    }
    for name in ["", "   ", "\u{200b}"] {
        let again = sign_in(&mut browser, &page, name, PASSWORD).await.page();
        assert!(again.has("#identifier[aria-invalid]"), "{name:?}");
        assert!(!again.answer.text().contains(PASSWORD));
    }
    let nothing = browser.submit(&page, &[]).await.page();
    assert!(nothing.has("#problem"));
    assert_eq!(t.app.hashing.hashes(), 0);
    assert_eq!(number(&t, "SELECT COUNT(*) FROM throttles").await, 0);
}

#[tokio::test]
async fn after_a_wrong_password_the_name_is_kept_and_the_password_is_not() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    let fields = [("identifier", " Alice "), ("password", "a wrong password"), ("remember", "on")];
    let again = browser.submit(&page, &fields).await.page();
    assert_eq!(again.answer.status, 200);
    assert!(again.has("#problem[role=alert]"));
    assert_eq!(again.attribute("#identifier", "value").as_deref(), Some(" Alice "));
    assert_eq!(again.attribute("#password", "value"), None);
    assert!(again.has("input[name=remember][checked]"));
    assert!(!again.answer.text().contains("a wrong password"));
    assert_eq!(again.answer.header("cache-control"), "no-store");
    assert!(sign_in(&mut browser, &again, "alice", PASSWORD).await.page().has("#allow"));
}

#[tokio::test]
async fn a_name_is_only_ever_text() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let name = "\"><script>alert(1)</script><b id='b'>{{ 7*7 }}";
    let page = sign_in_page(&mut browser, &web).await;
    let again = sign_in(&mut browser, &page, name, "a wrong password").await.page();
    assert_eq!(again.attribute("#identifier", "value").as_deref(), Some(name));
    let hinted = browser.open(&web.request(&[("login_hint", name)])).await.page();
    assert_eq!(hinted.attribute("#identifier", "value").as_deref(), Some(name));
    for page in [again, hinted] {
        assert!(!page.has("script") && !page.has("b"), "{}", page.answer.text());
        assert!(!page.answer.header("content-security-policy").contains("unsafe-inline"));
    }
}

#[tokio::test]
async fn a_login_hint_fills_the_name_in_and_binds_nobody_to_it() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = browser.open(&own.request(&[("login_hint", "bob@example.com")])).await.page();
    assert_eq!(page.attribute("#identifier", "value").as_deref(), Some("bob@example.com"));
    let callback = Callback::parse(&sign_in(&mut browser, &page, "alice", PASSWORD).await.elsewhere());
    assert_eq!(subject(&own, &callback).await, sub_of(&t, "alice").await);
}

#[tokio::test]
async fn a_password_may_have_1024_bytes_and_one_more_is_not_even_hashed() {
    let longest = "seven blue kites at noon, ".repeat(40)[..1024].to_owned();
    let carol = format!("[[pools.users]]\nusername = \"carol\"\npassword = \"{longest}\"\n");
    let t = with_people(TestServer::builder(), &carol).start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let refused = guess(&mut browser, &page, "carol", &format!("{longest}p")).await;
    assert_eq!(refused.status, 200);
    assert!(refused.text().contains("id=\"problem\""));
    assert!(!refused.text().contains(&longest));
    assert_eq!(t.app.hashing.hashes(), 0);
    Callback::parse(&sign_in(&mut browser, &page, "carol", &longest).await.elsewhere()).code();
}

#[tokio::test]
async fn a_password_is_compared_byte_for_byte() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let upper = PASSWORD.to_uppercase();
    for wrong in
        [format!(" {PASSWORD}"), format!("{PASSWORD} "), upper, PASSWORD[1..].to_owned(), "x".to_owned()]
    {
        assert!(
            sign_in(&mut browser, &page, "alice", &wrong).await.page().has("#password-problem"),
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn a_field_that_is_given_twice_is_refused() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let twice = [("identifier", "alice"), ("identifier", "bob"), ("password", PASSWORD)];
    assert_eq!(press(&mut browser, &page, &twice).await.status, 400);
    let twice = [("identifier", "alice"), ("password", "a wrong password"), ("password", PASSWORD)];
    assert_eq!(press(&mut browser, &page, &twice).await.status, 400);
    assert_eq!(t.app.hashing.hashes(), 0);
}

#[tokio::test]
async fn pages_speak_the_language_that_the_request_or_else_the_browser_asks_for() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut english = t.browser();
    let mut chinese = t.browser();
    chinese.language = "fr, zh-CN;q=0.9, en;q=0.1".to_owned();
    let lang = |page: &usher_test::Page| page.attribute("html", "lang").unwrap();

    let page = sign_in_page(&mut english, &web).await;
    assert_eq!(lang(&page), "en");
    assert!(page.words().contains("Sign in"));
    let page = sign_in_page(&mut chinese, &web).await;
    assert_eq!(lang(&page), "zh-Hans");
    assert!(page.words().contains("登录"), "{}", page.words());
    let again = sign_in(&mut chinese, &page, "alice", "a wrong password").await.page();
    assert!(again.words().contains("用户名与密码不匹配"), "{}", again.words());

    let page = english.open(&web.request(&[("ui_locales", "de zh-Hans en")])).await.page();
    assert_eq!(lang(&page), "zh-Hans");
    let consent = sign_in(&mut english, &page, "alice", PASSWORD).await.page();
    assert!(consent.has("#allow"));
    assert_eq!(lang(&consent), "zh-Hans");
    let page = chinese.open(&web.request(&[("ui_locales", "de fr")])).await.page();
    assert_eq!(lang(&page), "zh-Hans");
    let page = chinese.open(&web.request(&[("ui_locales", "en")])).await.page();
    assert_eq!(lang(&page), "en");

    let missing = chinese.open("/nowhere").await.page();
    assert_eq!(missing.answer.status, 404);
    assert_eq!(lang(&missing), "zh-Hans");
    let gone = chinese.open("/sign-in?interaction=x").await.page();
    assert!(gone.words().contains("这次登录已经失效"), "{}", gone.words());
    let out = chinese.open("/oidc/session/end").await.page();
    assert!(out.has("#signed-out"));
    assert!(out.words().contains("您已退出登录"), "{}", out.words());
}

#[tokio::test]
async fn a_pool_has_a_language_of_its_own_for_those_who_ask_for_none_of_ours() {
    let t = with_settings(TestServer::builder(), "default_locale = \"zh-Hans\"").start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    browser.language = "fr, zh-TW".to_owned();
    assert_eq!(sign_in_page(&mut browser, &web).await.attribute("html", "lang").as_deref(), Some("zh-Hans"));
}
