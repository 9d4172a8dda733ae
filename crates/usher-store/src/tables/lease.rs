//! Leases: who alone does a chore, of several nodes on one database. A global table. A lease spares work and settles no race: what the
//! chore writes is guarded by itself, and by [`write::hold`] in the same batch.

use super::statements;

statements! {
    /// A lease whose end lies further ahead than any that is given was written by a clock that was wrong, so that it binds nobody.
    TAKE = "INSERT INTO leases (name, holder, until_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
        WHERE leases.until_at < $4 OR leases.until_at > $5 OR leases.holder = excluded.holder";
    HOLD = "UPDATE leases SET until_at = $3 WHERE name = $1 AND holder = $2";
}

/// Writes.
pub mod write {
    use super::{HOLD, TAKE};
    use crate::{Batch, params};
    use usher_types::{Span, Timestamp};

    /// Who holds what for how long.
    #[derive(Debug, Clone, Copy)]
    pub struct Lease {
        /// The chore.
        pub name: &'static str,
        /// The node, drawn at its start.
        pub holder: [u8; 16],
        /// How long it is given for.
        pub span: Span,
    }

    /// Takes a lease that is free, has ended, or is the holder's already; else the batch is refused by `guard`.
    pub fn take(batch: &mut Batch, guard: &'static str, lease: Lease, now: Timestamp) {
        let until = now.plus(lease.span);
        let impossible = until.plus(lease.span);
        batch.must(guard, TAKE, params![lease.name, lease.holder, until, now, impossible]);
    }

    /// Goes on holding a lease that nobody else has taken since; else the batch is refused by `guard`.
    pub fn hold(batch: &mut Batch, guard: &'static str, lease: Lease, now: Timestamp) {
        batch.must(guard, HOLD, params![lease.name, lease.holder, now.plus(lease.span)]);
    }
}
