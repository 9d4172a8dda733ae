//! The written form of every opaque secret: `<id>.<secret>`, both base64url without padding (RFC 4648 §5).
//! The id finds the row and reveals nothing; the secret, 256 random bits, is stored only as its SHA-256.

use crate::{Random, Secret};
use std::fmt;

/// Bytes of the secret half.
pub const SECRET_BYTES: usize = 32;
const ID_CHARS: usize = 22;
const SECRET_CHARS: usize = 43;

/// An opaque secret as it travels: a code, a cookie, an opaque access token.
pub struct Opaque {
    id: [u8; 16],
    secret: Secret,
}

/// Why a text is not an opaque secret. Says nothing about which part was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a value that this server made")]
pub struct NotOpaque;

impl Opaque {
    /// Draws a new secret for the row with this id.
    pub fn new(id: [u8; 16], random: &dyn Random) -> Self {
        let mut secret = vec![0; SECRET_BYTES];
        random.fill(&mut secret);
        Self { id, secret: Secret::new(secret) }
    }

    /// The secret that was not drawn but derived, for the row with this id.
    pub fn derived(id: [u8; 16], secret: [u8; SECRET_BYTES]) -> Self {
        Self { id, secret: Secret::new(secret.to_vec()) }
    }

    /// Reads the written form. Exactly one text stands for each value: other lengths, alphabets and stray bits are refused.
    pub fn parse(text: &str) -> Result<Self, NotOpaque> {
        let (id, secret) = text.split_once('.').ok_or(NotOpaque)?;
        if id.len() != ID_CHARS || secret.len() != SECRET_CHARS {
            return Err(NotOpaque);
        }
        let id = base64url_decode(id).ok_or(NotOpaque)?;
        let secret = Secret::new(base64url_decode(secret).ok_or(NotOpaque)?);
        Ok(Self { id: id.try_into().map_err(|_| NotOpaque)?, secret })
    }

    /// The row's id.
    pub const fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The secret half, to be hashed and compared.
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The text that is handed out, once.
    pub fn reveal(&self) -> String {
        format!("{}.{}", base64url(&self.id), base64url(self.secret.expose()))
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opaque({}.…)", base64url(&self.id))
    }
}

/// Base64url without padding (RFC 4648 §5).
pub fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64url text without padding; `None` for other alphabets, padding and stray trailing bits.
pub fn base64url_decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Random for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn the_written_form_reads_back_and_nothing_else_does() {
        let text = Opaque::new([7; 16], &Fixed(9)).reveal();
        let read = Opaque::parse(&text).unwrap();
        assert_eq!(read.id(), [7; 16]);
        assert_eq!(read.secret().expose(), [9; SECRET_BYTES]);
        for wrong in [
            "",
            ".",
            "a.b",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}A"),
            &format!("{text}="),
            &text.replace('.', "-"),
        ] {
            assert!(Opaque::parse(wrong).is_err(), "{wrong}");
        }
        // The last character of each half carries unused bits: only the form with zero bits there is accepted.
        let last = text.chars().last().unwrap();
        let stray = if last == 'k' { 'l' } else { 'B' };
        assert!(Opaque::parse(&format!("{}{stray}", &text[..text.len() - 1])).is_err());
    }
}
