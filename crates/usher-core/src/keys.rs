//! Signing keys: made once per pool and algorithm in use, kept sealed, opened into the snapshot.

use std::collections::HashMap;
use usher_crypto::jose::{GeneratedKey, PublicJwk, SigningAlgorithm, SigningKey, VerifyingKey};
use usher_crypto::seal::MasterKey;
use usher_store::tables::{KeyRow, write};
use usher_store::{Batch, Fault, Store};
use usher_types::{PoolId, Random, Secret, Timestamp};

/// A pool's keys, opened.
#[derive(Default)]
pub struct Keyring {
    signing: HashMap<SigningAlgorithm, SigningKey>,
    verifying: Vec<VerifyingKey>,
    published: Vec<PublicJwk>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("algorithms", &self.signing.keys()).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Opens the stored keys of the algorithms in use. Of several keys of one algorithm the first row's signs: the one
    /// that was told to, else the oldest, so that nodes which made one at the same moment agree. All are published.
    pub(crate) fn open(
        rows: Vec<KeyRow>,
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
            let pkcs8 = unsealed(&row, pool, algorithm, master)?;
            let key = SigningKey::from_pkcs8(algorithm, pkcs8.expose()).map_err(|e| unreadable(&e))?;
            if let Some(public) = key.public() {
                ring.verifying.push(VerifyingKey::from_jwk(public).map_err(|e| unreadable(&e))?);
                ring.published.push(public.clone());
            }
            ring.signing.entry(algorithm).or_insert(key);
        }
        // RSA first: some clients take the first key and fail on any other kind.
        ring.published.sort_by_key(|k| (k.algorithm() != SigningAlgorithm::Rs256, k.algorithm().as_str()));
        Ok(ring)
    }

    /// The key that signs by an algorithm.
    pub fn signing(&self, algorithm: SigningAlgorithm) -> Result<&SigningKey, Fault> {
        self.signing.get(&algorithm).ok_or_else(|| Fault::bug(&format!("no key for {}", algorithm.as_str())))
    }

    /// The keys by which tokens of this pool are verified.
    pub fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }

    /// The public keys, as the key set lists them.
    pub fn public(&self) -> &[PublicJwk] {
        &self.published
    }
}

/// Checks that the stored keys of a pool open, without reading them: that the master key is the one that sealed them.
pub(crate) fn check_seals(rows: &[KeyRow], pool: PoolId, master: &MasterKey) -> Result<(), Fault> {
    for row in rows {
        let Some(algorithm) = SigningAlgorithm::parse(&row.algorithm) else { continue };
        unsealed(row, pool, algorithm, master)?;
    }
    Ok(())
}

fn unsealed(
    row: &KeyRow,
    pool: PoolId,
    algorithm: SigningAlgorithm,
    master: &MasterKey,
) -> Result<Secret, Fault> {
    master.open(&context(pool, algorithm), &row.sealed).map_err(|_| {
        let why = "sealed by another master key: put the master.key of this database back";
        Fault::bug(&format!("signing key {}: {why}", row.kid))
    })
}

/// Makes and stores the keys that a pool needs and does not have.
pub(crate) async fn ensure(
    store: &Store,
    master: &MasterKey,
    pool: PoolId,
    needed: &[SigningAlgorithm],
    random: &dyn Random,
    now: Timestamp,
) -> Result<bool, Fault> {
    let there: Vec<String> = store.signing_keys(pool).await?.into_iter().map(|k| k.algorithm).collect();
    let mut batch = Batch::new();
    for algorithm in needed.iter().filter(|a| !a.is_symmetric() && !there.iter().any(|t| t == a.as_str())) {
        let made = SigningKey::generate(*algorithm)
            .map_err(|e| Fault::bug(&format!("a key for {}: {e}", algorithm.as_str())))?;
        write::pool::insert_key(&mut batch, pool, sealed(master, pool, *algorithm, made, random), now);
    }
    if batch.is_empty() {
        return Ok(false);
    }
    write::pool::bump_revision(&mut batch, pool);
    let _ = store.apply(batch).await?;
    Ok(true)
}

/// A new key as it is stored.
pub fn sealed(
    master: &MasterKey,
    pool: PoolId,
    algorithm: SigningAlgorithm,
    made: GeneratedKey,
    random: &dyn Random,
) -> KeyRow {
    let sealed = master.seal(&context(pool, algorithm), made.pkcs8.expose(), random);
    KeyRow { kid: made.kid, algorithm: algorithm.as_str().to_owned(), sealed }
}

/// What a key is sealed for: it opens for nothing else.
fn context(pool: PoolId, algorithm: SigningAlgorithm) -> String {
    format!("signing key {pool} {}", algorithm.as_str())
}
