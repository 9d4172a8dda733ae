//! The program as the system runs it: its environment, its signals, what it says of its health.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const USHER: &str = env!("CARGO_BIN_EXE_usher");

/// A folder in which the program runs, and two free ports.
struct Place {
    folder: TempDir,
    port: u16,
    operations: u16,
}

impl Place {
    fn new() -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, other) = (free(), free());
        let ports = (one.local_addr().unwrap().port(), other.local_addr().unwrap().port());
        Self { folder: tempfile::tempdir().unwrap(), port: ports.0, operations: ports.1 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with everything that it needs in its environment.
    fn command(&self) -> Command {
        self.set(Command::new(USHER))
    }

    fn set(&self, mut command: Command) -> Command {
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env("USHER_SERVER__PUBLIC_URL", format!("http://localhost:{}", self.port))
            .env("USHER_SERVER__LISTEN", format!("127.0.0.1:{}", self.port))
            .env("USHER_STORAGE__FOLDER", "data")
            .env("USHER_OPERATIONS__LISTEN", format!("127.0.0.1:{}", self.operations));
        command
    }

    /// Runs the program to its end.
    fn usher(&self, line: &[&str]) -> Output {
        self.command().args(line).output().unwrap()
    }

    fn start(&self, mut command: Command) -> Server<'_> {
        let log = std::fs::File::create(self.path("log")).unwrap();
        let child = command.stderr(log).spawn().unwrap();
        let server = Server { place: self, child };
        server.until(|s| s.status("/healthz") == Some(200));
        server
    }

    fn serve(&self) -> Server<'_> {
        let mut command = self.command();
        command.arg("serve");
        self.start(command)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }
}

struct Server<'a> {
    place: &'a Place,
    child: Child,
}

impl Server<'_> {
    fn until(&self, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_mins(1), "{}", self.place.log());
            std::thread::yield_now();
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Status, head and body of an answer of the operations listener.
    fn operations(&self, path: &str) -> Option<(u16, String)> {
        ask(self.place.operations, path)
    }

    fn status(&self, path: &str) -> Option<u16> {
        self.operations(path).map(|(status, _)| status)
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: whatever.test\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some((answer.split(' ').nth(1)?.parse().ok()?, answer))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn before_the_first_pool_people_see_a_page_and_programs_an_error() {
    let place = Place::new();
    let _server = place.serve();
    let (status, page) = ask(place.port, "/").unwrap();
    assert!(status == 503 && page.contains("<h1>Nobody can sign in here yet</h1>"), "{page}");
    assert!(page.contains("usher pool create") && !page.contains("request-id"), "{page}");
    let style = page.split("href=\"/assets/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(ask(place.port, &format!("/assets/{style}")).unwrap().0, 200);
    let (status, answer) = ask(place.port, "/oidc/.well-known/openid-configuration").unwrap();
    assert!(status == 503 && answer.contains("temporarily_unavailable"), "{answer}");
}

#[test]
fn a_server_needs_no_file_where_the_environment_says_enough() {
    let place = Place::new();
    let made = place.usher(&["pool", "create", "people"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let server = place.serve();
    for port in [place.port, place.operations] {
        let (status, answer) = ask(port, "/readyz").unwrap();
        assert_eq!(status, 200, "{answer}");
        let body = answer.rsplit("\r\n").next().unwrap();
        let said: serde_json::Value = serde_json::from_str(body).unwrap();
        let checks = serde_json::json!({ "reads": "ok", "writes": "ok", "clock": "ok", "configuration": "ok", "serving": "ok" });
        assert_eq!(said, serde_json::json!({ "status": "ready", "checks": checks }));
        assert_eq!(ask(port, "/healthz").unwrap().0, 200, "whatever the Host says");
    }
    assert_eq!(ask(place.port, "/metrics").unwrap().0, 421, "the numbers are not on the main listener");
    assert!(
        place.usher(&["health"]).status.success() && place.usher(&["health", "--ready"]).status.success()
    );
    drop(server);
    assert_eq!(place.usher(&["health"]).status.code(), Some(1));
    std::fs::write(place.path("usher.toml"), "[server]\nlisten = \"127.0.0.1:1\"\nshutdown_delay = 7\n")
        .unwrap();
    let shown = text(&place.usher(&["check-config"]).stdout);
    let line = |key: &str| shown.lines().find(|l| l.starts_with(key)).unwrap().to_owned();
    assert!(line("server.listen").ends_with("(USHER_SERVER__LISTEN)"), "the environment wins: {shown}");
    assert!(line("server.shutdown_delay").ends_with("7  (usher.toml:3)"), "{shown}");
    assert!(line("log.level").ends_with("info  (default)"), "{shown}");
}

#[test]
fn a_secret_from_the_environment_or_a_file_is_never_shown() {
    let place = Place::new();
    let address = "postgresql://usher:hunter2@localhost/usher";
    std::fs::write(place.path("url"), format!("{address}\n")).unwrap();
    for (variable, value) in [("USHER_STORAGE__URL", address), ("USHER_STORAGE__URL_FILE", "url")] {
        let output = place.command().arg("check-config").env(variable, value).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let shown = text(&output.stdout);
        let line = shown.lines().find(|l| l.starts_with("storage.url")).unwrap();
        assert!(line.ends_with(&format!("set  ({variable})")) && !shown.contains("hunter2"), "{shown}");
    }
    assert!(!place.path("data").exists());
}

#[test]
fn variables_of_others_are_let_through() {
    let place = Place::new();
    let mut command = place.command();
    // What Kubernetes sets where a service is named usher.
    command.envs([
        ("USHER_SERVICE_HOST", "10.0.0.1"),
        ("USHER_PORT", "tcp://10.0.0.1:80"),
        ("USHER_PORT_80_TCP", "x"),
    ]);
    let output = command.arg("check-config").env("USHER_LOG__LEVEL", "").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn a_request_in_flight_is_finished_after_sigterm_and_readiness_ends_at_once() {
    let place = Place::new();
    assert!(place.usher(&["pool", "create", "people"]).status.success());
    let mut server = place.serve();
    let body = "grant_type=nothing";
    let mut slow = TcpStream::connect(("127.0.0.1", place.port)).unwrap();
    write!(
        slow,
        "POST /oidc/token HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        place.port,
        body.len()
    )
    .unwrap();
    slow.write_all(&body.as_bytes()[..4]).unwrap();
    // Its head is being answered once the server counts the connection.
    server.until(|s| s.operations("/metrics").is_some_and(|(_, t)| t.contains("usher_connections_open 1")));
    server.signal(Signal::TERM);
    server.until(|s| s.status("/readyz") == Some(503));
    assert!(server.operations("/readyz").unwrap().1.contains("\"serving\":\"stopping\""));
    server.until(|_| TcpStream::connect(("127.0.0.1", place.port)).is_err());
    slow.write_all(&body.as_bytes()[4..]).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("invalid_client"), "{answer}");
    assert!(server.child.wait().unwrap().success());
    assert!(place.log().contains("usher has stopped"), "{}", place.log());
    assert!(!place.path("data/usher.sock").exists() && !place.path("data/usher.db-wal").exists());
}

#[test]
fn before_the_delay_is_over_requests_are_still_answered_and_a_second_signal_does_not_wait() {
    let place = Place::new();
    assert!(place.usher(&["pool", "create", "people"]).status.success());
    let mut command = place.command();
    command.arg("serve").env("USHER_SERVER__SHUTDOWN_DELAY", "300");
    let mut server = place.start(command);
    server.signal(Signal::TERM);
    server.until(|s| s.status("/readyz") == Some(503));
    assert_eq!(ask(place.port, "/healthz").unwrap().0, 200);
    assert_eq!(ask(place.port, "/readyz").unwrap().0, 503);
    server.signal(Signal::INT);
    let status = server.child.wait().unwrap();
    assert!(status.code().is_some(), "it ended by itself: {status}");
}

#[test]
fn a_second_signal_cuts_off_what_is_in_flight() {
    let place = Place::new();
    let mut server = place.serve();
    let mut stalled = TcpStream::connect(("127.0.0.1", place.port)).unwrap();
    stalled.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    server.until(|s| s.operations("/metrics").is_some_and(|(_, t)| t.contains("usher_connections_open 1")));
    server.signal(Signal::TERM);
    server.until(|_| TcpStream::connect(("127.0.0.1", place.port)).is_err());
    server.signal(Signal::TERM);
    let status = server.child.wait().unwrap();
    assert!(status.code().is_some(), "it ended by itself: {status}");
}

#[test]
fn a_full_disk_ends_readiness_and_room_brings_it_back() {
    let place = Place::new();
    assert!(place.usher(&["pool", "create", "people"]).status.success());
    // 64 blocks of 512 bytes more than the database has now: soon no file can grow. Without the trap the signal would end the process.
    let blocks = std::fs::metadata(place.path("data/usher.db")).unwrap().len() / 512 + 64;
    let script = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" serve");
    let mut command = place.set(Command::new("sh"));
    command.args(["-c", &script, USHER]);
    let server = place.start(command);
    assert_eq!(server.status("/readyz"), Some(200));
    let mut written = 0;
    while server.status("/readyz") == Some(200) {
        let name = format!("picture{written}");
        let made = place.usher(&[
            "app",
            "create",
            &name,
            &format!("client_name={}", "x".repeat(256)),
            "redirect_uris=https://a.test/",
        ]);
        written += 1;
        assert!(written < 2000, "{}", text(&made.stderr));
    }
    let (status, answer) = server.operations("/readyz").unwrap();
    assert_eq!(status, 503);
    assert!(answer.contains("\"writes\":\"failed\"") && answer.contains("\"reads\":\"ok\""), "{answer}");
    for told in ["data", "disk", "SQL", "usher.db"] {
        let body = answer.rsplit("\r\n").next().unwrap();
        assert!(!body.contains(told), "{answer}");
    }
    let pid = server.child.id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:unlimited"]).status();
    assert!(lifted.unwrap().success());
    server.until(|s| s.status("/readyz") == Some(200));
    let (_, numbers) = server.operations("/metrics").unwrap();
    assert!(numbers.contains("usher_ready 1"), "{numbers}");
}

#[test]
fn the_service_manager_is_told_when_the_server_is_ready_and_when_it_stops() {
    let place = Place::new();
    let listening = std::os::unix::net::UnixDatagram::bind(place.path("notify")).unwrap();
    let mut command = place.command();
    command.arg("serve").env("NOTIFY_SOCKET", place.path("notify"));
    let mut server = place.start(command);
    let mut told = [0; 64];
    let mut next = || {
        let length = listening.recv(&mut told).unwrap();
        text(&told[..length])
    };
    assert_eq!(next(), "READY=1\n");
    server.signal(Signal::TERM);
    assert_eq!(next(), "STOPPING=1\n");
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn the_log_is_written_as_it_is_asked_for() {
    for (format, begins) in [("json", "{"), ("auto", "{"), ("text", "20")] {
        let place = Place::new();
        let mut command = place.command();
        command.arg("serve").env("USHER_LOG__FORMAT", format);
        drop(place.start(command));
        assert!(place.log().lines().all(|line| line.starts_with(begins)), "{format}: {}", place.log());
    }
    let place = Place::new();
    let mut command = place.command();
    command.arg("serve").env("USHER_LOG__LEVEL", "error");
    drop(place.start(command));
    assert_eq!(place.log(), "");
}
