//! What happens, in numbers: counted by atomic additions where it happens, with labels that are members of closed sets, so that the
//! number of series is bounded whatever is sent. How they are written down is the program's.

use crate::client::GrantType;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use usher_types::{Endpoint, Histogram, Timestamp};

/// The server's numbers. Each server has its own.
#[derive(Debug)]
pub struct Metrics {
    /// By [`Endpoint::index`], and one more for paths that are none.
    requests: Vec<Requests>,
    /// Connections to the main listener.
    pub connections: Connections,
    tokens: [AtomicU64; GrantType::ALL.len()],
    passwords: [AtomicU64; PasswordOutcome::ALL.len()],
    /// People who were signed in.
    pub sign_ins: AtomicU64,
    /// Mails that wait since their pool has sent as many as it may.
    pub mails_put_off: AtomicU64,
    /// Sweeps that came to their end.
    pub sweeps: AtomicU64,
    /// Sweeps that did not.
    pub sweeps_failed: AtomicU64,
    looked_at: AtomicI64,
}

/// Requests to one endpoint.
#[derive(Debug, Default)]
pub struct Requests {
    classes: [AtomicU64; 5],
    /// How long they took, from the head being there until the answer was ready.
    pub time: Histogram,
}

/// Connections.
#[derive(Debug, Default)]
pub struct Connections {
    /// Open now.
    pub open: AtomicI64,
    /// Opened since the start.
    pub opened: AtomicU64,
    /// Closed at once: their network had its share, or they did not come through a trusted proxy where all must.
    pub refused: AtomicU64,
}

/// What came of a password, whichever door took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordOutcome {
    /// It was right.
    Right,
    /// It was wrong, or the name was nobody's.
    Wrong,
    /// Too many tries were made before.
    Throttled,
    /// Too many were waiting.
    Busy,
    /// It was not looked at for another reason.
    Refused,
}

impl PasswordOutcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Right, Self::Wrong, Self::Throttled, Self::Busy, Self::Refused];

    /// Its name where outcomes are counted.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Throttled => "throttled",
            Self::Busy => "busy",
            Self::Refused => "refused",
        }
    }
}

impl Metrics {
    /// All zero; the configuration was just looked at.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            requests: (0..=Endpoint::ALL.len()).map(|_| Requests::default()).collect(),
            connections: Connections::default(),
            tokens: Default::default(),
            passwords: Default::default(),
            sign_ins: AtomicU64::new(0),
            mails_put_off: AtomicU64::new(0),
            sweeps: AtomicU64::new(0),
            sweeps_failed: AtomicU64::new(0),
            looked_at: AtomicI64::new(now.millis()),
        }
    }

    /// Counts an answered request; `None` where the path is no endpoint's.
    pub fn request(&self, endpoint: Option<Endpoint>, status: u16, took: Duration) {
        let Some(requests) = self.requests.get(endpoint.map_or(Endpoint::ALL.len(), Endpoint::index)) else {
            return;
        };
        if let Some(class) = requests.classes.get(usize::from(status / 100).wrapping_sub(1)) {
            class.fetch_add(1, Relaxed);
        }
        requests.time.observe(took);
    }

    /// Counts an answer with tokens.
    pub fn tokens(&self, by: GrantType) {
        if let Some(count) = self.tokens.get(by as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Counts what came of a password.
    pub fn password(&self, outcome: PasswordOutcome) {
        if let Some(count) = self.passwords.get(outcome as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Notes that the configuration in the database was looked at.
    pub(crate) fn looked(&self, now: Timestamp) {
        self.looked_at.store(now.millis(), Relaxed);
    }

    /// When the configuration in the database was last looked at.
    pub fn looked_at(&self) -> Timestamp {
        Timestamp::from_millis(self.looked_at.load(Relaxed))
    }

    /// Requests by endpoint; `None` are those to no endpoint.
    pub fn requests(&self) -> impl Iterator<Item = (Option<Endpoint>, &Requests)> {
        Endpoint::ALL.into_iter().map(Some).chain([None]).zip(&self.requests)
    }

    /// Answers with tokens by grant.
    pub fn tokens_by_grant(&self) -> impl Iterator<Item = (GrantType, u64)> {
        GrantType::ALL.into_iter().zip(&self.tokens).map(|(by, count)| (by, count.load(Relaxed)))
    }

    /// Passwords by what came of them.
    pub fn passwords_by_outcome(&self) -> impl Iterator<Item = (PasswordOutcome, u64)> {
        PasswordOutcome::ALL.into_iter().zip(&self.passwords).map(|(by, count)| (by, count.load(Relaxed)))
    }
}

impl Requests {
    /// How many by class of status: `1xx` to `5xx`.
    pub fn by_class(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter().zip(&self.classes).map(|(c, n)| (c, n.load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_counts_for_itself() {
        let metrics = Metrics::new(Timestamp::from_millis(0));
        for by in GrantType::ALL {
            metrics.tokens(by);
        }
        assert!(metrics.tokens_by_grant().all(|(_, count)| count == 1));
        for outcome in PasswordOutcome::ALL {
            metrics.password(outcome);
        }
        assert!(metrics.passwords_by_outcome().all(|(_, count)| count == 1));
        for endpoint in Endpoint::ALL {
            metrics.request(Some(endpoint), 200, Duration::ZERO);
        }
        metrics.request(None, 404, Duration::ZERO);
        metrics.request(None, 7, Duration::ZERO);
        for (endpoint, requests) in metrics.requests() {
            let class = if endpoint.is_some() { "2xx" } else { "4xx" };
            let counted: Vec<_> = requests.by_class().filter(|(_, n)| *n > 0).collect();
            assert_eq!(counted, [(class, 1)]);
        }
    }
}
