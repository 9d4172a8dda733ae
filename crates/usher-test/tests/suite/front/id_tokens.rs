//! ID tokens by the front channel, verified by other people's code: OpenID Connect Core §3.2.2.10, §3.2.2.11, §3.3.2.11, §5.4.

use super::support::{builder, half_hash, part, server, signed_in};
use serde_json::json;
use usher_store::Engine;
use usher_test::{Response, TestServer};

const WITH_ID_TOKEN: [&str; 4] = ["id_token", "id_token token", "code id_token", "code id_token token"];

/// A server whose applications sign by this algorithm; `Ed25519` is left to another test, since other people's code does not know it.
async fn signing_by(algorithm: &str) -> TestServer {
    let access = if algorithm == "HS256" { "RS256" } else { algorithm };
    let settings = format!(
        "id_token_signed_response_alg = \"{algorithm}\"\naccess_token_signed_response_alg = \"{access}\""
    );
    builder(Engine::Sqlite).application("own", &settings).start().await
}

#[tokio::test]
async fn each_is_bound_to_what_goes_out_with_it_by_every_algorithm() {
    for algorithm in ["RS256", "HS256", "EdDSA", "PS256", "ES256"] {
        let t = signing_by(algorithm).await;
        let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
        for kind in WITH_ID_TOKEN {
            let r = own.respond_at_once(&mut browser, &[("response_type", kind)]).await;
            let token = r.get("id_token");
            assert_eq!(part(token, 0)["alg"], algorithm);
            let claims = own.verify(token, "own").await;
            for (hash, of) in [("at_hash", "access_token"), ("c_hash", "code"), ("s_hash", "state")] {
                let expected = r.params.get(of).map(|value| json!(half_hash(value, algorithm)));
                assert_eq!(claims.get(hash), expected.as_ref(), "{hash} of {kind} by {algorithm}");
            }
            assert_eq!(
                (&claims["nonce"], &claims["aud"], &claims["azp"]),
                (&json!("a nonce"), &json!("own"), &json!("own"))
            );
            assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
            assert!(claims["sid"].is_string() && claims["auth_time"].is_i64());
            if let Some(access) = r.params.get("access_token") {
                own.verify(access, &t.issuer()).await;
                assert_eq!(part(access, 0)["typ"], "at+jwt");
            }
        }
    }
}

#[tokio::test]
async fn a_token_of_one_response_does_not_fit_another() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    let changes = [("response_type", "code id_token token")];
    let (a, b) = (
        own.respond_at_once(&mut browser, &changes).await,
        own.respond_at_once(&mut browser, &changes).await,
    );
    let claims = own.verify(a.get("id_token"), "own").await;
    assert_ne!(claims["at_hash"], half_hash(b.get("access_token"), "RS256"));
    assert_ne!(claims["c_hash"], half_hash(b.get("code"), "RS256"));
}

/// Signs Alice in with scopes that yield claims, and gives the response.
async fn with_claims(t: &TestServer, name: &str, kind: &str, claims: &str) -> Response {
    let changes = [("response_type", kind), ("scope", "openid profile email"), ("claims", claims)];
    t.application(name).respond(&mut t.browser(), "alice", &changes).await
}

#[tokio::test]
async fn the_claims_of_the_scope_are_in_an_id_token_that_comes_alone_and_at_userinfo_otherwise() {
    let t = server().await;
    for name in ["every", "own", "album"] {
        let app = t.application(name);
        for kind in WITH_ID_TOKEN {
            let r = with_claims(&t, name, kind, "").await;
            let claims = app.verify(r.get("id_token"), name).await;
            // OpenID Connect Core §5.4: "when a response_type value is used that does not result in an Access Token being issued".
            let alone = kind == "id_token";
            for (claim, value) in [("name", "Alice Arden"), ("email", "alice@example.com")] {
                let expected = alone.then(|| json!(value));
                assert_eq!(claims.get(claim), expected.as_ref(), "{claim} in {kind} of {name}");
            }
            assert!(claims.get("phone_number").is_none(), "{kind}: that scope was not asked for");
            if let Some(access) = r.params.get("access_token") {
                let userinfo = app.userinfo(access).await.json();
                assert_eq!(
                    (&userinfo["name"], &userinfo["sub"]),
                    (&json!("Alice Arden"), &claims["sub"]),
                    "{kind}"
                );
            }
            if let Some(code) = r.params.get("code") {
                let tokens = app.exchange(code).await.tokens();
                assert!(part(tokens.id.as_deref().unwrap(), 1).get("name").is_none());
                assert_eq!(app.userinfo(&tokens.access).await.json()["email"], "alice@example.com", "{kind}");
            }
        }
    }
}

#[tokio::test]
async fn single_claims_go_where_they_were_asked_for_and_to_the_id_token_where_there_is_no_userinfo() {
    let t = server().await;
    let own = t.application("own");
    let claims = r#"{"userinfo":{"phone_number":null},"id_token":{"family_name":null}}"#;
    for kind in WITH_ID_TOKEN {
        let r = with_claims(&t, "own", kind, claims).await;
        let said = own.verify(r.get("id_token"), "own").await;
        assert_eq!(said["family_name"], "Arden", "{kind}");
        assert_eq!(said.get("phone_number").is_some(), kind == "id_token", "{kind}");
        if let Some(access) = r.params.get("access_token") {
            assert_eq!(own.userinfo(access).await.json()["phone_number"], "+442079460123", "{kind}");
        }
    }
}

#[tokio::test]
async fn a_scope_of_the_applications_own_brings_its_claims_and_its_audience() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    let alone =
        own.respond_at_once(&mut browser, &[("response_type", "id_token"), ("scope", "openid orders")]).await;
    assert_eq!(own.verify(alone.get("id_token"), "own").await["customer_number"], 4711);
    let both =
        own.respond_at_once(&mut browser, &[("response_type", "code token"), ("scope", "orders")]).await;
    let access = own.verify(both.get("access_token"), "https://orders.test").await;
    assert_eq!((&access["aud"], &access["scope"]), (&json!("https://orders.test"), &json!("orders")));
    // The API itself may look at it; userinfo is not for it.
    assert!(t.application("api").is_active(both.get("access_token")).await);
    assert!(own.userinfo(both.get("access_token")).await.status.is_client_error());
}

#[tokio::test]
async fn a_scope_beyond_the_applications_is_in_no_token() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    let changes = [("response_type", "id_token token"), ("scope", "openid orders admin staff:all")];
    let r = own.respond_at_once(&mut browser, &changes).await;
    assert_eq!(r.get("scope"), "openid orders");
    assert_eq!(part(r.get("access_token"), 1)["scope"], "openid orders");
}

#[tokio::test]
async fn max_age_and_prompt_hold_for_the_front_channel_too() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    t.advance(usher_types::Span::minutes(5));
    for kind in WITH_ID_TOKEN {
        let changes = [("response_type", kind), ("max_age", "60"), ("prompt", "none")];
        assert_eq!(own.respond_at_once(&mut browser, &changes).await.error(), "login_required", "{kind}");
        let page = browser.open(&own.request(&[("response_type", kind), ("prompt", "login")])).await.page();
        assert!(page.has("#sign-in"), "{kind}");
    }
    let r = own.respond(&mut browser, "alice", &[("response_type", "id_token"), ("max_age", "60")]).await;
    let claims = own.verify(r.get("id_token"), "own").await;
    assert_eq!(claims["auth_time"], claims["iat"]);
}
