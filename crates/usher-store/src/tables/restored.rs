//! What becomes of rows that come back from a backup: what was alive for one use or for one browser is not alive again.

use super::{AuditEvent, statements};
use crate::{Batch, params};
use usher_types::{PoolId, Random, TicketId, Timestamp};

statements! {
    POOLS = "SELECT id FROM pools ORDER BY id";
    END_TICKETS = "UPDATE tickets SET expires_at = $1 WHERE expires_at > $1";
    END_SESSIONS = "UPDATE sessions SET ended_at = $1, expires_at = $1 WHERE ended_at IS NULL";
    REVOKE_GRANTS_OF_SESSIONS = "UPDATE grants SET revoked_at = $1 WHERE offline = 0 AND revoked_at IS NULL";
    NEXT_REVISION = "UPDATE revision SET number = number + 1 WHERE id = 1";
}

/// The pools that came back.
pub(crate) const EVERY_POOL: &str = POOLS;

/// What becomes of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// They end, since one that was ended after the backup would live again.
    End,
    /// They stay: nothing happened after the backup.
    Keep,
}

impl Sessions {
    const fn in_words(self) -> &'static str {
        match self {
            Self::End => "ended",
            Self::Keep => "kept",
        }
    }
}

/// Settles what came back from a backup that was made at one moment and is restored at another.
///
/// Invariant: no code, device code, interaction or other ticket that was alive at the backup is alive after it. Spent ones keep what
/// they say, so that a replay still finds the grant that it ends.
pub(crate) fn settle(
    pools: &[PoolId],
    sessions: Sessions,
    made_at: Timestamp,
    now: Timestamp,
    random: &dyn Random,
) -> Batch {
    let mut batch = Batch::new();
    batch.then(END_TICKETS, params![now]);
    if sessions == Sessions::End {
        batch.then(END_SESSIONS, params![now]);
        batch.then(REVOKE_GRANTS_OF_SESSIONS, params![now]);
    }
    batch.then(NEXT_REVISION, params![]);
    for pool in pools {
        let detail =
            format!("{{\"backup_made_at\":{},\"sessions\":\"{}\"}}", made_at.millis(), sessions.in_words());
        let event =
            AuditEvent { event: "restored", client_id: None, user_id: None, network: None, detail };
        super::write::audit::record(&mut batch, *pool, TicketId::new(now, random), event, now);
    }
    batch
}
