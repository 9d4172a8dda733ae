//! The sealer: numbers what is committed and not numbered yet, in small steps, and signs the running digest over it. One node at a time
//! does it, by a lease; each step is one batch that holds the lease and the end of the trail, so that a node which lost the lease, died,
//! or was stopped in the middle has changed nothing or everything of its step.

use crate::trail::TrailKeys;
use crate::trail::key;
use usher_store::tables::write::lease::Lease;
use usher_store::tables::{Seal, Unsealed, write};
use usher_store::{Applied, Batch, Fault, Store};
use usher_types::{Clock, PoolId, Random, Timestamp, limits};

pub(super) const LEASE: &str = "no other node seals the audit trail";
const END: &str = "the audit trail ends where it was read";
const ROW: &str = "the row has no number yet";

/// Who seals, of several nodes.
#[derive(Debug, Clone, Copy)]
pub struct Holder([u8; 16]);

impl Holder {
    /// A node, drawn at its start.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(bytes)
    }

    pub(super) const fn lease(self) -> Lease {
        Lease { name: "audit", holder: self.0, span: limits::AUDIT_LEASE }
    }

    /// Whether this node seals from now on, and no other does.
    pub(super) async fn takes_over(self, store: &Store, clock: &dyn Clock) -> Result<bool, Fault> {
        let mut batch = Batch::new();
        write::lease::take(&mut batch, LEASE, self.lease(), clock.now());
        Ok(store.apply(batch).await? == Applied::Done)
    }
}

/// What came of sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealed {
    /// Whatever waited has its number.
    All,
    /// Another node does it.
    Elsewhere,
}

/// Numbers and seals what waits, until nothing does or another node has taken over.
pub async fn seal(
    store: &Store,
    keys: &TrailKeys,
    holder: Holder,
    clock: &dyn Clock,
) -> Result<Sealed, Fault> {
    let mut pools = store.pools_with_unsealed_audit().await?;
    if pools.is_empty() {
        return Ok(Sealed::All);
    }
    if !holder.takes_over(store, clock).await? {
        return Ok(Sealed::Elsewhere);
    }
    let mut fault = None;
    // A step of each pool in turn, so that a pool with much to seal does not keep the others waiting.
    while !pools.is_empty() {
        let mut left = Vec::new();
        for pool in pools {
            match step(store, keys, holder, (pool, clock.now())).await {
                Ok(Step::Done) => {}
                Ok(Step::More) => left.push(pool),
                Ok(Step::Lost) => return Ok(Sealed::Elsewhere),
                // One pool's broken trail must not leave the others unsealed.
                Err(e) => fault = Some(e),
            }
        }
        pools = left;
        tokio::task::yield_now().await;
    }
    fault.map_or(Ok(Sealed::All), Err)
}

/// What came of one step.
enum Step {
    /// Nothing waits.
    Done,
    /// There may be more.
    More,
    /// Another node has the lease.
    Lost,
}

async fn step(
    store: &Store,
    keys: &TrailKeys,
    holder: Holder,
    (pool, now): (PoolId, Timestamp),
) -> Result<Step, Fault> {
    let rows = store.unsealed_audit(pool, &[], limits::AUDIT_STEP).await?;
    if rows.is_empty() {
        return Ok(Step::Done);
    }
    let newest = store.newest_audit_seal(pool).await?;
    // Invariant: nothing is signed that builds on what was not: else a change of the end would be made good by the next seal.
    if newest.as_ref().is_some_and(|seal| !keys.is_genuine(pool, seal)) {
        return Err(Fault::bug(&format!(
            "the newest seal of the audit trail of pool {pool} was not made by this installation, so nothing is sealed: usher audit verify says more"
        )));
    }
    let mut batch = Batch::new();
    write::lease::hold(&mut batch, LEASE, holder.lease(), now);
    let (after, seal) = number(&mut batch, pool, newest.as_ref(), (&rows, now));
    let seal = keys.sign(pool, seal);
    let (number, is_new) = (seal.last_number, after.is_none());
    match after {
        None => write::audit_seal::begin(&mut batch, END, pool, seal),
        Some(ends) => write::audit_seal::lengthen(&mut batch, END, pool, (ends, seal)),
    }
    match store.apply(batch).await? {
        Applied::Done => {
            if is_new {
                tracing::info!(pool.id = %pool, number, "a seal of the audit trail was begun");
            }
            Ok(Step::More)
        }
        Applied::Refused { guard: LEASE } => Ok(Step::Lost),
        // Rows are removed with a pool that is deleted, and old ones in their time: look again.
        Applied::Refused { .. } => Ok(Step::More),
    }
}

/// Numbers rows; with the seal up to the last of them, unsigned, and where the seal ended that is lengthened.
fn number(
    batch: &mut Batch,
    pool: PoolId,
    newest: Option<&Seal>,
    (rows, now): (&[Unsealed], Timestamp),
) -> (Option<i64>, Seal) {
    let (mut number, mut link) =
        newest.map_or_else(|| (0, key::origin(pool)), |seal| (seal.last_number, seal.link));
    let open = newest.filter(|seal| is_open(seal, now));
    let first_number = open.map_or(number.saturating_add(1), |seal| seal.first_number);
    let at = rows.first().map_or(now, Unsealed::at);
    let (mut oldest_at, mut newest_at) = open.map_or((at, at), |seal| (seal.oldest_at, seal.newest_at));
    for row in rows {
        if number.saturating_sub(first_number).saturating_add(1) >= i64::from(limits::AUDIT_SEAL) {
            break;
        }
        number = number.saturating_add(1);
        link = key::link(&link, number, &row.told, row.mark.as_deref());
        (oldest_at, newest_at) = (oldest_at.min(row.at()), newest_at.max(row.at()));
        write::audit_seal::number(batch, ROW, pool, &row.id, (number, link));
    }
    let seal = Seal {
        first_number,
        last_number: number,
        link,
        oldest_at,
        newest_at,
        sealed_at: now,
        removed_at: None,
        public_key: Vec::new(),
        signature: Vec::new(),
    };
    (open.map(|seal| seal.last_number), seal)
}

/// Whether a seal takes more rows: it has room, and is of this day, so that rows can be removed day by day.
fn is_open(seal: &Seal, now: Timestamp) -> bool {
    let rows = seal.last_number.saturating_sub(seal.first_number).saturating_add(1);
    seal.removed_at.is_none()
        && rows < i64::from(limits::AUDIT_SEAL)
        && now.since(seal.oldest_at) < limits::AUDIT_SEAL_DAY
}
