//! Pools: made, shown, changed and deleted while the server runs.

use super::support::{Managed, names};
use http::StatusCode;
use usher_store::Engine;

async fn a_pool_lives_and_dies(engine: Engine) {
    let m = Managed::on(engine).await;
    let made = m.run(&["pool", "create", "club", "display_name=The Club", "session_idle_lifetime=1h"]).await;
    assert_eq!(made["pool"]["name"], "club");
    assert_eq!(made["pool"]["is_first"], false);
    assert_eq!(made["pool"]["session_idle_lifetime"], 3600);
    let discovery = "/club/oidc/.well-known/openid-configuration";
    assert_eq!(m.t.browser().get(discovery).await.json()["issuer"], format!("{}/club/oidc", m.t.origin()));
    let keys = m.t.browser().get("/club/oidc/.well-known/jwks.json").await.json();
    assert_eq!(keys["keys"][0]["alg"], "RS256", "a pool has a key from its birth on");

    assert_eq!(names(&m.run(&["pool", "list"]).await["pools"], "name"), ["club", "main", "staff"]);
    let page = m.run(&["pool", "list", "--limit", "2"]).await;
    assert_eq!(page["next"], "main");
    let rest = m.run(&["pool", "list", "--limit", "2", "--after", "main"]).await;
    assert_eq!((names(&rest["pools"], "name"), rest.get("next")), (vec!["staff".to_owned()], None));

    let changed = m.run(&["pool", "set", "club", "display_name=", "default_locale=zh-Hans"]).await;
    assert_eq!(changed["pool"]["version"], 2);
    assert_eq!(m.run(&["pool", "show", "club"]).await["pool"]["default_locale"], "zh-Hans");
    assert_eq!(m.run(&["pool", "show"]).await["pool"]["name"], "main");

    assert!(m.refused(&["pool", "create", "club"]).await.contains("already"));
    assert!(m.refused(&["pool", "delete", "main", "--yes"]).await.contains("first pool"));
    assert!(m.refused(&["pool", "delete", "club"]).await.contains("--yes"));
    m.run(&["pool", "delete", "club", "--yes"]).await;
    assert_eq!(m.t.browser().get(discovery).await.status, StatusCode::NOT_FOUND);
    assert!(m.refused(&["pool", "show", "club"]).await.contains("club"));
    assert_eq!(m.run(&["pool", "create", "club"]).await["pool"]["version"], 1);
    let mut events = m.events().await;
    events.sort();
    assert_eq!(events, ["pool_deleted"], "its own trail tells of the rest");
}

async fn what_is_in_one_pool_is_in_no_other(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(&["app", "create", "shop", "--pool", "staff", "redirect_uris=https://shop.test/cb"]).await;
    assert!(m.refused(&["app", "show", "shop"]).await.contains("shop"));
    m.run(&["app", "show", "shop", "--pool", "staff"]).await;
    m.run(&["app", "create", "shop", "redirect_uris=https://shop.test/cb"]).await;
    m.run(&["app", "delete", "shop", "--yes"]).await;
    m.run(&["app", "show", "shop", "--pool", "staff"]).await;
    assert!(m.refused(&["app", "list", "--pool", "nowhere"]).await.contains("nowhere"));
}

on_both_engines! { a_pool_lives_and_dies what_is_in_one_pool_is_in_no_other }
