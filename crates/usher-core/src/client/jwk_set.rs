//! Somebody else's public keys as they were registered (RFC 7517 §5), parsed once and ready to verify by.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use usher_crypto::jose::{KeyError, PublicJwk, SigningAlgorithm, VerifyingKey};

/// Keys of one set.
const MOST_KEYS: usize = 16;

/// A JWK Set. Written as it was registered.
#[derive(Debug, Clone, PartialEq)]
pub struct JwkSet(Vec<Value>);

/// Why a set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetError {
    /// Not `{"keys": […]}` with at least one key.
    #[error("a JWK Set reads {{\"keys\": [ … ]}} with 1 to {MOST_KEYS} public keys")]
    Shape,
    /// One of the keys.
    #[error("key number {0}: {1}")]
    Key(usize, KeyError),
    /// A key of a kind that none of our algorithms takes.
    #[error("key number {0}: kty must be RSA, EC (P-256) or OKP (Ed25519)")]
    Kind(usize),
}

impl JwkSet {
    /// The keys, each for exactly one algorithm: the one given, else the key's own `alg`, else the usual one of its kind.
    pub fn verifying_keys(
        &self,
        algorithm: Option<SigningAlgorithm>,
    ) -> Result<Vec<VerifyingKey>, JwkSetError> {
        let keys = self.0.iter().enumerate().map(|(i, key)| {
            let number = i + 1;
            let algorithm = algorithm.or_else(|| usual(key)).ok_or(JwkSetError::Kind(number))?;
            let json = serde_json::to_vec(key).map_err(|_| JwkSetError::Shape)?;
            PublicJwk::parse(&json, algorithm)
                .and_then(|jwk| VerifyingKey::from_jwk(&jwk))
                .map_err(|e| JwkSetError::Key(number, e))
        });
        keys.collect()
    }
}

/// The algorithm that a key names, or the usual one of its kind.
fn usual(key: &Value) -> Option<SigningAlgorithm> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    match text("alg") {
        Some(name) => SigningAlgorithm::parse(name).filter(|a| !a.is_symmetric()),
        None => match text("kty")? {
            "RSA" => Some(SigningAlgorithm::Rs256),
            "EC" => Some(SigningAlgorithm::Es256),
            "OKP" => Some(SigningAlgorithm::EdDsa),
            _ => None,
        },
    }
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({ "keys": self.0 }).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom(JwkSetError::Shape);
        let Value::Object(mut set) = Value::deserialize(deserializer)? else { return Err(wrong()) };
        match set.remove("keys") {
            Some(Value::Array(keys)) if (1..=MOST_KEYS).contains(&keys.len()) => Ok(Self(keys)),
            _ => Err(wrong()),
        }
    }
}
