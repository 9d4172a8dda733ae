//! `usher advise` as a program: what it creates, what it finds, and that every command that it prints can be typed as it stands.

use serde_json::Value;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const USHER: &str = env!("CARGO_BIN_EXE_usher");

/// An installation with one pool and nothing in it.
struct Installation(TempDir);

impl Installation {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "[server]\npublic_url = \"http://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\n[storage]\nfolder = \"data\"\n"
        );
        std::fs::write(folder.path().join("usher.toml"), text).unwrap();
        let installation = Self(folder);
        installation.works("pool create people");
        installation
    }

    /// Runs a command line as a shell does.
    fn shell(&self, line: &str) -> Output {
        let folder = Path::new(USHER).parent().unwrap();
        let path = format!("{}:{}", folder.display(), "/usr/bin:/bin");
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(self.0.path()).env("PATH", path).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// Standard output of `usher` with these arguments, which works.
    #[track_caller]
    fn works(&self, line: &str) -> String {
        let output = self.shell(&format!("usher {line}"));
        assert!(output.status.success(), "usher {line}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Standard error of `usher` with these arguments, which ends with this status.
    #[track_caller]
    fn fails(&self, status: i32, line: &str) -> String {
        let output = self.shell(&format!("usher {line}"));
        assert_eq!(output.status.code(), Some(status), "usher {line}: {}", text(&output.stderr));
        text(&output.stderr)
    }

    #[track_caller]
    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.works(line)).unwrap()
    }

    /// What is found, and whether the status says that it is serious.
    fn check(&self, line: &str) -> (Vec<Value>, bool) {
        let output = self.shell(&format!("usher advise --check {line} --json"));
        let status = output.status.code().unwrap();
        assert!(status == 0 || status == 1, "{}", text(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        (document["findings"].as_array().unwrap().clone(), status == 1)
    }

    fn client_ids(&self) -> usize {
        self.json("app list --json")["apps"].as_array().unwrap().len()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The way to each mode, the mode, and whether somebody returns to a callback.
const WAYS: [(&str, &str, Option<&str>); 6] = [
    ("--person no", "client_credentials", None),
    ("--person yes --public-code no --one-party no", "authorization_code", Some("https://books.test/cb")),
    (
        "--person yes --public-code yes --application native",
        "authorization_code_pkce_native",
        Some("com.example.books:/cb"),
    ),
    (
        "--person yes --public-code yes --application single_page --web-crypto yes",
        "authorization_code_pkce_single_page",
        Some("https://books.test/"),
    ),
    (
        "--person yes --public-code yes --application single_page --web-crypto no",
        "implicit",
        Some("https://books.test/"),
    ),
    (
        "--person yes --public-code no --one-party yes --trusted-with-passwords yes --other-modes-fit no",
        "password",
        None,
    ),
];

fn redirect(callback: Option<&str>) -> String {
    callback.map(|uri| format!("--redirect {uri}")).unwrap_or_default()
}

#[test]
fn an_application_is_created_exactly_as_is_advised_and_its_secret_is_shown_once() {
    let i = Installation::new();
    for (number, (flags, mode, callback)) in WAYS.into_iter().enumerate() {
        let name = format!("app{number}");
        let callback = redirect(callback);
        let advised = i.json(&format!("advise {flags} {callback} --json"))["advice"]["settings"].clone();
        let created = i.json(&format!("advise {flags} {callback} --create {name} --json"));
        assert_eq!(created["mode"], mode);
        let confidential = advised["token_endpoint_auth_method"] != "none";
        assert_eq!(created["app"]["client_secret"].is_string(), confidential, "{mode}");
        let shown = i.json(&format!("app show {name} --json"))["app"].clone();
        assert!(shown.get("client_secret").is_none());
        assert_eq!(shown["has_secret"], confidential);
        for (setting, value) in advised.as_object().unwrap() {
            let value = if setting == "client_name" { &Value::from(name.as_str()) } else { value };
            assert_eq!(&shown[setting], value, "{mode}: {setting}");
        }
        let (findings, serious) = i.check(&name);
        let rules: Vec<&str> = findings.iter().map(|f| f["rule"].as_str().unwrap()).collect();
        let deprecated = ["implicit", "password"].contains(&mode);
        assert_eq!((rules.len(), serious), (usize::from(deprecated), false), "{mode}: {rules:?}");
    }
}

#[test]
fn a_command_that_is_printed_creates_the_same_application_when_it_is_typed() {
    let i = Installation::new();
    for (flags, mode, callback) in WAYS {
        let document = i.json(&format!("advise {flags} {} --json", redirect(callback)));
        let advice = &document["advice"];
        for command in advice["commands"].as_array().unwrap() {
            let output = i.shell(command.as_str().unwrap());
            assert!(output.status.success(), "{command}: {}", text(&output.stderr));
        }
        let shown = i.json("app show shop --json")["app"].clone();
        for (setting, value) in advice["settings"].as_object().unwrap() {
            // What is the default may be left out of what is stored.
            let stored = shown.get(setting).filter(|v| !v.is_null()).unwrap_or(&Value::Null);
            let is_empty = value.as_array().is_some_and(Vec::is_empty);
            assert!(stored == value || is_empty && stored.is_null(), "{mode}: {setting} is {stored}");
        }
        i.works("app delete shop --yes");
    }
}

#[test]
fn the_text_shows_the_secret_and_what_to_do_next() {
    let i = Installation::new();
    let text = i.works("advise --person no --create nightly");
    assert!(text.starts_with("Client credentials\n===") && text.contains("\n  client_id      nightly\n"));
    let secret = text.lines().find_map(|l| l.trim().strip_prefix("client_secret  ")).unwrap();
    assert!(secret.len() >= 32);
    let next = text.lines().find_map(|l| l.trim().strip_prefix("Next: ")).unwrap();
    let made = i.shell(next);
    assert!(made.status.success(), "{next}");
    assert!(!i.works("app show nightly").contains(secret));
}

#[test]
fn what_is_wrong_is_found_named_and_put_right_by_the_command_that_is_offered() {
    let i = Installation::new();
    i.works(
        "app create shop client_name=Shop redirect_uris=https://shop.test/cb,http://localhost:3000/cb first_party=true \
         grant_types=authorization_code,implicit,password response_types='code,id_token token' code_lifetime=600 \
         token_endpoint_auth_method=client_secret_post refresh_token_grace=60",
    );
    i.works("app create kiosk client_name=Kiosk application_type=native redirect_uris=com.example.kiosk:/cb allow_localhost_any_port=true");
    let (first, serious) = i.check("");
    assert!(serious && first.len() >= 8, "{first:?}");
    let (kiosk, serious) = i.check("kiosk");
    assert!(!serious && kiosk.len() == 1 && kiosk[0]["rule"] == "localhost_any_port", "{kiosk:?}");
    let shown = i.shell("usher advise --check");
    assert_eq!(shown.status.code(), Some(1));
    let shown = text(&shown.stdout);
    assert!(shown.contains("kiosk: 1 finding\n") && shown.contains("\n  serious: grant_types\n"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    for _ in 0..20 {
        let (findings, _) = i.check("");
        let Some(finding) = findings.first() else { break };
        let command = finding["command"].as_str().unwrap();
        let fixed = i.shell(command);
        assert!(fixed.status.success(), "{command}: {}", text(&fixed.stderr));
    }
    assert_eq!(i.check(""), (vec![], false));
    assert!(i.works("advise --check").contains("shop: nothing to put right\n"));
}

#[test]
fn an_access_key_that_reaches_everything_is_found_with_its_application() {
    let i = Installation::new();
    i.works("advise --person no --create nightly");
    i.works("access-key create --app nightly label=all scope='*:read orders:write'");
    let (findings, serious) = i.check("nightly");
    assert!(serious && findings.len() == 1, "{findings:?}");
    assert_eq!(findings[0]["rule"], "scope_covers_every_resource");
    assert!(findings[0]["access_key"].is_string());
    let fixed = i.shell(findings[0]["command"].as_str().unwrap());
    assert!(fixed.status.success(), "{}", text(&fixed.stderr));
    assert_eq!(i.check("nightly"), (vec![], false));
}

#[test]
fn another_pool_is_advised_by_its_own_addresses_and_fixed_in_its_own_commands() {
    let i = Installation::new();
    i.works("pool create staff");
    let text = i.works(
        "advise --pool staff --person yes --public-code no --one-party no --create shop --redirect https://shop.test/cb --samples",
    );
    assert!(text.contains("/staff/oidc") && text.contains(" --pool staff\n"), "{text}");
    assert!(i.fails(2, "app show shop").contains("shop"));
    i.works("app set shop require_pkce=false --pool staff");
    let (findings, _) = i.check("--pool staff");
    let command = findings[0]["command"].as_str().unwrap();
    assert!(command.ends_with(" --pool staff"), "{command}");
    assert!(i.shell(command).status.success());
    assert_eq!(i.check("--pool staff"), (vec![], false));
}

#[test]
fn what_cannot_be_created_is_told_in_one_sentence_and_changes_nothing() {
    let i = Installation::new();
    let code = "advise --person yes --public-code no --one-party no";
    for (line, named) in [
        (format!("{code} --create shop"), "--redirect"),
        (format!("{code} --create shop --redirect http://shop.test/cb"), "redirect_uri"),
        (format!("{code} --create 'a b' --redirect https://shop.test/cb"), "client_id"),
        ("advise --person no --create shop --redirect https://shop.test/cb".to_owned(), "--redirect"),
        ("advise --person yes --create shop --json".to_owned(), "--public-code is needed"),
        ("advise --person no --create shop --pool nowhere".to_owned(), "nowhere"),
        ("advise --person no --create shop --config missing.toml".to_owned(), "missing.toml"),
        ("advise --check nobody".to_owned(), "nobody"),
        ("advise --check --create shop".to_owned(), "--create"),
        ("advise --person maybe".to_owned(), "yes, no"),
    ] {
        let error = i.fails(2, &line);
        assert!(error.contains(named), "{line}: {error}");
    }
    assert_eq!(i.client_ids(), 0);
    i.works("advise --person no --create shop");
    assert!(i.fails(2, "advise --person no --create shop").contains("shop"));
    assert_eq!(i.client_ids(), 1);
}

#[test]
fn questions_are_asked_before_anything_is_created_and_the_end_of_the_input_creates_nothing() {
    let i = Installation::new();
    let typed = |line: &str, lines: &str| {
        let mut child = Command::new(USHER)
            .args(line.split_whitespace())
            .current_dir(i.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let ended = typed("advise --create shop --redirect https://shop.test/cb", "1\n2\n");
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stderr).contains("nothing was changed"), "{}", text(&ended.stderr));
    assert_eq!(i.client_ids(), 0);
    let done = typed("advise --create shop --redirect https://shop.test/cb", "1\n2\n2\n");
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert_eq!(i.client_ids(), 1);
}

/// A running server that is ended with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn with_a_server_running_it_is_the_server_that_creates_and_shows() {
    let i = Installation::new();
    let serve = Command::new(USHER)
        .arg("serve")
        .current_dir(i.0.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _server = Server(serve);
    let begun = Instant::now();
    while std::os::unix::net::UnixStream::connect(i.0.path().join("data/usher.sock")).is_err() {
        assert!(begun.elapsed() < Duration::from_mins(1));
        std::thread::yield_now();
    }
    i.works("advise --person no --create nightly");
    assert_eq!(i.check("nightly"), (vec![], false));
    assert_eq!(i.client_ids(), 1);
}
