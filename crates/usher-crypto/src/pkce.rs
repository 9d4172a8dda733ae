//! Proof Key for Code Exchange (RFC 7636): the challenge that belongs to a verifier. `plain` does not exist here. Which verifiers
//! are well-formed and where the two are compared is the token endpoint's business.

use usher_types::opaque::base64url;

/// RFC 7636 §4.2: "code_challenge = BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))".
pub fn s256(verifier: &str) -> String {
    base64url(&crate::sha256(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b() {
        assert_eq!(
            s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
