//! Access tokens without a person that were revoked before their end: no grant decides about them, so they are listed until then.

use super::statements;

statements! {
    INSERT = "INSERT INTO denied_tokens (pool_id, id, created_at, expires_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (pool_id, id) DO NOTHING";
}

/// Writes.
pub mod write {
    use super::INSERT;
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp, TokenId};

    /// A token to be denied.
    pub struct Denied {
        /// Its `jti`.
        pub id: TokenId,
        /// Its end: it is not listed any longer than that.
        pub expires_at: Timestamp,
    }

    /// Denies a token until its end; refused by `guard` where it is denied already.
    pub fn insert(batch: &mut Batch, guard: &'static str, pool: PoolId, token: &Denied, now: Timestamp) {
        batch.must(guard, INSERT, params![pool, token.id, now, token.expires_at]);
    }
}
