//! Who may ask: every wrong way to present an access key gets one answer that tells nothing, and an access key is good for nothing that a
//! person has to do with.

use super::support::{
    ALBUM, Change, EVERYTHING, GRANTS, NIGHTLY, PARCELS, change, cost, everything, nightly, parcels, rotate,
    server, stored, token,
};
use usher_store::Engine;
use usher_test::{Answer, Application, TestServer};
use usher_types::Span;

const ENDPOINTS: [&str; 3] = ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation"];

/// A request that is right in everything but perhaps its caller.
const REQUEST: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("token", "unknown")];

/// Every caller that is none, by the header and in the body.
fn nobody(t: &TestServer) -> Vec<(&'static str, Application)> {
    let web = t.application("web");
    let wrong = |key: &str, secret: &str| web.access_key(key, secret);
    vec![
        ("an unknown key", wrong("ak-unknown", NIGHTLY)),
        ("another key's secret key", wrong("ak-nightly", EVERYTHING)),
        ("a secret key cut short", wrong("ak-nightly", &NIGHTLY[1..])),
        ("a secret key and more", wrong("ak-nightly", &format!("{NIGHTLY}x"))),
        ("a secret key in capitals", wrong("ak-nightly", &NIGHTLY.to_ascii_uppercase())),
        ("the hash of the secret key", wrong("ak-nightly", "0000000000000000000000000000000000000000000")),
        ("a key in capitals", wrong("AK-NIGHTLY", NIGHTLY)),
        ("a key with a space", wrong("ak-nightly ", NIGHTLY)),
        ("the application's secret", wrong("ak-nightly", web.secret.as_deref().unwrap())),
        ("the application with a key's secret key", wrong("web", NIGHTLY)),
        ("a disabled key", wrong("ak-everything", EVERYTHING)),
        ("a key of a disabled application", wrong("ak-parcels", PARCELS)),
        ("a deleted key", t.application("spa").access_key("ak-album", ALBUM)),
    ]
}

async fn every_wrong_way_gets_one_answer_at_one_cost(engine: Engine) {
    let mut t = server(engine).start().await;
    for caller in
        [nightly(&t), everything(&t), parcels(&t), t.application("spa").access_key("ak-album", ALBUM)]
    {
        caller.post("/oidc/token", &REQUEST).await.tokens();
    }
    change(t.app.clone(), "ak-everything", Change::Disable).await;
    change(t.app.clone(), "ak-album", Change::Delete).await;
    t.disable_application("post").await;
    // The declaration has put back what was deleted and disabled: it is undone again.
    change(t.app.clone(), "ak-everything", Change::Disable).await;
    change(t.app.clone(), "ak-album", Change::Delete).await;
    for endpoint in ENDPOINTS {
        let mut answers: Vec<Answer> = Vec::new();
        for (what, caller) in nobody(&t) {
            for caller in [caller.clone(), caller.in_the_body()] {
                let (answer, cost) = cost(&t, caller.post(endpoint, &REQUEST)).await;
                assert_eq!((answer.status.as_u16(), cost), (401, (1, 0)), "{what} at {endpoint}");
                answer.refused("invalid_client");
                answers.push(answer);
            }
        }
        assert!(
            answers.iter().all(|a| a.body == answers[0].body && a.headers.len() == answers[0].headers.len())
        );
        assert!(nightly(&t).post(endpoint, &REQUEST).await.status.is_success(), "{endpoint}");
    }
}

#[tokio::test]
async fn a_key_is_sent_once_with_its_secret_key_and_never_in_the_query() {
    let t = server(Engine::Sqlite).start().await;
    let (web, nightly) = (t.application("web"), nightly(&t));
    for endpoint in ENDPOINTS {
        let path = format!("{endpoint}?client_id=ak-nightly&client_secret={NIGHTLY}");
        web.access_key("", "").in_the_body().post(&path, &REQUEST).await.refused("invalid_client");
        let twice = [&REQUEST[..], &[("client_id", "ak-nightly"), ("client_secret", NIGHTLY)]].concat();
        nightly.post(endpoint, &twice).await.refused("invalid_request");
        web.post(endpoint, &twice).await.refused("invalid_request");
        // RFC 6749 §3.2.1: the identifier alone beside the header is no second method.
        let beside = [&REQUEST[..], &[("client_id", "ak-nightly")]].concat();
        assert!(nightly.post(endpoint, &beside).await.status.is_success());
    }
}

#[tokio::test]
async fn a_key_without_its_secret_key_is_nobody() {
    let t = server(Engine::Sqlite).start().await;
    // A public application names itself by client_id alone: an access key cannot.
    let spa = t.application("spa");
    let mut named = spa.clone();
    named.client_id = "ak-nightly".to_owned();
    for endpoint in ENDPOINTS {
        named.post(endpoint, &REQUEST).await.refused("invalid_client");
    }
    // RFC 6749 §4.4: the public application itself is refused, its access keys are not.
    spa.post("/oidc/token", &REQUEST).await.refused("invalid_client");
    spa.access_key("ak-album", ALBUM).client_credentials("parcels").await.tokens();
}

#[tokio::test]
async fn the_grant_has_to_be_switched_on() {
    let t = server(Engine::Sqlite).start().await;
    let api = t.application("api");
    api.client_credentials("").await.refused("unauthorized_client");
    t.application("first-party").client_credentials("").await.refused("unauthorized_client");
    let mut t = t;
    t.reseed(GRANTS, "grant_types = [\"authorization_code\", \"refresh_token\"]").await;
    for caller in [nightly(&t), parcels(&t), t.application("web"), t.application("post")] {
        caller.client_credentials("").await.refused("unauthorized_client");
    }
}

#[tokio::test]
async fn a_key_is_good_for_no_other_grant() {
    let t = server(Engine::Sqlite).start().await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let refresh = tokens.refresh.unwrap();
    let code = web.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    for key in [nightly(&t), nightly(&t).in_the_body(), everything(&t), parcels(&t)] {
        key.refresh(&refresh).await.refused("invalid_client");
        key.exchange(&code).await.refused("invalid_client");
        let password =
            [("grant_type", "password"), ("username", "alice"), ("password", usher_test::PASSWORD)];
        key.post("/oidc/token", &password).await.refused("invalid_client");
        // A person's tokens are neither shown to a key nor ended by it, be it of the same application.
        for token in [&tokens.access, &refresh] {
            assert!(!key.is_active(token).await);
            key.revoke(token).await.refused("invalid_grant");
        }
    }
    // At the authorization endpoint a key is no application.
    let answer = browser.get(&web.request(&[("client_id", "ak-nightly")])).await;
    assert!(!answer.status.is_redirection() && !answer.status.is_success(), "{}", answer.status);
    // Nothing was burnt.
    web.refresh(&refresh).await.tokens();
    web.exchange(&code).await.tokens();
}

#[tokio::test]
async fn a_key_of_one_pool_is_another_one_in_another() {
    let t = server(Engine::Sqlite).start().await;
    let (main, staff) = (nightly(&t), t.application_of("staff", "web").access_key("ak-nightly", NIGHTLY));
    let token_of_main = token(&main, "customers").await;
    // The same names are declared in both pools, and still nothing of one counts in the other.
    token(&staff, "customers").await;
    assert!(!staff.is_active(&token_of_main).await);
    assert_eq!(staff.revoke(&token_of_main).await.status, 200);
    assert!(main.is_active(&token_of_main).await);
    change(t.app.clone(), "ak-nightly", Change::Disable).await;
    main.client_credentials("").await.refused("invalid_client");
    token(&staff, "customers").await;
    let parcels = t.application_of("staff", "web").access_key("ak-parcels", PARCELS);
    parcels.client_credentials("").await.refused("invalid_client");
}

async fn a_rotated_key_has_two_secret_keys_until_the_overlap_ends(engine: Engine) {
    let t = server(engine).start().await;
    let (old, next) = (nightly(&t), "another-secret-0123456789-0123456789-0123456789");
    let earlier = token(&old, "customers").await;
    rotate(&t, "ak-nightly", next, t.app.world.clock.now().plus(Span::hours(1))).await;
    let new = t.application("web").access_key("ak-nightly", next);
    for caller in [&old, &new] {
        assert!(caller.is_active(&token(caller, "customers").await).await);
        assert!(caller.is_active(&earlier).await, "a rotation ends no token");
    }
    t.advance(Span::hours(1));
    old.client_credentials("").await.refused("invalid_client");
    assert!(new.is_active(&token(&new, "customers").await).await);
    // Of three secret keys in a row the first is worth nothing, whatever overlap it was promised.
    let third = "the-third-secret-0123456789-0123456789-0123456789";
    rotate(
        &t,
        "ak-nightly",
        "passed-over-0123456789-0123456789-0123456789",
        t.app.world.clock.now().plus(Span::hours(1)),
    )
    .await;
    rotate(&t, "ak-nightly", third, t.app.world.clock.now().plus(Span::hours(1))).await;
    new.client_credentials("").await.refused("invalid_client");
    token(&t.application("web").access_key("ak-nightly", third), "customers").await;
    assert_eq!(stored(&t, "ak-nightly").await.version, 4);
}

on_both_engines! {
    every_wrong_way_gets_one_answer_at_one_cost
    a_rotated_key_has_two_secret_keys_until_the_overlap_ends
}
