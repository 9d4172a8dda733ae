//! Known devices: browsers in which a person signed in before, by a cookie of their own. A device may be known for several people, a row
//! each, each with the secret that its cookie had when they signed in last.

use super::statements;
use crate::{Fault, Row, Store, params};
use usher_types::{DeviceId, PoolId, Timestamp, UserId};

/// How one person is known on a device.
#[derive(Debug, Clone, Copy)]
pub struct Acquaintance {
    /// SHA-256 of the secret that the device has for this person.
    pub secret_hash: [u8; 32],
    /// Wrong passwords on it since the last right one.
    pub failures: i64,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Acquaintance {
    /// Reads `secret_hash, failures, expires_at` from `at` on.
    pub(super) fn read(row: &Row, at: usize) -> Result<Option<Self>, Fault> {
        let Some(secret_hash) = row.get(at)? else { return Ok(None) };
        Ok(Some(Self { secret_hash, failures: row.get(at + 1)?, expires_at: row.get(at + 2)? }))
    }
}

/// A device on which a person signed in just now.
#[derive(Debug, Clone, Copy)]
pub struct SeenDevice {
    /// Which.
    pub id: DeviceId,
    /// Who.
    pub user_id: UserId,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// When it ends if it is not seen again.
    pub expires_at: Timestamp,
}

/// How a person stands with the limits of guessing.
#[derive(Debug, Clone, Copy, Default)]
pub struct GuessingState {
    /// Wrong passwords since the last right one.
    pub in_a_row: i64,
    /// Devices on which the person is known.
    pub devices: i64,
}

statements! {
    REMEMBER = "INSERT INTO devices (pool_id, id, user_id, secret_hash, failures, created_at, seen_at, expires_at)
        VALUES ($1, $2, $3, $4, 0, $5, $5, $6)
        ON CONFLICT (pool_id, id, user_id) DO UPDATE SET secret_hash = excluded.secret_hash, failures = 0,
            seen_at = excluded.seen_at, expires_at = excluded.expires_at";
    KEEP_NEWEST = "DELETE FROM devices WHERE pool_id = $1 AND user_id = $2 AND id NOT IN
        (SELECT t.id FROM devices t WHERE t.pool_id = $1 AND t.user_id = $2 ORDER BY t.seen_at DESC, t.id DESC LIMIT $3)";
    COUNT = "UPDATE devices SET failures = failures + 1 WHERE pool_id = $1 AND id = $2 AND user_id = $3";
    FORGET = "DELETE FROM devices WHERE pool_id = $1 AND user_id = $2";
    FORGET_OTHERS = "DELETE FROM devices WHERE pool_id = $1 AND user_id = $2 AND seen_at <> $3";
    GUESSING = "SELECT q.in_a_row, (SELECT COUNT(*) FROM devices d WHERE d.pool_id = $1 AND d.user_id = $2 AND d.expires_at > $3)
        FROM users u LEFT JOIN failures q ON q.pool_id = $1 AND q.user_id = u.id
        WHERE u.pool_id = $1 AND u.id = $2";
}

impl Store {
    /// How a person stands with the limits of guessing.
    pub async fn guessing(&self, pool: PoolId, user: UserId, now: Timestamp) -> Result<GuessingState, Fault> {
        let Some(row) = self.find(GUESSING, params![pool, user, now]).await? else {
            return Ok(GuessingState::default());
        };
        Ok(GuessingState { in_a_row: row.get::<Option<i64>>(0)?.unwrap_or(0), devices: row.get(1)? })
    }
}

/// Writes.
pub mod write {
    use super::{COUNT, FORGET, FORGET_OTHERS, KEEP_NEWEST, REMEMBER, SeenDevice};
    use crate::{Batch, params};
    use usher_types::{DeviceId, PoolId, Timestamp, UserId, limits};

    /// Remembers that a person signed in on a device. Of a person's devices those that were seen last are kept.
    pub fn remember(batch: &mut Batch, pool: PoolId, seen: &SeenDevice, now: Timestamp) {
        batch.then(REMEMBER, params![pool, seen.id, seen.user_id, seen.secret_hash, now, seen.expires_at]);
        batch.then(KEEP_NEWEST, params![pool, seen.user_id, limits::DEVICES_PER_PERSON]);
    }

    /// Counts a wrong password; `person` is as many bytes where there is nobody.
    pub fn count(batch: &mut Batch, pool: PoolId, device: DeviceId, person: &[u8]) {
        batch.then(COUNT, params![pool, device, person]);
    }

    /// Forgets all devices of a person.
    pub fn forget(batch: &mut Batch, pool: PoolId, user: UserId) {
        batch.then(FORGET, params![pool, user]);
    }

    /// Forgets all devices of a person but the one on which they signed in at this moment.
    pub fn forget_others(batch: &mut Batch, pool: PoolId, user: UserId, signed_in_at: Timestamp) {
        batch.then(FORGET_OTHERS, params![pool, user, signed_in_at]);
    }
}
