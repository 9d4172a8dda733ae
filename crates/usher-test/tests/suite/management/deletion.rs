//! What is deleted is out of reach at once, leaves no row behind, and leaves nothing to what is made under its name.

use super::support::Managed;
use usher_core::mail::{self, Post, Reason};
use usher_store::{Batch, Engine, params};
use usher_test::TestServer;
use usher_types::mail::Letter;
use usher_types::{Clock as _, Locale, PoolId, Span};

/// Every table that has a pool's rows.
async fn tables(m: &Managed) -> Vec<String> {
    let sql = match m.t.app.store.engine() {
        Engine::Sqlite => {
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.name = 'pool_id' ORDER BY m.name"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.columns
             WHERE column_name = 'pool_id' AND table_schema = 'public' ORDER BY 1"
        }
    };
    let rows = m.t.app.store.list(sql, Vec::new()).await.unwrap();
    rows.iter().map(|row| row.get(0).unwrap()).collect()
}

async fn rows_of(m: &Managed, table: &str, pool: PoolId) -> i64 {
    let sql: &'static str = format!("SELECT COUNT(*) FROM {table} WHERE pool_id = $1").leak();
    m.t.app.store.list(sql, params![pool]).await.unwrap()[0].get(0).unwrap()
}

async fn no_row_of_a_deleted_pool_is_left(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(&["access-key", "create", "--pool", "staff", "--app", "web", "label=x"]).await;
    let web = m.t.application_of("staff", "web");
    let mut browser = m.t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let (staff, main) = {
        let snapshot = m.t.app.snapshot();
        (snapshot.pool(Some("staff")).unwrap().id, snapshot.pool(None).unwrap().id)
    };
    let tables = tables(&m).await;
    let mut filled = 0;
    for table in &tables {
        filled += i64::from(rows_of(&m, table, staff).await > 0);
    }
    assert!(tables.len() >= 16 && filled >= 10, "{filled} of {tables:?}");

    m.run(&["pool", "delete", "staff", "--yes"]).await;
    let refreshed = web.refresh(&tokens.refresh.unwrap()).await;
    assert_eq!(refreshed.status, 404);
    for table in &tables {
        assert_eq!(rows_of(&m, table, staff).await, 0, "{table}");
    }
    assert!(rows_of(&m, "clients", main).await > 0 && rows_of(&m, "users", main).await > 0);

    // What a node wrote in the last moment, and the pool's own row, are swept.
    let left = "SELECT COUNT(*) FROM pools";
    let pools = async || m.t.app.store.list(left, Vec::new()).await.unwrap()[0].get::<i64>(0).unwrap();
    assert_eq!(pools().await, 2);
    m.t.advance(Span::minutes(2));
    m.t.app.sweep(m.t.clock.now()).await.unwrap();
    assert_eq!(pools().await, 1);
}

async fn an_application_of_the_same_name_inherits_nothing(engine: Engine) {
    let m = Managed::on(engine).await;
    let page =
        ["app", "create", "page", "application_type=single_page", "redirect_uris=https://page.test/cb"];
    m.run(&page).await;
    let app = m.t.application("page");
    let mut browser = m.t.browser();
    let tokens = app.sign_in(&mut browser, "alice", "openid offline_access").await;
    let code = app.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    m.run(&["app", "delete", "page", "--yes"]).await;
    assert!(!m.t.app.snapshot().pool(None).unwrap().clients.contains_key("page"));
    assert_eq!(app.userinfo(&tokens.access).await.status, 401);

    m.run(&page).await;
    assert_eq!(app.userinfo(&tokens.access).await.status, 401);
    app.refresh(&tokens.refresh.unwrap()).await.refused("invalid_grant");
    app.exchange(&code).await.refused("invalid_grant");
    let arrival = browser.open(&app.request(&[("prompt", "none")])).await.elsewhere();
    assert!(arrival.contains("consent_required") || arrival.contains("interaction_required"), "{arrival}");
    let mut events = m.events().await;
    events.retain(|e| e.starts_with("application"));
    events.sort();
    assert_eq!(
        events,
        ["application_changed", "application_created", "application_created", "application_deleted"]
    );
}

const LINKS: &str =
    "SELECT COUNT(*) FROM tickets WHERE kind IN ('password_link', 'verify_link') AND user_id IS NOT NULL";
const MAILS: &str = "SELECT COUNT(*) FROM outbox WHERE letter <> 'nothing'";

async fn nothing_is_sent_to_a_person_who_was_deleted(engine: Engine) {
    let t = TestServer::builder()
        .engine(engine)
        .with_mail()
        .edit("name = \"main\"\n", "name = \"main\"\nsettings = { sign_up = true }\n")
        .edit("email = \"bob@example.com\"", "email = \"bob@example.com\", email_verified = true")
        .start()
        .await;
    let m = Managed::of(t);
    let web = m.t.application("web");
    let forgot = async |name: &str| {
        let mut browser = m.t.browser();
        let page = browser.open(&web.request(&[])).await.page();
        let page = browser.open(&page.attribute("#forgot-password", "href").unwrap()).await.page();
        browser.submit(&page, &[("identifier", name)]).await.page();
    };
    let count = async |sql: &'static str| -> i64 {
        m.t.app.store.list(sql, Vec::new()).await.unwrap()[0].get(0).unwrap()
    };
    forgot("alice").await;
    forgot("bob").await;
    m.run(&["user", "set", "alice", "email=alice@other.example"]).await;
    m.run(&["user", "verify-email", "alice"]).await;
    m.run(&["user", "link", "alice"]).await;
    let mut browser = m.t.browser();
    let page = browser.open(&web.request(&[])).await.page();
    let page = browser.open(&page.attribute("a#sign-up", "href").unwrap()).await.page();
    let password = "nine grey herons by the weir";
    let fields = [
        ("name", "\\\"user\\\":\\\"x"),
        ("email", "alice@other.example"),
        ("new_password", password),
        ("new_password_again", password),
    ];
    browser.submit(&page, &fields).await.page();
    assert_eq!((count(MAILS).await, count(LINKS).await), (4, 4), "and bob's is one of each");

    let alice = m.run(&["user", "show", "alice"]).await["user"]["id"].as_str().unwrap().to_owned();
    m.run(&["user", "delete", "alice", "--yes"]).await;
    assert_eq!((count(MAILS).await, count(LINKS).await), (1, 1));

    // What another node queues in the very moment of the deletion is not sent either.
    let pool = m.t.app.snapshot().pool(None).unwrap().id;
    let post = Post {
        letter: Letter::PasswordChanged,
        recipient: "alice@other.example".to_owned(),
        locale: Locale::default(),
        ticket: None,
        expires_at: None,
        reason: Reason { user: Some(alice.parse().unwrap()), ..Reason::default() },
    };
    let mut batch = Batch::new();
    mail::queue(&mut batch, pool, post, (m.t.clock.now(), &*m.t.app.world.random));
    assert_eq!(m.t.app.store.apply(batch).await.unwrap(), usher_store::Applied::Done);
    let sent: Vec<String> = m.t.mails().await.into_iter().map(|mail| mail.to).collect();
    assert_eq!(sent, ["bob@example.com"]);
    assert_eq!(count("SELECT COUNT(*) FROM outbox").await, 0);
}

on_both_engines! { nothing_is_sent_to_a_person_who_was_deleted }

on_both_engines! { no_row_of_a_deleted_pool_is_left an_application_of_the_same_name_inherits_nothing }
