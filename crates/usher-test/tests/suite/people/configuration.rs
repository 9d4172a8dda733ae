//! Starting: the folder, its key and its lock, and a seed that is applied again.

use super::support::{number, sub_of, with_people};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use usher::{config, serve};
use usher_core::profile::Profile;
use usher_core::registration::update_user;
use usher_core::world::World;
use usher_core::{App, seed};
use usher_crypto::SystemRandom;
use usher_store::tables::UserRow;
use usher_store::{Applied, Batch};
use usher_test::{PASSWORD, TestClock, TestServer};
use usher_types::Clock as _;

const SMALL: &str = "[server]\npublic_url = \"http://localhost:8080\"\n\n[storage]\nfolder = \"data\"\n\n[[pools]]\nname = \"main\"\n";

fn world() -> World {
    World {
        clock: Arc::new(TestClock::new()),
        random: Arc::new(SystemRandom),
        known_passwords: None,
        mailer: None,
    }
}

async fn start(folder: &Path, text: &str) -> Result<Arc<App>, String> {
    let path = folder.join("usher.toml");
    std::fs::write(&path, text).unwrap();
    let loaded = config::load(&path).map_err(|e| e.to_string())?;
    serve::prepare(&loaded, world()).await.map_err(|e| e.to_string())
}

/// The same after a start that failed, whose hold on the folder ends a moment after its error is told.
async fn start_when_free(folder: &Path, text: &str) -> Arc<App> {
    loop {
        match start(folder, text).await {
            Ok(app) => return app,
            Err(error) => assert!(error.contains("in use"), "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn what_a_start_makes_only_its_owner_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), SMALL).await.unwrap();
    let data = folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
    assert_eq!(mode(&data.join("master.key")), 0o600);
    app.store.clone().close().await;
}

#[tokio::test]
async fn a_master_key_that_others_can_read_is_refused_and_the_words_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path(), SMALL).await.unwrap().store.clone().close().await;
    let key = folder.path().join("data/master.key");
    for readable in [0o644, 0o640, 0o604, 0o660] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(readable)).unwrap();
        let Err(error) = start(folder.path(), SMALL).await else { panic!("{readable:o} was accepted") };
        assert!(error.contains("master.key") && error.contains("chmod 600"), "{error}");
    }
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    start(folder.path(), SMALL).await.unwrap().store.clone().close().await;
}

#[tokio::test]
async fn a_database_whose_master_key_is_gone_or_broken_is_not_opened_with_another() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path(), SMALL).await.unwrap().store.clone().close().await;
    let key = folder.path().join("data/master.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::write(&key, &right[1..]).unwrap();
    let Err(error) = start(folder.path(), SMALL).await else { panic!("half a key was accepted") };
    assert!(error.contains("master.key"), "{error}");
    std::fs::remove_file(&key).unwrap();
    let Err(error) = start(folder.path(), SMALL).await else { panic!("a new key was taken for the old one") };
    assert!(error.contains("master.key is missing"), "{error}");
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path(), SMALL).await.unwrap();
    let Err(error) = start(folder.path(), SMALL).await else { panic!("two servers on one folder") };
    assert!(error.contains("data"), "{error}");
    first.store.clone().close().await;
    drop(first);
    start(folder.path(), SMALL).await.unwrap().store.clone().close().await;
}

#[tokio::test]
async fn a_seed_that_is_applied_again_writes_nothing() {
    let hs256 = "id_token_signed_response_alg = \"HS256\"";
    let t = TestServer::builder().application("post", hs256).start().await;
    let loaded = config::parse(t.seed(), &t.folder().join("usher.toml")).unwrap();
    for _ in 0..2 {
        let before = t.app.store.counts().batches;
        let app = &t.app;
        seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base()).await.unwrap();
        assert_eq!(t.app.store.counts().batches, before);
    }
}

#[tokio::test]
async fn a_restart_keeps_what_people_did_and_takes_what_the_operator_changed() {
    let mut t = TestServer::start().await;
    let own = t.application("first-party");
    let sub = sub_of(&t, "alice").await;
    let password = format!("username = \"alice\"\npassword = \"{PASSWORD}\"");
    let other = "username = \"alice\"\npassword = \"a password that comes too late\"";
    t.reseed(&password, other).await;
    assert_eq!(sub_of(&t, "alice").await, sub, "the password is the person's once they have it");
    t.reseed("client_name = \"Our Own\"", "client_name = \"Renamed\"").await;
    let page = t.browser().open(&own.request(&[])).await.page();
    assert!(page.words().contains("Renamed"));
    t.reseed("alice@example.com", "arden@example.com").await;
    own.authorize(&mut t.browser(), "arden@example.com", &[]).await.code();
    let mut browser = t.browser();
    let page = browser.open(&own.request(&[])).await.page();
    let old = [("identifier", "alice@example.com"), ("password", PASSWORD)];
    assert!(browser.submit(&page, &old).await.page().has("#sign-in"), "the old address is nobody's");
}

#[tokio::test]
async fn a_start_sets_back_nothing_that_was_not_declared_anew() {
    let mut t = TestServer::start().await;
    let pool = t.pool("main").id;
    let sub = sub_of(&t, "alice").await;
    let row = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
    let id = row.id;
    // The person changes their name and address, and somebody disables them.
    let text = row.profile.replace("alice@example.com", "other@example.com").replace("Alice", "Alicia");
    let changed = UserRow { profile: text, enabled: false, ..row };
    let (profile, mut batch) = (Profile::parse(&changed.profile), Batch::new());
    update_user(&mut batch, ("unchanged", "free"), pool, (changed.clone(), &profile), t.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    t.restart().await;
    let after = t.app.store.user_by_id(pool, id).await.unwrap().unwrap();
    assert_eq!((&after.profile, after.enabled), (&changed.profile, false));
    // What is declared anew counts, whatever they are called meanwhile, and makes nobody else of them.
    t.reseed("alice@example.com", "arden@example.com").await;
    let after = t.app.store.user_by_id(pool, id).await.unwrap().unwrap();
    assert!(after.enabled && after.profile.contains("arden@example.com"), "{}", after.profile);
    assert!(after.profile.contains("Alice") && !after.profile.contains("Alicia"));
    assert_eq!(sub_of(&t, "arden@example.com").await, sub);
}

#[tokio::test]
async fn somebody_declared_by_their_address_stays_the_same_person_when_they_change_it() {
    let folder = tempfile::tempdir().unwrap();
    let declared = format!("{SMALL}\n[[pools.users]]\nclaims = {{ email = \"first@x.test\" }}\n");
    let app = start(folder.path(), &declared).await.unwrap();
    let pool = app.snapshot().pool(None).unwrap().id;
    let row = app.store.user_by_identifier(pool, "first@x.test").await.unwrap().unwrap();
    let id = row.id;
    let changed = UserRow { profile: row.profile.replace("first@x.test", "second@x.test"), ..row };
    let (profile, mut batch) = (Profile::parse(&changed.profile), Batch::new());
    update_user(&mut batch, ("unchanged", "free"), pool, (changed, &profile), app.world.clock.now());
    assert_eq!(app.store.apply(batch).await.unwrap(), Applied::Done);
    app.store.clone().close().await;
    let app = start_when_free(folder.path(), &declared).await;
    assert!(
        app.store.user_by_identifier(pool, "first@x.test").await.unwrap().is_none(),
        "nobody new is made"
    );
    assert_eq!(app.store.user_by_identifier(pool, "second@x.test").await.unwrap().unwrap().id, id);
    app.store.clone().close().await;
}

#[tokio::test]
async fn a_name_that_is_declared_for_somebody_new_makes_nobody_else_of_who_had_it() {
    let mut t = TestServer::start().await;
    let pool = t.pool("main").id;
    let row = t.app.store.user_by_identifier(pool, "alice").await.unwrap().unwrap();
    let id = row.id;
    let text = row.profile.replace("\"username\":\"alice\"", "\"username\":\"alicia\"");
    let text =
        text.replace("alice@example.com", "alicia@example.com").replace("+442079460123", "+442079460124");
    assert!(text.contains("alicia"), "{text}");
    let changed = UserRow { profile: text, ..row };
    let (profile, mut batch) = (Profile::parse(&changed.profile), Batch::new());
    update_user(&mut batch, ("unchanged", "free"), pool, (changed.clone(), &profile), t.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    // Declared anew while she is called otherwise: nobody knows who is meant, so that she stays as she is.
    t.reseed("name = \"Alice Arden\"", "name = \"Alice Newcomer\"").await;
    assert_eq!(t.app.store.user_by_id(pool, id).await.unwrap().unwrap().profile, changed.profile);
    // Once nobody of that name was declared for a while, it is somebody new.
    t.reseed("username = \"alice\"", "username = \"aaron\"").await;
    t.reseed("username = \"aaron\"", "username = \"alice\"").await;
    let new = t.app.store.user_by_identifier(pool, "alice").await.unwrap();
    assert!(new.is_none_or(|new| new.id != id));
    assert_eq!(t.app.store.user_by_id(pool, id).await.unwrap().unwrap().profile, changed.profile);
}

#[tokio::test]
async fn a_login_name_that_somebody_has_is_given_to_nobody_else() {
    let t = TestServer::start().await;
    let before = number(&t, "SELECT COUNT(*) FROM identifiers").await;
    let sub = sub_of(&t, "alice").await;
    let line = "claims = { name = \"Bob Brook\", email = \"bob@example.com\" }";
    assert!(t.seed().contains(line));
    let stolen = t.seed().replace(line, "claims = { name = \"Bob Brook\", email = \"Alice@example.com\" }");
    let loaded = config::parse(&stolen, &t.folder().join("usher.toml")).unwrap();
    let app = &t.app;
    let applied = seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base()).await;
    assert!(applied.is_err(), "Bob cannot have Alice's address");
    assert_eq!(sub_of(&t, "alice").await, sub);
    assert_eq!(number(&t, "SELECT COUNT(*) FROM identifiers").await, before);
}

#[tokio::test]
async fn a_new_person_declared_with_somebodys_address_does_not_become_them() {
    let t = TestServer::start().await;
    let sub = sub_of(&t, "alice").await;
    let eve = "[[pools.users]]\nusername = \"eve\"\nclaims = { email = \"alice@example.com\" }\n\n[[pools.users]]\nusername = \"bob\"\n";
    let seed = t.seed().replace("[[pools.users]]\nusername = \"bob\"\n", eve);
    assert_ne!(seed, t.seed());
    // Eve is declared, and so is Alice, whose address it is; then Alice is not declared any more.
    let (before, alice) = seed.split_once("[[pools.users]]\nusername = \"alice\"\n").unwrap();
    let without_alice = format!("{before}{}", &alice[alice.find("[[pools.users]]").unwrap()..]);
    for (declared, is_mistake) in [(seed.clone(), true), (without_alice, false)] {
        let loaded = config::parse(&declared, &t.folder().join("usher.toml")).unwrap();
        let app = &t.app;
        let applied =
            seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base()).await;
        // What nobody wrote into the file keeps no server from starting.
        assert_eq!(applied.is_err(), is_mistake);
        let eve = app.store.user_by_identifier(t.pool("main").id, "eve").await.unwrap();
        assert!(eve.is_none(), "Eve cannot have Alice's address");
        assert_eq!(sub_of(&t, "alice").await, sub);
        assert_eq!(sub_of(&t, "alice@example.com").await, sub);
    }
}

#[tokio::test]
async fn two_people_declared_with_one_login_name_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let seconds = [
        ("username = \"ＣＡＲＯＬ@x.test\"", "ＣＡＲＯＬ"),
        ("username = \"dave\"\nclaims = { email = \"carol@x.test\" }", "carol"),
    ];
    for (second, name) in seconds {
        let users = format!("\n[[pools.users]]\nusername = \"carol@x.test\"\n\n[[pools.users]]\n{second}\n");
        let started = start(folder.path(), &format!("{SMALL}{users}")).await;
        let Err(error) = started else { panic!("two people share the name carol: {second}") };
        assert!(error.contains("usher.toml:") && error.contains(name), "{error}");
        assert!(!folder.path().join("data").exists(), "nothing is written");
    }
}

#[tokio::test]
async fn the_first_pool_stays_the_first() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path(), SMALL).await.unwrap().store.clone().close().await;
    let other = SMALL.replace("name = \"main\"", "name = \"other\"");
    let Err(error) = start(folder.path(), &other).await else { panic!("the first pool was replaced") };
    assert!(error.contains("\"main\"") && error.contains("usher.toml:"), "{error}");
    let both = format!("{SMALL}\n[[pools]]\nname = \"other\"\n");
    start_when_free(folder.path(), &both).await.store.clone().close().await;
}

#[tokio::test]
async fn secrets_and_passwords_are_stored_as_hashes() {
    let t = with_people(TestServer::builder(), "").start().await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "openid offline_access").await;
    let path = t.folder().to_owned();
    t.app.store.clone().close().await;
    let refresh = tokens.refresh.unwrap();
    let secrets = [PASSWORD, web.secret.as_deref().unwrap(), refresh.as_str(), tokens.access.as_str()];
    for file in ["usher.db", "usher.db-wal"] {
        let bytes = std::fs::read(path.join("data").join(file)).unwrap_or_default();
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
            assert!(!found, "{file} holds {}…", &secret[..4]);
        }
    }
}

#[tokio::test]
async fn a_list_of_known_passwords_is_looked_at_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let text = SMALL.replace("[storage]", "password_block_list = \"known.txt\"\n\n[storage]");
    for (content, words) in
        [(None, "there is no such file"), (Some(&b""[..]), "empty"), (Some(b"\xff\xff\n"), "UTF-8")]
    {
        if let Some(content) = content {
            std::fs::write(folder.path().join("known.txt"), content).unwrap();
        }
        let Err(error) = start(folder.path(), &text).await else { panic!("{words}: it started") };
        assert!(
            error.contains("usher.toml:4: [server] password_block_list: ") && error.contains(words),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1);
        assert!(!folder.path().join("data").exists());
    }
    std::fs::write(folder.path().join("known.txt"), "purple elephants on parade\n").unwrap();
    start(folder.path(), &text).await.unwrap().store.clone().close().await;
    // What is declared is held to it, too.
    let declared = format!(
        "{text}\n[[pools.users]]\nusername = \"zoe\"\npassword = \"Purple elephants on parade 2026!\"\n"
    );
    let Err(error) = start(folder.path(), &declared).await else { panic!("a known password was taken") };
    assert!(error.contains("password: ") && error.contains("known passwords"), "{error}");
}
