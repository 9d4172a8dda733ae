//! Keys of an application's own, and JWTs signed with other people's code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use usher_crypto::jose::{SigningAlgorithm, SigningKey};

/// Bytes of PKCS#8 around the PKCS#1 form of an RSA key of 2048 bits (RFC 5208 §5).
const AROUND_RSA: usize = 26;

/// A key pair.
#[derive(Clone)]
pub struct KeyPair {
    algorithm: Algorithm,
    pkcs8: Arc<[u8]>,
    /// Its public half.
    pub jwk: Value,
}

/// An RSA key, made once since that takes a while.
static RSA: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(SigningAlgorithm::Rs256));

impl KeyPair {
    /// A new key pair for an algorithm; RSA keys are all the same one.
    pub fn new(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Rs256 => RSA.clone(),
            SigningAlgorithm::Ps256 => {
                let mut key = RSA.clone();
                key.jwk["alg"] = "PS256".into();
                Self { algorithm: Algorithm::PS256, ..key }
            }
            _ => Self::generate(algorithm),
        }
    }

    fn generate(algorithm: SigningAlgorithm) -> Self {
        let made = SigningKey::generate(algorithm).unwrap();
        let named = match algorithm {
            SigningAlgorithm::Es256 => Algorithm::ES256,
            SigningAlgorithm::EdDsa | SigningAlgorithm::Ed25519 => Algorithm::EdDSA,
            _ => Algorithm::RS256,
        };
        let jwk = serde_json::to_value(&made.public).unwrap();
        Self { algorithm: named, pkcs8: made.pkcs8.expose().into(), jwk }
    }

    /// The header that a token of this key has.
    pub fn header(&self) -> Value {
        json!({ "alg": self.jwk["alg"], "typ": "JWT", "kid": self.jwk["kid"] })
    }

    /// A token with the usual header.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    /// A token with any header.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&format!("{}.{}", encode(header), encode(claims)))
    }

    /// A token of which everything but the signature is there.
    pub fn sign_text(&self, signed: &str) -> String {
        let key = match self.algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_der(&self.pkcs8),
            Algorithm::EdDSA => EncodingKey::from_ed_der(&self.pkcs8),
            _ => EncodingKey::from_rsa_der(&self.pkcs8[AROUND_RSA..]),
        };
        let signature = crypto::sign(signed.as_bytes(), &key, self.algorithm).unwrap();
        format!("{signed}.{signature}")
    }

    /// A setting that registers the public half, as TOML: `jwks = { keys = [ … ] }`.
    pub fn setting(&self) -> String {
        format!("jwks = {}", self.set())
    }

    /// The public half as a key set, as TOML.
    pub fn set(&self) -> String {
        let members: Vec<String> =
            self.jwk.as_object().unwrap().iter().map(|(name, value)| format!("{name} = {value}")).collect();
        format!("{{ keys = [{{ {} }}] }}", members.join(", "))
    }
}

/// A token under a MAC by a secret.
pub fn mac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature =
        crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(secret), Algorithm::HS256).unwrap();
    format!("{signed}.{signature}")
}

/// A part of a token as it is written.
pub fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A part of a JWT: 0 its header, 1 its claims. Nothing is verified.
#[track_caller]
pub fn part(token: &str, number: usize) -> Value {
    let text = token.split('.').nth(number).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// An object with members changed; `null` takes one away.
pub fn changed(object: &Value, changes: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => object.as_object_mut().unwrap().remove(name),
            value => object.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    object
}

/// Forgeries of a genuine token, each with its name. `keys` are the public keys that the reader trusts.
pub fn forgeries(genuine: &str, keys: &[Value]) -> Vec<(String, String)> {
    let (header, claims) = (part(genuine, 0), part(genuine, 1));
    let parts: Vec<&str> = genuine.split('.').collect();
    let mut forged = Vec::new();
    let mut add = |name: &str, token: String| forged.push((name.to_owned(), token));
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let head = encode(&changed(&header, &json!({ "alg": none })));
        add(&format!("alg {none:?}, no signature"), format!("{head}.{}.", parts[1]));
        add(&format!("alg {none:?}, old signature"), format!("{head}.{}.{}", parts[1], parts[2]));
        add(
            &format!("alg {none:?}, no kid"),
            format!("{}.{}.", encode(&changed(&header, &json!({ "alg": none, "kid": null }))), parts[1]),
        );
    }
    add("no signature", format!("{}.{}.", parts[0], parts[1]));
    add("two parts", format!("{}.{}", parts[0], parts[1]));
    add("four parts", format!("{genuine}.{}", parts[2]));
    add("no header", format!(".{}.{}", parts[1], parts[2]));
    // HMAC with whatever of the public key an attacker can read.
    for key in keys {
        let mut secrets =
            vec![key.to_string().into_bytes(), key["kid"].as_str().unwrap().as_bytes().to_vec(), Vec::new()];
        for member in ["n", "x"] {
            if let Some(text) = key[member].as_str() {
                secrets.extend([text.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(text).unwrap()]);
            }
        }
        for (number, secret) in secrets.iter().enumerate() {
            for kid in [key["kid"].clone(), Value::Null] {
                let head = changed(&header, &json!({ "alg": "HS256", "kid": kid }));
                add(&format!("HS256 by public key {number}"), mac(secret, &head, &claims));
            }
        }
    }
    let attacker = KeyPair::new(SigningAlgorithm::Es256);
    let kid = header["kid"].clone();
    for (name, changes) in [
        ("the server's kid", json!({ "alg": "ES256" })),
        ("no kid", json!({ "alg": "ES256", "kid": null })),
        ("embedded jwk", json!({ "alg": "ES256", "jwk": attacker.jwk, "kid": attacker.jwk["kid"] })),
        ("embedded jwk, the server's kid", json!({ "alg": "ES256", "jwk": attacker.jwk })),
        ("jku", json!({ "alg": "ES256", "jku": "https://evil.test/jwks.json", "kid": attacker.jwk["kid"] })),
        ("x5u", json!({ "alg": "ES256", "x5u": "https://evil.test/cert.pem" })),
        ("x5c", json!({ "alg": "ES256", "x5c": ["MIIB"] })),
        ("kid as a path", json!({ "alg": "ES256", "kid": "../../../../dev/null" })),
        ("kid as SQL", json!({ "alg": "ES256", "kid": "x' UNION SELECT 'key" })),
        ("empty kid", json!({ "alg": "ES256", "kid": "" })),
        ("kid as a number", json!({ "alg": "ES256", "kid": 1 })),
        ("the server's alg", json!({})),
        ("another alg", json!({ "alg": "PS256" })),
        ("another curve", json!({ "alg": "ES384" })),
        ("a curve of others", json!({ "alg": "ES256K" })),
        ("another hash", json!({ "alg": "HS512" })),
        ("crit", json!({ "alg": "ES256", "crit": ["exp"], "kid": kid })),
        ("b64 false", json!({ "alg": "ES256", "b64": false, "crit": ["b64"] })),
    ] {
        let signed = format!("{}.{}", encode(&changed(&header, &changes)), parts[1]);
        add(&format!("the old signature, {name}"), format!("{signed}.{}x", parts[2]));
        add(&format!("the attacker's signature, {name}"), attacker.sign_text(&signed));
    }
    let richer =
        changed(&claims, &json!({ "scope": "openid email profile admin", "exp": 4_000_000_000_u32 }));
    add("richer claims", format!("{}.{}.{}", parts[0], encode(&richer), parts[2]));
    let twice = format!("{{\"alg\":\"none\",{}", &header.to_string()[1..]);
    add("alg twice", format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(twice), parts[1], parts[2]));
    add("padding", format!("{}=.{}.{}", parts[0], parts[1], parts[2]));
    add(
        "JSON serialization",
        json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] }).to_string(),
    );
    forged
}
