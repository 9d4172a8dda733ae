//! Pure functions over bytes: digests, sealing at rest ([`seal`]), password hashes ([`password`]), PKCE ([`pkce`]) and signed
//! tokens ([`jose`]), attesting ([`attest`]), all on aws-lc-rs. Nothing here reads a clock, a file or a socket; the operating system's generator is
//! reached in one place, [`SystemRandom`]. What a token means is left to the doors, when a hash is computed to the core.

pub mod attest;
pub mod jose;
pub mod password;
pub mod pkce;
pub mod seal;

use aws_lc_rs::{constant_time, digest, hmac};
use usher_types::Random;

/// SHA-256 (FIPS 180-4) of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// SHA-1 of some bytes, for looking them up in lists that others made by it. It proves nothing.
pub fn sha1_of_lists(bytes: &[u8]) -> [u8; 20] {
    unfailing(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().try_into())
}

/// SHA-256 of several parts, each preceded by its length (u64, big-endian), so that a boundary cannot move without the digest
/// changing. It is therefore never the digest of the parts strung together.
pub fn sha256_parts(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&length(part));
        context.update(part);
    }
    array(context.finish().as_ref())
}

/// HMAC-SHA-256 (RFC 2104) of several parts, each preceded by its length (u64, big-endian), so that a boundary cannot move
/// without the code changing.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(&length(part));
        context.update(part);
    }
    array(context.sign().as_ref())
}

/// Whether two secrets are equal. The time it takes depends on their lengths only, and different lengths are never equal.
pub fn matches(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// The operating system's generator, by way of aws-lc. The only one of the program; tests give another.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the seam's other side, the one place that may call the generator"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        unfailing(aws_lc_rs::rand::fill(buffer));
    }
}

/// The value of an operation that fails only where the machine is broken (no randomness, no memory). Going on would mean a key
/// that can be guessed or a secret in the open, so the request ends here.
#[expect(
    clippy::expect_used,
    reason = "there is no safe way to go on without randomness or without a cipher"
)]
pub(crate) fn unfailing<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("the cryptographic library works")
}

/// The length that precedes a part. `usize` has at most 64 bits wherever this compiles.
fn length(part: &[u8]) -> [u8; 8] {
    u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes()
}

/// The 32 bytes of a digest that is 32 bytes long.
fn array(digest: &[u8]) -> [u8; 32] {
    unfailing(digest.try_into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        use std::fmt::Write as _;
        bytes.iter().fold(String::new(), |mut text, b| {
            let _ = write!(text, "{b:02x}");
            text
        })
    }

    #[test]
    fn sha256_gives_the_standards_example() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn hmac_is_the_standards_over_parts_with_their_lengths() {
        let framed = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, b"key"),
            b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\x01c",
        );
        assert_eq!(hmac_sha256(b"key", &[b"ab", b"c"]), framed.as_ref());
        assert_eq!(sha256_parts(&[b"ab", b"c"]), sha256(b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\x01c"));
    }

    #[test]
    fn a_boundary_between_parts_cannot_move() {
        let ways: [&[&[u8]]; 6] =
            [&[b"abc"], &[b"ab", b"c"], &[b"a", b"bc"], &[b"", b"abc"], &[b"abc", b""], &[b"a", b"b", b"c"]];
        for (i, a) in ways.iter().enumerate() {
            for b in &ways[..i] {
                assert_ne!(hmac_sha256(b"key", a), hmac_sha256(b"key", b));
                assert_ne!(sha256_parts(a), sha256_parts(b));
            }
        }
    }

    #[test]
    fn only_equal_secrets_match() {
        assert!(matches(b"", b"") && matches(b"secret", b"secret"));
        for wrong in [b"".as_slice(), b"secre", b"secret ", b"Secret", b"secreu"] {
            assert!(!matches(b"secret", wrong));
        }
    }

    #[test]
    fn the_systems_generator_fills_every_byte() {
        let mut seen = [0_u8; 64];
        for _ in 0..16 {
            let mut drawn = [0; 64];
            SystemRandom.fill(&mut drawn);
            seen.iter_mut().zip(drawn).for_each(|(s, d)| *s |= d);
        }
        assert!(seen.iter().all(|b| *b != 0));
    }
}
