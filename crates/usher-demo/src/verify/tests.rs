//! Tests of the module above.

use super::*;
use serde_json::json;
use usher_crypto::jose::SigningKey;

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

struct Signer {
    key: SigningKey,
    keys: Vec<VerifyingKey>,
}

fn signer(algorithm: SigningAlgorithm) -> Signer {
    let generated = SigningKey::generate(algorithm).unwrap();
    let key = SigningKey::from_pkcs8(algorithm, generated.pkcs8.expose()).unwrap();
    let keys = vec![VerifyingKey::from_jwk(&generated.public).unwrap()];
    Signer { key, keys }
}

fn claims(algorithm: SigningAlgorithm) -> Value {
    json!({
        "iss": "http://localhost:1/oidc", "sub": "alice", "aud": "shop", "azp": "shop", "iat": 1_000_000, "exp": 1_000_600,
        "auth_time": 999_990, "nonce": "n", "at_hash": algorithm.half_hash(b"access"),
    })
}

const fn expected() -> Expected<'static> {
    Expected {
        issuer: "http://localhost:1/oidc",
        client_id: "shop",
        nonce: Some("n"),
        beside: Beside::TokenEndpoint("access"),
        max_age: Some(60),
        subject: None,
        now: NOW,
    }
}

#[test]
fn a_right_token_is_believed_under_every_algorithm_of_a_key_set() {
    for algorithm in SigningAlgorithm::ALL.into_iter().filter(|a| !a.is_symmetric()) {
        let signer = signer(algorithm);
        let token = signer.key.sign("JWT", &claims(algorithm)).unwrap();
        let (report, subject) = id_token(&token, &signer.keys, &expected());
        assert_eq!(subject.as_deref(), Some("alice"), "{report:?}");
        assert!(
            report.is_right()
                && report.header.contains(algorithm.as_str())
                && report.payload.contains("alice")
        );
    }
}

#[test]
fn each_wrong_claim_is_found_and_named() {
    let algorithm = SigningAlgorithm::Es256;
    let signer = signer(algorithm);
    for (name, value) in [
        ("iss", json!("http://localhost:2/oidc")),
        ("aud", json!("other")),
        ("aud", json!(["other", "another"])),
        ("aud", Value::Null),
        ("azp", json!("other")),
        ("exp", json!(999_900)),
        ("exp", Value::Null),
        ("iat", json!(1_000_100)),
        ("nonce", json!("other")),
        ("nonce", Value::Null),
        ("at_hash", json!("other")),
        ("auth_time", json!(1)),
        ("auth_time", Value::Null),
        ("sub", Value::Null),
    ] {
        let mut wrong = claims(algorithm);
        wrong[name] = value.clone();
        let token = signer.key.sign("JWT", &wrong).unwrap();
        let (report, subject) = id_token(&token, &signer.keys, &expected());
        let found: Vec<&str> = report.checks.iter().filter(|c| c.is_wrong()).map(|c| c.name).collect();
        assert!(
            subject.is_none() && found.len() == 1 && found[0].contains(name),
            "{name} {value}: {found:?}"
        );
    }
}

#[test]
fn a_changed_token_and_a_strangers_token_are_not_believed() {
    let algorithm = SigningAlgorithm::Rs256;
    let (signer, stranger) = (signer(algorithm), signer(algorithm));
    let token = signer.key.sign("JWT", &claims(algorithm)).unwrap();
    let (head, _) = token.rsplit_once('.').unwrap();
    let forged = stranger.key.sign("JWT", &claims(algorithm)).unwrap();
    let (_, signature) = forged.rsplit_once('.').unwrap();
    for wrong in [format!("{head}.{signature}"), forged, head.to_owned(), format!("{head}."), String::new()] {
        let (report, subject) = id_token(&wrong, &signer.keys, &expected());
        assert!(subject.is_none() && !report.is_right() && report.checks.len() == 1, "{wrong}");
    }
}

#[test]
fn an_access_token_is_not_taken_for_an_id_token_nor_the_other_way_round() {
    let algorithm = SigningAlgorithm::EdDsa;
    let signer = signer(algorithm);
    let access = signer.key.sign("at+jwt", &claims(algorithm)).unwrap();
    let id = signer.key.sign("JWT", &claims(algorithm)).unwrap();
    assert!(id_token(&access, &signer.keys, &expected()).1.is_none());
    assert!(access_token(&access, &signer.keys).unwrap().is_right());
    assert!(!access_token(&id, &signer.keys).unwrap().is_right());
    assert!(access_token("an opaque one", &signer.keys).is_none());
}

#[test]
fn a_refreshed_token_must_name_the_same_person() {
    let algorithm = SigningAlgorithm::Es256;
    let signer = signer(algorithm);
    let token = signer.key.sign("JWT", &claims(algorithm)).unwrap();
    let same = Expected { subject: Some("alice"), ..expected() };
    let other = Expected { subject: Some("bob"), ..expected() };
    assert!(id_token(&token, &signer.keys, &same).1.is_some());
    assert!(id_token(&token, &signer.keys, &other).1.is_none());
}

#[test]
fn by_the_front_channel_every_hash_is_demanded_and_must_fit() {
    let algorithm = SigningAlgorithm::Es256;
    let signer = signer(algorithm);
    let beside = Beside::FrontChannel { access_token: Some("access"), code: Some("code"), state: "state" };
    let expected = Expected { beside, ..expected() };
    let mut right = claims(algorithm);
    right["c_hash"] = algorithm.half_hash(b"code").into();
    right["s_hash"] = algorithm.half_hash(b"state").into();
    let judge = |claims: &Value| id_token(&signer.key.sign("JWT", claims).unwrap(), &signer.keys, &expected);
    assert_eq!(judge(&right).1.as_deref(), Some("alice"));
    for (name, value) in [
        ("at_hash", Value::Null),
        ("c_hash", Value::Null),
        ("at_hash", json!("other")),
        ("c_hash", json!(algorithm.half_hash(b"another code"))),
        ("s_hash", json!("other")),
    ] {
        let mut wrong = right.clone();
        wrong[name] = value.clone();
        let (report, subject) = judge(&wrong);
        let found: Vec<&str> = report.checks.iter().filter(|c| c.is_wrong()).map(|c| c.name).collect();
        assert!(
            subject.is_none() && found.len() == 1 && found[0].starts_with(name),
            "{name} {value}: {found:?}"
        );
    }
    let mut without = right.clone();
    without["s_hash"] = Value::Null;
    assert!(judge(&without).1.is_some(), "s_hash is not everybody's");
}
