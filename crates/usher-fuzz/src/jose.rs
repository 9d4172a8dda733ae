//! Targets for signed tokens, keys and strict JSON. The keys are those of the specifications' examples, of which everybody knows
//! what they signed: a token that is accepted and not among those examples would be a forgery.

mod known;

use crate::input::{first_line, number_of, utf8};
use serde_json::Value;
use std::sync::OnceLock;
use usher_crypto::jose::{
    AcceptedType, JoseError, PublicJwk, SigningAlgorithm, SigningKey, VerifyingKey, parse_unique_object,
    peek_header, verify,
};
use usher_types::limits;
use usher_types::opaque::{base64url, base64url_decode};

/// The type that the examples have, or none.
const ANY: AcceptedType<'_> = AcceptedType::IsOrAbsent(&["JWT"]);

struct Keys {
    /// Everything that the examples were signed with.
    all: Vec<VerifyingKey>,
    /// The same without the shared secret.
    public: Vec<VerifyingKey>,
    /// Keys under which nothing was ever signed.
    unused: Vec<VerifyingKey>,
    /// The shared secret, for tokens made here.
    signing: Option<SigningKey>,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let public = |(algorithm, jwk): &(SigningAlgorithm, &str)| {
            let jwk = PublicJwk::parse(jwk.as_bytes(), *algorithm).ok()?;
            VerifyingKey::from_jwk(&jwk).ok()
        };
        let used = || known::PUBLIC.iter().filter_map(public);
        let secret = base64url_decode(known::SECRET).unwrap_or_default();
        let keys = Keys {
            all: used().chain(VerifyingKey::from_secret(&secret).ok()).collect(),
            public: used().collect(),
            unused: known::UNUSED
                .iter()
                .filter_map(public)
                .chain(VerifyingKey::from_secret(&[7; 32]).ok())
                .collect(),
            signing: SigningKey::from_secret(&secret).ok(),
        };
        assert_eq!(keys.all.len(), known::PUBLIC.len() + 1, "the examples' keys are sound");
        assert_eq!(keys.unused.len(), known::UNUSED.len() + 1);
        keys
    })
}

/// Tokens: none is accepted but what a key really signed, and one text only stands for it.
pub fn jose_verify(data: &[u8]) {
    let keys = keys();
    made_here(data, keys);
    let Some(token) = utf8(data) else { return };
    let accepted = verify(token, &keys.all, ANY);
    if let Ok(verified) = &accepted {
        assert!(
            known::SIGNED.contains(&token.rsplit_once('.').map_or("", |(signed, _)| signed)),
            "forged: {token}"
        );
        assert_eq!(peek_header(token).as_ref(), Ok(&verified.header));
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.get(1).copied().map(str::to_owned), Some(base64url(&verified.payload)));
        assert!(parts.iter().all(|p| base64url_decode(p).is_some_and(|bytes| base64url(&bytes) == *p)));
        let symmetric = verified.header.alg == SigningAlgorithm::Hs256;
        assert_eq!(verify(token, &keys.public, ANY).is_ok(), !symmetric, "a public key is no secret");
        if let Ok(claims) = verified.claims::<Value>() {
            assert!(claims.is_object());
        }
    }
    assert!(verify(token, &[], ANY).is_err() && verify(token, &keys.unused, ANY).is_err(), "forged: {token}");
    let strict = verify(token, &keys.all, AcceptedType::Is(&["at+jwt"]));
    assert!(strict.is_err(), "no example is an access token: {token}");
}

/// The input as a payload: signed, it reads back; changed in one character, it does not.
fn made_here(data: &[u8], keys: &Keys) {
    let payload = Value::String(String::from_utf8_lossy(data).into_owned());
    let Some(Ok(token)) = keys.signing.as_ref().map(|key| key.sign("JWT", &payload)) else { return };
    match verify(&token, &keys.all, ANY) {
        Ok(verified) => assert_eq!(serde_json::from_slice::<Value>(&verified.payload).ok(), Some(payload)),
        Err(e) => assert_eq!(e, JoseError::TooLong),
    }
    let place = number_of(data) % token.len();
    let (before, from) = token.split_at(place);
    let Some(old) = from.chars().next() else { return };
    for new in ['A', 'B', '.', '=', ' ', '~'].into_iter().filter(|new| *new != old) {
        let changed = format!("{before}{new}{}", from.get(1..).unwrap_or_default());
        assert!(verify(&changed, &keys.all, ANY).is_err(), "{changed}");
    }
    assert!(verify(&format!("{token}A"), &keys.all, ANY).is_err());
}

/// Headers: everything in an accepted one was understood, and none brings a key or names no algorithm.
pub fn jose_header(data: &[u8]) {
    let Some(token) = utf8(data) else { return };
    // A corpus of headers is easier to read than one of tokens: what is no token is taken for the header of one.
    let wrapped = format!("{}.e30.AA", base64url(data));
    for token in [token, &wrapped] {
        let Ok(header) = peek_header(token) else { continue };
        let encoded = token.split('.').next().unwrap_or_default();
        let bytes = base64url_decode(encoded).unwrap_or_default();
        assert_eq!(base64url(&bytes), encoded, "no second spelling");
        let members = parse_unique_object(&bytes).unwrap_or_default();
        let text = |name| members.get(name).and_then(Value::as_str);
        assert_eq!(text("alg"), Some(header.alg.as_str()));
        assert_eq!((text("kid"), text("typ")), (header.kid.as_deref(), header.typ.as_deref()));
        assert!(members.values().all(Value::is_string));
        let understood = ["alg", "kid", "typ", "x5t", "x5t#S256"];
        assert!(members.keys().all(|name| understood.contains(&name.as_str())), "{members:?}");
        assert!(bytes.len() <= 2048 && token.len() <= 16 * 1024);
    }
}

/// Strict JSON: accepted exactly where another reader accepts it and each member is there once, shallow and without U+0000.
pub fn json_object(data: &[u8]) {
    let strict = parse_unique_object(data);
    let plain = serde_json::from_slice::<Value>(data).ok().filter(Value::is_object);
    let Some(plain) = plain else {
        assert!(strict.is_err(), "what no reader accepts is refused");
        return;
    };
    let shape = Shape::of(&plain);
    let fine = shape.members == colons(data) && shape.depth <= limits::JSON_DEPTH && !shape.nul;
    assert_eq!(strict.is_ok(), fine, "{shape:?}, {} members are written", colons(data));
    if let Ok(members) = strict {
        assert_eq!(Value::Object(members), plain);
    }
}

#[derive(Debug, Default)]
struct Shape {
    members: usize,
    depth: usize,
    nul: bool,
}

impl Shape {
    fn of(value: &Value) -> Self {
        let inside = |shapes: Vec<Self>| Self {
            members: shapes.iter().map(|s| s.members).sum(),
            depth: 1 + shapes.iter().map(|s| s.depth).max().unwrap_or(0),
            nul: shapes.iter().any(|s| s.nul),
        };
        match value {
            Value::String(text) => Self { nul: text.contains('\0'), ..Self::default() },
            Value::Array(items) => inside(items.iter().map(Self::of).collect()),
            Value::Object(object) => {
                let all = inside(object.values().map(Self::of).collect());
                let nul = all.nul || object.keys().any(|name| name.contains('\0'));
                Self { members: all.members + object.len(), nul, ..all }
            }
            _ => Self::default(),
        }
    }
}

/// The colons outside of strings: as many as members were written, repeats included.
fn colons(json: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (0, false, false);
    for byte in json {
        match (quoted, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (_, _, b'"') => quoted = !quoted,
            (false, _, b':') => count += 1,
            _ => {}
        }
    }
    count
}

/// Public keys: never a private one, written and read again as the same. The first line names the algorithm; without one, all
/// are tried.
pub fn public_jwk(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let (line, rest) = first_line(text);
    let named = SigningAlgorithm::parse(line);
    let json = if named.is_some() { rest } else { text };
    for algorithm in SigningAlgorithm::ALL.into_iter().filter(|a| named.is_none_or(|n| n == *a)) {
        let Ok(key) = PublicJwk::parse(json.as_bytes(), algorithm) else { continue };
        assert!(!algorithm.is_symmetric() && key.algorithm() == algorithm);
        let members = parse_unique_object(json.as_bytes()).unwrap_or_default();
        assert!(["d", "p", "q", "k"].iter().all(|secret| !members.contains_key(*secret)), "{json}");
        assert_eq!(key.kid(), members.get("kid").and_then(Value::as_str).unwrap_or(&key.thumbprint()));
        let written = serde_json::to_vec(&key).unwrap_or_default();
        assert_eq!(PublicJwk::parse(&written, algorithm).as_ref(), Ok(&key), "what is written reads back");
        assert_eq!(key.thumbprint().len(), 43);
        if let Ok(verifying) = VerifyingKey::from_jwk(&key) {
            assert_eq!((verifying.algorithm(), verifying.kid()), (algorithm, Some(key.kid())));
            let header = format!(r#"{{"alg":"{}"}}"#, algorithm.as_str());
            let token = format!("{}.e30.{}", base64url(header.as_bytes()), base64url(&[0; 64]));
            assert!(verify(&token, &[verifying], ANY).is_err(), "nothing was signed by {json}");
        }
    }
}
