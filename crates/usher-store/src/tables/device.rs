//! What happens to a device's request (RFC 8628) while it waits: two tickets, one found by the device's secret, one by the code that
//! people type. What is in their texts is decided above.

use super::ticket::ticket_columns;
use super::{Throttle, TicketRow, statements};
use crate::{Fault, Store, params};
use usher_types::{PoolId, TicketId};

/// What a typed code is decided on.
#[derive(Debug, Clone)]
pub struct UserCodeRead {
    /// The code's ticket.
    pub code: Option<TicketRow>,
    /// Wrong codes from the network.
    pub by_network: Option<Throttle>,
    /// Wrong codes in the pool.
    pub by_pool: Option<Throttle>,
}

statements! {
    USER_CODE = concat!("SELECT n.failures, n.since, a.failures, a.since, ", ticket_columns!(), "
        FROM pools p
        LEFT JOIN tickets t ON t.pool_id = $1 AND t.id = $2 AND t.kind = $3
        LEFT JOIN throttles n ON n.pool_id = $1 AND n.counter = $4
        LEFT JOIN throttles a ON a.pool_id = $1 AND a.counter = $5
        WHERE p.id = $1");
    WAIT = "UPDATE tickets SET state = $4
        WHERE pool_id = $1 AND id = $2 AND kind = $3 AND state = $5 AND user_id IS NULL AND consumed_at IS NULL AND expires_at > $6";
    APPROVE = "UPDATE tickets SET state = $4, user_id = $5, session_id = $6, grant_id = $7
        WHERE pool_id = $1 AND id = $2 AND kind = $3 AND user_id IS NULL AND consumed_at IS NULL AND expires_at > $8";
    DENY = "UPDATE tickets SET state = $4
        WHERE pool_id = $1 AND id = $2 AND kind = $3 AND user_id IS NULL AND consumed_at IS NULL AND expires_at > $5";
}

impl Store {
    /// The ticket of a typed code, by its kind and the id that the code stands for, with the counters of its network and of the pool.
    pub async fn user_code(
        &self,
        pool: PoolId,
        (kind, id): (&'static str, TicketId),
        by_network: [u8; 32],
        by_pool: [u8; 32],
    ) -> Result<UserCodeRead, Fault> {
        let row = self
            .find(USER_CODE, params![pool, id, kind, by_network, by_pool])
            .await?
            .ok_or_else(|| Fault::bug("a pool without a row"))?;
        Ok(UserCodeRead {
            by_network: Throttle::read(&row, 0)?,
            by_pool: Throttle::read(&row, 2)?,
            code: TicketRow::read(&row, 4)?,
        })
    }
}

/// Writes.
pub mod write {
    use super::{APPROVE, DENY, WAIT};
    use crate::{Batch, params};
    use usher_types::{GrantId, PoolId, SessionId, TicketId, Timestamp, UserId};

    /// Which request, and the texts of its state.
    pub struct Change {
        /// The kind of ticket.
        pub kind: &'static str,
        /// The ticket.
        pub id: TicketId,
        /// The state that shall be.
        pub to: String,
    }

    /// Who allowed a request.
    pub struct Approver {
        /// The person.
        pub user_id: UserId,
        /// The session in which they did.
        pub session_id: SessionId,
        /// The grant that the device's next poll gives birth to.
        pub grant_id: GrantId,
    }

    /// Records a poll of a request that nobody has answered, if its state is still what was read; else refused by `guard`.
    pub fn wait(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        (change, from): (Change, &str),
        now: Timestamp,
    ) {
        batch.must(guard, WAIT, params![pool, change.id, change.kind, change.to, from, now]);
    }

    /// Records who allowed a request that nobody has allowed; else refused by `guard`. Polls in between are in nobody's way: whoever
    /// answers spends the code that people type in the same batch, so that there is one answer only.
    pub fn approve(
        batch: &mut Batch,
        guard: &'static str,
        pool: PoolId,
        (change, approver): (Change, &Approver),
        now: Timestamp,
    ) {
        let Approver { user_id, session_id, grant_id } = approver;
        batch.must(
            guard,
            APPROVE,
            params![pool, change.id, change.kind, change.to, *user_id, *session_id, *grant_id, now],
        );
    }

    /// Records that a request was refused; else refused by `guard`, and again one answer only.
    pub fn deny(batch: &mut Batch, guard: &'static str, pool: PoolId, change: Change, now: Timestamp) {
        batch.must(guard, DENY, params![pool, change.id, change.kind, change.to, now]);
    }
}
