//! Managing an installation: with a server by its socket, and without one.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const USHER: &str = env!("CARGO_BIN_EXE_usher");

/// An installation without anything in it.
pub(super) struct Installation {
    folder: TempDir,
}

impl Installation {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "[server]\npublic_url = \"http://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\n[storage]\nfolder = \"data\"\n"
        );
        std::fs::write(folder.path().join("usher.toml"), text).unwrap();
        Self { folder }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(USHER);
        command.args(line).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(super) fn usher(&self, line: &[&str]) -> Output {
        self.command(line).output().unwrap()
    }

    /// Standard output of a command that works.
    #[track_caller]
    pub(super) fn shows(&self, line: &[&str]) -> String {
        let output = self.usher(line);
        assert!(output.status.success(), "usher {line:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Standard error of a command that does not work, its exit status being this.
    #[track_caller]
    pub(super) fn fails(&self, status: i32, line: &[&str]) -> String {
        let output = self.usher(line);
        assert_eq!(output.status.code(), Some(status), "usher {line:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
        text(&output.stderr)
    }

    /// A running server, its log in `log`.
    pub(super) fn serve(&self) -> Server {
        let log = std::fs::File::create(self.path("log")).unwrap();
        let child = self.command(&["serve"]).stderr(log).spawn().unwrap();
        let server = Server(child);
        let begun = Instant::now();
        while std::os::unix::net::UnixStream::connect(self.path("data/usher.sock")).is_err() {
            assert!(begun.elapsed() < Duration::from_mins(1), "{}", self.log());
            std::thread::yield_now();
        }
        server
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }
}

/// A server that is ended with the test.
pub(super) struct Server(pub(super) Child);

impl Server {
    pub(super) fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(super) fn json(shown: &str) -> serde_json::Value {
    serde_json::from_str(shown).unwrap_or_else(|e| panic!("{e}: {shown}"))
}

#[test]
fn an_installation_is_managed_without_a_server_with_one_and_without_one_again() {
    let i = Installation::new();
    assert!(i.shows(&["pool", "create", "people"]).starts_with("name"));
    let shop =
        ["app", "create", "shop", "client_name=The Shop", "redirect_uris=https://shop.test/cb", "--json"];
    let first = json(&i.shows(&shop))["app"]["client_secret"].as_str().unwrap().to_owned();

    let server = i.serve();
    let listed = i.shows(&["app", "list"]);
    assert!(listed.contains("CLIENT ID") && listed.contains("The Shop"), "{listed}");
    let rotated = i.usher(&["app", "rotate-secret", "shop"]);
    assert!(text(&rotated.stderr).contains("once"), "notes are not for programs that read the output");
    let shown = text(&rotated.stdout);
    let second = shown.lines().find_map(|l| l.strip_prefix("client_secret")).unwrap().trim().to_owned();
    let made = json(&i.shows(&["user", "create", "alice", "--generate", "--json"]));
    let password = made["user"]["password"].as_str().unwrap().to_owned();
    assert_eq!(
        i.fails(2, &["app", "create", "shop", "redirect_uris=https://shop.test/cb"]).lines().count(),
        1
    );
    server.stop();
    assert!(!i.path("data/usher.sock").exists());
    let log = i.log();
    assert!(log.contains("app rotate-secret") && log.contains("user create"), "{log}");
    for secret in [&first, &second, &password] {
        assert!(secret.len() == 43 && !log.contains(secret.as_str()), "{log}");
    }
    assert_eq!(json(&i.shows(&["user", "show", "alice", "--json"]))["user"]["id"], made["user"]["id"]);
}

#[test]
fn a_server_that_was_killed_leaves_nothing_in_the_way() {
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    drop(i.serve());
    assert!(i.path("data/usher.sock").exists(), "nobody cleared it away");
    i.shows(&["app", "list"]);
    let server = i.serve();
    i.shows(&["app", "list"]);
    server.stop();
}

#[test]
fn a_secret_comes_by_standard_input_and_mistakes_end_with_status_two() {
    use std::io::Write as _;
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    let mut child = i
        .command(&["user", "create", "alice", "--password", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a passphrase that is long enough\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(i.shows(&["user", "show", "alice"]).contains("has_password"));

    for line in [
        &["app", "explode"][..],
        &["app", "create"],
        &["app", "create", "shop"],
        &["app", "set", "nobody", "client_name=x"],
        &["app", "list", "--config", "nowhere.toml"],
        &["user", "delete", "alice"],
        &["completions", "tcsh"],
        &["explode"],
    ] {
        assert!(!i.fails(2, line).is_empty());
    }
    assert!(i.shows(&["user", "list"]).contains("alice"));
}

#[test]
fn a_folder_of_another_user_is_not_touched_and_another_user_is_not_served() {
    // Only root can give a folder away, and be somebody else.
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    let data = i.path("data");
    std::os::unix::fs::chown(&data, Some(65_534), None).unwrap();
    let words = i.fails(1, &["app", "list"]);
    assert!(words.contains("65534") && words.lines().count() == 1, "{words}");
    std::os::unix::fs::chown(&data, Some(0), None).unwrap();

    let server = i.serve();
    // The folder and the socket are opened wide, so that only the look at who is there is left.
    let wide = |path: &Path, mode| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let program = i.path("usher");
    std::fs::copy(USHER, &program).unwrap();
    for (name, mode) in
        [("", 0o755), ("data", 0o755), ("data/usher.sock", 0o666), ("usher", 0o755), ("usher.toml", 0o644)]
    {
        wide(&i.path(name), mode);
    }
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["app", "list"])
        .current_dir(i.folder.path())
        .output();
    let Ok(output) = output else { return };
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(i.log().contains("another user was refused"), "{}", i.log());
    server.stop();
}

#[test]
fn shells_complete_what_there_is() {
    let i = Installation::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = i.shows(&["completions", shell]);
        assert!(
            ["access-key", "rotate-secret", "set-password"].iter().all(|w| script.contains(w)),
            "{shell}"
        );
    }
}

#[test]
fn settings_are_listed_without_an_installation() {
    let i = Installation::new();
    std::fs::remove_file(i.path("usher.toml")).unwrap();
    for (noun, name) in
        [("app", "redirect_uris"), ("pool", "display_name"), ("user", "email"), ("access-key", "scope")]
    {
        assert!(i.shows(&[noun, "settings"]).contains(name));
        let listed = json(&i.shows(&[noun, "settings", "--json"]));
        assert!(listed["settings"].as_array().unwrap().iter().any(|s| s["name"] == name));
    }
}

/// Where the tables of docs/guide/command-line.md begin and end.
fn marks(name: &str) -> (String, &'static str) {
    (format!("<!-- {name} -->\n"), "<!-- end -->")
}

#[test]
fn the_guide_has_every_setting() {
    use usher_admin::setting::{ACCESS_KEY, APPLICATION, POOL, USER};
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/command-line.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let mut wanted = written.clone();
    for (name, table) in
        [("pool", &POOL), ("app", &APPLICATION), ("access-key", &ACCESS_KEY), ("user", &USER)]
    {
        let (begin, end) = marks(name);
        let (before, rest) = wanted.split_once(&begin).unwrap_or_else(|| panic!("no mark for {name}"));
        let (_, after) = rest.split_once(end).unwrap();
        wanted = format!("{before}{begin}{}{end}{after}", usher::cli::markdown(table));
    }
    if std::env::var_os("USHER_WRITE_GUIDE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(written == wanted, "run this test with USHER_WRITE_GUIDE set: the tables are made from the code");
}

#[test]
fn nothing_is_trusted_to_a_folder_that_others_may_change() {
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    let server = i.serve();
    let open = |mode: u32| {
        std::fs::set_permissions(i.path("data"), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(0o777);
    let told = i.fails(1, &["pool", "list"]);
    assert!(told.contains("chmod go-w"), "the command line sends nothing: {told}");
    server.stop();
    let told = i.fails(1, &["pool", "list"]);
    assert!(told.contains("can be changed by others"), "nor does it open the database: {told}");
    let told = i.fails(1, &["serve"]);
    assert!(told.contains("can be changed by others"), "nor does a server start: {told}");
    open(0o750);
    assert!(i.shows(&["pool", "list"]).contains("people"));
}

#[test]
fn a_key_whose_identifier_begins_with_a_hyphen_can_be_named() {
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    for command in [vec!["key", "show", "-7hb", "--json"], vec!["key", "delete", "-7hb", "--yes"]] {
        let told = i.fails(2, &command);
        assert!(told.contains("-7hb") && !told.contains("unexpected argument"), "{told}");
    }
}

#[test]
fn the_audit_trail_is_sealed_by_itself_and_a_check_fails_where_it_was_changed() {
    let i = Installation::new();
    i.shows(&["pool", "create", "people"]);
    assert!(i.shows(&["audit", "verify"]).contains("nothing is sealed yet"));
    let server = i.serve();
    i.shows(&["user", "create", "alice"]);
    let begun = Instant::now();
    while !i.shows(&["audit", "verify"]).contains("intact, sealed up to row 2") {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", i.log());
        std::thread::yield_now();
    }
    let listed = i.shows(&["audit", "list"]);
    assert!(listed.contains("user_created") && listed.contains("unix:"), "{listed}");
    std::fs::write(i.path("kept"), i.shows(&["audit", "checkpoint"])).unwrap();
    assert!(i.shows(&["audit", "verify", "--checkpoint", "kept"]).contains("the checkpoint fits"));
    server.stop();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = usher_store::Store::open(&usher_store::Place::Folder(i.path("data"))).await.unwrap();
        let mut batch = usher_store::Batch::new();
        batch.then("UPDATE audit SET actor = 'unix:4711' WHERE number = 2", Vec::new());
        let _ = store.apply(batch).await.unwrap();
        store.close().await;
    });
    let output = i.usher(&["audit", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("BROKEN: row 2 was changed"), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("the audit trail of pool people is not as it was written"));
    let shown = json(&text(&i.usher(&["audit", "verify", "--json"]).stdout));
    assert_eq!(shown["audit_reports"][0]["broken"]["number"], 2);
    assert_eq!(i.fails(2, &["audit", "verify", "--checkpoint", "usher.toml"]).lines().count(), 1);
}
