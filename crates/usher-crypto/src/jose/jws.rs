//! Signed tokens in the compact form (RFC 7515 §7.1): making them and checking them. One text stands for one token: whatever
//! another parser might read differently (padding, stray bits, duplicate members) is refused before a signature is looked at.

use super::{JoseError, SigningAlgorithm, SigningKey, VerifyingKey, parse_unique_object};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Bytes of a whole token.
const TOKEN_BYTES: usize = 16 * 1024;
/// Bytes of a decoded header, and characters of an encoded one.
const HEADER_BYTES: usize = 2 * 1024;
const HEADER_CHARACTERS: usize = (HEADER_BYTES * 4).div_ceil(3);

/// What a token's header says, once all of it was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The algorithm that the token claims; believed only where the key has the same.
    pub alg: SigningAlgorithm,
    /// The key that it names.
    pub kid: Option<String>,
    /// Its media type, as it is written.
    pub typ: Option<String>,
}

/// Which `typ` a reader accepts, without the prefix `application/` (RFC 7515 §4.1.9). Naming it keeps a token of one use from
/// being taken for another (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptedType<'a> {
    /// One of these.
    Is(&'a [&'a str]),
    /// One of these, or none at all.
    IsOrAbsent(&'a [&'a str]),
}

/// A token whose signature is right. What it claims is still to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its header.
    pub header: Header,
    /// Its payload.
    pub payload: Vec<u8>,
}

impl Verified {
    /// The payload as claims (RFC 7519 §4: "The Claim Names within a JWT Claims Set MUST be unique").
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, JoseError> {
        let claims = parse_unique_object(&self.payload)?;
        serde_json::from_value(Value::Object(claims)).map_err(|_| JoseError::Claims)
    }
}

#[derive(Serialize)]
struct WrittenHeader<'a> {
    alg: SigningAlgorithm,
    typ: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

impl SigningKey {
    /// Signs a payload as a token of this type: `JWT` for ID tokens, `at+jwt` for access tokens (RFC 9068 §2.1).
    pub fn sign(&self, typ: &str, payload: &impl Serialize) -> Result<String, JoseError> {
        let mut json = Vec::with_capacity(768);
        let mut token = String::with_capacity(1536);
        serde_json::to_writer(&mut json, &WrittenHeader { alg: self.algorithm(), typ, kid: self.kid() })
            .map_err(|_| JoseError::NotMade)?;
        URL_SAFE_NO_PAD.encode_string(&json, &mut token);
        token.push('.');
        json.clear();
        serde_json::to_writer(&mut json, payload).map_err(|_| JoseError::NotMade)?;
        URL_SAFE_NO_PAD.encode_string(&json, &mut token);
        // The same buffer now takes the signature, because the token is still being read while it is made.
        json.clear();
        self.sign_message(token.as_bytes(), |signature| json.extend_from_slice(signature))
            .map_err(|_| JoseError::NotMade)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&json, &mut token);
        Ok(token)
    }
}

/// Checks a token against the keys it may be signed with.
///
/// RFC 8725 §3.1: "Each key MUST be used with exactly one algorithm, and this MUST be checked when the cryptographic operation is
/// performed." A key is tried only where the header's `alg` is the key's own.
pub fn verify(token: &str, keys: &[VerifyingKey], accepted: AcceptedType<'_>) -> Result<Verified, JoseError> {
    let parts = Compact::split(token)?;
    let header = Header::parse(parts.header)?;
    accepted.admit(header.typ.as_deref())?;
    let signature = decode(parts.signature)?;
    let mut named = keys.iter().filter(|key| key.answers_to(header.alg, header.kid.as_deref())).peekable();
    if named.peek().is_none() {
        return Err(JoseError::UnknownKey);
    }
    if !named.any(|key| key.verifies(parts.signed.as_bytes(), &signature)) {
        return Err(JoseError::Signature);
    }
    Ok(Verified { payload: decode(parts.payload)?, header })
}

/// Reads a token's header to find out whose keys to look for. Nothing of it is true yet.
pub fn peek_header(token: &str) -> Result<Header, JoseError> {
    Header::parse(Compact::split(token)?.header)
}

/// Reads a token's claims to find out who claims to have made it. Nothing of them is true yet.
pub fn peek_claims<T: DeserializeOwned>(token: &str) -> Result<T, JoseError> {
    let claims = parse_unique_object(&decode(Compact::split(token)?.payload)?)?;
    serde_json::from_value(Value::Object(claims)).map_err(|_| JoseError::Claims)
}

/// The parts of a compact token, still encoded.
struct Compact<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// RFC 7515 §5.1: "ASCII(BASE64URL(UTF8(JWS Protected Header)) || '.' || BASE64URL(JWS Payload))".
    signed: &'a str,
}

impl<'a> Compact<'a> {
    fn split(token: &'a str) -> Result<Self, JoseError> {
        if token.len() > TOKEN_BYTES {
            return Err(JoseError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JoseError::NotCompact)?;
        let (header, payload) = signed.split_once('.').ok_or(JoseError::NotCompact)?;
        if header.is_empty() || payload.contains('.') || signature.is_empty() {
            return Err(JoseError::NotCompact);
        }
        Ok(Self { header, payload, signature, signed })
    }
}

impl Header {
    fn parse(encoded: &str) -> Result<Self, JoseError> {
        if encoded.len() > HEADER_CHARACTERS {
            return Err(JoseError::TooLong);
        }
        let (mut alg, mut kid, mut typ) = (None, None, None);
        for (name, value) in parse_unique_object(&decode(encoded)?)? {
            match (name.as_str(), value) {
                ("alg", Value::String(name)) => alg = SigningAlgorithm::parse(&name),
                ("kid", Value::String(text)) => kid = Some(text),
                ("typ", Value::String(text)) => typ = Some(text),
                // Thumbprints of a certificate only name a key; it is found by `kid` and algorithm here.
                ("x5t" | "x5t#S256", Value::String(_)) => {}
                // RFC 7515 §4.1.11: "If any of the listed extension Header Parameters are not understood and supported by the
                // recipient, then the JWS is invalid"; none is. jwk, jku, x5u and x5c bring a key of the sender's choice; b64 and
                // zip change what is signed. What is unknown may do any of this.
                _ => return Err(JoseError::HeaderMember),
            }
        }
        Ok(Self { alg: alg.ok_or(JoseError::Algorithm)?, kid, typ })
    }
}

impl AcceptedType<'_> {
    fn admit(self, typ: Option<&str>) -> Result<(), JoseError> {
        let (names, absent) = match self {
            Self::Is(names) => (names, false),
            Self::IsOrAbsent(names) => (names, true),
        };
        let fits = match typ {
            None => absent,
            Some(typ) => names.iter().any(|name| name.eq_ignore_ascii_case(short(typ))),
        };
        if fits { Ok(()) } else { Err(JoseError::Type) }
    }
}

/// RFC 7515 §4.1.9: "it is RECOMMENDED that producers omit an "application/" prefix of a media type value".
fn short(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) && !rest.contains('/') => rest,
        _ => typ,
    }
}

fn decode(encoded: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_| JoseError::Encoding)
}
