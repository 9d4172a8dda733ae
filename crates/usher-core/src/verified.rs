//! Tokens whose signatures were found right lately. A signature that is right stays right, so only what it says is kept; whether the
//! token is alive is read each time. A pool's memory goes with its snapshot, and so with its keys.

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Bytes of payloads kept per pool.
const BYTES: u64 = 2 * 1024 * 1024;
/// How many tokens that is expected to be.
const EXPECTED: usize = 2048;

/// Payloads of verified tokens by the tokens' SHA-256.
pub struct VerifiedTokens(Cache<[u8; 32], Bytes, BySize>);

#[derive(Clone)]
struct BySize;

impl Weighter<[u8; 32], Bytes> for BySize {
    fn weight(&self, _token: &[u8; 32], payload: &Bytes) -> u64 {
        u64::try_from(payload.len()).unwrap_or(u64::MAX).saturating_add(128)
    }
}

impl VerifiedTokens {
    /// The payload of a token that was verified before, or that `verify` verifies now.
    pub fn get_or_verify(&self, token: &str, verify: impl FnOnce() -> Option<Vec<u8>>) -> Option<Bytes> {
        let digest = usher_crypto::sha256(token.as_bytes());
        if let Some(payload) = self.0.get(&digest) {
            return Some(payload);
        }
        let payload = Bytes::from(verify()?);
        self.0.insert(digest, payload.clone());
        Some(payload)
    }
}

impl Default for VerifiedTokens {
    fn default() -> Self {
        Self(Cache::with_weighter(EXPECTED, BYTES, BySize))
    }
}

impl std::fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifiedTokens({})", self.0.len())
    }
}
