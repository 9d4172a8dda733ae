//! A thousand pools on one server: a request, an idle look and an idle sweep ask the database for as much as with one pool, a change
//! of one pool reads one pool again, and a start takes a few statements.

use std::sync::Arc;
use usher_core::keys::schedule::Stage;
use usher_core::keys::sealed;
use usher_core::snapshot::Site;
use usher_core::{App, Pool};
use usher_crypto::SystemRandom;
use usher_crypto::jose::{GeneratedKey, SigningAlgorithm, SigningKey};
use usher_crypto::seal::MasterKey;
use usher_store::tables::{PoolRow, write};
use usher_store::{Applied, Batch, Engine, Store, Value};
use usher_test::{TestServer, cost};
use usher_types::{Clock as _, PoolId, Secret, Span, TicketId, limits};

const MANY: u32 = 1_000;
/// What `web` is declared with beside the usual.
const GRANTS: &str = "grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\"]";

/// Stores pools `p0`, `p1` and so on, each with the first pool's applications `web` and `api`, and one key that they all have.
async fn plant(t: &TestServer, how_many: u32) {
    let (store, now) = (&t.app.store, t.clock.now());
    let made = SigningKey::generate(SigningAlgorithm::Rs256).unwrap();
    let applications = store.client_page(t.pool("main").id, "", 100).await.unwrap();
    let mut applications: Vec<_> = applications.into_iter().map(|record| record.client).collect();
    applications.retain(|a| a.client_id == "web" || a.client_id == "api");
    assert_eq!(applications.len(), 2);
    for number in 0..how_many {
        let mut batch = Batch::new();
        let id = PoolId::new(now, &SystemRandom);
        let row = PoolRow {
            id,
            name: format!("p{number}"),
            is_first: false,
            settings: "{}".to_owned(),
            version: 1,
            domain: None,
        };
        write::pool::insert(&mut batch, "the pool is new", row, now);
        let key = GeneratedKey {
            pkcs8: Secret::new(made.pkcs8.expose().to_vec()),
            kid: made.kid.clone(),
            public: made.public.clone(),
        };
        let key = sealed(
            &t.app.master,
            (id, SigningAlgorithm::Rs256),
            key,
            Stage { signs_from: now, generation: 1 },
            (&SystemRandom, now),
        );
        write::signing_key::insert_first(&mut batch, id, key);
        for application in &applications {
            write::client::insert(&mut batch, "the application is new", id, application.clone(), now);
        }
        write::pool::bump_revision(&mut batch, id);
        assert_eq!(store.apply(batch).await.unwrap(), Applied::Done);
    }
    t.app.refresh_snapshot().await.unwrap();
}

fn statements(store: &Store) -> u64 {
    store.counts().statements
}

fn master(t: &TestServer) -> MasterKey {
    MasterKey::from_bytes(&std::fs::read(t.folder().join("data/master.key")).unwrap()).unwrap()
}

async fn change(t: &TestServer, pool: PoolId, settings: &str) {
    let row = t.app.store.pools_between(pool, pool).await.unwrap().pop().unwrap().pool;
    let mut batch = Batch::new();
    let row = PoolRow { settings: settings.to_owned(), ..row };
    write::pool::update(&mut batch, "it is as it was read", row, t.clock.now());
    write::pool::bump_revision(&mut batch, pool);
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

/// Does to a pool in the database what no program does.
async fn execute(t: &TestServer, sql: &'static str, pool: PoolId) {
    let mut batch = Batch::new();
    batch.then(sql, vec![Value::from(*pool.as_bytes())]);
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

/// What requests of a pool take: reads and batches.
async fn costs(t: &TestServer, pool: &str) -> Vec<(u64, u64)> {
    let (web, mut browser) = (t.application_of(pool, "web"), t.browser_at(pool));
    let mut costs = Vec::new();
    for path in ["/oidc/.well-known/openid-configuration", "/oidc/.well-known/jwks.json"] {
        let (answer, taken) = cost(t, web.get(path)).await;
        assert_eq!(answer.status, 200);
        costs.push(taken);
    }
    let (answer, taken) = cost(t, browser.get(&web.request(&[]))).await;
    assert_eq!(answer.status, 303);
    costs.push(taken);
    let (answer, taken) = cost(t, web.client_credentials("")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(taken, (1, 0), "client credentials");
    costs.push(taken);
    let (answer, taken) = cost(t, web.exchange("unknown")).await;
    answer.refused("invalid_grant");
    costs.push(taken);
    let (answer, taken) = cost(t, web.introspect("unknown")).await;
    assert_eq!(answer["active"], false);
    costs.push(taken);
    costs
}

async fn a_thousand_pools_cost_no_more_than_one(engine: Engine) {
    let t = TestServer::builder().engine(engine).application("web", GRANTS).start().await;
    let alone = costs(&t, "main").await;
    let idle = async || {
        let before = statements(&t.app.store);
        t.app.sweep(t.clock.now()).await.unwrap();
        statements(&t.app.store) - before
    };
    let swept_alone = idle().await;
    plant(&t, MANY).await;
    assert_eq!(t.app.snapshot().pools().count(), 2 + MANY as usize);
    for pool in ["main", "staff", "p0", "p500", "p999"] {
        assert_eq!(costs(&t, pool).await, alone, "{pool}");
    }
    assert_eq!((idle().await, swept_alone), (11, 11), "an idle sweep");

    let before = statements(&t.app.store);
    t.app.refresh_snapshot().await.unwrap();
    assert_eq!(statements(&t.app.store) - before, 1, "an idle look");

    let (pool, others): (Arc<Pool>, Vec<Arc<Pool>>) =
        (t.pool("p500"), t.app.snapshot().pools().map(Arc::clone).collect());
    change(&t, pool.id, r#"{"display_name":"Changed"}"#).await;
    let before = statements(&t.app.store);
    t.app.refresh_snapshot().await.unwrap();
    assert_eq!(statements(&t.app.store) - before, 5, "a change of one pool");
    let snapshot = t.app.snapshot();
    let shared = snapshot.pools().filter(|p| others.iter().any(|o| Arc::ptr_eq(o, p))).count();
    assert_eq!(shared, others.len() - 1, "all pools but one are the very same");
    assert_eq!(t.pool("p500").settings.display_name.as_deref(), Some("Changed"));

    let before = statements(&t.app.store);
    let world = t.app.world.clone();
    let started = App::start(t.app.store.clone(), t.app.settings.clone(), master(&t), world).await.unwrap();
    assert_eq!(statements(&t.app.store) - before, 3 + 3 * 3, "a start reads five hundred pools at once");
    assert_eq!(started.snapshot().pools().count(), 2 + MANY as usize);
    let read = started.snapshot();
    let read = read.pool(Some("p999")).unwrap();
    assert_eq!((read.clients.len(), read.keys.public().len()), (2, 1));
}

async fn what_expired_in_many_pools_goes_in_small_steps(engine: Engine) {
    let t = TestServer::on(engine).await;
    plant(&t, 20).await;
    let pools: Vec<PoolId> = t.app.snapshot().pools().map(|p| p.id).collect();
    let now = t.clock.now();
    for pool in &pools {
        let mut batch = Batch::new();
        for number in 0..200_u32 {
            let mut id = [7; 16];
            id[12..].copy_from_slice(&number.to_be_bytes());
            let ticket = usher_store::tables::NewTicket {
                id: TicketId::from_bytes(id),
                secret_hash: [1; 32],
                client_id: Some("web".to_owned()),
                user_id: None,
                session_id: None,
                grant_id: None,
                browser: None,
                payload: "{}".to_owned(),
                state: String::new(),
                created_at: now,
                expires_at: now.plus(Span::minutes(10)),
            };
            write::ticket::insert(&mut batch, *pool, "interaction", ticket);
        }
        assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    }
    let left = async || {
        let rows = t.app.store.list("SELECT COUNT(*) FROM tickets", Vec::<Value>::new()).await.unwrap();
        rows[0].get::<i64>(0).unwrap()
    };
    assert_eq!(left().await, 22 * 200);
    t.advance(Span::hours(1));
    let before = t.app.store.counts();
    t.app.sweep(t.clock.now()).await.unwrap();
    let after = t.app.store.counts();
    assert_eq!(left().await, 0);
    assert_eq!((after.reads - before.reads, after.batches - before.batches), (11 + 22, 22));
}

const KEYS: &str = "/p1/oidc/.well-known/jwks.json";

/// Another node on the same connections.
async fn start(t: &TestServer) -> Arc<App> {
    let world = t.app.world.clone();
    Arc::new(App::start(t.app.store.clone(), t.app.settings.clone(), master(t), world).await.unwrap())
}

/// A pool that cannot be read keeps no other away, and wrong keys are noticed at the start.
async fn one_broken_pool_keeps_no_other_away(engine: Engine) {
    let t = TestServer::on(engine).await;
    plant(&t, 3).await;
    let broken = t.pool("p1");
    change(&t, broken.id, "{\"sign_up\":5}").await;
    change(&t, t.pool("p2").id, r#"{"display_name":"Seen"}"#).await;
    t.app.refresh_snapshot().await.unwrap();
    // What was seen last goes on; who never saw it does without.
    assert_eq!(t.browser().get(KEYS).await.status, 200);
    let later = start(&t).await;
    assert!(later.snapshot().pool(Some("p1")).is_none() && later.snapshot().pool(Some("p2")).is_some());
    for app in [&t.app, &later] {
        let unread: Vec<_> = app.snapshot().unread.iter().map(|p| (p.name.clone(), p.is_served)).collect();
        assert_eq!(unread, [("p1".to_owned(), Arc::ptr_eq(app, &t.app))]);
        assert!(app.readiness().await.is_ready(), "one pool of many");
    }
    assert_eq!(t.pool("p2").settings.display_name.as_deref(), Some("Seen"));
    assert_eq!(t.browser().get("/p0/oidc/.well-known/jwks.json").await.status, 200);
    change(&t, broken.id, "{}").await;
    for app in [&t.app, &later] {
        app.refresh_snapshot().await.unwrap();
        assert!(app.snapshot().unread.is_empty() && app.snapshot().pool(Some("p1")).is_some());
    }
    assert_eq!(t.browser().get(KEYS).await.status, 200);

    // A signing key that does not open is looked at again and again: the master key may come later.
    execute(&t, "UPDATE signing_keys SET algorithm = algorithm || 'x' WHERE pool_id = $1", broken.id).await;
    change(&t, broken.id, "{}").await;
    t.app.refresh_snapshot().await.unwrap();
    assert!(t.app.snapshot().unread[0].why.contains("master"), "{:?}", t.app.snapshot().unread);
    execute(
        &t,
        "UPDATE signing_keys SET algorithm = REPLACE(algorithm, 'x', '') WHERE pool_id = $1",
        broken.id,
    )
    .await;
    let statements = t.app.store.counts().reads;
    t.app.refresh_snapshot().await.unwrap();
    assert_eq!(t.app.store.counts().reads - statements, 1, "not at every look");
    t.advance(limits::UNREAD_AGAIN);
    t.app.refresh_snapshot().await.unwrap();
    assert!(t.app.snapshot().unread.is_empty(), "without another change");

    // A pool that goes on as it was keeps no domain from the one that has it by now.
    let (was, is) = (t.pool("p1").id, t.pool("p2").id);
    execute(&t, "INSERT INTO domains (host, pool_id, created_at) VALUES ('moved.localhost', $1, 0)", was)
        .await;
    change(&t, was, "{}").await;
    t.app.refresh_snapshot().await.unwrap();
    assert_eq!(t.app.snapshot().unread, []);
    let host = t.app.snapshot().pools().find(|pool| pool.id == was).unwrap().address.authority().to_owned();
    let at_home = || match t.app.snapshot().site(Some(&host), "/oidc/token") {
        Some(Site::Found(pool, _)) => Some(pool.id),
        _ => None,
    };
    assert_eq!(at_home(), Some(was));
    execute(&t, "UPDATE domains SET pool_id = $1", is).await;
    change(&t, was, "[]").await;
    change(&t, is, "{}").await;
    t.app.refresh_snapshot().await.unwrap();
    assert_eq!(at_home(), Some(is), "though the other one was there before");
    execute(&t, "DELETE FROM domains WHERE pool_id = $1", is).await;
    change(&t, was, "{}").await;
    change(&t, is, "{}").await;
    t.app.refresh_snapshot().await.unwrap();

    // Without the first pool nobody is answered at the public URL.
    change(&t, t.pool("main").id, "[]").await;
    t.app.refresh_snapshot().await.unwrap();
    assert!(t.app.readiness().await.is_ready(), "it goes on");
    let later = start(&t).await;
    let readiness = later.readiness().await;
    assert!(!readiness.configuration && !readiness.is_ready() && readiness.database);
    // The others are answered all the same.
    let host = t.origin().trim_start_matches("http://").to_owned();
    let site = |path| later.snapshot().site(Some(&host), path);
    assert!(matches!(site(KEYS), Some(Site::Found(pool, _)) if pool.name == "p1"));
    assert!(site("/oidc/.well-known/jwks.json").is_none() && site("/nothing").is_none());
    change(&t, t.pool("main").id, "{}").await;

    let world = t.app.world.clone();
    let other = MasterKey::generate(&SystemRandom);
    let started = App::start(t.app.store.clone(), t.app.settings.clone(), other, world).await;
    let fault = started.err().expect("another master key").to_string();
    assert!(fault.contains("master"), "{fault}");
}

on_both_engines! {
    a_thousand_pools_cost_no_more_than_one
    what_expired_in_many_pools_goes_in_small_steps
    one_broken_pool_keeps_no_other_away
}
