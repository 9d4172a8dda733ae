//! The audit trail of a running server: a change is recorded in its own batch; a refusal is a log line and one more in a sum per cause,
//! application, network and minute, so that garbage cannot write without bound. How the trail is sealed and checked is `trail`'s.

use crate::trail::seal::{Sealed, seal};
use crate::trail::{Marker, Party, keep, sums};
use crate::{App, Cx, Fault};
use usher_store::Batch;
use usher_store::tables::{AuditAbout, AuditEvent, Refusal, Swept, write};
use usher_types::{Span, Timestamp};

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
        self.app.refusals.add(Refusal {
            pool_id: self.pool.id,
            minute: minute_of(self.now),
            cause: cause.to_owned(),
            client_id: known.to_owned(),
            network: self.peer.network(),
        });
    }
}

/// Sums that waited for longer are counted in a later minute, since those of their own are sealed soon.
const LATEST: Span = Span::minutes(2);

/// The first moment of a minute.
const fn minute_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis() - at.millis().rem_euclid(60_000))
}

impl App {
    /// Writes the sums that wait. Where they cannot be written they go on waiting.
    pub async fn flush_refusals(&self) -> Result<(), Fault> {
        loop {
            let some = self.refusals.take();
            if some.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            let now = self.world.clock.now();
            let earliest = minute_of(now.minus(LATEST));
            for (refusal, times) in &some {
                let minute = refusal.minute.max(earliest).min(minute_of(now));
                write::refusal::add(&mut batch, Refusal { minute, ..refusal.clone() }, *times);
            }
            if let Err(fault) = self.store.apply(batch).await {
                self.refusals.put_back(some);
                return Err(fault);
            }
        }
    }

    /// Numbers and seals what was committed since the last time, unless another node does it.
    pub async fn seal_audit(&self) -> Result<Sealed, Fault> {
        seal(&self.store, &self.trail, self.sealer(), &*self.world.clock).await
    }

    /// Seals the sums of refusals of spans that have ended, unless another node does it.
    pub async fn seal_refusals(&self) -> Result<Sealed, Fault> {
        let world = (&*self.world.clock, &*self.world.random);
        sums::seal(&self.store, &self.trail, self.sealer(), world).await
    }

    /// Removes what is older than each pool keeps, in whole seals. A pool in which nothing can be removed keeps no other pool waiting.
    pub async fn keep_audit(&self, now: Timestamp) -> Result<(), Fault> {
        let mut fault = None;
        for pool in self.snapshot().pools() {
            let Some(kept) = pool.settings.audit_kept() else { continue };
            let span = (now.minus(kept), now);
            loop {
                match keep::remove(&self.store, &self.trail, pool.id, span).await {
                    Ok(Swept::More) => tokio::task::yield_now().await,
                    Ok(Swept::Clean) => break,
                    Err(e) => {
                        fault = Some(e);
                        break;
                    }
                }
            }
        }
        fault.map_or(Ok(()), Err)
    }
}
