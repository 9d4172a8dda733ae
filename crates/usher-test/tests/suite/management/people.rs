//! People: made with and without a password, changed, found, listed, given another password, deleted.

use super::support::{Managed, names};
use usher_store::Engine;
use usher_test::{Answer, PASSWORD, TestServer};

async fn somebody_is_made_signs_in_and_is_out_after_another_password(engine: Engine) {
    let m = Managed::on(engine).await;
    let first = m.file("password", format!("{PASSWORD}\n").as_bytes());
    let made = m
        .run(&[
            "user",
            "create",
            "carol",
            "name=Carol Clay",
            "email=carol@example.com",
            "email_verified=true",
            "address.locality=Rome",
            "custom.department=Sales",
            "--password",
            &first,
        ])
        .await;
    assert_eq!(made["user"]["login_names"][1], "carol@example.com");
    let web = m.t.application("web");
    let mut browser = m.t.browser();
    let tokens = web.sign_in(&mut browser, "Carol@Example.com", "openid email address offline_access").await;
    let claims = web.userinfo(&tokens.access).await.json();
    assert_eq!(claims["sub"], made["user"]["id"]);
    assert_eq!((&claims["email_verified"], &claims["address"]["locality"]), (&true.into(), &"Rome".into()));

    let second = m.file("password", b"another passphrase that is long");
    m.run(&["user", "set-password", "carol", "--password", &second]).await;
    assert!(!web.is_active(&tokens.access).await);
    web.refresh(&tokens.refresh.unwrap()).await.refused("invalid_grant");
    let page = browser.open(&web.request(&[])).await.page();
    assert!(page.has("#sign-in"), "the session has ended");
    let old = [("identifier", "carol"), ("password", PASSWORD)];
    assert!(browser.submit(&page, &old).await.page().has("#sign-in"));
    let new = [("identifier", "carol"), ("password", "another passphrase that is long")];
    assert!(browser.submit(&page, &new).await.elsewhere().contains("code="));
}

async fn a_change_is_seen_and_an_address_that_changes_is_not_verified_any_more(engine: Engine) {
    let m = Managed::on(engine).await;
    let shown = m.run(&["user", "set", "alice", "email=arden@example.com", "nickname=Ali"]).await;
    assert_eq!(shown["user"]["email_verified"], false);
    assert_eq!(shown["user"]["nickname"], "Ali");
    assert_eq!(shown["user"]["custom"]["customer_number"], 4711, "what is not named stays");
    assert_eq!(shown["user"]["preferred_username"], serde_json::Value::Null);
    let own = m.t.application("first-party");
    own.authorize(&mut m.t.browser(), "arden@example.com", &[]).await.code();
    assert!(m.refused(&["user", "show", "alice@example.com"]).await.contains("nobody"));
    let shown = m.run(&["user", "set", "alice", "email=a@example.com", "email_verified=true"]).await;
    assert_eq!(shown["user"]["email_verified"], true);
    let shown = m.run(&["user", "set", "alice", "nickname=", "custom.customer_number="]).await;
    assert!(shown["user"].get("nickname").is_none() && shown["user"].get("custom").is_none());
}

async fn a_login_name_is_one_persons(engine: Engine) {
    let m = Managed::on(engine).await;
    assert!(m.refused(&["user", "create", "ALICE"]).await.contains("the login name \"ALICE\" is somebody's"));
    assert!(
        m.refused(&["user", "create", "carol", "email=alice@example.com"])
            .await
            .contains("\"alice@example.com\"")
    );
    assert!(m.refused(&["user", "show", "carol"]).await.contains("carol"), "nothing of her was written");
    assert!(m.refused(&["user", "create", "carol", "birthdate=x"]).await.starts_with("birthdate is no date"));
    assert!(m.refused(&["user", "set", "bob", "username=alice"]).await.contains("the login name \"alice\""));
    m.run(&["user", "show", "bob@example.com"]).await;
    assert!(m.refused(&["user", "set", "bob", "username=", "email="]).await.contains("username"));
}

async fn disabling_and_deleting_ends_everything(engine: Engine) {
    let m = Managed::on(engine).await;
    let web = m.t.application("web");
    let tokens = web.sign_in(&mut m.t.browser(), "alice", "openid offline_access").await;
    m.run(&["user", "set", "alice", "enabled=false"]).await;
    assert!(!web.is_active(&tokens.access).await);
    m.run(&["user", "set", "alice", "enabled=true"]).await;
    assert!(!web.is_active(&tokens.access).await, "what has ended stays ended");

    let mut browser = m.t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let old = m.run(&["user", "show", "alice"]).await["user"]["id"].clone();
    m.run(&["user", "delete", "alice", "--yes"]).await;
    assert!(!web.is_active(&tokens.access).await);
    web.refresh(&tokens.refresh.unwrap()).await.refused("invalid_grant");
    assert_eq!(web.userinfo(&tokens.access).await.status, 401);
    assert!(browser.open(&web.request(&[])).await.page().has("#sign-in"));
    assert!(m.refused(&["user", "show", old.as_str().unwrap()]).await.contains("nobody"));

    let password = m.file("password", PASSWORD.as_bytes());
    let made = m.run(&["user", "create", "alice", "--password", &password]).await;
    assert_ne!(made["user"]["id"], old, "another person of the same name");
    let page = m.t.browser().walk(&web.request(&[("prompt", "none")]), "alice").await;
    assert!(page.contains("login_required"), "{page}");
    assert!(!web.is_active(&tokens.access).await);
}

/// An application on devices.
const TV: &[&str] = &[
    "app",
    "create",
    "tv",
    "application_type=native",
    "grant_types=urn:ietf:params:oauth:grant-type:device_code,refresh_token",
];

/// Alice allows a device to go on without her; the code that it polls with.
async fn allowed_device(m: &Managed, password: &str) -> String {
    let asked = m.t.application("tv").post("/oidc/device/auth", &[("scope", "openid offline_access")]).await;
    let asked = asked.json();
    let mut browser = m.t.browser();
    let page = browser.open("/device").await.page();
    let code = asked["user_code"].as_str().unwrap();
    let page = browser.submit(&page, &[("user_code", code)]).await.page();
    let page = browser.submit(&page, &[("identifier", "alice"), ("password", password)]).await.page();
    let last = browser.submit(&page, &[("decision", "allow")]).await.page();
    assert!(last.has("#device-done"), "{}", last.words());
    asked["device_code"].as_str().unwrap().to_owned()
}

/// What a device gets for its code.
async fn poll(m: &Managed, device_code: &str) -> Answer {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    m.t.application("tv").post("/oidc/token", &[("grant_type", grant), ("device_code", device_code)]).await
}

async fn what_was_allowed_and_not_fetched_ends_with_password_and_account(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(TV).await;
    poll(&m, &allowed_device(&m, PASSWORD).await).await.tokens();

    let web = m.t.application("web");
    let code = web.authorize(&mut m.t.browser(), "alice", &[]).await.code().to_owned();
    let device = allowed_device(&m, PASSWORD).await;
    let second = m.file("password", b"another passphrase that is long");
    m.run(&["user", "set-password", "alice", "--password", &second]).await;
    poll(&m, &device).await.refused("expired_token");
    web.exchange(&code).await.refused("invalid_grant");

    let device = allowed_device(&m, "another passphrase that is long").await;
    m.run(&["user", "set", "alice", "nickname=Ali"]).await;
    poll(&m, &device).await.tokens();
    let device = allowed_device(&m, "another passphrase that is long").await;
    m.run(&["user", "set", "alice", "enabled=false"]).await;
    m.run(&["user", "set", "alice", "enabled=true"]).await;
    poll(&m, &device).await.refused("expired_token");

    let device = allowed_device(&m, "another passphrase that is long").await;
    m.run(&["user", "delete", "alice", "--yes"]).await;
    poll(&m, &device).await.refused("expired_token");
}

async fn people_are_listed_by_pages_and_found_by_the_beginning_of_a_name(engine: Engine) {
    let m = Managed::of(TestServer::on(engine).await);
    for n in 0..5 {
        let name = format!("worker-{n}");
        m.run(&["user", "create", &name, &format!("email={name}@work.example")]).await;
    }
    let mut seen: Vec<String> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut line = vec!["user", "list", "--limit", "3"];
        if let Some(after) = &after {
            line.extend(["--after", after]);
        }
        let page = m.run(&line).await;
        assert!(page["users"].as_array().unwrap().len() <= 3);
        seen.extend(names(&page["users"], "id"));
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    let before = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), before), (7, 7), "everybody once");

    let found = m.run(&["user", "list", "--find", "Worker-1"]).await;
    assert_eq!(names(&found["users"], "username"), ["worker-1"], "two names of one person are one person");
    assert_eq!(m.run(&["user", "list", "--find", "worker-"]).await["users"].as_array().unwrap().len(), 5);
    assert_eq!(m.run(&["user", "list", "--find", "nobody"]).await["users"].as_array().unwrap().len(), 0);
    let wild = m.run(&["user", "list", "--find", "%"]).await;
    assert_eq!(wild["users"].as_array().unwrap().len(), 0, "a sign is a sign");
}

#[tokio::test]
async fn a_password_that_is_too_short_is_refused_and_a_drawn_one_never_is() {
    let m = Managed::on(Engine::Sqlite).await;
    m.run(&["pool", "set", "main", "password_min_characters=64"]).await;
    let short = m.file("password", PASSWORD.as_bytes());
    assert!(m.refused(&["user", "create", "carol", "--password", &short]).await.contains("64"));
    let made = m.run(&["user", "create", "carol", "--generate", "must_change_password=true"]).await;
    assert_eq!(made["user"]["password"].as_str().unwrap().len(), 43);
    assert_eq!(made["user"]["must_change_password"], true);
    assert!(m.refused(&["user", "create", "dave", "--password", "hunter2 and more"]).await.contains("@FILE"));
}

async fn wrong_passwords_are_shown_and_forgotten_by_command(engine: Engine) {
    let m = Managed::on(engine).await;
    let own = m.t.application("first-party");
    own.authorize(&mut m.t.browser(), "alice", &[]).await.code();
    let mut browser = m.t.browser();
    let page = browser.open(&own.request(&[])).await.page();
    let wrong = [("identifier", "alice"), ("password", "a wrong password")];
    let right = [("identifier", "alice"), ("password", PASSWORD)];
    for _ in 0..10 {
        browser.submit(&page, &wrong).await.page();
    }
    assert_eq!(browser.submit(&page, &right).await.page().answer.status, 429);
    let shown = m.run(&["user", "show", "alice"]).await;
    assert_eq!(shown["user"]["wrong_passwords"], 10);
    assert_eq!((&shown["user"]["locked"], &shown["user"]["known_devices"]), (&false.into(), &1.into()));
    let shown = m.run(&["user", "unlock", "alice@example.com"]).await;
    assert_eq!((&shown["user"]["wrong_passwords"], &shown["user"]["locked"]), (&0.into(), &false.into()));
    assert!(browser.submit(&page, &right).await.elsewhere().contains("code="));
    assert!(m.events().await.contains(&"user_unlocked".to_owned()));
    assert!(m.refused(&["user", "unlock", "nobody"]).await.contains("nobody"));
    // Another password ends the count and the devices; a list shows neither.
    let mut other = m.t.browser();
    let page = other.open(&own.request(&[])).await.page();
    other.submit(&page, &wrong).await.page();
    let second = m.file("password", b"another passphrase that is long");
    m.run(&["user", "set-password", "alice", "--password", &second]).await;
    let shown = m.run(&["user", "show", "alice"]).await;
    assert_eq!((&shown["user"]["wrong_passwords"], &shown["user"]["known_devices"]), (&0.into(), &0.into()));
    assert!(m.run(&["user", "list"]).await["users"][0].get("locked").is_none());
}

async fn a_password_that_is_tried_first_is_refused_with_its_reason(engine: Engine) {
    let m = Managed::on(engine).await;
    for (password, words) in [
        ("PasswordPassword1", "tried first"),
        ("alice@example.com", "this person"),
        ("qwertyuiopasdfgh", "row of keys"),
        ("fourteen chars", "15 characters"),
    ] {
        let file = m.file("password", password.as_bytes());
        let told = m.refused(&["user", "set-password", "alice", "--password", &file]).await;
        assert!(told.contains(words) && !told.contains(password), "{told}");
    }
}

on_both_engines! {
    somebody_is_made_signs_in_and_is_out_after_another_password
    wrong_passwords_are_shown_and_forgotten_by_command
    a_password_that_is_tried_first_is_refused_with_its_reason
    a_change_is_seen_and_an_address_that_changes_is_not_verified_any_more
    a_login_name_is_one_persons
    disabling_and_deleting_ends_everything
    what_was_allowed_and_not_fetched_ends_with_password_and_account
    people_are_listed_by_pages_and_found_by_the_beginning_of_a_name
}
