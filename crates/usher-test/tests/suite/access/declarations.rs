//! What an operator declares about access keys: mistakes are told with file, line and key; what is right is applied so that a second time
//! changes nothing and the command line's own keys are left alone.

use super::support::{EVERYTHING, KEYS_OF_WEB, NIGHTLY, nightly, pool, rotate, server, stored, token};
use usher::config;
use usher_store::tables::{AccessKeyAccount, NewAccessKey, write};
use usher_store::{Applied, Batch, Engine};
use usher_test::TestServer;
use usher_types::Span;

/// A file that is right; each case below makes one thing of it wrong.
const RIGHT: &str = r#"[server]
public_url = "https://login.example"
listen = "127.0.0.1:8443"
trusted_proxies = ["127.0.0.1"]

[[pools]]
name = "main"

[[pools.applications]]
client_id = "batch"
client_secret = "batch-secret-0123456789-0123456789-0123456789"
client_name = "Batch"
grant_types = ["client_credentials"]
client_credentials_scope = "orders:read"

[[pools.applications.access_keys]]
access_key = "ak-one"
secret_key = "one-secret-0123456789-0123456789-0123456789"
label = "Nightly export"
scope = "orders:*:read customers"
access_token_lifetime = 300
enabled = true

[[pools.applications.access_keys]]
access_key = "ak-two"
secret_key = "two-secret-0123456789-0123456789-0123456789"

[[pools.applications]]
client_id = "spa"
client_name = "Photo Album"
application_type = "single_page"
redirect_uris = ["https://spa.test/cb"]
grant_types = ["authorization_code", "client_credentials"]

[[pools.applications.access_keys]]
access_key = "ak-three"
secret_key = "three-secret-0123456789-0123456789-0123456789"
scope = "photos"
"#;

/// What is replaced, by what, the key that the error names, and words of what is allowed.
const CASES: &[(&str, &str, &str, &[&str])] = &[
    ("access_key = \"ak-one\"", "access_key = \"\"", "access_key", &["128", "printable"]),
    ("access_key = \"ak-one\"", "access_key = \"ak:one\"", "access_key", &["colons"]),
    ("access_key = \"ak-one\"", "access_key = \"ak one\"", "access_key", &["spaces"]),
    ("access_key = \"ak-two\"", "access_key = \"ak-one\"", "access_key", &["ak-one", "declared already"]),
    ("access_key = \"ak-three\"", "access_key = \"ak-one\"", "access_key", &["ak-one", "declared already"]),
    ("access_key = \"ak-one\"", "access_key = \"spa\"", "access_key", &["spa", "an application"]),
    ("access_key = \"ak-three\"", "access_key = \"batch\"", "access_key", &["batch", "an application"]),
    ("\"one-secret-0123456789-0123456789-0123456789\"", "\"too-short\"", "secret_key", &["32 to 256"]),
    ("\"two-secret-0123456789-0123456789-0123456789\"", "7", "secret_key", &["text"]),
    ("label = \"Nightly export\"", "label = \"a\\nb\"", "label", &["256", "control"]),
    ("scope = \"orders:*:read customers\"", "scope = \"orders:re*d\"", "scope", &["*"]),
    ("scope = \"orders:*:read customers\"", "scope = \"a:b:c:d\"", "scope", &["resource:instance:action"]),
    ("scope = \"orders:*:read customers\"", "scope = \"orders openid\"", "scope", &["openid", "people"]),
    ("scope = \"photos\"", "scope = \"offline_access\"", "scope", &["offline_access", "people"]),
    ("access_token_lifetime = 300", "access_token_lifetime = 0", "access_token_lifetime", &["1 to 86400"]),
    ("access_token_lifetime = 300", "access_token_lifetime = 86401", "access_token_lifetime", &["86400"]),
    ("enabled = true", "enabled = \"yes\"", "enabled", &["true or false"]),
    ("enabled = true", "expires = 7", "expires", &["access_key", "secret_key", "label"]),
    (
        "client_credentials_scope = \"orders:read\"",
        "client_credentials_scope = \"openid\"",
        "client_credentials_scope",
        &["openid", "people"],
    ),
    (
        "grant_types = [\"authorization_code\", \"client_credentials\"]",
        "grant_types = [\"authorization_code\", \"client_credentials\"]\nclient_credentials_scope = \"photos\"",
        "grant_types",
        &["credentials"],
    ),
];

fn load(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.toml");
    std::fs::write(&path, text).unwrap();
    config::load(&path).map(|_| ()).map_err(|e| e.to_string())
}

#[test]
fn every_mistake_is_told_with_file_line_key_and_what_is_allowed() {
    load(RIGHT).unwrap();
    for (from, to, key, words) in CASES {
        assert_eq!(RIGHT.matches(from).count(), 1, "{from}");
        let text = RIGHT.replace(from, to);
        let error = load(&text).expect_err(to);
        let (_, place) = error.split_once("usher.toml:").unwrap_or_else(|| panic!("{error}"));
        let (line, rest) = place.split_once(": ").unwrap();
        let first = RIGHT[..RIGHT.find(from).unwrap()].matches('\n').count() + 1;
        let line: usize = line.parse().unwrap();
        assert!((first..=first + to.matches('\n').count()).contains(&line), "{to:?}: {error}");
        let (section, named) = rest.split_once("]] ").unwrap();
        assert!(section.starts_with("[[pools.applications"), "{to:?}: {error}");
        assert!(named.starts_with(&format!("{key}: ")), "{to:?}: {error}");
        assert!(words.iter().all(|word| error.contains(word)), "{to:?}: {error}");
        assert!(!error.contains("-secret-"), "{error}");
    }
}

#[test]
fn at_most_a_hundred_keys_and_sixty_four_items_are_taken() {
    let keys = |n: usize| {
        let more: Vec<String> = (0..n)
            .map(|i| format!("\n[[pools.applications.access_keys]]\naccess_key = \"k{i}\"\nsecret_key = \"0123456789-0123456789-0123456789\"\n"))
            .collect();
        load(&format!("{RIGHT}{}", more.concat()))
    };
    keys(99).unwrap();
    assert!(keys(100).unwrap_err().contains("access_keys: at most 100"));
    let items = |n: usize, key: &str| {
        let items: Vec<String> = (0..n).map(|i| format!("r{i}")).collect();
        let own = "scopes = [{ name = \"own\" }]\nclient_credentials_scope";
        load(&RIGHT.replace(
            "client_credentials_scope = \"orders:read\"",
            &format!("{own} = \"{}\"", items.join(" ")),
        ))
        .map_err(|e| assert!(e.contains(key), "{e}"))
    };
    items(63, "").unwrap();
    items(64, "client_credentials_scope").unwrap_err();
    items(65, "client_credentials_scope").unwrap_err();
}

async fn a_declaration_is_applied_and_changes_nothing_the_second_time(engine: Engine) {
    let mut t = server(engine).start().await;
    let declared = stored(&t, "ak-nightly").await;
    assert_eq!(declared.account.label, "Nightly export");
    assert_eq!((declared.account.enabled, declared.version, declared.client_id.as_str()), (true, 1, "web"));
    assert_eq!(stored(&t, "ak-everything").await.account.access_token_lifetime, Some(60));
    let revision = t.app.store.revision().await.unwrap();
    t.reseed("Nightly export", "Nightly export").await;
    assert_eq!(stored(&t, "ak-nightly").await.version, 1);
    assert_eq!(t.app.store.revision().await.unwrap(), revision);
    // What was changed in the file is changed, the secret key with it and at once; what was not is left alone.
    rotate(&t, "ak-everything", EVERYTHING, t.app.world.clock.now().plus(Span::hours(1))).await;
    t.reseed(
        "label = \"Nightly export\", scope = \"orders:*:read customers invoices:17:*\"",
        "scope = \"customers\"",
    )
    .await;
    assert_eq!((stored(&t, "ak-nightly").await.version, stored(&t, "ak-everything").await.version), (2, 2));
    assert_eq!(nightly(&t).client_credentials("").await.json()["scope"], "customers");
    t.reseed(NIGHTLY, "renewed-secret-0123456789-0123456789-0123456789").await;
    nightly(&t).client_credentials("").await.refused("invalid_client");
    token(
        &t.application("web").access_key("ak-nightly", "renewed-secret-0123456789-0123456789-0123456789"),
        "",
    )
    .await;
    t.reseed("access_key = \"ak-everything\",", "access_key = \"ak-everything\", enabled = false,").await;
    super::support::everything(&t).client_credentials("").await.refused("invalid_client");
}

async fn keys_that_are_not_declared_are_left_alone(engine: Engine) {
    let mut t = server(engine).start().await;
    let key = NewAccessKey {
        access_key: "ak-by-hand".to_owned(),
        client_id: "web".to_owned(),
        secret_hash: usher_crypto::sha256(b"a secret that somebody wrote down"),
        account: AccessKeyAccount {
            enabled: true,
            label: String::new(),
            scope: String::new(),
            access_token_lifetime: None,
        },
    };
    let mut batch = Batch::new();
    write::access_key::insert(&mut batch, "it is new", pool(&t), key, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
    t.reseed(KEYS_OF_WEB, "").await;
    let names: Vec<String> =
        t.app.store.access_keys(pool(&t), "web").await.unwrap().into_iter().map(|k| k.access_key).collect();
    assert_eq!(names, ["ak-by-hand", "ak-everything", "ak-nightly"]);
    token(&nightly(&t), "customers").await;
}

/// Applies a changed seed, as another start would, and gives what it says.
async fn apply(t: &TestServer, from: &str, to: &str) -> String {
    assert!(t.seed().contains(from), "{from}");
    let loaded = config::parse(&t.seed().replace(from, to), &t.folder().join("usher.toml")).unwrap();
    let (app, pools) = (&t.app, &loaded.config.pools);
    let applied = usher_core::seed::apply(&app.store, &app.master, &app.world, pools, loaded.base()).await;
    loaded.seed_error(&applied.unwrap_err()).to_string()
}

#[tokio::test]
async fn a_name_means_one_caller_also_against_what_is_stored() {
    let t = server(Engine::Sqlite).start().await;
    // A key moves to no other application, and takes no application's name that the file no longer declares.
    let error = apply(&t, "access_key = \"ak-parcels\"", "access_key = \"ak-nightly\"").await;
    assert!(error.contains("access_key") && error.contains("declared already"), "{error}");
    let moved = apply(&t, "access_key = \"ak-nightly\"", "access_key = \"ak-parcels\"").await;
    assert!(moved.contains("ak-parcels"), "{moved}");
    let without_web = t
        .seed()
        .replace("access_key = \"ak-album\"", "access_key = \"first-party\"")
        .replace("client_id = \"first-party\"", "client_id = \"third-party\"");
    let loaded = config::parse(&without_web, &t.folder().join("usher.toml")).unwrap();
    let app = &t.app;
    let applied =
        usher_core::seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base())
            .await;
    let error = loaded.seed_error(&applied.unwrap_err()).to_string();
    assert!(error.contains("access_key: ") && error.contains("an application has this name"), "{error}");
    // Nor does an application take the name of a key that the file no longer declares.
    let renamed = t
        .seed()
        .replace("access_key = \"ak-album\"", "access_key = \"ak-other\"")
        .replace("client_id = \"api\"", "client_id = \"ak-album\"");
    let loaded = config::parse(&renamed, &t.folder().join("usher.toml")).unwrap();
    let applied =
        usher_core::seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, loaded.base())
            .await;
    let error = loaded.seed_error(&applied.unwrap_err()).to_string();
    assert!(error.contains("client_id: ") && error.contains("an access key has this name"), "{error}");
}

async fn no_secret_key_is_stored_or_shown(engine: Engine) {
    let t = server(engine).start().await;
    let row = stored(&t, "ak-nightly").await;
    assert_eq!(row.secret_hash, usher_crypto::sha256(NIGHTLY.as_bytes()));
    let pool = pool(&t);
    for (_, client) in t.app.store.clients_between(pool, pool).await.unwrap() {
        assert!(
            !client.settings.contains("access_keys") && !client.settings.contains("-secret-"),
            "{}",
            client.settings
        );
    }
    token(&nightly(&t), "").await;
    for row in t.app.store.audit_trail(pool).await.unwrap() {
        assert!(!row.detail.contains("-secret-"), "{}", row.detail);
    }
}

on_both_engines! {
    a_declaration_is_applied_and_changes_nothing_the_second_time
    keys_that_are_not_declared_are_left_alone
    no_secret_key_is_stored_or_shown
}
