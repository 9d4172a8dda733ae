//! Domains: where a pool lives that does not live below the public URL. A global table, since it is asked which pool a host means.
//!
//! A pool that moves has another issuer. What was granted at its old address ends in steps: at once what is there, and a little later
//! what nodes gave that had not yet seen the change.

use super::statements;
use crate::{Batch, Fault, Store, params};
use usher_types::{GrantId, PoolId, Timestamp, TokenId, limits};

statements! {
    LIST_MOVED = "SELECT id, moved_at FROM pools WHERE moved_at < $1 ORDER BY id";
    INSERT = "INSERT INTO domains (host, pool_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    DELETE = "DELETE FROM domains WHERE pool_id = $1";
    MOVED = "UPDATE pools SET moved_at = $2 WHERE id = $1";
    SETTLED = "UPDATE pools SET moved_at = NULL WHERE id = $1 AND moved_at = $2";
    GRANTS = "SELECT id FROM grants WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    REVOKE_GRANT = "UPDATE grants SET revoked_at = $3 WHERE pool_id = $1 AND id = $2 AND created_at <= $4 AND revoked_at IS NULL";
    TOKENS = "SELECT id FROM access_tokens WHERE pool_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    DELETE_TOKEN = "DELETE FROM access_tokens WHERE pool_id = $1 AND id = $2 AND created_at <= $3";
}

impl Store {
    /// Pools that moved before `before` and whose old tokens have not all ended, with the moment.
    pub async fn moved_pools(&self, before: Timestamp) -> Result<Vec<(PoolId, Timestamp)>, Fault> {
        let rows = self.list(LIST_MOVED, params![before]).await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }

    /// Revokes every grant and removes every stored access token of a pool that were made until a moment.
    pub async fn end_grants_until(
        &self,
        pool: PoolId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mut after = GrantId::from_bytes([0; 16]);
        loop {
            let rows = self.list(GRANTS, params![pool, after, limits::SWEEP_STEP]).await?;
            let mut batch = Batch::new();
            for row in &rows {
                after = row.get(0)?;
                batch.then(REVOKE_GRANT, params![pool, after, now, until]);
            }
            if batch.is_empty() {
                break;
            }
            let _ = self.apply(batch).await?;
        }
        let mut after = TokenId::from_bytes([0; 16]);
        loop {
            let rows = self.list(TOKENS, params![pool, after, limits::SWEEP_STEP]).await?;
            let mut batch = Batch::new();
            for row in &rows {
                after = row.get(0)?;
                batch.then(DELETE_TOKEN, params![pool, after, until]);
            }
            if batch.is_empty() {
                return Ok(());
            }
            let _ = self.apply(batch).await?;
        }
    }
}

/// Writes.
pub mod write {
    use super::{DELETE, INSERT, MOVED, SETTLED};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Gives a pool a domain; refused by `guard` where another pool has it. The pool has none yet, or gives it up in the same batch.
    pub fn insert(batch: &mut Batch, guard: &'static str, pool: PoolId, host: &str, now: Timestamp) {
        batch.must(guard, INSERT, params![host, pool, now]);
    }

    /// Takes a pool's domain away.
    pub fn delete(batch: &mut Batch, pool: PoolId) {
        batch.then(DELETE, params![pool]);
    }

    /// Notes that a pool moved, so that what was granted at its old address ends.
    pub fn mark_moved(batch: &mut Batch, pool: PoolId, now: Timestamp) {
        batch.then(MOVED, params![pool, now]);
    }

    /// Notes that nothing of the old address is left, unless the pool moved again since `moved_at`.
    pub fn mark_settled(batch: &mut Batch, pool: PoolId, moved_at: Timestamp) {
        batch.then(SETTLED, params![pool, moved_at]);
    }
}
