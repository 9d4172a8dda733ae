//! `client_secret_basic` (RFC 6749 §2.3.1): "The client identifier is encoded using the "application/x-www-form-urlencoded" encoding
//! algorithm per Appendix B, and the encoded value is used as the username; the client password is encoded using the same algorithm
//! and used as the password."

use super::Presented;
use crate::OauthError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use usher_core::Request;
use usher_core::client::AuthMethod;
use usher_types::params::decode;

pub(super) fn read(request: &Request) -> Result<Option<Presented>, OauthError> {
    if !request.headers.contains_key(AUTHORIZATION) {
        return Ok(None);
    }
    let malformed = || OauthError::InvalidClient { cause: "a malformed Authorization header" };
    let header = request.header(&AUTHORIZATION).ok_or_else(malformed)?;
    let (scheme, encoded) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(malformed());
    }
    let (client_id, secret) = parse(encoded).ok_or_else(malformed)?;
    Ok(Some(Presented {
        client_id,
        secret: Some(secret.into()),
        assertion: None,
        method: AuthMethod::ClientSecretBasic,
    }))
}

/// Client identifier and secret of the header's second half.
pub fn parse(encoded: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(encoded.trim()).ok()?;
    let colon = bytes.iter().position(|b| *b == b':')?;
    let (id, secret) = (bytes.get(..colon)?, bytes.get(colon + 1..)?);
    let (id, secret) = (decode(id).ok()?, decode(secret).ok()?);
    (!id.is_empty() && !secret.is_empty()).then_some((id, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_form_urlencoded() {
        let header = |text: &str| STANDARD.encode(text);
        assert_eq!(parse(&header("shop:s%2Bcret%3A+x")), Some(("shop".to_owned(), "s+cret: x".to_owned())));
        for wrong in ["shop", ":secret", "shop:", "sh%00op:x", "%ff:x"] {
            assert_eq!(parse(&header(wrong)), None, "{wrong}");
        }
        assert_eq!(parse("not base64!"), None);
    }
}
