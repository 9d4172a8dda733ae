//! How a row of the trail is written.

use crate::trail::TrailKeys;
use usher_store::Batch;
use usher_store::tables::{AuditAbout, AuditEvent, Told, write};
use usher_types::{PoolId, Random, TicketId, Timestamp};

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
