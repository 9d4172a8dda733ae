//! Wrong passwords are counted by login name, known or not, and by network or application, wrong codes of devices by network and by
//! pool; and no more than the limit is ever evaluated, even when all guesses arrive at once: what is under way counts too.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use usher_store::tables::Throttle;
use usher_types::fold::IdentifierKey;
use usher_types::{PoolId, Span, Timestamp, limits};

/// The counters that a try to sign in touches.
#[derive(Debug, Clone, Copy)]
pub struct Counters {
    /// Of the login name.
    pub by_name: [u8; 32],
    /// Of where the try comes from.
    pub by_source: [u8; 32],
}

impl Counters {
    /// The counters of a login name and of a source, which is a kind and a name, named by MACs under a key of the server.
    pub fn new(key: &[u8; 32], pool: PoolId, name: &IdentifierKey, (kind, of): (&[u8], String)) -> Self {
        Self { by_name: counter_of_name(key, pool, name), by_source: counter(key, pool, kind, &of) }
    }
}

/// The counter of a login name.
pub fn counter_of_name(key: &[u8; 32], pool: PoolId, name: &IdentifierKey) -> [u8; 32] {
    counter(key, pool, b"account", name.as_str())
}

/// The name of one counter of a kind, a MAC under a key of the server.
pub(crate) fn counter(key: &[u8; 32], pool: PoolId, kind: &[u8], of: &str) -> [u8; 32] {
    usher_crypto::hmac_sha256(key, &[kind, pool.as_bytes(), of.as_bytes()])
}

/// Guesses that are being evaluated at this moment.
#[derive(Debug, Default)]
pub struct Guesses {
    under_way: Mutex<HashMap<(PoolId, [u8; 32]), u32>>,
    failures: AtomicU64,
}

/// One guess under way for one counter; it counts until it is dropped, which is after its outcome is stored.
pub struct UnderWay<'a> {
    guesses: &'a Guesses,
    key: (PoolId, [u8; 32]),
    others: u32,
}

/// What may be done with a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is evaluated.
    Free,
    /// So many are under way that together with the stored failures they could pass the limit: in a moment this is decided.
    Crowded,
    /// Too many failures: for so long no guess is evaluated.
    MustWait(Span),
}

impl Guesses {
    /// How many failures this node has stored. Whoever read a counter, announced a guess for it, and finds this number changed since
    /// before the read, has to read again: a failure may have been stored and its guess dropped in between.
    pub fn failures(&self) -> u64 {
        self.failures.load(SeqCst)
    }

    /// Says that a failure was stored; called before its guess is dropped.
    pub fn stored_failure(&self) {
        self.failures.fetch_add(1, SeqCst);
    }

    /// Announces a guess for a counter.
    pub fn announce(&self, pool: PoolId, counter: [u8; 32]) -> UnderWay<'_> {
        let key = (pool, counter);
        let mut map = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = map.entry(key).or_insert(0);
        let others = *count;
        *count += 1;
        drop(map);
        UnderWay { guesses: self, key, others }
    }
}

impl UnderWay<'_> {
    /// Whether stored failures and guesses under way together reach a limit.
    pub fn standing(&self, stored: Option<Throttle>, limit: u32, now: Timestamp) -> Standing {
        let stored = stored.filter(|t| t.since > now.minus(limits::FAILURE_WINDOW) && t.since <= now);
        let failures = stored.map_or(0, |t| t.failures);
        let limit = i64::from(limit);
        match stored {
            Some(stored) if failures >= limit => {
                Standing::MustWait(stored.since.plus(limits::FAILURE_WINDOW).since(now))
            }
            _ if failures.saturating_add(i64::from(self.others)) >= limit => Standing::Crowded,
            _ => Standing::Free,
        }
    }

    /// Whether failures that no window ends, and guesses under way, together reach a limit.
    pub fn reaches(&self, failures: i64, limit: u32) -> bool {
        failures.saturating_add(i64::from(self.others)) >= i64::from(limit)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut map = self.guesses.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = map.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                map.remove(&self.key);
            }
        }
    }
}
