//! Against an independent implementation: the crate jsonwebtoken verifies what is signed here, and the other way round.

use super::*;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, decode, encode};

/// The algorithms that jsonwebtoken knows too, under its names.
const SHARED: [(SigningAlgorithm, Algorithm); 5] = [
    (SigningAlgorithm::Rs256, Algorithm::RS256),
    (SigningAlgorithm::Ps256, Algorithm::PS256),
    (SigningAlgorithm::Es256, Algorithm::ES256),
    (SigningAlgorithm::EdDsa, Algorithm::EdDSA),
    (SigningAlgorithm::Hs256, Algorithm::HS256),
];

fn claims() -> Value {
    json!({ "iss": "https://id.example", "sub": "älice", "aud": "app", "exp": 4_102_444_800_u64, "list": [1, 2.5, null] })
}

#[test]
fn its_verifier_accepts_our_signatures() {
    for (ours, theirs) in SHARED {
        let made = signing(ours).sign("JWT", &claims()).unwrap();
        let key = match signing(ours).public() {
            Some(public) => {
                DecodingKey::from_jwk(&serde_json::from_value(serde_json::to_value(public).unwrap()).unwrap())
                    .unwrap()
            }
            None => DecodingKey::from_secret(SECRET),
        };
        let mut expected = Validation::new(theirs);
        expected.set_audience(&["app"]);
        let read = decode::<Value>(&made, &key, &expected).unwrap();
        assert_eq!(
            (read.claims, read.header.alg, read.header.typ.as_deref()),
            (claims(), theirs, Some("JWT"))
        );
        assert_eq!(read.header.kid.as_deref(), signing(ours).kid());
    }
}

#[test]
fn our_verifier_accepts_its_signatures() {
    for (ours, theirs) in SHARED {
        let pkcs8 = KEYS.generated.iter().find(|(a, _)| *a == ours).map(|(_, made)| made.pkcs8.expose());
        let key = match (ours.key_type(), pkcs8) {
            // It wants the RSAPrivateKey that a PKCS#8 document of 2048 bits wraps behind 26 bytes.
            (KeyType::Rsa, Some(pkcs8)) => EncodingKey::from_rsa_der(&pkcs8[26..]),
            (KeyType::P256, Some(pkcs8)) => EncodingKey::from_ec_der(pkcs8),
            (KeyType::Ed25519, Some(pkcs8)) => EncodingKey::from_ed_der(pkcs8),
            _ => EncodingKey::from_secret(SECRET),
        };
        let mut header = jsonwebtoken::Header::new(theirs);
        header.kid = signing(ours).kid().map(str::to_owned);
        let made = encode(&header, &claims(), &key).unwrap();
        assert_eq!(verify(&made, &[verifying(ours)], TYPE).unwrap().claims::<Value>().unwrap(), claims());
    }
}
