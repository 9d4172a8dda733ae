//! What tests of races and of costs share: doing something many times at once, counting what it asks of the database, and naming what an
//! answer holds.

use crate::TestServer;
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Barrier;

/// Does the same thing so many times at once, each in a task of its own.
pub async fn at_once<F, T>(times: usize, make: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let barrier = Arc::new(Barrier::new(times));
    let tasks: Vec<_> = (0..times)
        .map(|number| {
            let (barrier, work) = (Arc::clone(&barrier), make(number));
            tokio::spawn(async move {
                barrier.wait().await;
                work.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

/// Reads and batches that something takes.
pub async fn cost<T>(t: &TestServer, work: impl Future<Output = T>) -> (T, (u64, u64)) {
    let before = t.app.store.counts();
    let result = work.await;
    let after = t.app.store.counts();
    (result, (after.reads - before.reads, after.batches - before.batches))
}

/// Every member of a JSON object, sorted.
pub fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
