//! How many mails of a pool leave within a window, whoever causes them and from however many networks. Mails are counted when they are
//! about to be sent, not when they are queued: whoever asked gets the same answer as ever, after the same work.

use super::outbox::OURS;
use crate::guesses::counter;
use crate::{App, Fault};
use std::sync::atomic::Ordering::Relaxed;
use usher_store::Batch;
use usher_store::tables::write::throttle::Bound;
use usher_store::tables::{OutboxRow, write};
use usher_types::mail::Letter;
use usher_types::{Timestamp, limits};

const POOL: &str = "the pool has sent few mails";
const SIGN_UPS: &str = "the pool has sent few mails about accounts to be made";

/// The counters that a letter is counted by, each with its guard, its kind and the most that it allows.
fn counters(letter: Option<Letter>) -> &'static [(&'static str, &'static [u8], u32)] {
    const ALL: [(&str, &[u8], u32); 2] = [
        (POOL, b"mails of the pool", limits::MAILS_BY_POOL),
        (SIGN_UPS, b"sign-up mails of the pool", limits::SIGN_UP_MAILS_BY_POOL),
    ];
    match letter {
        None | Some(Letter::Nothing) => &[],
        Some(Letter::SignUp | Letter::AlreadyHere) => &ALL,
        Some(Letter::Reset | Letter::PasswordChanged | Letter::VerifyEmail | Letter::EmailChanged) => {
            ALL.split_at(1).0
        }
    }
}

/// Counts a mail in the batch that takes it for the first time; refused where that would be one too many.
pub(super) fn count(app: &App, batch: &mut Batch, row: &OutboxRow, now: Timestamp) {
    // What is over is given up, and another try is no other mail.
    if row.attempts > 0 || row.expires_at <= now {
        return;
    }
    for (guard, kind, limit) in counters(Letter::parse(&row.letter)) {
        let counter = counter(&app.keys.counters, row.pool_id, kind, "");
        let bound = Bound { limit: *limit, window: limits::MAIL_WINDOW };
        write::throttle::count_at_most(batch, guard, row.pool_id, &counter, (now, bound));
    }
}

/// Lets a mail that is one too many wait until its pool may send again.
pub(super) async fn wait(
    app: &App,
    full: &'static str,
    row: &OutboxRow,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut until = now.plus(limits::MAIL_WAIT);
    for (guard, kind, limit) in counters(Letter::parse(&row.letter)) {
        if *guard == full {
            let counter = counter(&app.keys.counters, row.pool_id, kind, "");
            let stored = app.store.throttle(row.pool_id, &counter).await?;
            until = stored.map_or(until, |stored| until.max(stored.since.plus(limits::MAIL_WINDOW)));
            if app.mail_turns.is_news(row.pool_id, full, until) {
                let limit = *limit;
                tracing::warn!(pool.id = %row.pool_id, limit, full, "a pool has sent as many mails as it may in an hour: the others wait, some longer than their links live");
            }
        }
    }
    app.metrics.mails_put_off.fetch_add(1, Relaxed);
    let mut batch = Batch::new();
    write::outbox::put_off(&mut batch, OURS, row, until);
    let _ = app.store.apply(batch).await?;
    Ok(())
}
