//! The grant jwt-bearer (RFC 7523 §2.1): who may vouch for whom, for what, once, and what the tokens then say.

use super::support::{
    ISSUERS, VOUCHED, at_once, audiences, bring, cost, now, subject_of, times, vouching, with_applications,
};
use serde_json::{Value, json};
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Engine;
use usher_test::{Answer, KeyPair, TestServer, changed, forgeries};

/// Whether tokens were given; else the assertion or the person is what is wrong.
#[track_caller]
fn is_given(answer: &Answer) -> bool {
    if answer.status != 200 {
        answer.refused("invalid_grant");
    }
    answer.status == 200
}

async fn a_person_is_vouched_for_by_what_the_issuer_calls_them(engine: Engine) {
    let (t, key) = vouching(engine).await;
    let app = t.application("trusted");
    let alice = subject_of(&t, "alice").await;
    for (issuer, subject, fine) in [
        (ISSUERS[0], alice.as_str(), true),
        (ISSUERS[1], "alice", true),
        (ISSUERS[1], " ALICE ", true),
        (ISSUERS[2], "alice@example.com", true),
        // Nobody verified the number, nor Bob's address.
        (ISSUERS[3], "+442079460123", false),
        (ISSUERS[2], "bob@example.com", false),
        (ISSUERS[1], "alice@example.com", false),
        (ISSUERS[2], "alice", false),
        (ISSUERS[0], "alice", false),
        (ISSUERS[0], &alice.to_uppercase(), false),
        (ISSUERS[0], &alice.replace('-', ""), false),
        (ISSUERS[0], &format!("{{{alice}}}"), false),
        (ISSUERS[1], "nobody", false),
        (ISSUERS[1], "", false),
    ] {
        let (answer, took) =
            cost(&t, bring(&app, &key.sign(&app.claims(issuer, subject)), "openid email")).await;
        assert_eq!(is_given(&answer), fine, "{subject:?} by {issuer}: {}", answer.text());
        assert_eq!(took, (1, u64::from(fine)), "{subject:?} by {issuer}");
        if !fine {
            continue;
        }
        let tokens = answer.tokens();
        assert_eq!((tokens.id, tokens.refresh), (None, None), "nobody signed in");
        let claims = app.verify(&tokens.access, &t.issuer()).await;
        assert_eq!(claims["sub"], alice.as_str());
        for said in ["auth_time", "acr", "amr"] {
            assert_eq!(claims.get(said), None, "nothing is said of an authentication that was not");
        }
        let seen = app.introspect(&tokens.access).await;
        assert_eq!((&seen["active"], seen.get("auth_time"), seen.get("acr")), (&json!(true), None, None));
        let person = app.userinfo(&tokens.access).await.json();
        assert_eq!((&person["sub"], &person["email"]), (&json!(alice), &json!("alice@example.com")));
    }
}

async fn only_what_the_person_has_consented_to_is_given(engine: Engine) {
    let (t, key) = vouching(engine).await;
    let app = t.application("vouched");
    let vouch = || key.sign(&app.claims(ISSUERS[1], "alice"));
    bring(&app, &vouch(), "openid").await.refused("invalid_scope");
    app.sign_in(&mut t.browser(), "alice", "openid profile").await;
    for (scope, fine) in [
        ("openid", true),
        ("profile openid", true),
        ("openid offline_access", true),
        ("openid email", false),
        ("orders", false),
        ("admin", false),
        ("", false),
    ] {
        let answer = bring(&app, &vouch(), scope).await;
        if fine {
            let tokens = answer.tokens();
            assert_eq!((tokens.refresh, tokens.id), (None, None));
            assert_eq!(tokens.answer["scope"], scope.replace(" offline_access", ""));
        } else {
            answer.refused("invalid_scope");
        }
    }
    let bob = key.sign(&app.claims(ISSUERS[1], "bob"));
    bring(&app, &bob, "openid").await.refused("invalid_scope");
}

async fn an_assertion_is_brought_once(engine: Engine) {
    let (t, key) = vouching(engine).await;
    let (app, other) = (t.application("trusted"), t.application("vouched"));
    other.sign_in(&mut t.browser(), "alice", "openid").await;
    let assertion = key.sign(&app.claims(ISSUERS[1], "alice"));
    // A refusal gives nothing, so it uses nothing.
    bring(&app, &assertion, "admin").await.refused("invalid_scope");
    let answers = at_once(64, |_| {
        let (app, assertion) = (app.clone(), assertion.clone());
        async move { bring(&app, &assertion, "openid").await }
    })
    .await;
    assert_eq!(answers.iter().filter(|a| is_given(a)).count(), 1);
    assert!(!is_given(&bring(&app, &assertion, "openid").await));
    assert!(!is_given(&bring(&other, &assertion, "openid").await), "nor by another application");
    // Another issuer's assertion with the same id is another one.
    let id = json!({ "jti": "one id" });
    for issuer in [ISSUERS[1], ISSUERS[2]] {
        let subject = if issuer == ISSUERS[1] { "alice" } else { "alice@example.com" };
        let assertion = key.sign(&changed(&app.claims(issuer, subject), &id));
        assert!(is_given(&bring(&app, &assertion, "openid").await), "{issuer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_take_an_assertion_once() {
    if usher_testdb::Postgres::or_skip("two nodes").is_none() {
        return;
    }
    let (t, key) = vouching(Engine::Postgres).await;
    let node = t.another_node().await;
    let app = t.application("trusted");
    let assertion = key.sign(&app.claims(ISSUERS[1], "alice"));
    let answers = at_once(64, |number| {
        let app = if number % 2 == 0 { app.clone() } else { app.clone().at(&node) };
        let assertion = assertion.clone();
        async move { bring(&app, &assertion, "openid").await }
    })
    .await;
    assert_eq!(answers.iter().filter(|a| is_given(a)).count(), 1);
}

async fn nothing_lives_on_when_the_person_is_disabled(engine: Engine) {
    let (mut t, key) = vouching(engine).await;
    let app = t.application("trusted");
    let bringing = tokio::spawn({
        let app = app.clone();
        async move {
            at_once(32, |_| {
                let (app, assertion) = (app.clone(), key.sign(&app.claims(ISSUERS[1], "alice")));
                async move { bring(&app, &assertion, "openid").await }
            })
            .await
        }
    });
    t.disable_user("alice").await;
    for answer in bringing.await.unwrap() {
        if is_given(&answer) {
            assert!(!app.is_active(&answer.tokens().access).await);
        }
    }
}

#[tokio::test]
async fn times_audiences_and_ids_are_those_of_client_assertions() {
    let (t, key) = vouching(Engine::Sqlite).await;
    let app = t.application("trusted");
    let audiences = audiences(&t).into_iter().map(|(aud, fine)| (json!({ "aud": aud }), fine));
    for (changes, fine) in times(now(&app)).into_iter().chain(audiences) {
        let assertion = key.sign(&changed(&app.claims(ISSUERS[1], "alice"), &changes));
        assert_eq!(is_given(&bring(&app, &assertion, "openid").await), fine, "{changes}");
    }
}

#[tokio::test]
async fn no_forgery_vouches_for_anybody() {
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let key = KeyPair::new(algorithm);
        let t =
            with_applications(TestServer::builder(), &super::support::declared_vouching(&key)).start().await;
        let app = t.application("trusted");
        let genuine = key.sign(&app.claims(ISSUERS[1], "alice"));
        for (name, forged) in forgeries(&genuine, std::slice::from_ref(&key.jwk)) {
            assert!(!is_given(&bring(&app, &forged, "openid").await), "{algorithm:?}: {name}");
        }
        assert!(is_given(&bring(&app, &genuine, "openid").await), "the genuine one is unused");
    }
}

#[tokio::test]
async fn only_the_issuers_of_the_application_are_believed() {
    let (t, key) = vouching(Engine::Sqlite).await;
    let app = t.application("trusted");
    let own = t.app.snapshot();
    let own = own.pool(None).unwrap().keys.signing(SigningAlgorithm::Rs256, t.app.world.clock.now()).unwrap();
    let claims = app.claims(ISSUERS[1], "alice");
    let stranger = KeyPair::new(SigningAlgorithm::Es256);
    for (name, assertion) in [
        ("an unknown issuer", key.sign(&changed(&claims, &json!({ "iss": "https://evil.test" })))),
        ("no issuer", key.sign(&changed(&claims, &json!({ "iss": null })))),
        ("the application itself", key.sign(&app.claims("trusted", "alice"))),
        ("this server", own.sign("JWT", &app.claims(&t.issuer(), "alice")).unwrap()),
        ("this server's key", own.sign("JWT", &claims).unwrap()),
        ("another's key", stranger.sign(&claims)),
        ("an access token", own.sign("at+jwt", &claims).unwrap()),
        (
            "a client's assertion",
            key.sign_as(&changed(&key.header(), &json!({ "typ": "client-authentication+jwt" })), &claims),
        ),
        ("no JWT", "x".to_owned()),
        ("two", format!("{0} {0}", key.sign(&claims))),
    ] {
        assert!(!is_given(&bring(&app, &assertion, "openid").await), "{name}");
    }
    let typed = key.sign_as(&changed(&key.header(), &json!({ "typ": "authorization-grant+jwt" })), &claims);
    assert!(is_given(&bring(&app, &typed, "openid").await));
    let id_token =
        t.application("first-party").sign_in(&mut t.browser(), "alice", "openid").await.id.unwrap();
    assert!(!is_given(&bring(&app, &id_token, "openid").await));
}

#[tokio::test]
async fn the_grant_is_off_unless_it_was_switched_on() {
    let (t, key) = vouching(Engine::Sqlite).await;
    for id in ["web", "post", "first-party"] {
        let app = t.application(id);
        let answer = bring(&app, &key.sign(&app.claims(ISSUERS[1], "alice")), "openid").await;
        answer.refused("unauthorized_client");
    }
    let app = t.application("trusted");
    let fields = [("grant_type", VOUCHED), ("scope", "openid")];
    app.post("/oidc/token", &fields).await.refused("invalid_request");
    let assertion = key.sign(&app.claims(ISSUERS[1], "alice"));
    let twice =
        [("grant_type", VOUCHED), ("scope", "openid"), ("assertion", &assertion), ("assertion", &assertion)];
    app.post("/oidc/token", &twice).await.refused("invalid_request");
    app.post_bare("/oidc/token", &twice[..3]).await.refused("invalid_client");
    let list = app.get("/oidc/.well-known/openid-configuration").await.json();
    assert!(list["grant_types_supported"].as_array().unwrap().contains(&Value::from(VOUCHED)));
}

on_both_engines! {
    a_person_is_vouched_for_by_what_the_issuer_calls_them
    only_what_the_person_has_consented_to_is_given
    nothing_lives_on_when_the_person_is_disabled
}

everywhere! {
    an_assertion_is_brought_once
}
