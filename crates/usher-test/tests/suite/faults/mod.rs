//! What happens to a server from outside: it is killed, its disk is full, its database goes away. Nothing that was answered is lost,
//! nothing is done by half, and it recovers by itself.

mod database;
mod disk;
mod killed;
mod restoring;

/// The processes that these tests start; alone it has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_a_process_of_its_own() {
    usher_test::serve_as_a_process().await;
}

const SERVER: &str = "faults::a_server_in_a_process_of_its_own";
