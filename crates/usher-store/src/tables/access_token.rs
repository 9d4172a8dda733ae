//! Opaque access tokens. A JWT access token has no row: its grant decides whether it is alive.

use super::statements;
use usher_types::{GrantId, Timestamp, TokenId};

/// An opaque access token to be stored.
#[derive(Debug, Clone)]
pub struct NewAccessToken {
    /// Its id, the public half of the token and its `jti`.
    pub id: TokenId,
    /// SHA-256 of the token's secret half.
    pub secret_hash: [u8; 32],
    /// The grant that it belongs to.
    pub grant_id: GrantId,
    /// Its claims as a JWT would carry them, JSON.
    pub payload: String,
    /// Its end.
    pub expires_at: Timestamp,
}

statements! {
    INSERT = "INSERT INTO access_tokens (pool_id, id, secret_hash, grant_id, payload, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
}

/// Writes.
pub mod write {
    use super::{INSERT, NewAccessToken};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Stores an opaque access token.
    pub fn insert(batch: &mut Batch, pool: PoolId, token: NewAccessToken, now: Timestamp) {
        batch.then(
            INSERT,
            params![pool, token.id, token.secret_hash, token.grant_id, token.payload, now, token.expires_at],
        );
    }
}
