//! Attack class 17, steps that are skipped: a form that was never shown answers nothing that the door would have asked for first.

use super::support::{
    Asked, ask, browser_of, builder, consent, decide, enter, filled, poll, server, sign_in,
};
use usher_store::tables::write;
use usher_store::{Applied, Batch, Engine};
use usher_test::{Application, Browser, Page, TestServer};
use usher_types::{Clock as _, SessionId, Span};

/// Sends the form of the consent page with what another page of the same interaction gave away, for the only session that there is.
async fn is_done_without_being_asked(t: &TestServer, browser: &mut Browser, page: &Page) -> bool {
    let sessions = t.app.store.list("SELECT id FROM sessions", Vec::new()).await.unwrap();
    let session: SessionId = sessions[0].get(0).unwrap();
    let session = session.to_string();
    let mut fields = filled(page, &[("decision", "allow")]);
    fields.retain(|(name, _)| name != "session");
    fields.push(("session".to_owned(), session));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.post("/device/consent", &fields).await;
    browser.follow("/device/consent", answer).await.page().has("#device-done")
}

async fn is_pending(t: &TestServer, app: &Application, asked: &Asked) {
    t.advance(Span::seconds(30));
    poll(app, asked).await.refused("authorization_pending");
}

async fn a_sign_in_that_is_too_old_allows_nothing(engine: Engine) {
    let t = builder().engine(engine).application("tv", "default_max_age = 60").start().await;
    let tv = t.application("tv");
    let mut browser = browser_of(&t, &["alice"]).await;
    t.advance(Span::seconds(1));
    let young = ask(&tv, "openid").await;
    let shown = enter(&mut browser, &young.user_code).await;
    assert!(shown.has("#allow"), "{}", shown.words());
    t.advance(Span::seconds(60));
    // Neither on the page that was shown in time, nor on one that was not shown.
    let again = decide(&mut browser, &shown, "allow").await;
    assert!(again.has("#sign-in"), "{}", again.words());
    is_pending(&t, &tv, &young).await;
    let old = ask(&tv, "openid").await;
    let page = enter(&mut browser, &old.user_code).await;
    assert!(page.has("#sign-in"), "{}", page.words());
    assert!(!is_done_without_being_asked(&t, &mut browser, &page).await);
    is_pending(&t, &tv, &old).await;
    // Whoever does what is asked is asked for the answer.
    let page = sign_in(&mut browser, &page, "alice").await.page();
    assert!(decide(&mut browser, &page, "allow").await.has("#device-done"));
}

/// Has Alice choose another password before anything else.
async fn must_change_password(t: &TestServer) {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let mut alice = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
    alice.must_change_password = true;
    let mut batch = Batch::new();
    write::user::update(&mut batch, "alice is as she was read", pool, alice, t.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

async fn a_person_who_has_to_choose_a_password_does_that_first(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    must_change_password(&t).await;
    let page = enter(&mut browser, &asked.user_code).await;
    let page = sign_in(&mut browser, &page, "alice").await.page();
    assert!(page.has("#change-password"), "{}", page.words());
    assert!(!is_done_without_being_asked(&t, &mut browser, &page).await);
    is_pending(&t, &tv, &asked).await;
    let chosen = [
        ("new_password", "a staple that nobody knows yet"),
        ("new_password_again", "a staple that nobody knows yet"),
    ];
    let page = browser.submit(&page, &chosen).await.page();
    assert!(page.has("#allow"), "{}", page.words());
    assert!(decide(&mut browser, &page, "allow").await.has("#device-done"));
    poll(&tv, &asked).await.tokens();
}

async fn a_person_who_has_to_choose_a_password_meanwhile_allows_nothing(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let (asked, mut browser) = (ask(&tv, "openid").await, t.browser());
    let shown = consent(&mut browser, &asked.user_code, "alice").await;
    must_change_password(&t).await;
    assert!(decide(&mut browser, &shown, "allow").await.has("#change-password"));
    is_pending(&t, &tv, &asked).await;
}

on_both_engines! {
    a_sign_in_that_is_too_old_allows_nothing
    a_person_who_has_to_choose_a_password_does_that_first
    a_person_who_has_to_choose_a_password_meanwhile_allows_nothing
}
