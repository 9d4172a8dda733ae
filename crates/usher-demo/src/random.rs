//! Randomness, straight from the system: the demo stands apart from the server and has no request context to take it from.

use usher_crypto::SystemRandom;
use usher_types::Random as _;
use usher_types::opaque::base64url;

/// 256 random bits as text: a state, a nonce, a verifier (RFC 7636 §4.1 asks for 43 to 128 such characters), a cookie.
pub(crate) fn unguessable() -> String {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    base64url(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_can_be_a_verifier_and_never_comes_twice() {
        let made = unguessable();
        assert!(made.len() == 43 && made.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
        assert_ne!(made, unguessable());
    }
}
