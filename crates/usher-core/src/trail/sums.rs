//! The seals over sums of refusals. Sums grow while their minute lasts, on every node, so that a row of them bears no mark. Once a span of
//! minutes is over, one node writes a row into the trail that tells how many there were and their digest; from then on sums of that span
//! grow no more, and the trail's own marks, links and seals stand for them.

use crate::trail::seal::{Holder, LEASE, Sealed};
use crate::trail::verify::{Broken, broken};
use crate::trail::{Event, Marker, Party, TrailKeys};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use usher_crypto::sha256_parts;
use usher_store::tables::{AuditAbout, AuditEvent, PoolWithRefusals, RefusalSum, WaitingSums, write};
use usher_store::{Applied, Batch, Fault, Store};
use usher_types::opaque::base64url;
use usher_types::{Clock, PoolId, Random, Span, Timestamp, limits};

const UNTIL: &str = "the sums are sealed up to where it was read, and have not grown";

/// What the detail of a row tells: sums from one moment until another, in seconds since 1970.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tells {
    from: i64,
    until: i64,
    sums: i64,
    times: i64,
    digest: String,
}

/// What stands in sums of a span.
#[derive(Debug, PartialEq, Eq)]
struct Summed {
    sums: i64,
    times: i64,
    digest: [u8; 32],
}

/// Seals spans that have ended, until none is left or another node has taken over.
pub async fn seal(
    store: &Store,
    keys: &TrailKeys,
    holder: Holder,
    (clock, random): (&dyn Clock, &dyn Random),
) -> Result<Sealed, Fault> {
    let ended = span_of(clock.now().minus(limits::REFUSALS_LATE));
    let pools = store.pools_with_unsealed_refusals(ended).await?;
    if pools.is_empty() {
        return Ok(Sealed::All);
    }
    if !holder.takes_over(store, clock).await? {
        return Ok(Sealed::Elsewhere);
    }
    let mut fault = None;
    for mut pool in pools {
        loop {
            let marker = Marker { keys, now: clock.now(), random };
            match step(store, holder, marker, (pool, ended)).await {
                Ok(Some(until)) => pool.sealed_until = until,
                Ok(None) => break,
                // One pool's sums must not leave the others unsealed.
                Err(e) => {
                    fault = Some(e);
                    break;
                }
            }
        }
    }
    fault.map_or(Ok(Sealed::All), Err)
}

/// Seals the first span with sums that is not sealed; up to where, or nothing where none is left or another node does it.
async fn step(
    store: &Store,
    holder: Holder,
    marker: Marker<'_>,
    (pool, ended): (PoolWithRefusals, Timestamp),
) -> Result<Option<Timestamp>, Fault> {
    let Some(first) = store.next_minute_with_refusals(pool.id, (pool.sealed_until, ended)).await? else {
        return Ok(None);
    };
    let (from, until) = (span_of(first).max(pool.sealed_until), span_of(first).plus(limits::REFUSALS_SPAN));
    let Summed { sums, times, digest } = summed(store, pool.id, (from, until)).await?;
    let tells =
        Tells { from: from.seconds(), until: until.seconds(), sums, times, digest: base64url(&digest) };
    let event = AuditEvent {
        event: Event::RefusalsSealed.name(),
        client_id: None,
        user_id: None,
        network: None,
        detail: serde_json::to_string(&tells).map_err(|e| Fault::bug(&e.to_string()))?,
    };
    let about = AuditAbout {
        actor: Some(Party::System.to_string()),
        target: Some(Party::Pool(pool.id).to_string()),
        ..AuditAbout::default()
    };
    let mut batch = Batch::new();
    write::lease::hold(&mut batch, LEASE, holder.lease(), marker.now);
    write::refusal::sealed(&mut batch, UNTIL, pool, (from, until), (sums, times));
    marker.record(&mut batch, pool.id, event, about);
    Ok((store.apply(batch).await? == Applied::Done).then_some(until))
}

/// The first moment of a span.
const fn span_of(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis() - at.millis().rem_euclid(limits::REFUSALS_SPAN.as_millis()))
}

/// Adds up and digests the sums of a span, a minute at a time.
async fn summed(store: &Store, pool: PoolId, (from, until): (Timestamp, Timestamp)) -> Result<Summed, Fault> {
    let mut found =
        Summed { sums: 0, times: 0, digest: sha256_parts(&[b"usher refusals 1", pool.as_bytes()]) };
    let mut after = from;
    while let Some(minute) = store.next_minute_with_refusals(pool, (after, until)).await? {
        let mut rows = store.refusals_of_minute(pool, minute).await?;
        // Engines sort text in different ways.
        rows.sort();
        for row in &rows {
            found.sums = found.sums.saturating_add(1);
            found.times = found.times.saturating_add(row.times);
            found.digest = sha256_parts(&[&found.digest, &bytes(row)]);
        }
        after = minute.plus(Span::millis(1));
    }
    Ok(found)
}

/// A sum's bytes, such that different ones have different bytes.
fn bytes(sum: &RefusalSum) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    for number in [sum.minute.millis(), sum.times] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    for text in [&sum.cause, &sum.client_id, &sum.network] {
        out.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// Up to where sums are sealed, and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// Up to where; nothing where none are.
    pub sealed_until: Option<Timestamp>,
    /// What waits.
    pub waiting: WaitingSums,
}

/// The seals over sums that a check of the trail has met.
#[derive(Debug, Default)]
pub(super) struct Met(BTreeMap<i64, (Option<i64>, Tells)>);

impl Met {
    /// Takes note of a row, whose mark is right; what is wrong with it.
    pub(super) fn row(&mut self, number: Option<i64>, detail: &str) -> Option<Broken> {
        let Ok(tells) = serde_json::from_str::<Tells>(detail) else {
            return broken(number, "a row that seals sums of refusals cannot be read".to_owned());
        };
        let before = self.0.range(..tells.until).next_back();
        if before.is_some_and(|(_, (_, before))| before.until > tells.from) {
            let what = format!("sums of refusals from {} on were sealed twice", shown(tells.from));
            return broken(number, what);
        }
        self.0.insert(tells.from, (number, tells));
        None
    }

    /// Compares the sums since a moment with their seals, and with up to where the pool's row said that they are sealed; what is wrong.
    pub(super) async fn check(
        &self,
        store: &Store,
        pool: PoolId,
        (since, marked, now): (Timestamp, Option<Timestamp>, Timestamp),
    ) -> Result<(Sums, Option<Broken>), Fault> {
        let sealed_until = self.0.last_key_value().map(|(_, (_, last))| Timestamp::from_seconds(last.until));
        let end = sealed_until.unwrap_or(since).max(since);
        let sums = Sums { sealed_until, waiting: store.refusals_waiting(pool, end).await? };
        // What is not sealed by then was removed in its time, with the rows that sealed it.
        if marked.is_some_and(|marked| marked > end) {
            let what = "up to where sums of refusals are sealed is not what the trail says, so that new ones may not be sealed".to_owned();
            return Ok((sums, broken(None, what)));
        }
        let future = (now.plus(Span::days(1)), Timestamp::from_millis(i64::MAX));
        if let Some(minute) = store.next_minute_with_refusals(pool, future).await? {
            let what = format!("sums of refusals stand in the future, at {}", shown(minute.seconds()));
            return Ok((sums, broken(None, what)));
        }
        let mut after = since;
        for (number, tells) in self.0.values() {
            let (from, until) = (Timestamp::from_seconds(tells.from), Timestamp::from_seconds(tells.until));
            if from < since {
                after = after.max(until);
                continue;
            }
            let found = summed(store, pool, (from, until)).await?;
            let what = if let Some(minute) = store.next_minute_with_refusals(pool, (after, from)).await? {
                format!(
                    "sums of refusals at {} were added after their time was sealed",
                    shown(minute.seconds())
                )
            } else if (found.sums, found.times) != (tells.sums, tells.times)
                || base64url(&found.digest) != tells.digest
            {
                format!(
                    "the sums of refusals from {} to {} are not what was sealed: {} refusals in {} sums then, {} in {} now",
                    shown(tells.from),
                    shown(tells.until),
                    tells.times,
                    tells.sums,
                    found.times,
                    found.sums
                )
            } else {
                after = until;
                continue;
            };
            return Ok((sums, broken(*number, what)));
        }
        Ok((sums, None))
    }
}

/// A moment for people.
fn shown(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}
