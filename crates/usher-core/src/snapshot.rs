//! What rarely changes, in memory: pools, applications' settings, signing keys. A node reads again only the pools that changed; whether
//! something is enabled or revoked is never here.

mod load;

pub(crate) use load::Loader;

use crate::client::Client;
use crate::keys::Keyring;
use crate::pool::PoolSettings;
use crate::verified::VerifiedTokens;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, LazyLock, OnceLock};
use usher_crypto::jose::SigningAlgorithm;
use usher_store::tables::KeyRow;
use usher_types::uri::PublicUrl;
use usher_types::{Endpoint, PoolId, Timestamp};

/// Everything that rarely changes. Two snapshots share the pools that did not change between them.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The revision that it shows.
    pub revision: i64,
    /// When it was read.
    read_at: Option<Timestamp>,
    /// The host of the public URL.
    authority: String,
    all: BTreeMap<PoolId, Arc<Pool>>,
    first: Option<Arc<Pool>>,
    named: HashMap<String, Arc<Pool>>,
    hosted: HashMap<String, Arc<Pool>>,
    /// Pools that could not be read as they are now.
    pub unread: Vec<Unread>,
}

/// A pool that cannot be read as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its name.
    pub name: String,
    /// Whether it is the first one.
    pub is_first: bool,
    /// Whether it goes on as it was seen last; else it is not there.
    pub is_served: bool,
    /// Why, in words; no secret.
    pub why: String,
}

/// A pool as requests see it.
#[derive(Debug)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// Its name in paths and cookies.
    pub name: String,
    /// Whether it is the first one, which lives at the public URL itself.
    pub is_first: bool,
    /// Where people and applications reach it: the public URL, or its own domain.
    pub address: PublicUrl,
    /// Its base path at that address: empty for the first pool and at an own domain, `/<name>` for the others.
    pub base: String,
    /// Its issuer identifier.
    pub issuer: String,
    /// Its settings.
    pub settings: PoolSettings,
    /// Its applications by client identifier.
    pub clients: HashMap<String, Arc<Client>>,
    /// The APIs that its applications' own scopes are for, by the scopes' names.
    pub audiences: HashMap<String, String>,
    /// Its signing keys, opened when they are first needed.
    pub keys: PoolKeys,
    /// What is stored of them.
    pub(crate) key_rows: Arc<[KeyRow]>,
    /// The algorithms that its applications' tokens are signed by.
    pub algorithms: Vec<SigningAlgorithm>,
    /// Origins of callbacks that its public applications registered.
    pub origins: HashSet<String>,
    /// Access tokens whose signatures were found right lately.
    pub verified: VerifiedTokens,
    /// Documents that a door serialises once.
    pub documents: Documents,
    /// How often it had changed when it was read.
    revision: i64,
    /// Whether it has a domain of its own; its paths below the public URL lead nowhere then.
    is_hosted: bool,
}

/// A pool's signing keys. Sealed keys were found to open; reading them costs a hundred times more, and most pools of many sign nothing for
/// a long time.
pub type PoolKeys = LazyLock<Keyring, Box<dyn FnOnce() -> Keyring + Send + Sync>>;

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

/// What a request's host and path lead to.
#[derive(Debug)]
pub enum Site {
    /// An endpoint of a pool.
    Found(Arc<Pool>, Endpoint),
    /// Nothing; the pool whose pages say so.
    Nothing(Arc<Pool>),
    /// A host where nobody lives; the pool whose pages say so.
    Elsewhere(Arc<Pool>),
}

impl Snapshot {
    /// The pool that a path names below the public URL; the first one where it names none.
    pub fn pool(&self, name: Option<&str>) -> Option<&Arc<Pool>> {
        match name {
            None => self.first.as_ref(),
            Some(name) => self.named.get(name),
        }
    }

    /// Whether the first pool is there and cannot be served.
    pub fn lacks_first(&self) -> bool {
        self.unread.iter().any(|pool| pool.is_first && !pool.is_served)
    }

    /// All pools, the first one first, then the oldest first.
    pub fn pools(&self) -> impl Iterator<Item = &Arc<Pool>> {
        self.first.iter().chain(self.all.values().filter(|pool| !pool.is_first))
    }

    /// What a host, as a request names it, and a path lead to. Without a first pool nobody answers but pools that are found.
    ///
    /// Invariant: a pool is found at one host and base only, which its issuer names.
    pub fn site(&self, host: Option<&str>, path: &str) -> Option<Site> {
        let host = host.map(str::to_ascii_lowercase).unwrap_or_default();
        let found = Endpoint::find(path);
        let first = || self.first.as_ref().map(Arc::clone);
        if host == self.authority {
            let at = |(name, endpoint)| Some(Site::Found(Arc::clone(self.pool(name)?), endpoint));
            return found.and_then(at).or_else(|| first().map(Site::Nothing));
        }
        Some(match (self.hosted.get(&host), found) {
            (None, _) => Site::Elsewhere(first()?),
            (Some(pool), Some((None, endpoint))) => Site::Found(Arc::clone(pool), endpoint),
            (Some(pool), _) => Site::Nothing(Arc::clone(pool)),
        })
    }

    /// Of these pools, each found where it lives; and of those as they were before, where nobody else lives by now.
    fn of(revision: i64, authority: &str, pools: Vec<Arc<Pool>>, former: Vec<Arc<Pool>>) -> Self {
        let mut snapshot = Self { revision, authority: authority.to_owned(), ..Self::default() };
        let mut contested = HashSet::new();
        for pool in pools {
            if let Some(other) = snapshot.add(&pool) {
                // A domain that went from one pool to another between two reads: whose it is, the next look tells.
                contested.insert(other.address.authority().to_owned());
            }
        }
        for host in &contested {
            snapshot.hosted.remove(host);
        }
        for pool in former {
            let host = pool.address.authority();
            if !(pool.is_hosted && (contested.contains(host) || snapshot.hosted.contains_key(host))) {
                snapshot.add(&pool);
            }
        }
        snapshot
    }

    /// Adds a pool where it lives; the one that was there by the same domain.
    fn add(&mut self, pool: &Arc<Pool>) -> Option<Arc<Pool>> {
        self.all.insert(pool.id, Arc::clone(pool));
        if pool.is_first {
            self.first = Some(Arc::clone(pool));
            return None;
        }
        if pool.is_hosted {
            return self.hosted.insert(pool.address.authority().to_owned(), Arc::clone(pool));
        }
        self.named.insert(pool.name.clone(), Arc::clone(pool));
        None
    }
}

impl Pool {
    /// `https://id.example.com`: what its addresses begin with, and what pages of its own say in an Origin header.
    pub fn origin(&self) -> &str {
        self.address.origin()
    }

    /// What people call it: its name for people, else the address that they know it by, without a port.
    pub fn shown_name(&self) -> String {
        let authority = self.address.authority();
        let host = authority.strip_suffix(&format!(":{}", self.address.port())).unwrap_or(authority);
        let address = || format!("{host}{}", self.base);
        self.settings.display_name.clone().unwrap_or_else(address)
    }
}

#[cfg(test)]
mod tests;
