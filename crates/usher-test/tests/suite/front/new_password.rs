//! The page where a password that somebody else set has to be changed: when it is shown, what it takes, and what ends when it is done.

use super::password_grant::ask as by_password;
use super::support::{
    audited, builder, demand_new_password, refusals, response, server, signed_in, user, with,
};
use scraper::{Html, Selector};
use usher_store::Engine;
use usher_test::{Answer, Application, Arrival, Browser, PASSWORD, Page, Response, TestServer, Tokens};
use usher_types::{Span, limits};

const NEW: &str = "an entirely new pass phrase";

/// Signs somebody in, whose next page is the one to change the password.
async fn to_the_page(t: &TestServer, browser: &mut Browser, name: &str) -> Page {
    demand_new_password(t, name).await;
    let page = browser.open(&t.application("own").request(&[])).await.page();
    let arrival = browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await;
    expect(arrival)
}

#[track_caller]
fn expect(arrival: Arrival) -> Page {
    let page = arrival.page();
    assert!(page.has("#change-password"), "{}: {}", page.path, page.answer.text());
    page
}

async fn change(browser: &mut Browser, page: &Page, first: &str, second: &str) -> Arrival {
    browser.submit(page, &[("new_password", first), ("new_password_again", second)]).await
}

/// Whether a password is somebody's, by a door that makes no difference to anything else here.
async fn is_password(t: &TestServer, name: &str, password: &str) -> bool {
    let answer = by_password(&t.application("own"), &[("username", name), ("password", password)]).await;
    answer.status == 200 || answer.json()["error"] == "interaction_required"
}

async fn after_it_the_way_goes_on_to_the_application(engine: Engine) {
    let t = builder(engine).start().await;
    for (kind, name) in [("code", "alice"), ("id_token token", "bob")] {
        let app = t.application("every");
        let mut browser = t.browser();
        demand_new_password(&t, name).await;
        let page = browser.open(&app.request(&[("response_type", kind)])).await.page();
        let page = expect(browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await);
        // What is asked next is asked as ever.
        let consent = change(&mut browser, &page, NEW, NEW).await.page();
        assert!(consent.has("#allow"), "{}", consent.path);
        let r = Response::of(&browser.submit(&consent, &[("decision", "allow")]).await).unwrap();
        let token = match r.params.get("code") {
            Some(code) => app.exchange(code).await.tokens().access,
            None => r.get("access_token").to_owned(),
        };
        assert_eq!(app.userinfo(&token).await.status, 200);
        assert!(!user(&t, name).await.must_change_password);
        assert!(is_password(&t, name, NEW).await && !is_password(&t, name, PASSWORD).await);
        // Once changed, nobody is asked again.
        let again = app.respond_at_once(&mut browser, &[("response_type", kind), ("prompt", "none")]).await;
        assert!(!again.params.contains_key("error"), "{again:?}");
        let (client, detail) = audited(&t, "password_changed").await.pop().unwrap();
        assert_eq!((client.as_str(), detail.to_string().as_str()), ("every", "{}"));
    }
}

#[tokio::test]
async fn without_pages_the_application_is_told_that_one_is_needed() {
    let t = server().await;
    let own = t.application("own");
    let mut browser = signed_in(&t, "alice").await;
    demand_new_password(&t, "alice").await;
    for kind in super::support::TYPES {
        let changes = [("response_type", kind), ("prompt", "none")];
        let r = own.respond_at_once(&mut browser, &changes).await;
        assert_eq!(r.error(), "interaction_required", "{kind}");
        r.has_exactly(&["error", "error_description", "state", "iss"]);
    }
    // A sign-in that is too old comes first.
    let r = own.respond_at_once(&mut browser, &[("prompt", "none"), ("max_age", "0")]).await;
    assert_eq!(r.error(), "login_required");
}

fn problem(page: &Page) -> String {
    let html = Html::parse_document(&page.answer.text());
    html.select(&Selector::parse("#problem").unwrap()).flat_map(|e| e.text()).collect()
}

#[tokio::test]
async fn a_password_that_cannot_be_is_told_why_and_changes_nothing() {
    let t = server().await;
    let mut browser = t.browser();
    let mut page = to_the_page(&t, &mut browser, "alice").await;
    assert!(!page.has("#problem"));
    let (short, long) = ("fourteen chars", "p".repeat(limits::PASSWORD_BYTES + 1));
    // Fourteen characters stay fourteen, however many bytes they are.
    let wide = "密".repeat(14);
    for (first, second, words) in [
        ("", "", "At least 15"),
        (short, short, "At least 15"),
        (wide.as_str(), wide.as_str(), "At least 15"),
        (NEW, "", "not the same"),
        (NEW, "an entirely new pass phrasE", "not the same"),
        ("", NEW, "not the same"),
        (NEW, "an entirely new pass phrase ", "not the same"),
        (PASSWORD, PASSWORD, "present password"),
        (long.as_str(), long.as_str(), "longer than can be read"),
        ("Password2024!!!!", "Password2024!!!!", "tried first"),
        ("alice@example.com", "alice@example.com", "your name"),
        ("qwertyuiopasdfgh", "qwertyuiopasdfgh", "row of keys"),
        ("with a\ttab in between", "with a\ttab in between", "cannot be seen"),
    ] {
        page = expect(change(&mut browser, &page, first, second).await);
        assert!(problem(&page).contains(words), "{first:?}, {second:?}: {}", problem(&page));
        assert_eq!(page.answer.status, 200);
        for (secret, what) in [(NEW, "what was typed"), (PASSWORD, "the present one")] {
            assert!(!page.answer.text().contains(secret), "{what} stands in the page");
        }
        assert!(user(&t, "alice").await.must_change_password);
    }
    assert!(is_password(&t, "alice", PASSWORD).await && !is_password(&t, "alice", NEW).await);
    assert_eq!(audited(&t, "password_changed").await, Vec::new());
    // The same page still takes a right one, of any characters.
    let unusual = "  密码 mit Ümlauten 🦀🦀 ";
    let r = Response::of(&change(&mut browser, &page, unusual, unusual).await).unwrap();
    assert!(r.params.contains_key("code"));
    assert!(is_password(&t, "alice", unusual).await && !is_password(&t, "alice", unusual.trim()).await);
}

#[tokio::test]
async fn the_bounds_are_those_of_the_pool() {
    let builder = builder(Engine::Sqlite)
        .edit("name = \"main\"\n", "name = \"main\"\nsettings = { password_min_characters = 20 }\n");
    let t = builder.start().await;
    let mut browser = t.browser();
    let page = to_the_page(&t, &mut browser, "alice").await;
    let words: Vec<String> = page.words().split_whitespace().map(str::to_owned).collect();
    assert!(words.join(" ").contains("At least 20 characters"), "{words:?}");
    assert_eq!(page.attribute("#new-password", "minlength").as_deref(), Some("20"));
    let nineteen = "nineteen characters";
    let page = expect(change(&mut browser, &page, nineteen, nineteen).await);
    assert!(problem(&page).contains("At least 20"));
    let twenty = "exactly twenty chars";
    assert!(Response::of(&change(&mut browser, &page, twenty, twenty).await).is_some());
}

#[tokio::test]
async fn where_a_great_many_are_hashing_the_page_says_so_and_nothing_changes() {
    use usher_core::hashing::Check;
    let t = server().await;
    let mut browser = t.browser();
    let page = to_the_page(&t, &mut browser, "alice").await;
    let mut waiting = tokio::task::JoinSet::new();
    let mut page = page;
    // A slow machine may have hashed all of them before the form arrives; then they wait again. The present password changes nothing.
    for _ in 0..20 {
        for n in 0..limits::HASH_QUEUE_BY_NETWORK * 4 {
            let app = std::sync::Arc::clone(&t.app);
            waiting.spawn(async move {
                let password = usher_types::Secret::from(format!("password {n}").as_str());
                drop(app.hashing.check("127.0.0.0/24", Check { password, stored: None }).await);
            });
        }
        // Enough of them wait as soon as each has been polled once.
        tokio::task::yield_now().await;
        page = expect(change(&mut browser, &page, PASSWORD, PASSWORD).await);
        if page.answer.status.as_u16() == 429 {
            break;
        }
    }
    assert_eq!((page.answer.status.as_u16(), page.answer.header("retry-after")), (429, "5"));
    assert!(problem(&page).contains("Wait a few seconds"), "{}", problem(&page));
    assert!(user(&t, "alice").await.must_change_password);
    while waiting.join_next().await.is_some() {}
    assert!(Response::of(&change(&mut browser, &page, NEW, NEW).await).unwrap().params.contains_key("code"));
}

struct Before {
    t: TestServer,
    own: Application,
    here: Browser,
    elsewhere: Browser,
    offline: Tokens,
    online: Tokens,
    implicit: String,
    by_password: Tokens,
}

async fn before(engine: Engine) -> Before {
    let t = builder(engine).start().await;
    let own = t.application("own");
    let (here, mut elsewhere) = (signed_in(&t, "alice").await, signed_in(&t, "alice").await);
    let offline = own.sign_in(&mut elsewhere, "alice", "openid offline_access").await;
    let online = own.sign_in(&mut here.clone(), "alice", "openid").await;
    let r = own.respond_at_once(&mut elsewhere, &[("response_type", "id_token token")]).await;
    let implicit = r.get("access_token").to_owned();
    let fields = [("username", "alice"), ("password", PASSWORD), ("scope", "openid offline_access")];
    let by_password = by_password(&own, &fields).await.tokens();
    Before { t, own, here, elsewhere, offline, online, implicit, by_password }
}

async fn after_it_other_sessions_and_all_grants_of_the_person_are_dead(engine: Engine) {
    let mut b = before(engine).await;
    let bobs = b.own.sign_in(&mut b.t.browser(), "bob", "openid offline_access").await;
    let code = b.own.respond_at_once(&mut b.elsewhere, &[]).await.get("code").to_owned();
    demand_new_password(&b.t, "alice").await;
    let page = expect(b.here.open(&b.own.request(&[])).await);
    let alive = async |token: &str| b.own.is_active(token).await;
    for token in [&b.offline.access, &b.online.access, &b.implicit, &b.by_password.access] {
        assert!(alive(token).await, "nothing ends before the change");
    }
    let r = Response::of(&change(&mut b.here, &page, NEW, NEW).await).unwrap();
    let tokens = b.own.exchange(r.get("code")).await.tokens();
    assert!(alive(&tokens.access).await, "the way at hand goes on");
    for token in [&b.offline.access, &b.online.access, &b.implicit, &b.by_password.access] {
        assert!(!alive(token).await);
        assert_eq!(b.own.userinfo(token).await.status, 401);
    }
    for refresh in [&b.offline.refresh, &b.by_password.refresh] {
        b.own.refresh(refresh.as_deref().unwrap()).await.refused("invalid_grant");
    }
    b.own.exchange(&code).await.refused("invalid_grant");
    let silent = b.own.respond_at_once(&mut b.elsewhere, &[("prompt", "none")]).await;
    assert_eq!(silent.error(), "login_required");
    assert!(b.own.respond_at_once(&mut b.here, &[("prompt", "none")]).await.params.contains_key("code"));
    // Nobody else's.
    assert!(alive(&bobs.access).await);
    b.own.refresh(bobs.refresh.as_deref().unwrap()).await.tokens();
}

async fn a_code_that_waited_through_the_change_is_worth_nothing(engine: Engine) {
    let mut b = before(engine).await;
    let code = b.own.respond_at_once(&mut b.here, &[]).await.get("code").to_owned();
    demand_new_password(&b.t, "alice").await;
    let page = expect(b.here.open(&b.own.request(&[])).await);
    let r = Response::of(&change(&mut b.here, &page, NEW, NEW).await).unwrap();
    b.own.exchange(&code).await.refused("invalid_grant");
    b.own.exchange(r.get("code")).await.tokens();
}

/// A device asks for offline access; its code and the code for people.
async fn ask_by_device(own: &Application) -> (String, String) {
    let answer = own.post("/oidc/device/auth", &[("scope", "openid offline_access")]).await.json();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("device_code"), text("user_code"))
}

async fn poll(t: &TestServer, own: &Application, device_code: &str) -> Answer {
    t.advance(Span::seconds(5));
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    own.post("/oidc/token", &[("grant_type", grant), ("device_code", device_code)]).await
}

async fn enter(browser: &mut Browser, user_code: &str) -> Page {
    let page = browser.open("/device").await.page();
    browser.submit(&page, &[("user_code", user_code)]).await.page()
}

async fn a_device_is_allowed_by_nobody_before_the_change(engine: Engine) {
    let t = builder(engine).start().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    let (device_code, user_code) = ask_by_device(&own).await;
    // The question was shown before an administrator set another password, and is answered after that.
    let earlier = enter(&mut browser, &user_code).await;
    assert!(earlier.has("#allow"), "{}", earlier.path);
    demand_new_password(&t, "alice").await;
    let page = expect(browser.submit(&earlier, &[("decision", "allow")]).await);
    assert_eq!(poll(&t, &own, &device_code).await.json()["error"], "authorization_pending");
    let page_again = enter(&mut browser, &user_code).await;
    assert!(page_again.has("#change-password"), "{}", page_again.path);
    let consent = change(&mut browser, &page, NEW, NEW).await.page();
    assert!(consent.has("#allow"), "{}", consent.path);
    browser.submit(&consent, &[("decision", "allow")]).await.page();
    assert!(poll(&t, &own, &device_code).await.tokens().refresh.is_some());
}

async fn a_device_that_was_allowed_before_the_change_gets_nothing_after_it(engine: Engine) {
    let t = builder(engine).start().await;
    let own = t.application("own");
    let (mut here, mut elsewhere) = (signed_in(&t, "alice").await, signed_in(&t, "alice").await);
    let (device_code, user_code) = ask_by_device(&own).await;
    let consent = enter(&mut elsewhere, &user_code).await;
    elsewhere.submit(&consent, &[("decision", "allow")]).await.page();
    demand_new_password(&t, "alice").await;
    let page = expect(here.open(&own.request(&[])).await);
    change(&mut here, &page, NEW, NEW).await;
    let answer = poll(&t, &own, &device_code).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.json().get("access_token").is_none());
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_has_to_be_repeated_first() {
    let t = server().await;
    let own = t.application("own");
    let mut browser = signed_in(&t, "alice").await;
    demand_new_password(&t, "alice").await;
    t.advance(limits::FRESH_SIGN_IN);
    let page = expect(browser.open(&own.request(&[])).await);
    t.advance(Span::seconds(1));
    // The page was opened in time and is sent too late.
    let sign_in = change(&mut browser, &page, NEW, NEW).await.page();
    assert!(sign_in.has("#sign-in"), "{}", sign_in.path);
    assert!(user(&t, "alice").await.must_change_password);
    let stale = browser.open(&own.request(&[])).await.page();
    assert!(stale.has("#sign-in"), "{}", stale.path);
    let wrong = browser.submit(&sign_in, &[("identifier", "alice"), ("password", NEW)]).await.page();
    assert!(wrong.has("#sign-in"));
    let page = expect(browser.submit(&wrong, &[("identifier", "alice"), ("password", PASSWORD)]).await);
    assert!(Response::of(&change(&mut browser, &page, NEW, NEW).await).unwrap().params.contains_key("code"));
}

#[tokio::test]
async fn a_form_sent_twice_changes_once_and_both_ways_go_on() {
    let t = server().await;
    let mut browser = t.browser();
    let page = to_the_page(&t, &mut browser, "alice").await;
    let (mut first, mut second) = (browser.clone(), browser.clone());
    let (a, b) = (page.clone(), page.clone());
    let one = tokio::spawn(async move { change(&mut first, &a, NEW, NEW).await });
    let other = tokio::spawn(async move {
        change(&mut second, &b, "some other new pass phrase", "some other new pass phrase").await
    });
    for arrival in [one.await.unwrap(), other.await.unwrap()] {
        assert!(Response::of(&arrival).is_some_and(|r| r.params.contains_key("code")), "{arrival:?}");
    }
    assert_eq!(audited(&t, "password_changed").await.len(), 1);
    let now = [NEW, "some other new pass phrase"];
    let mut right = 0;
    for password in now {
        right += u32::from(is_password(&t, "alice", password).await);
    }
    assert_eq!(right, 1);
    // Once more, later: there is nothing to change any more.
    let late = change(&mut browser, &page, "a third new pass phrase!", "a third new pass phrase!").await;
    assert!(Response::of(&late).is_some(), "{late:?}");
    assert!(!is_password(&t, "alice", "a third new pass phrase!").await);
}

/// One POST of the page's form with these headers.
async fn post_with(
    browser: &mut Browser,
    page: &Page,
    headers: &[(&str, &str)],
    without_token: bool,
) -> Answer {
    let (action, mut fields) = page.form();
    fields.retain(|(name, _)| !(without_token && name == "form_token"));
    fields.extend(["new_password", "new_password_again"].map(|n| (n.to_owned(), NEW.to_owned())));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = http::Request::post(action).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.exchange(request.body(http_body_util::Full::new(bytes::Bytes::from(body))).unwrap()).await
}

#[tokio::test]
async fn another_site_another_browser_and_another_form_change_nothing() {
    let t = server().await;
    let (mut browser, bobs) = (t.browser(), signed_in(&t, "bob").await);
    let page = to_the_page(&t, &mut browser, "alice").await;
    for headers in [
        [("origin", "https://evil.test")],
        [("origin", "http://127.0.0.1:1")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ] {
        let answer = post_with(&mut browser, &page, &headers, false).await;
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    let own_origin = t.origin();
    let same = [("origin", own_origin.as_str()), ("sec-fetch-site", "same-origin")];
    // Without its token, the request is decided again, which shows the page again.
    assert_eq!(post_with(&mut browser, &page, &same, true).await.status, 303);
    let mut foreign = page.clone();
    let other = to_the_page(&t, &mut t.browser(), "bob").await;
    let token = other.attribute("input[name=form_token]", "value").unwrap();
    let mine = page.attribute("input[name=form_token]", "value").unwrap();
    foreign.answer.body = foreign.answer.text().replace(&mine, &token).into();
    assert_eq!(post_with(&mut browser, &foreign, &same, false).await.status, 303);
    // Another browser with the form as it is: with no cookie, and with Bob's.
    for mut stranger in [t.browser(), bobs] {
        let answer = post_with(&mut stranger, &page, &same, false).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert!(user(&t, "alice").await.must_change_password && is_password(&t, "alice", PASSWORD).await);
    let told = refusals(&t).await;
    assert!(told.iter().any(|(cause, _)| cause.contains("a page was asked for in vain")), "{told:?}");
    assert_eq!(post_with(&mut browser, &page, &same, false).await.status, 303);
    assert!(!user(&t, "alice").await.must_change_password);
}

#[tokio::test]
async fn the_page_is_for_nobody_who_need_not_change_anything() {
    let t = server().await;
    let own = t.application("own");
    let mut browser = t.browser();
    let sign_in = browser.open(&own.request(&[])).await.page();
    let handle = sign_in.attribute("input[name=interaction]", "value").unwrap();
    // Nobody is signed in: back to where that happens.
    let page = browser.open(&format!("/change-password?interaction={handle}")).await.page();
    assert!(page.has("#sign-in"));
    let mut bobs = signed_in(&t, "bob").await;
    t.advance(Span::seconds(1));
    let sign_in = bobs.open(&own.request(&[("prompt", "login")])).await.page();
    let handle = sign_in.attribute("input[name=interaction]", "value").unwrap();
    let token = sign_in.attribute("input[name=form_token]", "value").unwrap();
    let fields = [
        ("interaction", handle.as_str()),
        ("form_token", &token),
        ("new_password", NEW),
        ("new_password_again", NEW),
    ];
    let answer = bobs.post("/change-password", &fields).await;
    assert!(bobs.follow("/change-password", answer).await.page().has("#sign-in"));
    assert!(is_password(&t, "bob", PASSWORD).await && !is_password(&t, "bob", NEW).await);
    for wrong in ["", "?interaction=", "?interaction=x.y", "?x=y"] {
        assert_eq!(bobs.get(&format!("/change-password{wrong}")).await.status, 400, "{wrong:?}");
    }
}

#[tokio::test]
async fn of_two_people_in_a_browser_only_the_one_who_must_is_asked() {
    let t = server().await;
    let own = t.application("own");
    let mut browser = signed_in(&t, "alice").await;
    own.respond(&mut browser, "bob", &[("prompt", "select_account")]).await;
    demand_new_password(&t, "alice").await;
    let r = own.respond(&mut browser, "bob", &[]).await;
    assert!(r.params.contains_key("code"));
    let chooser = browser.open(&own.request(&[])).await.page();
    let choice = chooser.account("alice").unwrap();
    let page = expect(browser.submit(&chooser, &[("session", &choice)]).await);
    assert!(page.words().contains("Alice Arden") || page.answer.text().contains("alice"));
    assert!(!page.words().contains("Bob Brook"));
    let r = Response::of(&change(&mut browser, &page, NEW, NEW).await).unwrap();
    let tokens = own.exchange(r.get("code")).await.tokens();
    assert_eq!(own.userinfo(&tokens.access).await.json()["sub"], user(&t, "alice").await.id.to_string());
    assert!(is_password(&t, "bob", PASSWORD).await);
    // Bob's session in the same browser goes on.
    let silent = [("prompt", "none"), ("login_hint", "bob")];
    assert!(own.respond_at_once(&mut browser, &silent).await.params.contains_key("code"));
}

#[tokio::test]
async fn a_person_who_is_disabled_meanwhile_changes_nothing() {
    let mut t = server().await;
    let mut browser = t.browser();
    let page = to_the_page(&t, &mut browser, "alice").await;
    t.disable_user("alice").await;
    let page = change(&mut browser, &page, NEW, NEW).await.page();
    assert!(page.has("#sign-in"), "{}", page.path);
    t.reseed("username = \"alice\"\nenabled = false\n", "username = \"alice\"\n").await;
    assert!(is_password(&t, "alice", PASSWORD).await && user(&t, "alice").await.must_change_password);
}

#[tokio::test]
async fn it_takes_two_hashes_two_reads_beside_the_interaction_and_one_batch() {
    let t = server().await;
    let mut browser = t.browser();
    let page = to_the_page(&t, &mut browser, "alice").await;
    let (before, hashes) = (t.app.store.counts(), t.app.hashing.hashes());
    let (action, mut fields) = page.form();
    fields.extend(["new_password", "new_password_again"].map(|n| (n.to_owned(), NEW.to_owned())));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.post(&action, &fields).await;
    let after = t.app.store.counts();
    assert_eq!(answer.status, 303);
    assert_eq!((after.reads - before.reads, after.batches - before.batches), (2, 1));
    assert_eq!(t.app.hashing.hashes() - hashes, 2, "the present one is compared, the new one made");
    assert!(response(&browser.get(&answer.location()).await).params.contains_key("code"));
}

#[tokio::test]
async fn people_of_a_pool_of_the_same_name_are_not_touched() {
    let t = with(builder(Engine::Sqlite), "").start().await;
    let mut browser = t.browser();
    let page = to_the_page(&t, &mut browser, "alice").await;
    let staff = t.application_of("staff", "web");
    let before = staff.sign_in(&mut t.browser(), "alice", "openid").await;
    change(&mut browser, &page, NEW, NEW).await;
    assert!(staff.is_active(&before.access).await);
    staff.authorize(&mut t.browser(), "alice", &[]).await.code();
}

on_both_engines! {
    a_device_is_allowed_by_nobody_before_the_change
    a_device_that_was_allowed_before_the_change_gets_nothing_after_it
}

everywhere! {
    after_it_the_way_goes_on_to_the_application
    after_it_other_sessions_and_all_grants_of_the_person_are_dead
    a_code_that_waited_through_the_change_is_worth_nothing
}
