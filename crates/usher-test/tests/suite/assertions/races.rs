//! The same assertion many times at once: one use counts, on one node and on two.

use super::support::{INTROSPECTION, at_once, both, is_authenticated, present, server};
use serde_json::json;
use usher_store::Engine;

const TIMES: usize = 64;

async fn one_of_sixty_four_uses_of_an_assertion_counts(engine: Engine) {
    let (t, key) = server(engine).await;
    for app in both(&t, &key) {
        let assertion = app.assertion(&json!({}));
        let answers = at_once(TIMES, |_| {
            let (app, assertion) = (app.clone(), assertion.clone());
            async move { present(&app, INTROSPECTION, &assertion).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|a| is_authenticated(a)).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_take_an_assertion_once() {
    if usher_testdb::Postgres::or_skip("two nodes").is_none() {
        return;
    }
    let (t, key) = server(Engine::Postgres).await;
    let other = t.another_node().await;
    for app in both(&t, &key) {
        let assertion = app.assertion(&json!({}));
        let nodes = [app.clone(), app.clone().at(&other)];
        let answers = at_once(TIMES, |number| {
            let (app, assertion) = (nodes[number % 2].clone(), assertion.clone());
            async move { present(&app, INTROSPECTION, &assertion).await }
        })
        .await;
        assert_eq!(answers.iter().filter(|a| is_authenticated(a)).count(), 1);
    }
}

everywhere! { one_of_sixty_four_uses_of_an_assertion_counts }
