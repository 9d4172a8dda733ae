//! The specifications' own examples.

use super::*;
use usher_types::opaque::base64url_decode;

/// RFC 7515 appendices A.1 to A.3 sign the same claims.
const CLAIMS: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// RFC 8037 appendix A.1: the private key.
const ED25519_SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const ED25519_PUBLIC: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn key(jwk: &str, algorithm: SigningAlgorithm) -> VerifyingKey {
    VerifyingKey::from_jwk(&PublicJwk::parse(jwk.as_bytes(), algorithm).unwrap()).unwrap()
}

fn verifies_the_claims_of_rfc_7515(token: &str, key: VerifyingKey) {
    let read = verify(token, &[key], AcceptedType::IsOrAbsent(&["JWT"])).unwrap();
    assert_eq!(
        read.payload,
        b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
    );
    let claims: Value = read.claims().unwrap();
    assert_eq!(claims, json!({ "iss": "joe", "exp": 1_300_819_380, "http://example.com/is_root": true }));
}

#[test]
fn rfc_7515_appendix_a_1_hs256() {
    let secret = base64url_decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    )
    .unwrap();
    let signed = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS}");
    let signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    verifies_the_claims_of_rfc_7515(
        &format!("{signed}.{signature}"),
        VerifyingKey::from_secret(&secret).unwrap(),
    );
    let ours = SigningKey::from_secret(&secret).unwrap().sign_message(signed.as_bytes(), base64url).unwrap();
    assert_eq!(ours, signature);
}

#[test]
fn rfc_7515_appendix_a_2_rs256() {
    let jwk = concat!(
        r#"{"kty":"RSA","e":"AQAB","n":""#,
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs",
        "D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV",
        "MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        r#""}"#
    );
    let signature = concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ",
        "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-e",
        "OkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
    );
    verifies_the_claims_of_rfc_7515(
        &format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.{signature}"),
        key(jwk, SigningAlgorithm::Rs256),
    );
}

#[test]
fn rfc_7515_appendix_a_3_es256() {
    let jwk = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    verifies_the_claims_of_rfc_7515(
        &format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.{signature}"),
        key(jwk, SigningAlgorithm::Es256),
    );
}

#[test]
fn rfc_7515_appendix_a_5_is_not_secured_and_therefore_refused() {
    let token = format!("eyJhbGciOiJub25lIn0.{CLAIMS}.");
    assert_eq!(verify(&token, &[verifying(SigningAlgorithm::Rs256)], TYPE), Err(JoseError::NotCompact));
}

#[test]
fn rfc_8037_appendix_a_eddsa() {
    let token = concat!(
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.",
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let public = PublicJwk::parse(ED25519_PUBLIC.as_bytes(), SigningAlgorithm::EdDsa).unwrap();
    let read =
        verify(token, &[VerifyingKey::from_jwk(&public).unwrap()], AcceptedType::IsOrAbsent(&[])).unwrap();
    assert_eq!(read.payload, b"Example of Ed25519 signing");
    assert_eq!(read.claims::<Value>(), Err(JoseError::Json));
    // RFC 8410 §7: the seed as PKCS#8.
    let prefix = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".as_slice();
    let private = [prefix, &base64url_decode(ED25519_SEED).unwrap()].concat();
    let private = SigningKey::from_pkcs8(SigningAlgorithm::EdDsa, &private).unwrap();
    assert_eq!(private.sign_message(signed.as_bytes(), base64url).unwrap(), signature);
    assert_eq!(private.public(), Some(&public));
    // Appendix A.3.
    assert_eq!(public.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn rfc_7638_section_3_1_thumbprint() {
    let jwk = concat!(
        r#"{"kty":"RSA","n":""#,
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn",
        "64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n",
        "91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        r#"","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#
    );
    let key = PublicJwk::parse(jwk.as_bytes(), SigningAlgorithm::Rs256).unwrap();
    assert_eq!(
        (key.thumbprint().as_str(), key.kid()),
        ("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "2011-04-29")
    );
}
