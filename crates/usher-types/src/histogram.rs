//! How long things take, counted by buckets: a few atomic additions for each, no lock and no memory.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The upper bounds of the buckets, in microseconds; what is longer is in one more.
pub const BOUNDS_US: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// Durations by buckets. The numbers only grow.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BOUNDS_US.len()],
    longer: AtomicU64,
    sum_us: AtomicU64,
}

/// What was counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many in each bucket, not added up.
    pub buckets: [u64; BOUNDS_US.len()],
    /// How many beyond the last bound.
    pub longer: u64,
    /// All durations together, in microseconds.
    pub sum_us: u64,
}

impl Histogram {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS_US.iter().position(|bound| us <= *bound);
        at.and_then(|at| self.buckets.get(at)).unwrap_or(&self.longer).fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        let mut buckets = [0; BOUNDS_US.len()];
        for (number, bucket) in buckets.iter_mut().zip(&self.buckets) {
            *number = bucket.load(Relaxed);
        }
        Counted { buckets, longer: self.longer.load(Relaxed), sum_us: self.sum_us.load(Relaxed) }
    }
}

impl Counted {
    /// How many in all.
    pub fn total(&self) -> u64 {
        self.buckets.iter().sum::<u64>() + self.longer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_first_bucket_that_holds_it() {
        let histogram = Histogram::default();
        for us in [0, 500, 501, 9_999_999, 10_000_000, 10_000_001, u64::from(u32::MAX)] {
            histogram.observe(Duration::from_micros(us));
        }
        let counted = histogram.counted();
        assert_eq!(
            (counted.buckets[0], counted.buckets[1], counted.buckets[13], counted.longer),
            (2, 1, 2, 2)
        );
        assert_eq!(counted.total(), 7);
    }
}
