//! Moments and spans of time, in milliseconds, and the clock as a seam: code that needs the time is given it.

use std::fmt;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in milliseconds, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

/// The source of "now": the system's clock in the program, a hand-set one in tests.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Whether that moment is beyond doubt; it is not for a while after the machine's clock jumped.
    fn is_sure(&self) -> bool {
        true
    }

    /// Whether it has been beyond doubt for so long that what cannot be undone may be done by it.
    fn is_settled(&self) -> bool {
        true
    }
}

impl Timestamp {
    /// The moment this many milliseconds after 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment this many seconds after 1970, as in a JWT's NumericDate (RFC 7519 §2).
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, as in a JWT's NumericDate (RFC 7519 §2).
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment and a span later.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// This moment and a span earlier.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// Whether so little time has passed since another moment. A clock that jumped back makes no old news new.
    pub fn is_within(self, span: Span, since: Self) -> bool {
        self >= since && self.since(since) < span
    }

    /// How long after `earlier` this is; zero where it is before.
    pub const fn since(self, earlier: Self) -> Span {
        let span = self.0.saturating_sub(earlier.0);
        Span(if span < 0 { 0 } else { span })
    }
}

impl Span {
    /// So many milliseconds.
    pub const fn millis(millis: u32) -> Self {
        Self(millis as i64)
    }

    /// So many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds as i64 * 1000)
    }

    /// So many minutes.
    pub const fn minutes(minutes: u32) -> Self {
        Self::seconds(minutes * 60)
    }

    /// So many hours.
    pub const fn hours(hours: u32) -> Self {
        Self::seconds(hours * 3600)
    }

    /// So many days.
    pub const fn days(days: u32) -> Self {
        Self::seconds(days * 86_400)
    }

    /// This span and another.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Its milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Its whole seconds, as in `expires_in` and `max-age`.
    pub const fn as_seconds(self) -> i64 {
        self.0 / 1000
    }

    /// The same span for the standard library's timers.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.as_seconds())
    }
}
