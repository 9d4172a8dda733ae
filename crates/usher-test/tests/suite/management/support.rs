//! What the tests of management share: a server with its socket, and command lines as they are written.

use clap::Parser as _;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinHandle;
use usher::cli::{self, Arguments, Failure, Work};
use usher::config::{self, Loaded};
use usher::management::Socket;
use usher_store::Engine;
use usher_test::{Application, TestServer};

/// A server that can be managed by its socket.
pub(super) struct Managed {
    pub(super) t: TestServer,
    socket: Option<JoinHandle<()>>,
}

impl Managed {
    /// On this engine.
    pub(super) async fn on(engine: Engine) -> Self {
        Self::of(TestServer::on(engine).await)
    }

    /// This one.
    pub(super) fn of(t: TestServer) -> Self {
        let mut managed = Self { t, socket: None };
        managed.listen();
        managed
    }

    /// Starts to listen.
    pub(super) fn listen(&mut self) {
        let socket = Socket::bind(&self.data()).unwrap();
        self.socket = Some(tokio::spawn(socket.serve(Arc::clone(&self.t.app))));
    }

    /// Does not listen any more.
    pub(super) async fn fall_silent(&mut self) {
        if let Some(task) = self.socket.take() {
            task.abort();
            let _ = task.await;
        }
    }

    /// The data folder.
    pub(super) fn data(&self) -> PathBuf {
        self.t.folder().join("data")
    }

    /// The configuration, as the command line finds it.
    pub(super) fn loaded(&self) -> Loaded {
        config::parse(self.t.seed(), &self.t.folder().join("usher.toml")).unwrap()
    }

    /// What a command line comes to.
    pub(super) async fn attempt(&self, line: &[&str]) -> Result<Value, Failure> {
        Box::pin(run(&self.loaded(), line)).await
    }

    /// What a command line that works shows.
    #[track_caller]
    pub(super) fn run(&self, line: &[&str]) -> impl Future<Output = Value> {
        let shown = line.join(" ");
        let attempt = self.attempt(line);
        async move { attempt.await.unwrap_or_else(|e| panic!("usher {shown}: {e}")) }
    }

    /// Why a command line does not work, which must be what its writer wrote.
    pub(super) async fn refused(&self, line: &[&str]) -> String {
        match self.attempt(line).await {
            Ok(shown) => panic!("usher {line:?} worked: {shown}"),
            Err(failure) => {
                assert_eq!(failure.status(), 2, "{failure}");
                let words = failure.to_string();
                assert!(!words.contains('\n') && !words.is_empty(), "{words:?}");
                words
            }
        }
    }

    /// An application with the secret that was shown when it was made.
    pub(super) fn application(&self, client_id: &str, shown: &Value) -> Application {
        let mut application = self.t.application(client_id);
        application.secret = shown["app"]["client_secret"].as_str().map(str::to_owned);
        application
    }

    /// The names of the newest changes of the first pool's audit trail, beside what the configuration declares.
    pub(super) async fn events(&self) -> Vec<String> {
        let pool = self.t.app.snapshot().pool(None).unwrap().id;
        let rows = self.t.app.store.audit_trail(pool).await.unwrap();
        rows.into_iter().filter(|row| row.actor.as_deref() != Some("seed")).map(|row| row.event).collect()
    }

    /// A file with this content, as `@FILE`.
    pub(super) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.t.folder().join(name);
        std::fs::write(&path, content).unwrap();
        format!("@{}", path.display())
    }
}

impl Drop for Managed {
    fn drop(&mut self) {
        if let Some(task) = &self.socket {
            task.abort();
        }
    }
}

/// Carries out a command line as the program does, without its output.
pub(super) async fn run(loaded: &Loaded, line: &[&str]) -> Result<Value, Failure> {
    let arguments = Arguments::try_parse_from([&["usher"], line].concat())
        .map_err(|e| Failure::Written(e.to_string().replace('\n', " ")))?;
    match cli::read(arguments.command)? {
        Some(Work::Order(_, order)) => {
            let outcome = cli::carry_out(loaded, order).await?;
            Ok(serde_json::to_value(&outcome).unwrap())
        }
        _ => panic!("{line:?} is no order"),
    }
}

/// The client_id and other names of a list.
pub(super) fn names(list: &Value, of: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|entry| entry[of].as_str().unwrap().to_owned()).collect()
}
