//! Backups: taken while people sign in, put back on either engine, and what must not live again afterwards.

mod engines;
mod safety;
mod wrong;

use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use usher::serve;
use usher_core::backup::{self, BackupError, Sessions, Summary};
use usher_crypto::seal::MasterKey;
use usher_store::Engine;
use usher_test::{Elsewhere, TestServer};

/// A backup of a running server.
struct Taken {
    folder: TempDir,
    summary: Summary,
}

impl Taken {
    fn file(&self) -> PathBuf {
        self.folder.path().join("usher.backup")
    }
}

fn key(t: &TestServer) -> Arc<MasterKey> {
    Arc::new(serve::existing_key(&t.loaded()).unwrap().unwrap())
}

async fn take(t: &TestServer) -> Taken {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("usher.backup");
    let summary = backup::write(&serve::place(&t.loaded()), key(t), &t.app.world, &file).await.unwrap();
    assert_eq!(backup::verify(&file, key(t)).await.unwrap(), summary);
    Taken { folder, summary }
}

/// Restores a backup of a server to a place.
async fn put(
    t: &TestServer,
    taken: &Taken,
    to: &Elsewhere,
    sessions: Sessions,
) -> Result<Summary, BackupError> {
    backup::restore(&taken.file(), &serve::place(&to.loaded()), key(t), &t.app.world, sessions).await
}

/// A server made from a backup.
async fn restored(t: &TestServer, taken: &Taken, engine: Engine, sessions: Sessions) -> TestServer {
    let to = t.elsewhere(engine).await;
    assert_eq!(put(t, taken, &to, sessions).await.unwrap(), taken.summary);
    to.start().await
}

/// Makes of each function of two engines a test for each pair.
macro_rules! from_engine_to_engine {
    ($($name:ident)*) => {$(
        mod $name {
            use usher_store::Engine::{Postgres, Sqlite};

            #[tokio::test(flavor = "multi_thread")]
            async fn within_sqlite() {
                super::$name(Sqlite, Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn from_sqlite_to_postgres() {
                if usher_testdb::Postgres::or_skip(stringify!($name)).is_some() {
                    super::$name(Sqlite, Postgres).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn from_postgres_to_sqlite() {
                if usher_testdb::Postgres::or_skip(stringify!($name)).is_some() {
                    super::$name(Postgres, Sqlite).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn within_postgres() {
                if usher_testdb::Postgres::or_skip(stringify!($name)).is_some() {
                    super::$name(Postgres, Postgres).await;
                }
            }
        }
    )*};
}
use from_engine_to_engine;
