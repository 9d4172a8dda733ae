//! The advisor over the wire: for people by links, for programs by query and body. It keeps nothing: no read, no batch, no cookie.

mod page;
mod program;

use std::future::Future;
use usher_test::TestServer;

/// Asserts that something asks nothing of the database.
async fn without_the_store<T>(t: &TestServer, work: impl Future<Output = T>) -> T {
    let before = t.app.store.counts();
    let result = work.await;
    let after = t.app.store.counts();
    assert_eq!((before.reads, before.batches), (after.reads, after.batches));
    result
}
