//! Which pages are shown, and which must not be: `prompt`, `max_age`, `login_hint`, languages (OpenID Connect Core §3.1.2.1, §3.1.2.3).

use super::{browser_of, is_told, leads_to, page, told};
use usher_test::TestServer;
use usher_types::Span;

#[tokio::test]
async fn without_a_page_nobody_can_sign_in() {
    let t = TestServer::start().await;
    let none = [("prompt", "none")];
    let answer = t.browser().get(&t.application("web").request(&none)).await;
    let callback = is_told(&answer, "login_required", &t.issuer());
    assert_eq!(callback.params["state"], "a state");
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn without_a_page_a_person_who_allowed_it_before_gets_through_at_once() {
    let t = TestServer::start().await;
    let (web, none) = (t.application("web"), [("prompt", "none")]);
    let mut browser = browser_of(&t, &["alice"]).await;
    is_told(&browser.get(&web.request(&none)).await, "consent_required", &t.issuer());
    web.authorize(&mut browser, "alice", &[]).await.code();
    told(&browser.get(&web.request(&none)).await).code();
    // A wider scope was not allowed before.
    is_told(
        &browser.get(&web.request(&[("prompt", "none"), ("scope", "openid email")])).await,
        "consent_required",
        &t.issuer(),
    );
}

#[tokio::test]
async fn without_a_page_one_of_several_people_must_be_named() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    is_told(
        &browser.get(&own.request(&[("prompt", "none")])).await,
        "account_selection_required",
        &t.issuer(),
    );
    let mut subjects = Vec::new();
    for name in ["alice", "BOB", "alice@example.com", "+44 (20) 7946-0123"] {
        let callback = told(&browser.get(&own.request(&[("prompt", "none"), ("login_hint", name)])).await);
        let tokens = own.exchange(callback.code()).await.tokens();
        subjects.push(own.verify(tokens.id.as_deref().unwrap(), "first-party").await["sub"].clone());
    }
    assert_ne!(subjects[0], subjects[1]);
    assert_eq!([&subjects[0], &subjects[0]], [&subjects[2], &subjects[3]]);
    is_told(
        &browser.get(&own.request(&[("prompt", "none"), ("login_hint", "carol")])).await,
        "login_required",
        &t.issuer(),
    );
}

#[tokio::test]
async fn none_goes_with_nothing_else() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    for prompt in [
        "none login",
        "login none",
        "none consent",
        "none select_account",
        "consent none login",
        "none create",
        "none\tlogin",
    ] {
        is_told(&browser.get(&own.request(&[("prompt", prompt)])).await, "invalid_request", &t.issuer());
    }
}

#[tokio::test]
async fn login_has_the_person_prove_again_who_they_are() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let before = told(&browser.get(&own.request(&[])).await);
    let before = own.exchange(before.code()).await.tokens();
    let before = own.verify(before.id.as_deref().unwrap(), "first-party").await;
    t.advance(Span::seconds(5));
    let answer = browser.get(&own.request(&[("prompt", "login")])).await;
    leads_to(&answer, "/sign-in");
    // The way back without having typed anything leads to the page again.
    let resumed = answer.location().replace("/sign-in", "/oidc/auth/resume");
    leads_to(&browser.get(&resumed).await, "/sign-in");
    let after = usher_test::Callback::parse(&browser.walk(&answer.location(), "alice").await);
    let after = own.exchange(after.code()).await.tokens();
    let after = own.verify(after.id.as_deref().unwrap(), "first-party").await;
    assert_eq!((&after["sub"], &after["sid"]), (&before["sub"], &before["sid"]));
    assert!(after["auth_time"].as_i64().unwrap() >= before["auth_time"].as_i64().unwrap() + 5);
}

#[tokio::test]
async fn consent_asks_again_except_where_an_administrator_answered() {
    let t = TestServer::start().await;
    let (web, own) = (t.application("web"), t.application("first-party"));
    let mut browser = t.browser();
    web.authorize(&mut browser, "alice", &[]).await.code();
    told(&browser.get(&web.request(&[])).await).code();
    let answer = browser.get(&web.request(&[("prompt", "consent")])).await;
    leads_to(&answer, "/consent");
    leads_to(&browser.get(&answer.location().replace("/consent", "/oidc/auth/resume")).await, "/consent");
    told(&browser.get(&own.request(&[("prompt", "consent")])).await).code();
}

#[tokio::test]
async fn a_refusal_is_told_and_stays_a_question() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let consent = browser.open(&web.request(&[])).await.page();
    let target = browser.submit(&consent, &[("decision", "deny")]).await.elsewhere();
    let callback = usher_test::Callback::parse(&target);
    assert_eq!(
        (callback.error(), callback.params["state"].as_str(), &callback.params["iss"]),
        ("access_denied", "a state", &t.issuer())
    );
    is_told(&browser.get(&web.request(&[("prompt", "none")])).await, "consent_required", &t.issuer());
    assert!(browser.open(&web.request(&[])).await.page().has("#allow"));
}

#[tokio::test]
async fn select_account_asks_even_where_only_one_person_is_here() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let chooser = browser.open(&own.request(&[("prompt", "select_account")])).await.page();
    let alice = chooser.account("alice").unwrap();
    usher_test::Callback::parse(&browser.submit(&chooser, &[("session", &alice)]).await.elsewhere()).code();
    let chooser = browser.open(&own.request(&[("prompt", "select_account")])).await.page();
    assert!(browser.submit(&chooser, &[("session", "another")]).await.page().has("#sign-in"));
    // Sent on without a choice, the question stands.
    let answer = browser.get(&own.request(&[("prompt", "select_account")])).await;
    leads_to(
        &browser.get(&answer.location().replace("/choose-account", "/oidc/auth/resume")).await,
        "/choose-account",
    );
    let strange = browser.open(&answer.location()).await.page();
    assert!(
        browser
            .submit(&strange, &[("session", "00000000-0000-7000-8000-000000000000")])
            .await
            .page()
            .has("button[name=session]")
    );
}

#[tokio::test]
async fn prompts_add_up() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    web.authorize(&mut browser, "alice", &[]).await.code();
    t.advance(Span::seconds(5));
    let sign_in = browser.open(&web.request(&[("prompt", "login consent")])).await.page();
    assert!(sign_in.has("#sign-in"));
    let fields = [("identifier", "alice"), ("password", usher_test::PASSWORD)];
    let consent = browser.submit(&sign_in, &fields).await.page();
    assert!(consent.has("#allow"));
    usher_test::Callback::parse(&browser.submit(&consent, &[("decision", "allow")]).await.elsewhere()).code();
}

#[tokio::test]
async fn max_age_demands_a_recent_sign_in() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    t.advance(Span::seconds(60));
    told(&browser.get(&own.request(&[("max_age", "60")])).await).code();
    t.advance(Span::seconds(1));
    leads_to(&browser.get(&own.request(&[("max_age", "60")])).await, "/sign-in");
    is_told(
        &browser.get(&own.request(&[("max_age", "60"), ("prompt", "none")])).await,
        "login_required",
        &t.issuer(),
    );
    told(&browser.get(&own.request(&[("max_age", "4294967295")])).await).code();
    let callback = own.authorize(&mut browser, "alice", &[("max_age", "60")]).await;
    let tokens = own.exchange(callback.code()).await.tokens();
    let id = own.verify(tokens.id.as_deref().unwrap(), "first-party").await;
    assert!(id["iat"].as_i64().unwrap() - id["auth_time"].as_i64().unwrap() <= 60, "{id}");
}

#[tokio::test]
async fn max_age_zero_is_prompt_login() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    // OpenID Connect Core §3.1.2.1: "Note that max_age=0 is equivalent to prompt=login."
    is_told(
        &browser.get(&own.request(&[("max_age", "0"), ("prompt", "none")])).await,
        "login_required",
        &t.issuer(),
    );
    leads_to(&browser.get(&own.request(&[("max_age", "0")])).await, "/sign-in");
    own.authorize(&mut browser, "alice", &[("max_age", "0")]).await.code();
}

#[tokio::test]
async fn an_application_may_demand_a_recent_sign_in_of_everybody() {
    let t = TestServer::builder().application("first-party", "default_max_age = 30").start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    told(&browser.get(&own.request(&[])).await).code();
    t.advance(Span::seconds(31));
    leads_to(&browser.get(&own.request(&[])).await, "/sign-in");
    told(&browser.get(&own.request(&[("max_age", "3600")])).await).code();
}

#[tokio::test]
async fn a_login_hint_stands_in_the_field_and_decides_nothing() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let sign_in = browser.open(&own.request(&[("login_hint", "bob@example.com")])).await.page();
    assert_eq!(sign_in.attribute("#identifier", "value").as_deref(), Some("bob@example.com"));
    let unknown = browser.open(&own.request(&[("login_hint", "nobody@example.com")])).await.page();
    let difference = |p: &usher_test::Page| p.words();
    assert_eq!(difference(&sign_in), difference(&unknown), "a hint must not tell who exists");
    // With somebody else here, the hinted person is asked to sign in.
    let mut browser = browser_of(&t, &["alice"]).await;
    leads_to(&browser.get(&own.request(&[("login_hint", "bob")])).await, "/sign-in");
    told(&browser.get(&own.request(&[("login_hint", "Alice")])).await).code();
}

#[tokio::test]
async fn pages_speak_the_first_language_asked_for_that_they_know() {
    let t = TestServer::start().await;
    let web = t.application("web");
    for (asked, accepted, spoken) in [
        ("", "en", "en"),
        ("", "zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-Hans", "en", "zh-Hans"),
        ("fr de zh-CN en", "en", "zh-Hans"),
        ("EN-us zh", "zh", "en"),
        ("fr tlh", "zh-CN", "zh-Hans"),
        ("\"><script>", "en", "en"),
        ("zh-Hant", "en", "en"),
    ] {
        let mut browser = t.browser();
        accepted.clone_into(&mut browser.language);
        let sign_in = browser.open(&web.request(&[("ui_locales", asked)])).await.page();
        assert_eq!(sign_in.attribute("html", "lang").as_deref(), Some(spoken), "{asked} {accepted}");
    }
}

#[tokio::test]
async fn wishes_that_nothing_can_fulfil_are_no_error() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    for (name, value) in [
        ("acr_values", "urn:unknown:gold urn:usher:acr:several-factors"),
        ("claims_locales", "tlh fr"),
        ("display", "wap"),
    ] {
        let callback = told(&browser.get(&own.request(&[(name, value)])).await);
        let tokens = own.exchange(callback.code()).await.tokens();
        assert_eq!(
            own.verify(tokens.id.as_deref().unwrap(), "first-party").await["acr"],
            "urn:usher:acr:one-factor"
        );
    }
    for display in ["page", "popup", "touch", "wap"] {
        assert!(
            page(&browser.get(&own.request(&[("display", display), ("prompt", "login")])).await)
                .answer
                .status
                == 303
        );
    }
}
