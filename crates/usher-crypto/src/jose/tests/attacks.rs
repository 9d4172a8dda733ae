//! What attackers send to verifiers: algorithm confusion, keys of their own, other texts for the same token.

use super::*;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use aws_lc_rs::{hmac, rand::SystemRandom};
use serde_json::Map;
use usher_types::opaque::base64url_decode;

const CLAIMS: &str = r#"{"sub":"admin"}"#;

/// Every key that this server has, the shared secret excepted: no client here may use HS256.
fn keys() -> Vec<VerifyingKey> {
    SigningAlgorithm::ALL.into_iter().filter(|a| !a.is_symmetric()).map(verifying).collect()
}

fn refused(token: &str) -> JoseError {
    let with_type = verify(token, &keys(), AcceptedType::IsOrAbsent(&["JWT"]));
    with_type.expect_err(token)
}

fn header(members: &str) -> String {
    format!(r#"{{"alg":"ES256","typ":"JWT"{members}}}"#)
}

/// A token that is right but for what the header holds besides.
fn with_members(members: &str) -> String {
    token(&header(members), CLAIMS, signed_by(SigningAlgorithm::Es256))
}

#[test]
fn a_plain_token_passes_so_that_the_others_fail_for_their_own_reason() {
    assert!(verify(&with_members(""), &keys(), TYPE).is_ok());
    assert!(verify(&with_members(r#","x5t":"AAAA","x5t#S256":"AAAA""#), &keys(), TYPE).is_ok());
}

#[test]
fn no_algorithm_is_none_however_it_is_written() {
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""NONE""#,
        r#""nOnE""#,
        r#""none ""#,
        r#""""#,
        r#""es256""#,
        r#""ES256 ""#,
        r#""RS1""#,
        r#""HS512""#,
        r#""ES384""#,
        r#""A128KW""#,
    ] {
        let header = format!(r#"{{"alg":{alg},"typ":"JWT"}}"#);
        assert_eq!(
            refused(&token(&header, CLAIMS, signed_by(SigningAlgorithm::Es256))),
            JoseError::Algorithm,
            "{alg}"
        );
        assert_eq!(refused(&token(&header, CLAIMS, |_| Vec::new())), JoseError::NotCompact, "{alg}");
        assert_eq!(refused(&token(&header, CLAIMS, |_| vec![0])), JoseError::Algorithm, "{alg}");
    }
    for alg in ["null", "0", "true", r#"["ES256"]"#, r#"{"ES256":1}"#] {
        let header = format!(r#"{{"alg":{alg}}}"#);
        assert_eq!(
            refused(&token(&header, CLAIMS, signed_by(SigningAlgorithm::Es256))),
            JoseError::HeaderMember,
            "{alg}"
        );
    }
    assert_eq!(refused(&token("{}", CLAIMS, signed_by(SigningAlgorithm::Es256))), JoseError::Algorithm);
}

#[test]
fn a_public_key_is_no_hmac_secret() {
    for algorithm in
        [SigningAlgorithm::Rs256, SigningAlgorithm::Ps256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa]
    {
        let public = signing(algorithm).public().unwrap();
        let jwk = serde_json::to_value(public).unwrap();
        let number = jwk.get("n").or_else(|| jwk.get("x")).and_then(Value::as_str).unwrap().to_owned();
        let spellings = [
            jwk.to_string().into_bytes(),
            base64url_decode(&number).unwrap(),
            number.into_bytes(),
            public.kid().into(),
            Vec::new(),
        ];
        for secret in spellings {
            for kid in [String::new(), format!(r#","kid":"{}""#, public.kid())] {
                let header = format!(r#"{{"alg":"HS256","typ":"JWT"{kid}}}"#);
                let forged = token(&header, CLAIMS, |m| {
                    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), m).as_ref().to_vec()
                });
                assert_eq!(refused(&forged), JoseError::UnknownKey);
            }
        }
    }
}

#[test]
fn a_header_cannot_choose_another_algorithm_for_a_key() {
    for real in SigningAlgorithm::ALL {
        for named in SigningAlgorithm::ALL.into_iter().filter(|named| *named != real) {
            let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, named.as_str());
            let forged = token(&header, CLAIMS, signed_by(real));
            assert_eq!(
                verify(&forged, &[verifying(real)], TYPE),
                Err(JoseError::UnknownKey),
                "{real:?} as {named:?}"
            );
            assert_eq!(
                verify(&forged, &[verifying(named)], TYPE),
                Err(JoseError::Signature),
                "{real:?} as {named:?}"
            );
        }
    }
}

#[test]
fn another_curve_and_another_signature_format_are_refused() {
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let forged =
        token(&header(""), CLAIMS, |m| p384.sign(&SystemRandom::new(), m).unwrap().as_ref().to_vec());
    assert_eq!(refused(&forged), JoseError::Signature);
    // RFC 7518 §3.4 asks for R and S; a DER signature of the very same key is another text.
    let pkcs8 = KEYS.generated.iter().find(|(a, _)| *a == SigningAlgorithm::Es256).unwrap().1.pkcs8.expose();
    let der = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).unwrap();
    let forged = token(&header(""), CLAIMS, |m| der.sign(&SystemRandom::new(), m).unwrap().as_ref().to_vec());
    assert_eq!(refused(&forged), JoseError::Signature);
    // R = S = 0, and the order of the group, which is the same to a careless verifier.
    let order = base64url_decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").unwrap();
    for signature in
        [vec![0; 64], [order.clone(), order].concat(), vec![0], vec![0; 63], vec![0; 65], vec![0xff; 64]]
    {
        assert_eq!(refused(&token(&header(""), CLAIMS, |_| signature)), JoseError::Signature);
    }
    for algorithm in SigningAlgorithm::ALL {
        let header = format!(r#"{{"alg":"{}"}}"#, algorithm.as_str());
        for change in [
            |s: &mut Vec<u8>| s.push(0),
            |s: &mut Vec<u8>| s.insert(0, 0),
            |s: &mut Vec<u8>| s.truncate(s.len() - 1),
        ] {
            let forged = token(&header, CLAIMS, |message| {
                let mut made = signed_by(algorithm)(message);
                change(&mut made);
                made
            });
            let found = verify(&forged, &[verifying(algorithm)], AcceptedType::IsOrAbsent(&[]));
            assert_eq!(found, Err(JoseError::Signature), "{algorithm:?}");
        }
    }
}

#[test]
fn a_token_brings_no_key_of_its_own_and_asks_for_nothing_that_is_not_understood() {
    let attacker = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
    let key = SigningKey::from_pkcs8(SigningAlgorithm::Es256, attacker.pkcs8.expose()).unwrap();
    let jwk = serde_json::to_string(&attacker.public).unwrap();
    for members in [
        format!(r#","jwk":{jwk}"#),
        format!(r#","jwk":{jwk},"kid":"{}""#, attacker.kid),
        r#","jku":"https://evil.example/jwks.json""#.to_owned(),
        r#","jku":"http://169.254.169.254/""#.to_owned(),
        r#","x5u":"https://evil.example/cert.pem""#.to_owned(),
        r#","x5c":["MIIB"]"#.to_owned(),
        r#","crit":["exp"],"exp":1"#.to_owned(),
        r#","crit":[]"#.to_owned(),
        r#","b64":false"#.to_owned(),
        r#","b64":false,"crit":["b64"]"#.to_owned(),
        r#","zip":"DEF""#.to_owned(),
        r#","enc":"A256GCM""#.to_owned(),
        r#","cty":"JWT""#.to_owned(),
        r#","p2c":2147483647"#.to_owned(),
        r#","x5t":1"#.to_owned(),
        r#","kid":1"#.to_owned(),
        r#","kid":null"#.to_owned(),
        r#","":"x""#.to_owned(),
        r#","Alg":"none""#.to_owned(),
    ] {
        let by_attacker = token(&header(&members), CLAIMS, |m| key.sign_message(m, <[u8]>::to_vec).unwrap());
        assert_eq!(refused(&by_attacker), JoseError::HeaderMember, "{members}");
        assert_eq!(refused(&with_members(&members)), JoseError::HeaderMember, "{members}");
        assert_eq!(peek_header(&by_attacker), Err(JoseError::HeaderMember), "{members}");
    }
}

#[test]
fn a_kid_is_compared_and_nothing_else() {
    for kid in [
        "",
        "../../../../../../dev/null",
        "/dev/null",
        "file:///dev/null",
        "https://evil.example/key",
        "' OR '1'='1",
        "x' UNION SELECT 'AAAA' --",
        "| id",
        "$(id)",
        "%00",
        "*",
        "..",
        "key\\u002f..",
        "kid,other",
    ] {
        assert_eq!(refused(&with_members(&format!(r#","kid":"{kid}""#))), JoseError::UnknownKey, "{kid}");
        let header = format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{kid}"}}"#);
        let forged = token(&header, CLAIMS, |m| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b""), m).as_ref().to_vec()
        });
        assert_eq!(refused(&forged), JoseError::UnknownKey, "{kid}");
    }
    let other = signing(SigningAlgorithm::Rs256).kid().unwrap();
    assert_eq!(refused(&with_members(&format!(r#","kid":"{other}""#))), JoseError::UnknownKey);
    assert_eq!(refused(&with_members(r#","kid":"\u0000""#)), JoseError::Json);
}

#[test]
fn a_member_twice_is_refused_in_header_and_claims() {
    for members in [
        r#","alg":"none""#,
        r#","alg":"ES256""#,
        r#","\u0061lg":"HS256""#,
        r#","typ":"JWT""#,
        r#","kid":"a","kid":"b""#,
    ] {
        assert_eq!(refused(&with_members(members)), JoseError::Json, "{members}");
    }
    for claims in [
        r#"{"sub":"alice","sub":"admin"}"#,
        r#"{"a":{"sub":1,"sub":2}}"#,
        r#"{"sub":"alice","s\u0075b":"admin"}"#,
        "[]",
        "",
        "\"x\"",
        r#"{"a":1}{}"#,
    ] {
        let made = token(&header(""), claims, signed_by(SigningAlgorithm::Es256));
        let read = verify(&made, &keys(), TYPE).unwrap();
        assert_eq!(read.claims::<Map<String, Value>>(), Err(JoseError::Json), "{claims}");
        assert_eq!(read.claims::<Value>(), Err(JoseError::Json), "{claims}");
    }
    for not_an_object in ["", "1", "[]", r#""ES256""#, "{", r#"{"alg":"ES256"}x"#, r#"{"alg":"ES256",}"#] {
        let made = token(not_an_object, CLAIMS, signed_by(SigningAlgorithm::Es256));
        assert!(matches!(refused(&made), JoseError::Json | JoseError::NotCompact), "{not_an_object}");
    }
}

#[test]
fn a_token_has_exactly_one_text() {
    let right = with_members("");
    let parts: Vec<&str> = right.split('.').collect();
    let (head, claims, signature) = (parts[0], parts[1], parts[2]);
    for wrong in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        head.to_owned(),
        format!("{head}.{claims}"),
        format!("{head}.{claims}."),
        format!(".{claims}.{signature}"),
        format!("{head}..{claims}.{signature}"),
        format!("{right}."),
        format!(".{right}"),
        format!("{right}.{signature}"),
        format!("{right}.{signature}.{signature}"),
    ] {
        assert_eq!(refused(&wrong), JoseError::NotCompact, "{wrong}");
    }
    for wrong in [
        format!("{right}="),
        format!("{right}=="),
        format!("{right} "),
        format!("{right}\n"),
        format!(" {right}"),
        format!("{head}=.{claims}.{signature}"),
        format!("{head}.{claims}.{signature}AAA"),
        format!("{head}.{claims}.{}+", &signature[1..]),
        format!("{head}.{claims}.{}/", &signature[1..]),
        format!("{head}.{claims}.é{}", &signature[2..]),
        format!("{head}\0.{claims}.{signature}"),
    ] {
        assert!(matches!(refused(&wrong), JoseError::Encoding | JoseError::Signature), "{wrong}");
    }
    // The 86 characters of a P-256 signature end in four bits that mean nothing; only zeros are accepted there.
    let (rest, last) = right.split_at(right.len() - 1);
    for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars().map(String::from)
    {
        let found = verify(&format!("{rest}{other}"), &keys(), TYPE);
        assert_eq!(found.is_ok(), other == last, "{other}");
    }
    let json = format!(r#"{{"protected":"{head}","payload":"{claims}","signature":"{signature}"}}"#);
    assert_eq!(refused(&json), JoseError::NotCompact);
}

#[test]
fn every_changed_character_is_noticed() {
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Ed25519, SigningAlgorithm::Hs256] {
        let right = signing(algorithm).sign("JWT", &json!({ "sub": "alice" })).unwrap();
        for position in 0..right.len() {
            let mut changed = right.clone().into_bytes();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(verify(&changed, &[verifying(algorithm)], TYPE).is_err(), "{changed}");
        }
    }
}

#[test]
fn long_tokens_are_refused_before_anything_is_read() {
    let kid = |length: usize| with_members(&format!(r#","kid":"{}""#, "x".repeat(length)));
    assert_eq!(refused(&kid(1900)), JoseError::UnknownKey);
    assert_eq!(refused(&kid(2100)), JoseError::TooLong);
    let claims = |length: usize| {
        token(
            &header(""),
            &format!(r#"{{"x":"{}"}}"#, "x".repeat(length)),
            signed_by(SigningAlgorithm::Es256),
        )
    };
    assert!(verify(&claims(12_000), &keys(), TYPE).is_ok());
    assert_eq!(refused(&claims(12_300)), JoseError::TooLong);
}

#[test]
fn a_foreign_key_is_read_strictly() {
    let parse = |jwk: Value, algorithm| {
        PublicJwk::parse(jwk.to_string().as_bytes(), algorithm)
            .and_then(|k| VerifyingKey::from_jwk(&k).map(drop))
    };
    let published = |algorithm| serde_json::to_value(signing(algorithm).public().unwrap()).unwrap();
    let with = |algorithm, name: &str, value: Value| {
        let mut jwk = published(algorithm);
        jwk[name] = value;
        parse(jwk, algorithm)
    };
    let (rsa, p256, ed25519) = (SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::Ed25519);
    let zeros = base64url(&[0; 32]);
    for algorithm in [rsa, p256, ed25519] {
        assert_eq!(parse(published(algorithm), algorithm), Ok(()));
        for (name, value) in [
            ("alg", json!("HS256")),
            ("alg", json!("PS256")),
            ("use", json!("enc")),
            ("kty", json!("oct")),
            ("kty", Value::Null),
        ] {
            assert!(with(algorithm, name, value.clone()).is_err(), "{algorithm:?} {name} {value}");
        }
        for secret in ["d", "k", "p", "qi"] {
            assert_eq!(with(algorithm, secret, json!("AAAA")), Err(KeyError::Private), "{secret}");
        }
    }
    for crv in ["P-384", "P-521", "secp256k1", "p-256", "Ed25519", "X25519"] {
        assert_eq!(with(p256, "crv", json!(crv)), Err(KeyError::WrongKind), "{crv}");
    }
    for (algorithm, name, value) in [
        (p256, "x", zeros.as_str()),
        (p256, "y", &zeros),
        (p256, "x", "AAAA"),
        (p256, "x", ""),
        (p256, "y", "not base64!"),
        (ed25519, "x", "AAAA"),
        (rsa, "n", ""),
        (rsa, "e", ""),
        (rsa, "e", "AAEAAQ"),
        (rsa, "e", "AQ"),
        (rsa, "e", "Ag"),
        (rsa, "e", "AQAAAAE"),
        (rsa, "n", "AQAB"),
    ] {
        assert!(with(algorithm, name, json!(value)).is_err(), "{algorithm:?} {name} {value}");
    }
    assert_eq!(with(rsa, "n", json!(base64url(&[0xff; 128]))), Err(KeyError::Size));
    assert_eq!(with(rsa, "n", json!(base64url(&[0xff; 1025]))), Err(KeyError::Size));
    assert_eq!(
        parse(json!({ "kty": "oct", "k": base64url(SECRET) }), SigningAlgorithm::Hs256),
        Err(KeyError::Private)
    );
}
