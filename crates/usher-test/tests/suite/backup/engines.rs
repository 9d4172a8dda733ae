//! What goes on after a restore, whichever engine the backup is from and for, and that a backup is of one moment.

use super::{from_engine_to_engine, restored, take};
use usher_core::backup::Sessions;
use usher_store::Engine;
use usher_test::{TestServer, at_once};

from_engine_to_engine! { an_installation_goes_on a_move_keeps_sessions }

async fn an_installation_goes_on(from: Engine, to: Engine) {
    let t = TestServer::on(from).await;
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let r = restored(&t, &take(&t).await, to, Sessions::End).await;
    let there = web.clone().at(&r);

    let next = there.refresh(&tokens.refresh.unwrap()).await.tokens();
    assert!(there.is_active(&next.access).await);
    assert!(there.is_active(&tokens.access).await, "its grant outlives the session");
    there
        .clone()
        .with_secret("another secret")
        .refresh(&next.refresh.unwrap())
        .await
        .refused("invalid_client");
    assert!(there.sign_in(&mut r.browser(), "bob", "openid").await.id.is_some());
    // The old node goes on, too: nothing was changed there.
    assert!(web.is_active(&tokens.access).await);
    let pool = r.app.snapshot().pool(None).unwrap().id;
    let trail = r.app.store.audit_trail(pool).await.unwrap();
    assert!(trail.iter().any(|row| row.event == "restored" && row.detail.contains("\"sessions\":\"ended\"")));
}

async fn a_move_keeps_sessions(from: Engine, to: Engine) {
    let t = TestServer::on(from).await;
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid").await;
    let taken = take(&t).await;
    for (sessions, goes_on) in [(Sessions::Keep, true), (Sessions::End, false)] {
        let r = restored(&t, &taken, to, sessions).await;
        let mut moved = r.browser();
        moved.cookies = browser.cookies.clone();
        let there = web.clone().at(&r);
        let arrival = moved.open(&there.request(&[("prompt", "none")])).await.elsewhere();
        assert_eq!(arrival.contains("code="), goes_on, "{arrival}");
        assert_eq!(arrival.contains("error=login_required"), !goes_on, "{arrival}");
        assert_eq!(there.is_active(&tokens.access).await, goes_on);
    }
}

async fn a_backup_is_of_one_moment(engine: Engine) {
    let t = TestServer::on(engine).await;
    // Nobody is asked for consent, and no more try at once than the counters let pass, so that each row of the trail stands
    // for a session or a grant.
    let own = t.application("first-party");
    let seeded = take(&t).await.summary.rows["audit"];
    let mut people = std::pin::pin!(at_once(8, |_| {
        let (own, mut browser) = (own.clone(), t.browser());
        async move { own.sign_in(&mut browser, "alice", "openid").await }
    }));
    let mut backups = Vec::new();
    let tokens = loop {
        tokio::select! {
            tokens = &mut people => break tokens,
            taken = take(&t) => backups.push(taken.summary.rows),
        }
    };
    backups.push(take(&t).await.summary.rows);
    assert_eq!((tokens.len(), backups.last().unwrap()["grants"]), (8, 8));
    for rows in backups {
        // Each change is in the trail by the same batch, so that a view between two batches adds up.
        assert_eq!(rows["audit"], seeded + rows["sessions"] + rows["grants"], "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_of_one_moment_on_sqlite() {
    a_backup_is_of_one_moment(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_of_one_moment_on_postgres() {
    if usher_testdb::Postgres::or_skip("a_backup_is_of_one_moment").is_some() {
        a_backup_is_of_one_moment(Engine::Postgres).await;
    }
}
