//! Whether requests can be answered now: the database answers, writing works, and nobody told the server to stop. What was found out is
//! told again for a moment, so that asking often costs nothing. Nothing here names a host, a statement or a number.

use crate::App;
use crate::health::Readiness;
use std::future::Future;
use usher_store::Fault;
use usher_types::{Timestamp, limits};

impl App {
    /// Whether requests can be answered now. Many at once share one look.
    pub async fn readiness(&self) -> Readiness {
        if self.health.is_stopping() {
            return Readiness {
                database: true,
                writes: true,
                clock: true,
                configuration: true,
                serving: false,
            };
        }
        let now = self.world.clock.now();
        let mut seen = self.health.seen.lock().await;
        let (database, writes) = match seen.last {
            Some((at, database, writes)) if now.is_within(limits::READY_KEPT, at) => (database, writes),
            _ => {
                let database = in_time("read", self.store.probe_read()).await;
                let writes = database && self.can_write(&mut seen.probed_at, now).await;
                seen.last = Some((now, database, writes));
                (database, writes)
            }
        };
        let clock = self.world.clock.is_sure();
        let configuration = !self.health.is_blind() && !self.snapshot().lacks_first();
        Readiness { database, writes, clock, configuration, serving: !self.health.is_stopping() }
    }

    /// Whether writing works: it did last time, or it is tried, which is done once in a while only.
    async fn can_write(&self, probed_at: &mut Option<Timestamp>, now: Timestamp) -> bool {
        if !self.store.meter().write_failed() {
            return true;
        }
        if probed_at.is_some_and(|at| now.is_within(limits::PROBE, at)) {
            return false;
        }
        *probed_at = Some(now);
        in_time("written", self.store.probe_write()).await
    }
}

/// Whether something works, and soon enough. Why not is for the log.
async fn in_time(what: &'static str, probe: impl Future<Output = Result<(), Fault>>) -> bool {
    match tokio::time::timeout(limits::READY_TIME.to_std(), probe).await {
        Ok(Ok(())) => true,
        Ok(Err(fault)) => {
            tracing::warn!(%fault, what, "not ready: the database cannot be used");
            false
        }
        Err(_) => {
            let after_s = limits::READY_TIME.as_seconds();
            tracing::warn!(what, after_s, "not ready: the database does not answer in time");
            false
        }
    }
}
