//! PostgreSQL behind a wire that breaks: what may have been committed is reported as unknown and never sent again.

use crate::support::*;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use usher_store::{Applied, Batch, Fault, Place, Store, params};
use usher_testdb::Postgres;

/// Stands between a store and the server, and breaks the line in place of an answer that holds the given bytes.
#[derive(Clone, Default)]
struct Wire {
    cut_before: Arc<Mutex<Option<&'static [u8]>>>,
}

impl Wire {
    /// A store that reaches a database of the server only through this wire.
    async fn connect(&self, server: &Postgres) -> Store {
        let database = server.fresh_database().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (wire, socket) = (self.clone(), server.socket());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(wire.clone().carry(client, socket.clone()));
            }
        });
        let name = database.rsplit('/').next().unwrap();
        open(&Place::Postgres(format!("postgresql://postgres@127.0.0.1:{port}/{name}"))).await
    }

    fn cut_before(&self, answer: &'static [u8]) {
        *self.cut_before.lock().unwrap() = Some(answer);
    }

    async fn carry(self, mut client: TcpStream, socket: PathBuf) {
        let mut server = UnixStream::connect(socket).await.unwrap();
        let (mut asked, mut answered) = ([0; 16_384], [0; 16_384]);
        loop {
            tokio::select! {
                read = client.read(&mut asked) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(n) => server.write_all(&asked[..n]).await.unwrap(),
                },
                read = server.read(&mut answered) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(n) => {
                        let cut = self.cut_before.lock().unwrap().take_if(|end| answered[..n].windows(end.len()).any(|at| at == *end));
                        if cut.is_some() || client.write_all(&answered[..n]).await.is_err() {
                            return;
                        }
                    }
                },
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_unknown_and_not_repeated() {
    let Some(server) = Postgres::or_skip(module_path!()) else { return };
    let wire = Wire::default();
    let store = wire.connect(server).await;
    add(&store, 1, 0).await;
    let count = "UPDATE things SET number = number + 1 WHERE pool_id = $1 AND id = $2";

    wire.cut_before(b"COMMIT\0");
    let mut batch = Batch::new();
    batch.must("there", count, params![POOL, 1_i64]).then(INSERT, params![POOL, 2_i64, 0_i64]);
    assert_eq!(store.apply(batch).await, Err(Fault::UnknownCommit));
    assert_eq!(all(&store).await, [(1, 1), (2, 0)]);

    // The same for a statement that goes alone.
    wire.cut_before(b"SELECT 1\0");
    let mut batch = Batch::new();
    batch.must("there", count, params![POOL, 1_i64]);
    assert_eq!(store.apply(batch).await, Err(Fault::UnknownCommit));
    assert_eq!(number(&store, 1).await, Some(2));
    assert_eq!(insert(&store, 3, 0).await, Ok(Applied::Done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_is_known_even_when_the_line_breaks_right_after_it() {
    let Some(server) = Postgres::or_skip(module_path!()) else { return };
    let wire = Wire::default();
    let store = wire.connect(server).await;
    // The first time makes the connection and its statements, so that nothing else comes between.
    for round in 0..2 {
        if round == 1 {
            wire.cut_before(b"ROLLBACK\0");
        }
        let mut batch = Batch::new();
        batch.then(INSERT, params![POOL, 2_i64, 0_i64]).must(
            "there",
            CHANGE,
            params![POOL, 1_i64, 0_i64, 1_i64],
        );
        let outcome = store.apply(batch).await;
        // Whether the refusal travelled ahead of the answer that broke the line is chance; a success would be a lie.
        assert!(
            matches!(outcome, Ok(Applied::Refused { guard: "there" }) | Err(Fault::UnknownCommit)),
            "{outcome:?}"
        );
    }
    assert_eq!(all(&store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_server_closed_are_replaced() {
    let Some(server) = Postgres::or_skip(module_path!()) else { return };
    let bench = Bench::postgres(server).await;
    let Place::Postgres(url) = &bench.place else { unreachable!() };
    add(&bench.store, 1, 0).await;
    let (operator, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let hang_up = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for id in 2..12 {
        operator.batch_execute(hang_up).await.unwrap();
        assert_eq!(number(&bench.store, 1).await, Some(0));
        assert_eq!(insert(&bench.store, id, 0).await, Ok(Applied::Done));
    }
    assert_eq!(all(&bench.store).await.len(), 11);
}
