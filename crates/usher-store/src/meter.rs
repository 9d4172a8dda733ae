//! What a store did and how long it took, and whether writing works: counted where reads and batches pass, with atomics alone.

use crate::Fault;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use usher_types::Histogram;

/// Figures of a store. The numbers only grow.
#[derive(Debug, Default)]
pub struct Meter {
    /// How long reads took.
    pub reads: Histogram,
    /// How long batches took, from being handed over until they were committed or refused.
    pub batches: Histogram,
    faults: [AtomicU64; FaultKind::ALL.len()],
    write_failed: AtomicBool,
}

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The database did not answer.
    Unavailable,
    /// It is unknown whether a change was made.
    UnknownCommit,
    /// The disk was full.
    Full,
    /// A mistake of the program.
    Bug,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unavailable, Self::UnknownCommit, Self::Full, Self::Bug];

    /// Its name where faults are counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::UnknownCommit => "unknown_commit",
            Self::Full => "full",
            Self::Bug => "bug",
        }
    }

    const fn of(fault: &Fault) -> Self {
        match fault {
            Fault::Unavailable(_) => Self::Unavailable,
            Fault::UnknownCommit => Self::UnknownCommit,
            Fault::Full => Self::Full,
            Fault::Bug(_) => Self::Bug,
        }
    }
}

impl Meter {
    /// How many faults of a kind there were.
    pub fn faults(&self, kind: FaultKind) -> u64 {
        self.faults.get(kind as usize).map_or(0, |count| count.load(Relaxed))
    }

    /// Whether a write failed for the world's reasons and none has been seen to work again since, by [`crate::Store::probe_write`].
    pub fn write_failed(&self) -> bool {
        self.write_failed.load(Relaxed)
    }

    pub(crate) fn fault(&self, fault: &Fault) {
        if let Some(count) = self.faults.get(FaultKind::of(fault) as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Only a probe says that writing works again: a statement that finds nothing to change succeeds on a full disk, too.
    pub(crate) fn writing(&self, failed: bool) {
        self.write_failed.store(failed, Relaxed);
    }
}
