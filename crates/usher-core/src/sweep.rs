//! Sweeping: what has expired goes, in small steps, long enough after its end that a replay still finds what it gave.

use crate::{App, Fault};
use usher_store::Batch;
use usher_store::tables::{Swept, write};
use usher_types::{Span, Timestamp, limits};

impl App {
    /// Removes everything that expired before the keeping time; returns after the last step.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), Fault> {
        // Counters have a beginning, not an end: the longer of both times serves them all.
        let keep = if limits::SPENT_TICKET.as_millis() > limits::FAILURE_WINDOW.as_millis() {
            limits::SPENT_TICKET
        } else {
            limits::FAILURE_WINDOW
        };
        let before = now.minus(keep).minus(Span::seconds(1));
        let refusals = now.minus(limits::REFUSALS_KEPT);
        for pool in self.snapshot().pools() {
            self.store.sweep_refusals(pool.id, refusals).await?;
            while self.store.sweep(pool.id, before).await? == Swept::More {
                tokio::task::yield_now().await;
            }
        }
        // Nodes may have written to a pool for a moment after it was deleted.
        for pool in self.store.erased_pools(now.minus(Span::minutes(1))).await? {
            while self.store.erase_pool_step(pool).await? == Swept::More {
                tokio::task::yield_now().await;
            }
            let mut batch = Batch::new();
            write::manage::pool::delete_erased(&mut batch, pool);
            let _ = self.store.apply(batch).await?;
        }
        Ok(())
    }
}
