//! The audit trail: a change is recorded in its own batch; a refusal is a log line and one more in a sum per cause, application,
//! network and minute, so that garbage cannot write without bound.

use crate::{App, Cx, Fault};
use usher_store::tables::{AuditEvent, Refusal, write};
use usher_store::{Applied, Batch};
use usher_types::{TicketId, Timestamp};

impl Cx {
    /// Records a change with the batch that makes it.
    pub fn audit(&self, batch: &mut Batch, event: AuditEvent) {
        let id = TicketId::new(self.now, self.random());
        write::audit::record(batch, self.pool.id, id, event, self.now);
    }

    /// Counts a refusal, and logs it. The cause is one of a fixed set, so that garbage cannot make new sums; what varies goes to the
    /// log alone. The application is one that was recognised, or empty.
    pub fn refused(&self, cause: &'static str, detail: &str, client_id: &str) {
        let known = if self.pool.clients.contains_key(client_id) { client_id } else { "" };
        tracing::info!(request.id = %self.request_id(), client.id = known, network = self.peer.network(), cause, detail, "refused");
        let minute = Timestamp::from_millis(self.now.millis() - self.now.millis().rem_euclid(60_000));
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
