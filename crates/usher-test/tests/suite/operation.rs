//! What operators rely on: TLS from certificate files, and an audit trail that tells what happened without telling secrets.

use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use usher::tls::Certificates;
use usher::{config, listener, serve, world};
use usher_store::Engine;
use usher_store::tables::AuditRow;
use usher_test::{Answer, PASSWORD, TestServer};

/// What the first pool's audit trail tells beside what the configuration declares.
async fn trail(t: &TestServer) -> Vec<AuditRow> {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let rows = t.app.store.audit_trail(pool).await.unwrap();
    rows.into_iter().filter(|row| row.actor.as_deref() != Some("seed")).collect()
}

/// Its events, sorted: the clock stands still, so all of them are of one moment.
async fn events(t: &TestServer) -> Vec<String> {
    let mut events: Vec<String> = trail(t).await.into_iter().map(|row| row.event).collect();
    events.sort();
    events
}

async fn every_change_is_in_the_audit_trail(engine: Engine) {
    let t = TestServer::on(engine).await;
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    assert_eq!(events(&t).await, ["consent", "grant", "sign_in"]);

    let spent = tokens.refresh.unwrap();
    let next = web.refresh(&spent).await.tokens().refresh.unwrap();
    web.refresh(&next).await.tokens();
    web.refresh(&spent).await.refused("invalid_grant");
    let code = web.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    let given = web.exchange(&code).await.tokens();
    web.exchange(&code).await.refused("invalid_grant");
    let last = web.sign_in(&mut browser, "alice", "openid").await;
    assert_eq!(web.revoke(&last.access).await.status, 200);
    let hint = given.id.unwrap();
    assert_eq!(browser.get(&format!("/oidc/session/end?id_token_hint={hint}")).await.status, 200);
    let expected = [
        "code_replayed",
        "consent",
        "grant",
        "grant",
        "grant",
        "refresh_token_reused",
        "sign_in",
        "sign_out",
        "token_revoked",
    ];
    assert_eq!(events(&t).await, expected);
}

#[tokio::test]
async fn every_change_is_in_the_audit_trail_on_sqlite() {
    every_change_is_in_the_audit_trail(Engine::Sqlite).await;
}

#[tokio::test]
async fn every_change_is_in_the_audit_trail_on_postgres() {
    if usher_testdb::Postgres::or_skip("the audit trail on PostgreSQL").is_some() {
        every_change_is_in_the_audit_trail(Engine::Postgres).await;
    }
}

#[tokio::test]
async fn the_audit_trail_tells_who_and_through_what_and_no_secret() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let rows = trail(&t).await;
    let sub = web.introspect(&tokens.access).await["sub"].as_str().unwrap().to_owned();
    assert!(
        rows.iter().all(|r| r.client_id.as_deref() == Some("web") && r.user_id.unwrap().to_string() == sub)
    );
    let told = format!("{rows:?}");
    let cookie = browser.cookies.values().next().unwrap().clone();
    let secrets = [
        PASSWORD,
        &tokens.access,
        tokens.refresh.as_deref().unwrap(),
        web.secret.as_deref().unwrap(),
        &cookie,
    ];
    for secret in secrets {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn a_server_with_certificate_files_speaks_tls_and_nothing_else() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let text = format!(
        "[server]\npublic_url = \"https://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\
         [server.tls]\ncertificate = \"cert.pem\"\nprivate_key = \"key.pem\"\n[[pools]]\nname = \"main\"\n",
        port = address.port()
    );
    let path = folder.path().join("usher.toml");
    std::fs::write(&path, text).unwrap();
    let loaded = config::load(&path).unwrap();
    let tls = Certificates::load(&loaded).unwrap().map(|certificates| certificates.acceptor().unwrap());
    let app = serve::prepare(&loaded, world::system()).await.unwrap();
    let server = tokio::spawn(listener::serve(app, listener, tls, std::future::pending()));

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let request = http::Request::get("/oidc/.well-known/openid-configuration")
        .header("host", format!("localhost:{}", address.port()))
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let answer = Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    };
    assert_eq!(answer.json()["issuer"], format!("https://localhost:{}/oidc", address.port()));
    assert!(answer.header("strict-transport-security").starts_with("max-age="));

    let plain = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(plain)).await.unwrap();
    let plain_driver = tokio::spawn(connection);
    let request =
        http::Request::get("/").header("host", "localhost").body(Empty::<bytes::Bytes>::new()).unwrap();
    assert!(sender.send_request(request).await.is_err());
    for task in [driver.abort_handle(), plain_driver.abort_handle(), server.abort_handle()] {
        task.abort();
    }
}
