//! A server in a process of its own, with the system's clock: the test program itself, started again to run nothing else, so that it can
//! be killed.

use crate::application::At;
use crate::server::SEED;
use crate::{Application, Browser, TestClock};
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use usher::{config, serve};
use usher_store::{Engine, Place};

/// Names the folder to the process.
const FOLDER: &str = "SUITE_FOLDER";

/// Runs the server of the folder that the environment names until it is told to stop: the process's half of [`ServerProcess`]. Where
/// nothing is named there is nothing to do.
pub async fn serve_as_a_process() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let loaded = config::load(&PathBuf::from(folder).join("usher.toml")).unwrap();
    usher::logging::start(loaded.config.log);
    serve::run(loaded).await.unwrap();
}

/// A server in a process of its own; it is killed when this value goes.
pub struct ServerProcess {
    child: Child,
    /// The test that calls [`serve_as_a_process`].
    test: &'static str,
    folder: TempDir,
    address: SocketAddr,
    seed: String,
    place: Place,
}

impl ServerProcess {
    /// Starts one with the usual seed on this engine; `test` is the full name of the test that calls [`serve_as_a_process`].
    pub async fn start(engine: Engine, test: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let mut seed = SEED.replace("{port}", &address.port().to_string()).replace("{development}", "false");
        let mut place = Place::Folder(folder.path().join("data"));
        if engine == Engine::Postgres {
            let url = usher_testdb::Postgres::shared().unwrap().fresh_database().await.unwrap();
            seed = seed.replace("folder = \"data\"", &format!("folder = \"data\"\nurl = \"{url}\""));
            place = Place::Postgres(url);
        }
        std::fs::write(folder.path().join("usher.toml"), &seed).unwrap();
        let child = Self::spawn(folder.path(), test);
        let mut server = Self { child, test, folder, address, seed, place };
        server.answers().await;
        server
    }

    /// Kills it without warning.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on what the last one left.
    pub async fn start_again(&mut self) {
        self.child = Self::spawn(self.folder.path(), self.test);
        self.answers().await;
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged, in all its lives.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Where its data is.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A declared application of the first pool.
    pub fn application(&self, client_id: &str) -> Application {
        let declared = config::parse(&self.seed, Path::new("usher.toml")).unwrap().config.pools;
        let settings = declared[0].applications.iter().find(|a| a.client_id == client_id).unwrap();
        let (origin, clock) = (self.origin(), Arc::new(TestClock::new()));
        Application::of(At { address: self.address, origin, seed: &self.seed, clock }, "", settings)
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address, self.origin())
    }

    fn origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    fn spawn(folder: &Path, test: &str) -> Child {
        let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
        // Where the system limits the size of files, writing fails, as on a full disk, and the process lives.
        Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(FOLDER, folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// Waits until it takes connections; it answers them as soon as it can.
    async fn answers(&mut self) {
        let begun = Instant::now();
        while TcpStream::connect(self.address).await.is_err() {
            assert!(self.child.try_wait().unwrap().is_none(), "it ended: {}", self.log());
            assert!(begun.elapsed() < Duration::from_mins(2), "{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
