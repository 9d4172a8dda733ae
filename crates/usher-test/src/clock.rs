//! A clock that stands still until it is told otherwise.

use std::sync::atomic::{AtomicI64, Ordering};
use usher_types::{Clock, Span, Timestamp};

/// The clock of one test's server.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that shows the present moment, since other people's code that checks tokens knows no other.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where a test looks at the real clock"
    )]
    pub fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Self(AtomicI64::new(i64::try_from(now.as_millis()).unwrap()))
    }

    /// Sets it back, as somebody may do with a machine's clock.
    pub fn go_back(&self, span: Span) {
        self.0.fetch_sub(span.as_millis(), Ordering::SeqCst);
    }

    /// Lets time pass.
    pub fn advance(&self, span: Span) {
        self.0.fetch_add(span.as_millis(), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
