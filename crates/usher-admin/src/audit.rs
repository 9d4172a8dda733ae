//! Commands about the audit trail: reading it, summing up refusals, checking it, and a checkpoint to be kept elsewhere. None changes
//! anything.

mod check;
mod list;
mod moment;
mod view;

use crate::error::AdminError;
use crate::outcome::Outcome;
use crate::page::Page;
use crate::work::Work;
use serde::{Deserialize, Serialize};
use usher_core::trail::Checkpoint;

/// A command about the audit trail.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AuditCommand {
    /// Shows a page of what happened, newest first.
    List {
        /// Which page.
        page: Page,
        /// From and until when.
        #[serde(default)]
        time: Time,
        /// Which rows.
        #[serde(default)]
        only: Only,
    },
    /// Shows sums of refusals, newest first.
    Refusals {
        /// The most sums.
        limit: u32,
        /// From and until when.
        #[serde(default)]
        time: Time,
        /// Those of this application.
        app: Option<String>,
    },
    /// Checks the trail; of all pools where none is named.
    Verify {
        /// A checkpoint that was kept elsewhere.
        checkpoint: Option<Checkpoint>,
    },
    /// Shows the newest seal, to be kept elsewhere.
    Checkpoint,
}

/// From and until when: a moment (RFC 3339), a day, or so long ago, such as 24h.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// From this moment on.
    pub since: Option<String>,
    /// Before this moment.
    pub until: Option<String>,
}

/// Which rows of the trail.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// What a person did or had done to them: a login name, or the id.
    pub user: Option<String>,
    /// What was done through an application or to it.
    pub app: Option<String>,
    /// One event.
    pub event: Option<String>,
    /// What somebody did: `user:ID`, `app:ID`, `unix:1000`, `seed`.
    pub actor: Option<String>,
}

pub(crate) async fn execute(
    work: &Work<'_>,
    pool: Option<String>,
    command: AuditCommand,
) -> Result<Outcome, AdminError> {
    match command {
        AuditCommand::List { page, time, only } => {
            list::rows(work, &work.pool(pool).await?, &page, (&time, &only)).await
        }
        AuditCommand::Refusals { limit, time, app } => {
            list::refusals(work, work.pool(pool).await?.pool.id, (limit, &time), app.as_deref()).await
        }
        AuditCommand::Verify { checkpoint } => check::verify(work, pool, checkpoint.as_ref()).await,
        AuditCommand::Checkpoint => check::checkpoint(work, &work.pool(pool).await?).await,
    }
}
