//! Signing keys of a pool: kept sealed, opened into the snapshot, one signing per algorithm at a time ([`schedule`] says which), and
//! taking over from one another by themselves.

mod making;
pub mod schedule;

pub(crate) use making::ensure;
pub use making::made;

use schedule::Stage;
use std::collections::HashMap;
use usher_crypto::jose::{GeneratedKey, PublicJwk, SigningAlgorithm, SigningKey, VerifyingKey};
use usher_crypto::seal::MasterKey;
use usher_store::Fault;
use usher_store::tables::KeyRow;
use usher_types::{PoolId, Random, Secret, Timestamp};

/// A pool's keys, opened.
#[derive(Default)]
pub struct Keyring {
    signing: HashMap<SigningAlgorithm, Vec<Opened>>,
    verifying: Vec<VerifyingKey>,
    known: Vec<VerifyingKey>,
    published: Vec<PublicJwk>,
}

/// A key that signs, signed or will sign.
struct Opened {
    signs_from: Timestamp,
    key: SigningKey,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("algorithms", &self.signing.keys()).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Opens the stored keys of the algorithms in use, given as the store lists them.
    pub(crate) fn open(
        rows: &[KeyRow],
        pool: PoolId,
        master: &MasterKey,
        used: &[SigningAlgorithm],
    ) -> Result<Self, Fault> {
        let mut ring = Self::default();
        for row in rows {
            let algorithm = SigningAlgorithm::parse(&row.algorithm).filter(|a| used.contains(a));
            let Some(algorithm) = algorithm else { continue };
            let unreadable =
                |why: &dyn std::fmt::Display| Fault::bug(&format!("signing key {}: {why}", row.kid));
            let pkcs8 = unsealed(row, pool, master)?;
            let key = SigningKey::from_pkcs8(algorithm, pkcs8.expose()).map_err(|e| unreadable(&e))?;
            if let Some(public) = key.public() {
                let verifying = || VerifyingKey::from_jwk(public).map_err(|e| unreadable(&e));
                ring.known.push(verifying()?);
                if row.is_published {
                    ring.verifying.push(verifying()?);
                    ring.published.push(public.clone());
                }
            }
            ring.signing.entry(algorithm).or_default().push(Opened { signs_from: row.signs_from, key });
        }
        // RSA first: some clients take the first key and fail on any other kind.
        ring.published.sort_by_key(|k| (k.algorithm() != SigningAlgorithm::Rs256, k.algorithm().as_str()));
        Ok(ring)
    }

    /// The key that signs by an algorithm at this moment. The ring may be older than the moment, so that it is chosen by the moment.
    pub fn signing(&self, algorithm: SigningAlgorithm, now: Timestamp) -> Result<&SigningKey, Fault> {
        let keys = self.signing.get(&algorithm).map(Vec::as_slice).unwrap_or_default();
        // Where none signs yet, another node's clock is ahead of this one's.
        let begun = keys.iter().find(|k| k.signs_from <= now);
        let key = begun.or_else(|| keys.iter().min_by_key(|k| k.signs_from));
        key.map(|k| &k.key).ok_or_else(|| Fault::bug(&format!("no key for {}", algorithm.as_str())))
    }

    /// The keys by which tokens of this pool are verified: those that the key set lists.
    pub fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }

    /// These, and keys that are not published any more, by which ID tokens are verified that come back as hints after their end.
    pub fn known(&self) -> &[VerifyingKey] {
        &self.known
    }

    /// The public keys, as the key set lists them.
    pub fn public(&self) -> &[PublicJwk] {
        &self.published
    }
}

/// What is stored of the keys of an algorithm, of all keys of a pool as the store lists them: the one that signs last first.
pub(crate) fn of(rows: &[KeyRow], algorithm: SigningAlgorithm) -> &[KeyRow] {
    let mut chunks = rows.chunk_by(|a, b| a.algorithm == b.algorithm);
    chunks.find(|c| c.first().is_some_and(|k| k.algorithm == algorithm.as_str())).unwrap_or_default()
}

/// Checks that the stored keys of a pool open, without reading them: that the master key is the one that sealed them.
pub(crate) fn check_seals(rows: &[KeyRow], pool: PoolId, master: &MasterKey) -> Result<(), Fault> {
    rows.iter().try_for_each(|row| unsealed(row, pool, master).map(drop))
}

/// Whether a master key opens a stored key.
pub fn opens(master: &MasterKey, pool: PoolId, row: &KeyRow) -> bool {
    unsealed(row, pool, master).is_ok()
}

fn unsealed(row: &KeyRow, pool: PoolId, master: &MasterKey) -> Result<Secret, Fault> {
    master.open(&context(pool, &row.algorithm), &row.sealed).map_err(|_| {
        let why = "sealed by another master key: put the master.key of this database back";
        Fault::bug(&format!("signing key {}: {why}", row.kid))
    })
}

/// A new key as it is stored: it signs at its stage.
pub fn sealed(
    master: &MasterKey,
    (pool, algorithm): (PoolId, SigningAlgorithm),
    made: GeneratedKey,
    stage: Stage,
    (random, now): (&dyn Random, Timestamp),
) -> KeyRow {
    KeyRow {
        sealed: master.seal(&context(pool, algorithm.as_str()), made.pkcs8.expose(), random),
        kid: made.kid,
        algorithm: algorithm.as_str().to_owned(),
        created_at: now,
        signs_from: stage.signs_from,
        generation: Some(stage.generation),
        is_published: true,
    }
}

/// What a key is sealed for: it opens for nothing else.
pub(crate) fn context(pool: PoolId, algorithm: &str) -> String {
    format!("signing key {pool} {algorithm}")
}
