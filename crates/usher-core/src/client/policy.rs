//! What an application may do beyond its own modes: exchange tokens (RFC 8693) and bring assertions of others (RFC 7523 §2.1).

use super::jwk_set::JwkSet;
use serde::{Deserialize, Serialize};
use usher_crypto::jose::SigningAlgorithm;

/// What an application may exchange. Everything is refused that is not named.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenExchangePolicy {
    /// The applications whose access tokens it may bring as `subject_token`, by client_id; its own need not be named.
    #[serde(default)]
    pub subject_clients: Vec<String>,
    /// The APIs for which it may get tokens: values of `audience` and `resource`.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// Whether it may act as the person without being named in the token (RFC 8693 §1.1, impersonation).
    #[serde(default)]
    pub impersonation: bool,
    /// Whether it may act for the person and be named in `act` (RFC 8693 §1.1, delegation).
    #[serde(default)]
    pub delegation: bool,
}

/// A party whose assertions about people an application may bring (RFC 7523 §2.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssertionIssuer {
    /// The `iss` of its assertions.
    pub issuer: String,
    /// Its public keys.
    pub jwks: JwkSet,
    /// The one algorithm of its signatures; by default that of each key.
    pub signing_alg: Option<SigningAlgorithm>,
    /// What the `sub` of its assertions means here.
    #[serde(default)]
    pub subject: AssertedSubject,
}

/// What the `sub` of an assertion means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertedSubject {
    /// A person's `sub` in this pool.
    #[default]
    Sub,
    /// A user name.
    Username,
    /// An e-mail address.
    Email,
    /// A telephone number.
    PhoneNumber,
}
