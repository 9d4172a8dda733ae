//! The clock, straight from the system: the demo stands apart from the server and has no request context to take the time from.

use usher_types::Timestamp;

/// The present moment.
#[expect(
    clippy::disallowed_methods,
    reason = "the demo stands apart from the server and has no request context to take the time from"
)]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
