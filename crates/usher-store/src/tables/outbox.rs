//! Mails that wait to be sent, of all pools in one queue: a node takes one by moving the time at which it is due, so that no other
//! node has it until then.

use super::statements;
use crate::{Fault, Store, params};
use usher_types::{PoolId, Span, TicketId, Timestamp};

/// A mail to be queued.
#[derive(Debug, Clone)]
pub struct NewOutboxRow {
    /// Its id.
    pub id: TicketId,
    /// What it is about.
    pub letter: &'static str,
    /// To whom; empty where nothing is sent.
    pub recipient: String,
    /// Its language.
    pub locale: &'static str,
    /// The ticket that its link is for. The link's secret is not here.
    pub ticket_id: Option<TicketId>,
    /// What else it tells, JSON without spaces. Whom it is about stands there as the member `user`, by which their mails are found.
    pub payload: String,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// A mail that waits.
#[derive(Debug, Clone)]
pub struct OutboxRow {
    /// The pool.
    pub pool_id: PoolId,
    /// As queued; likewise the rest.
    pub id: TicketId,
    /// What it is about.
    pub letter: String,
    /// To whom.
    pub recipient: String,
    /// Its language.
    pub locale: String,
    /// The ticket that its link is for.
    pub ticket_id: Option<TicketId>,
    /// What else it tells.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it is due, which is also the mark of whoever has it.
    pub due_at: Timestamp,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
    /// What goes before it and after it in its pool: the lower goes first.
    pub rank: u32,
}

/// The order within a pool: what somebody who is locked out waits for before what anybody can cause.
macro_rules! rank {
    () => {
        "CASE o.letter WHEN 'reset' THEN 0 WHEN 'sign_up' THEN 2 WHEN 'already_here' THEN 2 WHEN 'nothing' THEN 3 ELSE 1 END"
    };
}

/// Ranks of mails that share a bound, from and to.
pub type Ranks = (u32, u32);

/// The rank of mails about accounts to be made, which have a bound of their own.
pub const RANK_OF_SIGN_UPS: u32 = 2;

statements! {
    INSERT = "INSERT INTO outbox (pool_id, id, letter, recipient, locale, ticket_id, payload, attempts, created_at, due_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8, $9)";
    // One of each pool before the second of any, from the pool after $3 on.
    DUE = concat!("SELECT m.pool_id, m.id, m.letter, m.recipient, m.locale, m.ticket_id, m.payload, m.attempts, m.created_at, m.due_at, m.expires_at, f.rank
        FROM (SELECT d.pool_id, d.id, d.rank, d.turn, CASE WHEN d.pool_id > $3 THEN 0 ELSE 1 END AS round
            FROM (SELECT r.pool_id, r.id, r.rank, ROW_NUMBER() OVER (PARTITION BY r.pool_id ORDER BY r.rank, r.due_at, r.id) AS turn
                FROM (SELECT o.pool_id, o.id, o.due_at, ", rank!(), " AS rank FROM outbox o WHERE o.due_at <= $1) r) d
            ORDER BY d.turn, round, d.pool_id LIMIT $2) f
        JOIN outbox m ON m.pool_id = f.pool_id AND m.id = f.id
        ORDER BY f.turn, f.round, m.pool_id");
    // What is due at $2 is before all windows; the first of them ends at $3, and each is $4 long. Another try is no other mail.
    BY_WINDOW = concat!("SELECT CASE WHEN o.due_at <= $2 THEN -1 WHEN o.due_at <= $3 THEN 0 ELSE (o.due_at - $3 + $4 - 1) / $4 END AS w, COUNT(*)
        FROM outbox o WHERE o.pool_id = $1 AND o.attempts = 0 AND o.due_at < o.expires_at AND ", rank!(), " BETWEEN $5 AND $6 GROUP BY w ORDER BY w");
    // Invariant: what another node takes meanwhile stays its own.
    PUT_OFF = concat!("UPDATE outbox SET due_at = CASE WHEN expires_at < $3 THEN expires_at ELSE $3 END
        WHERE pool_id = $1 AND due_at <= $2 AND attempts = 0 AND id IN (SELECT r.id FROM (SELECT o.id, o.due_at, ", rank!(), " AS rank
            FROM outbox o WHERE o.pool_id = $1 AND o.due_at <= $2 AND o.attempts = 0) r
            WHERE r.rank BETWEEN $4 AND $5 ORDER BY r.rank, r.due_at, r.id LIMIT $6)");
    MOVE = "UPDATE outbox SET due_at = $4, attempts = $5 WHERE pool_id = $1 AND id = $2 AND due_at = $3";
    DELETE = "DELETE FROM outbox WHERE pool_id = $1 AND id = $2 AND due_at = $3";
    DELETE_OF_USER = "DELETE FROM outbox WHERE pool_id = $1 AND payload LIKE $2";
}

impl Store {
    /// Mails that are due, by turns of pools, beginning after the one that had its turn last.
    pub async fn outbox_due(
        &self,
        now: Timestamp,
        limit: u32,
        last: PoolId,
    ) -> Result<Vec<OutboxRow>, Fault> {
        let rows = self.list(DUE, params![now, limit, last]).await?;
        rows.iter()
            .map(|row| {
                Ok(OutboxRow {
                    pool_id: row.get(0)?,
                    id: row.get(1)?,
                    letter: row.get(2)?,
                    recipient: row.get(3)?,
                    locale: row.get(4)?,
                    ticket_id: row.get(5)?,
                    payload: row.get(6)?,
                    attempts: row.get(7)?,
                    created_at: row.get(8)?,
                    due_at: row.get(9)?,
                    expires_at: row.get(10)?,
                    rank: row.get(11)?,
                })
            })
            .collect()
    }

    /// How many mails of a pool that were not tried yet wait, by windows of which the first ends at a time: `-1` is what is due now.
    pub async fn outbox_by_window(
        &self,
        pool: PoolId,
        ranks: Ranks,
        now: Timestamp,
        (first, window): (Timestamp, Span),
    ) -> Result<Vec<(i64, i64)>, Fault> {
        let rows =
            self.list(BY_WINDOW, params![pool, now, first, window.as_millis(), ranks.0, ranks.1]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

/// Writes.
pub mod write {
    use super::{DELETE, DELETE_OF_USER, INSERT, MOVE, NewOutboxRow, OutboxRow, PUT_OFF, Ranks};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp, UserId};

    /// Queues a mail with the batch of what it tells.
    pub fn insert(batch: &mut Batch, pool: PoolId, row: NewOutboxRow, now: Timestamp) {
        let NewOutboxRow { id, letter, recipient, locale, ticket_id, payload, expires_at } = row;
        batch.then(INSERT, params![pool, id, letter, recipient, locale, ticket_id, payload, now, expires_at]);
    }

    /// Takes a mail until a time, and counts the try; refused by `guard` where somebody else has it or it is gone.
    pub fn take(batch: &mut Batch, guard: &'static str, row: &OutboxRow, until: Timestamp) {
        let attempts = row.attempts.saturating_add(1);
        batch.must(guard, MOVE, params![row.pool_id, row.id, row.due_at, until, attempts]);
    }

    /// Puts a mail that was taken off to another time; refused by `guard` where it is not the taker's any more.
    pub fn put_off(batch: &mut Batch, guard: &'static str, row: &OutboxRow, until: Timestamp) {
        batch.must(guard, MOVE, params![row.pool_id, row.id, row.due_at, until, row.attempts]);
    }

    /// Puts so many mails of a pool off that are due and were not tried yet, to a time or to their end.
    pub fn put_off_due(
        batch: &mut Batch,
        pool: PoolId,
        ranks: Ranks,
        (now, until): (Timestamp, Timestamp),
        limit: i64,
    ) {
        batch.then(PUT_OFF, params![pool, now, until, ranks.0, ranks.1, limit]);
    }

    /// Removes a mail that was taken; refused by `guard` where it is not the taker's any more.
    pub fn delete(batch: &mut Batch, guard: &'static str, row: &OutboxRow) {
        batch.must(guard, DELETE, params![row.pool_id, row.id, row.due_at]);
    }

    /// Removes the mails that are about a person, whoever has them. Text that somebody typed cannot look like the member: in JSON its
    /// quotation marks are escaped.
    pub fn delete_of_user(batch: &mut Batch, pool: PoolId, user: UserId) {
        batch.then(DELETE_OF_USER, params![pool, format!("%\"user\":\"{user}\"%")]);
    }
}
