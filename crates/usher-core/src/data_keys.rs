//! Data keys: what MACs and names of counters are made with, and what is sealed for a short while. They are drawn once and kept sealed, so
//! that a master key can be followed by another while all that they made stays good.

use crate::world::World;
use crate::{Fault, keys};
use std::collections::HashMap;
use usher_crypto::seal::{KEY_BYTES, MasterKey, RawKey};
use usher_store::tables::{DataKeyRow, write};
use usher_store::{Batch, Store};

/// Keys of one purpose each.
pub struct DataKeys {
    /// MACs of refresh tokens.
    pub refresh: [u8; KEY_BYTES],
    /// Names of counters.
    pub counters: [u8; KEY_BYTES],
    /// MACs of the codes that people type for a device.
    pub user_codes: [u8; KEY_BYTES],
    /// Secrets of links that are sent.
    pub links: [u8; KEY_BYTES],
    /// The seed of the audit trail's keys.
    pub audit_trail: [u8; KEY_BYTES],
    /// Seals what an interaction keeps.
    pub interactions: MasterKey,
}

/// The names of the data keys. Those that the first versions derived from the master key have the labels of that time.
const NAMES: [&str; 6] =
    ["refresh tokens", "counters of guesses", "user codes", "links in mails", "audit trail", INTERACTIONS];
const INTERACTIONS: &str = "interactions";

impl DataKeys {
    /// Keys that nothing was made with and nothing will be: for commands that use none, where the stored ones cannot be opened.
    pub fn of_nobody(world: &World) -> Self {
        let draw = || *RawKey::generate(&*world.random).as_bytes();
        Self {
            refresh: draw(),
            counters: draw(),
            user_codes: draw(),
            links: draw(),
            audit_trail: draw(),
            interactions: MasterKey::generate(&*world.random),
        }
    }

    /// Whether the master key opens the data keys that are stored; of none it cannot be said, and nothing is against it.
    pub async fn are_opened_by(master: &MasterKey, store: &Store) -> Result<bool, Fault> {
        let stored = store.data_keys().await?;
        Ok(stored.iter().all(|row| master.open(&context(&row.name), &row.sealed).is_ok()))
    }

    /// Opens the data keys; those that are not there yet are made. Nodes that do so at the same moment agree on what is stored first.
    pub async fn open(store: &Store, master: &MasterKey, world: &World) -> Result<Self, Fault> {
        let mut stored = store.data_keys().await?;
        if NAMES.iter().any(|name| stored.iter().all(|row| row.name != *name)) {
            make(store, master, world, &stored).await?;
            stored = store.data_keys().await?;
        }
        let mut opened: HashMap<String, [u8; KEY_BYTES]> = HashMap::new();
        for row in stored {
            let plain = master.open(&context(&row.name), &row.sealed).map_err(|_| {
                let message = "was sealed by another master key: put the master key of this database back";
                Fault::bug(&format!("the data key {:?} {message}", row.name))
            })?;
            let key = plain.expose().try_into();
            opened.insert(row.name, key.map_err(|_| Fault::bug("a data key of another length"))?);
        }
        let take = |name: &str| {
            opened
                .get(name)
                .copied()
                .ok_or_else(|| Fault::bug(&format!("the data key {name:?} is not there")))
        };
        let interactions =
            MasterKey::from_bytes(&take(INTERACTIONS)?).map_err(|e| Fault::bug(&e.to_string()))?;
        Ok(Self {
            refresh: take("refresh tokens")?,
            counters: take("counters of guesses")?,
            user_codes: take("user codes")?,
            links: take("links in mails")?,
            audit_trail: take("audit trail")?,
            interactions,
        })
    }
}

/// Stores the data keys that are missing. An installation that is older than data keys keeps what its master key gave it, so that its
/// refresh tokens go on.
async fn make(store: &Store, master: &MasterKey, world: &World, stored: &[DataKeyRow]) -> Result<(), Fault> {
    let older = match stored.is_empty() {
        true => store.any_signing_key().await?,
        false => None,
    };
    let mut batch = Batch::new();
    for name in NAMES.into_iter().filter(|name| stored.iter().all(|row| row.name != *name)) {
        let key = match &older {
            Some((pool, algorithm, sealed)) => master
                .derive_as(&keys::context(*pool, algorithm), sealed, name)
                .map_err(|_| Fault::bug("the signing keys were sealed by another master key: put the master key of this database back"))?,
            None => *RawKey::generate(&*world.random).as_bytes(),
        };
        let sealed = master.seal(&context(name), &key, &*world.random);
        write::data_key::insert(&mut batch, DataKeyRow { name: name.to_owned(), sealed }, world.clock.now());
    }
    let _ = store.apply(batch).await?;
    Ok(())
}

/// What a data key is sealed for.
pub(crate) fn context(name: &str) -> String {
    format!("data key {name}")
}
