//! What has expired goes, in small steps; what a replay must still find stays ten minutes longer.

use super::support::{code, fields, offline, refresh_token};
use usher_store::tables::{NewTicket, SWEEPABLE, Swept, kind, write};
use usher_store::{Applied, Batch, Engine, Store, Value};
use usher_test::{TestServer, Tokens};
use usher_types::{Clock as _, PoolId, Span, TicketId, Timestamp, limits};

/// Sign-ins that nobody finished.
const ABANDONED: u32 = 1_000_000;
/// Rows of one batch while they are made up.
const STEP: u32 = 5_000;

async fn count(store: &Store, pool: PoolId, sql: &'static str) -> i64 {
    store.find(sql, vec![Value::from(pool)]).await.unwrap().unwrap().get(0).unwrap()
}

const TICKETS: &str = "SELECT COUNT(*) FROM tickets WHERE pool_id = $1";
const GRANTS: &str = "SELECT COUNT(*) FROM grants WHERE pool_id = $1";
const TOKENS: &str = "SELECT COUNT(*) FROM access_tokens WHERE pool_id = $1";
const SESSIONS: &str = "SELECT COUNT(*) FROM sessions WHERE pool_id = $1";
const BROWSERS: &str = "SELECT COUNT(*) FROM browsers WHERE pool_id = $1";

/// Whatever comes to an end by itself.
const EVERYTHING: [&str; 7] = [
    "SELECT COUNT(*) FROM tickets",
    "SELECT COUNT(*) FROM access_tokens",
    "SELECT COUNT(*) FROM denied_tokens",
    "SELECT COUNT(*) FROM grants",
    "SELECT COUNT(*) FROM sessions",
    "SELECT COUNT(*) FROM browsers",
    "SELECT COUNT(*) FROM throttles",
];

fn pool(t: &TestServer) -> PoolId {
    t.app.snapshot().pool(None).unwrap().id
}

fn abandoned(number: u32, now: Timestamp) -> NewTicket {
    let mut id = [7; 16];
    id[12..].copy_from_slice(&number.to_be_bytes());
    NewTicket {
        id: TicketId::from_bytes(id),
        secret_hash: [1; 32],
        client_id: Some("web".to_owned()),
        user_id: None,
        session_id: None,
        grant_id: None,
        browser: None,
        payload: r#"{"client_id":"web","request":"client_id=web"}"#.to_owned(),
        state: "{}".to_owned(),
        created_at: now,
        expires_at: now.plus(limits::INTERACTION),
    }
}

async fn abandon(t: &TestServer, how_many: u32) {
    let now = t.clock.now();
    for step in 0..how_many / STEP {
        let mut batch = Batch::new();
        for number in step * STEP..(step + 1) * STEP {
            write::ticket::insert(&mut batch, pool(t), "interaction", abandoned(number, now));
        }
        assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn abandoned_sign_ins_leave_nothing_behind() {
    let t = TestServer::start().await;
    abandon(&t, ABANDONED).await;
    assert_eq!(count(&t.app.store, pool(&t), TICKETS).await, i64::from(ABANDONED));
    t.app.sweep(t.clock.now()).await.unwrap();
    assert_eq!(count(&t.app.store, pool(&t), TICKETS).await, i64::from(ABANDONED), "nothing has expired yet");
    t.advance(Span::hours(2));
    let batches = t.app.store.counts().batches;
    t.app.sweep(t.clock.now()).await.unwrap();
    assert_eq!(count(&t.app.store, pool(&t), TICKETS).await, 0);
    let batches = t.app.store.counts().batches - batches;
    assert!(
        batches >= u64::from(ABANDONED / limits::SWEEP_STEP),
        "{batches} batches are fewer than there are steps"
    );
}

async fn a_step_is_bounded(engine: Engine) {
    let t = TestServer::on(engine).await;
    abandon(&t, STEP).await;
    t.advance(Span::hours(2));
    let (store, step) = (&t.app.store, u64::from(limits::SWEEP_STEP));
    let before = store.counts();
    let tickets = SWEEPABLE.first().unwrap();
    assert_eq!(store.sweep(tickets, pool(&t), t.clock.now()).await.unwrap(), Swept::More);
    let after = store.counts();
    assert!(
        after.statements - before.statements <= step + after.reads - before.reads,
        "one row a statement, and no more rows than a step"
    );
    assert_eq!(after.batches - before.batches, 1);
    assert_eq!(count(store, pool(&t), TICKETS).await, i64::from(STEP - limits::SWEEP_STEP));
    // A server that sweeps still answers.
    let (sweeping, now) = (t.app.clone(), t.clock.now());
    let sweep = tokio::spawn(async move { sweeping.sweep(now).await });
    let tokens = t.application("web").sign_in(&mut t.browser(), "alice", "openid").await;
    assert!(t.application("web").is_active(&tokens.access).await);
    sweep.await.unwrap().unwrap();
}

async fn rows_return_to_where_they_were(engine: Engine) {
    let t = TestServer::on(engine).await;
    let web = t.application("web");
    let tables = [TICKETS, GRANTS, TOKENS, SESSIONS, BROWSERS];
    let fields = fields(&web.request(&[]));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    for _ in 0..150 {
        t.browser().open(&web.request(&[])).await.page();
        let posted = t.browser().post_from_elsewhere("/oidc/auth", &fields).await;
        assert!(posted.location().contains("posted="));
    }
    let mut browser = t.browser();
    for _ in 0..20 {
        code(&web, &mut browser, &[]).await;
    }
    web.sign_in(&mut browser, "alice", "openid").await;
    browser.get("/oidc/session/end").await;
    let tickets = count(&t.app.store, pool(&t), TICKETS).await;
    assert!(tickets >= 300 + 20, "{tickets} tickets");
    t.advance(Span::minutes(30).max(limits::INTERACTION));
    t.advance(Span::minutes(16));
    t.app.sweep(t.clock.now()).await.unwrap();
    assert_eq!(count(&t.app.store, pool(&t), TICKETS).await, 0, "tickets");
    assert_eq!(count(&t.app.store, pool(&t), SESSIONS).await, 1, "the session goes on");
    t.advance(Span::days(15));
    t.app.sweep(t.clock.now()).await.unwrap();
    for sql in tables {
        assert_eq!(count(&t.app.store, pool(&t), sql).await, 0, "{sql}");
    }
}

/// Attack class 61: whatever people and devices begin and leave, in whichever pool, the tables return to where they were.
async fn what_is_abandoned_by_thousands_leaves_nothing(engine: Engine) {
    const EACH: u32 = 2_000;
    let t = TestServer::on(engine).await;
    let (web, now) = (t.application("web"), t.clock.now());
    let rows = async || {
        let mut rows = 0;
        for sql in EVERYTHING {
            let found = t.app.store.list(sql, Vec::new()).await.unwrap();
            rows += found.first().unwrap().get::<i64>(0).unwrap();
        }
        rows
    };
    let baseline = rows().await;
    for (number, kind) in ["interaction", "logout", kind::CODE, kind::DEVICE_CODE].into_iter().enumerate() {
        for pool in [t.pool("main").id, t.pool("staff").id] {
            let mut batch = Batch::new();
            for n in 0..EACH {
                let number = u32::try_from(number).unwrap() * EACH + n;
                write::ticket::insert(&mut batch, pool, kind, abandoned(number, now));
            }
            assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
        }
    }
    for n in 0..200 {
        t.browser().open(&web.request(&[])).await.page();
        if n % 10 == 0 {
            let mut browser = t.browser();
            let page = browser.open(&web.request(&[])).await.page();
            let wrong = [("identifier", format!("nobody {n}")), ("password", "wrong".to_owned())];
            let wrong = wrong.each_ref().map(|(name, value)| (*name, value.as_str()));
            browser.submit(&page, &wrong).await.page();
        }
    }
    assert!(rows().await >= baseline + i64::from(EACH) * 8 + 200);
    t.advance(limits::INTERACTION);
    t.advance(limits::MAIL_WINDOW);
    t.advance(Span::minutes(16));
    t.app.sweep(t.clock.now()).await.unwrap();
    assert_eq!(rows().await, baseline);
}

/// A replay within ten minutes of the code's expiry still finds, and ends, the grant.
async fn spent_codes_survive_ten_minutes(engine: Engine) {
    let t = TestServer::on(engine).await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let asked = [("scope", "openid offline_access"), ("prompt", "consent")];
    let code = code(&web, &mut browser, &asked).await;
    let tokens = web.exchange(&code).await.tokens();
    t.advance(limits::CODE);
    t.advance(limits::SPENT_TICKET);
    t.app.sweep(t.clock.now()).await.unwrap();
    web.exchange(&code).await.refused("invalid_grant");
    web.refresh(refresh_token(&tokens)).await.refused("invalid_grant");
}

/// Sweeping takes nothing that is still worth something.
async fn living_things_are_not_swept(engine: Engine) {
    let t = TestServer::builder()
        .engine(engine)
        .application("web", "access_token_format = \"opaque\"\naccess_token_lifetime = 86400")
        .start()
        .await;
    let (web, mut browser) = (t.application("web"), t.browser());
    let tokens: Tokens = offline(&web, &mut browser).await;
    let waiting = t.browser().get(&web.request(&[])).await.location();
    t.advance(Span::seconds(29 * 60));
    t.app.sweep(t.clock.now()).await.unwrap();
    assert!(waiting.contains("interaction="));
    let left = count(&t.app.store, pool(&t), TICKETS).await;
    assert_eq!(left, 2, "the interaction that waits, and the sign-in's; the spent code is long past");
    t.advance(Span::hours(11));
    t.app.sweep(t.clock.now()).await.unwrap();
    assert_eq!(count(&t.app.store, pool(&t), TICKETS).await, 0);
    assert!(web.is_active(&tokens.access).await);
    let next = web.refresh(refresh_token(&tokens)).await.tokens();
    assert!(web.is_active(&next.access).await);
    let silent = browser.get(&web.request(&[("prompt", "none")])).await.location();
    assert!(silent.contains("code="), "the session goes on: {silent}");
}

on_both_engines! {
    a_step_is_bounded
    rows_return_to_where_they_were
    what_is_abandoned_by_thousands_leaves_nothing
    spent_codes_survive_ten_minutes
    living_things_are_not_swept
}
