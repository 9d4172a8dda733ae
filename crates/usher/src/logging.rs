//! Logs: for people on a terminal, JSON elsewhere; to standard error, so that standard output is the command's own. No line holds a secret, at
//! whichever level; what other people's libraries tell below "info" is left out, since they cannot know what is one.

use crate::config::{LogFormat, LogLevel, LogSection};
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// The program's own crates, which tell as much as is asked for.
const OWN: &[&str] = &[
    "usher",
    "usher_admin",
    "usher_core",
    "usher_crypto",
    "usher_demo",
    "usher_oauth",
    "usher_pages",
    "usher_store",
    "usher_types",
];

/// Starts logging what goes wrong. A second start changes nothing.
pub fn quiet() {
    start(LogSection { format: LogFormat::Auto, level: LogLevel::Warn });
}

/// Starts logging as the configuration says. A second start changes nothing.
pub fn start(section: LogSection) {
    let filter = EnvFilter::new(filter(section.level));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        // A log that cannot be written, for example on a full disk, must not end what it tells about.
        .log_internal_errors(false);
    let for_people = match section.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // Refused only where logging was started before.
    let _ = match for_people {
        true => builder.with_ansi(std::io::stderr().is_terminal()).compact().try_init(),
        false => builder.json().flatten_event(true).try_init(),
    };
}

/// What is told at a level, as [`EnvFilter`] reads it.
pub fn filter(level: LogLevel) -> String {
    let (others, own) = match level {
        LogLevel::Error => ("error", "error"),
        LogLevel::Warn => ("warn", "warn"),
        LogLevel::Info => ("info", "info"),
        LogLevel::Debug => ("info", "debug"),
        LogLevel::Trace => ("info", "trace"),
    };
    OWN.iter().fold(others.to_owned(), |filter, name| format!("{filter},{name}={own}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_peoples_libraries_never_tell_what_they_send() {
        for level in [LogLevel::Debug, LogLevel::Trace] {
            let filter = filter(level);
            assert!(filter.starts_with("info,usher="), "{filter}");
            assert!(!filter.contains("hyper") && !filter.contains("postgres"), "{filter}");
        }
    }
}
