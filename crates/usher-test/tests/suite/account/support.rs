//! What the tests of accounts share.

use usher_store::tables::AuditRow;
use usher_test::{Answer, Browser, PASSWORD, Page, TestServer};
use usher_types::page::AccountPlace;
use usher_types::{Endpoint, Span, limits};

/// Signs somebody in at their account.
pub(super) async fn sign_in(browser: &mut Browser, name: &str) -> Page {
    let page = browser.open("/account").await.page();
    assert!(page.has("button#sign-in"), "{}", page.answer.text());
    at_home(browser.submit(&page, &[("identifier", name), ("password", PASSWORD)]).await.page())
}

/// A browser in which somebody is signed in at their account.
pub(super) async fn browser_of(t: &TestServer, name: &str) -> Browser {
    let mut browser = t.browser();
    sign_in(&mut browser, name).await;
    browser
}

/// A page of an account.
#[track_caller]
pub(super) fn at_home(page: Page) -> Page {
    assert!(page.has(".mine"), "{}: {}", page.path, page.answer.text());
    page
}

/// A place of the account of the only person in a browser.
pub(super) async fn visit(browser: &mut Browser, place: AccountPlace) -> Page {
    at_home(browser.open(place.endpoint().path()).await.page())
}

/// Sends a form as a page makes it, to a place: its session, its token, and these fields.
pub(super) async fn send(
    browser: &mut Browser,
    page: &Page,
    endpoint: Endpoint,
    fields: &[(&str, &str)],
) -> Answer {
    let hidden = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
    let (session, form_token) = (hidden("session"), hidden("form_token"));
    let mut all = vec![("session", session.as_str()), ("form_token", form_token.as_str())];
    all.extend_from_slice(fields);
    browser.post(endpoint.path(), &all).await
}

/// The session of the account that a page shows.
pub(super) fn session_of(page: &Page) -> String {
    page.attribute("input[name=session]", "value").unwrap()
}

/// Lets so much time pass that a sign-in is not of the last minutes any more.
pub(super) fn grow_stale(t: &TestServer) {
    t.advance(limits::FRESH_SIGN_IN.and(Span::seconds(1)));
}

/// The audit trail of the first pool, newest first.
pub(super) async fn trail(t: &TestServer) -> Vec<AuditRow> {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    t.app.store.audit_trail(pool).await.unwrap()
}

/// How often something was recorded.
pub(super) async fn recorded(t: &TestServer, event: &str) -> usize {
    trail(t).await.iter().filter(|row| row.event == event).count()
}
