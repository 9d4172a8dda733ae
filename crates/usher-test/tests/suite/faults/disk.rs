//! A disk that takes nothing more: what only reads goes on, what writes is told so, and when there is room again everything goes on.

use super::SERVER;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use usher_store::{Engine, Store};
use usher_test::ServerProcess;

/// Lets the server's files grow, or not.
fn let_files_grow(server: &ServerProcess, to: Option<u64>) {
    let id = Pid::from_raw(i32::try_from(server.id()).unwrap());
    prlimit(id, Resource::Fsize, Rlimit { current: to, maximum: None }).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_disk_that_takes_nothing_more_reading_goes_on_and_nothing_is_done_by_half() {
    let mut server = ServerProcess::start(Engine::Sqlite, SERVER).await;
    let web = server.application("web");
    let mut browser = server.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let refresh = tokens.refresh.unwrap();

    let_files_grow(&server, Some(1));
    for _ in 0..3 {
        let answer = web.refresh(&refresh).await;
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
        for word in ["disk", "sqlite", "SQL", "I/O", "data"] {
            assert!(
                !answer.text().contains(word),
                "what the machine has is nobody's business: {}",
                answer.text()
            );
        }
    }
    assert_eq!(browser.get(&web.request(&[])).await.status, 503);
    assert!(web.is_active(&tokens.access).await);
    assert_eq!(web.userinfo(&tokens.access).await.status, 200);
    assert_eq!(web.get("/oidc/.well-known/openid-configuration").await.status, 200);

    let_files_grow(&server, None);
    let next = web.refresh(&refresh).await.tokens().refresh.unwrap();
    web.authorize(&mut browser, "alice", &[]).await.code();
    server.kill();
    server.start_again().await;
    assert!(web.is_active(&tokens.access).await);
    web.refresh(&next).await.tokens();
    server.kill();
    let store = Store::open(server.place()).await.unwrap();
    let rotated = store.find("SELECT generation FROM grants", vec![]).await.unwrap().unwrap();
    assert_eq!(rotated.get::<i64>(0).unwrap(), 2, "no rotation but the two that were answered");
    store.close().await;
}
