//! The audit trail: a change is recorded in its own batch; a refusal is a log line and one more in a sum per cause, application,
//! network and minute, so that garbage cannot write without bound.

use crate::{App, Cx, Fault};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use usher_store::tables::{AuditEvent, Refusal, write};
use usher_store::{Applied, Batch};
use usher_types::{TicketId, Timestamp};

/// Different sums kept until they are written; what does not fit is only logged.
const SUMS: usize = 10_000;
/// Sums written in one batch.
const STEP: usize = 200;

/// Refusals that wait to be written.
#[derive(Debug, Default)]
pub struct RefusalLog(Mutex<HashMap<Refusal, i64>>);

impl RefusalLog {
    fn add(&self, refusal: Refusal) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sums.len() < SUMS || sums.contains_key(&refusal) {
            *sums.entry(refusal).or_insert(0) += 1;
        }
    }

    fn take(&self) -> Vec<(Refusal, i64)> {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<Refusal> = sums.keys().take(STEP).cloned().collect();
        some.into_iter().filter_map(|r| sums.remove_entry(&r)).collect()
    }
}

impl Cx {
    /// Records a change with the batch that makes it.
    pub fn audit(&self, batch: &mut Batch, event: AuditEvent) {
        let id = TicketId::new(self.now, self.random());
        write::audit::record(batch, self.pool.id, id, event, self.now);
    }

    /// Logs a refusal with its real cause, and counts it. The application is one that was recognised, or empty.
    pub fn refused(&self, cause: &str, client_id: &str) {
        tracing::info!(request.id = %self.request_id, client.id = client_id, network = self.peer.network(), cause, "refused");
        let minute = Timestamp::from_millis(self.now.millis() - self.now.millis().rem_euclid(60_000));
        let known = if self.pool.clients.contains_key(client_id) { client_id } else { "" };
        self.app.refusals.add(Refusal {
            pool_id: self.pool.id,
            minute,
            cause: cause.to_owned(),
            client_id: known.to_owned(),
            network: self.peer.network(),
        });
    }
}

impl App {
    /// Writes the sums that wait.
    pub async fn flush_refusals(&self) -> Result<(), Fault> {
        loop {
            let some = self.refusals.take();
            if some.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            for (refusal, times) in some {
                write::audit::refuse(&mut batch, refusal, times);
            }
            let Applied::Done = self.store.apply(batch).await? else { return Ok(()) };
        }
    }
}
