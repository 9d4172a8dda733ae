//! How often a second the disk takes a write and says that it is there to stay. A durable server that is asked one thing at a time can
//! be no faster, so its figures are read beside this one.

use std::fs::{File, remove_file};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long is measured.
const MEASURED: Duration = Duration::from_secs(1);
/// Bytes of one write: a page of SQLite's log.
const PAGE: usize = 4096;

/// Flushed writes per second, one after the other, in a folder.
pub(super) fn flushes_per_second(folder: &Path) -> std::io::Result<f64> {
    let path = folder.join("flushed");
    let mut file = File::create(&path)?;
    let started = Instant::now();
    let mut times = 0_u32;
    while started.elapsed() < MEASURED {
        file.write_all(&[0; PAGE])?;
        file.sync_data()?;
        times += 1;
    }
    let rate = f64::from(times) / started.elapsed().as_secs_f64();
    remove_file(path)?;
    Ok(rate)
}
