//! The access tokens of accounts: JWTs by RFC 9068 that other people's code verifies, opaque ones, and the model's shape.

use super::support::{assert_inactive, everything, members, nightly, part, server, token};
use serde_json::{Value, json};
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Engine;

#[tokio::test]
async fn the_answer_is_an_access_token_and_what_it_is_worth() {
    let t = server(Engine::Sqlite).start().await;
    for caller in [nightly(&t), nightly(&t).in_the_body(), t.application("web"), t.application("post")] {
        let answer = caller.client_credentials("").await;
        assert_eq!(members(&answer.json()), ["access_token", "expires_in", "scope", "token_type"]);
        assert_eq!(
            (&answer.json()["token_type"], &answer.json()["expires_in"]),
            (&json!("Bearer"), &json!(600))
        );
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    }
    let short = everything(&t).client_credentials("x").await.json();
    assert_eq!(short["expires_in"], 60, "the access key's own");
    let claims = part(short["access_token"].as_str().unwrap(), 1);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
}

#[tokio::test]
async fn a_jwt_says_what_rfc_9068_wants_and_is_verified_by_other_peoples_code() {
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        let t = server(Engine::Sqlite)
            .application("web", &format!("access_token_signed_response_alg = \"{algorithm}\""))
            .start()
            .await;
        let (web, nightly) = (t.application("web"), nightly(&t));
        for (caller, name) in [(&nightly, "ak-nightly"), (&web, "web")] {
            let token = token(caller, "orders:17:read").await;
            assert_eq!(part(&token, 0)["typ"], "at+jwt");
            let claims = caller.verify(&token, "https://orders.test").await;
            assert_eq!(
                members(&claims),
                ["aud", "azp", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"]
            );
            assert_eq!(
                (&claims["sub"], &claims["client_id"], &claims["azp"]),
                (&json!(name), &json!(name), &json!("web"))
            );
            assert_eq!(claims["iss"], t.issuer());
        }
    }
}

#[tokio::test]
async fn every_token_has_an_id_of_its_own() {
    let t = server(Engine::Sqlite).start().await;
    let nightly = nightly(&t);
    let (one, other) = (token(&nightly, "").await, token(&nightly, "").await);
    assert_ne!(part(&one, 1)["jti"], part(&other, 1)["jti"]);
}

async fn opaque(engine: Engine) {
    let t = server(engine).application("web", "access_token_format = \"opaque\"").start().await;
    for (caller, name) in [(nightly(&t), "ak-nightly"), (t.application("web"), "web")] {
        let token = token(&caller, "orders:17:read").await;
        assert_eq!(token.split('.').count(), 2, "it reads as nothing: {token}");
        let seen = caller.introspect(&token).await;
        assert_eq!(
            members(&seen),
            ["active", "aud", "azp", "client_id", "exp", "iat", "iss", "jti", "scope", "sub", "token_type"]
        );
        assert_eq!(
            (&seen["sub"], &seen["client_id"], &seen["azp"]),
            (&json!(name), &json!(name), &json!("web"))
        );
        assert_eq!(seen["aud"], "https://orders.test");
        assert!(t.application("api").is_active(&token).await);
    }
}

async fn the_models_shape(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let settings = format!("access_key_as_audience = true\naccess_token_format = \"{format}\"");
        let t = server(engine).application("web", &settings).start().await;
        for (caller, name) in [(nightly(&t), "ak-nightly"), (t.application("web"), "web")] {
            let token = token(&caller, "orders:17:read").await;
            let claims: Value = match format {
                "jwt" => caller.verify(&token, name).await,
                _ => caller.introspect(&token).await,
            };
            assert_eq!((&claims["aud"], claims.get("sub")), (&json!(name), None), "{claims}");
            assert_eq!((&claims["client_id"], &claims["azp"]), (&json!(name), &json!("web")));
            assert!(caller.is_active(&token).await && t.application("web").is_active(&token).await);
            // It names no API, so an API does not see it.
            assert!(!t.application("api").is_active(&token).await);
            assert_eq!(caller.userinfo(&token).await.status, 401);
        }
    }
}

#[tokio::test]
async fn discovery_names_the_grant_where_an_application_may_use_it() {
    for (t, there) in
        [(server(Engine::Sqlite).start().await, true), (usher_test::TestServer::start().await, false)]
    {
        let metadata = t.application("web").get("/oidc/.well-known/openid-configuration").await.json();
        let grants = metadata["grant_types_supported"].as_array().unwrap();
        assert_eq!(grants.contains(&json!("client_credentials")), there);
    }
}

/// Tokens that the server's own key signed, and that nobody was given.
#[tokio::test]
async fn a_right_signature_alone_is_not_enough() {
    let t = server(Engine::Sqlite).start().await;
    let (web, nightly) = (t.application("web"), nightly(&t));
    let access = token(&nightly, "customers").await;
    let of_person = part(&web.sign_in(&mut t.browser(), "alice", "openid").await.access, 1);
    let snapshot = t.app.snapshot();
    let key =
        snapshot.pool(None).unwrap().keys.signing(SigningAlgorithm::Rs256, t.app.world.clock.now()).unwrap();
    let signed = |of: &Value, changes: Value| {
        let mut claims = of.clone();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        key.sign("at+jwt", &claims).unwrap()
    };
    let claims = part(&access, 1);
    assert!(web.is_active(&signed(&claims, json!({}))).await);
    let mut wrong = vec![key.sign("JWT", &claims).unwrap(), key.sign("", &claims).unwrap()];
    for changes in [
        json!({ "iss": "https://evil.test/oidc" }),
        json!({ "iss": format!("{}/staff/oidc", t.origin()) }),
        json!({ "azp": null }),
        json!({ "azp": "post" }),
        json!({ "azp": "ak-nightly" }),
        json!({ "client_id": "ak-unknown" }),
        json!({ "client_id": "ak-unknown", "sub": "ak-unknown" }),
        json!({ "client_id": "ak-parcels", "sub": "ak-parcels" }),
        json!({ "client_id": "web" }),
        json!({ "client_id": "nobody", "sub": "nobody", "azp": "nobody" }),
        json!({ "sub": of_person["sub"] }),
        json!({ "gid": "01890a5d-ac96-774b-bcce-b302099a8057" }),
        json!({ "gid": of_person["gid"] }),
        json!({ "jti": null }),
        json!({ "exp": 1 }),
        json!({ "iat": 1 }),
    ] {
        wrong.push(signed(&claims, changes));
    }
    // A person's token is not made an account's by leaving its grant out.
    wrong.push(signed(&of_person, json!({ "gid": null, "azp": "web" })));
    for token in wrong {
        for caller in [&web, &nightly, &t.application("post")] {
            assert_inactive(caller, &token).await;
        }
        assert_eq!(web.userinfo(&token).await.status, 401);
    }
    assert!(nightly.is_active(&access).await);
}

mod truncated_opaque_tokens {
    use super::super::support::{assert_inactive, nightly, server, token};
    use usher_store::Engine;

    #[tokio::test]
    async fn an_opaque_token_of_an_account_is_itself_and_nothing_near() {
        let t = server(Engine::Sqlite).application("web", "access_token_format = \"opaque\"").start().await;
        let (nightly, web) = (nightly(&t), t.application("web"));
        let token = token(&nightly, "").await;
        let mut near = Vec::new();
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { 'B' } else { 'A' };
            near.push(format!("{}{other}{}", &token[..at], &token[at + 1..]));
            near.push(token[..at].to_owned());
            near.push(format!("{}A{}", &token[..at], &token[at..]));
        }
        for wrong in near.iter().filter(|n| !n.is_empty() && **n != token) {
            assert_inactive(&nightly, wrong).await;
            assert_eq!(web.revoke(wrong).await.status, 200);
        }
        assert!(nightly.is_active(&token).await);
    }
}

on_both_engines! { opaque the_models_shape }
