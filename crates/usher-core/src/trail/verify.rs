//! The check of a pool's trail: row by row against marks and links, seal by seal against signatures, and against a checkpoint that was
//! kept elsewhere. It goes on beside writers, the sealer and the removal of what is old.

use crate::trail::checkpoint::{Checkpoint, CheckpointError};
use crate::trail::key::{self, Marked};
use crate::trail::sums::{Met, Sums};
use crate::trail::{Event, TrailKeys};
use usher_store::tables::{Numbered, Seal, Told, Waiting};
use usher_store::{Fault, Store};
use usher_types::opaque::base64url;
use usher_types::{PoolId, Span, TicketId, Timestamp, limits};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Where the trail begins, where what was before has been removed in its time.
    pub begins: Option<Begins>,
    /// Up to where it is sealed; nothing where it is not sealed at all.
    pub sealed: Option<SealedUntil>,
    /// What waits for the sealer.
    pub waiting: Waiting,
    /// Rows without a mark, which an older server wrote.
    pub unmarked: i64,
    /// The sums of refusals; nothing where something is wrong before they are looked at.
    pub sums: Option<Sums>,
    /// What the checkpoint says about it, where one was given.
    pub checkpoint: Option<Compared>,
    /// The first thing that is wrong.
    pub broken: Option<Broken>,
}

/// Where a trail begins whose first rows were removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begins {
    /// The number of the last row that was removed.
    pub after_number: i64,
    /// When it was removed.
    pub removed_at: Timestamp,
}

/// Up to where a trail is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedUntil {
    /// The number of the last sealed row.
    pub number: i64,
    /// When it was sealed.
    pub at: Timestamp,
}

/// How a checkpoint compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The trail holds what the checkpoint saw.
    Same,
    /// What the checkpoint saw was removed in its time.
    Removed,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// At which number; none where a row has no number yet.
    pub number: Option<i64>,
    /// What, in a sentence.
    pub what: String,
}

/// Why no check could be made.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// What was given.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Our mistake or the world's.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How often a check begins again because what is old was removed under it.
const TRIES: u32 = 64;

/// Checks a pool's trail, whose rows are kept for a time; for ever where none is given.
pub async fn verify(
    store: &Store,
    keys: &TrailKeys,
    pool: PoolId,
    (kept, now): (Option<Span>, Timestamp),
    since: Option<&Checkpoint>,
) -> Result<Report, VerifyError> {
    let since = since.map(|c| Ok::<_, CheckpointError>((c.number, c.open(keys, pool)?))).transpose()?;
    let mut left = TRIES;
    loop {
        let mut walk = Walk { kept, ..Walk::new((store, keys), (pool, now), since) };
        let found = walk.go().await?;
        left = left.saturating_sub(1);
        // What is old may have been removed in the middle: then it begins elsewhere now.
        if found.is_some() && left > 0 && walk.has_moved().await? {
            continue;
        }
        let waiting = store.audit_waiting(pool).await?;
        return Ok(Report {
            begins: walk.begins,
            sealed: walk.sealed,
            waiting,
            unmarked: walk.unmarked,
            sums: walk.sums,
            checkpoint: walk.compared,
            broken: found,
        });
    }
}

struct Walk<'a> {
    store: &'a Store,
    keys: &'a TrailKeys,
    pool: PoolId,
    now: Timestamp,
    since: Option<(i64, [u8; 32])>,
    /// How long rows are kept, as it is set now; for ever where there is no answer.
    kept: Option<Span>,
    /// The number and link up to which everything was right.
    number: i64,
    link: [u8; 32],
    /// Whether a row with a mark was met. Servers before this version wrote none, and none of them runs beside this one.
    has_marked: bool,
    begins: Option<Begins>,
    sealed: Option<SealedUntil>,
    unmarked: i64,
    compared: Option<Compared>,
    /// The seals over sums of refusals.
    met: Met,
    /// From when on sums and their seals are all there.
    sums_since: Timestamp,
    sums: Option<Sums>,
}

impl<'a> Walk<'a> {
    fn new(
        (store, keys): (&'a Store, &'a TrailKeys),
        (pool, now): (PoolId, Timestamp),
        since: Option<(i64, [u8; 32])>,
    ) -> Self {
        Self {
            store,
            keys,
            pool,
            now,
            since,
            kept: None,
            number: 0,
            link: key::origin(pool),
            has_marked: false,
            begins: None,
            sealed: None,
            unmarked: 0,
            compared: None,
            met: Met::default(),
            // What is about to be removed may be removed in part.
            sums_since: now.minus(limits::REFUSALS_KEPT).plus(Span::hours(1)),
            sums: None,
        }
    }

    /// Goes through everything; the first thing that is wrong.
    async fn go(&mut self) -> Result<Option<Broken>, Fault> {
        // Read first: the sealer moves it with the rows that are read afterwards.
        let marked = self.store.refusals_sealed_until(self.pool).await?;
        if let Some(end) = self.store.oldest_audit_seal(self.pool).await?.filter(|s| s.removed_at.is_some())
            && let Some(broken) = self.begin_after(end).await?
        {
            return Ok(Some(broken));
        }
        if let Some(broken) = self.seals().await? {
            return Ok(Some(broken));
        }
        if let (Some((number, _)), None) = (self.since, self.compared) {
            let last = self.number;
            return Ok(broken(
                last.saturating_add(1),
                format!(
                    "the trail was cut: the checkpoint saw row {number}, and the last sealed row is {last}"
                ),
            ));
        }
        if let Some(broken) = self.unsealed().await? {
            return Ok(Some(broken));
        }
        let (sums, broken) =
            self.met.check(self.store, self.pool, (self.sums_since, marked, self.now)).await?;
        self.sums = Some(sums);
        Ok(broken)
    }

    /// The trail begins after what was removed.
    async fn begin_after(&mut self, end: Seal) -> Result<Option<Broken>, Fault> {
        let last = end.last_number;
        if !self.keys.is_genuine(self.pool, &end) {
            let what = format!(
                "the seal over rows {} to {last}, which says that they were removed in their time, was not made by this installation",
                end.first_number
            );
            return Ok(broken(end.first_number, what));
        }
        // Whoever has the database could shorten the time for a moment and let the server itself remove what should not be seen.
        let age = end.removed_at.map(|removed_at| removed_at.since(end.newest_at));
        if age.is_some_and(|age| self.kept.is_none_or(|kept| age < kept)) {
            let what = format!(
                "rows up to {last} were removed before the time that is set now for keeping them: either that time was raised since, or somebody shortened it for a while"
            );
            return Ok(broken(end.first_number, what));
        }
        if let Some(there) = self.store.audit_number_up_to(self.pool, last).await? {
            let what = format!("row {there} is there, though all up to {last} were removed in their time");
            return Ok(broken(there, what));
        }
        (self.number, self.link) = (last, end.link);
        self.sums_since = self.sums_since.max(end.newest_at);
        self.begins = end.removed_at.map(|removed_at| Begins { after_number: last, removed_at });
        self.sealed = Some(SealedUntil { number: last, at: end.sealed_at });
        if self.since.is_some_and(|(number, _)| number < last) {
            self.compared = Some(Compared::Removed);
        }
        Ok(self.compare())
    }

    /// Every seal with its rows, and that no row has a number beyond them.
    async fn seals(&mut self) -> Result<Option<Broken>, Fault> {
        let mut from = self.number.saturating_add(1);
        loop {
            // Read with the one after it: a seal that another one follows is not lengthened any more.
            let page = self.store.audit_seals(self.pool, from, 2).await?;
            if let Some(seal) = page.first() {
                if let Some(broken) = self.seal(seal, from).await? {
                    return Ok(Some(broken));
                }
                if page.len() > 1 {
                    from = seal.last_number.saturating_add(1);
                    continue;
                }
            }
            let beyond = self.store.numbered_audit(self.pool, self.number.saturating_add(1), 1).await?;
            let Some(beyond) = beyond.first() else { return Ok(None) };
            // The sealer may have gone on meanwhile.
            let newest = self.store.newest_audit_seal(self.pool).await?;
            if newest.is_none_or(|seal| seal.last_number < beyond.number) {
                return Ok(broken(beyond.number, format!("row {} has a number and no seal", beyond.number)));
            }
        }
    }

    async fn seal(&mut self, seal: &Seal, from: i64) -> Result<Option<Broken>, Fault> {
        let (first, last) = (seal.first_number, seal.last_number);
        if first != from {
            let what = format!("the seals over rows {from} to {} are missing", first.saturating_sub(1));
            return Ok(broken(from, what));
        }
        if !self.keys.is_genuine(self.pool, seal) {
            let what = format!(
                "the seal over rows {first} to {last} was not made by this installation, or it was changed"
            );
            return Ok(broken(first, what));
        }
        if seal.removed_at.is_some() {
            let what = format!("rows {first} to {last} were removed in their time, and older ones were not");
            return Ok(broken(first, what));
        }
        while self.number < last {
            let next = self.number.saturating_add(1);
            let rows = self.store.numbered_audit(self.pool, next, limits::AUDIT_SEAL).await?;
            let rows = rows.iter().take_while(|row| row.number <= last);
            let before = self.number;
            for row in rows {
                if let Some(broken) = self.row(row) {
                    return Ok(Some(broken));
                }
            }
            if self.number == before {
                let rows = if next == last {
                    format!("row {next} is")
                } else {
                    format!("rows {next} to {last} are")
                };
                return Ok(broken(next, format!("{rows} missing")));
            }
        }
        if self.link != seal.link {
            let what = format!("rows {first} to {last} are not what was sealed");
            return Ok(broken(first, what));
        }
        self.sealed = Some(SealedUntil { number: last, at: seal.sealed_at });
        Ok(None)
    }

    fn row(&mut self, row: &Numbered) -> Option<Broken> {
        let (number, next) = (row.number, self.number.saturating_add(1));
        if number != next {
            let missing = if number == next.saturating_add(1) {
                format!("row {next} is missing")
            } else {
                format!("rows {next} to {} are missing", number.saturating_sub(1))
            };
            return broken(next, missing);
        }
        let link = key::link(&self.link, number, &row.told, row.mark.as_deref());
        if row.link.as_deref() != Some(link.as_slice()) {
            return broken(number, format!("row {number} was changed, or is another one than was sealed"));
        }
        match self.keys.marked(&row.told, row.mark.as_deref()) {
            Marked::Genuine => {
                self.has_marked = true;
                if let Some(broken) = self.sums_sealed(Some(number), &row.told) {
                    return Some(broken);
                }
            }
            Marked::Not if !self.has_marked => self.unmarked = self.unmarked.saturating_add(1),
            Marked::Not | Marked::Wrong => {
                return broken(number, format!("row {number} was not written by this installation"));
            }
        }
        (self.number, self.link) = (number, link);
        self.compare()
    }

    /// Takes note of a row where it seals sums of refusals.
    fn sums_sealed(&mut self, number: Option<i64>, told: &Told) -> Option<Broken> {
        if told.event() == Event::RefusalsSealed.name() { self.met.row(number, told.detail()) } else { None }
    }

    /// Whether the trail is here what the checkpoint saw.
    fn compare(&mut self) -> Option<Broken> {
        let (number, link) = self.since.filter(|(number, _)| *number == self.number)?;
        if link != self.link {
            return broken(number, format!("the rows up to {number} are not those that the checkpoint saw"));
        }
        self.compared = Some(Compared::Same);
        None
    }

    /// The marks of what waits for the sealer.
    async fn unsealed(&mut self) -> Result<Option<Broken>, Fault> {
        let mut after = Vec::new();
        loop {
            let rows = self.store.unsealed_audit(self.pool, &after, limits::AUDIT_SEAL).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            after.clone_from(&last.id);
            for row in &rows {
                match self.keys.marked(&row.told, row.mark.as_deref()) {
                    Marked::Genuine => {
                        if let Some(broken) = self.sums_sealed(None, &row.told) {
                            return Ok(Some(broken));
                        }
                    }
                    Marked::Not if !self.has_marked => {
                        self.unmarked = self.unmarked.saturating_add(1);
                    }
                    Marked::Not | Marked::Wrong => {
                        let what = format!(
                            "the row with the id {}, which is not sealed yet, was not written by this installation or was changed",
                            shown(&row.id)
                        );
                        return Ok(Some(Broken { number: None, what }));
                    }
                }
            }
        }
    }

    /// Whether the trail begins elsewhere than where this check began.
    async fn has_moved(&self) -> Result<bool, Fault> {
        let begins = self.store.oldest_audit_seal(self.pool).await?;
        let after = begins.filter(|s| s.removed_at.is_some()).map_or(0, |s| s.last_number);
        Ok(after > self.begins.map_or(0, |b| b.after_number))
    }
}

/// An id as lists show it; one that no server made, in base64url.
fn shown(id: &[u8]) -> String {
    <[u8; 16]>::try_from(id).map_or_else(|_| base64url(id), |id| TicketId::from_bytes(id).to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "what is wrong is always returned as the answer")]
pub(super) fn broken(number: impl Into<Option<i64>>, what: String) -> Option<Broken> {
    Some(Broken { number: number.into(), what })
}
