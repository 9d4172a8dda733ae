//! Making keys: those that a pool needs from the beginning, and any other, where it keeps no request waiting.

use super::schedule::Stage;
use super::sealed;
use crate::Fault;
use crate::world::World;
use usher_crypto::jose::{SigningAlgorithm, SigningKey};
use usher_crypto::seal::MasterKey;
use usher_store::tables::{KeyRow, write};
use usher_store::{Batch, Store};
use usher_types::{PoolId, Timestamp};

/// Makes and stores the keys that a pool needs and does not have. They sign at once: nobody knows of any other.
pub(crate) async fn ensure(
    store: &Store,
    master: &MasterKey,
    world: &World,
    pool: PoolId,
    needed: &[SigningAlgorithm],
) -> Result<(), Fault> {
    let now = world.clock.now();
    let there: Vec<String> = store.signing_keys(pool).await?.into_iter().map(|k| k.algorithm).collect();
    let mut batch = Batch::new();
    for algorithm in needed.iter().filter(|a| !a.is_symmetric() && !there.iter().any(|t| t == a.as_str())) {
        let first = Stage { signs_from: now, generation: 1 };
        let key = made(master, world, (pool, *algorithm), (first, now)).await?;
        write::signing_key::insert_first(&mut batch, pool, key);
    }
    if !batch.is_empty() {
        write::pool::bump_revision(&mut batch, pool);
        let _ = store.apply(batch).await?;
    }
    Ok(())
}

/// A new key, made where it keeps no request waiting, as it is stored.
pub async fn made(
    master: &MasterKey,
    world: &World,
    (pool, algorithm): (PoolId, SigningAlgorithm),
    (stage, now): (Stage, Timestamp),
) -> Result<KeyRow, Fault> {
    let made = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm)).await;
    let made = made.map_err(|lost| Fault::bug(&lost.to_string()))?;
    let made = made.map_err(|e| Fault::bug(&format!("a key for {}: {e}", algorithm.as_str())))?;
    Ok(sealed(master, (pool, algorithm), made, stage, (&*world.random, now)))
}
