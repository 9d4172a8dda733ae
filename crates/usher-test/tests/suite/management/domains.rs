//! Pools at domains of their own: given, changed and taken away while the server runs, on every node.

use super::support::Managed;
use http::StatusCode;
use usher_store::Engine;
use usher_test::{Application, TestServer};
use usher_types::{Clock as _, Span, limits};

const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";

async fn a_domain_is_given_changed_and_taken_away(engine: Engine) {
    let m = Managed::on(engine).await;
    let port = m.t.address.port();
    let issuer = |domain: &str| format!("http://{domain}:{port}/oidc");
    let below = format!("{}/staff/oidc", m.t.origin());
    assert_eq!(m.run(&["pool", "show", "staff"]).await["pool"]["issuer"], below);

    let moved = m.run(&["pool", "set", "staff", "--domain", "Staff.localhost"]).await;
    assert_eq!(moved["pool"]["domain"], "staff.localhost");
    assert_eq!(moved["pool"]["issuer"], issuer("staff.localhost"));
    assert_eq!(moved["pool"]["version"], 2);
    let note = moved["notes"][0].as_str().unwrap();
    assert!(note.contains(&below) && note.contains(&issuer("staff.localhost")), "{note}");
    let discovery = m.t.browser_at("staff").get(DISCOVERY).await.json();
    assert_eq!(discovery["issuer"], issuer("staff.localhost"));
    assert_eq!(m.t.browser().get(&format!("/staff{DISCOVERY}")).await.status, StatusCode::NOT_FOUND);

    // Something else of the pool changes: it stays where it is, and nothing is said.
    let same = m.run(&["pool", "set", "staff", "display_name=Staff"]).await;
    assert_eq!((&same["pool"]["domain"], same.get("notes")), (&"staff.localhost".into(), None));
    let same = m.run(&["pool", "set", "staff", "--domain", "staff.localhost"]).await;
    assert_eq!(same.get("notes"), None, "it lives there already");

    let mut old = m.t.browser_at("staff");
    m.run(&["pool", "set", "staff", "--domain", "people.localhost"]).await;
    assert_eq!(old.get(DISCOVERY).await.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(m.t.browser_at("staff").get(DISCOVERY).await.json()["issuer"], issuer("people.localhost"));

    let made = m.run(&["pool", "create", "club", "--domain", "staff.localhost"]).await;
    assert_eq!(made["pool"]["issuer"], issuer("staff.localhost"), "a domain that is free again");
    let list = m.run(&["pool", "list"]).await;
    let issuers: Vec<&str> =
        list["pools"].as_array().unwrap().iter().map(|p| p["issuer"].as_str().unwrap()).collect();
    assert_eq!(issuers, [&issuer("staff.localhost"), &m.t.issuer(), &issuer("people.localhost")]);

    let back = m.run(&["pool", "set", "staff", "--no-domain"]).await;
    assert_eq!((back["pool"].get("domain"), &back["pool"]["issuer"]), (None, &below.into()));
    assert_eq!(m.t.browser().get(&format!("/staff{DISCOVERY}")).await.status, StatusCode::OK);
}

async fn what_cannot_be_a_domain_is_one_sentence(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(&["pool", "create", "club", "--domain", "club.localhost"]).await;
    for (domain, words) in [
        ("127.0.0.1", &["--domain", "127.0.0.1", "IP address"][..]),
        ("[::1]", &["IP address"]),
        ("staff", &["single word"]),
        ("localhost", &["single word"]),
        ("https://staff.localhost", &["name alone"]),
        ("staff.localhost:8080", &["name alone"]),
        ("*.localhost", &["name alone"]),
        ("", &["name alone"]),
        ("staff.example", &["plain http", "staff.example"]),
        ("club.localhost", &["another pool", "club.localhost"]),
    ] {
        for line in [["pool", "set", "staff"], ["pool", "create", "other"]] {
            let words_of = m.refused(&[&line[..], &["--domain", domain]].concat()).await;
            assert!(words.iter().all(|w| words_of.contains(w)), "{line:?} {domain}: {words_of}");
        }
    }
    let first = m.refused(&["pool", "set", "main", "--domain", "main.localhost"]).await;
    assert!(first.contains("first pool") && first.contains("public_url"), "{first}");
    assert!(m.refused(&["pool", "set", "staff"]).await.contains("NAME=VALUE"));
    assert_eq!(m.run(&["pool", "show", "staff"]).await["pool"]["version"], 1, "nothing was changed");

    let t = TestServer::builder()
        .engine(engine)
        .edit("public_url = \"http://localhost", "public_url = \"https://id.example")
        .start()
        .await;
    let m = Managed::of(t);
    let shared = m.refused(&["pool", "set", "staff", "--domain", "id.example"]).await;
    assert!(shared.contains("public_url"), "{shared}");
    m.run(&["pool", "set", "staff", "--domain", "login.id.example"]).await;
}

async fn at_most_one_of_many_gets_a_domain(engine: Engine) {
    let m = Managed::on(engine).await;
    let names: Vec<String> = (0..8).map(|n| format!("pool-{n}")).collect();
    for name in &names {
        m.run(&["pool", "create", name]).await;
    }
    let lines: Vec<Vec<&str>> =
        names.iter().map(|name| vec!["pool", "set", name, "--domain", "one.localhost"]).collect();
    let mut tries = tokio::task::JoinSet::new();
    let m = std::sync::Arc::new(m);
    for line in lines {
        let (m, line) = (std::sync::Arc::clone(&m), line.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        tries.spawn(async move {
            let words: Vec<&str> = line.iter().map(String::as_str).collect();
            m.attempt(&words).await.is_ok()
        });
    }
    assert_eq!(tries.join_all().await.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(m.t.app.snapshot().pools().filter(|p| p.origin().contains("one.localhost")).count(), 1);
}

/// Whether anything of these tokens is still good for anything.
async fn is_dead(app: &Application, tokens: &usher_test::Tokens) {
    assert_eq!(app.userinfo(&tokens.access).await.status, 401);
    app.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    for token in [&tokens.access, tokens.refresh.as_deref().unwrap()] {
        assert_eq!(app.introspect(token).await, serde_json::json!({ "active": false }));
    }
}

async fn a_pool_that_moved_takes_no_token_along(engine: Engine) {
    let opaque = "client_name = \"Staff Web\"\naccess_token_format = \"opaque\"\n";
    for format in ["client_name = \"Staff Web\"\n", opaque] {
        let builder = TestServer::builder().engine(engine).edit("client_name = \"Staff Web\"\n", format);
        let m = Managed::of(builder.start().await);
        let below = m.t.application_of("staff", "web");
        let old = below.sign_in(&mut m.t.browser(), "alice", "openid offline_access").await;
        m.run(&["pool", "set", "staff", "--domain", "staff.localhost"]).await;
        let staff = m.t.application_of("staff", "web");
        is_dead(&staff, &old).await;
        m.t.advance(Span::minutes(1));
        let new = staff.sign_in(&mut m.t.browser_at("staff"), "alice", "openid offline_access").await;
        assert_eq!(staff.userinfo(&new.access).await.status, 200);

        // What a node gave that had not yet seen the move ends with the next sweep; what was given at the new address stays.
        m.t.advance(Span::minutes(1));
        m.t.app.sweep(m.t.clock.now()).await.unwrap();
        assert_eq!(staff.userinfo(&new.access).await.status, 200);
        let next = staff.refresh(new.refresh.as_deref().unwrap()).await.tokens();

        // Back at its first address, neither the oldest nor the old tokens are good again.
        m.t.advance(Span::seconds(30));
        m.run(&["pool", "set", "staff", "--no-domain"]).await;
        is_dead(&below, &old).await;
        is_dead(&below, &next).await;
    }
}

async fn what_a_node_gave_that_had_not_seen_the_move_ends_too(engine: Engine) {
    let m = Managed::on(engine).await;
    let node = m.t.another_node().await;
    let late = node.application_of("staff", "web");
    m.run(&["pool", "set", "staff", "--domain", "staff.localhost"]).await;
    let tokens = late.sign_in(&mut node.browser(), "alice", "openid offline_access").await;
    node.app.refresh_snapshot().await.unwrap();
    m.t.advance(Span::minutes(2));
    node.app.sweep(node.clock.now()).await.unwrap();
    is_dead(&m.t.application_of("staff", "web"), &tokens).await;
    let left = "SELECT COUNT(*) FROM pools WHERE moved_at IS NOT NULL";
    assert_eq!(m.t.app.store.list(left, Vec::new()).await.unwrap()[0].get::<i64>(0).unwrap(), 0);
}

/// Attack class 50: a domain and a name that were deleted and are made again belong to somebody else.
async fn a_pool_made_again_at_the_same_domain_knows_nobody(engine: Engine) {
    let m = Managed::on(engine).await;
    let secret = m.file("secret", b"web-secret-0123456789-0123456789-0123456789");
    m.run(&["pool", "set", "staff", "--domain", "staff.localhost"]).await;
    let staff = m.t.application_of("staff", "web");
    let mut browser = m.t.browser_at("staff");
    let old = staff.sign_in(&mut browser, "alice", "openid offline_access").await;
    let code = staff.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    m.run(&["pool", "delete", "staff", "--yes"]).await;
    assert_eq!(browser.get(DISCOVERY).await.status, StatusCode::MISDIRECTED_REQUEST);

    m.run(&["pool", "create", "staff", "--domain", "staff.localhost"]).await;
    let secret = format!("client_secret={secret}");
    let app = ["app", "create", "web", "--pool", "staff", "redirect_uris=https://web.test/cb", &secret];
    m.run(&app).await;
    let again = m.t.application_of("staff", "web");
    assert_eq!(again.issuer(), staff.issuer());
    is_dead(&again, &old).await;
    again.exchange(&code).await.refused("invalid_grant");
    let hint = [("prompt", "none"), ("id_token_hint", old.id.as_deref().unwrap())];
    let told = browser.get(&again.request(&hint)).await.location();
    assert!(told.contains("error=invalid_request") || told.contains("error=login_required"), "{told}");
    let told = browser.get(&again.request(&[("prompt", "none")])).await.location();
    assert!(told.contains("error=login_required"), "the old cookie is nobody's: {told}");
}

/// A declared domain is applied once and at each start; where none is declared any more, what was set stays.
async fn a_declared_domain_is_applied_and_changes_nothing_twice(engine: Engine) {
    let declared = "name = \"staff\"\ndomain = \"staff.localhost\"\n";
    let mut t = TestServer::builder().engine(engine).edit("name = \"staff\"\n", declared).start().await;
    let old = t.application_of("staff", "web");
    let tokens = old.sign_in(&mut t.browser_at("staff"), "alice", "openid offline_access").await;
    t.restart().await;
    let staff = t.pool("staff");
    assert_eq!(staff.origin(), format!("http://staff.localhost:{}", t.app.settings.public_url.port()));
    let staff = t.application_of("staff", "web");
    let next = staff.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
    assert_eq!(staff.userinfo(&next.access).await.status, 200, "a start with the same domain ends nothing");

    t.reseed("domain = \"staff.localhost\"\n", "domain = \"people.localhost\"\n").await;
    is_dead(&t.application_of("staff", "web"), &next).await;
    t.reseed("domain = \"people.localhost\"\n", "").await;
    assert!(t.pool("staff").origin().contains("people.localhost"));
}

/// One look of another node sees a change of a pool, of an application, and of where a pool lives.
async fn a_change_reaches_another_node_at_its_next_look(engine: Engine) {
    let m = Managed::on(engine).await;
    let node = m.t.another_node().await;
    assert!(limits::REVISION_POLL.as_millis() <= 500, "the next look is half a second away at most");
    m.run(&["pool", "set", "staff", "display_name=The Staff"]).await;
    m.run(&["app", "set", "web", "--pool", "staff", "client_name=Newer"]).await;
    m.run(&["pool", "set", "staff", "--domain", "staff.localhost"]).await;
    let before = node.app.store.counts().statements;
    let main = node.pool("main");
    node.app.refresh_snapshot().await.unwrap();
    assert_eq!(node.app.store.counts().statements - before, 5, "one pool is read again");
    assert!(std::sync::Arc::ptr_eq(&main, &node.pool("main")), "the other one is not");
    let staff = node.pool("staff");
    assert_eq!(staff.settings.display_name.as_deref(), Some("The Staff"));
    assert_eq!(staff.clients["web"].settings.client_name, "Newer");
    assert_eq!(node.browser_at("staff").get(DISCOVERY).await.json()["issuer"], staff.issuer);
    let before = node.app.store.counts().statements;
    node.app.refresh_snapshot().await.unwrap();
    assert_eq!(node.app.store.counts().statements - before, 1, "nothing changed since");

    m.run(&["pool", "delete", "staff", "--yes"]).await;
    let mut gone = node.browser_at("staff");
    node.app.refresh_snapshot().await.unwrap();
    assert_eq!(gone.get(DISCOVERY).await.status, StatusCode::MISDIRECTED_REQUEST);
}

on_both_engines! {
    a_domain_is_given_changed_and_taken_away
    what_cannot_be_a_domain_is_one_sentence
    at_most_one_of_many_gets_a_domain
    a_pool_that_moved_takes_no_token_along
    a_pool_made_again_at_the_same_domain_knows_nobody
    a_declared_domain_is_applied_and_changes_nothing_twice
}

/// Every test of several nodes, which share a PostgreSQL.
mod on_postgres {
    #[tokio::test(flavor = "multi_thread")]
    async fn what_a_node_gave_that_had_not_seen_the_move_ends_too() {
        if usher_testdb::Postgres::or_skip("two nodes").is_some() {
            super::what_a_node_gave_that_had_not_seen_the_move_ends_too(usher_store::Engine::Postgres).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_change_reaches_another_node_at_its_next_look() {
        if usher_testdb::Postgres::or_skip("two nodes").is_some() {
            super::a_change_reaches_another_node_at_its_next_look(usher_store::Engine::Postgres).await;
        }
    }
}
