//! Consent: asked once, remembered as far as it went, and asked again where it does not reach or cannot be relied on.

use super::support::{add, browser_of, number, shows, sign_in, sign_in_page, silently, sub_of, subject};
use usher_test::{Application, Arrival, Browser, Callback, PASSWORD, Page, TestServer};

/// The consent page of a request by somebody who is signed in.
async fn asked(browser: &mut Browser, app: &Application, changes: &[(&str, &str)]) -> Page {
    let page = browser.open(&app.request(changes)).await.page();
    assert!(page.has("#allow") && page.has("#deny"), "{}", page.answer.text());
    page
}

async fn allow(browser: &mut Browser, page: &Page) -> Callback {
    Callback::parse(&browser.submit(page, &[("decision", "allow")]).await.elsewhere())
}

#[tokio::test]
async fn consent_is_asked_once_and_says_who_what_and_where_to() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[("scope", "openid email orders")]).await;
    for words in ["Web Shop", "Alice Arden", "web.test", "See your orders", "email address"] {
        assert!(shows(&page, words), "{words} in {}", page.words());
    }
    assert!(!shows(&page, "phone number"));
    allow(&mut browser, &page).await.code();
    for scope in ["openid email orders", "openid", "email", "orders openid"] {
        assert_eq!(silently(&mut browser, &web, &[("scope", scope)]).await, "code", "{scope}");
    }
}

#[tokio::test]
async fn more_than_was_allowed_is_asked_for_again_and_adds_to_it() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[("scope", "openid email")]).await;
    allow(&mut browser, &page).await.code();
    assert_eq!(silently(&mut browser, &web, &[("scope", "openid phone")]).await, "consent_required");
    let page = asked(&mut browser, &web, &[("scope", "openid phone")]).await;
    allow(&mut browser, &page).await.code();
    assert_eq!(silently(&mut browser, &web, &[("scope", "openid email phone")]).await, "code");
    assert_eq!(
        silently(&mut browser, &web, &[("scope", "openid email phone profile")]).await,
        "consent_required"
    );
}

#[tokio::test]
async fn single_claims_are_shown_and_remembered_one_by_one() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let birthdate = [("claims", r#"{"userinfo":{"birthdate":null}}"#)];
    let page = asked(&mut browser, &web, &birthdate).await;
    assert!(shows(&page, "date of birth"), "{}", page.words());
    allow(&mut browser, &page).await.code();
    assert_eq!(silently(&mut browser, &web, &birthdate).await, "code");
    let both = [("claims", r#"{"userinfo":{"birthdate":null},"id_token":{"gender":{"essential":true}}}"#)];
    assert_eq!(silently(&mut browser, &web, &both).await, "consent_required");
    let scope = [("scope", "openid profile")];
    assert_eq!(
        silently(&mut browser, &web, &scope).await,
        "consent_required",
        "one claim is not its whole scope"
    );
    let page = asked(&mut browser, &web, &scope).await;
    allow(&mut browser, &page).await.code();
    let within = [("scope", "openid profile"), ("claims", r#"{"userinfo":{"gender":null}}"#)];
    assert_eq!(silently(&mut browser, &web, &within).await, "code", "a claim of an allowed scope");
}

#[tokio::test]
async fn consent_is_one_persons_to_one_application() {
    let t = TestServer::start().await;
    let (web, post) = (t.application("web"), t.application("post"));
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[]).await;
    allow(&mut browser, &page).await.code();
    assert_eq!(silently(&mut browser, &post, &[]).await, "consent_required");
    let mut elsewhere = browser_of(&t, &["alice"]).await;
    assert_eq!(silently(&mut elsewhere, &web, &[]).await, "code", "it holds in every browser");
    add(&t, &mut browser, "bob").await;
    assert_eq!(silently(&mut browser, &web, &[("login_hint", "bob")]).await, "consent_required");
    assert_eq!(silently(&mut browser, &web, &[("login_hint", "alice")]).await, "code");
}

#[tokio::test]
async fn a_refusal_goes_to_the_application_and_is_not_remembered() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[]).await;
    let refused = Callback::parse(&browser.submit(&page, &[("decision", "deny")]).await.elsewhere());
    assert_eq!(refused.error(), "access_denied");
    assert_eq!(refused.params["state"], "a state");
    assert_eq!(refused.params["iss"], t.issuer());
    assert!(!refused.params.contains_key("code"));
    assert_eq!(number(&t, "SELECT COUNT(*) FROM consents").await, 0);
    asked(&mut browser, &web, &[]).await;
}

#[tokio::test]
async fn who_refuses_by_mistake_can_go_back_and_allow() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[]).await;
    browser.submit(&page, &[("decision", "deny")]).await.elsewhere();
    let back = browser.open(&page.path).await.page();
    assert!(back.has("#allow"));
    let callback = allow(&mut browser, &back).await;
    assert_eq!(subject(&web, &callback).await, sub_of(&t, "alice").await);
}

#[tokio::test]
async fn who_allows_by_mistake_can_go_back_and_refuse() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[("prompt", "consent")]).await;
    let allowed = allow(&mut browser, &page).await;
    let back = browser.open(&page.path).await.page();
    let refused = Callback::parse(&browser.submit(&back, &[("decision", "deny")]).await.elsewhere());
    assert_eq!(refused.error(), "access_denied");
    web.exchange(allowed.code()).await.refused("invalid_grant");
}

#[tokio::test]
async fn an_answer_that_is_neither_allows_nothing() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[]).await;
    let none: &[(&str, &str)] = &[];
    for fields in
        [none, &[("decision", "")], &[("decision", "Allow")], &[("decision", "yes"), ("allow", "allow")]]
    {
        assert!(browser.submit(&page, fields).await.page().has("#allow"), "{fields:?}");
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM consents").await, 0);
}

#[tokio::test]
async fn prompt_consent_asks_every_time() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    for _ in 0..2 {
        let page = asked(&mut browser, &web, &[("prompt", "consent")]).await;
        allow(&mut browser, &page).await.code();
    }
    assert_eq!(silently(&mut browser, &web, &[]).await, "code");
    let page = browser.open(&web.request(&[("prompt", "login consent")])).await.page();
    assert!(page.has("#sign-in"));
    let page = sign_in(&mut browser, &page, "alice", PASSWORD).await.page();
    allow(&mut browser, &page).await.code();
}

#[tokio::test]
async fn an_application_that_skips_consent_never_asks() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    for prompt in ["", "consent"] {
        let changes = [("prompt", prompt), ("scope", "openid profile email offline_access")];
        let callback = Callback::parse(&browser.open(&own.request(&changes)).await.elsewhere());
        assert!(own.exchange(callback.code()).await.tokens().refresh.is_some());
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM consents").await, 0);
}

#[tokio::test]
async fn a_native_application_is_asked_for_every_time_since_any_program_can_pose_as_it() {
    let t = TestServer::start().await;
    let native = t.application("native");
    let mut browser = browser_of(&t, &["alice"]).await;
    for redirect in ["http://127.0.0.1:4711/cb", "http://[::1]:4712/cb", "com.example.notes:/cb"] {
        for _ in 0..2 {
            let page = asked(&mut browser, &native, &[("redirect_uri", redirect)]).await;
            let target = browser.submit(&page, &[("decision", "allow")]).await.elsewhere();
            assert!(target.starts_with(redirect) && target.contains("code="), "{target}");
        }
        let target = browser.open(&native.request(&[("redirect_uri", redirect), ("prompt", "none")])).await;
        assert_eq!(Callback::parse(&target.elsewhere()).error(), "consent_required", "{redirect}");
    }
}

#[tokio::test]
async fn what_was_asked_of_one_person_is_not_answered_for_another() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let chooser = browser.open(&web.request(&[])).await.page();
    let (alice, bob) = (chooser.account("alice").unwrap(), chooser.account("bob").unwrap());
    let for_alice = browser.submit(&chooser, &[("session", &alice)]).await.page();
    assert!(shows(&for_alice, "Alice Arden") && for_alice.has("#allow"));
    // In a second tab the same person goes back and chooses somebody else; then the first tab is answered.
    let for_bob = browser.submit(&chooser, &[("session", &bob)]).await.page();
    assert!(shows(&for_bob, "Bob Brook") && for_bob.has("#allow"));
    match browser.submit(&for_alice, &[("decision", "allow")]).await {
        Arrival::Page(page) => assert!(page.has("#allow"), "{}", page.answer.text()),
        Arrival::Elsewhere(target) => {
            let sub = subject(&web, &Callback::parse(&target)).await;
            assert_eq!(sub, sub_of(&t, "alice").await, "the page that was answered greeted Alice");
        }
    }
    assert_eq!(silently(&mut browser, &web, &[("login_hint", "bob")]).await, "consent_required");
}

#[tokio::test]
async fn of_several_people_a_hint_picks_the_one_who_is_asked() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    let page = asked(&mut browser, &web, &[("login_hint", "bob")]).await;
    assert!(shows(&page, "Bob Brook") && !shows(&page, "Alice"));
    let callback = allow(&mut browser, &page).await;
    assert_eq!(subject(&web, &callback).await, sub_of(&t, "bob").await);
    assert_eq!(silently(&mut browser, &web, &[("login_hint", "alice")]).await, "consent_required");
}

#[tokio::test]
async fn a_request_for_nothing_in_particular_is_asked_about_too() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    for scope in ["", "unknown", "offline_access"] {
        assert_eq!(silently(&mut browser, &web, &[("scope", scope)]).await, "consent_required", "{scope:?}");
    }
    let page = asked(&mut browser, &web, &[("scope", "")]).await;
    allow(&mut browser, &page).await.code();
    assert_eq!(silently(&mut browser, &web, &[("scope", "")]).await, "code");
    assert_eq!(silently(&mut browser, &web, &[]).await, "consent_required", "openid was not asked for then");
}

#[tokio::test]
async fn without_a_question_offline_access_is_not_given() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = asked(&mut browser, &web, &[]).await;
    allow(&mut browser, &page).await.code();
    let offline = [("scope", "openid offline_access")];
    let callback = Callback::parse(&browser.open(&web.request(&offline)).await.elsewhere());
    assert!(web.exchange(callback.code()).await.tokens().refresh.is_none());
    let page = asked(&mut browser, &web, &[("scope", "openid offline_access"), ("prompt", "consent")]).await;
    assert!(shows(&page, "while you are away"));
    let callback = allow(&mut browser, &page).await;
    assert!(web.exchange(callback.code()).await.tokens().refresh.is_some());
    let callback = Callback::parse(&browser.open(&web.request(&offline)).await.elsewhere());
    assert!(web.exchange(callback.code()).await.tokens().refresh.is_some(), "an earlier consent covers it");
}

#[tokio::test]
async fn consent_comes_after_the_sign_in_and_needs_it() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    let (_, hidden) = page.form();
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.push(("decision", "allow"));
    let answer = browser.post("/consent", &fields).await;
    assert!(browser.follow("/consent", answer).await.page().has("#sign-in"));
    assert_eq!(number(&t, "SELECT COUNT(*) FROM consents").await, 0);
}
