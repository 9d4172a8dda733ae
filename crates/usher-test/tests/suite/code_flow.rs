//! The authorization code flow.

use usher_store::Engine;
use usher_test::TestServer;

async fn a_person_signs_in_and_the_application_gets_tokens_that_others_can_verify(engine: Engine) {
    let t = TestServer::on(engine).await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid email offline_access").await;
    let id = web.verify(tokens.id.as_deref().unwrap(), "web").await;
    assert_eq!(id["nonce"], "a nonce");
    assert_eq!(id["azp"], "web");
    assert_eq!(id["amr"][0], "pwd");
    let access = web.verify(&tokens.access, &t.issuer()).await;
    assert_eq!(access["sub"], id["sub"]);
    assert_eq!(access["client_id"], "web");
    let userinfo = web.userinfo(&tokens.access).await.json();
    assert_eq!(userinfo["sub"], id["sub"]);
    assert_eq!(userinfo["email"], "alice@example.com");
    assert_eq!(userinfo["name"], serde_json::Value::Null);
    assert!(web.is_active(&tokens.access).await);
    let again = web.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
    assert!(web.is_active(&again.access).await);
    assert_eq!(web.revoke(&again.access).await.status, 200);
    assert!(!web.is_active(&tokens.access).await);
    web.refresh(again.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    assert!(t.nodes().all(|node| node.store.counts().reads > 0 && node.store.counts().batches > 0));
}

async fn a_code_is_spent_once_and_its_replay_ends_the_grant(engine: Engine) {
    let t = TestServer::on(engine).await;
    let web = t.application("web");
    let callback = web.authorize(&mut t.browser(), "alice", &[]).await;
    let tokens = web.exchange(callback.code()).await.tokens();
    assert!(web.is_active(&tokens.access).await);
    web.exchange(callback.code()).await.refused("invalid_grant");
    assert!(!web.is_active(&tokens.access).await);
}

everywhere! {
    a_person_signs_in_and_the_application_gets_tokens_that_others_can_verify
    a_code_is_spent_once_and_its_replay_ends_the_grant
}
