//! What is known about whether requests can be answered: what was seen of the database lately, and whether the server was told to stop.
//! `readiness` looks.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::sync::Mutex;
use usher_types::Timestamp;

/// What is known about the server's health.
#[derive(Debug, Default)]
pub struct Health {
    stopping: AtomicBool,
    /// The last look for changes of the configuration failed.
    blind: AtomicBool,
    pub(crate) seen: Mutex<Seen>,
}

/// What was seen last.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// When it was looked last, and what was found.
    pub(crate) last: Option<(Timestamp, bool, bool)>,
    /// When a write was last tried.
    pub(crate) probed_at: Option<Timestamp>,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own, and none decides about another"
)]
pub struct Readiness {
    /// The database answers.
    pub database: bool,
    /// It can be written.
    pub writes: bool,
    /// The machine's clock is beyond doubt.
    pub clock: bool,
    /// Changes of the configuration are seen, and the first pool is served.
    pub configuration: bool,
    /// The server was not told to stop.
    pub serving: bool,
}

impl Readiness {
    /// Whether requests can be answered.
    pub const fn is_ready(self) -> bool {
        self.database && self.writes && self.clock && self.configuration && self.serving
    }
}

impl Health {
    /// From now on the server is not ready: it was told to stop.
    pub fn stop(&self) {
        self.stopping.store(true, SeqCst);
    }

    /// Changes of the configuration were looked for.
    pub(crate) fn looked(&self, worked: bool) {
        self.blind.store(!worked, SeqCst);
    }

    /// Whether they cannot be seen.
    pub(crate) fn is_blind(&self) -> bool {
        self.blind.load(SeqCst)
    }

    /// Whether it was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(SeqCst)
    }
}
