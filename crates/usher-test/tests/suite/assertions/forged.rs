//! Forged JWTs at every entry that this folder is about: the key decides the algorithm, never the header.

use super::support::{
    INTROSPECTION, SECRET, both, declared, is_authenticated, present, server, with_applications,
};
use serde_json::{Value, json};
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Engine;
use usher_test::{KeyPair, TestServer, encode, forgeries, mac};

#[tokio::test]
async fn no_forgery_authenticates_an_application() {
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let key = KeyPair::new(algorithm);
        let t = with_applications(TestServer::builder(), &declared(&key)).start().await;
        for app in both(&t, &key) {
            let genuine = app.assertion(&json!({}));
            for (name, forged) in forgeries(&genuine, std::slice::from_ref(&key.jwk)) {
                let answer = present(&app, INTROSPECTION, &forged).await;
                assert!(!is_authenticated(&answer), "{}, {algorithm:?}: {name}", app.client_id);
            }
            assert!(
                is_authenticated(&present(&app, INTROSPECTION, &genuine).await),
                "the genuine one is unused"
            );
        }
    }
}

#[tokio::test]
async fn no_key_of_the_servers_own_authenticates_an_application() {
    let (t, key) = server(Engine::Sqlite).await;
    let [signed, maced] = both(&t, &key);
    let snapshot = t.app.snapshot();
    let own =
        snapshot.pool(None).unwrap().keys.signing(SigningAlgorithm::Rs256, t.app.world.clock.now()).unwrap();
    let tokens = t.application("first-party").sign_in(&mut t.browser(), "alice", "openid").await;
    for app in [&signed, &maced] {
        let by_server = own.sign("JWT", &app.claims(&app.client_id, &app.client_id)).unwrap();
        for assertion in [&by_server, &tokens.access, tokens.id.as_ref().unwrap()] {
            assert!(!is_authenticated(&present(app, INTROSPECTION, assertion).await));
        }
    }
}

#[tokio::test]
async fn claims_that_two_readers_could_read_differently_are_refused() {
    let (t, key) = server(Engine::Sqlite).await;
    for app in both(&t, &key) {
        let claims = app.claims(&app.client_id, &app.client_id).to_string();
        let inside = &claims[1..claims.len() - 1];
        let id = &app.client_id;
        let texts = [
            format!(r#"{{"sub":"web",{inside}}}"#),
            format!(r#"{{{inside},"sub":"{id}"}}"#),
            format!(r#"{{{inside},"aud":["https://other.test"]}}"#),
            format!(r#"{{{inside},"\u0065xp":4000000000}}"#),
            format!(r#"{{{inside},"x":{{"a":1,"a":2}}}}"#),
            format!(r#"{{{inside},"x":"\u0000"}}"#),
            format!("[{{{inside}}}]"),
            format!("{{{inside}}} "),
            format!("{{{inside}}}{{}}"),
        ];
        for (number, text) in texts.iter().enumerate() {
            let assertion = sign_text(&key, id, text);
            let fine = is_authenticated(&present(&app, INTROSPECTION, &assertion).await);
            assert_eq!(fine, number == 7, "{text}");
        }
    }
}

/// A token whose claims are this very text, by the key of the application.
fn sign_text(key: &KeyPair, client_id: &str, claims: &str) -> String {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
    if client_id == "signed" {
        return key.sign_text(&format!("{}.{payload}", encode(&key.header())));
    }
    let whole = mac(SECRET.as_bytes(), &json!({ "alg": "HS256" }), &Value::Null);
    let head = whole.split('.').next().unwrap();
    by_secret(&format!("{head}.{payload}"))
}

fn by_secret(signed: &str) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    let signature =
        jsonwebtoken::crypto::sign(signed.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
    format!("{signed}.{signature}")
}
