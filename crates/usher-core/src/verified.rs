//! Tokens whose signatures were found right lately. A signature that is right stays right, so only what it says is kept; whether the
//! token is alive is read each time. All pools share one bounded memory: a pool finds there only what its own present keys verified,
//! so that what a key verified is forgotten with the key.

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use usher_types::PoolId;

/// Bytes of payloads kept for all pools together.
const BYTES: u64 = 16 * 1024 * 1024;
/// How many tokens that is expected to be.
const EXPECTED: usize = 8 * 1024;

/// The memory of all pools.
#[derive(Clone)]
pub(crate) struct VerifiedByAll(Arc<Cache<[u8; 32], Bytes, BySize>>);

/// What a pool sees of it.
pub struct VerifiedTokens {
    all: VerifiedByAll,
    /// SHA-256 of the pool and its keys.
    keys: [u8; 32],
}

#[derive(Clone)]
struct BySize;

impl Weighter<[u8; 32], Bytes> for BySize {
    fn weight(&self, _token: &[u8; 32], payload: &Bytes) -> u64 {
        u64::try_from(payload.len()).unwrap_or(u64::MAX).saturating_add(128)
    }
}

impl VerifiedByAll {
    /// What a pool with keys of these identifiers sees.
    pub(crate) fn of<'a>(&self, pool: PoolId, kids: impl Iterator<Item = &'a str>) -> VerifiedTokens {
        let mut named = pool.as_bytes().to_vec();
        for kid in kids {
            named.extend_from_slice(kid.as_bytes());
            named.push(0);
        }
        VerifiedTokens { all: self.clone(), keys: usher_crypto::sha256(&named) }
    }
}

impl Default for VerifiedByAll {
    fn default() -> Self {
        Self(Arc::new(Cache::with_weighter(EXPECTED, BYTES, BySize)))
    }
}

impl VerifiedTokens {
    /// The payload of a token that was verified before, or that `verify` verifies now.
    pub fn get_or_verify(&self, token: &str, verify: impl FnOnce() -> Option<Vec<u8>>) -> Option<Bytes> {
        let digest = usher_crypto::sha256(&[&self.keys, token.as_bytes()].concat());
        if let Some(payload) = self.all.0.get(&digest) {
            return Some(payload);
        }
        let payload = Bytes::from(verify()?);
        self.all.0.insert(digest, payload.clone());
        Some(payload)
    }
}

impl std::fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifiedTokens({} of all pools)", self.all.0.len())
    }
}

impl std::fmt::Debug for VerifiedByAll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifiedByAll({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_pool_or_key_verified_is_unknown_to_another() {
        let all = VerifiedByAll::default();
        let (main, staff) = (PoolId::from_bytes([1; 16]), PoolId::from_bytes([2; 16]));
        let of = |pool, kids: &[&'static str]| all.of(pool, kids.iter().copied());
        let known = |seen: &VerifiedTokens| seen.get_or_verify("a.b.c", || None).is_some();
        assert!(of(main, &["k1"]).get_or_verify("a.b.c", || Some(b"{}".to_vec())).is_some());
        assert!(known(&of(main, &["k1"])), "reading the pool again forgets nothing");
        assert!(!known(&of(staff, &["k1"])));
        assert!(!known(&of(main, &["k2"])) && !known(&of(main, &["k1", "k2"])));
    }
}
