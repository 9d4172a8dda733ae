//! The server that is measured: its folder, its start, its end.

use super::process;
use super::site::{self, Site};
use super::wire::Wire;
use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Between two attempts to connect to a server that is starting; what waits longer than this is its answer.
const KNOCK: Duration = Duration::from_millis(1);
/// A start, or an end, that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// An installation in a folder of its own.
pub(super) struct Installation {
    /// How it is reached.
    pub(super) site: Site,
    program: PathBuf,
    folder: PathBuf,
}

/// A server that runs; it ends with this value.
pub(super) struct Server {
    /// Its process.
    pub(super) pid: u32,
    /// From the start of the process to the first answer.
    pub(super) started_in: Duration,
    child: Child,
}

impl Installation {
    /// Writes a configuration for a free port into a folder.
    pub(super) fn new(program: &Path, folder: &Path, database: Option<&str>) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        fs::write(folder.join("usher.toml"), site::config(port, database))?;
        Ok(Self { site: Site::new(port), program: program.to_owned(), folder: folder.to_owned() })
    }

    /// Starts the server and waits for its first answer.
    pub(super) async fn start(&self) -> anyhow::Result<Server> {
        let log = self.folder.join("server.log");
        let mut command = Command::new(&self.program);
        command.args(["serve", "--config"]).arg(self.folder.join("usher.toml"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
        let began = Instant::now();
        let child =
            command.spawn().with_context(|| format!("{} could not be started", self.program.display()))?;
        let mut server = Server { pid: child.id(), started_in: Duration::ZERO, child };
        let request = self.site.discovery();
        let mut wire = loop {
            if let Ok(wire) = Wire::connect(self.site.address).await {
                break wire;
            }
            if server.child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                bail!("the server did not start:\n{}", fs::read_to_string(&log).unwrap_or_default());
            }
            tokio::time::sleep(KNOCK).await;
        };
        wire.exchange(&request).await?.expect(200, "discovery")?;
        server.started_in = began.elapsed();
        Ok(server)
    }
}

impl Server {
    /// The processor time that it has used.
    pub(super) fn cpu_time(&self) -> anyhow::Result<Duration> {
        process::cpu_time(self.pid)
    }

    /// Its memory.
    pub(super) fn memory(&self) -> anyhow::Result<process::Memory> {
        process::memory(self.pid)
    }

    /// Tells it to stop, as a service manager would, and waits until it has.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let told = Command::new("sh").arg("-c").arg(format!("kill -TERM {}", self.pid)).status()?;
        let began = Instant::now();
        while told.success() && began.elapsed() < PATIENCE {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(KNOCK).await;
        }
        bail!("the server did not stop when it was told to")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
