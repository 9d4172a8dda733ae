//! Logs: for people on a terminal, JSON elsewhere; to standard error, so that standard output is the command's own.

use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// What goes wrong.
    Quiet,
    /// What happens.
    Normal,
}

/// Starts logging. A second call changes nothing.
pub fn start(verbosity: Verbosity) {
    let level = match verbosity {
        Verbosity::Quiet => "warn",
        Verbosity::Normal => "info",
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_target(false)
        // A log that cannot be written, for example on a full disk, must not end what it tells about.
        .log_internal_errors(false);
    // Refused only where logging was started before.
    let _ = if std::io::stderr().is_terminal() {
        builder.compact().try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
}
