//! Things that happen to a device's request at the same moment, on both engines and on two nodes.

use super::support::{Asked, allow, ask, at_once, browser_of, consent, enter, poll, press, server};
use usher_core::registration::change_password;
use usher_store::{Applied, Batch, Engine};
use usher_test::{Answer, Application, Browser, TestServer};
use usher_types::{Clock as _, Span};

const ROUNDS: usize = 20;

/// Sixty-four polls of one code that was allowed: one gets tokens, and since the others are replays, these are dead at once.
async fn redeem(app: &Application, nodes: &[&TestServer], asked: &Asked) {
    let answers: Vec<Answer> = at_once(64, |number| {
        let (app, asked) = (app.clone().at(nodes[number % nodes.len()]), asked.clone());
        async move { poll(&app, &asked).await }
    })
    .await;
    let (given, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 200);
    assert_eq!(given.len(), 1, "polls that got tokens");
    for answer in refused {
        answer.refused("invalid_grant");
    }
    assert_eq!(
        app.userinfo(&given[0].tokens().access).await.status,
        401,
        "the tokens of a replayed code live"
    );
}

async fn one_of_sixty_four_polls_gets_tokens(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    allow(&mut t.browser(), &asked, "alice").await;
    redeem(&tv, &[&t], &asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixty_four_polls_gets_tokens_across_two_nodes() {
    if usher_testdb::Postgres::or_skip("one_of_sixty_four_polls_gets_tokens_across_two_nodes").is_none() {
        return;
    }
    let t = server(Engine::Postgres).await;
    let another = t.another_node().await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    allow(&mut t.browser(), &asked, "alice").await;
    redeem(&tv, &[&t, &another], &asked).await;
}

/// What is asked at one node is answered at another, and polled at either.
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_are_one_server() {
    if usher_testdb::Postgres::or_skip("two_nodes_are_one_server").is_none() {
        return;
    }
    let t = server(Engine::Postgres).await;
    let another = t.another_node().await;
    let here = t.application("tv");
    let there = here.clone().at(&another);
    let asked = ask(&here, "openid").await;
    poll(&there, &asked).await.refused("authorization_pending");
    poll(&here, &asked).await.refused("slow_down");
    allow(&mut another.browser(), &asked, "alice").await;
    poll(&here, &asked).await.tokens();
}

/// Polls that come all at once are never tokens, and at most one of them is in time.
async fn of_polls_at_once_at_most_one_is_in_time(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    let answers = at_once(32, |_| {
        let (tv, asked) = (tv.clone(), asked.clone());
        async move { poll(&tv, &asked).await.json()["error"].as_str().unwrap().to_owned() }
    })
    .await;
    let pending = answers.iter().filter(|e| *e == "authorization_pending").count();
    let slow = answers.iter().filter(|e| *e == "slow_down").count();
    assert_eq!((pending, slow), (1, 31), "{answers:?}");
    allow(&mut t.browser(), &asked, "alice").await;
    poll(&tv, &asked).await.tokens();
}

/// One allows ∥ another refuses: one answer stands, and both are told the truth.
async fn allowing_and_refusing(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let (alice, bob) = (browser_of(&t, &["alice"]).await, browser_of(&t, &["bob"]).await);
    let mut allowed = 0;
    for _ in 0..ROUNDS {
        let asked = ask(&tv, "openid").await;
        let mut sides = Vec::new();
        for (browser, decision) in [(&alice, "allow"), (&bob, "deny")] {
            let mut browser: Browser = browser.clone();
            let page = enter(&mut browser, &asked.user_code).await;
            sides.push((browser, page, decision));
        }
        let done = at_once(2, |side| {
            let (mut browser, page, decision) = sides[side].clone();
            async move { browser.submit(&page, &[("decision", decision)]).await.page().has("#device-done") }
        })
        .await;
        let answer = poll(&tv, &asked).await;
        match done.as_slice() {
            [true, false] => {
                answer.tokens();
                allowed += 1;
            }
            [false, true] => {
                answer.refused("access_denied");
            }
            both => panic!("{both:?}: {}", answer.text()),
        }
    }
    println!("{engine:?}: allowing was first in {allowed} of {ROUNDS} rounds");
}

/// A person allows ∥ the device polls without pause: the answer is never lost, and tokens are given once.
async fn allowing_and_polling(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let alice = browser_of(&t, &["alice"]).await;
    for _ in 0..ROUNDS {
        let asked = ask(&tv, "openid").await;
        let mut browser = alice.clone();
        let page = enter(&mut browser, &asked.user_code).await;
        let polls = tokio::spawn({
            let (tv, asked) = (tv.clone(), asked.clone());
            async move {
                loop {
                    let answer = poll(&tv, &asked).await;
                    if answer.status == 200 {
                        return answer;
                    }
                    let error = answer.json()["error"].as_str().unwrap().to_owned();
                    assert!(["authorization_pending", "slow_down"].contains(&error.as_str()), "{error}");
                }
            }
        });
        let last = browser.submit(&page, &[("decision", "allow")]).await.page();
        assert!(last.has("#device-done"), "{}", last.words());
        let tokens = polls.await.unwrap().tokens();
        assert_eq!(tv.userinfo(&tokens.access).await.status, 200);
    }
}

/// A person allows ∥ signs out, and then the device polls: nothing lives on that the sign-out should have ended.
async fn allowing_and_signing_out(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    for _ in 0..ROUNDS {
        let mut browser = browser_of(&t, &["alice"]).await;
        let asked = ask(&tv, "openid").await;
        let page = consent(&mut browser, &asked.user_code, "alice").await;
        let out = browser.open("/oidc/session/end").await.page();
        let sides = [(page, "allow"), (out, "sign-out")];
        at_once(2, |side| {
            let (mut browser, (page, decision)) = (browser.clone(), sides[side].clone());
            async move { press(&mut browser, &page, &[("decision", decision)]).await }
        })
        .await;
        let answer = poll(&tv, &asked).await;
        let error = answer.json()["error"].as_str().unwrap_or("tokens").to_owned();
        assert!(["authorization_pending", "invalid_grant"].contains(&error.as_str()), "{error}");
    }
}

/// A poll ∥ the end of its time: tokens or `expired_token`, and afterwards nothing more.
async fn polling_and_expiry(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let mut alice = browser_of(&t, &["alice"]).await;
    let mut given = 0;
    for round in 0..ROUNDS {
        let asked = ask(&tv, "openid").await;
        allow(&mut alice, &asked, "alice").await;
        t.advance(Span::millis(599_999));
        let clock = t.clock.clone();
        let answers = at_once(2, |side| {
            let (tv, asked, clock) = (tv.clone(), asked.clone(), clock.clone());
            async move {
                if side == round % 2 {
                    clock.advance(Span::millis(1));
                    return None;
                }
                Some(poll(&tv, &asked).await)
            }
        })
        .await;
        let answer = answers.into_iter().flatten().next().unwrap();
        if answer.status == 200 {
            given += 1;
            poll(&tv, &asked).await.refused("invalid_grant");
        } else {
            answer.refused("expired_token");
            poll(&tv, &asked).await.refused("expired_token");
        }
    }
    println!("{engine:?}: {given} of {ROUNDS} polls were in time");
}

/// A person allows ∥ an administrator gives them another password: what was allowed before it is void, and after it there is no session.
async fn allowing_and_another_password(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let mut allowed = 0;
    for _ in 0..ROUNDS {
        let mut browser = browser_of(&t, &["alice"]).await;
        let asked = ask(&tv, "openid offline_access").await;
        let page = consent(&mut browser, &asked.user_code, "alice").await;
        let alice = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
        at_once(2, |side| {
            let (mut browser, page) = (browser.clone(), page.clone());
            let (app, alice, now) = (t.app.clone(), alice.clone(), t.clock.now());
            async move {
                if side == 0 {
                    press(&mut browser, &page, &[("decision", "allow")]).await;
                } else {
                    let mut batch = Batch::new();
                    change_password(&mut batch, "alice is as she was read", pool, alice, now);
                    assert_eq!(app.store.apply(batch).await.unwrap(), Applied::Done);
                }
            }
        })
        .await;
        let answer = poll(&tv, &asked).await;
        let error = answer.json()["error"].as_str().unwrap_or("tokens").to_owned();
        assert!(["authorization_pending", "expired_token"].contains(&error.as_str()), "{error}");
        allowed += usize::from(error == "expired_token");
    }
    println!("{engine:?}: allowing was first in {allowed} of {ROUNDS} rounds");
}

/// A device fetches what was allowed ∥ an administrator gives the person another password: nothing that it got lives on.
async fn fetching_and_another_password(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let pool = t.app.snapshot().pool(None).unwrap().id;
    for _ in 0..ROUNDS {
        let asked = ask(&tv, "openid offline_access").await;
        allow(&mut t.browser(), &asked, "alice").await;
        let alice = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
        let answers = at_once(2, |side| {
            let (tv, asked) = (tv.clone(), asked.clone());
            let (app, alice, now) = (t.app.clone(), alice.clone(), t.clock.now());
            async move {
                if side == 0 {
                    return Some(poll(&tv, &asked).await);
                }
                let mut batch = Batch::new();
                change_password(&mut batch, "alice is as she was read", pool, alice, now);
                assert_eq!(app.store.apply(batch).await.unwrap(), Applied::Done);
                None
            }
        })
        .await;
        for answer in answers.into_iter().flatten().filter(|a| a.status == 200) {
            let tokens = answer.tokens();
            assert_eq!(tv.userinfo(&tokens.access).await.status, 401);
            tv.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
        }
        assert_ne!(poll(&tv, &asked).await.status, 200);
    }
}

everywhere! {
    allowing_and_another_password
    fetching_and_another_password
    one_of_sixty_four_polls_gets_tokens
    of_polls_at_once_at_most_one_is_in_time
    allowing_and_refusing
    allowing_and_polling
    allowing_and_signing_out
    polling_and_expiry
}
