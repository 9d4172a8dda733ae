//! Browsers and the sessions in them. A browser's cookie secret is stored as its SHA-256 and changes at each rise of privilege.

use super::statements;
use crate::{Fault, Row};
use usher_types::{SessionId, Timestamp, UserId};

/// A person's session in a browser, as stored.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its key.
    pub id: SessionId,
    /// The person.
    pub user_id: UserId,
    /// The `sid` claim: constant for the session's life, never a credential.
    pub sid: String,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// How, as RFC 8176 names it, space-separated.
    pub amr: String,
    /// The authentication context class.
    pub acr: String,
    /// Whether the person asked to be remembered.
    pub remembered: bool,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub ended_at: Option<Timestamp>,
}

/// A session to be stored.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its key.
    pub id: SessionId,
    /// The person.
    pub user_id: UserId,
    /// The `sid` claim.
    pub sid: String,
    /// How the person proved who they are.
    pub amr: String,
    /// The authentication context class.
    pub acr: String,
    /// Whether the person asked to be remembered.
    pub remembered: bool,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// The browser and its system, where they are known.
    pub browser_name: Option<String>,
}

/// The columns of a [`SessionRow`], for the alias `s`.
macro_rules! session_columns {
    () => {
        "s.id, s.user_id, s.sid, s.auth_time, s.amr, s.acr, s.remembered, s.seen_at, s.expires_at, s.ended_at"
    };
}
pub(super) use session_columns;

impl SessionRow {
    /// Number of columns of [`session_columns`].
    pub(super) const COLUMNS: usize = 10;

    /// Reads the columns of [`session_columns`] from `at` on; `None` where an outer join found nothing.
    pub(super) fn read(row: &Row, at: usize) -> Result<Option<Self>, Fault> {
        let Some(id) = row.get::<Option<SessionId>>(at)? else { return Ok(None) };
        Ok(Some(Self {
            id,
            user_id: row.get(at + 1)?,
            sid: row.get(at + 2)?,
            auth_time: row.get(at + 3)?,
            amr: row.get(at + 4)?,
            acr: row.get(at + 5)?,
            remembered: row.get(at + 6)?,
            seen_at: row.get(at + 7)?,
            expires_at: row.get(at + 8)?,
            ended_at: row.get(at + 9)?,
        }))
    }
}

statements! {
    INSERT_BROWSER = "INSERT INTO browsers (pool_id, id, secret_hash, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (pool_id, id) DO NOTHING";
    ROTATE_BROWSER = "UPDATE browsers SET secret_hash = $4, expires_at = $5
        WHERE pool_id = $1 AND id = $2 AND secret_hash = $3";
    INSERT = "INSERT INTO sessions (pool_id, browser_id, id, user_id, sid, auth_time, amr, acr, remembered, created_at, seen_at, expires_at, browser_name)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $6, $6, $10, $11)";
    RENEW = "UPDATE sessions SET auth_time = $4, amr = $5, acr = $6, remembered = $7, seen_at = $4, expires_at = $8, browser_name = $9
        WHERE pool_id = $1 AND browser_id = $2 AND id = $3 AND ended_at IS NULL";
    TOUCH = "UPDATE sessions SET seen_at = $4
        WHERE pool_id = $1 AND browser_id = $2 AND id = $3 AND seen_at < $4";
    STILL_THERE = "UPDATE sessions SET ended_at = ended_at
        WHERE pool_id = $1 AND id = $2 AND ended_at IS NULL";
    END_OF_USER = "UPDATE sessions SET ended_at = $3, expires_at = $3
        WHERE pool_id = $1 AND user_id = $2 AND ended_at IS NULL";
    END_OTHERS = "UPDATE sessions SET ended_at = $4, expires_at = $4
        WHERE pool_id = $1 AND user_id = $2 AND id <> $3 AND ended_at IS NULL";
    END = "UPDATE sessions SET ended_at = $4, expires_at = $4
        WHERE pool_id = $1 AND browser_id = $2 AND id = $3 AND ended_at IS NULL";
}

/// Writes.
pub mod write {
    use super::{
        END, END_OF_USER, END_OTHERS, INSERT, INSERT_BROWSER, NewSession, RENEW, ROTATE_BROWSER, STILL_THERE,
        TOUCH,
    };
    use crate::{Batch, params};
    use usher_types::{BrowserId, PoolId, SessionId, Timestamp, UserId};

    /// A browser's key and the SHA-256 of its new cookie secret.
    pub struct BrowserSecret {
        /// Which browser.
        pub id: BrowserId,
        /// SHA-256 of the new secret.
        pub hash: [u8; 32],
        /// When the browser's row may go.
        pub expires_at: Timestamp,
    }

    /// Stores a browser at its first sign-in; refused by `guard` where it is there already.
    pub fn insert_browser(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        browser: &BrowserSecret,
        now: Timestamp,
    ) {
        batch.must(guard, INSERT_BROWSER, params![pool, browser.id, browser.hash, now, browser.expires_at]);
    }

    /// Gives a browser a new secret if `from` is still its old one; else the batch is refused by `guard`.
    pub fn rotate_browser(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        browser: &BrowserSecret,
        from: [u8; 32],
    ) {
        batch.must(guard, ROTATE_BROWSER, params![pool, browser.id, from, browser.hash, browser.expires_at]);
    }

    /// Stores a session that begins now.
    pub fn insert(batch: &mut Batch, pool: PoolId, browser: BrowserId, session: NewSession, now: Timestamp) {
        batch.then(
            INSERT,
            params![
                pool,
                browser,
                session.id,
                session.user_id,
                session.sid,
                now,
                session.amr,
                session.acr,
                session.remembered,
                session.expires_at,
                session.browser_name
            ],
        );
    }

    /// Records in a session that the same person proved again who they are; refused by `guard` where it was ended.
    pub fn renew(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        browser: BrowserId,
        session: NewSession,
        now: Timestamp,
    ) {
        batch.must(
            guard,
            RENEW,
            params![
                pool,
                browser,
                session.id,
                now,
                session.amr,
                session.acr,
                session.remembered,
                session.expires_at,
                session.browser_name
            ],
        );
    }

    /// Records that a session was used.
    pub fn touch(batch: &mut Batch, pool: PoolId, browser: BrowserId, session: SessionId, now: Timestamp) {
        batch.then(TOUCH, params![pool, browser, session, now]);
    }

    /// Refuses the batch by `guard` where the session has been ended.
    pub fn still_there(batch: &mut Batch, guard: &'static str, pool: PoolId, session: SessionId) {
        batch.must(guard, STILL_THERE, params![pool, session]);
    }

    /// Ends a session, so that it is swept soon.
    pub fn end(batch: &mut Batch, pool: PoolId, browser: BrowserId, session: SessionId, now: Timestamp) {
        batch.then(END, params![pool, browser, session, now]);
    }

    /// Ends all sessions of a person.
    pub fn end_of_user(batch: &mut Batch, pool: PoolId, user: UserId, now: Timestamp) {
        batch.then(END_OF_USER, params![pool, user, now]);
    }

    /// Ends all sessions of a person but one.
    pub fn end_others(batch: &mut Batch, pool: PoolId, user: UserId, but: SessionId, now: Timestamp) {
        batch.then(END_OTHERS, params![pool, user, but, now]);
    }
}
