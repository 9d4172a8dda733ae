//! What an interaction is bound to, and what becomes of double clicks, back buttons, second tabs and stale ones.

use super::support::{browser_of, guess, handle_of, press, sign_in, sign_in_page, silently, sub_of, subject};
use std::collections::BTreeSet;
use tokio::task::JoinSet;
use usher_test::{Arrival, Browser, Callback, PASSWORD, TestServer};
use usher_types::{Span, limits};

const PAGES: [&str; 4] = ["/sign-in", "/consent", "/choose-account", "/oidc/auth/resume"];

#[tokio::test]
async fn the_address_of_a_page_is_of_no_use_in_another_browser() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let begun = sign_in_page(&mut browser, &web).await;
    let consent = sign_in(&mut browser, &begun, "alice", PASSWORD).await.page();
    assert!(consent.has("#allow"));
    let (handle, fields) = (handle_of(&consent), consent.form().1);
    for mut thief in [t.browser(), browser_of(&t, &["bob"]).await] {
        for path in PAGES {
            let page = thief.open(&format!("{path}?interaction={handle}")).await.page();
            assert_eq!(
                (page.answer.status.as_u16(), page.error().as_str()),
                (400, "invalid_request"),
                "{path}"
            );
            assert!(page.words().contains("another browser"), "{path}: {}", page.words());
        }
        let mut fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        fields.extend([
            ("decision", "allow"),
            ("session", "another"),
            ("identifier", "bob"),
            ("password", PASSWORD),
        ]);
        for path in &PAGES[..3] {
            let answer = thief.post(path, &fields).await;
            assert_eq!(answer.status, 400, "{path}");
            assert!(!answer.text().contains("Alice"));
        }
    }
    let target = browser.submit(&consent, &[("decision", "allow")]).await.elsewhere();
    assert_eq!(subject(&web, &Callback::parse(&target)).await, sub_of(&t, "alice").await);
}

#[tokio::test]
async fn an_interaction_ends_after_half_an_hour() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    t.advance(Span::millis(u32::try_from(limits::INTERACTION.as_millis() - 1).unwrap()));
    assert!(browser.open(&page.path).await.page().has("#sign-in"));
    let mut late = browser.clone();
    let consent = sign_in(&mut browser, &page, "alice", PASSWORD).await.page();
    assert!(consent.has("#allow"));
    t.advance(Span::millis(1));
    assert_eq!(guess(&mut late, &page, "alice", PASSWORD).await.status, 400);
    assert_eq!(press(&mut browser, &consent, &[("decision", "allow")]).await.status, 400);
    let handle = handle_of(&page);
    for path in PAGES {
        let gone = browser.open(&format!("{path}?interaction={handle}")).await.page();
        assert_eq!((gone.answer.status.as_u16(), gone.error().as_str()), (400, "invalid_request"), "{path}");
        assert!(gone.words().contains("no longer") || gone.words().contains("too long"), "{}", gone.words());
    }
    web.authorize(&mut browser, "alice", &[]).await.code();
}

#[tokio::test]
async fn what_is_no_interaction_gets_a_page_that_says_so() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    let handle = handle_of(&page);
    let (id, secret) = handle.split_once('.').unwrap();
    let other = handle_of(&sign_in_page(&mut browser, &web).await);
    let other_secret = other.split_once('.').unwrap().1;
    let staff = handle_of(&sign_in_page(&mut browser, &t.application_of("staff", "web")).await);
    for wrong in [
        String::new(),
        "x".to_owned(),
        id.to_owned(),
        format!("{id}."),
        format!("{id}.{other_secret}"),
        format!("{id}.{}", &secret[1..]),
        format!("{handle}&interaction={handle}"),
        "%00".to_owned(),
        "a".repeat(5000),
        staff,
    ] {
        for path in PAGES {
            let answer = browser.get(&format!("{path}?interaction={wrong}")).await;
            assert_eq!(answer.status, 400, "{path}: {wrong}");
            assert!(answer.text().contains("data-error=\"invalid_request\""), "{path}: {wrong}");
        }
    }
    for path in PAGES {
        assert_eq!(browser.get(path).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_sign_in_form_sent_twice_signs_in_twice_and_both_ways_lead_on() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let mut twin = browser.clone();
    let first = Callback::parse(&sign_in(&mut browser, &page, "alice", PASSWORD).await.elsewhere());
    let second = Callback::parse(&sign_in(&mut twin, &page, "alice", PASSWORD).await.elsewhere());
    assert_ne!(first.code(), second.code());
    own.exchange(first.code()).await.refused("invalid_grant");
    assert_eq!(subject(&own, &second).await, sub_of(&t, "alice").await);
    assert_eq!(silently(&mut twin, &own, &[]).await, "code");
}

#[tokio::test]
async fn a_form_sent_again_with_the_old_cookie_and_without_the_password_shows_nobody() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &web).await;
    let mut old = browser.clone();
    sign_in(&mut browser, &page, "alice", PASSWORD).await.page();
    let again = sign_in(&mut old, &page, "alice", "a wrong password").await.page();
    assert!(again.has("#sign-in"));
    let resumed = old.open(&format!("/oidc/auth/resume?interaction={}", handle_of(&page))).await.page();
    assert!(resumed.has("#sign-in") && !resumed.words().contains("Alice"));
}

#[tokio::test]
async fn a_consent_sent_twice_leaves_one_code() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = browser.open(&web.request(&[])).await.page();
    let first = Callback::parse(&browser.submit(&page, &[("decision", "allow")]).await.elsewhere());
    let second = Callback::parse(&browser.submit(&page, &[("decision", "allow")]).await.elsewhere());
    assert_ne!(first.code(), second.code());
    web.exchange(first.code()).await.refused("invalid_grant");
    let tokens = web.exchange(second.code()).await.tokens();
    // A third answer, after the application has its tokens, leaves them alone.
    let third = Callback::parse(&browser.submit(&page, &[("decision", "allow")]).await.elsewhere());
    assert!(web.is_active(&tokens.access).await);
    web.exchange(third.code()).await.tokens();
    assert!(web.is_active(&tokens.access).await);
}

#[tokio::test]
async fn the_back_button_leads_on_and_the_code_before_is_void() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let first = Callback::parse(&sign_in(&mut browser, &page, "alice", PASSWORD).await.elsewhere());
    let second = match browser.open(&page.path).await {
        Arrival::Elsewhere(target) => Callback::parse(&target),
        Arrival::Page(back) => {
            assert!(back.has("#sign-in"), "{}", back.answer.text());
            Callback::parse(&sign_in(&mut browser, &back, "alice", PASSWORD).await.elsewhere())
        }
    };
    own.exchange(first.code()).await.refused("invalid_grant");
    own.exchange(second.code()).await.tokens();
}

#[tokio::test]
async fn a_second_tab_is_carried_along_by_the_sign_in_in_the_first() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let first = sign_in_page(&mut browser, &own).await;
    let second = sign_in_page(&mut browser, &own).await;
    let third = sign_in_page(&mut browser, &own).await;
    let one = Callback::parse(&sign_in(&mut browser, &first, "alice", PASSWORD).await.elsewhere());
    // The second tab's form is stale: nothing that is typed there is looked at.
    let two =
        Callback::parse(&sign_in(&mut browser, &second, "nobody", "a wrong password").await.elsewhere());
    let three = Callback::parse(&browser.open(&third.path).await.elsewhere());
    for callback in [one, two, three] {
        assert_eq!(subject(&own, &callback).await, sub_of(&t, "alice").await);
    }
    assert_eq!(t.app.hashing.hashes(), 1 + 3, "one sign-in of the browser's, and one of each comparison");
}

#[tokio::test]
async fn a_second_tab_that_is_carried_along_can_be_answered() {
    let t = TestServer::start().await;
    let (web, own) = (t.application("web"), t.application("first-party"));
    let mut browser = t.browser();
    let waiting = sign_in_page(&mut browser, &web).await;
    let other = sign_in_page(&mut browser, &own).await;
    sign_in(&mut browser, &other, "alice", PASSWORD).await.elsewhere();
    let consent = browser.open(&waiting.path).await.page();
    assert!(consent.has("#allow"), "{}", consent.answer.text());
    let callback = Callback::parse(&browser.submit(&consent, &[("decision", "allow")]).await.elsewhere());
    assert_eq!(subject(&web, &callback).await, sub_of(&t, "alice").await);

    // The same where the tab wants somebody else.
    let waiting = browser.open(&web.request(&[("login_hint", "bob")])).await.page();
    assert!(waiting.has("#sign-in"));
    let other = browser.open(&own.request(&[("prompt", "login")])).await.page();
    sign_in(&mut browser, &other, "alice", PASSWORD).await.elsewhere();
    let page = browser.open(&waiting.path).await.page();
    assert!(page.has("#sign-in"), "{}", page.answer.text());
    let consent = sign_in(&mut browser, &page, "bob", PASSWORD).await.page();
    let callback = Callback::parse(&browser.submit(&consent, &[("decision", "allow")]).await.elsewhere());
    assert_eq!(subject(&web, &callback).await, sub_of(&t, "bob").await);
}

#[tokio::test]
async fn what_was_proven_for_one_code_is_not_proven_for_the_next() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    t.advance(Span::minutes(1));
    let page = browser.open(&own.request(&[("prompt", "login")])).await.page();
    let answer = guess(&mut browser, &page, "alice", PASSWORD).await;
    t.advance(Span::seconds(1));
    browser.follow("/sign-in", answer).await.elsewhere();
    t.advance(Span::minutes(10));
    let resume = format!("/oidc/auth/resume?interaction={}", handle_of(&page));
    assert!(browser.open(&resume).await.page().has("#sign-in"), "whoever sits down later signs in");
}

#[tokio::test]
async fn a_stale_tab_that_wanted_a_fresh_sign_in_takes_one_made_since_it_began() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    t.advance(Span::minutes(1));
    let fresh = browser.open(&own.request(&[("prompt", "login")])).await.page();
    assert!(fresh.has("#sign-in"));
    let other = browser.open(&own.request(&[("max_age", "0")])).await.page();
    sign_in(&mut browser, &other, "alice", PASSWORD).await.elsewhere();
    let callback = Callback::parse(&browser.open(&fresh.path).await.elsewhere());
    own.exchange(callback.code()).await.tokens();
}

#[tokio::test]
async fn a_tab_left_open_over_a_sign_out_asks_to_sign_in() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let id = web.sign_in(&mut browser, "alice", "openid").await.id.unwrap();
    let consent = browser.open(&web.request(&[("prompt", "consent")])).await.page();
    let keep = browser.cookies.clone();
    browser.get(&format!("/oidc/session/end?id_token_hint={id}")).await;
    browser.cookies = keep;
    match browser.submit(&consent, &[("decision", "allow")]).await {
        Arrival::Page(page) => assert!(page.has("#sign-in") || page.has("#error"), "{}", page.answer.text()),
        Arrival::Elsewhere(target) => panic!("nobody is signed in, but the browser left for {target}"),
    }
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_so() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let target = browser.get(&web.request(&[])).await.location();
    browser.cookies.clear();
    let page = browser.open(&target).await.page();
    assert_eq!(page.answer.status, 400);
    assert!(page.words().to_lowercase().contains("cookie"), "{}", page.words());
}

async fn four_answers_at_once(t: TestServer) {
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = browser.open(&web.request(&[])).await.page();
    let mut clicks = JoinSet::new();
    for _ in 0..4 {
        let (mut browser, page) = (browser.clone(), page.clone());
        clicks.spawn(async move { browser.submit(&page, &[("decision", "allow")]).await.elsewhere() });
    }
    let codes: BTreeSet<String> =
        clicks.join_all().await.iter().map(|target| Callback::parse(target).code().to_owned()).collect();
    let mut good = 0;
    for code in &codes {
        good += usize::from(web.exchange(code).await.status == 200);
    }
    assert_eq!(good, 1, "of {} codes one is good", codes.len());
}

both_engines!(
    of_four_answers_at_once_each_leads_on_and_one_code_is_good,
    of_four_answers_at_once_each_leads_on_and_one_code_is_good_on_postgres,
    four_answers_at_once
);

async fn four_sign_ins_at_once(t: TestServer) {
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let mut clicks = JoinSet::new();
    for _ in 0..4 {
        let (mut browser, page): (Browser, _) = (browser.clone(), page.clone());
        clicks.spawn(async move { (sign_in(&mut browser, &page, "alice", PASSWORD).await, browser) });
    }
    for (arrival, mut browser) in clicks.join_all().await {
        match arrival {
            Arrival::Elsewhere(target) => {
                Callback::parse(&target).code();
                assert_eq!(silently(&mut browser, &own, &[]).await, "code");
            }
            // Overtaken by another: the form again, never an error.
            Arrival::Page(page) => assert!(page.has("#sign-in"), "{}", page.answer.text()),
        }
    }
}

both_engines!(
    of_four_sign_ins_at_once_none_ends_in_an_error,
    of_four_sign_ins_at_once_none_ends_in_an_error_on_postgres,
    four_sign_ins_at_once
);
