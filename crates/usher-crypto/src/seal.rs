//! Sealing at rest: what is stored but must be read again (signing keys, secrets for HS256) is encrypted under the master key
//! with AES-256-GCM (NIST SP 800-38D), bound to a context that says what it is and whose.
//!
//! A sealed value is one version byte, a random nonce of 12 bytes, the ciphertext and a tag of 16 bytes. Each context has a key
//! of its own, derived by HKDF-SHA256 (RFC 5869), and the context is authenticated too. Where the master key is kept is left to
//! the program.

use crate::unfailing;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use std::fmt;
use usher_types::{Random, Secret};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of the master key and of every key derived from it.
pub const KEY_BYTES: usize = 32;

/// The first byte of whatever is sealed as this file describes.
const VERSION: u8 = 1;

/// What keys for sealing are derived for; [`MasterKey::derive`] has another, so that no label can name a sealing key.
const FOR_SEALING: &[u8] = b"usher seal 1\0";
const FOR_DERIVING: &[u8] = b"usher derive 1\0";

/// Why a key or a sealed value cannot be used. Says nothing about which part was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A master key has exactly [`KEY_BYTES`].
    #[error("a master key has {KEY_BYTES} bytes")]
    KeyLength,
    /// Sealed under another master key or context, changed, cut, or by a later version of this program.
    #[error("this was sealed under another key or for another purpose, or it was changed")]
    Unreadable,
}

/// The key of keys. Wiped when dropped, never shown.
pub struct MasterKey([u8; KEY_BYTES]);

impl MasterKey {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; KEY_BYTES];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The one with these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        bytes.try_into().map(Self).map_err(|_| SealError::KeyLength)
    }

    /// The bytes themselves, to be written to where the master key is kept and nowhere else.
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// A key for one purpose, named by its label: the same every time, and telling nothing about the others.
    pub fn derive(&self, label: &str) -> [u8; KEY_BYTES] {
        *self.expand(FOR_DERIVING, label)
    }

    /// Encrypts for a context; only [`Self::open`] with the same context reads it again.
    pub fn seal(&self, context: &str, plain: &[u8], random: &dyn Random) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, body) = sealed.split_at_mut(1 + NONCE_LEN);
        let (nonce, context_too) = (Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()));
        let tag = unfailing(self.cipher(context).seal_in_place_separate_tag(nonce, context_too, body));
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Decrypts what was sealed for this context.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Secret, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Unreadable)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Unreadable)?;
        if *version != VERSION {
            return Err(SealError::Unreadable);
        }
        let mut plain = body.to_vec();
        let length = self
            .cipher(context)
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context.as_bytes()), &mut plain)
            .map_err(|_| SealError::Unreadable)?
            .len();
        plain.truncate(length);
        Ok(Secret::new(plain))
    }

    fn cipher(&self, context: &str) -> LessSafeKey {
        let key = self.expand(FOR_SEALING, context);
        LessSafeKey::new(unfailing(UnboundKey::new(&AES_256_GCM, key.as_slice())))
    }

    /// HKDF-SHA256 (RFC 5869) with the master key as input and the purpose and name as info.
    fn expand(&self, purpose: &[u8], name: &str) -> Zeroizing<[u8; KEY_BYTES]> {
        let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&self.0);
        let info = [purpose, name.as_bytes()];
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        unfailing(
            pseudorandom.expand(&info, hkdf::HKDF_SHA256).and_then(|output| output.fill(key.as_mut_slice())),
        );
        key
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    fn key() -> MasterKey {
        MasterKey::from_bytes(&[7; KEY_BYTES]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_context() {
        for plain in [b"".as_slice(), b"a secret", &[0; 5000]] {
            let sealed = key().seal("client secret", plain, &SystemRandom);
            assert_eq!(sealed.len(), 1 + NONCE_LEN + plain.len() + 16);
            assert_eq!(key().open("client secret", &sealed).unwrap().expose(), plain);
        }
    }

    #[test]
    fn it_opens_for_no_other_context_or_key() {
        let sealed = key().seal("client secret", b"a secret", &SystemRandom);
        for context in ["", "client secre", "client secret ", "Client secret", "signing key"] {
            assert_eq!(key().open(context, &sealed).unwrap_err(), SealError::Unreadable, "{context}");
        }
        assert!(MasterKey::generate(&SystemRandom).open("client secret", &sealed).is_err());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let sealed = key().seal("x", b"a secret", &SystemRandom);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key().open("x", &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key().open("x", &sealed[..length]).is_err(), "{length} bytes");
        }
        assert!(key().open("x", &[sealed.as_slice(), &[0]].concat()).is_err());
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        assert_ne!(key().seal("x", b"a secret", &SystemRandom), key().seal("x", b"a secret", &SystemRandom));
    }

    #[test]
    fn derived_keys_are_stable_and_differ_by_label_and_master() {
        assert_eq!(key().derive("refresh tokens"), key().derive("refresh tokens"));
        assert_ne!(key().derive("refresh tokens"), key().derive("refresh token"));
        assert_ne!(key().derive("x"), MasterKey::from_bytes(&[8; KEY_BYTES]).unwrap().derive("x"));
        assert_ne!(&key().derive("x"), &*key().expand(FOR_SEALING, "x"));
    }

    #[test]
    fn a_master_key_has_32_bytes_and_is_not_shown() {
        for length in [0, 16, 31, 33, 64] {
            assert_eq!(MasterKey::from_bytes(&vec![1; length]).unwrap_err(), SealError::KeyLength);
        }
        assert_eq!(format!("{:?}", key()), "MasterKey(…)");
        assert_ne!(
            MasterKey::generate(&SystemRandom).as_bytes(),
            MasterKey::generate(&SystemRandom).as_bytes()
        );
    }
}
