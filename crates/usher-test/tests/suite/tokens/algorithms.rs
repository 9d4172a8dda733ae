//! Signing algorithms per application, checked with other people's code, and the key set: only keys in use, RSA first.

use super::support::{id_token, members, part};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::jwk::ThumbprintHash;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};
use usher_core::client::ClientSettings;
use usher_test::{Application, TestServer, Tokens};

async fn with_algorithms(id_token: &str, access_token: &str) -> TestServer {
    let settings = format!(
        "id_token_signed_response_alg = \"{id_token}\"\naccess_token_signed_response_alg = \"{access_token}\""
    );
    TestServer::builder().application("web", &settings).start().await
}

async fn key_set(app: &Application) -> Vec<Value> {
    app.get("/oidc/.well-known/jwks.json").await.json()["keys"].as_array().unwrap().clone()
}

/// OpenID Connect Core §3.1.3.6, by a digest that is not usher's own.
fn at_hash(access_token: &str, hash: ThumbprintHash) -> String {
    let digest = (DEFAULT_PROVIDER.key_utils.compute_digest)(access_token.as_bytes(), hash).unwrap();
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

async fn tokens(t: &TestServer) -> (Application, Tokens) {
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid").await;
    (web, tokens)
}

#[tokio::test]
async fn tokens_of_every_algorithm_verify_by_other_peoples_code() {
    for (algorithm, hash) in [
        ("RS256", ThumbprintHash::SHA256),
        ("PS256", ThumbprintHash::SHA256),
        ("ES256", ThumbprintHash::SHA256),
        ("EdDSA", ThumbprintHash::SHA512),
    ] {
        let t = with_algorithms(algorithm, algorithm).await;
        let (web, tokens) = tokens(&t).await;
        assert_eq!(part(id_token(&tokens), 0)["alg"], algorithm);
        assert_eq!(part(&tokens.access, 0)["alg"], algorithm);
        let claims = web.verify(id_token(&tokens), "web").await;
        web.verify(&tokens.access, &t.issuer()).await;
        assert_eq!(claims["at_hash"], at_hash(&tokens.access, hash), "{algorithm}");
        assert!(web.is_active(&tokens.access).await, "{algorithm}");
        assert_eq!(web.userinfo(&tokens.access).await.status, 200, "{algorithm}");
    }
}

#[tokio::test]
async fn ed25519_by_its_own_name_is_the_same_signature_under_another_alg() {
    let t = with_algorithms("Ed25519", "Ed25519").await;
    let (web, tokens) = tokens(&t).await;
    let keys = key_set(&web).await;
    for token in [id_token(&tokens), &tokens.access] {
        let header = part(token, 0);
        assert_eq!(header["alg"], "Ed25519");
        let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("Ed25519"))
        );
        let key = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        assert!(jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, Algorithm::EdDSA).unwrap());
    }
    assert_eq!(part(id_token(&tokens), 1)["at_hash"], at_hash(&tokens.access, ThumbprintHash::SHA512));
    assert!(web.is_active(&tokens.access).await);
}

#[tokio::test]
async fn hs256_signs_id_tokens_with_the_applications_secret_and_nothing_else() {
    let t =
        TestServer::builder().application("web", "id_token_signed_response_alg = \"HS256\"").start().await;
    let (web, tokens) = tokens(&t).await;
    let header = part(id_token(&tokens), 0);
    assert_eq!(header["alg"], "HS256");
    let claims = web.verify(id_token(&tokens), "web").await;
    assert_eq!(claims["at_hash"], at_hash(&tokens.access, ThumbprintHash::SHA256));
    assert_eq!(part(&tokens.access, 0)["alg"], "RS256");
    let keys = key_set(&web).await;
    assert!(keys.iter().all(|key| key["kty"] != "oct"), "a secret is in the key set: {keys:?}");
}

#[tokio::test]
async fn each_of_the_two_tokens_has_an_algorithm_of_its_own() {
    let t = with_algorithms("ES256", "PS256").await;
    let (web, tokens) = tokens(&t).await;
    assert_eq!(part(id_token(&tokens), 0)["alg"], "ES256");
    assert_eq!(part(&tokens.access, 0)["alg"], "PS256");
    web.verify(id_token(&tokens), "web").await;
    web.verify(&tokens.access, &t.issuer()).await;
    let other = t.application("post").sign_in(&mut t.browser(), "alice", "openid").await;
    assert_eq!(part(id_token(&other), 0)["alg"], "RS256");
}

#[test]
fn hs256_is_refused_for_access_tokens_and_for_applications_without_a_secret() {
    let refused = |settings: Value| {
        let settings: ClientSettings = serde_json::from_value(settings).unwrap();
        settings.check().unwrap_err().key
    };
    let base = |more: Value| {
        let mut settings =
            json!({ "client_id": "x", "client_name": "X", "redirect_uris": ["https://x.test/cb"] });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    assert_eq!(
        refused(base(json!({ "access_token_signed_response_alg": "HS256" }))),
        "access_token_signed_response_alg"
    );
    let public = json!({ "application_type": "single_page", "id_token_signed_response_alg": "HS256" });
    assert_eq!(refused(base(public)), "id_token_signed_response_alg");
    let unrotated = json!({ "application_type": "single_page", "refresh_token_rotation": false });
    assert_eq!(refused(base(unrotated)), "refresh_token_rotation");
    assert!(
        serde_json::from_value::<ClientSettings>(base(json!({ "id_token_signed_response_alg": "none" })))
            .is_err()
    );
}

#[tokio::test]
async fn the_key_set_lists_only_public_keys_of_algorithms_in_use_and_an_rsa_key_first() {
    let plain = TestServer::start().await;
    let keys = key_set(&plain.application("web")).await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(members(&keys[0]), ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!((&keys[0]["alg"], &keys[0]["use"]), (&json!("RS256"), &json!("sig")));

    let t = TestServer::builder()
        .application("web", "id_token_signed_response_alg = \"ES256\"")
        .application(
            "post",
            "id_token_signed_response_alg = \"EdDSA\"\naccess_token_signed_response_alg = \"Ed25519\"",
        )
        .application("spa", "access_token_signed_response_alg = \"PS256\"")
        .start()
        .await;
    let keys = key_set(&t.application("web")).await;
    let mut algorithms: Vec<&str> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algorithms[0], "RS256");
    algorithms.sort_unstable();
    assert_eq!(algorithms, ["ES256", "Ed25519", "EdDSA", "PS256", "RS256"]);
    for key in &keys {
        let names = members(key);
        assert!(
            !names.iter().any(|name| ["d", "p", "q", "dp", "dq", "qi", "k", "oth"].contains(name)),
            "{names:?}"
        );
        assert_eq!(keys.iter().filter(|other| other["kid"] == key["kid"]).count(), 1);
    }
    let discovery = t.application("web").get("/oidc/.well-known/openid-configuration").await.json();
    let mut listed: Vec<String> =
        serde_json::from_value(discovery["id_token_signing_alg_values_supported"].clone()).unwrap();
    listed.sort_unstable();
    assert_eq!(listed, ["ES256", "Ed25519", "EdDSA", "PS256", "RS256"]);
}

#[tokio::test]
async fn each_pool_has_keys_of_its_own() {
    let t = TestServer::start().await;
    let main = key_set(&t.application("web")).await;
    let staff = key_set(&t.application_of("staff", "web")).await;
    assert_ne!(main[0]["n"], staff[0]["n"]);
    assert_ne!(main[0]["kid"], staff[0]["kid"]);
}
