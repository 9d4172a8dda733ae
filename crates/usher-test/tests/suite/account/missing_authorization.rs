//! Attack classes "missing authorization on object or field" and "cross-tenant leaks": every form × somebody else's and another pool's
//! session, ids and tokens.

use super::missing_step_up::{borrowed, changes, endpoints};
use super::support::{browser_of, recorded, send, session_of, trail, visit};
use usher_test::{PASSWORD, TestServer};
use usher_types::Endpoint;
use usher_types::page::AccountPlace;

#[tokio::test]
async fn nobody_ends_what_is_somebody_elses() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut bob = browser_of(&t, "bob").await;
    let bobs = session_of(&visit(&mut bob, AccountPlace::Overview).await);
    let tokens = web.sign_in(&mut bob, "bob", "openid offline_access").await;
    let mut alice = browser_of(&t, "alice").await;
    let page = visit(&mut alice, AccountPlace::Overview).await;
    for id in [bobs.as_str(), "x", "", "00000000-0000-0000-0000-000000000000"] {
        let fields = [("decision", "end"), ("id", id)];
        let answer = send(&mut alice, &page, Endpoint::AccountSessions, &fields).await;
        assert!(answer.location().contains("done=gone"), "{id}: {}", answer.location());
    }
    // What Bob allowed is nothing of Alice's, and looks as an application that there is not.
    for client_id in ["web", "nothing", ""] {
        let fields = [("decision", "remove"), ("client_id", client_id)];
        let answer = send(&mut alice, &page, Endpoint::AccountApplications, &fields).await;
        assert!(answer.location().contains("done=gone"), "{client_id}");
    }
    send(&mut alice, &page, Endpoint::AccountSessions, &[("decision", "end-others")]).await;
    visit(&mut bob, AccountPlace::Overview).await;
    assert!(web.is_active(&tokens.access).await);
    assert_eq!((recorded(&t, "session_ended").await, recorded(&t, "access_removed").await), (0, 0));
}

#[tokio::test]
async fn a_session_of_somebody_else_opens_nothing_in_this_browser() {
    let t = TestServer::start().await;
    let mut bob = browser_of(&t, "bob").await;
    let theirs = visit(&mut bob, AccountPlace::Overview).await;
    let mut alice = browser_of(&t, "alice").await;
    let id = session_of(&theirs);
    let before = trail(&t).await.len();
    for endpoint in endpoints() {
        for fields in changes(endpoint, &id) {
            // Bob's session and Bob's form in Alice's browser.
            let answer = send(&mut alice, &theirs, endpoint, &borrowed(&fields)).await;
            assert!(answer.location().contains("/account/resume?"), "{endpoint:?} {}", answer.status);
            // And without any session.
            let answer = alice.post(endpoint.path(), &borrowed(&fields)).await;
            assert!(answer.location().contains("/account/resume?"), "{endpoint:?} {}", answer.status);
            let answer = send(&mut t.browser(), &theirs, endpoint, &borrowed(&fields)).await;
            assert!(answer.location().contains("/account/resume?"), "{endpoint:?} {}", answer.status);
        }
        let shown = alice.open(&format!("{}?session={id}", endpoint.path())).await.page();
        assert!(!shown.words().contains("Bob"), "{endpoint:?}");
    }
    assert_eq!(trail(&t).await.len(), before);
}

#[tokio::test]
async fn another_pools_account_is_another_account() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Overview).await;
    let first = session_of(&page);
    let staff = browser.open("/staff/account").await.page();
    assert!(staff.has("button#sign-in"));
    let fields = [("identifier", "alice"), ("password", PASSWORD)];
    let staff = browser.submit(&staff, &fields).await.page();
    assert!(staff.words().contains("Alice of Staff") && !staff.words().contains("Alice Arden"));
    let before = trail(&t).await.len();
    let token = |page: &usher_test::Page| page.attribute("input[name=form_token]", "value").unwrap();
    for endpoint in endpoints() {
        for fields in changes(endpoint, &first) {
            for (session, token) in [
                (first.clone(), token(&page)),
                (first.clone(), token(&staff)),
                (session_of(&staff), token(&page)),
            ] {
                let mut all = borrowed(&fields);
                all.extend([("session", session.as_str()), ("form_token", token.as_str())]);
                let answer = browser.post(&format!("/staff{}", endpoint.path()), &all).await;
                assert!(answer.location().contains("/staff/account/resume?"), "{endpoint:?}");
            }
            // The staff pool's cookie put in the first pool's place.
            let mut moved = browser.clone();
            let swapped: Vec<(String, String)> = browser.cookies.clone().into_iter().collect();
            let values: Vec<String> = swapped.iter().rev().map(|(_, value)| value.clone()).collect();
            moved.cookies = swapped.iter().map(|(name, _)| name.clone()).zip(values).collect();
            let answer = send(&mut moved, &page, endpoint, &borrowed(&fields)).await;
            assert!(answer.location().contains("/account/resume?"), "{endpoint:?}");
        }
    }
    // The session of one pool ended from the account of the other is not there.
    let mut all = vec![("decision", "end"), ("id", first.as_str())];
    let (session, token) = (session_of(&staff), token(&staff));
    all.extend([("session", session.as_str()), ("form_token", token.as_str())]);
    let answer = browser.post("/staff/account/sessions", &all).await;
    assert!(answer.location().contains("done=gone"), "{}", answer.location());
    assert_eq!(trail(&t).await.len(), before);
    visit(&mut browser, AccountPlace::Overview).await;
}
