//! SIGKILL while a backup is restored into PostgreSQL: the place is as empty as before, or holds all of it.

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::Notify;
use usher::cli::backup::{RestoreArguments, restore};
use usher::cli::{Answer, Failure};
use usher::{config, serve, world};
use usher_core::backup;
use usher_store::{Engine, MIGRATIONS, SchemaState};
use usher_test::TestServer;

/// Names configuration and backup to the process.
const FILES: [&str; 2] = ["SUITE_RESTORE_CONFIG", "SUITE_RESTORE_FILE"];

/// The processes that these tests start; alone it has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_in_a_process_of_its_own() {
    if let [Some(config), Some(file)] = FILES.map(std::env::var_os) {
        restored(config, file).await.unwrap();
    }
}

async fn restored(config: impl Into<OsString>, file: impl Into<OsString>) -> Result<Answer, Failure> {
    let [config, file] = [config.into(), file.into()].map(PathBuf::from);
    restore(&RestoreArguments { file, keep_sessions: false, config, json: false }).await
}

/// Stands between a restore and its database, and lets so many bytes pass on their way there.
struct Line {
    port: u16,
    by_the_first: Arc<AtomicUsize>,
    is_full: Arc<Notify>,
}

impl Line {
    async fn to(socket: PathBuf, most: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (by_the_first, is_full) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let (first, full) = (Arc::clone(&by_the_first), Arc::clone(&is_full));
        tokio::spawn(async move {
            let all = Arc::new(AtomicUsize::new(0));
            let mut own = first;
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                let (all, full) = (Arc::clone(&all), Arc::clone(&full));
                let of_this = std::mem::take(&mut own);
                tokio::spawn(async move { carry(client, server, (&of_this, &all, most), &full).await });
            }
        });
        Self { port, by_the_first, is_full }
    }
}

/// One connection, until its client goes.
async fn carry(
    mut client: TcpStream,
    mut server: UnixStream,
    (of_this, all, most): (&AtomicUsize, &AtomicUsize, usize),
    full: &Notify,
) {
    let (mut there, mut back) = ([0; 4096], [0; 4096]);
    loop {
        tokio::select! {
            read = client.read(&mut there) => {
                let length = read.unwrap_or(0);
                if length == 0 {
                    return;
                }
                of_this.fetch_add(length, SeqCst);
                let before = all.fetch_add(length, SeqCst);
                let may = most.saturating_sub(before).min(length);
                if server.write_all(&there[..may]).await.is_err() {
                    return;
                }
                if may < length {
                    full.notify_one();
                }
            }
            read = server.read(&mut back) => {
                let length = read.unwrap_or(0);
                if length == 0 || client.write_all(&back[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// An installation to be: a folder with the key of another one and an empty database.
struct Place {
    folder: TempDir,
    name: String,
}

impl Place {
    async fn like(t: &TestServer) -> Self {
        let url = usher_testdb::Postgres::shared().unwrap().fresh_database().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
        std::fs::copy(t.folder().join("data/master.key"), data.join("master.key")).unwrap();
        let place = Self { folder, name: url.rsplit('/').next().unwrap().to_owned() };
        place.configure("direct.toml", &url);
        place
    }

    fn configure(&self, file: &str, url: &str) -> PathBuf {
        let text = format!(
            "[server]\npublic_url = \"http://localhost:8080\"\n[storage]\nfolder = \"data\"\nurl = \"{url}\"\n"
        );
        let path = self.folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The configuration by which a process reaches the database by a line.
    fn by(&self, line: &Line) -> PathBuf {
        self.configure("line.toml", &format!("postgresql://postgres@127.0.0.1:{}/{}", line.port, self.name))
    }

    fn direct(&self) -> PathBuf {
        self.folder.path().join("direct.toml")
    }

    async fn schema(&self) -> i64 {
        let loaded = config::load(&self.direct()).unwrap();
        SchemaState::look(&serve::place(&loaded), MIGRATIONS).await.unwrap().found
    }

    /// Everything that the backup holds is there, and nobody is signed in.
    async fn serves(&self) {
        let app = serve::prepare(&config::load(&self.direct()).unwrap(), world::system()).await.unwrap();
        let pool = app.snapshot().pool(None).unwrap().id;
        assert!(app.store.user_by_identifier(pool, "alice").await.unwrap().is_some());
        let alive = "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL";
        assert_eq!(app.store.list(alive, Vec::new()).await.unwrap()[0].get::<i64>(0).unwrap(), 0);
        app.store.clone().close().await;
    }
}

/// A restore in a process of its own, by a line.
fn begun(place: &Place, file: &Path, line: &Line) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "faults::restoring::a_restore_in_a_process_of_its_own"])
        .envs(FILES.into_iter().zip([place.by(line).as_path(), file]))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills one as soon as so many bytes have passed to the database.
async fn killed_after(place: &Place, file: &Path, bytes: usize) {
    let postgres = usher_testdb::Postgres::shared().unwrap();
    let line = Line::to(postgres.socket(), bytes).await;
    let mut child = begun(place, file, &line);
    let full = tokio::time::timeout(Duration::from_mins(1), line.is_full.notified()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    full.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_leaves_nothing_or_all_of_it() {
    let Some(postgres) = usher_testdb::Postgres::or_skip("a restore that is killed") else { return };
    let t = TestServer::on(Engine::Sqlite).await;
    t.application("web").sign_in(&mut t.browser(), "alice", "openid offline_access").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("usher.backup");
    let key = Arc::new(serve::existing_key(&t.loaded()).unwrap().unwrap());
    backup::write(&serve::place(&t.loaded()), key, &t.app.world, &file).await.unwrap();

    // How much passes until the database has all of it, as its first connection sends it.
    let line = Line::to(postgres.socket(), usize::MAX).await;
    let place = Place::like(&t).await;
    let mut child = begun(&place, &file, &line);
    assert!(tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap().success());
    let all = line.by_the_first.load(SeqCst);
    place.serves().await;

    let place = Place::like(&t).await;
    // Within the schema, within the rows, and before the last bytes of COMMIT.
    for bytes in [all / 10, all / 2, all * 9 / 10, all - 8] {
        killed_after(&place, &file, bytes).await;
        assert_eq!(place.schema().await, 0, "after {bytes} of {all} bytes nothing is there");
    }
    restored(place.direct(), &file).await.unwrap();
    place.serves().await;

    // All of it is there, and only the command did not come to its end: it is not done twice.
    let place = Place::like(&t).await;
    killed_after(&place, &file, all + 64).await;
    assert_eq!(place.schema().await, MIGRATIONS.last().unwrap().number);
    let refused = restored(place.direct(), &file).await.unwrap_err();
    assert!(refused.status() == 2 && refused.to_string().contains("only into an empty place"), "{refused}");
    place.serves().await;
}
