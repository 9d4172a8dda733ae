//! Backups, restores, schemas and the doctor, as the operator meets them.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const USHER: &str = env!("CARGO_BIN_EXE_usher");

/// A folder with configurations.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.configure("usher.toml", "data");
        place
    }

    /// Writes a configuration whose data is in a folder.
    fn configure(&self, name: &str, folder: &str) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "[server]\npublic_url = \"http://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\n[storage]\nfolder = \"{folder}\"\n"
        );
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(USHER);
        command.args(line.split(' ')).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    /// Exit status, standard output and standard error.
    fn usher(&self, line: &str) -> (i32, String, String) {
        let output = self.command(line).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    #[track_caller]
    fn works(&self, line: &str) -> String {
        let (status, out, err) = self.usher(line);
        assert_eq!(status, 0, "usher {line}: {out}{err}");
        out
    }

    /// A sentence on standard error, and nothing else.
    #[track_caller]
    fn refuses(&self, line: &str) -> String {
        let (status, out, err) = self.usher(line);
        assert_eq!((status, out.as_str()), (2, ""), "usher {line}: {err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        err
    }

    /// A second place with the first one's key and nothing else.
    fn other(&self, folder: &str) {
        self.configure(&format!("{folder}.toml"), folder);
        std::fs::create_dir(self.path(folder)).unwrap();
        std::fs::set_permissions(self.path(folder), std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::copy(self.path("data/master.key"), self.path(&format!("{folder}/master.key"))).unwrap();
    }

    fn serve(&self) -> Server {
        let log = std::fs::File::create(self.path("log")).unwrap();
        let server = Server(self.command("serve").stderr(log).spawn().unwrap());
        wait(|| std::os::unix::net::UnixStream::connect(self.path("data/usher.sock")).is_ok());
        server
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait(until: impl Fn() -> bool) {
    let begun = Instant::now();
    while !until() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it takes too long");
        std::thread::yield_now();
    }
}

#[test]
fn a_backup_is_made_beside_a_server_verified_and_restored_elsewhere() {
    let place = Place::new();
    place.works("pool create main");
    place.works("user create alice email=alice@example.com");
    let server = place.serve();
    let said = place.works("backup one");
    assert!(said.contains("one is written: made at 20") && said.contains("  users  "), "{said}");
    assert!(said.contains("The master key is not in it") && said.contains("master.key elsewhere"), "{said}");
    let said = place.works("backup --verify one");
    assert!(said.starts_with("one is whole") && said.contains("users"), "{said}");
    let document: serde_json::Value =
        serde_json::from_str(&place.works("backup --verify one --json")).unwrap();
    assert_eq!((&document["rows"]["pools"], &document["rows"]["users"]), (&1.into(), &1.into()));
    assert!(place.refuses("backup one").contains("is there already"));
    let (status, _, err) = place.usher("restore one");
    assert_eq!(status, 1, "{err}");
    assert!(err.contains("in use by another usher"), "{err}");
    drop(server);

    place.other("second");
    let said = place.works("restore one --config second.toml");
    assert!(said.contains("one is restored") && said.contains("people sign in again"), "{said}");
    assert!(said.contains("made of public_url, which is http://localhost:"), "{said}");
    assert!(place.works("user show alice --config second.toml").contains("alice@example.com"));
    assert!(place.refuses("restore one --config second.toml").contains("only into an empty place"));
}

#[test]
fn a_restore_that_is_killed_leaves_no_database() {
    let place = Place::new();
    place.works("pool create main");
    place.works("backup one");
    place.other("second");
    let whole = std::fs::read(place.path("one")).unwrap();
    assert!(Command::new("mkfifo").arg(place.path("slow")).status().unwrap().success());
    let mut restore = place.command("restore slow --config second.toml").spawn().unwrap();
    let mut slow = std::fs::OpenOptions::new().write(true).open(place.path("slow")).unwrap();
    // All but its end: the database is being built, and is not whole.
    slow.write_all(&whole[..whole.len() - 1]).unwrap();
    wait(|| place.path("second/usher.db.part").exists());
    restore.kill().unwrap();
    restore.wait().unwrap();
    drop(slow);
    assert!(!place.path("second/usher.db").exists());
    place.works("restore one --config second.toml");
    assert!(place.works("pool list --config second.toml").contains("main"));
    assert!(!place.path("second/usher.db.part").exists());
}

#[test]
fn a_schema_is_looked_at_and_brought_up_to_date() {
    let place = Place::new();
    for line in ["migrate --check", "migrate"] {
        assert!(place.refuses(line).contains("holds no installation yet"), "{line}");
        assert!(!place.path("data").exists());
    }
    place.works("pool create main");
    assert!(place.works("migrate --check").contains("is up to date"));
    let _server = place.serve();
    assert!(place.works("migrate").contains("is up to date"), "nothing is pending, so nothing is in its way");
    assert!(place.works("migrate --check").contains("is up to date"));
}

#[test]
fn wrong_input_is_refused_in_a_sentence_and_nothing_is_touched() {
    let place = Place::new();
    place.works("pool create main");
    place.works("backup one");
    place.other("empty");
    std::fs::write(place.path("text"), "nothing of ours").unwrap();
    std::fs::write(place.path("short"), &std::fs::read(place.path("one")).unwrap()[..200]).unwrap();
    place.configure("keyless.toml", "keyless");
    std::fs::write(place.path("wrong.toml"), "[server]\npublic_url = 5\n").unwrap();
    let before = listing(&place);
    for (line, says) in [
        ("backup missing/one", "missing is no folder: make it"),
        ("backup one", "is there already"),
        ("backup two --config keyless.toml", "master.key is missing"),
        ("backup two --config nowhere.toml", "there is no such file"),
        ("backup two --config wrong.toml", "public_url"),
        ("backup --verify missing", "there is no such file"),
        ("backup --verify text", "is no backup"),
        ("backup --verify short", "ends too early"),
        ("restore missing --config empty.toml", "there is no such file"),
        ("restore text --config empty.toml", "is no backup"),
        ("restore short --config empty.toml", "ends too early"),
        ("restore one --config keyless.toml", "master.key is missing"),
        ("restore one --config wrong.toml", "public_url"),
        ("migrate --config wrong.toml", "public_url"),
        ("migrate --config nowhere.toml", "there is no such file"),
        ("doctor --config wrong.toml", "public_url"),
        ("doctor --config nowhere.toml", "there is no such file"),
    ] {
        let said = place.refuses(line);
        assert!(said.contains(says), "{line}: {said}");
    }
    assert_eq!(listing(&place), before);
    for line in
        ["backup", "restore", "backup one two", "restore --keep-session one", "migrate now", "doctor x"]
    {
        let (status, out, err) = place.usher(line);
        assert_eq!((status, out.as_str()), (2, ""), "{line}: {err}");
    }
}

/// Every file but locks, with its size.
fn listing(place: &Place) -> Vec<(PathBuf, u64)> {
    let mut all = Vec::new();
    for folder in [".", "data", "empty"] {
        for entry in std::fs::read_dir(place.path(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "usher.lock" {
                all.push((
                    entry.path(),
                    entry.metadata().map(|m| if m.is_file() { m.len() } else { 0 }).unwrap(),
                ));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_mends_it() {
    let place = Place::new();
    let (status, said, _) = place.usher("doctor");
    assert_eq!(status, 1);
    assert!(said.contains("no server was started here yet"), "{said}");
    place.works("pool create main");
    let said = place.works("doctor");
    assert!(said.contains("main has no application yet") && said.contains("Nothing is wrong."), "{said}");
    place.works("app create shop redirect_uris=https://shop.example/cb");
    let said = place.works("doctor");
    assert!(said.contains("No server runs here.") && said.contains("Nothing is wrong."), "{said}");
    let server = place.serve();
    assert!(place.works("doctor").contains("Nothing is wrong."));
    drop(server);

    let mode = |name: &str, bits: u32| {
        std::fs::set_permissions(place.path(name), std::fs::Permissions::from_mode(bits)).unwrap();
    };
    mode("data/master.key", 0o644);
    mode("data", 0o755);
    let (status, said, _) = place.usher("doctor --json");
    let document: serde_json::Value = serde_json::from_str(&said).unwrap();
    let mends: Vec<&str> =
        document["findings"].as_array().unwrap().iter().filter_map(|f| f["mend"].as_str()).collect();
    assert_eq!(status, 1);
    assert!(mends.iter().any(|m| m.starts_with("chmod 600") && m.ends_with("master.key")), "{said}");
    assert!(mends.iter().any(|m| m.starts_with("chmod 700")), "{said}");
    assert_eq!(mends.len(), 2, "one finding for one cause: {said}");
    mode("data/master.key", 0o600);
    mode("data", 0o700);
    std::fs::write(place.path("data/master.key"), [1; 32]).unwrap();
    let (status, said, _) = place.usher("doctor");
    assert_eq!(status, 1);
    assert!(said.contains("does not open 1 of 1 signing keys"), "{said}");
    mode("usher.toml", 0o646);
    mode(".", 0o755);
    let (_, said, _) = place.usher("doctor");
    assert!(said.contains("everybody on this machine can change it\n    chmod o-rwx "), "{said}");
}

#[test]
fn every_command_obeys_the_variable_that_names_the_configuration() {
    let place = Place::new();
    place.works("pool create main");
    let elsewhere = tempfile::tempdir().unwrap();
    let run = |config: &str, line: &str| {
        let mut command = place.command(line);
        let output = command.current_dir(elsewhere.path()).env("USHER_CONFIG", config).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let config = place.path("usher.toml").display().to_string();
    for line in ["pool list", "doctor", "migrate", "backup b", "check-config", "advise --check"] {
        let (status, err) = run(&config, line);
        assert!(!err.contains("there is no such file") && status < 2, "{line}: {status} {err}");
    }
    assert!(elsewhere.path().join("b").exists());
    // An empty one is as if it were not there; an empty argument is a mistake.
    let (status, err) = run("", "pool list");
    assert!(status == 2 && err.contains("usher.toml: there is no such file"), "{err}");
    let (status, err) = run(&config, "pool list --config=");
    assert!(status == 2 && err.contains("--config <CONFIG> needs a value"), "{err}");
}

#[test]
fn nothing_is_backed_up_under_another_master_key() {
    let place = Place::new();
    place.works("pool create main");
    std::fs::write(place.path("data/master.key"), [1; 32]).unwrap();
    let (status, _, err) = place.usher("backup b");
    assert!(status == 1 && err.contains("is another master key than that of this database"), "{err}");
    assert!(!place.path("b").exists());
}

#[test]
fn a_lost_database_is_told_apart_from_a_new_installation() {
    let place = Place::new();
    place.works("pool create main");
    let log = || std::fs::read_to_string(place.path("log")).unwrap();
    let serve = || {
        let server = place.serve();
        wait(|| log().contains("usher is ready"));
        drop(server);
    };
    serve();
    assert!(!log().contains("a new installation begins"), "{}", log());
    for file in ["usher.db", "usher.db-wal", "usher.db-shm"] {
        let _ = std::fs::remove_file(place.path("data").join(file));
    }
    let (status, said, _) = place.usher("doctor");
    assert!(status == 1 && said.contains("is that of an installation\n    look whether"), "{said}");
    assert!(said.contains("usher restore FILE") && said.contains("One thing is wrong."), "{said}");
    serve();
    assert!(log().contains("a new installation begins"), "{}", log());
}

#[test]
fn root_makes_no_files_in_another_users_folder() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let place = Place::new();
    place.works("pool create main");
    std::os::unix::fs::chown(place.path("data"), Some(1), None).unwrap();
    let (status, _, err) = place.usher("serve");
    assert!(status == 1 && err.contains("belongs to the Unix user 1, and this is root: start"), "{err}");
    assert!(!place.path("data/usher.sock").exists());
    let (status, _, err) = place.usher("pool create other");
    assert!(status == 1 && err.contains("belongs to the Unix user 1"), "{err}");
    // The doctor may look, and says what is amiss.
    let (_, said, _) = place.usher("doctor");
    assert!(said.contains("belongs to another Unix user than its folder"), "{said}");
}

#[test]
fn a_server_that_hangs_is_told_within_seconds() {
    let place = Place::new();
    place.works("pool create main");
    let server = place.serve();
    wait(|| place.path("data/usher.sock").exists());
    assert!(place.works("doctor").contains("Nothing is wrong."));
    let id = rustix::process::Pid::from_raw(i32::try_from(server.0.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::STOP).unwrap();
    let (status, said, _) = place.usher("doctor");
    rustix::process::kill_process(id, rustix::process::Signal::CONT).unwrap();
    assert!(status == 1 && said.contains("does not answer on") && said.contains("within 5 s"), "{said}");
}

#[test]
fn settings_that_need_mail_are_told_where_none_can_be_sent() {
    let place = Place::new();
    let mut text = std::fs::read_to_string(place.path("usher.toml")).unwrap();
    text.push_str("\n[[pools]]\nname = \"main\"\n[pools.settings]\nsign_up = true\npassword_reset = false\n");
    std::fs::write(place.path("usher.toml"), text).unwrap();
    place.works("pool create main");
    place.works("pool create club verify_email=true password_reset=true");
    let (status, _, err) = place.usher("check-config");
    assert_eq!((status, err.lines().count()), (0, 1), "{err}");
    assert!(
        err.contains("usher.toml:11: [pools.settings] sign_up: this does nothing without [mail]"),
        "{err}"
    );
    let server = place.serve();
    let log = || std::fs::read_to_string(place.path("log")).unwrap();
    wait(|| log().contains("usher is ready"));
    drop(server);
    let told: Vec<String> =
        log().lines().filter(|line| line.contains("without [mail]")).map(str::to_owned).collect();
    assert!(
        told.len() == 2 && told[0].contains("sign_up") && told[1].contains("verify_email password_reset"),
        "{told:?}"
    );
    let (status, said, _) = place.usher("doctor");
    assert_eq!(status, 1);
    assert!(
        said.contains("these settings of the pool main do nothing: sign_up\n")
            && said.contains("of the pool club do nothing: verify_email, password_reset\n"),
        "{said}"
    );
}
