//! Health and readiness.

use http::Request;
use http_body_util::Full;
use usher_store::Engine;
use usher_test::{Answer, TestServer, at_once, send};
use usher_types::Span;

async fn get(t: &TestServer, path: &str, host: &str) -> Answer {
    send(t.address, Request::get(path).header("host", host).body(Full::default()).unwrap()).await
}

#[tokio::test]
async fn health_is_told_whatever_the_host_says_and_names_nothing() {
    let t = TestServer::start().await;
    for host in ["10.0.0.7:8080", "evil.test", "localhost"] {
        let ready = get(&t, "/readyz", host).await;
        assert_eq!((ready.status.as_u16(), ready.header("cache-control")), (200, "no-store"));
        let checks = serde_json::json!({ "reads": "ok", "writes": "ok", "clock": "ok", "configuration": "ok", "serving": "ok" });
        assert_eq!(ready.json(), serde_json::json!({ "status": "ready", "checks": checks }));
        let health = get(&t, "/healthz", host).await;
        assert_eq!((health.status.as_u16(), health.json()), (200, serde_json::json!({ "status": "ok" })));
    }
    assert_eq!(get(&t, "/readyz", "").await.status, 200);
    let other = Request::post("/readyz").header("host", "localhost").body(Full::default()).unwrap();
    assert_ne!(send(t.address, other).await.status, 200);
}

async fn asking_often_costs_one_look(engine: Engine) {
    let t = TestServer::on(engine).await;
    let before = t.app.store.counts();
    let asked = at_once(64, |_| {
        let address = t.address;
        async move {
            let request = Request::get("/readyz").header("host", "x").body(Full::default()).unwrap();
            send(address, request).await.status
        }
    })
    .await;
    assert!(asked.iter().all(|status| *status == 200));
    let after = t.app.store.counts();
    assert_eq!((after.reads - before.reads, after.batches - before.batches), (1, 0));
    t.advance(Span::seconds(1));
    get(&t, "/readyz", "x").await;
    assert_eq!(t.app.store.counts().reads - after.reads, 1);
    let before = t.app.store.counts();
    get(&t, "/healthz", "x").await;
    assert_eq!(t.app.store.counts(), before);
}

#[tokio::test]
async fn asking_often_costs_one_look_on_sqlite() {
    asking_often_costs_one_look(Engine::Sqlite).await;
}

#[tokio::test]
async fn asking_often_costs_one_look_on_postgres() {
    asking_often_costs_one_look(Engine::Postgres).await;
}

#[tokio::test]
async fn a_database_that_does_not_answer_and_a_server_that_stops_are_not_ready() {
    let t = TestServer::start().await;
    t.app.store.clone().close().await;
    let answer = get(&t, "/readyz", "x").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["checks"]["reads"]), (503, &"failed".into()));
    assert_eq!(get(&t, "/healthz", "x").await.status, 200, "the process runs");
    t.app.health.stop();
    let answer = get(&t, "/readyz", "x").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["checks"]["serving"]), (503, &"stopping".into()));
}

#[tokio::test]
async fn a_clock_that_jumps_back_does_not_keep_old_news() {
    let t = TestServer::start().await;
    get(&t, "/readyz", "x").await;
    let before = t.app.store.counts().reads;
    t.clock.go_back(Span::hours(5));
    assert_eq!(get(&t, "/readyz", "x").await.status, 200);
    assert_eq!(t.app.store.counts().reads - before, 1);
}
