//! Client authentication by assertion (RFC 7523 §2.2, OpenID Connect Core §9): by the registered method only, by the registered keys
//! only, once only.

use super::support::{
    ENDPOINTS, INTROSPECTION, SECRET, both, cost, declared, is_authenticated, is_believed, present,
    present_with, server, with_applications,
};
use serde_json::{Value, json};
use usher_crypto::jose::SigningAlgorithm;
use usher_store::{Batch, Engine, params};
use usher_test::{ASSERTION_TYPE, KeyPair, TestServer, changed, mac};
use usher_types::Span;

async fn assertions_do_what_secrets_do(engine: Engine) {
    let (t, key) = server(engine).await;
    for app in both(&t, &key) {
        let tokens = app.sign_in(&mut t.browser(), "alice", "openid offline_access").await;
        assert!(app.is_active(&tokens.access).await);
        let again = app.refresh(tokens.refresh.as_ref().unwrap()).await.tokens();
        assert_eq!(app.revoke(&again.access).await.status, 200);
        assert!(!app.is_active(&again.access).await);
    }
}

async fn an_assertion_is_used_once_whatever_it_was_used_for(engine: Engine) {
    let (t, key) = server(engine).await;
    for app in both(&t, &key) {
        for first in ENDPOINTS {
            let assertion = app.assertion(&json!({ "aud": [t.issuer(), format!("{}/token", t.issuer())] }));
            assert!(is_authenticated(&present(&app, first, &assertion).await), "{first}");
            for second in ENDPOINTS {
                assert!(
                    !is_authenticated(&present(&app, second, &assertion).await),
                    "{first}, then {second}: the first request failed, and the assertion is used all the same"
                );
            }
        }
        let id = json!({ "jti": "the same id" });
        assert!(is_believed(&app, &id).await);
        t.advance(Span::seconds(30));
        assert!(!is_believed(&app, &id).await, "another signature with the same jti");
        t.advance(Span::seconds(89));
        let old = app.assertion(&changed(&id, &json!({ "exp": super::support::now(&app) })));
        assert!(!is_authenticated(&present(&app, INTROSPECTION, &old).await), "as long as it could be good");
    }
}

async fn what_is_refused_uses_nothing(engine: Engine) {
    let (t, key) = server(engine).await;
    let [signed, maced] = both(&t, &key);
    for (app, other) in [(&signed, &maced), (&maced, &signed)] {
        let id = json!({ "jti": format!("of {}", app.client_id) });
        let assertion = app.assertion(&id);
        // Another application's assertion with the same id is another assertion.
        assert!(is_believed(other, &id).await);
        let (answer, cost) =
            cost(&t, present_with(app, INTROSPECTION, &assertion, &[("client_id", "web")])).await;
        assert!(!is_authenticated(&answer));
        assert_eq!(cost, (1, 0));
        assert!(is_authenticated(&present(app, INTROSPECTION, &assertion).await));
    }
}

async fn costs(engine: Engine) {
    let (t, key) = server(engine).await;
    for app in both(&t, &key) {
        let tokens = app.sign_in(&mut t.browser(), "alice", "openid offline_access").await;
        let (answer, refresh) = cost(&t, app.refresh(tokens.refresh.as_ref().unwrap())).await;
        answer.tokens();
        assert_eq!(refresh, (1, 2), "one batch uses the assertion, one rotates");
        let (_, introspection) = cost(&t, app.introspect(&tokens.access)).await;
        assert_eq!(introspection, (1, 1));
        let assertion = app.assertion(&json!({ "aud": "https://other.test" }));
        let (answer, refused) = cost(&t, present(&app, INTROSPECTION, &assertion)).await;
        assert!(!is_authenticated(&answer));
        assert_eq!(refused, (1, 0), "what is not believed writes nothing");
    }
}

/// RFC 6749 §2.3.1 and decision: the secret before the present one is accepted until the overlap ends.
async fn the_secret_before_is_good_while_they_overlap(engine: Engine) {
    let (t, _) = server(engine).await;
    let before = "before-secret-0123456789-0123456789-0123456789";
    let app = t.application("maced").with_secret(before);
    assert!(!is_believed(&app, &json!({})).await);
    let snapshot = t.app.snapshot();
    let pool = snapshot.pool(None).unwrap();
    let context = usher_core::registration::secret_context(pool.id, "maced");
    let sealed = t.app.master.seal(&context, before.as_bytes(), &*t.app.world.random);
    let until = usher_types::Clock::now(&*t.clock).plus(Span::minutes(5));
    let mut batch = Batch::new();
    batch.must(
        "the application",
        "UPDATE clients SET previous_secret_hash = $2, previous_secret_until = $3, previous_secret_sealed = $4
        WHERE pool_id = $1 AND client_id = 'maced'",
        params![pool.id, usher_crypto::sha256(before.as_bytes()), until, sealed],
    );
    assert_eq!(t.app.store.apply(batch).await.unwrap(), usher_store::Applied::Done);
    assert!(is_believed(&app, &json!({})).await);
    assert!(is_believed(&t.application("maced"), &json!({})).await, "the present one too");
    t.advance(Span::minutes(5));
    assert!(!is_believed(&app, &json!({})).await, "the overlap is over");
    assert!(is_believed(&t.application("maced"), &json!({})).await);
}

async fn who_is_disabled_or_unknown_is_refused_at_once(engine: Engine) {
    let (mut t, key) = server(engine).await;
    for app in both(&t, &key) {
        assert!(is_believed(&app, &json!({})).await);
        t.disable_application(&app.client_id.clone()).await;
        let mut answers = Vec::new();
        for changes in [json!({}), json!({ "iss": "nobody", "sub": "nobody" }), json!({ "jti": null })] {
            let (answer, cost) = cost(&t, present(&app, INTROSPECTION, &app.assertion(&changes))).await;
            assert_eq!(cost, (1, 0), "the same statements");
            assert!(!is_authenticated(&answer));
            answers.push(answer);
        }
        assert!(answers.iter().all(|a| a.body == answers[0].body), "one answer for every cause");
    }
}

#[tokio::test]
async fn every_algorithm_of_the_list_is_taken() {
    for algorithm in SigningAlgorithm::ALL.into_iter().filter(|a| !a.is_symmetric()) {
        let key = KeyPair::new(algorithm);
        for setting in ["", &format!("token_endpoint_auth_signing_alg = \"{}\"\n", algorithm.as_str())] {
            let toml = declared(&key)
                .replace("client_name = \"Signed\"\n", &format!("client_name = \"Signed\"\n{setting}"));
            let t = with_applications(TestServer::builder(), &toml).start().await;
            let [signed, _] = both(&t, &key);
            assert!(is_believed(&signed, &json!({})).await, "{algorithm:?} {setting}");
            let list = signed.get("/oidc/.well-known/openid-configuration").await.json();
            for endpoint in ["token", "introspection", "revocation"] {
                let listed = &list[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
                let listed: Vec<&str> =
                    listed.as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
                assert!(listed.contains(&algorithm.as_str()) && !listed.contains(&"none"), "{listed:?}");
                let methods = list[format!("{endpoint}_endpoint_auth_methods_supported")].to_string();
                assert!(methods.contains("private_key_jwt") && methods.contains("client_secret_jwt"));
            }
        }
    }
}

#[tokio::test]
async fn a_key_is_for_one_algorithm() {
    // One pair of numbers, registered for PS256, signs by RS256; and the reverse.
    let (rs256, ps256) = (KeyPair::new(SigningAlgorithm::Rs256), KeyPair::new(SigningAlgorithm::Ps256));
    for (registered, other) in [(&ps256, &rs256), (&rs256, &ps256)] {
        let t = with_applications(TestServer::builder(), &declared(registered)).start().await;
        assert!(!is_believed(&t.application("signed").with_key(other), &json!({})).await);
        assert!(is_believed(&t.application("signed").with_key(registered), &json!({})).await);
    }
}

#[tokio::test]
async fn only_the_registered_method_is_accepted() {
    let (t, key) = server(Engine::Sqlite).await;
    let [signed, maced] = both(&t, &key);
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    for endpoint in ENDPOINTS {
        let by_secret = |id: &str, secret: &str| mac(secret.as_bytes(), &header, &signed.claims(id, id));
        for (name, assertion) in [
            ("a key where a secret is registered", key.sign(&maced.claims("maced", "maced"))),
            ("a secret where a key is registered", by_secret("signed", SECRET)),
            ("the public key as a secret", by_secret("signed", &key.jwk.to_string())),
            ("basic is registered", by_secret("web", web_secret())),
            ("post is registered", by_secret("post", "post-secret-0123456789-0123456789-0123456789")),
            ("a public application", by_secret("spa", SECRET)),
            ("a key where basic is registered", key.sign(&maced.claims("web", "web"))),
            ("another application's secret", by_secret("maced", web_secret())),
            (
                "another application's key",
                KeyPair::new(SigningAlgorithm::Es256).sign(&maced.claims("signed", "signed")),
            ),
        ] {
            assert!(!is_authenticated(&present(&signed, endpoint, &assertion).await), "{name} at {endpoint}");
        }
        for fields in [
            vec![("token", "x"), ("client_id", "maced"), ("client_secret", SECRET)],
            vec![("token", "x"), ("client_id", "signed")],
            vec![("token", "x"), ("client_id", "maced")],
        ] {
            let fields: Vec<_> =
                fields.into_iter().chain([("grant_type", "refresh_token"), ("refresh_token", "x")]).collect();
            assert!(
                !is_authenticated(&signed.post_bare(endpoint, &fields).await),
                "{fields:?} at {endpoint}"
            );
        }
    }
}

fn web_secret() -> &'static str {
    "web-secret-0123456789-0123456789-0123456789"
}

#[tokio::test]
async fn an_assertion_stands_alone() {
    let (t, key) = server(Engine::Sqlite).await;
    for app in both(&t, &key) {
        let assertion = app.assertion(&json!({}));
        let id = app.client_id.clone();
        for more in [
            vec![("client_secret", SECRET)],
            vec![("client_secret", SECRET), ("client_id", id.as_str())],
            vec![("client_assertion", assertion.as_str())],
            vec![("client_assertion_type", ASSERTION_TYPE)],
            vec![("client_id", &id), ("client_id", &id)],
        ] {
            present_with(&app, INTROSPECTION, &assertion, &more).await.refused("invalid_request");
        }
        let alone = [("token", "x"), ("client_assertion", assertion.as_str())];
        app.post_bare(INTROSPECTION, &alone).await.refused("invalid_request");
        let nothing = [("token", "x"), ("client_assertion_type", ASSERTION_TYPE)];
        app.post_bare(INTROSPECTION, &nothing).await.refused("invalid_request");
        for kind in [
            "jwt-bearer",
            "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
            &format!("{ASSERTION_TYPE} "),
        ] {
            let fields =
                [("token", "x"), ("client_assertion", assertion.as_str()), ("client_assertion_type", kind)];
            assert!(!is_authenticated(&app.post_bare(INTROSPECTION, &fields).await), "{kind}");
        }
        for other in ["web", "spa", "nobody", &id.to_uppercase()] {
            let answer = present_with(&app, INTROSPECTION, &assertion, &[("client_id", other)]).await;
            assert!(!is_authenticated(&answer), "{other}");
        }
        let answer = present_with(&app, INTROSPECTION, &assertion, &[("client_id", &id)]).await;
        assert!(is_authenticated(&answer), "client_id may name the same application");
    }
}

#[tokio::test]
async fn the_header_that_an_assertion_may_have() {
    let (t, key) = server(Engine::Sqlite).await;
    let [signed, _] = both(&t, &key);
    for (changes, fine) in [
        (json!({ "typ": null }), true),
        (json!({ "typ": "jwt" }), true),
        (json!({ "typ": "application/JWT" }), true),
        (json!({ "typ": "client-authentication+jwt" }), true),
        (json!({ "kid": null }), true),
        (json!({ "typ": "at+jwt" }), false),
        (json!({ "typ": "dpop+jwt" }), false),
        (json!({ "typ": "authorization-grant+jwt" }), false),
        (json!({ "typ": "" }), false),
        (json!({ "cty": "JWT" }), false),
        (json!({ "zip": "DEF" }), false),
    ] {
        let header = changed(&key.header(), &changes);
        let assertion = key.sign_as(&header, &signed.claims("signed", "signed"));
        assert_eq!(is_authenticated(&present(&signed, INTROSPECTION, &assertion).await), fine, "{changes}");
    }
}

#[tokio::test]
async fn settings_that_cannot_work_are_told() {
    let key = KeyPair::new(SigningAlgorithm::Es256);
    let private = r#"jwks = { keys = [{ kty = "EC", crv = "P-256", x = "a", y = "b", d = "c" }] }"#;
    let small = r#"jwks = { keys = [{ kty = "OKP", crv = "Ed25519", x = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }] }"#;
    for (from, to, key_named) in [
        (key.setting(), String::new(), "jwks"),
        (key.setting(), private.to_owned(), "jwks"),
        (key.setting(), small.to_owned(), "jwks"),
        (key.setting(), "jwks = { keys = [] }".to_owned(), "jwks"),
        (
            key.setting(),
            format!("{}\ntoken_endpoint_auth_signing_alg = \"HS256\"", key.setting()),
            "token_endpoint_auth_signing_alg",
        ),
        (key.setting(), format!("{}\ntoken_endpoint_auth_signing_alg = \"RS256\"", key.setting()), "jwks"),
        (format!("client_secret = \"{SECRET}\"\n"), String::new(), "client_secret"),
    ] {
        let toml = declared(&key).replace(&from, &to);
        let pool =
            format!("[server]\npublic_url = \"http://localhost:1\"\n[[pools]]\nname = \"main\"\n{toml}");
        let error = match usher::config::parse(&pool, std::path::Path::new("usher.toml")) {
            Err(error) => error.to_string(),
            Ok(loaded) => usher_core::seed::check(&loaded.config.pools, std::path::Path::new("."))
                .unwrap_err()
                .to_string(),
        };
        assert!(error.contains(key_named), "{to}: {error}");
    }
}

#[tokio::test]
async fn an_assertion_for_one_pool_is_none_for_another() {
    let key = KeyPair::new(SigningAlgorithm::Es256);
    let staff = "[[pools]]\nname = \"staff\"\n";
    let t = TestServer::builder()
        .edit(staff, &format!("{}\n{staff}{}\n", declared(&key), declared(&key)))
        .start()
        .await;
    let (here, there) =
        (t.application("signed").with_key(&key), t.application_of("staff", "signed").with_key(&key));
    let (of_first, of_staff) = (here.assertion(&json!({})), there.assertion(&json!({})));
    assert!(!is_authenticated(&present(&there, INTROSPECTION, &of_first).await));
    assert!(!is_authenticated(&present(&here, INTROSPECTION, &of_staff).await));
    let same: Value = json!({ "jti": "in both pools" });
    assert!(is_believed(&here, &same).await && is_believed(&there, &same).await);
}

on_both_engines! {
    what_is_refused_uses_nothing
    costs
    the_secret_before_is_good_while_they_overlap
    who_is_disabled_or_unknown_is_refused_at_once
}

everywhere! {
    assertions_do_what_secrets_do
    an_assertion_is_used_once_whatever_it_was_used_for
}
