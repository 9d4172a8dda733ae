//! Master keys: one follows another while everything goes on, on one node and on several; what is cut off half-way goes on later.

use super::support::{Managed, run as run_line};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use usher::cli::{Failure, MasterKeyCommand, Told, manage_master_keys};
use usher::config::{self, Loaded};
use usher_core::reseal;
use usher_crypto::seal::{MARK_BYTES, MasterKey};
use usher_store::tables::SEALED;
use usher_store::{Applied, Batch, Engine, Value as Column};
use usher_test::{Application, TestServer};

const ROTATE: MasterKeyCommand = MasterKeyCommand::Rotate { finish: false, single_node: true };
const FINISH: MasterKeyCommand = MasterKeyCommand::Rotate { finish: true, single_node: true };

/// What a command about master keys shows.
async fn manage(loaded: &Loaded, command: MasterKeyCommand) -> Result<Value, Failure> {
    match Box::pin(manage_master_keys(loaded, command)).await? {
        Told::Outcome(outcome) => Ok(serde_json::to_value(&outcome).unwrap()),
        Told::Key(key) => Ok(key.into()),
    }
}

/// How many values each key seals, the one that seals now first.
fn values(shown: &Value) -> Vec<i64> {
    shown["master_keys"].as_array().unwrap().iter().map(|key| key["values"].as_i64().unwrap()).collect()
}

/// Applications that need every kind of sealed value, and what they hold.
struct Held {
    web: Application,
    signs: Application,
    maced: [Application; 2],
    refresh: String,
}

impl Held {
    async fn of(m: &Managed) -> Self {
        let create = |id: &'static str, setting: &'static str| {
            [
                "app",
                "create",
                id,
                "redirect_uris=https://x.test/cb",
                "first_party=true",
                "skip_consent=true",
                setting,
            ]
        };
        let signs =
            m.application("signs", &m.run(&create("signs", "id_token_signed_response_alg=HS256")).await);
        let method = "token_endpoint_auth_method=client_secret_jwt";
        let before = m.application("maced", &m.run(&create("maced", method)).await);
        let after = m.run(&["app", "rotate-secret", "maced", "--overlap", "30d"]).await;
        let maced = [before, m.application("maced", &after)];
        let web = m.t.application("web");
        let tokens = web.sign_in(&mut m.t.browser(), "alice", "openid offline_access").await;
        Self { web, signs, maced, refresh: tokens.refresh.unwrap() }
    }

    /// Everything works at a node: refresh, sign-in, ID tokens by both kinds of keys, assertions by both secrets.
    async fn works_at(&mut self, node: &TestServer) {
        let web = self.web.clone().at(node);
        let next = web.refresh(&self.refresh).await.tokens();
        self.refresh = next.refresh.unwrap();
        assert!(web.is_active(&next.access).await);
        let signs = self.signs.clone().at(node);
        let token = signs.sign_in(&mut node.browser(), "alice", "openid").await.id.unwrap();
        signs.verify(&token, "signs").await;
        for maced in &self.maced {
            let answer = maced.clone().at(node).post("/oidc/token/introspection", &[("token", "x")]).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
}

/// Takes away what later versions added, as far as the first version's databases differ: values do not name their key, and there are no
/// data keys.
async fn as_the_first_version_left_it(t: &TestServer) {
    let mut batch = Batch::new();
    batch.then("DELETE FROM data_keys", Vec::new());
    for column in SEALED.iter().filter(|c| !c.name.starts_with("data_keys")) {
        let (table, name) = column.name.split_once('.').unwrap();
        let mut values = t.app.store.sealed_page(column, None, 100).await.unwrap();
        values.retain(|value| value.sealed[0] != 1);
        for value in values {
            let unnamed = [&[1], &value.sealed[MARK_BYTES..]].concat();
            let sql = format!("UPDATE {table} SET {name} = $1 WHERE {name} = $2");
            batch.then(sql.leak(), vec![Column::Blob(unnamed), Column::Blob(value.sealed)]);
        }
    }
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

async fn everything_goes_on_while_one_key_follows_another(engine: Engine) {
    let mut m = Managed::on(engine).await;
    let mut held = Held::of(&m).await;
    let loaded = m.loaded();
    let before = manage(&loaded, MasterKeyCommand::Status).await.unwrap();
    let sealed = values(&before)[0];
    assert!(sealed >= 4 + 2 + 3 && values(&before).len() == 1, "{before}");
    held.works_at(&m.t).await;

    let between = manage(&loaded, ROTATE).await.unwrap();
    assert_eq!(values(&between), [sealed, 0], "{between}");
    assert!(between["notes"].to_string().contains("--finish"), "{between}");
    held.works_at(&m.t).await;
    let again = manage(&loaded, ROTATE).await.unwrap();
    assert_eq!(again["master_keys"], between["master_keys"], "one rotation at a time");

    let after = manage(&loaded, FINISH).await.unwrap();
    assert_eq!(values(&after), [sealed], "{after}");
    assert_eq!(after["master_keys"][0]["id"], between["master_keys"][0]["id"]);
    assert_ne!(after["master_keys"][0]["id"], before["master_keys"][0]["id"]);
    held.works_at(&m.t).await;
    m.fall_silent().await;
    m.t.restart().await;
    held.works_at(&m.t).await;
    assert!(m.events().await.contains(&"master_key_resealed".to_owned()));
}

async fn a_rotation_that_is_cut_off_anywhere_loses_nothing_and_goes_on(engine: Engine) {
    let mut m = Managed::on(engine).await;
    let mut held = Held::of(&m).await;
    as_the_first_version_left_it(&m.t).await;
    m.fall_silent().await;
    m.t.restart().await;
    m.listen();
    // The data keys are what the master key gives, as it did before there were any; from here on tokens are made with them.
    held.refresh = held
        .web
        .clone()
        .at(&m.t)
        .sign_in(&mut m.t.browser(), "alice", "openid offline_access")
        .await
        .refresh
        .unwrap();
    as_the_first_version_left_it(&m.t).await;
    m.fall_silent().await;
    m.t.restart().await;
    m.listen();
    held.works_at(&m.t).await;

    // Both keys are in the file, and nothing more has happened.
    let path = m.data().join("master.key");
    let old = usher::master_key::Place::File(path.clone()).read().unwrap().unwrap();
    let new = usher_crypto::seal::RawKey::generate(&*m.t.app.world.random);
    usher::master_key::store(&path, &[vec![new], old].concat()).unwrap();
    for polls in 0..40 {
        m.fall_silent().await;
        m.t.restart().await;
        {
            let mut work = pin!(reseal::reseal(&m.t.app.store, &m.t.app.master, &*m.t.app.world.random));
            for _ in 0..polls {
                let done = std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_ready())).await;
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        if polls % 8 == 0 {
            held.works_at(&m.t).await;
        }
        let ring = m.t.app.master.keys();
        assert_eq!(reseal::shares(&m.t.app.store, &ring).await.unwrap().lost, 0);
    }
    m.listen();
    let done = manage(&m.loaded(), FINISH).await.unwrap();
    assert_eq!(values(&done).len(), 1, "{done}");
    held.works_at(&m.t).await;
}

async fn a_key_that_seals_something_is_not_given_up(engine: Engine) {
    let m = Managed::on(engine).await;
    let mut held = Held::of(&m).await;
    let path = m.data().join("master.key");
    let right = std::fs::read(&path).unwrap();
    let ids = m.t.app.master.ids();
    let other = usher_crypto::seal::RawKey::generate(&*m.t.app.world.random);
    usher::master_key::store(&path, &[other]).unwrap();
    let Err(Failure::Written(why)) = manage(&m.loaded(), MasterKeyCommand::Status).await else {
        panic!("the only key was given up")
    };
    assert!(why.contains("put it back") && why.contains(&ids[0].to_string()), "{why}");
    std::fs::write(&path, b"no key at all").unwrap();
    assert!(manage(&m.loaded(), MasterKeyCommand::Status).await.is_err());
    held.works_at(&m.t).await;
    assert_eq!(m.t.app.master.ids(), ids);
    std::fs::write(&path, right).unwrap();
    manage(&m.loaded(), MasterKeyCommand::Status).await.unwrap();
}

async fn every_column_that_holds_sealed_values_is_in_the_list(engine: Engine) {
    let m = Managed::on(engine).await;
    let sql = match engine {
        Engine::Sqlite => {
            "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.name LIKE '%sealed'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) FROM information_schema.columns
             WHERE column_name LIKE '%sealed' AND table_schema = 'public'"
        }
    };
    let rows = m.t.app.store.list(sql, Vec::new()).await.unwrap();
    let mut found: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
    let mut listed: Vec<String> = SEALED.iter().map(|column| column.name.to_owned()).collect();
    found.sort();
    listed.sort();
    assert_eq!(found, listed);
}

async fn nodes_that_make_the_data_keys_at_once_agree(engine: Engine) {
    let t = TestServer::on(engine).await;
    let open = || usher_core::data_keys::DataKeys::open(&t.app.store, &t.app.master, &t.app.world);
    let mut batch = Batch::new();
    batch.then("DELETE FROM data_keys", Vec::new());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    let (a, b, c) = tokio::join!(open(), open(), open());
    let made = [a.unwrap(), b.unwrap(), c.unwrap(), open().await.unwrap()];
    for other in &made[1..] {
        assert_eq!((made[0].refresh, made[0].counters), (other.refresh, other.counters));
        assert_eq!(made[0].interactions.ids(), other.interactions.ids());
    }
    assert_ne!(made[0].refresh, made[0].counters);
}

on_both_engines! {
    everything_goes_on_while_one_key_follows_another
    a_rotation_that_is_cut_off_anywhere_loses_nothing_and_goes_on
    a_key_that_seals_something_is_not_given_up
    every_column_that_holds_sealed_values_is_in_the_list
    nodes_that_make_the_data_keys_at_once_agree
}

/// The configuration of a node, as its command line finds it.
fn loaded_of(m: &Managed) -> Loaded {
    config::parse(m.t.seed(), &m.t.folder().join("usher.toml")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_take_a_new_key_step_by_step_while_both_work() {
    if usher_testdb::Postgres::or_skip(module_path!()).is_none() {
        return;
    }
    let a = Managed::on(Engine::Postgres).await;
    let mut held = Held::of(&a).await;
    let b = Managed::of(a.t.another_node().await);
    let nodes = [&a, &b];
    let alone = MasterKeyCommand::Rotate { finish: false, single_node: false };
    let Err(Failure::Written(why)) = manage(&loaded_of(&a), alone).await else {
        panic!("one node went ahead")
    };
    assert!(why.contains("each of them"), "{why}");

    let key = manage(&loaded_of(&a), MasterKeyCommand::New).await.unwrap();
    let file = a.file("new.key", key.as_str().unwrap().as_bytes());
    let Err(Failure::Written(why)) =
        manage(&loaded_of(&a), MasterKeyCommand::Add { key: file.clone() }).await
    else {
        panic!("a key that everybody can read")
    };
    assert!(why.contains("can be read by others"), "{why}");
    std::fs::set_permissions(&file[1..], std::fs::Permissions::from_mode(0o600)).unwrap();
    for node in nodes {
        let added = manage(&loaded_of(node), MasterKeyCommand::Add { key: file.clone() }).await.unwrap();
        assert_eq!(values(&added)[1], 0, "it seals nothing yet");
        held.works_at(&a.t).await;
        held.works_at(&b.t).await;
    }
    for node in nodes {
        manage(&loaded_of(node), MasterKeyCommand::Promote).await.unwrap();
        // One node seals by the new key and the other by the old one.
        let shown = node.run(&["app", "rotate-secret", "signs", "--overlap", "1h"]).await;
        held.signs = node.application("signs", &shown);
        held.works_at(&a.t).await;
        held.works_at(&b.t).await;
    }
    let rotate = || MasterKeyCommand::Rotate { finish: false, single_node: false };
    let done = manage(&loaded_of(&a), rotate()).await.unwrap();
    assert!(values(&done)[0] > 0 && values(&done)[1] == 0, "{done}");
    for node in nodes {
        held.works_at(&node.t).await;
        let finish = MasterKeyCommand::Rotate { finish: true, single_node: false };
        let finished = manage(&loaded_of(node), finish).await.unwrap();
        assert_eq!(values(&finished).len(), 1);
        held.works_at(&a.t).await;
        held.works_at(&b.t).await;
    }
}

#[tokio::test]
async fn an_old_installation_keeps_what_its_master_key_gave_it() {
    let mut t = TestServer::start().await;
    as_the_first_version_left_it(&t).await;
    t.restart().await;
    let (pool, algorithm, sealed) = t.app.store.any_signing_key().await.unwrap().unwrap();
    let context = format!("signing key {pool} {algorithm}");
    let derived = |label| t.app.master.derive_as(&context, &sealed, label).unwrap();
    assert_eq!(t.app.keys.refresh, derived("refresh tokens"));
    assert_eq!(t.app.keys.counters, derived("counters of guesses"));
    assert_eq!(t.app.keys.user_codes, derived("user codes"));
}

#[tokio::test]
async fn two_places_of_master_keys_are_refused_and_nothing_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[server]\npublic_url = \"http://localhost:8080\"\n[storage]\nfolder = \"data\"\nmaster_key_file = \"keys\"\n";
    let path = folder.path().join("usher.toml");
    let keys = folder.path().join("keys");
    usher::master_key::store(&keys, &[key(1)]).unwrap();
    let mut loaded = config::parse(text, &path).unwrap();
    loaded.environment.keys = Some(usher::master_key::written(&key(2)).into());
    let why = run_line(&loaded, &["pool", "list"]).await.unwrap_err();
    assert!(why.status() == 2 && why.to_string().contains("USHER_MASTER_KEY"), "{why}");
    loaded.environment.keys = None;
    loaded.environment.file = Some(keys.clone());
    let why = run_line(&loaded, &["pool", "list"]).await.unwrap_err();
    assert!(why.status() == 2 && why.to_string().contains("master_key_file"), "{why}");
    assert!(!Path::new(&folder.path().join("data")).exists());

    // One place alone is fine, and no other key is made.
    loaded.environment.file = None;
    run_line(&loaded, &["pool", "create", "people"]).await.unwrap();
    assert!(!folder.path().join("data/master.key").exists());
    assert_eq!(
        values(&manage(&loaded, MasterKeyCommand::Status).await.unwrap()),
        [7],
        "six data keys and a signing key"
    );
    std::fs::copy(&keys, folder.path().join("data/master.key")).unwrap();
    let why = run_line(&loaded, &["pool", "list"]).await.unwrap_err();
    assert!(why.status() == 2 && why.to_string().contains("data/master.key"), "{why}");
}

#[tokio::test]
async fn keys_in_the_environment_open_what_they_sealed_and_the_first_one_seals() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[server]\npublic_url = \"http://localhost:8080\"\n[storage]\nfolder = \"data\"\n";
    let mut loaded = config::parse(text, &folder.path().join("usher.toml")).unwrap();
    let written = usher::master_key::written;
    loaded.environment.keys = Some(written(&key(1)).into());
    run_line(&loaded, &["pool", "create", "people"]).await.unwrap();
    loaded.environment.keys = Some(format!("{},{}", written(&key(2)), written(&key(1))).into());
    assert_eq!(values(&manage(&loaded, MasterKeyCommand::Status).await.unwrap()), [0, 7]);
    let early = manage(&loaded, FINISH).await.err().unwrap();
    assert!(early.status() == 2 && early.to_string().contains("USHER_MASTER_KEY"), "{early}");
    assert_eq!(values(&manage(&loaded, ROTATE).await.unwrap()), [7, 0]);
    loaded.environment.keys = Some(written(&key(2)).into());
    assert_eq!(values(&manage(&loaded, MasterKeyCommand::Status).await.unwrap()), [7]);
    loaded.environment.keys = Some(written(&key(3)).into());
    let lost = manage(&loaded, MasterKeyCommand::Status).await.unwrap();
    assert!(lost["notes"].to_string().contains("cannot be opened"), "{lost}");
    for wrong in ["", "short", "not a key, not a key"] {
        loaded.environment.keys = Some(wrong.into());
        let why = run_line(&loaded, &["pool", "list"]).await.unwrap_err();
        assert!(why.status() == 2 && (wrong.is_empty() || !why.to_string().contains(wrong)), "{why}");
    }
}

fn key(byte: u8) -> usher_crypto::seal::RawKey {
    MasterKey::from_bytes(&[byte; 32]).unwrap().keys()[0].clone()
}
