//! The algorithms by which tokens are signed (RFC 7518 §3, RFC 8037 §3.1, RFC 9864 §2), and the half hashes that go with them.

use aws_lc_rs::digest;
use usher_types::opaque::base64url;

/// An algorithm of the `alg` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519 under the name of RFC 8037, which says nothing about the curve.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// Ed25519 under the name of RFC 9864.
    #[serde(rename = "Ed25519")]
    Ed25519,
    /// HMAC with SHA-256, keyed with a client's secret.
    #[serde(rename = "HS256")]
    Hs256,
}

/// The kind of key that an algorithm needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// An RSA key pair.
    Rsa,
    /// A key pair on the curve P-256.
    P256,
    /// An Ed25519 key pair.
    Ed25519,
    /// A secret shared with the client.
    Secret,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa, Self::Ed25519, Self::Hs256];

    /// Its name in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Hs256 => "HS256",
        }
    }

    /// The algorithm of this name, spelled exactly so.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }

    /// Whether signing and verifying take the same secret.
    pub const fn is_symmetric(self) -> bool {
        matches!(self.key_type(), KeyType::Secret)
    }

    /// The kind of key that it needs.
    pub const fn key_type(self) -> KeyType {
        match self {
            Self::Rs256 | Self::Ps256 => KeyType::Rsa,
            Self::Es256 => KeyType::P256,
            Self::EdDsa | Self::Ed25519 => KeyType::Ed25519,
            Self::Hs256 => KeyType::Secret,
        }
    }

    /// The value of `at_hash`, `c_hash` and `s_hash` for a token signed by this algorithm.
    ///
    /// OpenID Connect Core §3.1.3.6: "the base64url encoding of the left-most half of the hash of the octets of the ASCII
    /// representation of the access_token value, where the hash algorithm used is the hash algorithm used in the alg Header
    /// Parameter". Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
    pub fn half_hash(&self, value: &[u8]) -> String {
        let hash = match self.key_type() {
            KeyType::Ed25519 => &digest::SHA512,
            KeyType::Rsa | KeyType::P256 | KeyType::Secret => &digest::SHA256,
        };
        let whole = digest::digest(hash, value);
        let (left, _) = whole.as_ref().split_at(hash.output_len() / 2);
        base64url(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_no_other_does() {
        for algorithm in SigningAlgorithm::ALL {
            assert_eq!(SigningAlgorithm::parse(algorithm.as_str()), Some(algorithm));
            assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.as_str());
            assert_eq!(
                serde_json::from_value::<SigningAlgorithm>(algorithm.as_str().into()).unwrap(),
                algorithm
            );
        }
        for name in [
            "", "none", "None", "rs256", "RS256 ", "RS1", "RS512", "ES256K", "ES384", "Ed448", "ed25519",
            "HS512",
        ] {
            assert_eq!(SigningAlgorithm::parse(name), None, "{name}");
        }
    }

    #[test]
    fn at_hash_is_the_one_of_openid_connect_core_appendix_a() {
        // OpenID Connect Core, appendices A.3 and A.4: the access token, the code and their hashes under RS256.
        assert_eq!(
            SigningAlgorithm::Rs256.half_hash(b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        let code = b"Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
        assert_eq!(SigningAlgorithm::Rs256.half_hash(code), "LDktKdoQak3Pk0cnXxCltA");
    }

    #[test]
    fn ed25519_takes_half_of_sha_512_under_both_names() {
        // FIPS 180-4's example: SHA-512("abc") begins with ddaf35a1 93617aba …
        let half = SigningAlgorithm::EdDsa.half_hash(b"abc");
        assert_eq!((half.len(), half.as_str()), (43, "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o"));
        assert_eq!(SigningAlgorithm::Ed25519.half_hash(b"abc"), half);
    }
}
