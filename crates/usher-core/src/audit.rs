//! The audit trail of a running server: a change is recorded in its own batch; a refusal is a log line and one more in a sum per cause,
//! application, network and minute, so that garbage cannot write without bound. How the trail is sealed and checked is `trail`'s.

use crate::trail::seal::{Sealed, seal};
use crate::trail::{Party, TrailKeys, keep};
use crate::{App, Cx, Fault};
use usher_store::tables::{AuditAbout, AuditEvent, Refusal, Swept, Told, write};
use usher_store::{Applied, Batch};
use usher_types::{PoolId, Random, TicketId, Timestamp};

/// Who did something and to what, where that is not plain from the person and the application.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Who did it; by default the person, else the application.
    pub actor: Option<Party>,
    /// What it was done to; by default the person, else the application.
    pub target: Option<Party>,
    /// Why the request was refused that changed something all the same.
    pub cause: Option<&'static str>,
}

impl Cx {
    /// Records a change with the batch that makes it.
    pub fn audit(&self, batch: &mut Batch, event: AuditEvent) {
        self.audit_about(batch, event, About::default());
    }

    /// The same, with more to say about who did it and to what.
    pub fn audit_about(&self, batch: &mut Batch, event: AuditEvent, about: About) {
        let party = || {
            let user = event.user_id.map(Party::User);
            user.or_else(|| event.client_id.clone().map(Party::Application))
        };
        let about = AuditAbout {
            actor: about.actor.or_else(party).map(|p| p.to_string()),
            target: about.target.or_else(party).map(|p| p.to_string()),
            request_id: Some(self.request_id()),
            cause: about.cause,
        };
        let marker = Marker { keys: &self.app.trail, now: self.now, random: self.random() };
        marker.record(batch, self.pool.id, event, about);
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

/// What every row of the trail is written with, by whichever door.
#[derive(Clone, Copy)]
pub struct Marker<'a> {
    /// The keys of the trail.
    pub keys: &'a TrailKeys,
    /// The moment.
    pub now: Timestamp,
    /// Randomness.
    pub random: &'a dyn Random,
}

impl Marker<'_> {
    /// Records a change with the batch that makes it.
    pub fn record(&self, batch: &mut Batch, pool: PoolId, event: AuditEvent, about: AuditAbout) {
        let told = Told::new(pool, TicketId::new(self.now, self.random), self.now, event, about);
        let mark = self.keys.mark(&told);
        write::audit::record(batch, told, mark);
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

    /// Numbers and seals what was committed since the last time, unless another node does it.
    pub async fn seal_audit(&self) -> Result<Sealed, Fault> {
        seal(&self.store, &self.trail, self.sealer, &*self.world.clock).await
    }

    /// Removes what is older than each pool keeps, in whole seals.
    pub async fn keep_audit(&self, now: Timestamp) -> Result<(), Fault> {
        for pool in self.snapshot().pools() {
            let Some(kept) = pool.settings.audit_kept() else { continue };
            let span = (now.minus(kept), now);
            while keep::remove(&self.store, &self.trail, pool.id, span).await? == Swept::More {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }
}
