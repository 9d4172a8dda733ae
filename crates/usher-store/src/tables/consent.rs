//! Consents: what a person has allowed an application, by scope and by single claim.

use super::statements;

statements! {
    PUT = "INSERT INTO consents (pool_id, user_id, client_id, scope, claims, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (pool_id, user_id, client_id) DO UPDATE SET scope = excluded.scope, claims = excluded.claims, updated_at = excluded.updated_at";
    STANDS = "UPDATE consents SET updated_at = updated_at
        WHERE pool_id = $1 AND user_id = $2 AND client_id = $3 AND scope = $4";
}

/// Writes.
pub mod write {
    use super::{PUT, STANDS};
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

    /// Refuses the batch by `guard` where the consent is not, or not any more, to the scope that was read.
    pub fn stands(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        user: UserId,
        client_id: &str,
        scope: &str,
    ) {
        batch.must(guard, STANDS, params![pool, user, client_id, scope]);
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
