//! Marks, links and signatures: what makes of rows in a database a trail that nobody can change unnoticed who has the database alone.
//!
//! A row's *mark* (HMAC-SHA-256, 16 bytes) says that a server with the key wrote it. A row's *link* is SHA-256 over the link before it, its
//! number, what it tells, and its mark. A *seal* is the link of its last row with its numbers and times, signed by Ed25519. Both keys come
//! from one seed, which is a data key.

use crate::data_keys::DataKeys;
use usher_crypto::attest::{Attestor, is_attested};
use usher_crypto::seal::KEY_BYTES;
use usher_crypto::{hmac_sha256, matches, sha256_parts};
use usher_store::tables::{Seal, Told};
use usher_types::PoolId;

/// What stands before everything that is signed as a seal.
const SEAL: &[u8] = b"usher audit seal 1";

/// The keys of the trail.
#[derive(Debug)]
pub struct TrailKeys {
    marks: Hidden,
    attestor: Attestor,
}

struct Hidden([u8; 32]);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// What a mark says about its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marked {
    /// A server with the key wrote it as it stands here.
    Genuine,
    /// It bears none: an older server wrote it, or somebody else did.
    Not,
    /// It bears another row's or nobody's.
    Wrong,
}

impl TrailKeys {
    /// Those of an installation.
    pub fn of(keys: &DataKeys) -> Self {
        Self::from_seed(&keys.audit_trail)
    }

    /// Those that a seed gives.
    pub fn from_seed(seed: &[u8; KEY_BYTES]) -> Self {
        Self {
            marks: Hidden(hmac_sha256(seed, &[b"marks"])),
            attestor: Attestor::from_seed(&hmac_sha256(seed, &[b"seals"])),
        }
    }

    /// The mark of what a row tells.
    pub fn mark(&self, told: &Told) -> [u8; 16] {
        let whole = hmac_sha256(&self.marks.0, &[&told.bytes()]);
        let mut mark = [0; 16];
        mark.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
        mark
    }

    /// What a stored mark says.
    pub(crate) fn marked(&self, told: &Told, mark: Option<&[u8]>) -> Marked {
        match mark {
            None => Marked::Not,
            Some(mark) if matches(mark, &self.mark(told)) => Marked::Genuine,
            Some(_) => Marked::Wrong,
        }
    }

    /// The public part, by which seals and checkpoints are known.
    pub fn public(&self) -> &[u8] {
        self.attestor.public()
    }

    /// A seal with this installation's signature.
    #[must_use]
    pub fn sign(&self, pool: PoolId, mut seal: Seal) -> Seal {
        seal.signature = self.attestor.sign(&parts(pool, &seal).each_ref().map(Vec::as_slice));
        seal.public_key = self.public().to_vec();
        seal
    }

    /// Whether this installation signed a seal as it stands here.
    pub fn is_genuine(&self, pool: PoolId, seal: &Seal) -> bool {
        let parts = parts(pool, seal);
        seal.public_key == self.public()
            && is_attested(self.public(), &parts.each_ref().map(Vec::as_slice), &seal.signature)
    }
}

/// The link before the first row of a pool.
pub(crate) fn origin(pool: PoolId) -> [u8; 32] {
    sha256_parts(&[b"usher audit trail 1", pool.as_bytes()])
}

/// The link of a row.
pub(crate) fn link(before: &[u8; 32], number: i64, told: &Told, mark: Option<&[u8]>) -> [u8; 32] {
    sha256_parts(&[before, &number.to_be_bytes(), &told.bytes(), mark.unwrap_or_default()])
}

fn parts(pool: PoolId, seal: &Seal) -> [Vec<u8>; 9] {
    let moment = |at: usher_types::Timestamp| at.millis().to_be_bytes().to_vec();
    [
        SEAL.to_vec(),
        pool.as_bytes().to_vec(),
        seal.first_number.to_be_bytes().to_vec(),
        seal.last_number.to_be_bytes().to_vec(),
        seal.link.to_vec(),
        moment(seal.oldest_at),
        moment(seal.newest_at),
        moment(seal.sealed_at),
        seal.removed_at.map(moment).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_types::Timestamp;

    const POOL: PoolId = PoolId::from_bytes([1; 16]);

    fn keys(byte: u8) -> TrailKeys {
        TrailKeys::from_seed(&[byte; 32])
    }

    fn seal() -> Seal {
        Seal {
            first_number: 1,
            last_number: 2,
            link: [3; 32],
            oldest_at: Timestamp::from_millis(4),
            newest_at: Timestamp::from_millis(5),
            sealed_at: Timestamp::from_millis(6),
            removed_at: None,
            public_key: Vec::new(),
            signature: Vec::new(),
        }
    }

    #[test]
    fn a_seal_is_genuine_as_it_was_signed_and_in_no_other_way() {
        let sealed = keys(7).sign(POOL, seal());
        assert!(keys(7).is_genuine(POOL, &sealed));
        assert!(!keys(8).is_genuine(POOL, &sealed), "another installation's");
        assert!(!keys(7).is_genuine(PoolId::from_bytes([2; 16]), &sealed), "another pool's");
        let other = Timestamp::from_millis(9);
        for changed in [
            Seal { first_number: 2, ..sealed.clone() },
            Seal { last_number: 3, ..sealed.clone() },
            Seal { link: [4; 32], ..sealed.clone() },
            Seal { oldest_at: other, ..sealed.clone() },
            Seal { newest_at: other, ..sealed.clone() },
            Seal { sealed_at: other, ..sealed.clone() },
            Seal { removed_at: Some(other), ..sealed.clone() },
            Seal { public_key: keys(8).public().to_vec(), ..sealed.clone() },
            Seal { signature: Vec::new(), ..sealed.clone() },
            keys(8).sign(POOL, seal()),
        ] {
            assert!(!keys(7).is_genuine(POOL, &changed), "{changed:?}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", keys(7)), "TrailKeys { marks: …, attestor: Attestor(…) }");
    }
}
