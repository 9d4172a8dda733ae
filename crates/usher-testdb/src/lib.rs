//! A throwaway PostgreSQL for tests: one server for each test program, a fresh database for each test.
//!
//! The server listens on a Unix socket in a folder of its own under /tmp, as an unprivileged user (initdb refuses root), and
//! is stopped and its folder removed when the test program ends, however it ends: a shell waits for the end of its
//! standard input, which the system closes together with the program. A test that needs TCP, with TLS or without, starts a
//! server of its own.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tokio_postgres::NoTls;

/// Why there is no database, in words that say what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Missing {
    /// The programs are not installed.
    #[error("PostgreSQL's programs (initdb, pg_ctl) were not found: install the package `postgresql`")]
    Programs,
    /// They did not do what they should.
    #[error("a PostgreSQL server for tests could not be used: {0}")]
    Server(String),
}

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    /// The folder of its socket.
    folder: String,
    port: u16,
    databases: AtomicU32,
    /// Its end is the end of the server, so it is held as long as that is needed.
    keeper: Child,
    said: BufReader<ChildStdout>,
}

/// What a server speaks TLS with, in PEM.
#[derive(Debug, Clone, Copy)]
pub struct Tls<'a> {
    /// The certificate.
    pub certificate: &'a str,
    /// Its private key.
    pub key: &'a str,
}

/// The password of the user `postgres`, which is asked for over TCP.
pub const PASSWORD: &str = "a password of tests";
/// The port by which a socket is named that has no other.
const PORT: u16 = 5432;

/// Sets the server up, says where it is, and takes it down when standard input ends. The databases' default collation is a
/// language's where ICU is there, so that a forgotten `COLLATE "C"` shows. A line `restart` starts the server again.
const KEEPER: &str = r#"
set -u
dir=$(mktemp -d /tmp/usher-testdb.XXXXXX) || exit 1
trap 'rm -rf "$dir"' EXIT
trap '' INT HUP
make() {
    rm -rf "$dir/data"
    "$BIN/initdb" -D "$dir/data" -U postgres --auth-local=trust --auth-host=scram-sha-256 --pwfile="$dir/password" --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions "$@" >"$dir/log" 2>&1
}
umask 077
printf '%s\n' "$PASSWORD" >"$dir/password"
make --locale-provider=icu --icu-locale=en-US || make || { cat "$dir/log"; exit 1; }
if [ -n "$KEY" ]; then
    printf '%s' "$KEY" >"$dir/data/server.key"
    printf '%s' "$CERTIFICATE" >"$dir/data/server.crt"
    LISTEN="$LISTEN -c ssl=on"
fi
"$BIN/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start -o "-k $dir $LISTEN -c fsync=off -c full_page_writes=off \
    -c max_connections=400 -c shared_buffers=32MB -c deadlock_timeout=50ms" >"$dir/start" 2>&1 || { cat "$dir/start" "$dir/log"; exit 1; }
echo "ready $dir"
while read -r _; do
    "$BIN/pg_ctl" -D "$dir/data" -l "$dir/log" -m immediate -w -t 60 restart >"$dir/start" 2>&1 && echo ready || echo failed
done
"$BIN/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
"#;

/// So many of the newest databases are kept whether or not anybody is connected: their tests may come back to them.
const KEPT: i32 = 64;

/// Databases that their tests have left; a few at a time, so that hundreds of tests do not fill the disk.
const LEFT: &str = "SELECT datname::text FROM pg_database d \
    WHERE datname LIKE 'test\\_%' AND substr(datname, 6)::integer < $1 \
    AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datname = d.datname) LIMIT 4";

impl Postgres {
    /// The server of this test program, started on first use.
    pub fn shared() -> Result<&'static Self, Missing> {
        static SHARED: OnceLock<Result<Postgres, Missing>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start("-c listen_addresses=", PORT, None)).as_ref().map_err(Clone::clone)
    }

    /// Ends the server in the middle of everything, and starts it again.
    pub fn restart(&mut self) -> Result<(), Missing> {
        let broken = |e: std::io::Error| Missing::Server(e.to_string());
        if let Some(orders) = &mut self.keeper.stdin {
            writeln!(orders, "restart").map_err(broken)?;
        }
        let mut line = String::new();
        self.said.read_line(&mut line).map_err(broken)?;
        if line.trim_end() == "ready" {
            Ok(())
        } else {
            Err(Missing::Server("it did not restart".to_owned()))
        }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server of this test program; where it is missing, a line says which test was not run.
    ///
    /// # Panics
    ///
    /// Where it is missing although `CI` is `true` or `USHER_REQUIRE_POSTGRES` is set.
    pub fn or_skip(test: &str) -> Option<&'static Self> {
        not_skipped(test, Self::shared())
    }

    /// The same of a server of its own on a port of 127.0.0.1, too, where it asks for [`PASSWORD`]. It ends when it is dropped.
    ///
    /// # Panics
    ///
    /// As above.
    pub fn on_loopback_or_skip(test: &str, tls: Option<Tls<'_>>) -> Option<Self> {
        not_skipped(test, Self::on_loopback(tls))
    }

    /// Makes an empty database and gives its address.
    pub async fn fresh_database(&self) -> Result<String, Missing> {
        let number = self.databases.fetch_add(1, Relaxed);
        let name = format!("test_{number}");
        let failed = |e: tokio_postgres::Error| Missing::Server(format!("{e:?}"));
        let (client, connection) =
            tokio_postgres::connect(&self.address("postgres"), NoTls).await.map_err(failed)?;
        let connection = tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.map_err(failed)?;
        let kept = i32::try_from(number).unwrap_or(i32::MAX).saturating_sub(KEPT);
        for left in client.query(LEFT, &[&kept]).await.map_err(failed)? {
            // Where a test took it up again in this moment, it stays.
            let _ = client.batch_execute(&format!("DROP DATABASE {}", left.get::<_, &str>(0))).await;
        }
        drop(client);
        let _ = connection.await;
        Ok(self.address(&name))
    }

    /// The path of the server's Unix socket, for tests that stand between a client and the server.
    pub fn socket(&self) -> PathBuf {
        Path::new(&self.folder).join(format!(".s.PGSQL.{}", self.port))
    }

    fn address(&self, database: &str) -> String {
        format!("postgresql://postgres@{}:{}/{database}", self.folder.replace('/', "%2F"), self.port)
    }

    fn on_loopback(tls: Option<Tls<'_>>) -> Result<Self, Missing> {
        let broken = |e: std::io::Error| Missing::Server(e.to_string());
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).map_err(broken)?.port();
        Self::start(&format!("-c listen_addresses=127.0.0.1 -p {port}"), port, tls)
    }

    fn start(listen: &str, port: u16, tls: Option<Tls<'_>>) -> Result<Self, Missing> {
        let programs = programs().ok_or(Missing::Programs)?;
        let broken = |e: std::io::Error| Missing::Server(e.to_string());
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", KEEPER]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", KEEPER]);
            command
        };
        // A process group of its own keeps a Ctrl-C in the terminal from the server before the tests have ended.
        command
            .env("BIN", programs)
            .env("LISTEN", listen)
            .env("PASSWORD", PASSWORD)
            .env("CERTIFICATE", tls.map_or("", |tls| tls.certificate))
            .env("KEY", tls.map_or("", |tls| tls.key))
            .current_dir("/tmp")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut keeper = command.spawn().map_err(broken)?;
        let mut said = BufReader::new(
            keeper.stdout.take().ok_or_else(|| Missing::Server("it says nothing".to_owned()))?,
        );
        let mut line = String::new();
        said.read_line(&mut line).map_err(broken)?;
        if let Some(folder) = line.strip_prefix("ready ") {
            return Ok(Self {
                folder: folder.trim_end().to_owned(),
                port,
                databases: AtomicU32::new(0),
                keeper,
                said,
            });
        }
        said.read_to_string(&mut line).map_err(broken)?;
        Err(Missing::Server(line))
    }
}

/// A server, unless it is missing and may be.
fn not_skipped<S>(test: &str, server: Result<S, Missing>) -> Option<S> {
    match server {
        Ok(server) => Some(server),
        Err(missing) => {
            let required = std::env::var_os("CI").is_some_and(|value| value == "true")
                || std::env::var_os("USHER_REQUIRE_POSTGRES").is_some();
            assert!(!required, "{missing}");
            eprintln!("not run on PostgreSQL: {test}: {missing}");
            None
        }
    }
}

/// The newest PostgreSQL's folder of programs: where Debian and Red Hat keep them, then the search path.
fn programs() -> Option<OsString> {
    let mut versions: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name
                .to_str()
                .and_then(|name| name.strip_prefix(prefix))
                .and_then(|digits| digits.parse().ok());
            versions.extend(version.map(|version| (version, entry.path().join("bin"))));
        }
    }
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = std::env::split_paths(&path);
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file();
    versions
        .into_iter()
        .rev()
        .map(|(_, folder)| folder)
        .chain(searched)
        .find(complete)
        .map(PathBuf::into_os_string)
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}
