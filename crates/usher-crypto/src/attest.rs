//! Attesting to bytes, so that who has the public part can check them and only who has the seed can make them: Ed25519 (RFC 8032) over
//! the digest of several parts.

use crate::{sha256_parts, unfailing};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// Who attests.
pub struct Attestor(Ed25519KeyPair);

impl Attestor {
    /// The one of a seed: the same every time.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(unfailing(Ed25519KeyPair::from_seed_unchecked(seed)))
    }

    /// The public part.
    pub fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Attests to several parts, each told with its length.
    pub fn sign(&self, parts: &[&[u8]]) -> Vec<u8> {
        self.0.sign(&sha256_parts(parts)).as_ref().to_vec()
    }
}

impl std::fmt::Debug for Attestor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attestor(…)")
    }
}

/// Whether the owner of a public part attested to these parts.
pub fn is_attested(public: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(&sha256_parts(parts), signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_attested_is_known_by_the_public_part_and_nothing_else_is() {
        let attestor = Attestor::from_seed(&[7; 32]);
        let signature = attestor.sign(&[b"a", b"bc"]);
        assert!(is_attested(attestor.public(), &[b"a", b"bc"], &signature));
        assert!(!is_attested(attestor.public(), &[b"ab", b"c"], &signature));
        assert!(!is_attested(attestor.public(), &[b"a", b"bd"], &signature));
        assert!(!is_attested(Attestor::from_seed(&[8; 32]).public(), &[b"a", b"bc"], &signature));
        for bit in 0..signature.len() * 8 {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_attested(attestor.public(), &[b"a", b"bc"], &changed), "bit {bit}");
        }
        assert!(!is_attested(b"", &[], b"") && !is_attested(attestor.public(), &[b"a", b"bc"], b""));
    }

    #[test]
    fn a_seed_makes_the_same_attestor_every_time_and_is_not_shown() {
        let (a, b) = (Attestor::from_seed(&[7; 32]), Attestor::from_seed(&[7; 32]));
        assert_eq!((a.public(), a.sign(&[b"x"])), (b.public(), b.sign(&[b"x"])));
        assert_eq!(format!("{a:?}"), "Attestor(…)");
    }
}
