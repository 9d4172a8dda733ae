//! Without a server that listens: the command line opens the database itself, and says clearly where it cannot.

use super::support::{Managed, run};
use clap::Parser as _;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use usher::cli::migrate::{self, MigrateArguments};
use usher::cli::{self, Arguments, Command, Failure, backup};
use usher::config::Loaded;
use usher::{chores, serve};
use usher_store::{Engine, MIGRATIONS, Options, SchemaState, Store};

async fn the_database_is_opened_where_no_server_runs(engine: Engine) {
    let mut m = Managed::on(engine).await;
    m.fall_silent().await;
    m.t.app.store.clone().close().await;
    let shown =
        m.run(&["app", "create", "shop", "redirect_uris=https://shop.test/cb", "first_party=true"]).await;
    m.run(&["app", "set", "shop", "client_name=By Hand", "skip_consent=true"]).await;
    m.run(&["user", "create", "carol"]).await;
    assert_eq!(m.run(&["app", "show", "shop"]).await["app"]["version"], 2);
    assert!(
        m.refused(&["app", "create", "shop", "redirect_uris=https://shop.test/cb"]).await.contains("already")
    );
    m.t.restart().await;
    m.listen();
    let shop = m.application("shop", &shown);
    shop.sign_in(&mut m.t.browser(), "alice", "openid").await;
    m.run(&["user", "show", "carol"]).await;
}

on_both_engines! { the_database_is_opened_where_no_server_runs }

#[tokio::test]
async fn a_folder_whose_server_does_not_listen_is_left_alone() {
    let mut m = Managed::on(Engine::Sqlite).await;
    m.fall_silent().await;
    let failure = m.attempt(&["app", "list"]).await.unwrap_err();
    assert_eq!(failure.status(), 1);
    let words = failure.to_string();
    assert!(words.contains("in use") && words.contains("usher.sock") && !words.contains('\n'), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_node_sees_within_a_second_what_another_process_changed() {
    if usher_testdb::Postgres::or_skip("a change by another process").is_none() {
        return;
    }
    let mut m = Managed::on(Engine::Postgres).await;
    m.fall_silent().await;
    let chores = chores::begin(&m.t.app);
    m.run(&["app", "set", "web", "client_name=Seen"]).await;
    let web = m.t.application("web");
    let seen = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            if m.t.browser().open(&web.request(&[])).await.page().words().contains("Seen") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(seen.await.is_ok(), "the node looks at the revision each second");
    for chore in chores {
        chore.abort();
    }
}

/// A configuration whose place holds nothing yet, in a folder that holds nothing else.
struct Nothing {
    folder: TempDir,
    config: PathBuf,
}

impl Nothing {
    async fn on(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut text =
            "[server]\npublic_url = \"http://localhost:8080\"\n[storage]\nfolder = \"data\"\n".to_owned();
        if engine == Engine::Postgres {
            let url = usher_testdb::Postgres::shared().unwrap().fresh_database().await.unwrap();
            text = format!("{text}url = \"{url}\"\n");
        }
        let config = folder.path().join("usher.toml");
        std::fs::write(&config, text).unwrap();
        Self { folder, config }
    }

    fn loaded(&self) -> Loaded {
        usher::config::load(&self.config).unwrap()
    }

    /// The whole command, as the program carries it out.
    async fn command(&self, line: &[&str]) -> Result<(), Failure> {
        let config = self.config.to_str().unwrap();
        let line = [&["usher"], line, &["--config", config]].concat();
        match Arguments::try_parse_from(line).unwrap().command {
            Command::Backup(arguments) => backup::backup(&arguments).await.map(drop),
            command => Box::pin(cli::manage(command)).await,
        }
    }

    /// Names of what is in the folder, and the number of the database's schema.
    async fn holds(&self) -> (Vec<String>, i64) {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let schema = SchemaState::look(&serve::place(&self.loaded()), MIGRATIONS).await.unwrap();
        (files, schema.found)
    }
}

async fn an_empty_installation_begins_with_a_pool(engine: Engine) {
    let nothing = Nothing::on(engine).await;
    let loaded = nothing.loaded();
    let failure = run(&loaded, &["app", "list"]).await.unwrap_err();
    assert!(failure.to_string().contains("usher pool create"), "{failure}");
    let made = run(&loaded, &["pool", "create", "people"]).await.unwrap();
    assert_eq!(made["pool"]["is_first"], true);
    let made = run(&loaded, &["pool", "create", "others"]).await.unwrap();
    assert_eq!(made["pool"]["is_first"], false);
    assert_eq!(run(&loaded, &["app", "list"]).await.unwrap()["apps"].as_array().unwrap().len(), 0);
}

async fn what_makes_no_installation_leaves_nothing_where_there_is_none(engine: Engine) {
    let nothing = Nothing::on(engine).await;
    let untouched = (vec!["usher.toml".to_owned()], 0);
    for line in [
        &["audit", "list"][..],
        &["audit", "verify"],
        &["app", "list"],
        &["app", "create", "shop", "redirect_uris=https://shop.test/cb"],
        &["user", "create", "alice", "--link"],
        &["user", "show", "alice"],
        &["user", "delete", "alice", "--yes"],
        &["key", "list"],
        &["session", "list"],
        &["pool", "list"],
        &["pool", "set", "people", "display_name=People"],
        &["pool", "create", "OIDC"],
        &["pool", "create", "people", "password_min_characters=1"],
        &["pool", "create", "people", "--domain", "login.people.test"],
        &["master-key", "status"],
        &["master-key", "rotate", "--single-node"],
        &["backup", "/nowhere/usher.backup"],
    ] {
        let failure = nothing.command(line).await.unwrap_err();
        assert_eq!(failure.status(), 2, "{line:?}: {failure}");
        assert!(!failure.to_string().contains('\n'), "{failure}");
        assert_eq!(nothing.holds().await, untouched, "{line:?}");
    }
}

async fn a_schema_and_a_key_alone_are_no_installation(engine: Engine) {
    let nothing = Nothing::on(engine).await;
    Store::open(&serve::place(&nothing.loaded())).await.unwrap().close().await;
    let migrated = nothing.holds().await;
    assert!(nothing.command(&["user", "list"]).await.unwrap_err().to_string().contains("usher serve"));
    assert_eq!(nothing.holds().await, migrated);
    let data = nothing.folder.path().join("data");
    assert!(!data.join("master.key").exists());

    // A key that is brought from elsewhere draws no data keys for a look.
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("master.key"), [7; 32]).unwrap();
    std::fs::set_permissions(data.join("master.key"), Permissions::from_mode(0o600)).unwrap();
    let failure = nothing.command(&["user", "list"]).await.unwrap_err();
    assert_eq!(failure.status(), 2, "{failure}");
    let store = Store::open(&serve::place(&nothing.loaded())).await.unwrap();
    assert!(store.data_keys().await.unwrap().is_empty());
    store.close().await;
    run(&nothing.loaded(), &["pool", "create", "people"]).await.unwrap();
    assert_eq!(std::fs::read(data.join("master.key")).unwrap(), [7; 32]);
}

async fn pending_steps_are_told_and_taken(engine: Engine) {
    let nothing = Nothing::on(engine).await;
    let old = Options { migrations: &MIGRATIONS[..1], ..Options::default() };
    Store::open_with(&serve::place(&nothing.loaded()), old).await.unwrap().close().await;
    let run = async |check| {
        let answer = migrate::run(&MigrateArguments { check, config: nothing.config.clone() }).await.unwrap();
        (answer.status, answer.text)
    };
    let (status, text) = run(true).await;
    assert!(status == 1 && text.contains("steps are pending: 2, 3"), "{text}");
    assert_eq!(nothing.holds().await.1, 1);
    assert!(run(false).await.1.contains("brought up to date"));
    assert!(run(true).await.1.contains("is up to date"));
    assert_eq!(nothing.holds().await.1, MIGRATIONS.last().unwrap().number);
}

/// Whoever made the empty database means it; an empty folder may be another one than was meant, and a backup is to go there.
async fn a_schema_is_made_in_an_empty_database_and_not_in_an_empty_folder(engine: Engine) {
    let nothing = Nothing::on(engine).await;
    for check in [true, false] {
        let arguments = MigrateArguments { check, config: nothing.config.clone() };
        match migrate::run(&arguments).await {
            Ok(answer) => assert!(engine == Engine::Postgres, "{}", answer.text),
            Err(failure) => {
                assert_eq!((engine, failure.status()), (Engine::Sqlite, 2), "{failure}");
                assert!(failure.to_string().contains("holds no installation yet"), "{failure}");
                assert_eq!(nothing.holds().await, (vec!["usher.toml".to_owned()], 0));
            }
        }
    }
}

on_both_engines! {
    pending_steps_are_told_and_taken
    a_schema_is_made_in_an_empty_database_and_not_in_an_empty_folder
    an_empty_installation_begins_with_a_pool
    what_makes_no_installation_leaves_nothing_where_there_is_none
    a_schema_and_a_key_alone_are_no_installation
}

/// A machine whose database another node filled gets neither folder nor key by a look.
#[tokio::test(flavor = "multi_thread")]
async fn another_nodes_database_makes_no_key_here() {
    if usher_testdb::Postgres::or_skip("another node's database").is_none() {
        return;
    }
    let nothing = Nothing::on(Engine::Postgres).await;
    run(&nothing.loaded(), &["pool", "create", "people"]).await.unwrap();
    std::fs::remove_dir_all(nothing.folder.path().join("data")).unwrap();
    let before = nothing.holds().await;
    let failure = nothing.command(&["user", "list"]).await.unwrap_err();
    assert!(failure.to_string().contains("master.key is missing"), "{failure}");
    assert_eq!(nothing.holds().await, before);
}
