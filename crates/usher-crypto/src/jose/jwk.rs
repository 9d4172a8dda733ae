//! Public keys as JSON (RFC 7517; RFC 7518 §6 for RSA and P-256, RFC 8037 §2 for Ed25519), and their thumbprints (RFC 7638).
//! Private members never pass through here.

use super::key::KeyError;
use super::{KeyType, SigningAlgorithm, ed25519, parse_unique_object};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use usher_types::opaque::{base64url, base64url_decode};

/// A public key, the one algorithm it is for, and its `kid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicJwk {
    algorithm: SigningAlgorithm,
    kid: String,
    material: Material,
}

/// The numbers of a public key, big-endian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Material {
    /// Modulus and exponent, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// The point's coordinates.
    P256 { x: [u8; 32], y: [u8; 32] },
    /// The encoded point (RFC 8032 §5.1.5).
    Ed25519 { x: [u8; 32] },
}

/// Bytes of an RSA modulus: 2048 to 8192 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
/// Bytes of an RSA exponent. Nearly everybody's has three; a long one makes verifying as slow as signing.
const EXPONENT_BYTES: std::ops::RangeInclusive<usize> = 1..=4;

impl PublicJwk {
    /// A key whose `kid` is its thumbprint.
    pub(super) fn new(algorithm: SigningAlgorithm, material: Material) -> Self {
        let kid = base64url(&material.thumbprint());
        Self { algorithm, kid, material }
    }

    /// Reads somebody's public key, to be used with this algorithm and no other. A key without a `kid` gets its thumbprint.
    /// That the numbers make a sound key is found out by [`super::VerifyingKey::from_jwk`].
    pub fn parse(json: &[u8], algorithm: SigningAlgorithm) -> Result<Self, KeyError> {
        let members = parse_unique_object(json).map_err(|_| KeyError::Malformed)?;
        // Whoever sends a private or a shared key has lost it; using it would hide that.
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"]
            .iter()
            .any(|secret| members.contains_key(*secret))
        {
            return Err(KeyError::Private);
        }
        // RFC 7517 §4.2 and §4.4: "use" and "alg" say what the key is intended for.
        let use_fits = text(&members, "use")?.is_none_or(|r#use| r#use == "sig");
        let algorithm_fits = text(&members, "alg")?.is_none_or(|alg| alg == algorithm.as_str());
        if !use_fits || !algorithm_fits {
            return Err(KeyError::WrongKind);
        }
        let material = Material::parse(&members, algorithm.key_type())?;
        let mut key = Self::new(algorithm, material);
        if let Some(kid) = text(&members, "kid")? {
            kid.clone_into(&mut key.kid);
        }
        Ok(key)
    }

    /// The algorithm that it is for.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Its identifier in headers.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The SHA-256 thumbprint (RFC 7638 §3), base64url.
    pub fn thumbprint(&self) -> String {
        base64url(&self.material.thumbprint())
    }

    pub(super) const fn material(&self) -> &Material {
        &self.material
    }
}

impl Serialize for PublicJwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        for (name, value) in self.material.members() {
            members.serialize_entry(name, &value)?;
        }
        members.serialize_entry("kid", &self.kid)?;
        members.serialize_entry("use", "sig")?;
        members.serialize_entry("alg", &self.algorithm)?;
        members.end()
    }
}

impl Material {
    fn parse(members: &Map<String, Value>, kind: KeyType) -> Result<Self, KeyError> {
        let (kty, crv) = match kind {
            KeyType::Rsa => ("RSA", None),
            KeyType::P256 => ("EC", Some("P-256")),
            KeyType::Ed25519 => ("OKP", Some("Ed25519")),
            KeyType::Secret => return Err(KeyError::WrongKind),
        };
        if text(members, "kty")? != Some(kty) || (crv.is_some() && text(members, "crv")? != crv) {
            return Err(KeyError::WrongKind);
        }
        match kind {
            KeyType::P256 => Ok(Self::P256 { x: coordinate(members, "x")?, y: coordinate(members, "y")? }),
            KeyType::Ed25519 => ed25519::sound(coordinate(members, "x")?).map(|x| Self::Ed25519 { x }),
            KeyType::Rsa | KeyType::Secret => Self::rsa(bytes(members, "n")?, bytes(members, "e")?),
        }
    }

    /// An RSA key of a bearable size.
    pub(super) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Self, KeyError> {
        // RFC 7518 §6.3.1.1: "the minimum number of octets", so no leading zeros.
        if n.first() == Some(&0) || e.first() == Some(&0) {
            return Err(KeyError::Malformed);
        }
        let odd_and_more_than_one = e.last().is_some_and(|low| low % 2 == 1) && e != [1];
        if !MODULUS_BYTES.contains(&n.len()) || !EXPONENT_BYTES.contains(&e.len()) || !odd_and_more_than_one {
            return Err(KeyError::Size);
        }
        Ok(Self::Rsa { n, e })
    }

    /// The members that make up the key, as RFC 7638 §3.2 requires them, in the order in which they are published.
    fn members(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Rsa { n, e } => vec![("kty", "RSA".to_owned()), ("n", base64url(n)), ("e", base64url(e))],
            Self::P256 { x, y } => {
                vec![
                    ("kty", "EC".to_owned()),
                    ("crv", "P-256".to_owned()),
                    ("x", base64url(x)),
                    ("y", base64url(y)),
                ]
            }
            Self::Ed25519 { x } => {
                vec![("kty", "OKP".to_owned()), ("crv", "Ed25519".to_owned()), ("x", base64url(x))]
            }
        }
    }

    /// RFC 7638 §3: the hash of the required members, "with no whitespace or line breaks … and with the required members ordered
    /// lexicographically by the Unicode code points of the member names". No value here needs escaping.
    fn thumbprint(&self) -> [u8; 32] {
        let mut members = self.members();
        members.sort_unstable();
        let members: Vec<String> =
            members.into_iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        crate::sha256(format!("{{{}}}", members.join(",")).as_bytes())
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, KeyError> {
    members.get(name).map(|value| value.as_str().ok_or(KeyError::Malformed)).transpose()
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyError> {
    text(members, name)?.and_then(base64url_decode).ok_or(KeyError::Malformed)
}

/// RFC 7518 §6.2.1.2: "The length of this octet string MUST be the full size of a coordinate for the curve".
fn coordinate(members: &Map<String, Value>, name: &str) -> Result<[u8; 32], KeyError> {
    bytes(members, name)?.try_into().map_err(|_| KeyError::Malformed)
}
