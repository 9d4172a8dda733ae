//! Wrong passwords are counted by login name, known or not, and by network; and no more than the limit is ever evaluated, even
//! when all guesses arrive at once: what is under way counts too.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use usher_store::tables::Throttle;
use usher_types::fold::IdentifierKey;
use usher_types::{PoolId, Span, Timestamp, limits};

/// The counters that a try to sign in touches.
#[derive(Debug, Clone, Copy)]
pub struct Counters {
    /// Of the login name.
    pub by_account: [u8; 32],
    /// Of the network.
    pub by_network: [u8; 32],
}

impl Counters {
    /// The counters of a login name and of a network, named by MACs under a key of the server.
    pub fn new(key: &[u8; 32], pool: PoolId, name: &IdentifierKey, network: &str) -> Self {
        let counter =
            |kind: &[u8], of: &str| usher_crypto::hmac_sha256(key, &[kind, pool.as_bytes(), of.as_bytes()]);
        Self { by_account: counter(b"account", name.as_str()), by_network: counter(b"network", network) }
    }
}

/// Guesses that are being evaluated at this moment.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<HashMap<(PoolId, [u8; 32]), u32>>);

/// One guess under way; it counts until it is dropped, which is after its outcome is stored.
pub struct UnderWay<'a> {
    guesses: &'a Guesses,
    keys: [(PoolId, [u8; 32]); 2],
    others: [u32; 2],
}

impl Guesses {
    /// Announces a guess.
    pub fn announce(&self, pool: PoolId, counters: Counters) -> UnderWay<'_> {
        let keys = [(pool, counters.by_account), (pool, counters.by_network)];
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = keys.map(|key| {
            let count = map.entry(key).or_insert(0);
            let before = *count;
            *count += 1;
            before
        });
        drop(map);
        UnderWay { guesses: self, keys, others }
    }
}

impl UnderWay<'_> {
    /// Whether stored failures and guesses under way together reach a limit.
    pub fn standing(
        &self,
        by_account: Option<Throttle>,
        by_network: Option<Throttle>,
        now: Timestamp,
    ) -> Guess {
        let [account, network] = self.others;
        let wait = |stored: Option<Throttle>, others: u32, limit: u32| {
            let stored = stored.filter(|t| t.since > now.minus(limits::FAILURE_WINDOW));
            let failures = stored.map_or(0, |t| t.failures).saturating_add(i64::from(others));
            let until = stored.map_or(now, |t| t.since).plus(limits::FAILURE_WINDOW);
            (failures >= i64::from(limit)).then(|| until.since(now))
        };
        match (
            wait(by_network, network, limits::FAILURES_BY_NETWORK),
            wait(by_account, account, limits::FAILURES_BY_ACCOUNT),
        ) {
            (Some(wait), _) => Guess::NetworkMustWait(wait),
            (None, Some(wait)) => Guess::AccountMustWait(wait),
            (None, None) => Guess::MayBeEvaluated,
        }
    }
}

/// What may be done with a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// It is evaluated.
    MayBeEvaluated,
    /// Too many for this login name: not evaluated, but it costs the same hash, so that it looks the same.
    AccountMustWait(Span),
    /// Too many from this network: answered at once, which tells nothing about any account.
    NetworkMustWait(Span),
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut map = self.guesses.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in self.keys {
            if let Some(count) = map.get_mut(&key) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    map.remove(&key);
                }
            }
        }
    }
}
