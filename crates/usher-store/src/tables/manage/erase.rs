//! Deleting what hangs on something that is deleted, in steps that hold nobody up. What it hangs on is out of reach before the first step.

use crate::tables::{Swept, statements};
use crate::{Batch, Fault, Store, params};
use usher_types::{PoolId, Timestamp, limits};

statements! {
    SIGNING_KEYS = "DELETE FROM signing_keys WHERE pool_id = $1 AND kid IN (SELECT t.kid FROM signing_keys t WHERE t.pool_id = $1 LIMIT $2)";
    SIGNING_KEYS_LEFT = "SELECT 1 FROM signing_keys WHERE pool_id = $1 LIMIT 1";
    CLIENTS = "DELETE FROM clients WHERE pool_id = $1 AND client_id IN (SELECT t.client_id FROM clients t WHERE t.pool_id = $1 LIMIT $2)";
    CLIENTS_LEFT = "SELECT 1 FROM clients WHERE pool_id = $1 LIMIT 1";
    LOGOS = "DELETE FROM logos WHERE pool_id = $1 AND client_id IN (SELECT t.client_id FROM logos t WHERE t.pool_id = $1 LIMIT $2)";
    LOGOS_LEFT = "SELECT 1 FROM logos WHERE pool_id = $1 LIMIT 1";
    USERS = "DELETE FROM users WHERE pool_id = $1 AND id IN (SELECT t.id FROM users t WHERE t.pool_id = $1 LIMIT $2)";
    USERS_LEFT = "SELECT 1 FROM users WHERE pool_id = $1 LIMIT 1";
    IDENTIFIERS = "DELETE FROM identifiers WHERE pool_id = $1 AND identifier_key IN
        (SELECT t.identifier_key FROM identifiers t WHERE t.pool_id = $1 LIMIT $2)";
    IDENTIFIERS_LEFT = "SELECT 1 FROM identifiers WHERE pool_id = $1 LIMIT 1";
    BROWSERS = "DELETE FROM browsers WHERE pool_id = $1 AND id IN (SELECT t.id FROM browsers t WHERE t.pool_id = $1 LIMIT $2)";
    BROWSERS_LEFT = "SELECT 1 FROM browsers WHERE pool_id = $1 LIMIT 1";
    SESSIONS = "DELETE FROM sessions WHERE pool_id = $1 AND id IN (SELECT t.id FROM sessions t WHERE t.pool_id = $1 LIMIT $2)";
    SESSIONS_LEFT = "SELECT 1 FROM sessions WHERE pool_id = $1 LIMIT 1";
    CONSENTS = "DELETE FROM consents WHERE pool_id = $1 AND user_id IN (SELECT t.user_id FROM consents t WHERE t.pool_id = $1 LIMIT $2)";
    CONSENTS_LEFT = "SELECT 1 FROM consents WHERE pool_id = $1 LIMIT 1";
    TICKETS = "DELETE FROM tickets WHERE pool_id = $1 AND id IN (SELECT t.id FROM tickets t WHERE t.pool_id = $1 LIMIT $2)";
    TICKETS_LEFT = "SELECT 1 FROM tickets WHERE pool_id = $1 LIMIT 1";
    GRANTS = "DELETE FROM grants WHERE pool_id = $1 AND id IN (SELECT t.id FROM grants t WHERE t.pool_id = $1 LIMIT $2)";
    GRANTS_LEFT = "SELECT 1 FROM grants WHERE pool_id = $1 LIMIT 1";
    ACCESS_KEYS = "DELETE FROM access_keys WHERE pool_id = $1 AND access_key IN
        (SELECT t.access_key FROM access_keys t WHERE t.pool_id = $1 LIMIT $2)";
    ACCESS_KEYS_LEFT = "SELECT 1 FROM access_keys WHERE pool_id = $1 LIMIT 1";
    DENIALS = "DELETE FROM denied_tokens WHERE pool_id = $1 AND id IN (SELECT t.id FROM denied_tokens t WHERE t.pool_id = $1 LIMIT $2)";
    DENIALS_LEFT = "SELECT 1 FROM denied_tokens WHERE pool_id = $1 LIMIT 1";
    TOKENS = "DELETE FROM access_tokens WHERE pool_id = $1 AND id IN (SELECT t.id FROM access_tokens t WHERE t.pool_id = $1 LIMIT $2)";
    TOKENS_LEFT = "SELECT 1 FROM access_tokens WHERE pool_id = $1 LIMIT 1";
    THROTTLES = "DELETE FROM throttles WHERE pool_id = $1 AND counter IN (SELECT t.counter FROM throttles t WHERE t.pool_id = $1 LIMIT $2)";
    THROTTLES_LEFT = "SELECT 1 FROM throttles WHERE pool_id = $1 LIMIT 1";
    DEVICES = "DELETE FROM devices WHERE pool_id = $1 AND id IN (SELECT t.id FROM devices t WHERE t.pool_id = $1 LIMIT $2)";
    DEVICES_LEFT = "SELECT 1 FROM devices WHERE pool_id = $1 LIMIT 1";
    FAILURES = "DELETE FROM failures WHERE pool_id = $1 AND user_id IN (SELECT t.user_id FROM failures t WHERE t.pool_id = $1 LIMIT $2)";
    FAILURES_LEFT = "SELECT 1 FROM failures WHERE pool_id = $1 LIMIT 1";
    AUDIT = "DELETE FROM audit WHERE pool_id = $1 AND id IN (SELECT t.id FROM audit t WHERE t.pool_id = $1 LIMIT $2)";
    AUDIT_LEFT = "SELECT 1 FROM audit WHERE pool_id = $1 LIMIT 1";
    AUDIT_SEALS = "DELETE FROM audit_seals WHERE pool_id = $1 AND first_number IN
        (SELECT t.first_number FROM audit_seals t WHERE t.pool_id = $1 LIMIT $2)";
    AUDIT_SEALS_LEFT = "SELECT 1 FROM audit_seals WHERE pool_id = $1 LIMIT 1";
    REFUSALS = "DELETE FROM refusals WHERE pool_id = $1 AND minute IN (SELECT t.minute FROM refusals t WHERE t.pool_id = $1 LIMIT $2)";
    REFUSALS_LEFT = "SELECT 1 FROM refusals WHERE pool_id = $1 LIMIT 1";

    OUTBOX = "DELETE FROM outbox WHERE pool_id = $1 AND id IN (SELECT t.id FROM outbox t WHERE t.pool_id = $1 LIMIT $2)";
    OUTBOX_LEFT = "SELECT 1 FROM outbox WHERE pool_id = $1 LIMIT 1";

    GRANTS_OF_CLIENT = "SELECT id FROM grants WHERE pool_id = $1 AND client_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    REVOKE_GRANT = "UPDATE grants SET revoked_at = $3 WHERE pool_id = $1 AND id = $2 AND revoked_at IS NULL";
    TOKENS_OF_CLIENT = "SELECT id FROM access_tokens WHERE pool_id = $1 AND client_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    DELETE_TOKEN = "DELETE FROM access_tokens WHERE pool_id = $1 AND client_id = $2 AND id = $3";
    CONSENTS_OF_CLIENT = "SELECT user_id FROM consents WHERE pool_id = $1 AND client_id = $2 AND user_id > $3 ORDER BY user_id LIMIT $4";
    DELETE_CONSENT = "DELETE FROM consents WHERE pool_id = $1 AND client_id = $2 AND user_id = $3";
    TICKETS_OF_CLIENT = "SELECT id FROM tickets WHERE pool_id = $1 AND client_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    DELETE_TICKET = "DELETE FROM tickets WHERE pool_id = $1 AND client_id = $2 AND id = $3";
}

/// Deleting a step of a pool's rows, and whether any are left, table by table: every table whose key starts with the pool.
const TABLES: &[(&str, &str)] = &[
    (TICKETS, TICKETS_LEFT),
    (OUTBOX, OUTBOX_LEFT),
    (TOKENS, TOKENS_LEFT),
    (DENIALS, DENIALS_LEFT),
    (GRANTS, GRANTS_LEFT),
    (SESSIONS, SESSIONS_LEFT),
    (BROWSERS, BROWSERS_LEFT),
    (CONSENTS, CONSENTS_LEFT),
    (IDENTIFIERS, IDENTIFIERS_LEFT),
    (USERS, USERS_LEFT),
    (LOGOS, LOGOS_LEFT),
    (ACCESS_KEYS, ACCESS_KEYS_LEFT),
    (CLIENTS, CLIENTS_LEFT),
    (SIGNING_KEYS, SIGNING_KEYS_LEFT),
    (THROTTLES, THROTTLES_LEFT),
    (DEVICES, DEVICES_LEFT),
    (FAILURES, FAILURES_LEFT),
    (REFUSALS, REFUSALS_LEFT),
    (AUDIT, AUDIT_LEFT),
    (AUDIT_SEALS, AUDIT_SEALS_LEFT),
];

impl Store {
    /// Deletes about [`limits::SWEEP_STEP`] rows of each table of a pool that was erased.
    pub async fn erase_pool_step(&self, pool: PoolId) -> Result<Swept, Fault> {
        let mut swept = Swept::Clean;
        for (delete, left) in TABLES {
            let mut batch = Batch::new();
            batch.then(delete, params![pool, limits::SWEEP_STEP]);
            let _ = self.apply(batch).await?;
            if !self.list(left, params![pool]).await?.is_empty() {
                swept = Swept::More;
            }
        }
        Ok(swept)
    }

    /// Revokes every grant of an application and removes its tokens, its tickets and what people consented to, so that another application of that
    /// identifier inherits nothing.
    pub async fn erase_of_client(&self, pool: PoolId, client_id: &str, now: Timestamp) -> Result<(), Fault> {
        self.each_step(GRANTS_OF_CLIENT, pool, client_id, |batch, id| {
            batch.then(REVOKE_GRANT, params![pool, id, now]);
        })
        .await?;
        self.each_step(TOKENS_OF_CLIENT, pool, client_id, |batch, id| {
            batch.then(DELETE_TOKEN, params![pool, client_id, id]);
        })
        .await?;
        self.each_step(CONSENTS_OF_CLIENT, pool, client_id, |batch, user| {
            batch.then(DELETE_CONSENT, params![pool, client_id, user]);
        })
        .await?;
        self.each_step(TICKETS_OF_CLIENT, pool, client_id, |batch, id| {
            batch.then(DELETE_TICKET, params![pool, client_id, id]);
        })
        .await
    }

    /// Walks through an application's rows by key, a batch for each step.
    async fn each_step(
        &self,
        find: &'static str,
        pool: PoolId,
        client_id: &str,
        change: impl Fn(&mut Batch, Vec<u8>),
    ) -> Result<(), Fault> {
        let mut after = vec![0; 16];
        loop {
            let rows = self.list(find, params![pool, client_id, &after, limits::SWEEP_STEP]).await?;
            let mut batch = Batch::new();
            for row in &rows {
                let id: Vec<u8> = row.get(0)?;
                change(&mut batch, id.clone());
                after = id;
            }
            if batch.is_empty() {
                return Ok(());
            }
            let _ = self.apply(batch).await?;
        }
    }
}
