//! A thin JOSE layer: signed tokens in the compact form (RFC 7515), keys (RFC 7517) and algorithms (RFC 7518, 8037, 9864). What the
//! claims mean (issuer, audience, times) is left to whoever asks.
//!
//! Invariant: the key decides the algorithm. A header's `alg` is only ever compared with it.

mod algorithm;
mod ed25519;
mod json;
mod jwk;
mod jws;
mod key;

pub use algorithm::{KeyType, SigningAlgorithm};
pub use json::parse_unique_object;
pub use jwk::PublicJwk;
pub use jws::{AcceptedType, Header, Verified, peek_claims, peek_header, verify};
pub use key::{GeneratedKey, KeyError, SigningKey, VerifyingKey};

/// Why a token was not made or not accepted. For logs: whoever sent the token learns only that it is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// More than 16 KiB, or a header of more than 2 KiB.
    #[error("the token is too long")]
    TooLong,
    /// Not exactly three parts, none of header and signature empty.
    #[error("the token does not have the compact form of RFC 7515")]
    NotCompact,
    /// Padding, another alphabet, or bits that encode nothing.
    #[error("a part of the token is not base64url without padding")]
    Encoding,
    /// Not JSON, not an object, a member twice, too deep, or U+0000 in a string.
    #[error("not a JSON object in which every member is there once")]
    Json,
    /// A member that is not understood, or one that brings a key of its own.
    #[error("the header holds a member that is not accepted")]
    HeaderMember,
    /// `none`, or anything else that is not a [`SigningAlgorithm`].
    #[error("the header names no algorithm that is accepted")]
    Algorithm,
    /// A token made for another use.
    #[error("the token is of another type")]
    Type,
    /// No key of this algorithm and `kid`.
    #[error("no key with this kid and algorithm")]
    UnknownKey,
    /// Signed by another key, or changed.
    #[error("the signature does not match")]
    Signature,
    /// The claims are not what the reader expects.
    #[error("the claims have another shape")]
    Claims,
    /// The claims cannot be written as JSON, or the key cannot sign.
    #[error("the token could not be made")]
    NotMade,
}

#[cfg(test)]
mod tests;
