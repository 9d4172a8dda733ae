//! Upgrades of a whole server: what people and applications hold from the oldest schema goes on, and a server goes on beside a newer
//! one that has taken a step which allows it.

use usher::serve;
use usher_core::backup::BackupError;
use usher_store::backup::KEPT;
use usher_store::{Applied, Batch, Engine, MIGRATIONS, Migration, OpenError, Options, Store};
use usher_test::TestServer;

async fn a_server_goes_on_beside_a_newer_one(engine: Engine) {
    let mut t = TestServer::on(engine).await;
    let mut browser = t.browser();
    let tokens = t.application("web").sign_in(&mut browser, "alice", "openid offline_access").await;
    let place = serve::place(&t.loaded());
    if engine == Engine::Sqlite {
        t.app.store.clone().close().await;
    }
    let options = |oldest| Options { migrations: newer(oldest), ..Options::default() };
    Store::open_with(&place, options(highest())).await.unwrap().close().await;
    if engine == Engine::Postgres {
        // The server runs, and its statements are prepared.
        everything_works(&t).await;
    }
    t.restart().await;
    everything_works(&t).await;
    let web = t.application("web");
    web.refresh(&tokens.refresh.unwrap()).await.tokens();
    let again = browser_at(&t, &browser).open(&web.request(&[("prompt", "none")])).await.elsewhere();
    assert!(again.contains("code="), "{again}");
    // A table that it does not know would not be in its backup.
    let file = t.folder().join("backup");
    let key = std::sync::Arc::new(serve::existing_key(&t.loaded()).unwrap().unwrap());
    let error = usher_core::backup::write(&place, key, &t.app.world, &file).await.unwrap_err();
    assert!(matches!(error, BackupError::Open(OpenError::Newer { .. })), "{error}");
}

/// The same browser, where the server listens now.
fn browser_at(t: &TestServer, browser: &usher_test::Browser) -> usher_test::Browser {
    let mut moved = t.browser();
    moved.cookies = browser.cookies.clone();
    moved
}

/// Every hot path once, reads and batches.
async fn everything_works(t: &TestServer) {
    let web = t.application("web");
    let mut browser = t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid profile offline_access").await;
    assert!(web.is_active(&tokens.access).await);
    assert_eq!(web.userinfo(&tokens.access).await.status, 200);
    let next = web.refresh(&tokens.refresh.unwrap()).await.tokens();
    assert_eq!(web.revoke(&next.access).await.status, 200);
    assert!(!web.is_active(&next.access).await);
    let code = web.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    web.exchange(&code).await.tokens();
    web.exchange(&code).await.refused("invalid_grant");
    let page = t.browser().open(&web.request(&[("prompt", "login")])).await.page();
    assert!(page.has("#sign-in"));
    t.app.flush_refusals().await.unwrap();
    t.app.sweep(t.app.world.clock.now()).await.unwrap();
}

fn highest() -> i64 {
    MIGRATIONS.iter().map(|step| step.number).max().unwrap()
}

/// The schema of a newer program, whose last step adds a column to every table, and an index and a table of its own.
fn newer(oldest: i64) -> &'static [Migration] {
    let mut sql = vec![
        "CREATE TABLE newcomers (pool_id BLOB NOT NULL, id BLOB NOT NULL, PRIMARY KEY (pool_id, id));"
            .to_owned(),
    ];
    sql.extend(
        KEPT.iter()
            .map(|table| format!("ALTER TABLE {table} ADD COLUMN newcomer INTEGER NOT NULL DEFAULT 7;")),
    );
    sql.push("CREATE INDEX users_by_newcomer ON users (pool_id, newcomer);".to_owned());
    let mut steps = MIGRATIONS.to_vec();
    steps.push(Migration { number: highest() + 1, sql: sql.join("\n").leak(), oldest });
    steps.leak()
}

async fn a_server_does_not_start_beside_one_that_allows_it_not(engine: Engine) {
    let t = TestServer::on(engine).await;
    let place = serve::place(&t.loaded());
    t.app.store.clone().close().await;
    let migrations = newer(highest() + 1);
    Store::open_with(&place, Options { migrations, ..Options::default() }).await.unwrap().close().await;
    let error = Store::open(&place).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { .. }), "{error}");
    assert!(error.to_string().contains("Start the newer program"), "{error}");
}

/// What the first program wrote, its master key, and what it gave to people and applications.
const OLDEST: &str = include_str!("../../../usher-store/tests/fixtures/0001.sql");
const MASTER_KEY: [u8; 32] = *b"the master key of these fixtures";
const REFRESH_TOKEN: &str = "AaIub6fqejqvbaQ__BoeJwAAAAAX-XGzrM9UAZ2Y3Zp8ZoRHuxHDDckqn3oGvwWtX1FZTA";
const COOKIE: &str = "AaIub6fqcwy2geJSrLZu6g.cfgDwJOeTLGtT2bYkO0tYmLoOwJBAPlRv9NhDGBwvc8";

async fn what_the_oldest_schema_gave_goes_on(engine: Engine) {
    let t = TestServer::start().await;
    let to = t.elsewhere(engine).await;
    let (place, now) = (serve::place(&to.loaded()), t.app.world.clock.now());
    std::fs::write(to.loaded().folder().join("master.key"), MASTER_KEY).unwrap();
    let old = Options { migrations: &MIGRATIONS[..1], ..Options::default() };
    let store = Store::open_with(&place, old).await.unwrap();
    let mut batch = Batch::new();
    let text = OLDEST.replace("{now}", &now.millis().to_string());
    let text = if engine == Engine::Postgres { text.replace("X'", "'\\x") } else { text };
    for statement in text.split(";\n").filter(|s| s.contains("INSERT")) {
        batch.then(statement.to_owned().leak(), vec![]);
    }
    assert_eq!(store.apply(batch).await.unwrap(), Applied::Done);
    store.close().await;

    let r = to.start().await;
    let web = t.application("web").at(&r);
    let next = web.refresh(REFRESH_TOKEN).await.tokens();
    assert!(web.is_active(&next.access).await);
    web.clone().with_secret("another secret").refresh(REFRESH_TOKEN).await.refused("invalid_client");
    let mut browser = r.browser();
    let name = format!("usher-main-{}", url::Url::parse(&r.origin()).unwrap().port().unwrap());
    browser.cookies.insert(name, COOKIE.to_owned());
    let arrival = browser.open(&web.request(&[("prompt", "none")])).await.elsewhere();
    assert!(arrival.contains("code="), "{arrival}");
    assert!(web.sign_in(&mut r.browser(), "alice", "openid").await.id.is_some());
}

on_both_engines! {
    a_server_goes_on_beside_a_newer_one
    a_server_does_not_start_beside_one_that_allows_it_not
    what_the_oldest_schema_gave_goes_on
}
