//! Keys that sign and keys that verify, parsed once and ready for use. Each carries the one algorithm it is for. How private keys
//! are kept is left to [`crate::seal`] and the core.

use super::jwk::Material;
use super::{KeyType, PublicJwk, SigningAlgorithm};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaParameters, RsaPublicKeyComponents,
};
use aws_lc_rs::{error::Unspecified, hmac};
use std::fmt;
use usher_types::Secret;

/// RFC 7518 §3.2: "A key of the same size as the hash output … or larger MUST be used with this algorithm."
const SECRET_BYTES: usize = 32;
/// Bytes of the longest RSA signature: 8192 bits.
const LONGEST_SIGNATURE: usize = 1024;

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not what the format asks for.
    #[error("the key cannot be read")]
    Malformed,
    /// A private or shared key where a public one was expected.
    #[error("a public key is expected, this one is private")]
    Private,
    /// A key of another kind, curve, use or algorithm.
    #[error("the key is not one for this algorithm")]
    WrongKind,
    /// A point by which nobody signs but everybody could: of small order, or written in a way that stands for another one.
    #[error("the Ed25519 key is a point of small order or not written in the canonical way")]
    Weak,
    /// RSA of less than 2048 or more than 8192 bits or with a senseless exponent, or a secret of less than 32 bytes.
    #[error("the key is too short or too long")]
    Size,
    /// The library could not make a key.
    #[error("no key could be made")]
    NotMade,
}

/// A new key, to be sealed and stored.
pub struct GeneratedKey {
    /// The private key as PKCS#8 (RFC 5208, RFC 5958).
    pub pkcs8: Secret,
    /// The public key's thumbprint (RFC 7638), base64url.
    pub kid: String,
    /// The public key.
    pub public: PublicJwk,
}

/// A key that signs.
pub struct SigningKey {
    algorithm: SigningAlgorithm,
    public: Option<PublicJwk>,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Secret(Box<hmac::Key>),
}

impl SigningKey {
    /// Makes a new key pair; RSA has 2048 bits. A secret for a symmetric algorithm is not made here.
    pub fn generate(algorithm: SigningAlgorithm) -> Result<GeneratedKey, KeyError> {
        let pkcs8 = match algorithm.key_type() {
            KeyType::Rsa => {
                RsaKeyPair::generate(KeySize::Rsa2048).and_then(|pair| Ok(pair.as_der()?.as_ref().to_vec()))
            }
            KeyType::P256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .and_then(|pair| Ok(pair.to_pkcs8v1()?.as_ref().to_vec())),
            KeyType::Ed25519 => {
                Ed25519KeyPair::generate().and_then(|pair| Ok(pair.to_pkcs8v1()?.as_ref().to_vec()))
            }
            KeyType::Secret => return Err(KeyError::WrongKind),
        };
        let pkcs8 = Secret::new(pkcs8.map_err(|_: Unspecified| KeyError::NotMade)?);
        let public = Self::from_pkcs8(algorithm, pkcs8.expose())?.public.ok_or(KeyError::NotMade)?;
        Ok(GeneratedKey { pkcs8, kid: public.kid().to_owned(), public })
    }

    /// Reads a stored key pair. Its `kid` is its thumbprint.
    pub fn from_pkcs8(algorithm: SigningAlgorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let (pair, material) = match algorithm.key_type() {
            KeyType::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Malformed)?;
                let public = pair.public_key();
                let material =
                    Material::rsa(without_zeros(public.modulus()), without_zeros(public.exponent()))?;
                (
                    Pair::Rsa(
                        pair,
                        if algorithm == SigningAlgorithm::Ps256 {
                            &RSA_PSS_SHA256
                        } else {
                            &RSA_PKCS1_SHA256
                        },
                    ),
                    material,
                )
            }
            KeyType::P256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                    .map_err(|_| KeyError::Malformed)?;
                let material = p256(pair.public_key().as_ref())?;
                (Pair::P256(pair), material)
            }
            KeyType::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Malformed)?;
                let x = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Malformed)?;
                (Pair::Ed25519(pair), Material::Ed25519 { x })
            }
            KeyType::Secret => return Err(KeyError::WrongKind),
        };
        Ok(Self { algorithm, public: Some(PublicJwk::new(algorithm, material)), pair })
    }

    /// The HS256 key that a client's secret is; it has no `kid`.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        let pair = Pair::Secret(hmac_key(secret)?);
        Ok(Self { algorithm: SigningAlgorithm::Hs256, public: None, pair })
    }

    /// The algorithm by which it signs.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Its identifier in headers.
    pub fn kid(&self) -> Option<&str> {
        self.public.as_ref().map(PublicJwk::kid)
    }

    /// Its public half, as the key set lists it.
    pub const fn public(&self) -> Option<&PublicJwk> {
        self.public.as_ref()
    }

    /// Signs a message and hands the signature to `write`, which keeps it on the stack until then.
    pub(super) fn sign_message<T>(
        &self,
        message: &[u8],
        write: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, Unspecified> {
        match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut buffer = [0; LONGEST_SIGNATURE];
                let signature = buffer.get_mut(..pair.public_modulus_len()).ok_or(Unspecified)?;
                pair.sign(*encoding, &SystemRandom::new(), message, signature)?;
                Ok(write(signature))
            }
            // RFC 7518 §3.4: the signature is R and S, 32 octets each, not their DER encoding.
            Pair::P256(pair) => {
                pair.sign(&SystemRandom::new(), message).map(|signature| write(signature.as_ref()))
            }
            Pair::Ed25519(pair) => pair.try_sign(message).map(|signature| write(signature.as_ref())),
            Pair::Secret(key) => Ok(write(hmac::sign(key, message).as_ref())),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedKey").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A key that verifies.
pub struct VerifyingKey {
    algorithm: SigningAlgorithm,
    kid: Option<String>,
    check: Check,
}

enum Check {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}

impl VerifyingKey {
    /// The key that a JWK describes, for the algorithm that it names.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, KeyError> {
        let key = match jwk.material() {
            Material::Rsa { n, e } => {
                let parameters: &'static RsaParameters = match jwk.algorithm() {
                    SigningAlgorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters)
            }
            Material::P256 { x, y } => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [[4].as_slice(), x, y].concat())
            }
            Material::Ed25519 { x } => ParsedPublicKey::new(&ED25519, x),
        };
        let check = Check::Public(key.map_err(|_| KeyError::Malformed)?);
        Ok(Self { algorithm: jwk.algorithm(), kid: Some(jwk.kid().to_owned()), check })
    }

    /// The HS256 key that a client's secret is. It has no `kid`, so it answers to any.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        let check = Check::Secret(hmac_key(secret)?);
        Ok(Self { algorithm: SigningAlgorithm::Hs256, kid: None, check })
    }

    /// The only algorithm that it verifies.
    pub const fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// Its identifier in headers.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether a header may mean this key: the same algorithm, and the same `kid` where both have one.
    pub(super) fn answers_to(&self, algorithm: SigningAlgorithm, kid: Option<&str>) -> bool {
        let same_kid = match (&self.kid, kid) {
            (Some(own), Some(asked)) => own == asked,
            _ => true,
        };
        self.algorithm == algorithm && same_kid
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.check {
            Check::Public(key) => key.verify_sig(message, signature).is_ok(),
            Check::Secret(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn hmac_key(secret: &[u8]) -> Result<Box<hmac::Key>, KeyError> {
    if secret.len() < SECRET_BYTES {
        return Err(KeyError::Size);
    }
    Ok(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
}

/// The coordinates of an uncompressed point (SEC 1 §2.3.3): 4, x, y.
fn p256(point: &[u8]) -> Result<Material, KeyError> {
    let coordinates = point.strip_prefix(&[4]).ok_or(KeyError::Malformed)?;
    let (x, y) = coordinates.split_first_chunk::<32>().ok_or(KeyError::Malformed)?;
    Ok(Material::P256 { x: *x, y: y.try_into().map_err(|_| KeyError::Malformed)? })
}

fn without_zeros(number: aws_lc_rs::io::Positive<'_>) -> Vec<u8> {
    number.big_endian_without_leading_zero().to_vec()
}
