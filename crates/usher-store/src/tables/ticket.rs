//! Tickets: everything short-lived and single-use, in one table. A ticket's kind is part of every condition, so that what was
//! made for one purpose is never accepted for another.

use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::{BrowserId, GrantId, PoolId, SessionId, TicketId, Timestamp, UserId};

/// Kinds of tickets that more than one part of the program must know.
pub mod kind {
    /// An authorization code.
    pub const CODE: &str = "code";
    /// A device code.
    pub const DEVICE_CODE: &str = "device_code";
    /// A link by which a person chooses a password.
    pub const PASSWORD_LINK: &str = "password_link";
    /// A link by which a person shows that an address is theirs.
    pub const VERIFY_LINK: &str = "verify_link";
}

/// A ticket to be stored. Absent ids are absent links.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Its id, the public half of the handle.
    pub id: TicketId,
    /// SHA-256 of the handle's secret half.
    pub secret_hash: [u8; 32],
    /// The application that it is about.
    pub client_id: Option<String>,
    /// The person that it is about.
    pub user_id: Option<UserId>,
    /// The session that it came from.
    pub session_id: Option<SessionId>,
    /// The grant that spending it gives birth to.
    pub grant_id: Option<GrantId>,
    /// The browser that it is bound to.
    pub browser: Option<(BrowserId, [u8; 32])>,
    /// What it stands for; never changes.
    pub payload: String,
    /// What has happened to it so far.
    pub state: String,
    /// Birth.
    pub created_at: Timestamp,
    /// End.
    pub expires_at: Timestamp,
}

/// A ticket as it is stored.
#[derive(Debug, Clone)]
pub struct TicketRow {
    /// As stored; likewise the rest.
    pub id: TicketId,
    /// SHA-256 of the handle's secret half.
    pub secret_hash: [u8; 32],
    /// The application that it is about.
    pub client_id: Option<String>,
    /// The person that it is about.
    pub user_id: Option<UserId>,
    /// The session that it came from.
    pub session_id: Option<SessionId>,
    /// The grant that spending it gives birth to.
    pub grant_id: Option<GrantId>,
    /// The browser that it is bound to.
    pub browser_id: Option<BrowserId>,
    /// SHA-256 of that browser's cookie secret.
    pub browser_hash: Option<[u8; 32]>,
    /// What it stands for.
    pub payload: String,
    /// What has happened to it so far.
    pub state: String,
    /// Birth.
    pub created_at: Timestamp,
    /// End.
    pub expires_at: Timestamp,
    /// When it was spent.
    pub consumed_at: Option<Timestamp>,
}

/// The columns of a [`TicketRow`], for the alias `t`, in the order that [`TicketRow::read`] expects.
macro_rules! ticket_columns {
    () => {
        "t.id, t.secret_hash, t.client_id, t.user_id, t.session_id, t.grant_id, t.browser_id, t.browser_hash, t.payload, t.state, t.created_at, t.expires_at, t.consumed_at"
    };
}
pub(super) use ticket_columns;

impl TicketRow {
    /// Reads the columns of [`ticket_columns`] from `at` on; `None` where an outer join found nothing.
    pub(super) fn read(row: &Row, at: usize) -> Result<Option<Self>, Fault> {
        let Some(id) = row.get::<Option<TicketId>>(at)? else { return Ok(None) };
        Ok(Some(Self {
            id,
            secret_hash: row.get(at + 1)?,
            client_id: row.get(at + 2)?,
            user_id: row.get(at + 3)?,
            session_id: row.get(at + 4)?,
            grant_id: row.get(at + 5)?,
            browser_id: row.get(at + 6)?,
            browser_hash: row.get(at + 7)?,
            payload: row.get(at + 8)?,
            state: row.get(at + 9)?,
            created_at: row.get(at + 10)?,
            expires_at: row.get(at + 11)?,
            consumed_at: row.get(at + 12)?,
        }))
    }
}

statements! {
    INSERT = "INSERT INTO tickets (pool_id, id, kind, secret_hash, client_id, user_id, session_id, grant_id, browser_id, browser_hash, payload, state, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    INSERT_ONCE = "INSERT INTO tickets (pool_id, id, kind, secret_hash, client_id, payload, state, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (pool_id, id) DO NOTHING";
    FIND = concat!("SELECT ", ticket_columns!(), " FROM tickets t WHERE t.pool_id = $1 AND t.id = $2 AND t.kind = $3");
    LATEST_OF_USER = concat!("SELECT ", ticket_columns!(), " FROM tickets t
        WHERE t.pool_id = $1 AND t.user_id = $2 AND t.kind = $3 AND t.consumed_at IS NULL AND t.expires_at > $4
        ORDER BY t.created_at DESC, t.id DESC
        LIMIT 1");
    SPEND = "UPDATE tickets SET consumed_at = $4
        WHERE pool_id = $1 AND id = $2 AND kind = $3 AND consumed_at IS NULL AND expires_at > $4";
    VOID = "UPDATE tickets SET expires_at = created_at
        WHERE pool_id = $1 AND id = $2 AND kind = $3 AND consumed_at IS NULL";
    VOID_OF_USER = "UPDATE tickets SET expires_at = created_at
        WHERE pool_id = $1 AND kind = $2 AND user_id = $3 AND consumed_at IS NULL AND expires_at > $4";
    DELETE_OF_USER = "DELETE FROM tickets WHERE pool_id = $1 AND kind = $2 AND user_id = $3";
    SET_STATE = "UPDATE tickets SET state = $4, browser_id = $5, browser_hash = $6
        WHERE pool_id = $1 AND id = $2 AND kind = $3 AND state = $7 AND expires_at > $8";
}

impl Store {
    /// The ticket of this kind with this id.
    pub async fn ticket(
        &self,
        pool: PoolId,
        kind: &'static str,
        id: TicketId,
    ) -> Result<Option<TicketRow>, Fault> {
        match self.find(FIND, params![pool, id, kind]).await? {
            Some(row) => TicketRow::read(&row, 0),
            None => Ok(None),
        }
    }

    /// The latest ticket of this kind that is a person's and is neither spent nor expired.
    pub async fn latest_ticket_of_user(
        &self,
        pool: PoolId,
        kind: &'static str,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<TicketRow>, Fault> {
        match self.find(LATEST_OF_USER, params![pool, user, kind, now]).await? {
            Some(row) => TicketRow::read(&row, 0),
            None => Ok(None),
        }
    }
}

/// Writes.
pub mod write {
    use super::{DELETE_OF_USER, INSERT, INSERT_ONCE, NewTicket, SET_STATE, SPEND, VOID, VOID_OF_USER};
    use crate::{Batch, params};
    use usher_types::{BrowserId, PoolId, TicketId, Timestamp, UserId};

    /// Stores a ticket.
    pub fn insert(batch: &mut Batch, pool: PoolId, kind: &'static str, ticket: NewTicket) {
        let (browser_id, browser_hash) = ticket.browser.unzip();
        batch.then(
            INSERT,
            params![
                pool,
                ticket.id,
                kind,
                ticket.secret_hash,
                ticket.client_id,
                ticket.user_id,
                ticket.session_id,
                ticket.grant_id,
                browser_id,
                browser_hash,
                ticket.payload,
                ticket.state,
                ticket.created_at,
                ticket.expires_at
            ],
        );
    }

    /// Stores a ticket whose id is derived from what it stands for, such as the `jti` of an assertion; where it is there already, the
    /// batch is refused by `guard`. Only what an unbound ticket has is stored.
    pub fn insert_once(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        kind: &'static str,
        ticket: NewTicket,
    ) {
        batch.must(
            guard,
            INSERT_ONCE,
            params![
                pool,
                ticket.id,
                kind,
                ticket.secret_hash,
                ticket.client_id,
                ticket.payload,
                ticket.state,
                ticket.created_at,
                ticket.expires_at
            ],
        );
    }

    /// Spends a ticket that is neither spent nor expired; else the batch is refused by `guard`.
    pub fn spend(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        kind: &'static str,
        id: TicketId,
        now: Timestamp,
    ) {
        batch.must(guard, SPEND, params![pool, id, kind, now]);
    }

    /// Ends a ticket that was not spent; nothing where it was.
    pub fn void(batch: &mut Batch, pool: PoolId, kind: &'static str, id: TicketId) {
        batch.then(VOID, params![pool, id, kind]);
    }

    /// Ends all tickets of a kind that are a person's and were not spent.
    pub fn void_of_user(batch: &mut Batch, pool: PoolId, kind: &'static str, user: UserId, now: Timestamp) {
        batch.then(VOID_OF_USER, params![pool, kind, user, now]);
    }

    /// Removes all tickets of a kind that are a person's.
    pub fn delete_of_user(batch: &mut Batch, pool: PoolId, kind: &'static str, user: UserId) {
        batch.then(DELETE_OF_USER, params![pool, kind, user]);
    }

    /// A change of a ticket's state.
    pub struct StateChange {
        /// Which ticket.
        pub id: TicketId,
        /// The state that was read.
        pub from: String,
        /// The state that shall be.
        pub to: String,
        /// The browser that it is bound to from now on, and the SHA-256 of that one's cookie secret.
        pub browser: (BrowserId, [u8; 32]),
    }

    /// Changes the state of a ticket if it is still what was read; else the batch is refused by `guard`.
    pub fn set_state(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        kind: &'static str,
        change: StateChange,
        now: Timestamp,
    ) {
        batch.must(
            guard,
            SET_STATE,
            params![pool, change.id, kind, change.to, change.browser.0, change.browser.1, change.from, now],
        );
    }
}
