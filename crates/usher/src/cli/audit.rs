//! `usher audit`: what can be written, what is made of it, and how it is shown.

use super::Failure;
use super::input;
use super::options::{InPool, Part, Place};
use super::render::plain;
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use usher_admin::{self as admin, AuditReportView, Outcome, Page, Shown};
use usher_core::trail::Checkpoint;

/// `usher audit`.
#[derive(Args)]
pub struct AuditArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// In which pool.
    #[command(flatten)]
    pub pool: InPool,
    /// What.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do with the audit trail.
#[derive(Subcommand)]
pub enum AuditCommand {
    /// Show what happened, newest first.
    List {
        /// When.
        #[command(flatten)]
        time: Time,
        /// Only what this person did or had done to them: a login name, or the id.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Only what was done through or to this application.
        #[arg(long, value_name = "CLIENT_ID")]
        app: Option<String>,
        /// Only this event, such as sign_in.
        #[arg(long, value_name = "EVENT")]
        event: Option<String>,
        /// Only what somebody did: user:ID, app:ID, unix:1000, seed.
        #[arg(long, value_name = "WHO")]
        actor: Option<String>,
        /// Which part.
        #[command(flatten)]
        part: Part,
    },
    /// Show how often what was refused, and the real causes, newest first.
    Refusals {
        /// When.
        #[command(flatten)]
        time: Time,
        /// Only those of this application.
        #[arg(long, value_name = "CLIENT_ID")]
        app: Option<String>,
        /// The most entries to show.
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Check that nothing was changed, removed, added or moved; of all pools where none is named. Exit status 1 where something was.
    Verify {
        /// Compare with a checkpoint that was kept elsewhere.
        #[arg(long, alias = "since", value_name = "FILE")]
        checkpoint: Option<String>,
    },
    /// Print the newest seal, to be kept elsewhere: with it, verify finds that the end was cut off.
    Checkpoint,
}

/// From and until when.
#[derive(Args)]
pub struct Time {
    /// From this moment on: 2026-11-30T09:00:00Z, 2026-11-30, or so long ago, such as 24h.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Before this moment.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// The columns of a row.
pub(super) const ROW: &[&str] =
    &["at", "event", "outcome", "actor", "target", "client_id", "network", "cause", "detail"];
/// The columns of a sum.
pub(super) const REFUSAL: &[&str] = &["minute", "times", "client_id", "network", "cause"];

pub(super) fn command(command: AuditCommand) -> Result<admin::AuditCommand, Failure> {
    let said = |Time { since, until }| admin::Time { since, until };
    Ok(match command {
        AuditCommand::List { time, user, app, event, actor, part } => admin::AuditCommand::List {
            page: Page { after: part.after, limit: part.limit },
            time: said(time),
            only: admin::Only { user, app, event, actor },
        },
        AuditCommand::Refusals { time, app, limit } => {
            admin::AuditCommand::Refusals { limit, time: said(time), app }
        }
        AuditCommand::Verify { checkpoint } => {
            admin::AuditCommand::Verify { checkpoint: checkpoint.as_deref().map(read).transpose()? }
        }
        AuditCommand::Checkpoint => admin::AuditCommand::Checkpoint,
    })
}

fn read(path: &str) -> Result<Checkpoint, Failure> {
    let bytes = input::file("checkpoint", path)?;
    let text = String::from_utf8_lossy(&bytes);
    Checkpoint::parse(&text).map_err(|e| Failure::Written(format!("checkpoint: {path}: {e}")))
}

/// What checks found, a few lines for each pool.
pub(super) fn reports(reports: &[AuditReportView]) -> String {
    let mut out = String::new();
    for report in reports {
        let _ = writeln!(out, "{}: {}", plain(&report.pool), verdict(report));
        if let (Some(first), Some(at)) = (report.begins_with, &report.removed_at) {
            let _ = writeln!(out, "  begins with row {first}; what was before was removed at {at}");
        }
        if report.unsealed > 0 {
            let oldest = report.oldest_unsealed_at.as_deref().unwrap_or_default();
            let _ = writeln!(out, "  not sealed yet: {}, the oldest of {oldest}", rows(report.unsealed));
        }
        if report.refusals_unsealed > 0 {
            let oldest = report.oldest_unsealed_refusal_at.as_deref().unwrap_or_default();
            let sums = if report.refusals_unsealed == 1 { "sum" } else { "sums" };
            let _ = writeln!(
                out,
                "  not sealed yet: {} {sums} of refusals, the oldest of {oldest}",
                report.refusals_unsealed
            );
        }
        if report.unmarked > 0 {
            let _ = writeln!(out, "  written by an older version, without a mark: {}", rows(report.unmarked));
        }
        match report.checkpoint.as_deref() {
            Some("same") => out.push_str("  the checkpoint fits\n"),
            Some(_) => out.push_str("  the rows that the checkpoint saw were removed in their time\n"),
            None => {}
        }
    }
    out
}

fn verdict(report: &AuditReportView) -> String {
    match (&report.broken, report.sealed_until, &report.sealed_at) {
        (Some(broken), ..) => format!("BROKEN: {}", plain(&broken.what)),
        (None, Some(number), Some(at)) => format!("intact, sealed up to row {number} at {at}"),
        (None, ..) => "intact, nothing is sealed yet".to_owned(),
    }
}

fn rows(number: i64) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{number} rows") }
}

/// A checkpoint is JSON in any case: it is for a file.
pub(super) fn checkpoint(checkpoint: &Checkpoint) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(checkpoint).map_err(|e| Failure::World(e.to_string()))?;
    Ok(text + "\n")
}

/// Whether what was shown is no reason to fail.
pub(super) fn judge(outcome: &Outcome) -> Result<(), Failure> {
    let Shown::AuditReports(reports) = &outcome.shown else { return Ok(()) };
    let broken: Vec<&str> = reports.iter().filter(|r| !r.intact).map(|r| r.pool.as_str()).collect();
    if broken.is_empty() {
        return Ok(());
    }
    let (pools, is) = if broken.len() == 1 { ("pool", "is") } else { ("pools", "are") };
    let names = broken.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ");
    Err(Failure::World(format!("the audit trail of {pools} {names} {is} not as it was written")))
}
