//! Signing keys: published before they sign, signing when they are told to, gone when nothing needs them.

use super::support::{Managed, names};
use usher_store::Engine;
use usher_test::Application;

async fn kids(app: &Application) -> Vec<String> {
    names(&app.get("/oidc/.well-known/jwks.json").await.json()["keys"], "kid")
}

fn kid_of(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

async fn a_key_takes_over_from_another(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let old = kids(&web).await;
    let before = web.sign_in(&mut m.t.browser(), "alice", "openid").await.id.unwrap();
    let made = m.run(&["key", "create", "--alg", "RS256"]).await;
    let new = made["key"]["kid"].as_str().unwrap().to_owned();
    assert_eq!((&made["key"]["signing"], &made["key"]["in_use"]), (&false.into(), &true.into()));
    assert_eq!(kids(&web).await.len(), 2, "it is published");
    let still = web.sign_in(&mut m.t.browser(), "alice", "openid").await.id.unwrap();
    assert_eq!(kid_of(&still), old[0]);

    m.run(&["key", "set", &new, "signing=true"]).await;
    let after = web.sign_in(&mut m.t.browser(), "alice", "openid").await.id.unwrap();
    assert_eq!(kid_of(&after), new);
    for token in [&before, &after] {
        web.verify(token, "web").await;
    }
    assert!(m.refused(&["key", "delete", &new, "--yes"]).await.contains("signs"));
    m.run(&["key", "delete", &old[0], "--yes"]).await;
    assert_eq!(kids(&web).await, std::slice::from_ref(&new));
    assert!(m.refused(&["key", "delete", &new, "--yes"]).await.contains("in use"));
    web.verify(&after, "web").await;
    let listed = m.run(&["key", "list"]).await;
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains("sealed"));
}

async fn an_algorithm_has_a_key_as_soon_as_an_application_wants_it(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(&["app", "set", "web", "id_token_signed_response_alg=ES256"]).await;
    let web = m.t.application("web");
    let token = web.sign_in(&mut m.t.browser(), "alice", "openid").await.id.unwrap();
    web.verify(&token, "web").await;
    let listed = m.run(&["key", "list"]).await;
    let es256 = listed["keys"].as_array().unwrap().iter().find(|k| k["algorithm"] == "ES256").unwrap();
    assert_eq!((&es256["signing"], &es256["in_use"]), (&true.into(), &true.into()));

    m.run(&["app", "set", "web", "id_token_signed_response_alg=RS256"]).await;
    let kid = es256["kid"].as_str().unwrap();
    assert_eq!(m.run(&["key", "show", kid]).await["key"]["in_use"], false);
    m.run(&["key", "delete", kid, "--yes"]).await;
    m.run(&["app", "set", "web", "id_token_signed_response_alg=ES256"]).await;
    let token = web.sign_in(&mut m.t.browser(), "alice", "openid").await.id.unwrap();
    assert_ne!(kid_of(&token), kid);
}

on_both_engines! {
    a_key_takes_over_from_another
    an_algorithm_has_a_key_as_soon_as_an_application_wants_it
}

#[tokio::test]
async fn there_are_no_keys_for_secrets_or_for_nothing() {
    let m = Managed::on(Engine::Sqlite).await;
    for alg in ["HS256", "none", "RS512", "es256", ""] {
        let words = m.refused(&["key", "create", "--alg", alg]).await;
        assert!(words.contains("ES256"), "{words}");
    }
    let kid = m.run(&["key", "list"]).await["keys"][0]["kid"].as_str().unwrap().to_owned();
    assert!(m.refused(&["key", "set", &kid, "signing=false"]).await.contains("another"));
    assert!(m.refused(&["key", "set", "nobody", "signing=true"]).await.contains("nobody"));
}
