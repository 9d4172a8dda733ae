//! What the tests of people and pages share.

use base64::Engine as _;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use usher_test::{Answer, Application, Arrival, Browser, Builder, Callback, PASSWORD, Page, TestServer};

/// The sign-in page of a new authorization request.
pub(super) async fn sign_in_page(browser: &mut Browser, app: &Application) -> Page {
    let page = browser.open(&app.request(&[])).await.page();
    assert!(page.has("#sign-in"), "{}", page.answer.text());
    page
}

/// Sends the sign-in form and follows where it leads.
pub(super) async fn sign_in(browser: &mut Browser, page: &Page, name: &str, password: &str) -> Arrival {
    browser.submit(page, &[("identifier", name), ("password", password)]).await
}

/// Sends a page's form and gives the first answer, no redirect followed.
pub(super) async fn press(browser: &mut Browser, page: &Page, fields: &[(&str, &str)]) -> Answer {
    let (action, mut all) = page.form();
    all.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    let pairs: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post(&action, &pairs).await
}

/// Sends the sign-in form and gives the first answer.
pub(super) async fn guess(browser: &mut Browser, page: &Page, name: &str, password: &str) -> Answer {
    press(browser, page, &[("identifier", name), ("password", password)]).await
}

/// Posts a form with these headers and no others of a form's.
pub(super) async fn post_with(
    browser: &mut Browser,
    path: &str,
    fields: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = Request::post(path);
    if headers.iter().all(|(name, _)| *name != "content-type") {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.exchange(request.body(Full::new(Bytes::from(body))).unwrap()).await
}

/// Signs one more person in to a browser, by an application that asks for no consent.
pub(super) async fn add(t: &TestServer, browser: &mut Browser, name: &str) -> Callback {
    let own = t.application("first-party");
    let mut page = browser.open(&own.request(&[("prompt", "login")])).await.page();
    if page.has("button[name=session]") {
        page = browser.submit(&page, &[("session", "another")]).await.page();
    }
    Callback::parse(&sign_in(browser, &page, name, PASSWORD).await.elsewhere())
}

/// A browser with these people signed in.
pub(super) async fn browser_of(t: &TestServer, people: &[&str]) -> Browser {
    let mut browser = t.browser();
    for name in people {
        add(t, &mut browser, name).await;
    }
    browser
}

/// Whom a code is for.
pub(super) async fn subject(app: &Application, callback: &Callback) -> String {
    let tokens = app.exchange(callback.code()).await.tokens();
    app.userinfo(&tokens.access).await.json()["sub"].as_str().unwrap().to_owned()
}

/// The `sub` of a person.
pub(super) async fn sub_of(t: &TestServer, name: &str) -> String {
    let own = t.application("first-party");
    let callback = own.authorize(&mut t.browser(), name, &[]).await;
    subject(&own, &callback).await
}

/// What a request without pages gives: the error, or `code`.
pub(super) async fn silently(browser: &mut Browser, app: &Application, changes: &[(&str, &str)]) -> String {
    let mut all = vec![("prompt", "none")];
    all.extend_from_slice(changes);
    let callback = Callback::parse(&browser.open(&app.request(&all)).await.elsewhere());
    if callback.params.contains_key("code") { "code".to_owned() } else { callback.error().to_owned() }
}

/// Sends the sign-in form from another address of this machine.
pub(super) async fn guess_from(
    source: &str,
    t: &TestServer,
    browser: &Browser,
    page: &Page,
    (name, password): (&str, &str),
) -> Answer {
    let (action, mut fields) = page.form();
    fields.extend([("identifier".to_owned(), name.to_owned()), ("password".to_owned(), password.to_owned())]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(action)
        .header(header::HOST, t.origin().split_once("://").unwrap().1)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, browser.cookie_header().unwrap_or_default())
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(format!("{source}:0").parse().unwrap()).unwrap();
    let stream = socket.connect(t.address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    driver.abort();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// The number that a statement counts.
pub(super) async fn number(t: &TestServer, sql: &'static str) -> i64 {
    t.app.store.list(sql, Vec::new()).await.unwrap()[0].get(0).unwrap()
}

/// More people in the first pool: lines of TOML.
pub(super) fn with_people(builder: Builder, people: &str) -> Builder {
    builder.edit("[[pools]]\nname = \"staff\"\n", &format!("{people}\n[[pools]]\nname = \"staff\"\n"))
}

/// The first pool with these settings.
pub(super) fn with_settings(builder: Builder, settings: &str) -> Builder {
    builder.edit("name = \"main\"\n", &format!("name = \"main\"\nsettings = {{ {settings} }}\n"))
}

/// The interaction that a page's form is about.
pub(super) fn handle_of(page: &Page) -> String {
    page.attribute("input[name=interaction]", "value").unwrap()
}

/// The claims of a JWT, whose signature is looked at elsewhere.
pub(super) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Whom a page greets: the names in its account buttons and boxes.
pub(super) fn shows(page: &Page, name: &str) -> bool {
    page.words().contains(name)
}
