//! Refusals, summed up per cause, application, network and minute. Sums of a span that is sealed grow no more: what comes late is
//! counted in the first minute after it. How spans are sealed stands in usher-core.

use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, Timestamp};

/// Refusals of one kind in one minute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The pool.
    pub pool_id: PoolId,
    /// The minute, as its first moment.
    pub minute: Timestamp,
    /// Why.
    pub cause: String,
    /// Through which application; empty where none was recognised.
    pub client_id: String,
    /// From which network.
    pub network: String,
}

/// A sum of refusals as stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefusalSum {
    /// The minute, as its first moment.
    pub minute: Timestamp,
    /// Why.
    pub cause: String,
    /// Through which application; empty where none was recognised.
    pub client_id: String,
    /// From which network.
    pub network: String,
    /// How often.
    pub times: i64,
}

/// A pool with sums that wait for their seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolWithRefusals {
    /// The pool.
    pub id: PoolId,
    /// Up to where its sums are sealed.
    pub sealed_until: Timestamp,
}

/// Sums that wait for their seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingSums {
    /// How many.
    pub sums: i64,
    /// The minute of the oldest.
    pub oldest: Option<Timestamp>,
}

statements! {
    ADD = "INSERT INTO refusals (pool_id, minute, cause, client_id, network, times)
        SELECT p.id, CASE WHEN p.refusals_until > $2 THEN p.refusals_until ELSE $2 END, $3, $4, $5, $6 FROM pools p WHERE p.id = $1
        ON CONFLICT (pool_id, minute, cause, client_id, network) DO UPDATE SET times = refusals.times + excluded.times";
    SUMS = "SELECT minute, cause, client_id, network, times FROM refusals WHERE pool_id = $1 AND minute >= $2 AND minute < $3
        ORDER BY minute DESC, cause, client_id, network LIMIT $4";
    OF_MINUTE = "SELECT minute, cause, client_id, network, times FROM refusals WHERE pool_id = $1 AND minute = $2";
    NEXT_MINUTE = "SELECT minute FROM refusals WHERE pool_id = $1 AND minute >= $2 AND minute < $3 ORDER BY minute LIMIT 1";
    POOLS_THAT_WAIT = "SELECT p.id, p.refusals_until FROM pools p WHERE EXISTS
        (SELECT 1 FROM refusals r WHERE r.pool_id = p.id AND r.minute >= p.refusals_until AND r.minute < $1)";
    UNTIL = "SELECT refusals_until FROM pools WHERE id = $1";
    WAITING = "SELECT COUNT(*), MIN(minute) FROM refusals WHERE pool_id = $1 AND minute >= $2";
    SEALED = "UPDATE pools SET refusals_until = $3 WHERE id = $1 AND refusals_until = $2
        AND (SELECT COUNT(*) FROM refusals r WHERE r.pool_id = $1 AND r.minute >= $4 AND r.minute < $3) = $5
        AND (SELECT CAST(COALESCE(SUM(r.times), 0) AS BIGINT) FROM refusals r WHERE r.pool_id = $1 AND r.minute >= $4 AND r.minute < $3) = $6";
}

impl Store {
    /// Sums of refusals of a pool from one minute to before another, newest first.
    pub async fn refusal_sums(
        &self,
        pool: PoolId,
        (from, until): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<RefusalSum>, Fault> {
        self.list(SUMS, params![pool, from, until, limit]).await?.iter().map(sum).collect()
    }

    /// The sums of one minute, in no order that both engines share.
    pub async fn refusals_of_minute(
        &self,
        pool: PoolId,
        minute: Timestamp,
    ) -> Result<Vec<RefusalSum>, Fault> {
        self.list(OF_MINUTE, params![pool, minute]).await?.iter().map(sum).collect()
    }

    /// The first minute with refusals from one to before another.
    pub async fn next_minute_with_refusals(
        &self,
        pool: PoolId,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Option<Timestamp>, Fault> {
        self.find(NEXT_MINUTE, params![pool, from, until]).await?.map(|row| row.get(0)).transpose()
    }

    /// The pools with sums before a moment that wait for their seal.
    pub async fn pools_with_unsealed_refusals(
        &self,
        until: Timestamp,
    ) -> Result<Vec<PoolWithRefusals>, Fault> {
        let rows = self.list(POOLS_THAT_WAIT, params![until]).await?;
        rows.iter().map(|row| Ok(PoolWithRefusals { id: row.get(0)?, sealed_until: row.get(1)? })).collect()
    }

    /// Up to where a pool's sums are sealed, as the pool's row says; nothing where there is no such pool.
    pub async fn refusals_sealed_until(&self, pool: PoolId) -> Result<Option<Timestamp>, Fault> {
        self.find(UNTIL, params![pool]).await?.map(|row| row.get(0)).transpose()
    }

    /// The sums of a pool from a minute on.
    pub async fn refusals_waiting(&self, pool: PoolId, from: Timestamp) -> Result<WaitingSums, Fault> {
        let rows = self.list(WAITING, params![pool, from]).await?;
        let row = rows.first().ok_or_else(|| Fault::bug("a count is a row"))?;
        Ok(WaitingSums { sums: row.get(0)?, oldest: row.get(1)? })
    }
}

fn sum(row: &Row) -> Result<RefusalSum, Fault> {
    Ok(RefusalSum {
        minute: row.get(0)?,
        cause: row.get(1)?,
        client_id: row.get(2)?,
        network: row.get(3)?,
        times: row.get(4)?,
    })
}

/// Writes.
pub mod write {
    use super::{ADD, PoolWithRefusals, Refusal, SEALED};
    use crate::{Batch, params};
    use usher_types::Timestamp;

    /// Adds to the sum of one kind of refusal; in no pool that is not there any more.
    pub fn add(batch: &mut Batch, refusal: Refusal, times: i64) {
        batch.then(
            ADD,
            params![
                refusal.pool_id,
                refusal.minute,
                refusal.cause,
                refusal.client_id,
                refusal.network,
                times
            ],
        );
    }

    /// A pool's sums of a span are sealed, so many that come to so many refusals; refused by `guard` where they are sealed to elsewhere
    /// already, or have grown since they were read.
    pub fn sealed(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolWithRefusals,
        (from, until): (Timestamp, Timestamp),
        (sums, times): (i64, i64),
    ) {
        batch.must(guard, SEALED, params![pool.id, pool.sealed_until, until, from, sums, times]);
    }
}
