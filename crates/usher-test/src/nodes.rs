//! Two nodes on one PostgreSQL behind a plain round-robin: each connection, and so each request of these tests, goes to the next node.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

tokio::task_local! {
    static TWO_NODES: ();
}

/// Runs a test so that every server it starts is two nodes behind a round-robin.
pub async fn behind_a_round_robin<F: Future>(test: F) -> F::Output {
    TWO_NODES.scope((), test).await
}

/// Whether a server that is started now is to be two nodes.
pub(crate) fn are_two() -> bool {
    TWO_NODES.try_with(|()| ()).is_ok()
}

/// A round-robin; it ends with this value.
pub(crate) struct RoundRobin {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    task: AbortHandle,
}

impl RoundRobin {
    /// One over these nodes.
    pub(crate) async fn over(nodes: [SocketAddr; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let turns = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(async move {
            // Its connections end with it.
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let node = nodes[turns.fetch_add(1, Ordering::Relaxed) % nodes.len()];
                connections.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(node).await {
                        let _ = copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        });
        Self { address, task: task.abort_handle() }
    }
}

impl Drop for RoundRobin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Every test of the list, a function of the engine, on both engines.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name(usher_store::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if usher_testdb::Postgres::or_skip(stringify!($name)).is_some() {
                    super::$name(usher_store::Engine::Postgres).await;
                }
            }
        }
    )*};
}

/// The same, and on two nodes that take turns.
#[macro_export]
macro_rules! everywhere {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name(usher_store::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                if usher_testdb::Postgres::or_skip(stringify!($name)).is_some() {
                    super::$name(usher_store::Engine::Postgres).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_two_nodes() {
                if usher_testdb::Postgres::or_skip(stringify!($name)).is_some() {
                    $crate::behind_a_round_robin(super::$name(usher_store::Engine::Postgres)).await;
                }
            }
        }
    )*};
}

/// The same test on both engines: a server on each is given to one function.
#[macro_export]
macro_rules! both_engines {
    ($on_sqlite:ident, $on_postgres:ident, $body:path) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $on_sqlite() {
            $body($crate::TestServer::on(usher_store::Engine::Sqlite).await).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn $on_postgres() {
            if usher_testdb::Postgres::or_skip(stringify!($on_postgres)).is_some() {
                $body($crate::TestServer::on(usher_store::Engine::Postgres).await).await;
            }
        }
    };
}
