//! What the tests of mails share.

use usher_core::mail::Message;
use usher_store::Engine;
use usher_test::{Application, Arrival, Browser, Page, TestServer};

/// The password that people choose here.
pub(super) const CHOSEN: &str = "nine grey herons by the weir";

/// A server that sends mails.
pub(super) async fn server() -> TestServer {
    on(Engine::Sqlite).await
}

/// The same on an engine.
pub(super) async fn on(engine: Engine) -> TestServer {
    TestServer::builder().engine(engine).with_mail().start().await
}

/// The page that asks for a link, by way of the sign-in page of a new request.
pub(super) async fn forgot_page(browser: &mut Browser, app: &Application) -> Page {
    let page = browser.open(&app.request(&[])).await.page();
    let way = page.attribute("#forgot-password", "href").expect("a way for those who forgot");
    browser.open(&way).await.page()
}

/// Asks for a link in this browser.
pub(super) async fn ask(browser: &mut Browser, app: &Application, name: &str) -> Page {
    let page = forgot_page(browser, app).await;
    browser.submit(&page, &[("identifier", name)]).await.page()
}

/// Asks for alice's link and gives the path that it leads to.
pub(super) async fn alices_link(t: &TestServer, browser: &mut Browser) -> String {
    let page = ask(browser, &t.application("web"), "alice").await;
    assert!(page.has("#done[data-done=link_sent]"), "{}", page.answer.text());
    link(t, &only(t.mails().await))
}

/// The only one.
#[track_caller]
pub(super) fn only(mut mails: Vec<Message>) -> Message {
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails.remove(0)
}

/// The path of a mail's link, which is the same in text and HTML and leads to this server.
#[track_caller]
pub(crate) fn link(t: &TestServer, mail: &Message) -> String {
    let origin = t.origin();
    let line = mail.text.lines().find(|l| l.starts_with(&origin)).unwrap_or_else(|| panic!("{}", mail.text));
    assert!(mail.html.contains(&format!("href=\"{line}\"")), "{}", mail.html);
    line[origin.len()..].to_owned()
}

/// The token of a link.
pub(super) fn token(link: &str) -> String {
    link.split_once("token=").unwrap().1.to_owned()
}

/// Types a password into a page.
pub(super) async fn choose(browser: &mut Browser, page: &Page, password: &str) -> Arrival {
    browser.submit(page, &[("new_password", password), ("new_password_again", password)]).await
}

/// Says by a click that a link is meant.
pub(super) async fn confirm(browser: &mut Browser, page: &Page) -> Page {
    assert!(page.has("#continue"), "{}", page.answer.text());
    browser.submit(page, &[("decision", "continue")]).await.page()
}

/// Whether somebody gets in with a password.
pub(super) async fn gets_in(t: &TestServer, name: &str, password: &str) -> bool {
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = browser.open(&own.request(&[])).await.page();
    let arrival = browser.submit(&page, &[("identifier", name), ("password", password)]).await;
    matches!(arrival, Arrival::Elsewhere(_))
}

/// Rows of a table.
pub(super) async fn rows(t: &TestServer, sql: &'static str) -> i64 {
    t.app.store.list(sql, Vec::new()).await.unwrap()[0].get(0).unwrap()
}

/// The names of the newest changes of the first pool.
pub(super) async fn trail(t: &TestServer) -> Vec<String> {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    t.app.store.audit_trail(pool).await.unwrap().into_iter().map(|r| r.event).collect()
}
