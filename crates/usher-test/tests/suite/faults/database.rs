//! A PostgreSQL that goes away and comes back.

use std::path::PathBuf;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use usher_test::TestServer;
use usher_types::limits;

/// Stands between a server and its database.
struct Line {
    port: u16,
    is_up: watch::Sender<bool>,
}

impl Line {
    async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (is_up, seen) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, socket.clone(), seen.clone()));
            }
        });
        Self { port, is_up }
    }

    fn cut(&self) {
        self.is_up.send_replace(false);
    }

    fn mend(&self) {
        self.is_up.send_replace(true);
    }
}

/// One connection, until the line is cut.
async fn carry(mut client: TcpStream, socket: PathBuf, mut seen: watch::Receiver<bool>) {
    if *seen.borrow() {
        let mut server = UnixStream::connect(socket).await.unwrap();
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => {}
            _ = seen.wait_for(|is_up| !is_up) => {}
        }
    }
}

/// A server, its line to PostgreSQL, and the name of its database.
async fn server(why: &str) -> Option<(TestServer, Line, String)> {
    let postgres = usher_testdb::Postgres::or_skip(why)?;
    let url = postgres.fresh_database().await.unwrap();
    let line = Line::to(postgres.socket()).await;
    let name = url.rsplit('/').next().unwrap().to_owned();
    let url = format!("postgresql://postgres@127.0.0.1:{}/{name}", line.port);
    let t = TestServer::builder().database(&url).production().start().await;
    Some((t, line, name))
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_it_is_told_and_afterwards_everything_goes_on() {
    let Some((t, line, name)) = server("a database that goes away").await else { return };
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let refresh = tokens.refresh.unwrap();

    line.cut();
    for _ in 0..3 {
        for answer in [
            web.refresh(&refresh).await,
            web.post("/oidc/token/introspection", &[("token", &tokens.access)]).await,
        ] {
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert_eq!(answer.json()["error"], "temporarily_unavailable");
        }
        let page = browser.get(&web.request(&[])).await;
        assert_eq!(page.status, 503);
        for word in ["postgres", "127.0.0.1", name.as_str(), "connection"] {
            assert!(!page.text().contains(word), "{word} is nobody's business: {}", page.text());
        }
    }
    assert_eq!(web.get("/oidc/.well-known/openid-configuration").await.status, 200);
    assert_eq!(web.get("/oidc/.well-known/jwks.json").await.status, 200);
    assert!(t.app.refresh_snapshot().await.is_err());

    line.mend();
    let next = web.refresh(&refresh).await.tokens();
    assert!(web.is_active(&next.access).await);
    t.app.refresh_snapshot().await.unwrap();
    web.authorize(&mut browser, "alice", &[]).await.code();
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_tells_that_the_database_is_away_and_that_it_is_back() {
    let Some((t, line, name)) = server("readiness beside a database").await else { return };
    let web = t.application("web");
    let refresh = web.sign_in(&mut t.browser(), "alice", "openid offline_access").await.refresh.unwrap();
    let ready = async || {
        let answer = web.get("/readyz").await;
        let checks = answer.json()["checks"].clone();
        (answer.status.as_u16(), checks["reads"].clone(), checks["writes"].clone())
    };
    assert_eq!(ready().await, (200, "ok".into(), "ok".into()));

    line.cut();
    t.advance(limits::READY_KEPT);
    assert_eq!(ready().await, (503, "failed".into(), "failed".into()));
    assert_eq!(web.get("/healthz").await.status, 200, "the process runs");
    assert_eq!(web.refresh(&refresh).await.status, 503);
    t.advance(limits::PROBE);
    let answer = web.get("/readyz").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["status"]), (503, &"not ready".into()));
    for word in ["postgres", "127.0.0.1", name.as_str(), "connection"] {
        assert!(!answer.text().contains(word), "{word} is nobody's business: {}", answer.text());
    }

    line.mend();
    t.advance(limits::PROBE);
    assert_eq!(ready().await, (200, "ok".into(), "ok".into()), "nobody has written, and it is known again");
    web.refresh(&refresh).await.tokens();
}
