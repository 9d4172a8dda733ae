//! What a person sees and ends of their own: sessions, and what applications may do. Every statement names the person beside what it
//! is about, so that nobody else's is read or touched.

use super::session::session_columns;
use super::{SessionRow, statements};
use crate::{Fault, Row, Store, params};
use usher_types::{PoolId, SessionId, Timestamp, UserId};

/// A session as its person sees it.
#[derive(Debug, Clone)]
pub struct OwnSessionRow {
    /// The session.
    pub session: SessionRow,
    /// When it began.
    pub created_at: Timestamp,
    /// The browser and its system, where they are known.
    pub browser_name: Option<String>,
}

/// A session as an administrator sees it.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// The session.
    pub own: OwnSessionRow,
    /// The person's profile, as stored.
    pub profile: String,
}

/// What a person's living grants to one application come to.
#[derive(Debug, Clone)]
pub struct AccessRow {
    /// The application.
    pub client_id: String,
    /// Whether one of them outlives its session.
    pub offline: bool,
    /// The birth of the oldest.
    pub since: Timestamp,
    /// The last time that one was given or refreshed.
    pub used_at: Timestamp,
}

/// What a person has consented to for one application.
#[derive(Debug, Clone)]
pub struct AllowedRow {
    /// The application.
    pub client_id: String,
    /// The scope.
    pub scope: String,
    /// The single claims, space-separated.
    pub claims: String,
    /// When this was last said.
    pub updated_at: Timestamp,
}

/// Grants of `$2` that go on at `$4`: one that does not outlive its session needs it to be there.
macro_rules! living_grants {
    () => {
        "FROM grants g LEFT JOIN sessions s ON s.pool_id = $1 AND s.id = g.session_id
        WHERE g.pool_id = $1 AND g.user_id = $2 AND g.client_id > $3
            AND g.revoked_at IS NULL AND g.expires_at > $4 AND g.idle_expires_at > $4
            AND (g.offline = 1 OR g.session_id IS NULL OR (s.ended_at IS NULL AND s.expires_at > $4))"
    };
}

statements! {
    SESSIONS = concat!("SELECT ", session_columns!(), ", s.created_at, s.browser_name
        FROM sessions s
        WHERE s.pool_id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3 AND (s.id = $4 OR s.id < $5)
        ORDER BY CASE WHEN s.id = $4 THEN 0 ELSE 1 END, s.id DESC LIMIT $6");
    RECORDS = concat!("SELECT ", session_columns!(), ", s.created_at, s.browser_name, u.profile
        FROM sessions s JOIN users u ON u.pool_id = $1 AND u.id = s.user_id
        WHERE s.pool_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.id > $3 ORDER BY s.id LIMIT $4");
    RECORDS_OF_USER = concat!("SELECT ", session_columns!(), ", s.created_at, s.browser_name, u.profile
        FROM sessions s JOIN users u ON u.pool_id = $1 AND u.id = s.user_id
        WHERE s.pool_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.id > $3 AND s.user_id = $5 ORDER BY s.id LIMIT $4");
    RECORD = concat!("SELECT ", session_columns!(), ", s.created_at, s.browser_name, u.profile
        FROM sessions s JOIN users u ON u.pool_id = $1 AND u.id = s.user_id
        WHERE s.pool_id = $1 AND s.id = $2 AND s.ended_at IS NULL AND s.expires_at > $3");
    ACCESS = concat!("SELECT g.client_id, MAX(g.offline), MIN(g.created_at), MAX(g.rotated_at) ", living_grants!(), "
        GROUP BY g.client_id ORDER BY g.client_id LIMIT $5");
    PAYLOADS = concat!("SELECT g.client_id, g.payload ", living_grants!(), " AND g.client_id <= $5 ORDER BY g.id DESC LIMIT $6");
    ALLOWED = "SELECT client_id, scope, claims, updated_at FROM consents
        WHERE pool_id = $1 AND user_id = $2 AND client_id > $3 ORDER BY client_id LIMIT $4";
    HAS_ACCESS = "SELECT (SELECT COUNT(*) FROM consents c WHERE c.pool_id = $1 AND c.user_id = $2 AND c.client_id = $3),
            (SELECT COUNT(*) FROM grants g WHERE g.pool_id = $1 AND g.user_id = $2 AND g.client_id = $3 AND g.revoked_at IS NULL)
        FROM pools p WHERE p.id = $1";
    END_SESSION = "UPDATE sessions SET ended_at = $4, expires_at = $4
        WHERE pool_id = $1 AND id = $3 AND user_id = $2 AND ended_at IS NULL AND expires_at > $4";
    REVOKE_BESIDE_SESSION = "UPDATE grants SET revoked_at = $4
        WHERE pool_id = $1 AND user_id = $2 AND session_id IS NOT NULL AND session_id <> $3 AND offline = 0 AND revoked_at IS NULL";
    REVOKE_WITH_SESSIONS = "UPDATE grants SET revoked_at = $3
        WHERE pool_id = $1 AND user_id = $2 AND session_id IS NOT NULL AND offline = 0 AND revoked_at IS NULL";
    VOID_UNSPENT = "UPDATE tickets SET expires_at = created_at
        WHERE pool_id = $1 AND kind = $2 AND user_id = $3 AND client_id = $4 AND consumed_at IS NULL AND expires_at > $5";
    REVOKE_ACCESS = "UPDATE grants SET revoked_at = $4
        WHERE pool_id = $1 AND user_id = $2 AND client_id = $3 AND revoked_at IS NULL";
    FORGET_CONSENT = "DELETE FROM consents WHERE pool_id = $1 AND user_id = $2 AND client_id = $3";
}

/// The id before which all are.
const END: SessionId = SessionId::from_bytes([0xff; 16]);

fn own(row: &Row) -> Result<OwnSessionRow, Fault> {
    let at = SessionRow::COLUMNS;
    let session = SessionRow::read(row, 0)?.ok_or_else(|| Fault::bug("a session without an id"))?;
    Ok(OwnSessionRow { session, created_at: row.get(at)?, browser_name: row.get(at + 1)? })
}

fn record(row: &Row) -> Result<SessionRecord, Fault> {
    Ok(SessionRecord { own: own(row)?, profile: row.get(SessionRow::COLUMNS + 2)? })
}

/// Which part of a list is read.
#[derive(Debug, Clone, Copy)]
pub struct Part<T> {
    /// The entry after which it begins, where it is not the first part.
    pub after: Option<T>,
    /// The most entries.
    pub limit: u32,
}

impl Store {
    /// A person's living sessions, newest first, `current` before all others in every part.
    pub async fn own_sessions(
        &self,
        pool: PoolId,
        (user, current): (UserId, SessionId),
        part: Part<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<OwnSessionRow>, Fault> {
        let before = part.after.unwrap_or(END);
        let rows = self.list(SESSIONS, params![pool, user, now, current, before, part.limit]).await?;
        rows.iter().map(own).collect()
    }

    /// Living sessions of a pool, or of one person in it, in the order of their births.
    pub async fn session_records(
        &self,
        pool: PoolId,
        user: Option<UserId>,
        part: Part<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionRecord>, Fault> {
        let after = part.after.unwrap_or(SessionId::from_bytes([0; 16]));
        let rows = match user {
            None => self.list(RECORDS, params![pool, now, after, part.limit]).await?,
            Some(user) => self.list(RECORDS_OF_USER, params![pool, now, after, part.limit, user]).await?,
        };
        rows.iter().map(record).collect()
    }

    /// A living session by its id.
    pub async fn session_record(
        &self,
        pool: PoolId,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, Fault> {
        self.find(RECORD, params![pool, id, now]).await?.as_ref().map(record).transpose()
    }

    /// What applications may do for a person by living grants, in the order of their identifiers.
    pub async fn access(
        &self,
        pool: PoolId,
        user: UserId,
        part: Part<&str>,
        now: Timestamp,
    ) -> Result<Vec<AccessRow>, Fault> {
        let after = part.after.unwrap_or_default();
        let rows = self.list(ACCESS, params![pool, user, after, now, part.limit]).await?;
        let read = |row: &Row| {
            Ok(AccessRow {
                client_id: row.get(0)?,
                offline: row.get(1)?,
                since: row.get(2)?,
                used_at: row.get(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What a person has consented to, in the order of the applications' identifiers.
    pub async fn allowed(
        &self,
        pool: PoolId,
        user: UserId,
        part: Part<&str>,
    ) -> Result<Vec<AllowedRow>, Fault> {
        let after = part.after.unwrap_or_default();
        let rows = self.list(ALLOWED, params![pool, user, after, part.limit]).await?;
        let read = |row: &Row| {
            Ok(AllowedRow {
                client_id: row.get(0)?,
                scope: row.get(1)?,
                claims: row.get(2)?,
                updated_at: row.get(3)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What was granted by the newest living grants of a person to the applications after one and up to another: identifier and payload.
    pub async fn granted_payloads(
        &self,
        pool: PoolId,
        user: UserId,
        (after, to): (&str, &str),
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, Fault> {
        let rows = self.list(PAYLOADS, params![pool, user, after, now, to, limit]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Whether a person has consented to anything for an application, or granted it anything that is not revoked.
    pub async fn has_access(&self, pool: PoolId, user: UserId, client_id: &str) -> Result<bool, Fault> {
        let row = self.find(HAS_ACCESS, params![pool, user, client_id]).await?;
        row.map_or(Ok(false), |row| Ok(row.get::<i64>(0)? > 0 || row.get::<i64>(1)? > 0))
    }
}

/// Writes.
pub mod write {
    use super::{
        END_SESSION, FORGET_CONSENT, REVOKE_ACCESS, REVOKE_BESIDE_SESSION, REVOKE_WITH_SESSIONS, VOID_UNSPENT,
    };
    use crate::tables::kind;
    use crate::{Batch, params};
    use usher_types::{PoolId, SessionId, Timestamp, UserId};

    /// Ends a person's session; refused by `guard` where it is not theirs or goes on no more.
    pub fn end_session(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        (user, session): (UserId, SessionId),
        now: Timestamp,
    ) {
        batch.must(guard, END_SESSION, params![pool, user, session, now]);
    }

    /// Revokes what does not outlive a person's sessions but one.
    pub fn revoke_beside_session(
        batch: &mut Batch,
        pool: PoolId,
        (user, but): (UserId, SessionId),
        now: Timestamp,
    ) {
        batch.then(REVOKE_BESIDE_SESSION, params![pool, user, but, now]);
    }

    /// Revokes what does not outlive a person's sessions.
    pub fn revoke_with_sessions(batch: &mut Batch, pool: PoolId, user: UserId, now: Timestamp) {
        batch.then(REVOKE_WITH_SESSIONS, params![pool, user, now]);
    }

    /// Voids what a person allowed an application and it has not fetched yet.
    pub fn void_unspent(batch: &mut Batch, pool: PoolId, user: UserId, client_id: &str, now: Timestamp) {
        for kind in [kind::CODE, kind::DEVICE_CODE] {
            batch.then(VOID_UNSPENT, params![pool, kind, user, client_id, now]);
        }
    }

    /// Revokes all that a person granted an application.
    pub fn revoke_access(batch: &mut Batch, pool: PoolId, user: UserId, client_id: &str, now: Timestamp) {
        batch.then(REVOKE_ACCESS, params![pool, user, client_id, now]);
    }

    /// Forgets what a person consented to for an application.
    pub fn forget_consent(batch: &mut Batch, pool: PoolId, user: UserId, client_id: &str) {
        batch.then(FORGET_CONSENT, params![pool, user, client_id]);
    }
}
