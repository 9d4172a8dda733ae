//! How many mails of a pool leave within a window, whoever causes them and from however many networks. Mails are counted when they are
//! about to be sent, not when they are queued: whoever asked gets the same answer as ever, after the same work.

use crate::guesses::counter;
use crate::{App, Fault};
use std::sync::atomic::Ordering::Relaxed;
use usher_store::Batch;
use usher_store::tables::write::throttle::Bound;
use usher_store::tables::{OutboxRow, RANK_OF_SIGN_UPS, Ranks, write};
use usher_types::{Timestamp, limits};

/// A bound of a pool's mails.
struct Most {
    guard: &'static str,
    kind: &'static [u8],
    limit: u32,
    /// What it counts, from the first to the last that is sent.
    ranks: Ranks,
}

const POOL: Most = Most {
    guard: "the pool has sent few mails",
    kind: b"mails of the pool",
    limit: limits::MAILS_BY_POOL,
    ranks: (0, RANK_OF_SIGN_UPS),
};
const SIGN_UPS: Most = Most {
    guard: "the pool has sent few mails about accounts to be made",
    kind: b"sign-up mails of the pool",
    limit: limits::SIGN_UP_MAILS_BY_POOL,
    ranks: (RANK_OF_SIGN_UPS, RANK_OF_SIGN_UPS),
};

/// The bounds of a mail.
fn bounds(row: &OutboxRow) -> impl Iterator<Item = &'static Most> {
    let rank = row.rank;
    [&POOL, &SIGN_UPS].into_iter().filter(move |most| (most.ranks.0..=most.ranks.1).contains(&rank))
}

/// Counts a mail in the batch that takes it for the first time; refused where that would be one too many.
pub(super) fn count(app: &App, batch: &mut Batch, row: &OutboxRow, now: Timestamp) {
    // What is over is given up, and another try is no other mail.
    if row.attempts > 0 || row.expires_at <= now {
        return;
    }
    for most in bounds(row) {
        let counter = counter(&app.keys.counters, row.pool_id, most.kind, "");
        let bound = Bound { limit: most.limit, window: limits::MAIL_WINDOW };
        write::throttle::count_at_most(batch, most.guard, row.pool_id, &counter, (now, bound));
    }
}

/// Lets a mail that is one too many wait until its pool may send again, together with those that are due and would be refused like it:
/// each in the first window that has room for it, so that none is looked at hour after hour in vain.
pub(super) async fn wait(app: &App, full: &str, row: &OutboxRow, now: Timestamp) -> Result<(), Fault> {
    let (pool, window) = (row.pool_id, limits::MAIL_WINDOW);
    let Some(most) = bounds(row).find(|most| most.guard == full) else { return Ok(()) };
    let stored = app.store.throttle(pool, &counter(&app.keys.counters, pool, most.kind, "")).await?;
    let soon = now.plus(limits::MAIL_WAIT);
    let first = stored.map_or(soon, |stored| soon.max(stored.since.plus(window)));
    let ranks = (most.ranks.0, row.rank);
    let waiting = app.store.outbox_by_window(pool, ranks, now, (first, window)).await?;
    let due = waiting.first().filter(|(place, _)| *place < 0).map_or(0, |(_, mails)| *mails);
    let (place, room) = first_with_room(&waiting, i64::from(most.limit));
    let mails = due.min(room).min(i64::from(limits::SWEEP_STEP));
    let until = (0..place).fold(first, |until, _| until.plus(window));
    if app.mail_turns.is_news(pool, most.guard, first) {
        let Most { guard: full, limit, .. } = most;
        tracing::warn!(pool.id = %pool, limit, full, "a pool has sent as many mails as it may in an hour: the others wait, some longer than their links live");
    }
    let mut batch = Batch::new();
    write::outbox::put_off_due(&mut batch, pool, ranks, (now, until), mails);
    let _ = app.store.apply(batch).await?;
    app.metrics.mails_put_off.fetch_add(mails.unsigned_abs(), Relaxed);
    Ok(())
}

/// The first window in which fewer mails wait than may be sent in it, and for how many there is room.
fn first_with_room(waiting: &[(i64, i64)], limit: i64) -> (i64, i64) {
    let mut place = 0;
    for (window, mails) in waiting.iter().filter(|(window, _)| *window >= 0) {
        if *window > place || *mails < limit {
            let taken = if *window > place { 0 } else { *mails };
            return (place, limit - taken);
        }
        place += 1;
    }
    (place, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_window_with_room_is_found() {
        for (waiting, expected) in [
            (&[][..], (0, 10)),
            (&[(-1, 900)], (0, 10)),
            (&[(0, 3)], (0, 7)),
            (&[(-1, 5), (0, 10), (1, 12), (2, 9)], (2, 1)),
            (&[(0, 10), (2, 10)], (1, 10)),
            (&[(1, 4)], (0, 10)),
            (&[(0, 10), (1, 10)], (2, 10)),
        ] {
            assert_eq!(first_with_room(waiting, 10), expected, "{waiting:?}");
        }
    }
}
