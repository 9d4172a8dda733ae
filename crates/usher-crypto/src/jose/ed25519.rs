//! Which encodings of a point can be an Ed25519 public key (RFC 8032 §5.1.3). Points of small order are refused, since a signature that
//! fits many messages can be made for them without any private key; so are encodings with a y that is not below the field's prime, since
//! two texts would then stand for one key. That a point lies on the curve is found out when a signature is checked.

use super::key::KeyError;

/// The prime 2^255 - 19, little-endian.
const PRIME: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// The y of every point whose order divides 8, little-endian: of order 1, 2 and 4, and the two of order 8. Whichever x goes with it, the
/// point is one of these.
const SMALL: [[u8; 32]; 5] = [
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [0; 32],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// The encoded point, if it can be somebody's key.
pub(super) fn sound(x: [u8; 32]) -> Result<[u8; 32], KeyError> {
    let mut y = x;
    // RFC 8032 §5.1.2: the most significant bit of the last octet is the sign of x; the rest is y.
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    let below = y.iter().rev().cmp(PRIME.iter().rev()).is_lt();
    if below && !SMALL.contains(&y) { Ok(x) } else { Err(KeyError::Weak) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{PublicJwk, SigningAlgorithm, SigningKey};
    use usher_types::opaque::{base64url, base64url_decode};

    fn bytes(hex: &str) -> [u8; 32] {
        let digits: Vec<u8> =
            (0..64).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect();
        digits.try_into().unwrap()
    }

    fn parse(x: [u8; 32], algorithm: SigningAlgorithm) -> Result<PublicJwk, KeyError> {
        let json = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, base64url(&x));
        PublicJwk::parse(json.as_bytes(), algorithm)
    }

    /// Every encoding of a point of small order that a decoder could take: eight canonical ones and six others.
    const KNOWN: [&str; 14] = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];

    #[test]
    fn no_encoding_of_a_point_of_small_order_is_a_key() {
        for hex in KNOWN {
            for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Ed25519] {
                assert_eq!(parse(bytes(hex), algorithm), Err(KeyError::Weak), "{hex}");
            }
        }
    }

    #[test]
    fn a_y_that_is_not_below_the_prime_is_no_key() {
        for low in 0xed..=0xff {
            for high in [0x7f, 0xff] {
                let mut x = [0xff; 32];
                (x[0], x[31]) = (low, high);
                assert_eq!(parse(x, SigningAlgorithm::EdDsa), Err(KeyError::Weak), "{low:x} {high:x}");
            }
        }
        let mut largest = PRIME;
        largest[0] -= 2;
        assert!(parse(largest, SigningAlgorithm::EdDsa).is_ok(), "the largest y that is left");
    }

    #[test]
    fn keys_that_somebody_has_are_keys() {
        // RFC 8037 appendix A.2, and keys made here.
        let x = base64url_decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert!(parse(x.try_into().unwrap(), SigningAlgorithm::EdDsa).is_ok());
        for _ in 0..64 {
            let made = SigningKey::generate(SigningAlgorithm::Ed25519).unwrap();
            let json = serde_json::to_vec(&made.public).unwrap();
            assert_eq!(PublicJwk::parse(&json, SigningAlgorithm::Ed25519), Ok(made.public));
        }
    }
}
