//! Whose account it is: signing in at it, several people, signing out, and doors that do not take each other's interactions.

use super::support::{at_home, browser_of, send, session_of, sign_in, visit};
use usher_test::{Browser, PASSWORD, TestServer};
use usher_types::Endpoint;
use usher_types::page::AccountPlace;

async fn an_account_asks_who_comes_and_shows_whose_it_is(t: TestServer) {
    for place in AccountPlace::ALL {
        let mut browser = t.browser();
        let page = browser.open(place.endpoint().path()).await.page();
        assert!(page.has("button#sign-in"), "{place:?}");
        let wrong = browser.submit(&page, &[("identifier", "alice"), ("password", "wrong")]).await.page();
        assert!(wrong.has("#problem"));
        let fields = [("identifier", "alice"), ("password", PASSWORD)];
        let page = at_home(browser.submit(&wrong, &fields).await.page());
        assert!(page.path.starts_with(place.endpoint().path()), "{}", page.path);
        assert!(page.words().contains("Alice Arden"));
        assert_eq!(page.answer.header("cache-control"), "no-store");
        // Once somebody is here, nobody is asked.
        assert!(browser.get(place.endpoint().path()).await.status == 200);
    }
}
both_engines!(
    an_account_asks_who_comes_on_sqlite,
    an_account_asks_who_comes_on_postgres,
    an_account_asks_who_comes_and_shows_whose_it_is
);

/// Signs one more person in by the link to another account.
async fn add(browser: &mut Browser, name: &str) {
    let page = browser.open("/account?choose=1").await.page();
    let page = browser.submit(&page, &[("session", "another")]).await.page();
    at_home(browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await.page());
}

#[tokio::test]
async fn what_was_done_is_said_in_the_browser_in_which_it_was_and_by_no_link_from_elsewhere() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Profile).await;
    let answer = send(&mut browser, &page, Endpoint::AccountProfile, &[("name", "Alice Moreau")]).await;
    assert!(browser.open(&answer.location()).await.page().has("#notice.good"));
    let mut other = browser_of(&t, "alice").await;
    for address in [
        answer.location().split_once('&').unwrap().1.to_owned(),
        "done=saved".to_owned(),
        "done=password_changed.".to_owned(),
    ] {
        for place in ["profile", "password"] {
            let page = at_home(other.open(&format!("/account/{place}?{address}")).await.page());
            assert!(!page.has("#notice"), "{address}");
        }
    }
}

#[tokio::test]
async fn of_several_people_one_is_chosen_and_another_later() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    sign_in(&mut browser, "alice").await;
    add(&mut browser, "bob").await;
    let chooser = browser.open("/account/sessions").await.page();
    let bob = chooser.account("bob").unwrap();
    let page = at_home(browser.submit(&chooser, &[("session", &bob)]).await.page());
    assert!(page.words().contains("Bob Brook") && page.path.starts_with("/account/sessions?session="));
    let way = page.attribute("a#choose-account", "href").unwrap();
    let chooser = browser.open(&way).await.page();
    let alice = chooser.account("alice").unwrap();
    let page = at_home(browser.submit(&chooser, &[("session", &alice)]).await.page());
    assert!(page.words().contains("Alice Arden"));
    // The ways on lead through the same account.
    let way = page.attribute("nav a[href*=applications]", "href").unwrap();
    assert!(at_home(browser.open(&way).await.page()).words().contains("Alice Arden"));
    // A session that is nobody's here is nobody's account.
    let stranger = session_of(&sign_in(&mut t.browser(), "alice").await);
    for session in [stranger.as_str(), "x", "00000000-0000-0000-0000-000000000000"] {
        let page = browser.open(&format!("/account?session={session}")).await.page();
        assert!(page.account("alice").is_some() && !page.has(".mine"), "{session}");
    }
}

#[tokio::test]
async fn signing_out_at_the_account_ends_this_session_only() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    sign_in(&mut browser, "alice").await;
    add(&mut browser, "bob").await;
    let chooser = browser.open("/account").await.page();
    let bob = chooser.account("bob").unwrap();
    let page = browser.submit(&chooser, &[("session", &bob)]).await.page();
    let done = browser.submit(&page, &[("decision", "sign-out")]).await.page();
    assert!(done.has("#signed-out") && done.path.contains("remaining=1"), "{}", done.path);
    let page = visit(&mut browser, AccountPlace::Overview).await;
    assert!(page.words().contains("Alice Arden"));
    browser.submit(&page, &[("decision", "sign-out")]).await.page();
    assert!(browser.cookies.is_empty());
    assert!(browser.open("/account").await.page().has("button#sign-in"));
}

#[tokio::test]
async fn each_door_goes_on_with_its_own_interactions_only() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    let own = browser.get("/account").await.location();
    let handle = own.split_once("interaction=").unwrap().1.to_owned();
    for door in ["/oidc/auth/resume", "/device/resume", "/consent", "/device/consent"] {
        let page = browser.open(&format!("{door}?interaction={handle}")).await.page();
        assert!(!page.has("#allow"), "{door}");
    }
    let theirs = browser.get(&t.application("web").request(&[])).await.location();
    let handle = theirs.split_once("interaction=").unwrap().1.to_owned();
    let page = browser.open(&format!("/account/resume?interaction={handle}")).await.page();
    assert_eq!(page.error(), "invalid_request");
    // Nor in another browser.
    assert_eq!(t.browser().open(&own).await.page().error(), "invalid_request");
    for nothing in ["", "?interaction=", "?interaction=x", "?interaction=a&interaction=b"] {
        let page = browser.open(&format!("/account/resume{nothing}")).await.page();
        assert_eq!(page.error(), "invalid_request", "{nothing}");
    }
}

#[tokio::test]
async fn whoever_has_a_password_of_somebody_elses_chooses_another_before_anything_else() {
    let t = TestServer::start().await;
    let mut before = t.browser();
    let page = sign_in(&mut before, "alice").await;
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let mut user = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
    user.must_change_password = true;
    let mut batch = usher_store::Batch::new();
    usher_store::tables::write::user::update(&mut batch, "there", pool, user, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), usher_store::Applied::Done);
    // A session from before opens and changes nothing.
    let fields = [("decision", "end-others")];
    let answer = send(&mut before, &page, Endpoint::AccountSessions, &fields).await;
    assert!(before.follow("", answer).await.page().has("#new-password"));
    let mut browser = t.browser();
    let page = browser.open("/account/applications").await.page();
    let fields = [("identifier", "alice"), ("password", PASSWORD)];
    let page = browser.submit(&page, &fields).await.page();
    assert!(page.has("#new-password") && !page.has(".mine"), "{}", page.path);
    let new = "an entirely new pass phrase";
    let fields = [("new_password", new), ("new_password_again", new)];
    let page = at_home(browser.submit(&page, &fields).await.page());
    assert!(page.path.starts_with("/account/applications"));
}
