//! Sessions: one sign-in for all applications, several people side by side, how long it all lasts, and the cookie that carries it.

use super::support::{
    add, browser_of, claims, shows, sign_in, sign_in_page, silently, sub_of, subject, with_people,
    with_settings,
};
use http::header;
use usher_test::{Application, Arrival, Browser, Callback, PASSWORD, TestServer};
use usher_types::{Span, limits};

#[tokio::test]
async fn one_sign_in_serves_every_application_of_the_pool() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    t.application("web").authorize(&mut browser, "alice", &[]).await.code();
    for name in ["post", "spa", "native", "first-party"] {
        let app = t.application(name);
        let callback = app.authorize(&mut browser, "alice", &[]).await;
        assert_eq!(subject(&app, &callback).await, sub_of(&t, "alice").await);
    }
    assert_eq!(t.app.hashing.hashes(), 1 + 4, "one sign-in of the browser's, and one of each comparison");
    let ids: Vec<String> = {
        let mut ids = Vec::new();
        for name in ["web", "post"] {
            let app = t.application(name);
            let callback = app.authorize(&mut browser, "alice", &[("prompt", "none")]).await;
            let tokens = app.exchange(callback.code()).await.tokens();
            ids.push(claims(&tokens.id.unwrap())["sid"].as_str().unwrap().to_owned());
        }
        ids
    };
    assert_eq!(ids[0], ids[1], "one session has one sid for all applications");
}

#[tokio::test]
async fn a_silent_request_never_shows_a_page() {
    let t = TestServer::start().await;
    let (web, own) = (t.application("web"), t.application("first-party"));
    assert_eq!(silently(&mut t.browser(), &own, &[]).await, "login_required");
    let mut browser = browser_of(&t, &["alice"]).await;
    assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    assert_eq!(silently(&mut browser, &web, &[]).await, "consent_required");
    assert_eq!(silently(&mut browser, &own, &[("login_hint", "bob")]).await, "login_required");
    assert_eq!(silently(&mut browser, &own, &[("prompt", "none login")]).await, "invalid_request");
    t.advance(Span::seconds(11));
    assert_eq!(silently(&mut browser, &own, &[("max_age", "10")]).await, "login_required");
    assert_eq!(silently(&mut browser, &own, &[("max_age", "11")]).await, "code");
}

#[tokio::test]
async fn several_people_are_signed_in_side_by_side_and_one_of_them_is_chosen() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    for name in ["alice", "bob", "alice"] {
        let page = browser.open(&own.request(&[])).await.page();
        assert!(shows(&page, "Alice Arden") && shows(&page, "Bob Brook"));
        let choice = page.account(name).unwrap();
        let callback = Callback::parse(&browser.submit(&page, &[("session", &choice)]).await.elsewhere());
        assert_eq!(subject(&own, &callback).await, sub_of(&t, name).await);
    }
    let page = browser.open(&own.request(&[])).await.page();
    let another = browser.submit(&page, &[("session", "another")]).await.page();
    assert!(another.has("#sign-in"));
    let back = another.attribute("#choose-account", "href").unwrap();
    assert!(browser.open(&back).await.page().has("button[name=session]"));
}

#[tokio::test]
async fn a_choice_that_is_nobody_here_chooses_nobody() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut theirs = browser_of(&t, &["alice", "bob"]).await;
    let alice = theirs.open(&own.request(&[])).await.page().account("alice").unwrap();
    let mut mine = browser_of(&t, &["bob"]).await;
    let page = mine.open(&own.request(&[("prompt", "select_account")])).await.page();
    for choice in [alice.as_str(), "", "0", "../", "00000000-0000-0000-0000-000000000000"] {
        let again = mine.submit(&page, &[("session", choice)]).await.page();
        assert!(again.has("button[name=session]"), "{choice}");
        assert!(!shows(&again, "Alice"));
    }
}

#[tokio::test]
async fn a_hint_picks_a_person_and_a_silent_request_needs_one_where_there_are_several() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice", "bob"]).await;
    assert_eq!(silently(&mut browser, &own, &[]).await, "account_selection_required");
    for (hint, name) in [("alice", "alice"), ("BOB@example.com", "bob"), ("+44 20 7946 0123", "alice")] {
        let callback = own.authorize(&mut browser, "", &[("login_hint", hint), ("prompt", "none")]).await;
        let tokens = own.exchange(callback.code()).await.tokens();
        assert_eq!(claims(tokens.id.as_ref().unwrap())["sub"], sub_of(&t, name).await);
        let by_token = [("id_token_hint", tokens.id.as_deref().unwrap()), ("prompt", "none")];
        let callback = own.authorize(&mut browser, "", &by_token).await;
        assert_eq!(subject(&own, &callback).await, sub_of(&t, name).await);
    }
    assert_eq!(silently(&mut browser, &own, &[("login_hint", "nobody")]).await, "login_required");
    let page = browser.open(&own.request(&[("login_hint", "nobody")])).await.page();
    assert_eq!(page.attribute("#identifier", "value").as_deref(), Some("nobody"));
    assert_eq!(silently(&mut browser, &own, &[("id_token_hint", "a.b.c")]).await, "invalid_request");
}

#[tokio::test]
async fn a_token_of_somebody_who_is_not_here_is_no_hint_at_those_who_are() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let theirs = own.sign_in(&mut t.browser(), "bob", "openid").await.id.unwrap();
    let mut browser = browser_of(&t, &["alice"]).await;
    let hint = [("id_token_hint", theirs.as_str())];
    assert_eq!(silently(&mut browser, &own, &hint).await, "login_required");
    let page = browser.open(&own.request(&hint)).await.page();
    assert!(page.has("#sign-in"));
    let callback = Callback::parse(&sign_in(&mut browser, &page, "bob", PASSWORD).await.elsewhere());
    assert_eq!(subject(&own, &callback).await, sub_of(&t, "bob").await);
}

#[tokio::test]
async fn prompts_ask_again_although_somebody_is_here() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let page = browser.open(&own.request(&[("prompt", "select_account")])).await.page();
    assert!(page.has("button[name=session]"));
    let choice = page.account("alice").unwrap();
    browser.submit(&page, &[("session", &choice)]).await.elsewhere();

    t.advance(Span::minutes(5));
    let before = id_claims(&own, &mut browser, &[("prompt", "none")]).await;
    for again in [("prompt", "login"), ("max_age", "0"), ("max_age", "299")] {
        t.advance(Span::minutes(5));
        let page = browser.open(&own.request(&[again])).await.page();
        assert!(page.has("#sign-in"), "{again:?}");
        // The page having been shown is no proof: the door is asked again without a sign-in.
        let resume = format!("/oidc/auth/resume?{}", page.path.split_once('?').unwrap().1);
        assert!(browser.open(&resume).await.page().has("#sign-in"), "{again:?}");
        sign_in(&mut browser, &page, "alice", PASSWORD).await.elsewhere();
    }
    let after = id_claims(&own, &mut browser, &[("prompt", "none")]).await;
    assert_eq!(after["auth_time"].as_i64().unwrap() - before["auth_time"].as_i64().unwrap(), 20 * 60);
    assert_eq!(after["sid"], before["sid"], "the session goes on");

    add(&t, &mut browser, "bob").await;
    t.advance(Span::seconds(1));
    let page = browser.open(&own.request(&[("prompt", "login")])).await.page();
    let choice = page.account("bob").unwrap();
    let page = browser.submit(&page, &[("session", &choice)]).await.page();
    assert!(page.has("#sign-in"), "choosing an account is not signing in");
}

async fn id_claims(app: &Application, browser: &mut Browser, changes: &[(&str, &str)]) -> serde_json::Value {
    let callback = app.authorize(browser, "alice", changes).await;
    claims(&app.exchange(callback.code()).await.tokens().id.unwrap())
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_at_the_latest_after_its_absolute_life() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut idle = browser_of(&t, &["alice"]).await;
    let mut used = browser_of(&t, &["alice"]).await;
    let almost = Span::millis(u32::try_from(limits::SESSION_IDLE.as_millis() - 1).unwrap());
    t.advance(almost);
    assert_eq!(silently(&mut used, &own, &[]).await, "code");
    t.advance(Span::millis(1));
    assert_eq!(silently(&mut idle, &own, &[]).await, "login_required");
    t.advance(Span::hours(11));
    let left =
        limits::SESSION_ABSOLUTE.as_millis() - limits::SESSION_IDLE.as_millis() - Span::hours(11).as_millis();
    for _ in 0..left / Span::hours(11).as_millis() {
        assert_eq!(silently(&mut used, &own, &[]).await, "code");
        t.advance(Span::hours(11));
    }
    assert_eq!(silently(&mut used, &own, &[]).await, "code");
    t.advance(Span::millis(u32::try_from(left % Span::hours(11).as_millis() - 1).unwrap()));
    assert_eq!(silently(&mut used, &own, &[]).await, "code");
    t.advance(Span::millis(1));
    assert_eq!(silently(&mut used, &own, &[]).await, "login_required");
    assert!(used.open(&own.request(&[])).await.page().has("#sign-in"));
}

#[tokio::test]
async fn who_asks_to_be_remembered_is_so_for_ninety_days_used_or_not() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let fields = [("identifier", "alice"), ("password", PASSWORD), ("remember", "on")];
    let answer = super::support::press(&mut browser, &page, &fields).await;
    let cookie = answer.header(header::SET_COOKIE.as_str()).to_owned();
    assert!(cookie.contains(&format!("Max-Age={}", limits::SESSION_REMEMBERED.as_seconds())), "{cookie}");
    t.advance(Span::days(89));
    assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    t.advance(Span::days(1));
    assert_eq!(silently(&mut browser, &own, &[]).await, "login_required");
}

#[tokio::test]
async fn who_does_not_is_gone_with_the_browser() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let answer = super::support::guess(&mut browser, &page, "alice", PASSWORD).await;
    assert_eq!(answer.status, 303);
    let cookie = answer.header(header::SET_COOKIE.as_str()).to_owned();
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
}

#[tokio::test]
async fn a_pool_sets_the_lives_of_its_sessions() {
    let lives = "session_idle_lifetime = 600, session_absolute_lifetime = 1000";
    let t = with_settings(TestServer::builder(), lives).start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    t.advance(Span::seconds(599));
    assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    t.advance(Span::seconds(400));
    assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    t.advance(Span::seconds(1));
    assert_eq!(silently(&mut browser, &own, &[]).await, "login_required");
}

#[tokio::test]
async fn the_eleventh_person_in_a_browser_takes_the_place_of_the_one_seen_longest_ago() {
    use std::fmt::Write as _;
    let mut people = String::new();
    for n in 0..limits::SESSIONS_PER_BROWSER {
        write!(people, "[[pools.users]]\nusername = \"person-{n}\"\npassword = \"{PASSWORD}\"\n\n").unwrap();
    }
    let t = with_people(TestServer::builder(), &people).start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let first = own.sign_in(&mut browser, "person-0", "openid").await;
    for n in 1..limits::SESSIONS_PER_BROWSER {
        t.advance(Span::seconds(5));
        add(&t, &mut browser, &format!("person-{n}")).await;
    }
    assert!(own.is_active(&first.access).await);
    t.advance(Span::seconds(5));
    add(&t, &mut browser, "alice").await;
    let page = browser.open(&own.request(&[])).await.page();
    assert!(page.account("person-0").is_none());
    for name in ["person-1", "person-9", "alice"] {
        assert!(page.account(name).is_some(), "{name}");
    }
    assert!(!own.is_active(&first.access).await, "what hung on the session has ended with it");
}

/// Attack class 18: a session that an attacker knew before, or that bleeds into another.
mod session_fixation_and_cross_session_bleed {
    use super::super::support::handle_of;
    use super::*;

    #[tokio::test]
    async fn the_cookie_changes_at_every_sign_in_and_the_one_before_is_nobody() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        let mut before = browser.clone();
        sign_in(&mut browser, &page, "alice", PASSWORD).await.elsewhere();
        assert_ne!(browser.cookies, before.cookies);
        assert_eq!(silently(&mut before, &own, &[]).await, "login_required");
        assert_eq!(silently(&mut browser, &own, &[]).await, "code");

        let mut first = browser.clone();
        let page = browser.open(&own.request(&[("prompt", "login")])).await.page();
        sign_in(&mut browser, &page, "alice", PASSWORD).await.elsewhere();
        assert_ne!(browser.cookies, first.cookies);
        assert_eq!(silently(&mut first, &own, &[]).await, "login_required");
        assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    }

    #[tokio::test]
    async fn a_cookie_and_an_interaction_planted_by_an_attacker_give_the_attacker_nothing() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut attacker = t.browser();
        let page = sign_in_page(&mut attacker, &own).await;
        let mut victim = attacker.clone();
        let seen = victim.open(&page.path).await.page();
        sign_in(&mut victim, &seen, "alice", PASSWORD).await.elsewhere();
        assert_eq!(silently(&mut attacker, &own, &[]).await, "login_required");
        let (handle, token) = (handle_of(&page), page.attribute("input[name=form_token]", "value").unwrap());
        for path in ["/oidc/auth/resume", "/sign-in", "/consent", "/choose-account"] {
            match attacker.clone().open(&format!("{path}?interaction={handle}")).await {
                Arrival::Page(page) => assert!(!shows(&page, "Alice"), "{path}: {}", page.answer.text()),
                Arrival::Elsewhere(target) => assert!(!target.contains("code="), "{path}: {target}"),
            }
        }
        let fields = [
            ("interaction", handle.as_str()),
            ("form_token", &token),
            ("decision", "allow"),
            ("session", "another"),
        ];
        for path in ["/consent", "/choose-account"] {
            let mut attacker = attacker.clone();
            let answer = attacker.post(path, &fields).await;
            match attacker.follow(path, answer).await {
                Arrival::Page(page) => assert!(!shows(&page, "Alice"), "{path}"),
                Arrival::Elsewhere(target) => assert!(!target.contains("code="), "{path}: {target}"),
            }
        }
    }

    #[tokio::test]
    async fn after_a_sign_out_the_next_person_in_the_browser_gets_nothing_of_the_first() {
        let t = TestServer::start().await;
        let web = t.application("web");
        let mut browser = t.browser();
        let first = web.sign_in(&mut browser, "alice", "openid").await;
        let (id, cookies) = (first.id.unwrap(), browser.cookies.clone());
        browser.open(&format!("/oidc/session/end?id_token_hint={id}")).await.page();
        let second = web.sign_in(&mut browser, "bob", "openid").await;
        let (old, new) = (claims(&id), claims(second.id.as_ref().unwrap()));
        assert_ne!(new["sid"], old["sid"]);
        assert_ne!(new["sub"], old["sub"]);
        assert_ne!(browser.cookies, cookies);
        let page = browser.open(&web.request(&[("prompt", "select_account")])).await.page();
        assert!(shows(&page, "Bob") && !shows(&page, "Alice"));
        let mut old_cookie = t.browser();
        old_cookie.cookies = cookies;
        assert_eq!(silently(&mut old_cookie, &web, &[]).await, "login_required");
    }

    #[tokio::test]
    async fn what_tokens_and_pages_tell_of_a_session_is_no_cookie() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = browser_of(&t, &["alice"]).await;
        let page = browser.open(&own.request(&[("prompt", "select_account")])).await.page();
        let session = page.account("alice").unwrap();
        let tokens = own.sign_in(&mut browser, "alice", "openid").await;
        let sid = claims(tokens.id.as_ref().unwrap())["sid"].as_str().unwrap().to_owned();
        let (name, cookie) = browser.cookies.first_key_value().unwrap();
        let (id, secret) = cookie.split_once('.').unwrap();
        let swapped: String = secret.chars().rev().collect();
        for value in [
            format!("{id}.{sid}"),
            format!("{session}.{secret}"),
            format!("{sid}.{secret}"),
            format!("{id}.{swapped}"),
            format!("{id}."),
            id.to_owned(),
            format!("{cookie}x"),
            cookie[..cookie.len() - 1].to_owned(),
            cookie.to_uppercase(),
            String::new(),
        ] {
            let mut forged = t.browser();
            forged.cookies.insert(name.clone(), value.clone());
            assert_eq!(silently(&mut forged, &own, &[]).await, "login_required", "{value}");
            assert!(forged.open(&own.request(&[])).await.page().has("#sign-in"), "{value}");
        }
    }
}

/// What the browser is told to do with the cookie.
mod cookie {
    use super::*;

    async fn first_cookie(t: &TestServer) -> String {
        let own = t.application("first-party");
        let answer = t.browser().get(&own.request(&[])).await;
        answer.header(header::SET_COOKIE.as_str()).to_owned()
    }

    #[tokio::test]
    async fn over_tls_it_is_bound_to_the_host() {
        let builder = TestServer::builder().edit("public_url = \"http://", "public_url = \"https://");
        let t = builder.start().await;
        let cookie = first_cookie(&t).await;
        let (name, rest) = cookie.split_once('=').unwrap();
        assert_eq!(name, "__Host-usher-main");
        let attributes: Vec<&str> = rest.split("; ").skip(1).collect();
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(attributes.contains(&attribute), "{attribute} in {cookie}");
        }
        assert!(!cookie.to_lowercase().contains("domain"));
        let staff = t.application_of("staff", "web");
        let answer = t.browser().get(&staff.request(&[])).await;
        assert!(answer.header("set-cookie").starts_with("__Host-usher-staff="));
        assert!(answer.header("strict-transport-security").starts_with("max-age="));
        let own = t.application("first-party");
        let mut browser = t.browser();
        own.authorize(&mut browser, "alice", &[]).await.code();
        assert_eq!(browser.cookies.len(), 1);
        assert_eq!(silently(&mut browser, &own, &[]).await, "code");
    }

    #[tokio::test]
    async fn on_plain_loopback_it_names_its_port() {
        let t = TestServer::start().await;
        let cookie = first_cookie(&t).await;
        assert!(cookie.starts_with(&format!("usher-main-{}=", t.address.port())), "{cookie}");
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{attribute} in {cookie}");
        }
        assert!(!cookie.contains("Secure") && !cookie.to_lowercase().contains("domain"));
    }

    #[tokio::test]
    async fn it_is_not_set_where_it_is_there_already() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = t.browser();
        let first = browser.get(&own.request(&[])).await;
        assert!(first.headers.contains_key(header::SET_COOKIE));
        let second = browser.get(&own.request(&[])).await;
        assert!(!second.headers.contains_key(header::SET_COOKIE));
    }

    #[tokio::test]
    async fn cookies_of_others_beside_it_do_not_matter() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let browser = browser_of(&t, &["alice"]).await;
        let (name, value) = browser.cookies.first_key_value().unwrap();
        for other in ["theme=\u{e9}", "theme", "=", "", "a=b=c", "usher-main=x", "theme=\"a b\""] {
            for cookies in [format!("{other}; {name}={value}"), format!("{name}={value}; {other}")] {
                let request = http::Request::get(own.request(&[("prompt", "none")]))
                    .header(header::HOST, t.origin().split_once("://").unwrap().1)
                    .header(header::COOKIE, http::HeaderValue::from_bytes(cookies.as_bytes()).unwrap())
                    .body(http_body_util::Full::default());
                let target = usher_test::send(t.address, request.unwrap()).await.location();
                assert!(target.contains("code="), "{cookies}: {target}");
            }
        }
    }

    #[tokio::test]
    async fn given_twice_it_is_none() {
        let t = TestServer::start().await;
        let own = t.application("first-party");
        let mut browser = browser_of(&t, &["alice"]).await;
        let (name, value) = browser.cookies.pop_first().unwrap();
        browser.cookies.insert("a".to_owned(), format!("b; {name}={value}; {name}={value}"));
        assert_eq!(silently(&mut browser, &own, &[]).await, "login_required");
    }
}
