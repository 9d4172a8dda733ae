//! Outsiders cannot fill a mailbox, nor the database: mails are counted by person and by network, however many ask at once.

use super::support::{ask, forgot_page, on, rows, server};
use usher_store::Engine;
use usher_test::{TestServer, at_once};
use usher_types::{Span, limits};

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
