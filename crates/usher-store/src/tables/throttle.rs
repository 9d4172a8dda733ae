//! Counters of wrong passwords within a window: one row per login name, known or not, one per person, and one per network. A person's
//! counter is their id, whichever of their names was typed. Wrong codes of devices have counters of their own: per network, and per pool.

use super::statements;
use crate::{Fault, Row};
use usher_types::Timestamp;

/// A counter as stored.
#[derive(Debug, Clone, Copy)]
pub struct Throttle {
    /// Wrong tries since.
    pub failures: i64,
    /// The beginning of the window.
    pub since: Timestamp,
}

impl Throttle {
    /// Reads `failures, since` from `at` on; `None` where an outer join found nothing.
    pub(super) fn read(row: &Row, at: usize) -> Result<Option<Self>, Fault> {
        let Some(failures) = row.get::<Option<i64>>(at)? else { return Ok(None) };
        Ok(Some(Self { failures, since: row.get(at + 1)? }))
    }
}

statements! {
    COUNT = "INSERT INTO throttles (pool_id, counter, failures, since) VALUES ($1, $2, 1, $3)
        ON CONFLICT (pool_id, counter) DO UPDATE SET
            failures = CASE WHEN throttles.since > $4 THEN throttles.failures + 1 ELSE 1 END,
            since = CASE WHEN throttles.since > $4 THEN throttles.since ELSE excluded.since END";
    RESET = "DELETE FROM throttles WHERE pool_id = $1 AND counter = $2";
}

/// Writes.
pub mod write {
    use super::{COUNT, RESET};
    use crate::{Batch, params};
    use usher_types::{PoolId, Span, Timestamp};

    /// Counts a wrong try; a window that has passed begins anew.
    pub fn count(batch: &mut Batch, pool: PoolId, counter: &[u8], now: Timestamp, window: Span) {
        batch.then(COUNT, params![pool, counter, now, now.minus(window)]);
    }

    /// Forgets the wrong tries.
    pub fn reset(batch: &mut Batch, pool: PoolId, counter: &[u8]) {
        batch.then(RESET, params![pool, counter]);
    }
}
