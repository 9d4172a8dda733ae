//! A server in this process.

use crate::nodes::{self, RoundRobin};
use crate::{Application, Browser, Mailbox, TestClock};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use usher::config::Loaded;
use usher::{config, listener, serve};
use usher_core::mail::{Mailer, Message};
use usher_core::world::World;
use usher_core::{App, Pool};
use usher_crypto::SystemRandom;
use usher_store::Engine;
use usher_store::tables::RefusalSum;
use usher_types::{Span, Timestamp};

/// The password of everybody whom [`Builder`] declares.
pub const PASSWORD: &str = "correct horse battery staple";

/// How a test's server is to be.
#[derive(Debug, Clone)]
pub struct Builder {
    engine: Engine,
    database: Option<String>,
    edits: Vec<(String, String)>,
    more: String,
    development: bool,
    mail: bool,
}

/// A running server with its own database, clock and port.
pub struct TestServer {
    /// Its state, for what no endpoint shows: counts of statements, the audit trail.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its mails arrive, where it sends any.
    pub mailbox: Option<Arc<Mailbox>>,
    seed: String,
    folder: TempDir,
    task: JoinHandle<()>,
    fellow: Option<Fellow>,
}

/// The other node of a server that is two, and what stands before both.
struct Fellow {
    node: Box<TestServer>,
    _round_robin: RoundRobin,
}

impl Builder {
    /// On this engine.
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// On this PostgreSQL database.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.engine = Engine::Postgres;
        self.database = Some(url.to_owned());
        self
    }

    /// With a text of the seed replaced by another; it must be there.
    #[must_use]
    pub fn edit(mut self, from: &str, to: &str) -> Self {
        self.edits.push((from.to_owned(), to.to_owned()));
        self
    }

    /// With more settings for one application: lines of TOML.
    #[must_use]
    pub fn application(self, client_id: &str, settings: &str) -> Self {
        let from = format!("client_id = \"{client_id}\"\n");
        let to = format!("{from}{settings}\n");
        self.edit(&from, &to)
    }

    /// With more declarations at the seed's end.
    #[must_use]
    pub fn more(mut self, toml: &str) -> Self {
        self.more.push_str(toml);
        self
    }

    /// As a production server: errors do not explain themselves to developers.
    #[must_use]
    pub fn production(mut self) -> Self {
        self.development = false;
        self
    }

    /// With a mailbox, so that it sends mails.
    #[must_use]
    pub fn with_mail(mut self) -> Self {
        self.mail = true;
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestServer {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut seed = SEED
            .replace("{port}", &address.port().to_string())
            .replace("{development}", &self.development.to_string());
        if self.engine == Engine::Postgres {
            let url = match self.database {
                Some(url) => url,
                None => usher_testdb::Postgres::shared()
                    .expect("PostgreSQL")
                    .fresh_database()
                    .await
                    .expect("a database"),
            };
            seed = seed.replace("folder = \"data\"", &format!("folder = \"data\"\nurl = \"{url}\""));
        }
        for (from, to) in &self.edits {
            assert!(seed.contains(from.as_str()), "the seed does not hold {from:?}");
            seed = seed.replace(from.as_str(), to);
        }
        seed.push_str(&self.more);
        let clock = Arc::new(TestClock::new());
        let mailbox = self.mail.then(Arc::<Mailbox>::default);
        let world = world(&clock, mailbox.as_ref());
        let loaded = config::parse(&seed, &folder.path().join("usher.toml")).unwrap();
        let app = serve::prepare(&loaded, world).await.unwrap();
        let task = tokio::spawn(listener::serve(Arc::clone(&app), listener, None, std::future::pending()));
        let mut server = TestServer { app, clock, address, mailbox, seed, folder, task, fellow: None };
        if nodes::are_two() && self.engine == Engine::Postgres {
            let node = Box::new(server.another_node().await);
            let round_robin = RoundRobin::over([server.address, node.address]).await;
            server.address = round_robin.address;
            server.fellow = Some(Fellow { node, _round_robin: round_robin });
        }
        server
    }
}

impl TestServer {
    /// A server on the embedded database.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A server on this engine.
    pub async fn on(engine: Engine) -> Self {
        Self::builder().engine(engine).start().await
    }

    /// A server that is to be different from the usual one.
    pub fn builder() -> Builder {
        Builder {
            engine: Engine::Sqlite,
            database: None,
            edits: Vec::new(),
            more: String::new(),
            development: true,
            mail: false,
        }
    }

    /// A second node on the same PostgreSQL database, with the same keys and clock.
    pub async fn another_node(&self) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::copy(self.folder.path().join("data/master.key"), folder.path().join("data/master.key"))
            .unwrap();
        let world = world(&self.clock, self.mailbox.as_ref());
        let loaded = config::parse(&self.seed, &folder.path().join("usher.toml")).unwrap();
        let app = serve::prepare(&loaded, world).await.unwrap();
        let task = tokio::spawn(listener::serve(Arc::clone(&app), listener, None, std::future::pending()));
        let (clock, mailbox, seed) = (Arc::clone(&self.clock), self.mailbox.clone(), self.seed.clone());
        Self { app, clock, address, mailbox, seed, folder, task, fellow: None }
    }

    /// Its configuration.
    pub fn loaded(&self) -> Loaded {
        config::parse(&self.seed, &self.folder.path().join("usher.toml")).unwrap()
    }

    /// A server that is not started yet, on an empty place of this engine, with the same keys, declarations and clock.
    pub async fn elsewhere(&self, engine: Engine) -> Elsewhere {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::copy(self.folder.path().join("data/master.key"), folder.path().join("data/master.key"))
            .unwrap();
        let lines: Vec<&str> = self.seed.lines().filter(|line| !line.starts_with("url = ")).collect();
        let mut seed = lines.join("\n") + "\n";
        if engine == Engine::Postgres {
            let url = usher_testdb::Postgres::shared().unwrap().fresh_database().await.unwrap();
            seed = seed.replace("folder = \"data\"", &format!("folder = \"data\"\nurl = \"{url}\""));
        }
        Elsewhere { clock: Arc::clone(&self.clock), seed, folder }
    }

    /// Ends the server and starts it again on the same data with the same clock: what only memory knew is gone. It listens
    /// elsewhere then: an application goes on [`Application::at`] it.
    pub async fn restart(&mut self) {
        self.task.abort();
        self.app.store.clone().close().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.address = listener.local_addr().unwrap();
        let world = world(&self.clock, self.mailbox.as_ref());
        let loaded = config::parse(&self.seed, &self.folder.path().join("usher.toml")).unwrap();
        self.app = serve::prepare(&loaded, world).await.unwrap();
        self.task =
            tokio::spawn(listener::serve(Arc::clone(&self.app), listener, None, std::future::pending()));
    }

    /// Applies the seed again with a text replaced, as a restart with an edited configuration would, and takes notice of it.
    pub async fn reseed(&mut self, from: &str, to: &str) {
        assert!(self.seed.contains(from), "the seed does not hold {from:?}");
        self.seed = self.seed.replace(from, to);
        let loaded = config::parse(&self.seed, &self.folder.path().join("usher.toml")).unwrap();
        let (app, base) = (&self.app, loaded.base());
        usher_core::seed::apply(&app.store, &app.master, &app.world, &loaded.config.pools, base)
            .await
            .unwrap();
        for node in self.nodes() {
            node.refresh_snapshot().await.unwrap();
        }
    }

    /// Sends the mails that wait, and gives all that have arrived since the last look.
    pub async fn mails(&self) -> Vec<Message> {
        while usher::mail::send_due(&self.app).await.unwrap() > 0 {}
        self.mailbox.as_ref().expect("a server with mail").take()
    }

    /// The sums of what was refused in the first pool, newest first, once they are all written.
    pub async fn refusals(&self) -> Vec<RefusalSum> {
        self.app.flush_refusals().await.unwrap();
        let pool = self.app.snapshot().pool(None).unwrap().id;
        let always = (Timestamp::from_millis(0), self.app.world.clock.now().plus(Span::days(1)));
        self.app.store.refusal_sums(pool, always, 1_000).await.unwrap()
    }

    /// Disables a person.
    pub async fn disable_user(&mut self, username: &str) {
        let line = format!("username = \"{username}\"\n");
        let disabled = format!("{line}enabled = false\n");
        self.reseed(&line, &disabled).await;
    }

    /// Disables an application.
    pub async fn disable_application(&mut self, client_id: &str) {
        let line = format!("client_id = \"{client_id}\"\n");
        let disabled = format!("{line}enabled = false\n");
        self.reseed(&line, &disabled).await;
    }

    /// Lets time pass.
    pub fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        self.app.settings.public_url.origin().to_owned()
    }

    /// The issuer of its first pool.
    pub fn issuer(&self) -> String {
        format!("{}/oidc", self.origin())
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address, self.origin())
    }

    /// A declared application: `web`, `post`, `first-party`, `spa`, `native` or `api` (see the seed).
    pub fn application(&self, client_id: &str) -> Application {
        Application::new(self, self.app.snapshot().pool(None).expect("a first pool"), client_id)
    }

    /// A declared application of another pool, where that pool lives.
    pub fn application_of(&self, pool: &str, client_id: &str) -> Application {
        Application::new(self, &self.pool(pool), client_id)
    }

    /// The pool of a name, as the server has it in memory.
    pub fn pool(&self, name: &str) -> Arc<Pool> {
        let snapshot = self.app.snapshot();
        let found = snapshot.pools().find(|pool| pool.name == name);
        Arc::clone(found.unwrap_or_else(|| panic!("no pool {name}")))
    }

    /// A browser without cookies that is at a pool's address.
    pub fn browser_at(&self, pool: &str) -> Browser {
        Browser::new(self.address, self.pool(pool).origin().to_owned())
    }

    /// The state of each of its nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &Arc<App>> {
        std::iter::once(&self.app).chain(self.fellow.iter().map(|fellow| &fellow.node.app))
    }

    /// The folder with its configuration and data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its seed's text.
    pub fn seed(&self) -> &str {
        &self.seed
    }
}

fn world(clock: &Arc<TestClock>, mailbox: Option<&Arc<Mailbox>>) -> World {
    let mailer = mailbox.map(|mailbox| Arc::clone(mailbox) as Arc<dyn Mailer>);
    World { clock: clock.clone(), random: Arc::new(SystemRandom), known_passwords: None, mailer }
}

/// A place for a server.
pub struct Elsewhere {
    clock: Arc<TestClock>,
    seed: String,
    folder: TempDir,
}

impl Elsewhere {
    /// Its configuration.
    pub fn loaded(&self) -> Loaded {
        config::parse(&self.seed, &self.folder.path().join("usher.toml")).unwrap()
    }

    /// Starts the server.
    pub async fn start(self) -> TestServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = serve::prepare(&self.loaded(), world(&self.clock, None)).await.unwrap();
        let task = tokio::spawn(listener::serve(Arc::clone(&app), listener, None, std::future::pending()));
        let Self { clock, seed, folder } = self;
        TestServer { app, clock, address, mailbox: None, seed, folder, task, fellow: None }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The usual declarations: two pools with people and applications of the same names.
pub(crate) const SEED: &str = include_str!("seed.toml");
