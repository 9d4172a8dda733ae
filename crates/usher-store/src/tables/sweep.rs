//! What has expired is removed in small steps, a pool and a table at a time.

use super::statements;
use crate::{Batch, Fault, Store, params};
use usher_types::{PoolId, Timestamp, limits};

/// How much one step removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// Nothing was left to remove.
    Clean,
    /// There may be more.
    More,
}

statements! {
    EXPIRED_TICKETS = "SELECT id FROM tickets WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_TOKENS = "SELECT id FROM access_tokens WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_GRANTS = "SELECT id FROM grants WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_SESSIONS = "SELECT id FROM sessions WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_BROWSERS = "SELECT id FROM browsers WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_THROTTLES = "SELECT counter FROM throttles WHERE pool_id = $1 AND since < $2 ORDER BY since LIMIT $3";
    EXPIRED_DENIALS = "SELECT id FROM denied_tokens WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    DELETE_DENIALS = "DELETE FROM denied_tokens WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_REFUSALS = "DELETE FROM refusals WHERE pool_id = $1 AND minute < $2";
    DELETE_TICKETS = "DELETE FROM tickets WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_TOKENS = "DELETE FROM access_tokens WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_GRANTS = "DELETE FROM grants WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_SESSIONS = "DELETE FROM sessions WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_BROWSERS = "DELETE FROM browsers WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_THROTTLES = "DELETE FROM throttles WHERE pool_id = $1 AND counter = $2 AND since < $3";
}

/// Finding and deleting, table by table.
const TABLES: &[(&str, &str)] = &[
    (EXPIRED_TICKETS, DELETE_TICKETS),
    (EXPIRED_TOKENS, DELETE_TOKENS),
    (EXPIRED_DENIALS, DELETE_DENIALS),
    (EXPIRED_GRANTS, DELETE_GRANTS),
    (EXPIRED_SESSIONS, DELETE_SESSIONS),
    (EXPIRED_BROWSERS, DELETE_BROWSERS),
    (EXPIRED_THROTTLES, DELETE_THROTTLES),
];

impl Store {
    /// Removes the sums of refusals of minutes before `before`.
    pub async fn sweep_refusals(&self, pool: PoolId, before: Timestamp) -> Result<(), Fault> {
        let mut batch = Batch::new();
        batch.then(DELETE_REFUSALS, params![pool, before]);
        let _ = self.apply(batch).await?;
        Ok(())
    }

    /// Removes at most [`limits::SWEEP_STEP`] rows of each table that expired before `before`.
    pub async fn sweep(&self, pool: PoolId, before: Timestamp) -> Result<Swept, Fault> {
        let mut swept = Swept::Clean;
        for (find, delete) in TABLES {
            let rows = self.list(find, params![pool, before, limits::SWEEP_STEP]).await?;
            if rows.is_empty() {
                continue;
            }
            swept = Swept::More;
            let mut batch = Batch::new();
            for row in &rows {
                // Invariant: a row that was given a later end meanwhile stays, since the end is looked at again.
                batch.then(delete, params![pool, row.get::<Vec<u8>>(0)?, before]);
            }
            let _ = self.apply(batch).await?;
        }
        Ok(swept)
    }
}
