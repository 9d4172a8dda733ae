//! What rarely changes, in memory: pools, applications' settings, signing keys. Loaded whole when the revision rises; whether
//! something is enabled or revoked is never here.

use crate::client::{Client, OwnScope};
use crate::keys::Keyring;
use crate::pool::PoolSettings;
use crate::registration;
use crate::settings::ServerSettings;
use crate::verified::VerifiedTokens;
use bytes::Bytes;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use usher_crypto::jose::SigningAlgorithm;
use usher_crypto::seal::MasterKey;
use usher_store::tables::PoolRow;
use usher_store::{Fault, Store};
use usher_types::PoolId;

/// Everything that rarely changes.
#[derive(Debug)]
pub struct Snapshot {
    /// The revision that it shows.
    pub revision: i64,
    first: Option<Arc<Pool>>,
    others: HashMap<String, Arc<Pool>>,
}

/// A pool as requests see it.
#[derive(Debug)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// Its name in paths and cookies.
    pub name: String,
    /// Its base path: empty for the first pool, `/<name>` for the others.
    pub base: String,
    /// Its issuer identifier.
    pub issuer: String,
    /// Its settings.
    pub settings: PoolSettings,
    /// Its applications by client identifier.
    pub clients: HashMap<String, Arc<Client>>,
    /// The APIs that its applications' own scopes are for, by the scopes' names.
    pub audiences: HashMap<String, String>,
    /// Its signing keys.
    pub keys: Keyring,
    /// The algorithms that its applications' tokens are signed by.
    pub algorithms: Vec<SigningAlgorithm>,
    /// Origins of callbacks that its public applications registered.
    pub origins: HashSet<String>,
    /// Access tokens whose signatures were found right lately.
    pub verified: VerifiedTokens,
    /// Documents that a door serialises once.
    pub documents: Documents,
}

/// Documents that are the same for everybody until the snapshot changes.
#[derive(Debug, Default)]
pub struct Documents {
    /// Provider metadata.
    pub discovery: OnceLock<Document>,
    /// The key set.
    pub jwks: OnceLock<Document>,
}

/// A serialised document and its entity tag.
#[derive(Debug, Clone)]
pub struct Document {
    /// JSON.
    pub bytes: Bytes,
    /// A strong entity tag with its quotes (RFC 9110 §8.8.3).
    pub etag: String,
}

impl Document {
    /// Serialises once.
    pub fn new(content: &impl serde::Serialize) -> Self {
        let bytes = Bytes::from(serde_json::to_vec(content).unwrap_or_default());
        let digest = usher_crypto::sha256(&bytes);
        let etag = format!("\"{}\"", usher_types::opaque::base64url(digest.get(..12).unwrap_or_default()));
        Self { bytes, etag }
    }
}

impl Snapshot {
    /// Reads everything. The revision is read first, so that a change in between is seen at the next look.
    pub async fn load(store: &Store, settings: &ServerSettings, master: &MasterKey) -> Result<Self, Fault> {
        let revision = store.revision().await?;
        let mut snapshot = Self { revision, first: None, others: HashMap::new() };
        for row in store.pools().await? {
            let is_first = row.is_first;
            let pool = Arc::new(load_pool(store, settings, master, row).await?);
            if is_first {
                snapshot.first = Some(pool);
            } else {
                snapshot.others.insert(pool.name.clone(), pool);
            }
        }
        Ok(snapshot)
    }

    /// The pool that a path names; the first one where it names none.
    pub fn pool(&self, name: Option<&str>) -> Option<&Arc<Pool>> {
        match name {
            None => self.first.as_ref(),
            Some(name) => self.others.get(name),
        }
    }

    /// All pools, the first one first.
    pub fn pools(&self) -> impl Iterator<Item = &Arc<Pool>> {
        self.first.iter().chain(self.others.values())
    }
}

async fn load_pool(
    store: &Store,
    server: &ServerSettings,
    master: &MasterKey,
    row: PoolRow,
) -> Result<Pool, Fault> {
    let settings: PoolSettings = serde_json::from_str(&row.settings)
        .map_err(|e| Fault::bug(&format!("settings of pool {}: {e}", row.name)))?;
    let mut clients = HashMap::new();
    let mut origins = HashSet::new();
    let mut audiences = HashMap::new();
    let mut algorithms = vec![SigningAlgorithm::Rs256];
    for stored in store.clients(row.id).await? {
        // One unreadable application must not keep all others away: it is as if it were not there.
        let settings = match registration::read_settings(&stored.settings) {
            Ok(settings) => settings,
            Err(error) => {
                tracing::error!(client.id = stored.client_id, %error, "an application whose settings cannot be read is left out");
                continue;
            }
        };
        let client = Client::new(settings);
        if client.is_public() {
            origins.extend(
                client.settings.redirect_uris.iter().filter_map(usher_types::uri::RedirectUri::origin),
            );
        }
        for algorithm in
            [client.settings.id_token_signed_response_alg, client.settings.access_token_signed_response_alg]
        {
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
        for clash in declare(&mut audiences, &client.settings.scopes) {
            tracing::warn!(
                client.id = stored.client_id,
                scope = clash.scope,
                api = clash.api,
                first = clash.first,
                "two applications of a pool declare one scope for different APIs: where neither is the one that asks, the first counts"
            );
        }
        clients.insert(stored.client_id, Arc::new(client));
    }
    let keys = Keyring::open(store.signing_keys(row.id).await?, row.id, master, &algorithms)?;
    let base = if row.is_first { String::new() } else { format!("/{}", row.name) };
    Ok(Pool {
        id: row.id,
        issuer: format!("{}{base}/oidc", server.public_url.origin()),
        name: row.name,
        base,
        settings,
        clients,
        audiences,
        keys,
        algorithms,
        origins,
        verified: VerifiedTokens::default(),
        documents: Documents::default(),
    })
}

/// A scope that two applications declare for different APIs.
#[derive(Debug, PartialEq, Eq)]
struct Clash {
    scope: String,
    /// The API of the later one.
    api: String,
    /// The API of the first.
    first: String,
}

/// Notes the APIs that an application's own scopes are for. Of several applications with a scope of the same name, the first one by its
/// identifier says whose it is, on every node.
fn declare(audiences: &mut HashMap<String, String>, scopes: &[OwnScope]) -> Vec<Clash> {
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
mod tests;
