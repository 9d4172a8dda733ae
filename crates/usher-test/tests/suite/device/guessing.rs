//! Attack class 26: codes that are short enough to be guessed. Wrong ones are counted by network and by pool, and nothing beyond the limit
//! is looked at.

use super::support::{
    allow, ask, at_once, builder, code_of, enter, filled, number, post_with, press, server,
};
use usher_store::Engine;
use usher_test::{Answer, Browser, Page, TestServer};
use usher_types::limits;

/// Sends a code from a page that is open, and gives the first answer.
async fn guess(browser: &mut Browser, page: &Page, code: &str) -> Answer {
    press(browser, page, &[("user_code", code)]).await
}

async fn after_twenty_wrong_codes_even_a_right_one_is_not_looked_at_until_the_window_has_passed(
    engine: Engine,
) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    for n in 0..limits::USER_CODES_BY_NETWORK {
        let answer = guess(&mut browser, &page, &code_of(n as usize)).await;
        assert_eq!(answer.status, 200, "{n}");
    }
    let asked = ask(&tv, "openid").await;
    let refused = guess(&mut browser, &page, &asked.user_code).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), limits::FAILURE_WINDOW.as_seconds().to_string());
    assert!(refused.text().contains("id=\"problem\""), "{}", refused.text());
    // A wrong one is told the very same, and makes the wait no longer.
    let wrong = guess(&mut browser, &page, "ZZZZ-ZZZZ").await;
    assert_eq!(wrong.text().replace("ZZZZ-ZZZZ", ""), refused.text().replace(&asked.user_code, ""));
    t.advance(limits::FAILURE_WINDOW);
    let asked = ask(&tv, "openid").await;
    assert_eq!(guess(&mut browser, &page, &asked.user_code).await.status, 303);
}

async fn of_two_hundred_guesses_at_once_at_most_twenty_are_looked_at(engine: Engine) {
    let t = server(engine).await;
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    let statuses = at_once(200, |n| {
        let (mut browser, page) = (browser.clone(), page.clone());
        async move { guess(&mut browser, &page, &code_of(n)).await.status.as_u16() }
    })
    .await;
    let evaluated = statuses.iter().filter(|s| **s == 200).count();
    assert!(statuses.iter().all(|s| *s == 200 || *s == 429), "{statuses:?}");
    assert!((1..=20).contains(&evaluated), "{evaluated} of 200 guesses were looked at");
    let counted = number(&t, "SELECT MAX(failures) FROM throttles").await;
    assert_eq!(usize::try_from(counted).unwrap(), evaluated, "every guess that was looked at is counted");
}

async fn right_codes_are_no_guesses_and_many_people_enter_them_at_once(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    for _ in 0..30 {
        let asked = ask(&tv, "openid").await;
        assert!(enter(&mut t.browser(), &asked.user_code).await.has("#sign-in"));
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM throttles").await, 0);
}

on_both_engines! {
    after_twenty_wrong_codes_even_a_right_one_is_not_looked_at_until_the_window_has_passed
    of_two_hundred_guesses_at_once_at_most_twenty_are_looked_at
    right_codes_are_no_guesses_and_many_people_enter_them_at_once
}

#[tokio::test]
async fn what_is_no_code_is_no_guess_and_a_right_code_does_not_end_the_count() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let mut browser = t.browser();
    for n in 0..limits::USER_CODES_BY_NETWORK - 1 {
        let page = enter(&mut browser, &code_of(n as usize)).await;
        assert_eq!(page.answer.status, 200);
        assert_eq!(enter(&mut browser, "no code at all").await.answer.status, 200);
    }
    let asked = ask(&tv, "openid").await;
    allow(&mut browser, &asked, "alice").await;
    assert_eq!(enter(&mut browser, &code_of(900)).await.answer.status, 200);
    assert_eq!(enter(&mut browser, &code_of(901)).await.answer.status, 429);
}

/// A guess from behind a proxy that tells this address.
async fn forwarded(browser: &mut Browser, page: &Page, code: &str, from: &str) -> u16 {
    let fields = filled(page, &[("user_code", code)]);
    post_with(browser, "/device", &fields, &[("x-forwarded-for", from)]).await.status.as_u16()
}

async fn behind_proxy() -> TestServer {
    let trusted = "listen = \"127.0.0.1:";
    builder().edit(trusted, &format!("trusted_proxies = [\"127.0.0.1\"]\n{trusted}")).start().await
}

#[tokio::test]
async fn guesses_spread_over_networks_are_stopped_for_the_pool_and_no_other_pool() {
    let t = behind_proxy().await;
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    for n in 0..limits::USER_CODES_BY_POOL {
        let from = format!("198.51.{}.7", n / limits::USER_CODES_BY_NETWORK);
        assert_eq!(forwarded(&mut browser, &page, &code_of(n as usize), &from).await, 200, "{n}");
    }
    assert_eq!(forwarded(&mut browser, &page, "ZZZZ-ZZZZ", "203.0.113.9").await, 429);
    let page = browser.open("/staff/device").await.page();
    let fields = filled(&page, &[("user_code", "ZZZZ-ZZZZ")]);
    let answer =
        post_with(&mut browser, "/staff/device", &fields, &[("x-forwarded-for", "203.0.113.9")]).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_network_that_guesses_stops_no_other() {
    let t = behind_proxy().await;
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    for n in 0..limits::USER_CODES_BY_NETWORK as usize {
        let from = format!("198.51.100.{n}");
        assert_eq!(forwarded(&mut browser, &page, &code_of(n), &from).await, 200, "{n}");
    }
    assert_eq!(forwarded(&mut browser, &page, "ZZZZ-ZZZZ", "198.51.100.99").await, 429);
    assert_eq!(forwarded(&mut browser, &page, "ZZZZ-ZZZZ", "203.0.113.9").await, 200);
}

#[tokio::test]
async fn wrong_codes_keep_nobody_from_signing_in() {
    let t = server(Engine::Sqlite).await;
    let mut browser = t.browser();
    for n in 0..=limits::USER_CODES_BY_NETWORK as usize {
        enter(&mut browser, &code_of(n)).await;
    }
    let web = t.application("web");
    web.authorize(&mut t.browser(), "alice", &[]).await.code();
}
