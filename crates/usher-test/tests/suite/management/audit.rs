//! The audit trail from the command line: every command that changes something leaves its row, the trail is read by person, application,
//! event and time, and a check tells what was done to it by hand.

use super::support::Managed;
use clap::CommandFactory as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use usher::cli::Arguments;
use usher_core::trail::Event;
use usher_store::{Applied, Batch, Engine, params};
use usher_types::Span;

/// Every command that changes something, in an order in which all work, with its event and what its target begins with.
const CHANGES: &[(&str, &[&str], Event, &str)] = &[
    ("pool create", &["pool", "create", "guests"], Event::PoolCreated, "pool:"),
    ("pool set", &["pool", "set", "guests", "display_name=Guests"], Event::PoolChanged, "pool:"),
    ("pool delete", &["pool", "delete", "guests", "--yes"], Event::PoolDeleted, "pool:"),
    (
        "app create",
        &["app", "create", "shop", "redirect_uris=https://shop.test/cb", "grant_types+=client_credentials"],
        Event::ApplicationCreated,
        "app:shop",
    ),
    ("app set", &["app", "set", "shop", "client_name=The Shop"], Event::ApplicationChanged, "app:shop"),
    ("app rotate-secret", &["app", "rotate-secret", "shop"], Event::SecretRotated, "app:shop"),
    (
        "access-key create",
        &["access-key", "create", "--app", "shop", "label=Night"],
        Event::AccessKeyCreated,
        "access_key:",
    ),
    ("access-key set", &["access-key", "set", "{key}", "label=Day"], Event::AccessKeyChanged, "access_key:"),
    ("access-key rotate", &["access-key", "rotate", "{key}"], Event::AccessKeyRotated, "access_key:"),
    (
        "access-key delete",
        &["access-key", "delete", "{key}", "--yes"],
        Event::AccessKeyDeleted,
        "access_key:",
    ),
    ("app delete", &["app", "delete", "shop", "--yes"], Event::ApplicationDeleted, "app:shop"),
    ("user create", &["user", "create", "carol", "--generate"], Event::UserCreated, "user:"),
    (
        "user set",
        &["user", "set", "carol", "name=Carol", "email=carol@example.com"],
        Event::UserChanged,
        "user:",
    ),
    ("user set-password", &["user", "set-password", "carol", "--generate"], Event::PasswordChanged, "user:"),
    ("user link", &["user", "link", "carol"], Event::PasswordLinkMade, "user:"),
    ("user unlock", &["user", "unlock", "carol"], Event::UserUnlocked, "user:"),
    ("user verify-email", &["user", "verify-email", "carol"], Event::EmailVerificationSent, "user:"),
    ("session end", &["session", "end", "--user", "carol"], Event::SessionsEnded, "user:"),
    ("user delete", &["user", "delete", "carol", "--yes"], Event::UserDeleted, "user:"),
    ("key rotate", &["key", "rotate", "--alg", "ES256"], Event::KeyRotated, "key:"),
    ("key rotate", &["key", "rotate", "--alg", "ES256"], Event::KeyRotated, "key:"),
    ("key delete", &["key", "delete", "{kid}", "--yes"], Event::KeyDeleted, "key:"),
];

/// The last words of commands that change nothing.
const READS: &[&str] = &["list", "show", "settings", "refusals", "verify", "checkpoint", "help"];

/// Nouns whose verbs change what the machine keeps, or nothing: sealing anew has its row in the tests of master keys.
const OTHERS: &[&str] = &["master-key", "mail"];

/// Commands about something, as `noun verb`, that are not among those which change nothing.
fn commands() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let nouns = Arguments::command();
    for noun in nouns.get_subcommands().filter(|n| !OTHERS.contains(&n.get_name())) {
        for verb in noun.get_subcommands().filter(|v| !READS.contains(&v.get_name())) {
            all.insert(format!("{} {}", noun.get_name(), verb.get_name()));
        }
    }
    all
}

#[test]
fn every_command_that_changes_something_is_among_those_whose_row_is_looked_for() {
    let known: BTreeSet<String> = CHANGES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(commands(), known);
}

/// What a row of the trail by the configuration says, of the newest change of a kind.
async fn told(m: &Managed, event: Event) -> Value {
    let rows = m.run(&["audit", "list", "--since", "1s", "--event", event.name(), "--actor", "seed"]).await;
    assert_eq!(rows["audit_rows"].as_array().unwrap().len(), 1, "{event:?}: {rows}");
    let mut detail = rows["audit_rows"][0]["detail"].clone();
    assert_eq!(detail["by"].take(), "configuration");
    detail.as_object_mut().unwrap().remove("by");
    detail
}

async fn what_the_configuration_changes_is_named_without_its_value(engine: Engine) {
    let mut m = Managed::on(engine).await;
    let edits = [
        (
            "name = \"main\"\n",
            "name = \"main\"\nsettings = { display_name = \"Hidden Value\", sign_up = true }\n",
            Event::PoolChanged,
            json!({ "settings": ["display_name", "sign_up"] }),
        ),
        (
            "client_name = \"Web Shop\"\n",
            "client_name = \"Hidden Value\"\nenabled = false\n",
            Event::ApplicationChanged,
            json!({ "settings": ["client_name", "enabled"] }),
        ),
        (
            "\"post-secret-0123456789-0123456789-0123456789\"",
            "\"hidden-value-0123456789-0123456789-0123456789\"",
            Event::ApplicationChanged,
            json!({ "secret": "changed" }),
        ),
        (
            "name = \"Bob Brook\"",
            "name = \"Hidden Value\", address = { locality = \"Hidden\" }, custom = { floor = \"Hidden\" }",
            Event::UserChanged,
            json!({ "settings": ["address", "custom.floor", "name"] }),
        ),
        (
            "username = \"bob\"\n",
            "username = \"bob\"\nenabled = false\n",
            Event::UserChanged,
            json!({ "settings": ["enabled"] }),
        ),
    ];
    for (from, to, event, expected) in edits {
        m.t.advance(Span::seconds(5));
        m.t.reseed(from, to).await;
        assert_eq!(told(&m, event).await, expected, "{to}");
    }
    let rows = m.run(&["audit", "list", "--limit", "1000"]).await.to_string();
    assert!(!rows.to_lowercase().contains("hidden"), "{rows}");
}

async fn every_command_that_changes_something_leaves_its_row(engine: Engine) {
    let m = Managed::on(engine).await;
    let pool = m.t.app.snapshot().pool(None).unwrap().id;
    let (mut key, mut kid, mut secrets) = (String::new(), String::new(), Vec::new());
    for (name, line, event, target) in CHANGES {
        // Rows of one moment have no order, and a command may write several.
        m.t.advance(Span::seconds(5));
        let line: Vec<String> =
            line.iter().map(|word| word.replace("{key}", &key).replace("{kid}", &kid)).collect();
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let shown = m.run(&line).await;
        let is_told_there = ["pool create", "pool set"].contains(name);
        let about = if is_told_there { "guests" } else { "main" };
        let newest = ["audit", "list", "--since", "1s", "--event", event.name(), "--pool", about];
        let rows = m.run(&newest).await;
        let row = &rows["audit_rows"][0];
        assert_eq!(rows["audit_rows"].as_array().unwrap().len(), 1, "{line:?}: {rows}");
        let unix = format!("unix:{}", rustix_uid());
        assert_eq!((&row["actor"], &row["outcome"]), (&Value::from(unix), &Value::from("done")), "{line:?}");
        assert!(row["target"].as_str().unwrap().starts_with(target), "{line:?}: {row}");
        if let Some(made) = shown["access_key"]["access_key"].as_str() {
            made.clone_into(&mut key);
        }
        if let Some(made) = shown["key"]["kid"].as_str() {
            made.clone_into(&mut kid);
        }
        for (of, secret) in [("app", "client_secret"), ("access_key", "secret_key"), ("user", "password")] {
            secrets.extend(shown[of][secret].as_str().map(str::to_owned));
        }
    }
    assert!(secrets.len() >= 6, "{}", secrets.len());
    let rows = m.run(&["audit", "list", "--limit", "1000"]).await.to_string();
    assert!(secrets.iter().all(|secret| !rows.contains(secret)), "no secret is in the trail");
    m.t.app.seal_audit().await.unwrap();
    let report = m.run(&["audit", "verify"]).await;
    for report in report["audit_reports"].as_array().unwrap() {
        assert_eq!((&report["intact"], &report["unsealed"]), (&true.into(), &0.into()), "{report}");
    }
    assert_eq!(m.t.app.store.audit_waiting(pool).await.unwrap().rows, 0);
}

/// The Unix user whom the socket sees.
fn rustix_uid() -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid()
}

async fn the_trail_is_read_by_person_application_event_actor_and_time(engine: Engine) {
    let m = Managed::on(engine).await;
    m.t.advance(Span::days(2));
    let (web, post) = (m.t.application("web"), m.t.application("post"));
    let mut browser = m.t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid").await;
    m.t.advance(Span::hours(2));
    post.sign_in(&mut m.t.browser(), "bob", "openid").await;
    m.t.advance(Span::hours(1));
    let code = web.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    web.exchange(&code).await.tokens();
    web.exchange(&code).await.refused("invalid_grant");
    let sub = web.introspect(&tokens.access).await["sub"].as_str().map(str::to_owned);

    let names = async |line: &[&str]| {
        let shown = m.run(&[&["audit", "list"], line].concat()).await;
        let mut names: Vec<String> = shown["audit_rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["event"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let of_web = ["code_replayed", "consent", "grant", "grant", "sign_in"];
    assert_eq!(names(&["--since", "4h", "--app", "web"]).await, of_web);
    assert_eq!(names(&["--user", "alice", "--since", "4h"]).await, of_web);
    assert_eq!(names(&["--user", "bob", "--since", "1d"]).await, ["consent", "grant", "sign_in"]);
    assert_eq!(names(&["--user", "alice", "--app", "post"]).await, Vec::<String>::new());
    assert_eq!(names(&["--event", "sign_in"]).await.len(), 2);
    assert_eq!(names(&["--event", "sign_in", "--user", "bob"]).await.len(), 1);
    assert_eq!(names(&["--actor", "app:web"]).await, ["code_replayed"]);
    assert_eq!(names(&["--since", "150m", "--until", "30m"]).await, ["consent", "grant", "sign_in"]);
    assert!(names(&["--actor", "seed"]).await.contains(&"user_created".to_owned()));
    let by_id = m.run(&["user", "show", "alice"]).await["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(names(&["--user", &by_id, "--since", "4h"]).await, of_web);
    assert!(sub.is_none_or(|sub| sub == by_id));

    // The refusal that changed something has its own row, with person, grant and the real reason.
    let shown = m.run(&["audit", "list", "--event", "code_replayed"]).await;
    let row = &shown["audit_rows"][0];
    assert_eq!((row["outcome"].as_str(), row["user_id"].as_str()), (Some("refused"), Some(by_id.as_str())));
    assert!(row["target"].as_str().unwrap().starts_with("grant:"), "{row}");
    assert_eq!(row["cause"], "the code was spent before: its grant is revoked");
    assert!(row["request_id"].is_string() && row["network"].is_string());

    // Pages, one entry at a time, give the same as all at once.
    let all = m.run(&["audit", "list", "--limit", "1000"]).await;
    let (mut one_by_one, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut line = vec!["audit", "list", "--limit", "3"];
        if let Some(after) = &after {
            line.extend(["--after", after]);
        }
        let page = m.run(&line).await;
        one_by_one.extend(page["audit_rows"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(&Value::from(one_by_one), &all["audit_rows"]);
}

/// Behind the one public sentence of `invalid_grant` stands the real cause, per application and network.
async fn the_real_cause_of_every_refusal_is_found(engine: Engine) {
    let m = Managed::on(engine).await;
    let (web, post) = (m.t.application("web"), m.t.application("post"));
    let mut browser = m.t.browser();
    let tokens = web.sign_in(&mut browser, "alice", "openid offline_access").await;
    let code = web.authorize(&mut browser, "alice", &[]).await.code().to_owned();
    post.exchange(&code).await.refused("invalid_grant");
    web.exchange("made-up").await.refused("invalid_grant");
    web.exchange("made-up").await.refused("invalid_grant");
    post.refresh(tokens.refresh.as_deref().unwrap()).await.refused("invalid_grant");
    web.clone().with_secret("a-wrong-secret-0123456789-0123456789").exchange(&code).await;
    m.t.app.flush_refusals().await.unwrap();
    let shown = m.run(&["audit", "refusals"]).await;
    let causes: Vec<(String, String, i64)> = shown["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            let text = |name: &str| r[name].as_str().unwrap().to_owned();
            (text("client_id"), text("cause"), r["times"].as_i64().unwrap())
        })
        .collect();
    let has = |client: &str, part: &str, times: i64| {
        causes.iter().any(|(c, cause, n)| c == client && cause.contains(part) && *n == times)
    };
    assert!(has("web", "not a code of this server's", 2), "{causes:?}");
    assert!(has("post", "another application", 1), "{causes:?}");
    assert!(has("web", "secret", 1), "{causes:?}");
    assert_eq!(causes.iter().map(|(.., n)| n).sum::<i64>(), 5, "{causes:?}");
    for line in [["audit", "list", "--app", "nope"], ["audit", "refusals", "--app", "nope"]] {
        assert!(m.refused(&line).await.contains("\"nope\""), "{line:?}");
    }
    let of_post = m.run(&["audit", "refusals", "--app", "post", "--since", "1h"]).await;
    assert_eq!(of_post["refusals"].as_array().unwrap().len(), 2);
}

async fn a_check_tells_what_was_done_by_hand_and_a_checkpoint_what_was_cut_off(engine: Engine) {
    let m = Managed::on(engine).await;
    assert!(m.refused(&["audit", "checkpoint"]).await.contains("sealed"));
    m.t.application("web").sign_in(&mut m.t.browser(), "alice", "openid").await;
    let report = m.run(&["audit", "verify", "--pool", "main"]).await;
    assert!(report["audit_reports"][0]["unsealed"].as_i64().unwrap() > 3, "{report}");
    assert!(report["audit_reports"][0]["oldest_unsealed_at"].is_string());
    m.t.app.seal_audit().await.unwrap();
    let checkpoint = m.run(&["audit", "checkpoint"]).await;
    let file = m.file("checkpoint", checkpoint.to_string().as_bytes());
    let path = file.trim_start_matches('@');
    let fits = m.run(&["audit", "verify", "--checkpoint", path]).await;
    assert_eq!(
        (fits["audit_reports"][0]["checkpoint"].as_str(), &fits["audit_reports"][0]["intact"]),
        (Some("same"), &true.into())
    );
    assert_eq!(m.run(&["audit", "verify"]).await["audit_reports"].as_array().unwrap().len(), 2, "every pool");

    let last = checkpoint["checkpoint"]["number"].as_i64().unwrap();
    let mut batch = Batch::new();
    batch.then("DELETE FROM audit WHERE number = $1", params![last]);
    assert_eq!(m.t.app.store.apply(batch).await, Ok(Applied::Done));
    let broken = &m.run(&["audit", "verify", "--pool", "main"]).await["audit_reports"][0];
    assert_eq!((&broken["intact"], &broken["broken"]["number"]), (&false.into(), &last.into()));
    assert_eq!(broken["broken"]["what"], format!("row {last} is missing"));

    // Another pool's checkpoint, and none at all, are what was written.
    for text in ["{}", &checkpoint.to_string().replace("\"number\":", "\"number\":1")] {
        let file = m.file("wrong", text.as_bytes());
        let words = m.refused(&["audit", "verify", "--checkpoint", file.trim_start_matches('@')]).await;
        assert!(words.contains("checkpoint"), "{words}");
    }
    assert!(
        m.refused(&["audit", "verify", "--pool", "staff", "--checkpoint", path])
            .await
            .contains("another pool")
    );
}

on_both_engines! {
    what_the_configuration_changes_is_named_without_its_value

    every_command_that_changes_something_leaves_its_row
    the_trail_is_read_by_person_application_event_actor_and_time
    the_real_cause_of_every_refusal_is_found
    a_check_tells_what_was_done_by_hand_and_a_checkpoint_what_was_cut_off
    what_is_older_than_the_pool_keeps_goes_and_the_check_still_holds
}

#[tokio::test]
async fn what_is_written_wrongly_is_told_in_a_sentence() {
    let m = Managed::on(Engine::Sqlite).await;
    for (line, words) in [
        (&["--since", "yesterday"][..], "2026-11-30"),
        (&["--until", "24"], "24h"),
        (&["--since", "1h", "--until", "2h"], "before"),
        (&["--since", "2100-01-01"], "future"),
        (&["--event", "signin"], "sign_in"),
        (&["--actor", "alice"], "unix:1000"),
        (&["--user", "nobody"], "usher user list"),
        (&["--after", "x"], "after"),
        (&["--limit", "0"], "limit"),
        (&["--limit", "1001"], "limit"),
    ] {
        let told = m.refused(&[&["audit", "list"], line].concat()).await;
        assert!(told.contains(words), "{line:?}: {told}");
    }
    assert!(m.refused(&["audit", "list", "--pool", "nowhere"]).await.contains("nowhere"));
    assert!(m.refused(&["audit", "verify", "--pool", "nowhere"]).await.contains("nowhere"));
    assert!(m.refused(&["audit", "verify", "--checkpoint", "/nowhere/at/all"]).await.contains("/nowhere"));
    assert!(m.refused(&["audit", "refusals", "--limit", "0"]).await.contains("limit"));
    assert!(m.refused(&["pool", "set", "main", "audit_retention=1h"]).await.contains("audit_retention"));
}

/// Two nodes seal and write; what one sealed the other one checks.
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_have_one_trail() {
    if usher_testdb::Postgres::or_skip("an audit trail of two nodes").is_none() {
        return;
    }
    let m = Managed::on(Engine::Postgres).await;
    let other = m.t.another_node().await;
    for _ in 0..3 {
        m.t.application("web").sign_in(&mut m.t.browser(), "alice", "openid").await;
        m.t.application("web").at(&other).sign_in(&mut other.browser(), "bob", "openid").await;
        let (one, two) = tokio::join!(m.t.app.seal_audit(), other.app.seal_audit());
        one.unwrap();
        two.unwrap();
        m.t.advance(Span::minutes(1));
    }
    other.app.seal_audit().await.unwrap();
    let report = &m.run(&["audit", "verify", "--pool", "main"]).await["audit_reports"][0];
    assert_eq!((&report["intact"], &report["unsealed"]), (&true.into(), &0.into()), "{report}");
}

async fn what_is_older_than_the_pool_keeps_goes_and_the_check_still_holds(engine: Engine) {
    let m = Managed::on(engine).await;
    m.run(&["pool", "set", "main", "audit_retention=30d"]).await;
    m.t.app.refresh_snapshot().await.unwrap();
    m.t.app.seal_audit().await.unwrap();
    m.t.advance(Span::days(31));
    m.run(&["user", "create", "carol"]).await;
    m.t.app.seal_audit().await.unwrap();
    m.t.app.keep_audit(usher_types::Clock::now(&*m.t.clock)).await.unwrap();
    let rows = m.run(&["audit", "list"]).await;
    assert_eq!(rows["audit_rows"].as_array().unwrap().len(), 1, "{rows}");
    let report = &m.run(&["audit", "verify", "--pool", "main"]).await["audit_reports"][0];
    assert_eq!(report["intact"], true, "{report}");
    assert_eq!(report["begins_with"], report["sealed_until"], "{report}");
    let staff = m.run(&["audit", "list", "--pool", "staff"]).await;
    assert!(!staff["audit_rows"].as_array().unwrap().is_empty(), "the other pool keeps for 400 days");
}
