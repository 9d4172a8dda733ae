//! Grants: what a person has granted an application, the parent of all its tokens. The state of the refresh token is columns here.

use super::statements;
use crate::{Fault, Row};
use usher_types::{GrantId, SessionId, Timestamp, UserId};

/// A grant to be stored.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// Its id.
    pub id: GrantId,
    /// The application.
    pub client_id: String,
    /// The person.
    pub user_id: UserId,
    /// The session in which it was given; none where no browser was there.
    pub session_id: Option<SessionId>,
    /// Whether it outlives the session (`offline_access`).
    pub offline: bool,
    /// What was granted, JSON.
    pub payload: String,
    /// Salt of the refresh token's MAC.
    pub salt: [u8; 16],
    /// Birth.
    pub created_at: Timestamp,
    /// When it ends if it is not refreshed.
    pub idle_expires_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// The grant of the token that it was exchanged for.
    pub parent_id: Option<GrantId>,
}

/// A grant as stored.
#[derive(Debug, Clone)]
pub struct GrantRow {
    /// Its id.
    pub id: GrantId,
    /// The application.
    pub client_id: String,
    /// The person.
    pub user_id: UserId,
    /// The session in which it was given; none where no browser was there.
    pub session_id: Option<SessionId>,
    /// Whether it outlives the session.
    pub offline: bool,
    /// What was granted, JSON.
    pub payload: String,
    /// The number of the refresh token that is current.
    pub generation: i64,
    /// Salt of the refresh token's MAC.
    pub salt: [u8; 16],
    /// Birth.
    pub created_at: Timestamp,
    /// When the current refresh token was made.
    pub rotated_at: Timestamp,
    /// When it ends if it is not refreshed.
    pub idle_expires_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The columns of a [`GrantRow`], for the alias `g`.
macro_rules! grant_columns {
    () => {
        "g.id, g.client_id, g.user_id, g.session_id, g.offline, g.payload, g.generation, g.salt, g.created_at, g.rotated_at, g.idle_expires_at, g.expires_at, g.revoked_at"
    };
}
pub(super) use grant_columns;

impl GrantRow {
    /// Number of columns of [`grant_columns`].
    pub(super) const COLUMNS: usize = 13;

    /// Reads the columns of [`grant_columns`] from `at` on; `None` where an outer join found nothing.
    pub(super) fn read(row: &Row, at: usize) -> Result<Option<Self>, Fault> {
        let Some(id) = row.get::<Option<GrantId>>(at)? else { return Ok(None) };
        Ok(Some(Self {
            id,
            client_id: row.get(at + 1)?,
            user_id: row.get(at + 2)?,
            session_id: row.get(at + 3)?,
            offline: row.get(at + 4)?,
            payload: row.get(at + 5)?,
            generation: row.get(at + 6)?,
            salt: row.get(at + 7)?,
            created_at: row.get(at + 8)?,
            rotated_at: row.get(at + 9)?,
            idle_expires_at: row.get(at + 10)?,
            expires_at: row.get(at + 11)?,
            revoked_at: row.get(at + 12)?,
        }))
    }
}

statements! {
    INSERT = "INSERT INTO grants (pool_id, id, client_id, user_id, session_id, offline, payload, generation, salt, created_at, rotated_at, idle_expires_at, expires_at, parent_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $9, $10, $11, $12)";
    ROTATE = "UPDATE grants SET generation = $4, rotated_at = $5, idle_expires_at = $6
        WHERE pool_id = $1 AND id = $2 AND generation = $3 AND revoked_at IS NULL";
    PROLONG = "UPDATE grants SET idle_expires_at = $4
        WHERE pool_id = $1 AND id = $2 AND generation = $3 AND revoked_at IS NULL";
    STILL_THERE = "UPDATE grants SET revoked_at = revoked_at
        WHERE pool_id = $1 AND id = $2 AND revoked_at IS NULL";
    REVOKE = "UPDATE grants SET revoked_at = $3
        WHERE pool_id = $1 AND id = $2 AND revoked_at IS NULL";
    REVOKE_OF_USER = "UPDATE grants SET revoked_at = $3
        WHERE pool_id = $1 AND user_id = $2 AND revoked_at IS NULL";
    REVOKE_OF_SESSION = "UPDATE grants SET revoked_at = $3
        WHERE pool_id = $1 AND session_id = $2 AND offline = 0 AND revoked_at IS NULL";
}

/// Writes.
pub mod write {
    use super::{INSERT, NewGrant, PROLONG, REVOKE, REVOKE_OF_SESSION, REVOKE_OF_USER, ROTATE, STILL_THERE};
    use crate::{Batch, params};
    use usher_types::{GrantId, PoolId, SessionId, Timestamp, UserId};

    /// Stores a grant.
    pub fn insert(batch: &mut Batch, pool: PoolId, grant: NewGrant) {
        batch.then(
            INSERT,
            params![
                pool,
                grant.id,
                grant.client_id,
                grant.user_id,
                grant.session_id,
                grant.offline,
                grant.payload,
                grant.salt,
                grant.created_at,
                grant.idle_expires_at,
                grant.expires_at,
                grant.parent_id
            ],
        );
    }

    /// A step of a grant's refresh token.
    pub struct Rotation {
        /// The generation that was presented.
        pub from: i64,
        /// The generation that is current from now on.
        pub to: i64,
        /// When the grant ends if it is not refreshed again.
        pub idle_expires_at: Timestamp,
    }

    /// Moves the refresh token on; refused by `guard` where another use was first or the grant is revoked.
    pub fn rotate(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        id: GrantId,
        rotation: &Rotation,
        now: Timestamp,
    ) {
        batch.must(
            guard,
            ROTATE,
            params![pool, id, rotation.from, rotation.to, now, rotation.idle_expires_at],
        );
    }

    /// Records a use of a refresh token that stays the same; refused by `guard` where it was rotated or the grant is revoked.
    pub fn prolong(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        id: GrantId,
        generation: i64,
        until: Timestamp,
    ) {
        batch.must(guard, PROLONG, params![pool, id, generation, until]);
    }

    /// Refuses the batch by `guard` where the grant has been revoked.
    pub fn still_there(batch: &mut Batch, guard: &'static str, pool: PoolId, id: GrantId) {
        batch.must(guard, STILL_THERE, params![pool, id]);
    }

    /// Revokes a grant and with it all its tokens; refused by `guard` where it is revoked already or never came to be.
    pub fn revoke(batch: &mut Batch, guard: &'static str, pool: PoolId, id: GrantId, now: Timestamp) {
        batch.must(guard, REVOKE, params![pool, id, now]);
    }

    /// Revokes everything that a person has granted.
    pub fn revoke_of_user(batch: &mut Batch, pool: PoolId, user: UserId, now: Timestamp) {
        batch.then(REVOKE_OF_USER, params![pool, user, now]);
    }

    /// Revokes what does not outlive a session.
    pub fn revoke_of_session(batch: &mut Batch, pool: PoolId, session: SessionId, now: Timestamp) {
        batch.then(REVOKE_OF_SESSION, params![pool, session, now]);
    }
}
