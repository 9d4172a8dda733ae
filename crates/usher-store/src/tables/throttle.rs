//! Counters of wrong passwords within a window: one row per login name, known or not, one per person, and one per network. A person's
//! counter is a row of its own table, whichever of their names was typed, and knows how many were wrong since the last right one. Wrong codes of devices have counters of their own: per network, and per pool;
//! so have the requests of devices, which are counted whether wrong or not.

use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

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

// A window that begins in the future was begun by a clock that was wrong: it begins anew.
statements! {
    COUNT = "INSERT INTO throttles (pool_id, counter, failures, since) VALUES ($1, $2, 1, $3)
        ON CONFLICT (pool_id, counter) DO UPDATE SET
            failures = CASE WHEN throttles.since > $4 AND throttles.since <= $3 THEN throttles.failures + 1 ELSE 1 END,
            since = CASE WHEN throttles.since > $4 AND throttles.since <= $3 THEN throttles.since ELSE excluded.since END";
    COUNT_AT_MOST = "INSERT INTO throttles (pool_id, counter, failures, since) VALUES ($1, $2, 1, $3)
        ON CONFLICT (pool_id, counter) DO UPDATE SET
            failures = CASE WHEN throttles.since > $4 AND throttles.since <= $3 THEN throttles.failures + 1 ELSE 1 END,
            since = CASE WHEN throttles.since > $4 AND throttles.since <= $3 THEN throttles.since ELSE excluded.since END
        WHERE throttles.since <= $4 OR throttles.since > $3 OR throttles.failures < $5";
    FIND = "SELECT t.failures, t.since FROM throttles t WHERE t.pool_id = $1 AND t.counter = $2";
    COUNT_OF_PERSON = "INSERT INTO failures (pool_id, user_id, failures, since, in_a_row) VALUES ($1, $2, 1, $3, 1)
        ON CONFLICT (pool_id, user_id) DO UPDATE SET
            failures = CASE WHEN failures.since > $4 AND failures.since <= $3 THEN failures.failures + 1 ELSE 1 END,
            since = CASE WHEN failures.since > $4 AND failures.since <= $3 THEN failures.since ELSE excluded.since END,
            in_a_row = failures.in_a_row + 1";
    FORGET_PERSON = "DELETE FROM failures WHERE pool_id = $1 AND user_id = $2";
    RESET = "DELETE FROM throttles WHERE pool_id = $1 AND counter = $2";
}

impl Store {
    /// A counter.
    pub async fn throttle(&self, pool: PoolId, counter: &[u8]) -> Result<Option<Throttle>, Fault> {
        self.find(FIND, params![pool, counter]).await?.map_or(Ok(None), |row| Throttle::read(&row, 0))
    }
}

/// Writes.
pub mod write {
    use super::{COUNT, COUNT_AT_MOST, COUNT_OF_PERSON, FORGET_PERSON, RESET};
    use crate::{Batch, params};
    use usher_types::{PoolId, Span, Timestamp, UserId};

    /// Counts a wrong try; a window that has passed begins anew.
    pub fn count(batch: &mut Batch, pool: PoolId, counter: &[u8], now: Timestamp, window: Span) {
        batch.then(COUNT, params![pool, counter, now, now.minus(window)]);
    }

    /// Counts a wrong password of a person: in the window, and since the last right one.
    pub fn count_of_person(batch: &mut Batch, pool: PoolId, person: UserId, now: Timestamp, window: Span) {
        batch.then(COUNT_OF_PERSON, params![pool, person, now, now.minus(window)]);
    }

    /// Forgets the wrong passwords of a person.
    pub fn forget_person(batch: &mut Batch, pool: PoolId, person: UserId) {
        batch.then(FORGET_PERSON, params![pool, person]);
    }

    /// How much is counted.
    #[derive(Debug, Clone, Copy)]
    pub struct Bound {
        /// At most so much,
        pub limit: u32,
        /// within this time.
        pub window: Span,
    }

    /// Counts one more; where that would be more than the bound allows, the batch is refused by `guard`.
    pub fn count_at_most(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        counter: &[u8],
        (now, bound): (Timestamp, Bound),
    ) {
        batch.must(guard, COUNT_AT_MOST, params![pool, counter, now, now.minus(bound.window), bound.limit]);
    }

    /// Forgets the wrong tries.
    pub fn reset(batch: &mut Batch, pool: PoolId, counter: &[u8]) {
        batch.then(RESET, params![pool, counter]);
    }
}
