//! Without a server that listens: the command line opens the database itself, and says clearly where it cannot.

use super::support::{Managed, run};
use std::time::Duration;
use usher::serve;
use usher_store::Engine;

async fn the_database_is_opened_where_no_server_runs(engine: Engine) {
    let mut m = Managed::on(engine).await;
    m.fall_silent().await;
    m.t.app.store.clone().close().await;
    let shown =
        m.run(&["app", "create", "shop", "redirect_uris=https://shop.test/cb", "first_party=true"]).await;
    m.run(&["app", "set", "shop", "client_name=By Hand", "skip_consent=true"]).await;
    m.run(&["user", "create", "carol"]).await;
    assert_eq!(m.run(&["app", "show", "shop"]).await["app"]["version"], 2);
    assert!(
        m.refused(&["app", "create", "shop", "redirect_uris=https://shop.test/cb"]).await.contains("already")
    );
    m.t.restart().await;
    m.listen();
    let shop = m.application("shop", &shown);
    shop.sign_in(&mut m.t.browser(), "alice", "openid").await;
    m.run(&["user", "show", "carol"]).await;
}

on_both_engines! { the_database_is_opened_where_no_server_runs }

#[tokio::test]
async fn a_folder_whose_server_does_not_listen_is_left_alone() {
    let mut m = Managed::on(Engine::Sqlite).await;
    m.fall_silent().await;
    let failure = m.attempt(&["app", "list"]).await.unwrap_err();
    assert_eq!(failure.status(), 1);
    let words = failure.to_string();
    assert!(words.contains("in use") && words.contains("usher.sock") && !words.contains('\n'), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_node_sees_within_a_second_what_another_process_changed() {
    if usher_testdb::Postgres::or_skip("a change by another process").is_none() {
        return;
    }
    let mut m = Managed::on(Engine::Postgres).await;
    m.fall_silent().await;
    let chores = serve::housekeeping(&m.t.app);
    m.run(&["app", "set", "web", "client_name=Seen"]).await;
    let web = m.t.application("web");
    let seen = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            if m.t.browser().open(&web.request(&[])).await.page().words().contains("Seen") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(seen.await.is_ok(), "the node looks at the revision each second");
    for chore in chores {
        chore.abort();
    }
}

#[tokio::test]
async fn an_empty_installation_begins_with_a_pool() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[server]\npublic_url = \"http://localhost:8080\"\n[storage]\nfolder = \"data\"\n";
    let loaded = usher::config::parse(text, &folder.path().join("usher.toml")).unwrap();
    let failure = run(&loaded, &["app", "list"]).await.unwrap_err();
    assert!(failure.to_string().contains("usher pool create"), "{failure}");
    let made = run(&loaded, &["pool", "create", "people"]).await.unwrap();
    assert_eq!(made["pool"]["is_first"], true);
    let made = run(&loaded, &["pool", "create", "others"]).await.unwrap();
    assert_eq!(made["pool"]["is_first"], false);
    assert_eq!(run(&loaded, &["app", "list"]).await.unwrap()["apps"].as_array().unwrap().len(), 0);
}
