//! What has expired is removed in small steps, a table and a pool at a time. Which pools have something to remove is one statement a
//! table, which looks at the earliest end of each pool, so that an idle server does not ask a thousand pools one by one.

use super::statements;
use crate::{Batch, Fault, Store, params};
use usher_types::{PoolId, Span, Timestamp, limits};

/// How much one step removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// Nothing was left to remove.
    Clean,
    /// There may be more.
    More,
}

/// A table whose rows come to an end.
#[derive(Debug, Clone, Copy)]
pub struct Sweepable {
    /// How much longer than the others its rows are kept.
    kept: Span,
    due: &'static str,
    find: &'static str,
    delete: &'static str,
}

const NO_LONGER: Span = Span::seconds(0);

/// The tables whose rows come to an end, refusals apart. Counters have a beginning; mails are counted in the longest window of all.
pub const SWEEPABLE: &[Sweepable] = &[
    Sweepable { kept: NO_LONGER, due: DUE_TICKETS, find: EXPIRED_TICKETS, delete: DELETE_TICKETS },
    Sweepable { kept: NO_LONGER, due: DUE_TOKENS, find: EXPIRED_TOKENS, delete: DELETE_TOKENS },
    Sweepable { kept: NO_LONGER, due: DUE_DENIALS, find: EXPIRED_DENIALS, delete: DELETE_DENIALS },
    Sweepable { kept: NO_LONGER, due: DUE_GRANTS, find: EXPIRED_GRANTS, delete: DELETE_GRANTS },
    Sweepable { kept: NO_LONGER, due: DUE_SESSIONS, find: EXPIRED_SESSIONS, delete: DELETE_SESSIONS },
    Sweepable { kept: NO_LONGER, due: DUE_BROWSERS, find: EXPIRED_BROWSERS, delete: DELETE_BROWSERS },
    Sweepable {
        kept: limits::MAIL_WINDOW,
        due: DUE_THROTTLES,
        find: EXPIRED_THROTTLES,
        delete: DELETE_THROTTLES,
    },
    Sweepable { kept: NO_LONGER, due: DUE_DEVICES, find: EXPIRED_DEVICES, delete: DELETE_DEVICES },
];

/// What selects the pools whose row that ends first has ended. The inner statement is one step in the index of each pool, on either
/// engine.
macro_rules! earliest {
    ($table:literal, $end:literal) => {
        concat!(
            $end,
            " FROM ",
            $table,
            " t WHERE t.pool_id = p.id ORDER BY t.",
            $end,
            " LIMIT 1) < $1 ORDER BY p.id LIMIT $2"
        )
    };
}

statements! {
    DUE_TICKETS = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("tickets", "expires_at"));
    DUE_TOKENS = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("access_tokens", "expires_at"));
    DUE_DENIALS = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("denied_tokens", "expires_at"));
    DUE_GRANTS = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("grants", "expires_at"));
    DUE_SESSIONS = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("sessions", "expires_at"));
    DUE_BROWSERS = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("browsers", "expires_at"));
    DUE_THROTTLES = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("throttles", "since"));
    DUE_DEVICES = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("devices", "expires_at"));
    DUE_REFUSALS = concat!("SELECT p.id FROM pools p WHERE (SELECT t.", earliest!("refusals", "minute"));
    EXPIRED_TICKETS = "SELECT id FROM tickets WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_TOKENS = "SELECT id FROM access_tokens WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_GRANTS = "SELECT id FROM grants WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_SESSIONS = "SELECT id FROM sessions WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_BROWSERS = "SELECT id FROM browsers WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_THROTTLES = "SELECT counter FROM throttles WHERE pool_id = $1 AND since < $2 ORDER BY since LIMIT $3";
    EXPIRED_DENIALS = "SELECT id FROM denied_tokens WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    EXPIRED_REFUSALS = "SELECT minute, cause, client_id, network FROM refusals WHERE pool_id = $1 AND minute < $2 ORDER BY minute LIMIT $3";
    EXPIRED_DEVICES = "SELECT id FROM devices WHERE pool_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3";
    DELETE_DEVICES = "DELETE FROM devices WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_DENIALS = "DELETE FROM denied_tokens WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_REFUSALS = "DELETE FROM refusals WHERE pool_id = $1 AND minute = $2 AND cause = $3 AND client_id = $4 AND network = $5";
    DELETE_TICKETS = "DELETE FROM tickets WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_TOKENS = "DELETE FROM access_tokens WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_GRANTS = "DELETE FROM grants WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_SESSIONS = "DELETE FROM sessions WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_BROWSERS = "DELETE FROM browsers WHERE pool_id = $1 AND id = $2 AND expires_at < $3";
    DELETE_THROTTLES = "DELETE FROM throttles WHERE pool_id = $1 AND counter = $2 AND since < $3";
}

impl Store {
    /// At most [`limits::SWEEP_STEP`] pools of which rows of a table expired before `before`.
    pub async fn due_for_sweep(&self, table: &Sweepable, before: Timestamp) -> Result<Vec<PoolId>, Fault> {
        self.due(table.due, before.minus(table.kept)).await
    }

    /// Removes at most [`limits::SWEEP_STEP`] rows of a pool in a table that expired before `before`.
    pub async fn sweep(&self, table: &Sweepable, pool: PoolId, before: Timestamp) -> Result<Swept, Fault> {
        let before = before.minus(table.kept);
        let rows = self.list(table.find, params![pool, before, limits::SWEEP_STEP]).await?;
        let mut batch = Batch::new();
        for row in &rows {
            // Invariant: a row that was given a later end meanwhile stays, since the end is looked at again.
            batch.then(table.delete, params![pool, row.get::<Vec<u8>>(0)?, before]);
        }
        self.step(batch).await
    }

    /// At most [`limits::SWEEP_STEP`] pools that have sums of refusals of minutes before `before`.
    pub async fn due_for_sweep_of_refusals(&self, before: Timestamp) -> Result<Vec<PoolId>, Fault> {
        self.due(DUE_REFUSALS, before).await
    }

    /// Removes at most [`limits::SWEEP_STEP`] sums of refusals of minutes before `before`.
    pub async fn sweep_refusals(&self, pool: PoolId, before: Timestamp) -> Result<Swept, Fault> {
        let rows = self.list(EXPIRED_REFUSALS, params![pool, before, limits::SWEEP_STEP]).await?;
        let mut batch = Batch::new();
        for row in &rows {
            let (minute, cause): (Timestamp, String) = (row.get(0)?, row.get(1)?);
            let (client_id, network): (String, String) = (row.get(2)?, row.get(3)?);
            batch.then(DELETE_REFUSALS, params![pool, minute, cause, client_id, network]);
        }
        self.step(batch).await
    }

    async fn due(&self, sql: &'static str, before: Timestamp) -> Result<Vec<PoolId>, Fault> {
        let rows = self.list(sql, params![before, limits::SWEEP_STEP]).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Applies what a step removes; a step that was not full was the last.
    async fn step(&self, batch: Batch) -> Result<Swept, Fault> {
        let full = u32::try_from(batch.len()).unwrap_or(u32::MAX) >= limits::SWEEP_STEP;
        let _ = self.apply(batch).await?;
        Ok(if full { Swept::More } else { Swept::Clean })
    }
}
