//! Attack class 55: password hashing as a way to bring the server down.

use super::support::{guess, guess_from, sign_in_page, with_people};
use std::sync::Arc;
use tokio::task::JoinSet;
use usher_core::hashing::{Busy, Check, Checked};
use usher_crypto::SystemRandom;
use usher_crypto::password::{PasswordCost, hash};
use usher_test::{PASSWORD, TestServer};
use usher_types::{Secret, limits};

fn dummy() -> Check {
    Check { password: Secret::from("x"), stored: None }
}

/// Keeps every hashing thread busy for a good while.
async fn occupy(t: &TestServer, waiting: &mut JoinSet<Result<Checked, Busy>>) {
    let cost = PasswordCost { iterations: 64, ..PasswordCost::TODAY };
    let slow = hash(b"another password", cost, &SystemRandom).unwrap();
    let threads = std::thread::available_parallelism().unwrap().get();
    let before = t.app.hashing.hashes();
    for n in 0..threads {
        let (app, stored) = (Arc::clone(&t.app), slow.clone());
        waiting.spawn(async move {
            let check = Check { password: Secret::from("x"), stored: Some(stored) };
            app.hashing.check(&format!("slow {n}"), check).await
        });
    }
    while t.app.hashing.hashes() < before + threads as u64 {
        tokio::task::yield_now().await;
    }
}

/// Lets one network ask until a check of its is refused.
async fn crowd(t: &TestServer, waiting: &mut JoinSet<Result<Checked, Busy>>, network: &str) {
    for _ in 0..=limits::HASH_QUEUE_BY_NETWORK {
        let (app, network) = (Arc::clone(&t.app), network.to_owned());
        waiting.spawn(async move { app.hashing.check(&network, dummy()).await });
    }
    while waiting.join_next().await.unwrap().unwrap() != Err(Busy) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn where_too_many_wait_a_try_is_answered_429_and_everything_else_goes_on() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let callback = own.authorize(&mut t.browser(), "bob", &[]).await;
    let mut waiting = JoinSet::new();
    occupy(&t, &mut waiting).await;
    crowd(&t, &mut waiting, "127.0.0.0/24").await;
    let busy = guess(&mut browser, &page, "alice", PASSWORD).await;
    assert_eq!(busy.status, 429);
    assert_eq!(busy.header("retry-after"), "5");
    assert!(busy.text().contains("id=\"problem\""));
    assert!(!busy.text().contains(PASSWORD));
    own.exchange(callback.code()).await.tokens();
    assert_eq!(own.get("/oidc/.well-known/openid-configuration").await.status, 200);
    drop(waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_asks_too_much_takes_no_place_from_another() {
    let t = TestServer::start().await;
    let mut waiting = JoinSet::new();
    occupy(&t, &mut waiting).await;
    for network in 0..limits::HASH_QUEUE / limits::HASH_QUEUE_BY_NETWORK {
        crowd(&t, &mut waiting, &format!("198.51.{network}.0/24")).await;
    }
    let answer = t.app.hashing.check("203.0.113.0/24", dummy()).await;
    assert_eq!(answer, Ok(Checked::Wrong), "a person of another network");
    drop(waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_take_turns() {
    let t = TestServer::start().await;
    let mut waiting = JoinSet::new();
    occupy(&t, &mut waiting).await;
    crowd(&t, &mut waiting, "198.51.100.0/24").await;
    let before = t.app.hashing.hashes();
    t.app.hashing.check("203.0.113.0/24", dummy()).await.unwrap();
    let meanwhile = t.app.hashing.hashes() - before;
    assert!(meanwhile < 16, "{meanwhile} checks of a crowd came before one of another network");
    drop(waiting);
}

#[tokio::test]
async fn a_password_of_a_megabyte_is_refused_before_it_is_hashed() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let answer = guess(&mut browser, &page, "alice", &"p".repeat(1024 * 1024)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(guess(&mut browser, &page, "alice", &"p".repeat(60 * 1024)).await.status, 200);
    assert_eq!(t.app.hashing.hashes(), 0);
}

#[tokio::test]
async fn a_password_is_the_same_however_its_characters_are_composed() {
    let t = with_people(
        TestServer::builder(),
        "[[pools.users]]\nusername = \"zoe\"\npassword = \"le cafe\u{301} de la gare du nord\"\n",
    );
    let t = t.start().await;
    let own = t.application("first-party");
    for typed in ["le caf\u{e9} de la gare du nord", "le cafe\u{301} de la gare du nord"] {
        let mut browser = t.browser();
        let page = sign_in_page(&mut browser, &own).await;
        assert_eq!(guess(&mut browser, &page, "zoe", typed).await.status, 303, "{typed}");
    }
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    assert_eq!(guess(&mut browser, &page, "zoe", "le cafe de la gare du nord").await.status, 200);
    // A hash that was made elsewhere, of the text as it was typed, is found and replaced.
    let decomposed = "cafe\u{301} noir cafe\u{301} noir";
    let stored = hash(decomposed.as_bytes(), PasswordCost::TODAY, &SystemRandom).unwrap();
    let check =
        |typed: &str, stored: &str| Check { password: Secret::from(typed), stored: Some(stored.to_owned()) };
    let Ok(Checked::Right(Some(renewed))) = t.app.hashing.check("a", check(decomposed, &stored)).await else {
        panic!("it is the password, and is hashed anew")
    };
    let composed = "caf\u{e9} noir caf\u{e9} noir";
    assert_eq!(t.app.hashing.check("a", check(composed, &renewed)).await, Ok(Checked::Right(None)));
    assert_eq!(t.app.hashing.check("a", check(decomposed, &renewed)).await, Ok(Checked::Right(None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_sign_ins_at_once_are_all_answered_in_bounded_memory() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    let mut tries = JoinSet::new();
    let t = Arc::new(t);
    for n in 0..1000 {
        let (t, browser, page) = (Arc::clone(&t), browser.clone(), page.clone());
        tries.spawn(async move {
            let (source, name) = (format!("127.0.{}.1", n % 10), format!("nobody-{n}"));
            guess_from(&source, &t, &browser, &page, (&name, PASSWORD)).await.status
        });
    }
    let first = tries.join_next().await.unwrap().unwrap();
    assert_eq!(own.get("/oidc/.well-known/jwks.json").await.status, 200);
    let mut statuses = tries.join_all().await;
    statuses.push(first);
    assert!(statuses.iter().all(|s| *s == 200 || *s == 429), "{statuses:?}");
    assert!(statuses.contains(&http::StatusCode::TOO_MANY_REQUESTS));
    // A thousand hashes at once would take 19 GiB.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    let peak_kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak_kib < 3 * 1024 * 1024, "at most {peak_kib} KiB were in use");
}
