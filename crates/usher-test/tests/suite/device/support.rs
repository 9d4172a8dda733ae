//! What the tests of devices share: applications on devices, asking, polling, and the way of a person to the consent page.

use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use usher_store::Engine;
pub(super) use usher_test::at_once;
use usher_test::{Answer, Application, Arrival, Browser, Builder, PASSWORD, Page, TestServer};
use usher_types::Span;

/// The grant's name.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A television, public; a printer with a secret; a first-party box whose people are never asked for consent elsewhere.
const APPLICATIONS: &str = r#"[[pools.applications]]
client_id = "tv"
client_name = "Living Room"
application_type = "native"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
scope = "openid profile offline_access"
scopes = [{ name = "films", description = "Choose films for you" }]

[[pools.applications]]
client_id = "printer"
client_secret = "printer-secret-0123456789-0123456789-0123456789"
client_name = "Print Room"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]

[[pools.applications]]
client_id = "box"
client_name = "Our Own Box"
application_type = "native"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token", "authorization_code"]
redirect_uris = ["https://box.test/cb"]
first_party = true
skip_consent = true

"#;

/// A server whose first pool has the applications of this folder.
pub(super) fn builder() -> Builder {
    let before = "[[pools.applications]]\nclient_id = \"spa\"\n";
    TestServer::builder().edit(before, &format!("{APPLICATIONS}{before}"))
}

/// The same, started.
pub(super) async fn server(engine: Engine) -> TestServer {
    builder().engine(engine).start().await
}

/// What a device was given.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) device_code: String,
    pub(super) user_code: String,
    /// The path and query of the complete address.
    pub(super) link: String,
}

/// A device asks for a scope.
pub(super) async fn ask(app: &Application, scope: &str) -> Asked {
    let answer = app.post("/oidc/device/auth", &[("scope", scope)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}")).to_owned();
    let link = url::Url::parse(&text("verification_uri_complete")).unwrap();
    Asked {
        device_code: text("device_code"),
        user_code: text("user_code"),
        link: format!("{}?{}", link.path(), link.query().unwrap()),
    }
}

/// A device polls.
pub(super) async fn poll(app: &Application, asked: &Asked) -> Answer {
    app.post("/oidc/token", &[("grant_type", GRANT), ("device_code", &asked.device_code)]).await
}

/// A device waits as it was told and polls.
pub(super) async fn poll_later(t: &TestServer, app: &Application, asked: &Asked) -> Answer {
    t.advance(Span::seconds(5));
    poll(app, asked).await
}

/// A person types a code and goes on.
pub(super) async fn enter(browser: &mut Browser, user_code: &str) -> Page {
    let page = browser.open("/device").await.page();
    browser.submit(&page, &[("user_code", user_code)]).await.page()
}

/// Sends a page's form and gives the first answer, no redirect followed.
pub(super) async fn press(browser: &mut Browser, page: &Page, fields: &[(&str, &str)]) -> Answer {
    let (action, mut all) = page.form();
    all.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    let pairs: Vec<(&str, &str)> = all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.post(&action, &pairs).await
}

/// Signs a person in on the sign-in page and follows where that leads.
pub(super) async fn sign_in(browser: &mut Browser, page: &Page, username: &str) -> Arrival {
    assert!(page.has("#sign-in"), "{}: {}", page.path, page.answer.text());
    browser.submit(page, &[("identifier", username), ("password", PASSWORD)]).await
}

/// The consent page that a person comes to with a code; they sign in where they have not yet.
pub(super) async fn consent(browser: &mut Browser, user_code: &str, username: &str) -> Page {
    let mut page = enter(browser, user_code).await;
    if page.has("#sign-in") {
        page = sign_in(browser, &page, username).await.page();
    }
    assert!(page.has("#allow") && page.path.starts_with("/device/consent"), "{}", page.answer.text());
    page
}

/// A person answers on the consent page and sees the last page.
pub(super) async fn decide(browser: &mut Browser, consent: &Page, decision: &str) -> Page {
    browser.submit(consent, &[("decision", decision)]).await.page()
}

/// A person allows a device.
pub(super) async fn allow(browser: &mut Browser, asked: &Asked, username: &str) {
    let page = consent(browser, &asked.user_code, username).await;
    let last = decide(browser, &page, "allow").await;
    assert!(last.has("#device-done"), "{}", last.answer.text());
}

/// A server's browser with these people signed in, one after the other.
pub(super) async fn browser_of(t: &TestServer, people: &[&str]) -> Browser {
    let mut browser = t.browser();
    for name in people {
        let mut page = browser.open(&t.application("web").request(&[("prompt", "login")])).await.page();
        if page.has("button[name=session]") {
            page = browser.submit(&page, &[("session", "another")]).await.page();
        }
        sign_in(&mut browser, &page, name).await;
    }
    browser
}

/// The number that a statement counts.
pub(super) async fn number(t: &TestServer, sql: &'static str) -> i64 {
    t.app.store.list(sql, Vec::new()).await.unwrap()[0].get(0).unwrap()
}

/// A form POST with a browser's cookies and exactly these headers beside.
pub(super) async fn post_with(
    browser: &mut Browser,
    path: &str,
    fields: &[(String, String)],
    headers: &[(&str, &str)],
) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.exchange(request.body(Full::new(Bytes::from(body))).unwrap()).await
}

/// A page's hidden fields and more.
pub(super) fn filled(page: &Page, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = page.form().1;
    fields.extend(more.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    fields
}

/// A well-formed code; another one for each number, and none that a device was given, as far as luck goes.
pub(super) fn code_of(mut number: usize) -> String {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    let mut code = String::new();
    for _ in 0..8 {
        code.push(char::from(LETTERS[number % 20]));
        number /= 20;
    }
    code
}
