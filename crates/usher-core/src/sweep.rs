//! Sweeping: what has expired goes, in small steps, long enough after its end that a replay still finds what it gave.

use crate::{App, Fault};
use usher_store::Batch;
use usher_store::tables::{SWEEPABLE, Sweepable, Swept, write};
use usher_types::{PoolId, Span, Timestamp, limits};

/// Nodes may have written for a moment by what they had in memory; after this time all have seen a change.
const SEEN_BY_ALL: Span = Span::minutes(1);

impl App {
    /// Removes everything that expired before the keeping time; returns after the last step. Where nothing has expired it takes eleven
    /// statements, whatever the number of pools.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), Fault> {
        // Counters have a beginning, not an end: the longer of both times serves them all.
        let keep = if limits::SPENT_TICKET.as_millis() > limits::FAILURE_WINDOW.as_millis() {
            limits::SPENT_TICKET
        } else {
            limits::FAILURE_WINDOW
        };
        let before = now.minus(keep).minus(Span::seconds(1));
        for table in SWEEPABLE {
            self.sweep_table(table, before).await?;
        }
        self.sweep_refusals(now.minus(limits::REFUSALS_KEPT)).await?;
        self.end_of_deleted_pools(now).await?;
        self.end_of_moved_pools(now).await
    }

    async fn sweep_table(&self, table: &Sweepable, before: Timestamp) -> Result<(), Fault> {
        loop {
            let due = self.store.due_for_sweep(table, before).await?;
            let last = is_last(&due);
            for pool in due {
                while self.store.sweep(table, pool, before).await? == Swept::More {
                    tokio::task::yield_now().await;
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn sweep_refusals(&self, before: Timestamp) -> Result<(), Fault> {
        loop {
            let due = self.store.due_for_sweep_of_refusals(before).await?;
            let last = is_last(&due);
            for pool in due {
                while self.store.sweep_refusals(pool, before).await? == Swept::More {
                    tokio::task::yield_now().await;
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn end_of_deleted_pools(&self, now: Timestamp) -> Result<(), Fault> {
        for pool in self.store.erased_pools(now.minus(SEEN_BY_ALL)).await? {
            while self.store.erase_pool_step(pool).await? == Swept::More {
                tokio::task::yield_now().await;
            }
            let mut batch = Batch::new();
            write::manage::pool::delete_erased(&mut batch, pool);
            let _ = self.store.apply(batch).await?;
        }
        Ok(())
    }

    async fn end_of_moved_pools(&self, now: Timestamp) -> Result<(), Fault> {
        for (pool, moved_at) in self.store.moved_pools(now.minus(SEEN_BY_ALL)).await? {
            // Who signed in at the new address within the first moment signs in again.
            let until = moved_at.plus(limits::CHANGE_SEEN);
            self.store.end_grants_until(pool, until, now).await?;
            let mut batch = Batch::new();
            write::domain::mark_settled(&mut batch, pool, moved_at);
            let _ = self.store.apply(batch).await?;
        }
        Ok(())
    }
}

/// Whether a list of pools that are due is all that there are.
fn is_last(due: &[PoolId]) -> bool {
    u32::try_from(due.len()).unwrap_or(u32::MAX) < limits::SWEEP_STEP
}
