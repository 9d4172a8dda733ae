//! A declared installation: pools, people and applications, applied so that a second time changes nothing. Strict: whatever is
//! wrong is found before anything is written, and named by its place.

mod access_key;
mod changed;
mod check;
mod domain;
mod planter;

pub use crate::registration::open_secret;
pub use check::{check, check_domains};

use crate::client::{ClientSettings, SettingError};
use crate::data_keys::DataKeys;
use crate::password::Rule;
use crate::pool::PoolSettings;
use crate::registration::UserSettings;
use crate::trail::{Event, Party, TrailKeys};
use crate::world::World;
use crate::{Fault, keys};
use changed::Changed;
use planter::Planter;
use serde::Deserialize;
use std::path::Path;
use usher_crypto::jose::SigningAlgorithm;
use usher_crypto::seal::MasterKey;
use usher_store::tables::{PoolRow, write};
use usher_store::{Applied, Batch, Store};
use usher_types::{Domain, PoolId};

/// A declared pool.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolSeed {
    /// Its name: in paths and cookies. The first declared pool lives at the public URL itself.
    pub name: String,
    /// The domain that it lives at instead of `/<name>`; where none is declared, what the command line set stays.
    pub domain: Option<Domain>,
    /// Its settings.
    #[serde(default)]
    pub settings: PoolSettings,
    /// Its applications.
    #[serde(default)]
    pub applications: Vec<ClientSettings>,
    /// Its people.
    #[serde(default)]
    pub users: Vec<UserSettings>,
}

/// The kind of thing that is declared wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// The pool itself.
    Pool,
    /// Its settings.
    Settings,
    /// Its application with this number.
    Application(usize),
    /// The access key with the second number of the application with the first.
    AccessKey(usize, usize),
    /// Its person with this number.
    User(usize),
}

/// What is declared wrongly, and where.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A declaration that cannot be.
    #[error("pool {pool}: {setting}")]
    Setting {
        /// Number of the pool.
        pool: usize,
        /// What in the pool.
        item: Item,
        /// Which setting, and why.
        setting: SettingError,
    },
    /// Our mistake or the world's.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Applies declarations. Several nodes may do so at once; each thing that is there already and equal is left alone.
pub async fn apply(
    store: &Store,
    master: &MasterKey,
    world: &World,
    pools: &[PoolSeed],
    base: &Path,
) -> Result<(), SeedError> {
    check(pools, base)?;
    let trail = &TrailKeys::of(&DataKeys::open(store, master, world).await?);
    for (number, seed) in pools.iter().enumerate() {
        let rule = Rule::new(&seed.settings, &seed.name).with_known(world.known_passwords.clone());
        let pool = apply_pool((store, master, world), trail, seed, number).await?;
        domain::apply(store, world, (pool, number), seed.domain.as_ref()).await?;
        let planter = Planter { store, master, world, trail, pool, rule, number };
        let mut algorithms = vec![SigningAlgorithm::Rs256];
        for (i, client) in seed.applications.iter().enumerate() {
            planter.application(client, i, base).await?;
            for (j, key) in client.access_keys.iter().enumerate() {
                planter.access_key(&client.client_id, key, Item::AccessKey(i, j)).await?;
            }
            algorithms.extend([client.id_token_signed_response_alg, client.access_token_signed_response_alg]);
        }
        algorithms.sort_by_key(|a| a.as_str());
        algorithms.dedup();
        keys::ensure(store, master, world, pool, &algorithms).await?;
        planter.forget_others(&seed.users).await?;
        for (i, user) in seed.users.iter().enumerate() {
            planter.user(user, i).await?;
        }
    }
    Ok(())
}

async fn apply_pool(
    (store, master, world): (&Store, &MasterKey, &World),
    trail: &TrailKeys,
    seed: &PoolSeed,
    number: usize,
) -> Result<PoolId, SeedError> {
    let now = world.clock.now();
    let settings = serde_json::to_string(&seed.settings).unwrap_or_default();
    let planter = |pool| {
        let rule = Rule::new(&seed.settings, &seed.name);
        Planter { store, master, world, trail, pool, rule, number }
    };
    // Another node may be doing the same: what it stored first is what both go on with.
    for _ in 0..3 {
        let stored = store.pool_record(&seed.name).await?.map(|record| record.pool);
        if let Some(pool) = stored {
            if pool.settings == settings {
                return Ok(pool.id);
            }
            let mut batch = Batch::new();
            let id = pool.id;
            let changed = Changed::of_pool(&pool.settings, &settings);
            write::pool::update(&mut batch, POOL, PoolRow { settings: settings.clone(), ..pool }, now);
            write::pool::bump_revision(&mut batch, id);
            planter(id).record(&mut batch, Event::PoolChanged, (None, Party::Pool(id)), changed);
            if let Applied::Done = store.apply(batch).await? {
                return Ok(id);
            }
            continue;
        }
        let is_first = number == 0;
        if is_first && let Some(first) = store.first_pool().await? {
            let message =
                format!("the first pool of this database is {:?}: declare it first", first.pool.name);
            return Err(SeedError::Setting {
                pool: number,
                item: Item::Pool,
                setting: SettingError::new("name", message),
            });
        }
        let row = PoolRow {
            id: PoolId::new(now, &*world.random),
            name: seed.name.clone(),
            is_first,
            settings: settings.clone(),
            version: 1,
            domain: None,
        };
        let mut batch = Batch::new();
        let id = row.id;
        planter(id).record(&mut batch, Event::PoolCreated, (None, Party::Pool(id)), Changed::default());
        write::pool::insert(&mut batch, POOL, row, now);
        write::pool::bump_revision(&mut batch, id);
        let _ = store.apply(batch).await?;
    }
    Err(Fault::bug("a pool changed again and again while it was applied").into())
}

const POOL: &str = "the pool is as it was read";
