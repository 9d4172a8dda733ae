//! Signing keys: published before they sign, followed by others by themselves or by command, gone when nothing needs them.

use super::support::{Managed, names};
use serde_json::Value;
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Engine;
use usher_test::Application;
use usher_types::{Span, limits};

async fn kids(app: &Application) -> Vec<String> {
    names(&app.get("/oidc/.well-known/jwks.json").await.json()["keys"], "kid")
}

fn kid_of(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

/// A new ID token of somebody who signs in.
async fn id_token(m: &Managed, app: &Application) -> String {
    app.sign_in(&mut m.t.browser(), "alice", "openid").await.id.unwrap()
}

/// The state of a key.
async fn state(m: &Managed, kid: &str) -> String {
    m.run(&["key", "show", kid]).await["key"]["state"].as_str().unwrap().to_owned()
}

async fn a_key_takes_over_a_day_after_it_was_made(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let old = kids(&web).await;
    let made = m.run(&["key", "rotate"]).await;
    let new = made["key"]["kid"].as_str().unwrap().to_owned();
    assert_eq!((&made["key"]["state"], &made["key"]["in_use"]), (&"next".into(), &true.into()));
    assert_eq!(kids(&web).await.len(), 2, "it is published");
    let before = id_token(&m, &web).await;
    assert_eq!(kid_of(&before), old[0]);
    let again = m.run(&["key", "rotate"]).await;
    assert_eq!(again["key"]["kid"], new, "one that waits is enough");

    // Nobody tells the server: the key is chosen by the moment.
    m.t.advance(limits::KEY_AHEAD);
    let after = id_token(&m, &web).await;
    assert_eq!(kid_of(&after), new);
    web.verify(&after, "web").await;
    assert_eq!(state(&m, &old[0]).await, "retired");
    assert!(m.refused(&["key", "delete", &new, "--yes"]).await.contains("key rotate"));
    m.run(&["key", "delete", &old[0], "--yes"]).await;
    assert_eq!(kids(&web).await, std::slice::from_ref(&new));
    assert!(m.refused(&["key", "delete", &new, "--yes"]).await.contains("in use"));
    web.verify(&after, "web").await;
    let listed = m.run(&["key", "list"]).await;
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    assert!(!listed.to_string().contains("sealed"));
}

async fn a_key_can_take_over_at_once_and_a_lost_one_ends_at_once(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let lost = kids(&web).await.remove(0);
    let tokens = web.sign_in(&mut m.t.browser(), "alice", "openid").await;
    assert!(web.is_active(&tokens.access).await);
    // One that waits is told to sign now; where none waits, one is made.
    let waits = m.run(&["key", "rotate"]).await["key"]["kid"].as_str().unwrap().to_owned();
    let first = m.run(&["key", "rotate", "--now"]).await;
    assert_eq!((&first["key"]["kid"], &first["key"]["state"]), (&waits.as_str().into(), &"signing".into()));
    let second = m.run(&["key", "rotate", "--now"]).await["key"]["kid"].as_str().unwrap().to_owned();
    assert_ne!(second, waits);
    assert_eq!(kid_of(&id_token(&m, &web).await), second);
    assert!(web.is_active(&tokens.access).await, "what a retired key signed is good");

    m.run(&["key", "delete", &lost, "--yes"]).await;
    assert!(!web.is_active(&tokens.access).await);
    assert_eq!(web.userinfo(&tokens.access).await.status, 401);
    assert!(!kids(&web).await.contains(&lost));
    let events = m.events().await;
    assert_eq!(events.iter().filter(|e| *e == "key_rotated").count(), 3);
    assert_eq!(events.iter().filter(|e| *e == "key_deleted").count(), 1);
}

async fn keys_follow_one_another_for_years_and_every_token_is_verified_until_its_end(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let app = &m.t.app;
    let mut seen: Vec<String> = Vec::new();
    let mut yesterday: Vec<String> = Vec::new();
    for _ in 0..(6 * 200) {
        let now = app.world.clock.now();
        let published = kids(&web).await;
        app.rotate_keys(now).await.unwrap();
        let snapshot = app.snapshot();
        let keys = &snapshot.pool(None).unwrap().keys;
        let kid = keys.signing(SigningAlgorithm::Rs256, now).unwrap().kid().unwrap();
        assert!(published.iter().any(|p| p == kid), "who has read the key set knows the key");
        assert!(yesterday.iter().all(|y| published.contains(y)), "what signed yesterday is published");
        if !seen.iter().any(|s| s == kid) {
            seen.push(kid.to_owned());
        }
        yesterday.insert(0, kid.to_owned());
        yesterday.truncate(6);
        m.t.advance(Span::hours(4));
    }
    assert_eq!(seen.len(), 3, "in 200 days two keys followed the first");
    let listed = m.run(&["key", "list"]).await;
    let states: Vec<Value> = listed["keys"].as_array().unwrap().iter().map(|k| k["state"].clone()).collect();
    assert_eq!(states, ["signing", "withdrawn"], "the first is gone, since no session can name it");
    assert_eq!(kids(&web).await, seen[2..]);
    assert_eq!(kid_of(&id_token(&m, &web).await), seen[2]);
    let mut events = m.events().await;
    events.retain(|e| e.starts_with("key_"));
    events.sort();
    assert_eq!(events, ["key_created", "key_created", "key_deleted", "key_withdrawn", "key_withdrawn"]);
}

async fn an_id_token_is_a_hint_as_long_as_its_session_can_live(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let mut browser = m.t.browser();
    let token = web.sign_in(&mut browser, "alice", "openid").await.id.unwrap();
    m.run(&["key", "rotate", "--now"]).await;
    m.t.advance(limits::LONGEST_TOKEN.and(Span::hours(1)));
    m.t.app.rotate_keys(m.t.app.world.clock.now()).await.unwrap();
    assert!(!kids(&web).await.contains(&kid_of(&token)));
    let request = web.request(&[("id_token_hint", &token), ("prompt", "none")]);
    let arrival = m.t.browser().open(&request).await.elsewhere();
    assert!(arrival.contains("login_required"), "the hint is understood: {arrival}");
}

async fn a_pool_can_leave_rotation_to_commands(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    m.run(&["pool", "set", "main", "signing_key_lifetime=0"]).await;
    m.t.advance(Span::days(400));
    m.t.app.rotate_keys(m.t.app.world.clock.now()).await.unwrap();
    assert_eq!(kids(&web).await.len(), 1);
    m.run(&["pool", "set", "main", "signing_key_lifetime=30d"]).await;
    m.t.app.rotate_keys(m.t.app.world.clock.now()).await.unwrap();
    assert_eq!(kids(&web).await.len(), 2);
}

async fn an_algorithm_has_a_key_as_soon_as_an_application_wants_it(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(&["app", "set", "web", "id_token_signed_response_alg=ES256"]).await;
    let web = m.t.application("web");
    let token = id_token(&m, &web).await;
    web.verify(&token, "web").await;
    let listed = m.run(&["key", "list"]).await;
    let es256 = listed["keys"].as_array().unwrap().iter().find(|k| k["algorithm"] == "ES256").unwrap();
    assert_eq!((&es256["signing"], &es256["in_use"]), (&true.into(), &true.into()));

    m.run(&["app", "set", "web", "id_token_signed_response_alg=RS256"]).await;
    let kid = es256["kid"].as_str().unwrap();
    assert_eq!(m.run(&["key", "show", kid]).await["key"]["in_use"], false);
    m.run(&["key", "delete", kid, "--yes"]).await;
    m.run(&["app", "set", "web", "id_token_signed_response_alg=ES256"]).await;
    assert_ne!(kid_of(&id_token(&m, &web).await), kid);
}

on_both_engines! {
    a_key_takes_over_a_day_after_it_was_made
    a_key_can_take_over_at_once_and_a_lost_one_ends_at_once
    keys_follow_one_another_for_years_and_every_token_is_verified_until_its_end
    an_id_token_is_a_hint_as_long_as_its_session_can_live
    a_pool_can_leave_rotation_to_commands
    an_algorithm_has_a_key_as_soon_as_an_application_wants_it
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_find_a_key_due_at_the_same_moment_make_one() {
    if usher_testdb::Postgres::or_skip(module_path!()).is_none() {
        return;
    }
    let m = Managed::on(Engine::Postgres).await;
    let other = m.t.another_node().await;
    m.t.advance(limits::SIGNING_KEY);
    let now = m.t.app.world.clock.now();
    let made = tokio::join!(
        m.t.app.rotate_keys(now),
        other.app.rotate_keys(now),
        m.t.app.rotate_keys(now),
        other.app.rotate_keys(now)
    );
    for done in [made.0, made.1, made.2, made.3] {
        done.unwrap();
    }
    let (here, there) = (m.t.application("web"), other.application("web"));
    other.app.refresh_snapshot().await.unwrap();
    m.t.app.refresh_snapshot().await.unwrap();
    assert_eq!(kids(&here).await.len(), 2);
    assert_eq!(kids(&here).await, kids(&there).await);
    m.t.advance(limits::KEY_AHEAD);
    let token = there.sign_in(&mut other.browser(), "alice", "openid").await.id.unwrap();
    assert_eq!(kid_of(&token), kid_of(&id_token(&m, &here).await), "both choose the same");

    // A lost key is nobody's at the other node either.
    let tokens = there.sign_in(&mut other.browser(), "alice", "openid").await;
    m.run(&["key", "rotate", "--now"]).await;
    m.run(&["key", "delete", &kid_of(&token), "--yes"]).await;
    other.app.refresh_snapshot().await.unwrap();
    assert!(!there.is_active(&tokens.access).await);
}

#[tokio::test]
async fn looking_costs_no_statement_while_nothing_is_due() {
    let m = Managed::on(Engine::Sqlite).await;
    let before = m.t.app.store.counts();
    for _ in 0..10 {
        m.t.advance(Span::days(5));
        m.t.app.rotate_keys(m.t.app.world.clock.now()).await.unwrap();
    }
    let after = m.t.app.store.counts();
    assert_eq!((after.reads, after.batches), (before.reads, before.batches));
}

#[tokio::test]
async fn there_are_no_keys_for_secrets_or_for_nothing() {
    let m = Managed::on(Engine::Sqlite).await;
    for alg in ["HS256", "none", "RS512", "es256", ""] {
        let words = m.refused(&["key", "rotate", "--alg", alg]).await;
        assert!(words.contains("ES256"), "{words}");
    }
    let made = m.run(&["key", "rotate", "--alg", "PS256"]).await;
    assert_eq!((&made["key"]["state"], &made["key"]["in_use"]), (&"signing".into(), &false.into()));
    assert!(m.refused(&["key", "show", "nobody"]).await.contains("nobody"));
}
