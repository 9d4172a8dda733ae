//! Outsiders cannot fill a mailbox, nor the database: mails are counted by person and by network, however many ask at once.

use super::support::{ask, forgot_page, on, rows, server};
use usher_core::mail::{self, Post, Reason};
use usher_store::{Applied, Batch, Engine, params};
use usher_test::{TestServer, at_once};
use usher_types::mail::Letter;
use usher_types::{Clock as _, Locale, PoolId, Span, TicketId, limits};

async fn many(t: TestServer) {
    let web = t.application("web");
    let mut asked = Vec::new();
    for _ in 0..16 {
        let mut browser = t.browser();
        let page = forgot_page(&mut browser, &web).await;
        asked.push((browser, page));
    }
    let answers = at_once(16, |n| {
        let (mut browser, page) = asked[n].clone();
        async move { browser.submit(&page, &[("identifier", "alice")]).await.page().answer.status.as_u16() }
    })
    .await;
    let taken = answers.iter().filter(|s| **s == 200).count();
    assert!(
        taken <= usize::try_from(limits::MAILS_BY_NETWORK).unwrap() && answers.contains(&429),
        "{answers:?}"
    );
    assert!(t.mails().await.len() <= usize::try_from(limits::MAILS_BY_PERSON).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_send_a_person_few_mails() {
    many(server().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_send_a_person_few_mails_on_postgres() {
    if usher_testdb::Postgres::or_skip("many at once").is_some() {
        many(on(Engine::Postgres).await).await;
    }
}

#[tokio::test]
async fn a_network_that_asks_too_often_waits_and_writes_nothing_meanwhile() {
    let t = server().await;
    let web = t.application("web");
    for n in 0..limits::MAILS_BY_NETWORK {
        ask(&mut t.browser(), &web, &format!("nobody-{n}")).await;
    }
    let tickets = rows(&t, "SELECT count(*) FROM tickets WHERE kind = 'password_link'").await;
    let mut browser = t.browser();
    let page = forgot_page(&mut browser, &web).await;
    let (action, mut fields) = page.form();
    fields.push(("identifier".to_owned(), "alice".to_owned()));
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.post(&action, &pairs).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("retry-after").parse::<i64>().unwrap(), limits::MAIL_WINDOW.as_seconds());
    assert_eq!(rows(&t, "SELECT count(*) FROM tickets WHERE kind = 'password_link'").await, tickets);
    t.advance(limits::MAIL_WINDOW.and(Span::seconds(1)));
    ask(&mut t.browser(), &web, "alice").await;
    assert_eq!(t.mails().await.len(), 1);
}

#[tokio::test]
async fn what_was_asked_for_in_vain_is_swept_away() {
    let t = server().await;
    let web = t.application("web");
    for n in 0..8 {
        ask(&mut t.browser(), &web, &format!("nobody-{n}")).await;
    }
    t.mails().await;
    t.advance(Span::hours(2));
    t.app.sweep(t.app.world.clock.now()).await.unwrap();
    for sql in
        ["SELECT count(*) FROM tickets", "SELECT count(*) FROM outbox", "SELECT count(*) FROM throttles"]
    {
        assert_eq!(rows(&t, sql).await, 0, "{sql}");
    }
}

fn queue(t: &TestServer, batch: &mut Batch, pool: &str, letter: Letter) {
    let snapshot = t.app.snapshot();
    let pool = if pool == "main" { snapshot.pool(None) } else { snapshot.pool(Some(pool)) };
    let pool = pool.unwrap().id;
    let post = Post {
        letter,
        recipient: format!("{}@example.com", letter.as_str()),
        locale: Locale::default(),
        ticket: Some(TicketId::new(t.clock.now(), &*t.app.world.random)),
        expires_at: None,
        reason: Reason::default(),
    };
    mail::queue(batch, pool, post, (t.clock.now(), &*t.app.world.random));
}

async fn queued(t: &TestServer, pool: &str, letters: &[Letter]) {
    let mut batch = Batch::new();
    for letter in letters {
        queue(t, &mut batch, pool, *letter);
    }
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

/// As if so many mails had been counted by each counter of the server.
async fn counted(t: &TestServer, number: u32) {
    let mut batch = Batch::new();
    batch.then("UPDATE throttles SET failures = $1", params![number]);
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

async fn letters(t: &TestServer) -> Vec<String> {
    let mut sent: Vec<String> =
        t.mails().await.into_iter().map(|mail| mail.to.replace("@example.com", "")).collect();
    sent.sort();
    sent
}

async fn a_pool_sends_so_many_mails_an_hour_and_keeps_most_for_people_whom_it_knows(engine: Engine) {
    let t = on(engine).await;
    queued(&t, "main", &[Letter::SignUp]).await;
    assert_eq!(letters(&t).await, ["sign_up"]);
    counted(&t, limits::SIGN_UP_MAILS_BY_POOL - 1).await;
    let put_off = || t.app.metrics.mails_put_off.load(std::sync::atomic::Ordering::Relaxed);
    queued(&t, "main", &[Letter::SignUp, Letter::SignUp]).await;
    t.advance(Span::seconds(1));
    queued(&t, "main", &[Letter::AlreadyHere, Letter::Reset]).await;
    queued(&t, "staff", &[Letter::SignUp]).await;
    assert_eq!(letters(&t).await, ["reset", "sign_up", "sign_up"], "staff's, and one of the first pool");
    assert_eq!(put_off(), 2);
    assert!(letters(&t).await.is_empty() && put_off() == 2, "they are left alone for the rest of the hour");

    counted(&t, limits::MAILS_BY_POOL - 1).await;
    queued(&t, "main", &[Letter::PasswordChanged, Letter::VerifyEmail, Letter::Reset]).await;
    assert_eq!(letters(&t).await, ["reset"], "the last one is for who needs it most");
    counted(&t, limits::MAILS_BY_POOL).await;
    let mut browser = t.browser();
    let page = ask(&mut browser, &t.application("web"), "alice").await;
    assert!(page.has("#done[data-done=link_sent]"), "whoever asks sees nothing of it");
    assert!(letters(&t).await.is_empty());

    t.advance(limits::MAIL_WINDOW);
    assert_eq!(letters(&t).await, ["already_here", "password_changed", "sign_up", "verify_email"]);
    assert_eq!(rows(&t, "SELECT count(*) FROM outbox").await, 0, "alice's link is over");
}

async fn what_is_too_much_waits_for_the_first_hour_with_room_and_is_not_looked_at_before(engine: Engine) {
    const MANY: usize = limits::MAILS_BY_POOL as usize + limits::SWEEP_STEP as usize + 20;
    let t = on(engine).await;
    queued(&t, "main", &[Letter::Reset]).await;
    assert_eq!(letters(&t).await, ["reset"]);
    counted(&t, limits::MAILS_BY_POOL).await;
    queued(&t, "main", &[Letter::VerifyEmail; MANY]).await;
    t.advance(Span::seconds(1));
    queued(&t, "main", &[Letter::Reset]).await;
    let mut looks = 0;
    while t.app.take_mails().await.unwrap().due > 0 {
        looks += 1;
    }
    assert!(looks <= 2 + MANY.div_ceil(limits::SWEEP_STEP as usize), "{looks} looks");
    let by_hour = "SELECT (due_at - (SELECT min(since) FROM throttles)) / 3600000, count(*) FROM outbox GROUP BY 1 ORDER BY 1";
    let by_hour = t.app.store.list(by_hour, Vec::new()).await.unwrap();
    let by_hour: Vec<(i64, i64)> =
        by_hour.iter().map(|row| (row.get(0).unwrap(), row.get(1).unwrap())).collect();
    let in_first = i64::from(limits::MAILS_BY_POOL);
    assert_eq!(
        by_hour,
        [(1, in_first), (2, i64::from(limits::SWEEP_STEP) + 21)],
        "a reset waits for no other mail"
    );
    t.advance(limits::MAIL_WINDOW);
    assert_eq!(t.app.take_mails().await.unwrap().mails[0].mail().letter, Letter::Reset);
}

async fn pools_take_turns_and_resets_go_first(engine: Engine) {
    let t = on(engine).await;
    queued(&t, "main", &[Letter::SignUp; 20]).await;
    t.advance(Span::seconds(10));
    queued(&t, "main", &[Letter::Nothing, Letter::VerifyEmail, Letter::Reset]).await;
    queued(&t, "staff", &[Letter::SignUp, Letter::SignUp]).await;
    let taken = t.app.take_mails().await.unwrap().mails;
    let mut taken: Vec<_> = taken.iter().map(|due| (due.mail().pool, due.mail().letter.as_str())).collect();
    taken.sort();
    let main = ["reset", "sign_up", "sign_up", "sign_up", "sign_up", "verify_email"];
    let expected = main.map(|letter| ("localhost".to_owned(), letter)).into_iter();
    let staff = [("localhost/staff".to_owned(), "sign_up"), ("localhost/staff".to_owned(), "sign_up")];
    assert_eq!(taken, expected.chain(staff).collect::<Vec<_>>());
}

async fn each_of_many_pools_has_its_turn(engine: Engine) {
    let t = on(engine).await;
    let (now, random) = (t.clock.now(), &*t.app.world.random);
    let pools: Vec<PoolId> = (0..10).map(|_| PoolId::new(now, random)).collect();
    let mut batch = Batch::new();
    for pool in pools.iter().chain(&pools).chain(&pools) {
        let post = Post {
            letter: Letter::Reset,
            recipient: "a@example.com".to_owned(),
            locale: Locale::default(),
            ticket: None,
            expires_at: None,
            reason: Reason::default(),
        };
        mail::queue(&mut batch, *pool, post, (now, random));
    }
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    let mut seen = Vec::new();
    let mut last = PoolId::from_bytes([0; 16]);
    for _ in 0..5 {
        let due = t.app.store.outbox_due(now, 4, last).await.unwrap();
        seen.extend(due.iter().map(|row| row.pool_id));
        last = due[3].pool_id;
    }
    let mut first: Vec<PoolId> = seen[..10].to_vec();
    first.sort();
    first.dedup();
    assert_eq!(first.len(), 10, "nobody has a second turn before all had one");
    assert_eq!(seen[..10], seen[10..], "and so it goes round");
}

on_both_engines! {
    a_pool_sends_so_many_mails_an_hour_and_keeps_most_for_people_whom_it_knows
    what_is_too_much_waits_for_the_first_hour_with_room_and_is_not_looked_at_before
    pools_take_turns_and_resets_go_first
    each_of_many_pools_has_its_turn
}
