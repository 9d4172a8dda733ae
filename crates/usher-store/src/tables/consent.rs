//! Consents: what a person has allowed an application, by scope and by single claim.

use super::statements;

statements! {
    PUT = "INSERT INTO consents (pool_id, user_id, client_id, scope, claims, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (pool_id, user_id, client_id) DO UPDATE SET scope = excluded.scope, claims = excluded.claims, updated_at = excluded.updated_at";
}

/// Writes.
pub mod write {
    use super::PUT;
    use crate::{Batch, params};
    use usher_types::{PoolId, Scope, Timestamp, UserId};

    /// All that a person has allowed an application from now on.
    pub struct Consent {
        /// The person.
        pub user_id: UserId,
        /// The application.
        pub client_id: String,
        /// The scope.
        pub scope: Scope,
        /// The single claims, space-separated.
        pub claims: String,
    }

    /// Stores a consent in place of an earlier one.
    pub fn put(batch: &mut Batch, pool: PoolId, consent: &Consent, now: Timestamp) {
        batch.then(
            PUT,
            params![
                pool,
                consent.user_id,
                consent.client_id.as_str(),
                consent.scope.to_string(),
                consent.claims.as_str(),
                now
            ],
        );
    }
}
