//! Attack class 26: codes that are short enough to be guessed. Wrong ones are counted by network and by pool, and nothing beyond the limit
//! is looked at.

use super::support::{
    allow, ask, at_once, builder, code_of, enter, filled, number, post_with, press, server,
};
use usher_store::{Applied, Batch, Engine, params};
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
    // The requests of the device are counted, and nothing else.
    assert_eq!(number(&t, "SELECT COUNT(*) FROM throttles").await, 1);
    assert_eq!(number(&t, "SELECT MAX(failures) FROM throttles").await, 30);
}

on_both_engines! {
    of_two_hundred_guesses_at_once_at_most_twenty_are_looked_at
    right_codes_are_no_guesses_and_many_people_enter_them_at_once
}

everywhere! {
    after_twenty_wrong_codes_even_a_right_one_is_not_looked_at_until_the_window_has_passed
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

/// So many wrong codes, each network as many as it may.
async fn guess_from_everywhere(browser: &mut Browser, page: &Page, count: u32) {
    for n in 0..count {
        let from = format!("198.51.{}.7", n / limits::USER_CODES_BY_NETWORK);
        assert_eq!(forwarded(browser, page, &code_of(n as usize), &from).await, 200, "{n}");
    }
}

/// Attack class 33: whoever guesses from many networks does not keep the others out, and gains only a few tries for each network more.
#[tokio::test]
async fn guesses_spread_over_networks_leave_the_others_a_few_tries_each() {
    let t = behind_proxy().await;
    let tv = t.application("tv");
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    let used = "203.0.113.1";
    for n in 0..limits::USER_CODES_BY_CLEAN_NETWORK {
        assert_eq!(forwarded(&mut browser, &page, &code_of(70_000 + n as usize), used).await, 200);
    }
    let rest = limits::USER_CODES_BY_POOL - limits::USER_CODES_BY_CLEAN_NETWORK;
    guess_from_everywhere(&mut browser, &page, rest).await;
    // Who guessed before is not looked at any more, even with a right code.
    let asked = ask(&tv, "openid").await;
    assert_eq!(forwarded(&mut browser, &page, &asked.user_code, used).await, 429);
    // Who did not is, mistyped or not, and then no more.
    let clean = "203.0.114.9";
    for n in 1..limits::USER_CODES_BY_CLEAN_NETWORK {
        assert_eq!(forwarded(&mut browser, &page, &code_of(80_000 + n as usize), clean).await, 200);
        assert_eq!(forwarded(&mut browser.clone(), &page, &asked.user_code, clean).await, 303);
    }
    assert_eq!(forwarded(&mut browser, &page, "ZZZZ-ZZZZ", clean).await, 200);
    assert_eq!(forwarded(&mut browser, &page, &asked.user_code, clean).await, 429);
    let page = browser.open("/staff/device").await.page();
    let fields = filled(&page, &[("user_code", "ZZZZ-ZZZZ")]);
    let answer = post_with(&mut browser, "/staff/device", &fields, &[("x-forwarded-for", used)]).await;
    assert_eq!(answer.status, 200, "another pool");
    t.advance(limits::FAILURE_WINDOW);
    let page = browser.open("/device").await.page();
    let asked = ask(&tv, "openid").await;
    assert_eq!(forwarded(&mut browser, &page, &asked.user_code, used).await, 303);
}

#[tokio::test]
async fn of_a_clean_networks_guesses_at_once_no_more_than_its_few_are_looked_at() {
    let t = behind_proxy().await;
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    guess_from_everywhere(&mut browser, &page, limits::USER_CODES_BY_POOL).await;
    let statuses = at_once(40, |n| {
        let (mut browser, page) = (browser.clone(), page.clone());
        async move { forwarded(&mut browser, &page, &code_of(90_000 + n), "203.0.113.9").await }
    })
    .await;
    let evaluated = statuses.iter().filter(|s| **s == 200).count();
    assert!((1..=limits::USER_CODES_BY_CLEAN_NETWORK as usize).contains(&evaluated), "{statuses:?}");
}

#[tokio::test]
async fn what_all_networks_together_may_guess_is_bounded() {
    let t = behind_proxy().await;
    let tv = t.application("tv");
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    for from in ["198.51.100.7", "198.51.101.7"] {
        assert_eq!(forwarded(&mut browser, &page, "ZZZZ-ZZZZ", from).await, 200);
    }
    // The pool's counter is the only one that saw both.
    let mut batch = Batch::new();
    batch.then(
        "UPDATE throttles SET failures = $1 WHERE failures = 2",
        params![i64::from(limits::USER_CODES) - 1],
    );
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    let asked = ask(&tv, "openid").await;
    assert_eq!(forwarded(&mut browser, &page, "ZZZZ-ZZZZ", "203.0.113.9").await, 200);
    assert_eq!(forwarded(&mut browser, &page, &asked.user_code, "203.0.114.9").await, 429);
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
