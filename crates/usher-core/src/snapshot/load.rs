//! Reading what is kept in memory: only pools that changed, many at once in few statements.

use super::{Documents, Pool, PoolKeys, Snapshot, Unread};
use crate::client::{Client, OwnScope};
use crate::domain::Home;
use crate::keys::{self, Keyring};
use crate::pool::PoolSettings;
use crate::registration;
use crate::settings::ServerSettings;
use crate::verified::VerifiedByAll;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};
use usher_crypto::jose::SigningAlgorithm;
use usher_crypto::seal::MasterKey;
use usher_store::tables::{KeyRow, PoolRow, PoolState, StoredClient};
use usher_store::{Fault, Store};
use usher_types::uri::PublicUrl;
use usher_types::{PoolId, Timestamp, limits};

/// What it takes to read pools.
pub(crate) struct Loader {
    store: Store,
    public_url: PublicUrl,
    master: Arc<MasterKey>,
    verified: VerifiedByAll,
}

impl Loader {
    pub(crate) fn new(store: Store, settings: &ServerSettings, master: Arc<MasterKey>) -> Self {
        Self { store, public_url: settings.public_url.clone(), master, verified: VerifiedByAll::default() }
    }

    /// What changed since a snapshot: nothing, which takes one statement, or a snapshot with the changed pools read again.
    ///
    /// Numbers are read before what they number, so that a change in between is seen at the next look.
    pub(crate) async fn changed_since(
        &self,
        seen: &Snapshot,
        now: Timestamp,
    ) -> Result<Option<Snapshot>, Fault> {
        let revision = self.store.revision().await?;
        // What could not be read may be readable by now: with another master key, for instance.
        let may_be_readable = !seen.unread.is_empty()
            && !seen.read_at.is_some_and(|read_at| now.is_within(limits::UNREAD_AGAIN, read_at));
        if revision == seen.revision && !may_be_readable {
            return Ok(None);
        }
        let mut found = Found::default();
        let mut runs = Runs::default();
        for (id, revision) in self.store.pool_revisions().await? {
            match seen.all.get(&id).filter(|pool| pool.revision == revision) {
                Some(pool) => {
                    found.pools.push(Arc::clone(pool));
                    runs.end();
                }
                None => runs.add(id),
            }
        }
        for (first, last) in runs.done {
            self.read((first, last), seen, &mut found).await?;
        }
        for pool in found.unread.iter().filter(|pool| !seen.unread.contains(pool)) {
            let Unread { name, why, .. } = pool;
            if pool.is_served {
                tracing::error!(pool = name, why, "a pool that cannot be read goes on as it was");
            } else {
                tracing::error!(pool = name, why, "a pool that cannot be read is left out");
            }
        }
        let Found { pools, former, unread } = found;
        let snapshot = Snapshot::of(revision, self.public_url.authority(), pools, former);
        Ok(Some(Snapshot { unread, read_at: Some(now), ..snapshot }))
    }

    /// Reads all pools of a range of ids. One that cannot be read keeps no other away, and goes on as it was seen last.
    async fn read(
        &self,
        (first, last): (PoolId, PoolId),
        seen: &Snapshot,
        found: &mut Found,
    ) -> Result<(), Fault> {
        let states = self.store.pools_between(first, last).await?;
        let mut clients = by_pool(self.store.clients_between(first, last).await?);
        let mut keys = by_pool(self.store.signing_keys_between(first, last).await?);
        for state in states {
            let (id, name, is_first) = (state.pool.id, state.pool.name.clone(), state.pool.is_first);
            let parts = (clients.remove(&id).unwrap_or_default(), keys.remove(&id).unwrap_or_default());
            match self.pool(state, parts) {
                Ok(pool) => found.pools.push(Arc::new(pool)),
                Err(why) => {
                    let before = seen.all.get(&id);
                    found.unread.push(Unread { name, is_first, is_served: before.is_some(), why });
                    found.former.extend(before.cloned());
                }
            }
        }
        Ok(())
    }

    /// One pool, or why it cannot be read.
    fn pool(
        &self,
        PoolState { pool: row, revision }: PoolState,
        (stored, keys): (Vec<StoredClient>, Vec<KeyRow>),
    ) -> Result<Pool, String> {
        let settings = PoolSettings::stored(&row.settings).map_err(|e| format!("its settings: {e}"))?;
        let home = Home::of(&row, &self.public_url).map_err(|e| format!("its domain: {e}"))?;
        keys::check_seals(&keys, row.id, &self.master).map_err(|e| e.to_string())?;
        let keys: Arc<[KeyRow]> = keys.into();
        let applications = Applications::read(stored);
        Ok(Pool {
            id: row.id,
            issuer: home.issuer(),
            address: home.address,
            is_first: row.is_first,
            base: home.base,
            settings,
            verified: self.verified.of(row.id, keys.iter().map(|key| key.kid.as_str())),
            keys: self.keys(&row, Arc::clone(&keys), applications.algorithms.clone()),
            key_rows: keys,
            name: row.name,
            clients: applications.clients,
            audiences: applications.audiences,
            algorithms: applications.algorithms,
            origins: applications.origins,
            documents: Documents::default(),
            revision,
            is_hosted: home.is_own,
        })
    }

    fn keys(&self, row: &PoolRow, keys: Arc<[KeyRow]>, used: Vec<SigningAlgorithm>) -> PoolKeys {
        let (id, name, master) = (row.id, row.name.clone(), Arc::clone(&self.master));
        LazyLock::new(Box::new(move || {
            Keyring::open(&keys, id, &master, &used).unwrap_or_else(|fault| {
                tracing::error!(pool = name, %fault, "the keys of a pool cannot be read: it signs nothing");
                Keyring::default()
            })
        }))
    }
}

/// What came of reading.
#[derive(Default)]
struct Found {
    pools: Vec<Arc<Pool>>,
    /// Pools as they were seen last, which cannot be read as they are now.
    former: Vec<Arc<Pool>>,
    unread: Vec<Unread>,
}

/// Ranges of ids between which no other pool lies, none of more than [`limits::POOLS_READ`].
#[derive(Default)]
struct Runs {
    done: Vec<(PoolId, PoolId)>,
    /// How many pools the last range has; none where it has ended.
    length: u32,
}

impl Runs {
    /// The next id in order is of a pool to be read.
    fn add(&mut self, id: PoolId) {
        match self.done.last_mut().filter(|_| (1..limits::POOLS_READ).contains(&self.length)) {
            Some((_, last)) => *last = id,
            None => {
                self.length = 0;
                self.done.push((id, id));
            }
        }
        self.length = self.length.saturating_add(1);
    }

    /// The next id in order is of a pool that is known.
    const fn end(&mut self) {
        self.length = 0;
    }
}

fn by_pool<T>(rows: Vec<(PoolId, T)>) -> HashMap<PoolId, Vec<T>> {
    let mut sorted: HashMap<PoolId, Vec<T>> = HashMap::new();
    for (id, row) in rows {
        sorted.entry(id).or_default().push(row);
    }
    sorted
}

/// A pool's applications and what follows from all of them together.
struct Applications {
    clients: HashMap<String, Arc<Client>>,
    origins: HashSet<String>,
    audiences: HashMap<String, String>,
    algorithms: Vec<SigningAlgorithm>,
}

impl Applications {
    fn read(stored: Vec<StoredClient>) -> Self {
        let mut all = Self {
            clients: HashMap::with_capacity(stored.len()),
            origins: HashSet::new(),
            audiences: HashMap::new(),
            algorithms: vec![SigningAlgorithm::Rs256],
        };
        for StoredClient { client_id, settings } in stored {
            // One unreadable application must not keep all others away: it is as if it were not there.
            match registration::read_settings(&settings) {
                Ok(settings) => all.add(client_id, Client::new(settings)),
                Err(error) => {
                    tracing::error!(client.id = client_id, %error, "an application whose settings cannot be read is left out");
                }
            }
        }
        all
    }

    fn add(&mut self, client_id: String, client: Client) {
        let settings = &client.settings;
        if client.is_public() {
            self.origins
                .extend(settings.redirect_uris.iter().filter_map(usher_types::uri::RedirectUri::origin));
        }
        for algorithm in [settings.id_token_signed_response_alg, settings.access_token_signed_response_alg] {
            if !self.algorithms.contains(&algorithm) {
                self.algorithms.push(algorithm);
            }
        }
        for clash in declare(&mut self.audiences, &settings.scopes) {
            tracing::warn!(
                client.id = client_id,
                scope = clash.scope,
                api = clash.api,
                first = clash.first,
                "two applications of a pool declare one scope for different APIs: where neither is the one that asks, the first counts"
            );
        }
        self.clients.insert(client_id, Arc::new(client));
    }
}

/// A scope that two applications declare for different APIs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Clash {
    pub(super) scope: String,
    /// The API of the later one.
    pub(super) api: String,
    /// The API of the first.
    pub(super) first: String,
}

/// Notes the APIs that an application's own scopes are for. Of several applications with a scope of the same name, the first one by its
/// identifier says whose it is, on every node.
pub(super) fn declare(audiences: &mut HashMap<String, String>, scopes: &[OwnScope]) -> Vec<Clash> {
    let mut clashes = Vec::new();
    for own in scopes {
        let Some(api) = &own.audience else { continue };
        let first = audiences.entry(own.name.clone()).or_insert_with(|| api.clone());
        if first != api {
            clashes.push(Clash { scope: own.name.clone(), api: api.clone(), first: first.clone() });
        }
    }
    clashes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> PoolId {
        let mut bytes = [0; 16];
        bytes[12..].copy_from_slice(&number.to_be_bytes());
        PoolId::from_bytes(bytes)
    }

    #[test]
    fn changed_pools_side_by_side_are_read_together_up_to_a_bound() {
        let mut runs = Runs::default();
        for number in 0..=limits::POOLS_READ * 2 {
            runs.add(id(number));
        }
        let (most, first) = (limits::POOLS_READ, id(0));
        let expected = [(first, id(most - 1)), (id(most), id(most * 2 - 1)), (id(most * 2), id(most * 2))];
        assert_eq!(runs.done, expected);

        let mut runs = Runs::default();
        runs.end();
        runs.add(id(1));
        runs.add(id(2));
        runs.end();
        runs.end();
        runs.add(id(5));
        assert_eq!(runs.done, [(id(1), id(2)), (id(5), id(5))]);
    }
}
