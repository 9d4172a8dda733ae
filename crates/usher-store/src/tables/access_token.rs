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
    /// Whose it is, which decides whether it is alive.
    pub holder: Holder,
    /// Its claims as a JWT would carry them, JSON.
    pub payload: String,
    /// Its end.
    pub expires_at: Timestamp,
}

/// Whose an access token is.
#[derive(Debug, Clone)]
pub enum Holder {
    /// A person's: it lives as long as the grant.
    Grant(GrantId),
    /// An application's own, or one of its access keys': it lives as long as that is enabled.
    Client(String),
}

statements! {
    INSERT = "INSERT INTO access_tokens (pool_id, id, secret_hash, grant_id, client_id, payload, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
}

/// Writes.
pub mod write {
    use super::{Holder, INSERT, NewAccessToken};
    use crate::{Batch, params};
    use usher_types::{PoolId, Timestamp};

    /// Stores an opaque access token.
    pub fn insert(batch: &mut Batch, pool: PoolId, token: NewAccessToken, now: Timestamp) {
        let (grant_id, client_id) = match token.holder {
            Holder::Grant(id) => (Some(id), None),
            Holder::Client(id) => (None, Some(id)),
        };
        batch.then(
            INSERT,
            params![
                pool,
                token.id,
                token.secret_hash,
                grant_id,
                client_id,
                token.payload,
                now,
                token.expires_at
            ],
        );
    }
}
