//! Attack class "build and configuration leaks": at the finest level the log holds nothing that lets anybody in, and no error body tells where the
//! server lives.

use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use usher::config::LogLevel;
use usher::logging;
use usher_store::tables::{UserRow, write};
use usher_store::{Applied, Batch};
use usher_test::{Answer, PASSWORD, Page, TestServer};
use usher_types::Span;
use usher_types::fold::IdentifierKey;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The value of every hidden field of a page's form.
fn hidden(page: &Page) -> Vec<String> {
    page.form().1.into_iter().map(|(_, value)| value).filter(|value| value.len() > 15).collect()
}

/// The parameters of an address that are long enough to be secrets.
fn carried(address: &str) -> Vec<String> {
    let query = address.split_once(['?', '#']).map_or("", |(_, query)| query);
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.filter(|(name, _)| name == "code").map(|(_, value)| value.into_owned()).collect()
}

async fn demand_new_password(t: &TestServer, username: &str) {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let key = IdentifierKey::fold(username).unwrap();
    let row = t.app.store.user_by_identifier(pool, key.as_str()).await.unwrap().unwrap();
    let row = UserRow { must_change_password: true, ..row };
    let mut batch = Batch::new();
    write::user::update(&mut batch, "unchanged", pool, row, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

#[tokio::test]
async fn the_finest_log_of_every_way_in_holds_no_secret() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new(logging::filter(LogLevel::Trace)))
        .with_writer(kept.clone())
        .finish();
    // A second one, because a lone subscriber's interest in a line is asked for on the thread that comes to the line first.
    let beside = tracing::Dispatch::new(tracing_subscriber::registry());
    let watching = tracing::subscriber::set_default(subscriber);
    let television = format!(
        "[[pools.applications]]\nclient_id = \"tv\"\nclient_name = \"TV\"\napplication_type = \"native\"\ngrant_types = [\"{DEVICE}\", \"refresh_token\"]\n\n"
    );
    let before = "[[pools.applications]]\nclient_id = \"spa\"\n";
    let t = TestServer::builder().edit(before, &format!("{television}{before}")).start().await;
    let web = t.application("web");
    let mut secrets = vec![PASSWORD.to_owned(), web.secret.clone().unwrap()];

    // Sign-in with a wrong password, and with the right one; code, tokens, refresh, its replay, introspection, userinfo, revocation.
    let mut browser = t.browser();
    let page = browser
        .open(&web.request(&[("scope", "openid profile offline_access"), ("prompt", "consent")]))
        .await
        .page();
    secrets.extend(hidden(&page));
    let wrong = "a wrong but long password";
    secrets.push(wrong.to_owned());
    let page = browser.submit(&page, &[("identifier", "alice"), ("password", wrong)]).await.page();
    let page = browser.submit(&page, &[("identifier", "alice"), ("password", PASSWORD)]).await.page();
    secrets.extend(hidden(&page));
    secrets.extend(browser.cookies.values().cloned());
    let there = browser.submit(&page, &[("decision", "allow")]).await.elsewhere();
    secrets.extend(carried(&there));
    let code = carried(&there).remove(0);
    let tokens = web.exchange(&code).await.tokens();
    let refreshed = web.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
    web.userinfo(&refreshed.access).await;
    web.introspect(&refreshed.access).await;
    t.advance(Span::minutes(1));
    web.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    web.exchange(&code).await.refused("invalid_grant");
    web.revoke(&refreshed.access).await;
    for tokens in [tokens, refreshed] {
        secrets.push(tokens.access);
        secrets.extend(tokens.refresh.into_iter().chain(tokens.id));
    }
    // A wrong secret of an application, and a code that nobody gave.
    let guessed = "guessed-secret-0123456789-0123456789";
    secrets.push(guessed.to_owned());
    let mut bodies =
        vec![t.application("web").with_secret(guessed).exchange("abcdefghijklmnopqrstuvwxyz").await];
    secrets.push("abcdefghijklmnopqrstuvwxyz".to_owned());

    // A new password that has to be chosen.
    demand_new_password(&t, "bob").await;
    let mut browser = t.browser();
    let page = browser.open(&web.request(&[])).await.page();
    let page = browser.submit(&page, &[("identifier", "bob"), ("password", PASSWORD)]).await.page();
    assert!(page.path.starts_with("/change-password"), "{}", page.path);
    let chosen = "an entirely new pass phrase";
    secrets.extend(hidden(&page).into_iter().chain([chosen.to_owned()]));
    browser.submit(&page, &[("new_password", chosen), ("new_password_again", chosen)]).await;
    secrets.extend(browser.cookies.values().cloned());

    // A device.
    let tv = t.application("tv");
    let asked = tv.post("/oidc/device/auth", &[("scope", "openid")]).await.json();
    let device_code = asked["device_code"].as_str().unwrap().to_owned();
    let user_code = asked["user_code"].as_str().unwrap().to_owned();
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    let page = browser.submit(&page, &[("user_code", &user_code)]).await.page();
    let page = browser.submit(&page, &[("identifier", "alice"), ("password", PASSWORD)]).await.page();
    browser.submit(&page, &[("decision", "allow")]).await;
    t.advance(Span::seconds(5));
    let given = tv.post("/oidc/token", &[("grant_type", DEVICE), ("device_code", &device_code)]).await;
    secrets.push(given.tokens().access);
    secrets.extend([device_code, user_code]);
    secrets.extend(browser.cookies.values().cloned());

    bodies.push(t.browser().get("/nothing").await);
    bodies.push(t.browser().get("/oidc/auth?client_id=nobody").await);
    bodies.push(web.post("/oidc/token", &[("grant_type", "x")]).await);
    t.app.store.clone().close().await;
    bodies.push(web.exchange("another code of nobody's").await);
    bodies.push(t.browser().get(&web.request(&[])).await);
    drop((watching, beside));

    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("signed in") && log.contains("refused"), "{log}");
    secrets.retain(|secret| secret.len() > 7);
    assert!(secrets.len() > 20, "{}", secrets.len());
    for secret in &secrets {
        // A cookie holds an id and a secret with a dot between; the id alone is nothing, the rest is all.
        let part = secret.rsplit('.').next().unwrap();
        assert!(
            !log.contains(part),
            "{secret} is in the log: {}",
            log.lines().find(|l| l.contains(part)).unwrap()
        );
    }
    tells_nothing(&t, &bodies);
}

/// Invariant: no error body tells of the database, the environment or the machine.
fn tells_nothing(t: &TestServer, bodies: &[Answer]) {
    let folder = t.folder().display().to_string();
    for answer in bodies {
        assert!(answer.status.is_client_error() || answer.status.is_server_error(), "{}", answer.status);
        let body = answer.text();
        for told in [
            "SELECT",
            "INSERT",
            "sqlite",
            "usher.db",
            "postgres",
            "master.key",
            "/tmp/",
            "PATH=",
            "panicked",
            &folder,
        ] {
            assert!(!body.contains(told), "{told} in {body}");
        }
    }
}
