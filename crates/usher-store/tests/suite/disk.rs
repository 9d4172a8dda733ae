//! A disk that is full or fails: the batch at hand gets a fault, what was acknowledged stays, and the store goes on when
//! there is room again.

use crate::support::*;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use tokio::task::JoinSet;
use usher_store::{Applied, Batch, Fault, Options, Place, SqliteOptions, Store, params};

/// Names the folder to the child.
const FOLDER: &str = "USHER_STORE_SUITE_FOLDER";

fn of_bytes(id: i64, bytes: usize) -> Batch {
    let mut batch = Batch::new();
    batch.then(INSERT_NAMED, params![POOL, id, "n", vec![0_u8; bytes]]);
    batch
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_refuses_clearly_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    let capped = Options { sqlite: SqliteOptions { max_page_count: Some(64) }, ..options() };
    let store = Store::open_with(&place, capped).await.unwrap();
    let mut kept = Vec::new();
    let full = loop {
        let id = i64::try_from(kept.len()).unwrap();
        match store.apply(of_bytes(id, 8000)).await {
            Ok(outcome) => {
                assert_eq!(outcome, Applied::Done);
                kept.push((id, 0));
            }
            Err(fault) => break fault,
        }
    };
    assert_eq!(full, Fault::Full);
    assert!(full.to_string().contains("full"), "{full}");
    assert!(kept.len() > 10);
    assert_eq!(all(&store).await, kept);

    // Room that is made is room that is used.
    let mut batch = Batch::new();
    batch.must("there", DELETE, params![POOL, 0_i64]).must("there", DELETE, params![POOL, 1_i64]);
    assert_eq!(store.apply(batch).await, Ok(Applied::Done));
    assert_eq!(store.apply(of_bytes(0, 8000)).await, Ok(Applied::Done));
    store.close().await;

    // And without the cap it grows again.
    let store = open(&place).await;
    assert_eq!(store.apply(of_bytes(1, 8000)).await, Ok(Applied::Done));
    assert_eq!(store.apply(of_bytes(5000, 800_000)).await, Ok(Applied::Done));
    kept.push((5000, 0));
    assert_eq!(all(&store).await, kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_answered_beside_a_batch_that_did_not_fit_was_answered_truly() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    let capped = Options { sqlite: SqliteOptions { max_page_count: Some(128) }, ..options() };
    let store = Store::open_with(&place, capped).await.unwrap();
    let mut tasks = JoinSet::new();
    for id in 0..200_i64 {
        let store = store.clone();
        let bytes = if id % 20 == 7 { 600_000 } else { 10 };
        tasks.spawn(async move { (id, store.apply(of_bytes(id, bytes)).await) });
    }
    let mut done = Vec::new();
    for (id, outcome) in tasks.join_all().await {
        match outcome {
            Ok(Applied::Done) => done.push((id, 0)),
            other => assert_eq!(other, Err(Fault::Full)),
        }
    }
    done.sort_unstable();
    assert_eq!(all(&store).await, done);
    store.close().await;
    assert_eq!(all(&open(&place).await).await, done);
}

/// The system itself refuses to write: a limit on the size of files, set for a process of its own and lifted from outside.
#[test]
fn after_a_disk_that_failed_the_store_goes_on_with_all_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    // 4096 blocks of 512 bytes. Without the trap the signal that comes with the limit would end the process.
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -S -f 4096; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disk::a_process_whose_disk_fails", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = |wanted: &str| {
        lines.find_map(|line| line.unwrap().split_once(wanted).map(|(_, rest)| rest.to_owned()))
    };
    assert!(next("failed after ").is_some());
    let lifted = Command::new("prlimit")
        .args(["--pid", &child.id().to_string(), "--fsize=unlimited:unlimited"])
        .status();
    assert!(lifted.unwrap().success());
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(next("went on").is_some());
    assert!(child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_whose_disk_fails() {
    // The other half of the test above, run by it in a process of its own; alone it has nothing to do.
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let place = Place::Folder(folder.into());
    let store = open(&place).await;
    let mut kept = Vec::new();
    let fault = loop {
        let id = i64::try_from(kept.len()).unwrap();
        match store.apply(of_bytes(id, 8000)).await {
            Ok(_) => kept.push((id, 0)),
            Err(fault) => break fault,
        }
    };
    assert!(!matches!(fault, Fault::Bug(_)), "{fault}");
    assert_eq!(all(&store).await, kept);
    println!("\nfailed after {}: {fault}", kept.len());
    std::io::stdin().read_line(&mut String::new()).unwrap();
    for id in [5000, 5001] {
        assert_eq!(store.apply(of_bytes(id, 2_000_000)).await, Ok(Applied::Done));
        kept.push((id, 0));
    }
    assert_eq!(all(&store).await, kept);
    store.close().await;
    assert_eq!(all(&open(&place).await).await, kept);
    println!("\nwent on");
}
