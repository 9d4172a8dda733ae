//! The audit trail: a row per change, written in the batch of that change; and refusals summed up per cause, application, network and minute.

use super::statements;
use crate::{Fault, Store, params};
use usher_types::{PoolId, Timestamp, UserId};

/// A change to be recorded.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// What happened, e.g. `sign_in`.
    pub event: &'static str,
    /// Through which application.
    pub client_id: Option<String>,
    /// To whom.
    pub user_id: Option<UserId>,
    /// From which network.
    pub network: Option<String>,
    /// What else there is to say, JSON; never a secret.
    pub detail: String,
}

/// A recorded change.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub event: String,
    /// Through which application.
    pub client_id: Option<String>,
    /// To whom.
    pub user_id: Option<UserId>,
    /// What else there is to say.
    pub detail: String,
}

/// Refusals of one kind in one minute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The pool.
    pub pool_id: PoolId,
    /// The minute, as its first moment.
    pub minute: Timestamp,
    /// Why.
    pub cause: String,
    /// Through which application; empty where none was recognised.
    pub client_id: String,
    /// From which network.
    pub network: String,
}

statements! {
    INSERT = "INSERT INTO audit (pool_id, id, at, event, client_id, user_id, network, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LATEST = "SELECT at, event, client_id, user_id, detail FROM audit WHERE pool_id = $1 ORDER BY id DESC LIMIT 100";
    REFUSE = "INSERT INTO refusals (pool_id, minute, cause, client_id, network, times) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (pool_id, minute, cause, client_id, network) DO UPDATE SET times = refusals.times + excluded.times";
    REFUSED = "SELECT cause, client_id, times FROM refusals WHERE pool_id = $1 ORDER BY minute DESC LIMIT 100";
}

impl Store {
    /// The newest hundred changes of a pool, newest first.
    pub async fn audit_trail(&self, pool: PoolId) -> Result<Vec<AuditRow>, Fault> {
        let rows = self.list(LATEST, params![pool]).await?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow {
                    at: row.get(0)?,
                    event: row.get(1)?,
                    client_id: row.get(2)?,
                    user_id: row.get(3)?,
                    detail: row.get(4)?,
                })
            })
            .collect()
    }

    /// Cause, application and number of the newest refusals of a pool.
    pub async fn refusals(&self, pool: PoolId) -> Result<Vec<(String, String, i64)>, Fault> {
        let rows = self.list(REFUSED, params![pool]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
    }
}

/// Writes.
pub mod write {
    use super::{AuditEvent, INSERT, REFUSE, Refusal};
    use crate::{Batch, params};
    use usher_types::{PoolId, TicketId, Timestamp};

    /// Records a change with the batch that makes it.
    pub fn record(batch: &mut Batch, pool: PoolId, id: TicketId, event: AuditEvent, now: Timestamp) {
        batch.then(
            INSERT,
            params![pool, id, now, event.event, event.client_id, event.user_id, event.network, event.detail],
        );
    }

    /// Adds to the sum of one kind of refusal.
    pub fn refuse(batch: &mut Batch, refusal: Refusal, times: i64) {
        batch.then(
            REFUSE,
            params![
                refusal.pool_id,
                refusal.minute,
                refusal.cause,
                refusal.client_id,
                refusal.network,
                times
            ],
        );
    }
}
