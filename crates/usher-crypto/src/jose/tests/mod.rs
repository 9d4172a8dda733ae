//! What the JOSE layer promises: its own round trips here, the specifications' examples in `vectors`, an independent
//! implementation in `interop`, and the attacks on such layers in `attacks`.

mod attacks;
mod interop;
mod vectors;

use super::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use usher_types::opaque::base64url;

pub(super) const SECRET: &[u8] = b"a secret of forty bytes, shared by two..";
const TYPE: AcceptedType<'_> = AcceptedType::Is(&["JWT"]);

/// A key pair of each kind, made once: RSA takes a while.
struct Keys {
    generated: Vec<(SigningAlgorithm, GeneratedKey)>,
    signing: Vec<SigningKey>,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let pairs = SigningAlgorithm::ALL.into_iter().filter(|a| !a.is_symmetric());
    let generated: Vec<_> = pairs.map(|a| (a, SigningKey::generate(a).unwrap())).collect();
    let mut signing: Vec<_> =
        generated.iter().map(|(a, made)| SigningKey::from_pkcs8(*a, made.pkcs8.expose()).unwrap()).collect();
    signing.push(SigningKey::from_secret(SECRET).unwrap());
    Keys { generated, signing }
});

fn signing(algorithm: SigningAlgorithm) -> &'static SigningKey {
    KEYS.signing.iter().find(|key| key.algorithm() == algorithm).unwrap()
}

fn verifying(algorithm: SigningAlgorithm) -> VerifyingKey {
    signing(algorithm)
        .public()
        .map_or_else(|| VerifyingKey::from_secret(SECRET), VerifyingKey::from_jwk)
        .unwrap()
}

/// A token with any header, any payload and whatever signature somebody makes for it.
fn token(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
    let signature = base64url(&sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// What the real key signs.
fn signed_by(algorithm: SigningAlgorithm) -> impl FnOnce(&[u8]) -> Vec<u8> {
    move |message| signing(algorithm).sign_message(message, <[u8]>::to_vec).unwrap()
}

#[test]
fn what_a_key_signs_its_public_half_verifies() {
    for algorithm in SigningAlgorithm::ALL {
        let key = signing(algorithm);
        let made = key.sign("at+jwt", &json!({ "sub": "alice", "n": 1 })).unwrap();
        let read = verify(&made, &[verifying(algorithm)], AcceptedType::Is(&["at+jwt"])).unwrap();
        assert_eq!(read.claims::<Value>().unwrap(), json!({ "sub": "alice", "n": 1 }));
        assert_eq!(
            (read.header.alg, read.header.typ.as_deref(), read.header.kid.as_deref()),
            (algorithm, Some("at+jwt"), key.kid())
        );
        assert_eq!(peek_header(&made), Ok(read.header));
    }
}

#[test]
fn a_token_verifies_with_the_key_of_its_algorithm_only() {
    for algorithm in SigningAlgorithm::ALL {
        let made = signing(algorithm).sign("JWT", &json!({})).unwrap();
        for other in SigningAlgorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            assert_eq!(
                verify(&made, &[verifying(other)], TYPE),
                Err(JoseError::UnknownKey),
                "{algorithm:?} {other:?}"
            );
        }
        let all: Vec<_> = SigningAlgorithm::ALL.into_iter().map(verifying).collect();
        assert!(verify(&made, &all, TYPE).is_ok());
        assert_eq!(verify(&made, &[], TYPE), Err(JoseError::UnknownKey));
    }
}

#[test]
fn a_token_of_another_key_of_the_same_kind_is_refused() {
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Ed25519] {
        let stranger = SigningKey::generate(algorithm).unwrap();
        let stranger = SigningKey::from_pkcs8(algorithm, stranger.pkcs8.expose()).unwrap();
        assert_eq!(
            verify(&stranger.sign("JWT", &json!({})).unwrap(), &[verifying(algorithm)], TYPE),
            Err(JoseError::UnknownKey)
        );
        let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, algorithm.as_str());
        let nameless =
            token(&header, "{}", |message| stranger.sign_message(message, <[u8]>::to_vec).unwrap());
        assert_eq!(verify(&nameless, &[verifying(algorithm)], TYPE), Err(JoseError::Signature));
        let both = [verifying(algorithm), VerifyingKey::from_jwk(stranger.public().unwrap()).unwrap()];
        assert!(verify(&nameless, &both, TYPE).is_ok(), "without a kid every key of the algorithm is tried");
    }
    let other = VerifyingKey::from_secret(&[1; 32]).unwrap();
    assert_eq!(
        verify(&signing(SigningAlgorithm::Hs256).sign("JWT", &json!({})).unwrap(), &[other], TYPE),
        Err(JoseError::Signature)
    );
}

#[test]
fn a_generated_key_is_what_was_asked_for() {
    for (algorithm, made) in &KEYS.generated {
        let key = SigningKey::from_pkcs8(*algorithm, made.pkcs8.expose()).unwrap();
        assert_eq!(
            (key.public(), key.kid(), key.algorithm()),
            (Some(&made.public), Some(made.kid.as_str()), *algorithm)
        );
        assert_eq!(made.kid, made.public.thumbprint());
        let published = serde_json::to_value(&made.public).unwrap();
        assert_eq!(
            (&published["use"], &published["alg"], &published["kid"]),
            (&json!("sig"), &json!(algorithm), &json!(made.kid))
        );
        assert_eq!(PublicJwk::parse(published.to_string().as_bytes(), *algorithm).as_ref(), Ok(&made.public));
        let members: Vec<_> = published.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: &[&str] = match algorithm.key_type() {
            KeyType::Rsa => &["alg", "e", "kid", "kty", "n", "use"],
            KeyType::P256 => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            KeyType::Ed25519 | KeyType::Secret => &["alg", "crv", "kid", "kty", "use", "x"],
        };
        assert_eq!(members, expected);
        if algorithm.key_type() == KeyType::Rsa {
            assert_eq!((published["n"].as_str().unwrap().len(), &published["e"]), (342, &json!("AQAB")));
        }
    }
}

#[test]
fn a_private_key_of_another_kind_is_refused() {
    for (algorithm, made) in &KEYS.generated {
        for other in
            SigningAlgorithm::ALL.into_iter().filter(|other| other.key_type() != algorithm.key_type())
        {
            assert!(
                SigningKey::from_pkcs8(other, made.pkcs8.expose()).is_err(),
                "{algorithm:?} as {other:?}"
            );
        }
        let pkcs8 = made.pkcs8.expose();
        for wrong in [&pkcs8[..pkcs8.len() - 1], &[], b"-----BEGIN PRIVATE KEY-----"] {
            assert!(SigningKey::from_pkcs8(*algorithm, wrong).is_err());
        }
    }
    assert_eq!(SigningKey::generate(SigningAlgorithm::Hs256).unwrap_err(), KeyError::WrongKind);
    for length in [0, 1, 16, 31] {
        assert_eq!(SigningKey::from_secret(&vec![7; length]).unwrap_err(), KeyError::Size);
        assert_eq!(VerifyingKey::from_secret(&vec![7; length]).unwrap_err(), KeyError::Size);
    }
}

#[test]
fn a_token_of_another_type_is_refused() {
    let key = [verifying(SigningAlgorithm::Es256)];
    let header = |typ: &str| format!(r#"{{"alg":"ES256"{typ}}}"#);
    let made = |typ: &str| token(&header(typ), "{}", signed_by(SigningAlgorithm::Es256));
    for typ in [
        r#","typ":"at+jwt""#,
        r#","typ":"AT+JWT""#,
        r#","typ":"application/at+jwt""#,
        r#","typ":"Application/At+Jwt""#,
    ] {
        assert!(verify(&made(typ), &key, AcceptedType::Is(&["at+jwt"])).is_ok(), "{typ}");
        assert_eq!(verify(&made(typ), &key, AcceptedType::IsOrAbsent(&["JWT"])), Err(JoseError::Type));
    }
    for typ in [
        "",
        r#","typ":"JWT""#,
        r#","typ":"""#,
        r#","typ":"application/""#,
        r#","typ":"application/x/at+jwt""#,
        r#","typ":"at+jwt ""#,
    ] {
        assert_eq!(verify(&made(typ), &key, AcceptedType::Is(&["at+jwt"])), Err(JoseError::Type), "{typ}");
    }
    assert!(verify(&made(""), &key, AcceptedType::IsOrAbsent(&["JWT"])).is_ok());
    assert_eq!(verify(&made(r#","typ":["JWT"]"#), &key, TYPE), Err(JoseError::HeaderMember));
}

#[test]
fn nothing_private_is_shown() {
    for key in &KEYS.signing {
        let shown = format!("{key:?} {:?}", verifying(key.algorithm()));
        assert!(shown.len() < 400 && !shown.contains("shared by two"), "{shown}");
    }
    assert!(format!("{:?}", KEYS.generated[0].1).starts_with("GeneratedKey { public: "));
}
