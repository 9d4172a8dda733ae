//! What an exchange rests on: the grant and the application that an ID token came from, what a scope means for whom, and a person who may
//! be spoken for.

use super::support::{
    ACCESS_TOKEN, ID_TOKEN, ISSUERS, ORDERS, at_once, bring, cost, declared_exchanging, declared_vouching,
    exchange, exchanging, with_applications,
};
use serde_json::json;
use usher_crypto::jose::SigningAlgorithm;
use usher_store::tables::{UserRow, write};
use usher_store::{Applied, Batch, Engine, params};
use usher_test::{Answer, Browser, KeyPair, TestServer, Tokens, part};
use usher_types::{Clock, Span};

const AS_ID_TOKEN: (&str, &str) = ("subject_token_type", ID_TOKEN);
const FOR_ORDERS: [(&str, &str); 2] = [AS_ID_TOKEN, ("scope", "orders")];

/// Alice's tokens at `web`, once she has consented to orders at `gateway`.
async fn at_web(t: &TestServer, browser: &mut Browser) -> Tokens {
    t.application("gateway").sign_in(browser, "alice", "openid orders").await;
    t.application("web").sign_in(browser, "alice", "openid orders").await
}

/// The access token of an exchange.
#[track_caller]
fn given(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn what_ends_an_id_tokens_grant_or_application_ends_what_it_was_exchanged_for(engine: Engine) {
    for ending in ["revoked", "disabled", "deleted"] {
        let mut t = exchanging(engine).await;
        let (web, gateway, api) = (t.application("web"), t.application("gateway"), t.application("api"));
        let tokens = at_web(&t, &mut t.browser()).await;
        let id_token = tokens.id.as_ref().unwrap();
        let once = given(&exchange(&gateway, id_token, &FOR_ORDERS).await);
        let twice = given(&exchange(&t.application("agent"), &once, &[]).await);
        assert!(api.is_active(&once).await && api.is_active(&twice).await);
        match ending {
            "revoked" => assert_eq!(web.revoke(&tokens.access).await.status, 200),
            "disabled" => t.disable_application("web").await,
            _ => {
                let pool = t.app.snapshot().pool(None).unwrap().id;
                let mut batch = Batch::new();
                let delete = "DELETE FROM clients WHERE pool_id = $1 AND client_id = 'web'";
                batch.must("web is there", delete, params![pool]);
                assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
            }
        }
        let (answer, took) = cost(&t, exchange(&gateway, id_token, &FOR_ORDERS)).await;
        answer.refused("invalid_request");
        assert_eq!(took, (1, 0), "{ending}");
        assert!(!api.is_active(&once).await && !api.is_active(&twice).await, "{ending}");
    }
}

async fn an_id_token_rests_on_a_grant_that_was_there_when_it_was_made(engine: Engine) {
    let builder = TestServer::builder().engine(engine).application("web", "id_token_lifetime = 3600");
    let t = with_applications(builder, &declared_exchanging()).start().await;
    let (web, gateway) = (t.application("web"), t.application("gateway"));
    let mut browser = t.browser();
    let first = at_web(&t, &mut browser).await;
    assert_eq!(web.revoke(&first.access).await.status, 200);
    t.advance(Span::seconds(1));
    let second = at_web(&t, &mut browser).await.id.unwrap();
    exchange(&gateway, first.id.as_ref().unwrap(), &FOR_ORDERS).await.refused("invalid_request");
    t.advance(Span::seconds(300));
    let answer = exchange(&gateway, &second, &FOR_ORDERS).await;
    given(&answer);
    assert!(answer.json()["expires_in"].as_i64().unwrap() <= 300, "never more life than the grant has");
    t.advance(Span::seconds(301));
    exchange(&gateway, &second, &FOR_ORDERS).await.refused("invalid_request");
    // Another person's grant, or another application's, in another browser or in this one, is none.
    t.application("first-party").sign_in(&mut browser, "alice", "openid").await;
    t.application("web").sign_in(&mut t.browser(), "alice", "openid").await;
    t.application("web").sign_in(&mut t.browser(), "bob", "openid").await;
    exchange(&gateway, &second, &FOR_ORDERS).await.refused("invalid_request");
}

async fn exchanges_of_an_id_token_and_a_revocation_at_once_leave_nothing_alive(engine: Engine) {
    let t = exchanging(engine).await;
    let (web, gateway, api) = (t.application("web"), t.application("gateway"), t.application("api"));
    let mut browser = t.browser();
    for _ in 0..4 {
        let tokens = at_web(&t, &mut browser).await;
        let answers = at_once(9, |number| {
            let (web, gateway, tokens) = (web.clone(), gateway.clone(), tokens.clone());
            async move {
                if number == 4 {
                    web.revoke(&tokens.access).await
                } else {
                    exchange(&gateway, tokens.id.as_ref().unwrap(), &FOR_ORDERS).await
                }
            }
        })
        .await;
        for (number, answer) in answers.iter().enumerate().filter(|(number, _)| *number != 4) {
            if answer.status == 200 {
                assert!(!api.is_active(&given(answer)).await, "{number}");
            } else {
                answer.refused("invalid_request");
            }
        }
    }
}

async fn a_scope_is_not_another_apis_scope_of_the_same_name(engine: Engine) {
    let shelf = r#"
[[pools.applications]]
client_id = "shelf"
client_secret = "shelf-secret-0123456789-0123456789-0123456789"
client_name = "Shelf"
redirect_uris = ["https://shelf.test/cb"]
scopes = [{ name = "orders", audience = "https://shelf.test" }, { name = "any" }]
"#;
    let toml =
        declared_exchanging().replace(r#"subject_clients = ["web""#, r#"subject_clients = ["web", "shelf""#);
    let t = with_applications(TestServer::builder().engine(engine), &(toml + shelf)).start().await;
    let (shelf, gateway) = (t.application("shelf"), t.application("gateway"));
    let subject = shelf.sign_in(&mut t.browser(), "alice", "openid orders any").await.access;
    exchange(&gateway, &subject, &[("scope", "orders")]).await.refused("invalid_scope");
    exchange(&gateway, &subject, &[("scope", "orders"), ("audience", "")]).await.refused("invalid_scope");
    let token = part(&given(&exchange(&gateway, &subject, &[]).await), 1);
    // Both mean the same by `any`: no API of its own.
    assert_eq!((&token["scope"], &token["aud"]), (&json!("any"), &json!(ORDERS)));
    let subject = t.application("web").sign_in(&mut t.browser(), "alice", "openid orders").await.access;
    assert_eq!(part(&given(&exchange(&gateway, &subject, &[]).await), 1)["scope"], "orders");
}

/// Sets or takes away the demand that Alice choose another password.
async fn demand_new_password(t: &TestServer, demand: bool) {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let alice = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
    let mut batch = Batch::new();
    let row = UserRow { must_change_password: demand, ..alice };
    write::user::update(&mut batch, "alice is as she was read", pool, row, t.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

async fn nobody_is_spoken_for_who_has_to_choose_a_password_first(engine: Engine) {
    let key = KeyPair::new(SigningAlgorithm::Es256);
    let toml = declared_exchanging() + &declared_vouching(&key);
    let t = with_applications(TestServer::builder().engine(engine), &toml).start().await;
    let (gateway, trusted) = (t.application("gateway"), t.application("trusted"));
    let tokens = at_web(&t, &mut t.browser()).await;
    let agent = t.application("agent");
    let of_bob = t.application("web").sign_in(&mut t.browser(), "bob", "openid orders").await.access;
    let of_actor = agent.sign_in(&mut t.browser(), "alice", "openid").await.access;
    let acting = [("actor_token", of_actor.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    for (demand, outcome) in [(true, "interaction_required"), (false, "given")] {
        demand_new_password(&t, demand).await;
        let assertion = key.sign(&trusted.claims(ISSUERS[1], "alice"));
        for (way, (answer, took)) in [
            ("vouched for", cost(&t, bring(&trusted, &assertion, "openid")).await),
            ("an access token", cost(&t, exchange(&gateway, &tokens.access, &[])).await),
            ("an ID token", cost(&t, exchange(&gateway, tokens.id.as_ref().unwrap(), &FOR_ORDERS)).await),
        ] {
            if demand {
                answer.refused(outcome);
                assert_eq!(took, (1, 0), "{way}");
            } else {
                given(&answer);
            }
        }
        let answer = exchange(&agent, &of_bob, &acting).await;
        if demand {
            answer.refused(outcome);
        } else {
            given(&answer);
        }
        assert!(t.application("web").is_active(&tokens.access).await, "what was given before lives on");
    }
}

on_both_engines! {
    what_ends_an_id_tokens_grant_or_application_ends_what_it_was_exchanged_for
    an_id_token_rests_on_a_grant_that_was_there_when_it_was_made
    exchanges_of_an_id_token_and_a_revocation_at_once_leave_nothing_alive
    a_scope_is_not_another_apis_scope_of_the_same_name
    nobody_is_spoken_for_who_has_to_choose_a_password_first
}
