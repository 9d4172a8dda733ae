//! What becomes of rows that come back from a backup: what was alive for one use or for one browser is not alive again.

use super::statements;
use crate::{Batch, params};
use usher_types::Timestamp;

statements! {
    END_TICKETS = "UPDATE tickets SET expires_at = $1 WHERE expires_at > $1";
    END_SESSIONS = "UPDATE sessions SET ended_at = $1, expires_at = $1 WHERE ended_at IS NULL";
    REVOKE_GRANTS_OF_SESSIONS = "UPDATE grants SET revoked_at = $1 WHERE offline = 0 AND revoked_at IS NULL";
    END_DEVICES = "UPDATE devices SET expires_at = $1 WHERE expires_at > $1";
    NEXT_REVISION = "UPDATE revision SET number = number + 1 WHERE id = 1";
}

/// What becomes of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sessions {
    /// They end, since one that was ended after the backup would live again.
    End,
    /// They stay: nothing happened after the backup.
    Keep,
}

/// Settles what came back from a backup.
///
/// Invariant: no code, device code, interaction or other ticket that was alive at the backup is alive after it. Spent ones keep what
/// they say, so that a replay still finds the grant that it ends.
pub(crate) fn settle(sessions: Sessions, now: Timestamp) -> Batch {
    let mut batch = Batch::new();
    batch.then(END_TICKETS, params![now]);
    if sessions == Sessions::End {
        batch.then(END_SESSIONS, params![now]);
        batch.then(REVOKE_GRANTS_OF_SESSIONS, params![now]);
        batch.then(END_DEVICES, params![now]);
    }
    batch.then(NEXT_REVISION, params![]);
    batch
}
