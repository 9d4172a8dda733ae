//! A process that is killed while it writes: whatever it had acknowledged is there afterwards.

use crate::support::*;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use tokio::task::JoinSet;
use usher_store::{Applied, Batch, Place, params};

/// Names the folder to the child.
const FOLDER: &str = "USHER_STORE_SUITE_FOLDER";

#[tokio::test]
async fn what_a_killed_process_acknowledged_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for _ in 0..3 {
        acknowledged.extend(write_until_killed(folder.path(), 400));
        let store = open(&Place::Folder(folder.path().to_owned())).await;
        let there: std::collections::BTreeSet<_> = all(&store).await.into_iter().collect();
        for id in &acknowledged {
            assert!(there.contains(&(*id, 2)), "{id} was acknowledged and is gone");
        }
        assert!(there.iter().all(|(_, number)| *number == 2), "half a batch");
        store.close().await;
    }
    assert!(acknowledged.len() >= 1200);
}

/// Runs the writer, kills it once it has acknowledged so many rows, and gives the ids of all that it acknowledged.
fn write_until_killed(folder: &Path, rows: usize) -> Vec<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::a_process_that_writes_until_it_is_killed", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if let Some((_, id)) = line.unwrap().split_once("wrote ") {
            acknowledged.push(id.parse().unwrap());
        }
        if acknowledged.len() == rows {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_writes_until_it_is_killed() {
    // The other half of the test above, run by it in a process of its own; alone it has nothing to do.
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = open(&Place::Folder(folder.into())).await;
    let base = i64::try_from(all(&store).await.len()).unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            for n in 0.. {
                let id = base + n * 8 + writer;
                let mut batch = Batch::new();
                batch.must("new", CLAIM, params![POOL, id, 1_i64]).must(
                    "changed",
                    CHANGE,
                    params![POOL, id, 1_i64, 2_i64],
                );
                match store.apply(batch).await.unwrap() {
                    Applied::Done => println!("\nwrote {id}"),
                    // Taken in an earlier life, when rows were written out of order.
                    Applied::Refused { .. } => {}
                }
            }
        });
    }
    writers.join_all().await;
}
