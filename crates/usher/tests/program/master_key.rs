//! Master keys as an operator meets them: in files and in the environment, followed by others, with servers that are killed.

use super::command_line::{Installation, json, text};
use std::os::unix::fs::PermissionsExt as _;

/// How many values each key seals.
fn values(i: &Installation) -> Vec<i64> {
    let shown = json(&i.shows(&["master-key", "status", "--json"]));
    shown["master_keys"].as_array().unwrap().iter().map(|key| key["values"].as_i64().unwrap()).collect()
}

#[test]
fn one_command_changes_the_key_of_a_running_server_and_a_killed_one_loses_nothing() {
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    i.shows(&[
        "app",
        "create",
        "shop",
        "redirect_uris=https://x.test/cb",
        "id_token_signed_response_alg=HS256",
    ]);
    let file = i.path("data/master.key");
    let first = std::fs::read(&file).unwrap();
    drop(i.serve());
    let server = i.serve();
    let rotated = i.usher(&["master-key", "rotate"]);
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let both = text(&std::fs::read(&file).unwrap());
    assert_eq!(both.lines().count(), 2);
    assert!(text(&rotated.stdout).starts_with("ID") && text(&rotated.stderr).contains("--finish"));
    drop(server);
    assert_eq!(values(&i)[1], 0, "without a server");
    let server = i.serve();
    i.shows(&["master-key", "rotate", "--finish"]);
    assert_eq!(values(&i).len(), 1);
    let one = text(&std::fs::read(&file).unwrap());
    assert!(one.lines().count() == 1 && both.starts_with(&one));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    drop(server);
    i.shows(&["key", "list"]);

    // Said twice, it throws away no key.
    let again = i.usher(&["master-key", "rotate", "--finish"]);
    assert!(again.status.success() && text(&again.stderr).contains("nothing to be finished"));
    assert_eq!(text(&std::fs::read(&file).unwrap()), one);

    // The key before opens nothing any more.
    i.shows(&["master-key", "rotate"]);
    i.shows(&["master-key", "rotate", "--finish"]);
    std::fs::write(&file, first).unwrap();
    let told = i.fails(1, &["serve"]);
    assert!(
        told.starts_with("usher: data/master.key is another master key") && told.contains("put back"),
        "{told}"
    );
    assert!(!told.contains("mistake in the program"), "{told}");
    assert!(!i.log().contains(both.lines().next().unwrap()), "no key is in the log");
}

#[test]
fn keys_in_the_environment_are_taken_and_never_shown() {
    let i = Installation::new();
    let key = i.shows(&["master-key", "new"]).trim().to_owned();
    let with = |keys: &str, line: &[&str]| i.command(line).env("USHER_MASTER_KEY", keys).output().unwrap();
    let made = with(&key, &["pool", "create", "people"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(!i.path("data/master.key").exists());
    let status = with(&key, &["master-key", "status"]);
    assert!(status.status.success() && !text(&status.stdout).contains(&key));
    let taken = with(&key, &["backup", "by-environment"]);
    assert!(text(&taken.stdout).contains("keep a copy of USHER_MASTER_KEY elsewhere"), "{taken:?}");
    let file = i.path("elsewhere");
    std::fs::write(&file, &key).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let by_file = || i.command(&["pool", "list"]).env("USHER_MASTER_KEY_FILE", &file).output().unwrap();
    let open = by_file();
    assert!(
        open.status.code() == Some(2) && text(&open.stderr).contains("chmod 600"),
        "{}",
        text(&open.stderr)
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(by_file().status.success());
    for wrong in ["short", &key[1..], &format!("{key},{key}")] {
        let refused = with(wrong, &["pool", "list"]);
        let told = text(&refused.stderr);
        assert!(refused.status.code() == Some(2) && told.lines().count() == 1, "{told}");
        assert!(!told.contains(&key[1..]) && told.contains("USHER_MASTER_KEY"), "{told}");
    }
}

#[test]
fn a_server_takes_up_another_key_by_itself_and_on_a_signal() {
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    let server = i.serve();
    let key = i.path("new.key");
    std::fs::write(&key, i.shows(&["master-key", "new"])).unwrap();
    // By hand, as where a tool distributes files.
    let file = i.path("data/master.key");
    let old = std::fs::read(&file).unwrap();
    let old = usher_types::opaque::base64url(&old);
    let new = std::fs::read_to_string(&key).unwrap();
    std::fs::write(&file, format!("{new}{old}\n")).unwrap();
    let pid = rustix::process::Pid::from_child(&server.0);
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    let begun = std::time::Instant::now();
    while !i.log().contains("the first one seals") {
        assert!(begun.elapsed() < std::time::Duration::from_mins(1), "{}", i.log());
        std::thread::yield_now();
    }
    assert!(!i.log().contains(&old) && !i.log().contains(new.trim()));
    server.stop();
}
