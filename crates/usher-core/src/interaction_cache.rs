//! What waits for a person, and the memory of those seen lately, so that showing a page of one costs no read.

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use usher_types::{BrowserId, Endpoint, Locale, PoolId, Scope, TicketId, Timestamp};

/// Bytes of interactions kept in memory.
const BYTES: u64 = 4 * 1024 * 1024;
/// How many that is expected to be.
const EXPECTED: usize = 4096;

/// The door that stored an interaction, and that alone goes on with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The authorization endpoint.
    #[default]
    Authorize,
    /// The page for the codes of devices.
    Device,
    /// The pages of a person's own account.
    Account,
}

impl Door {
    /// Where the pages hand its requests back.
    pub const fn resumes_at(self) -> Endpoint {
        match self {
            Self::Authorize => Endpoint::AuthorizeResume,
            Self::Device => Endpoint::DeviceResume,
            Self::Account => Endpoint::AccountResume,
        }
    }
}

/// What waits for a person. Never changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interaction {
    /// The door that stored it.
    #[serde(default)]
    pub door: Door,
    /// The application; empty where none asks.
    pub client_id: String,
    /// The door's request, to be decided again.
    pub request: String,
    /// The pages' language.
    pub locale: Locale,
    /// The name that the application expects to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// The scope that could be granted.
    pub scope: Scope,
    /// The single claims that could be granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// The host to which the person returns; empty where it is none.
    pub return_host: String,
    /// Whether people are signed in in this browser already.
    #[serde(default)]
    pub somebody_here: bool,
    /// SHA-256 of the browser's cookie secret at the beginning; set by [`begin`].
    #[serde(default)]
    pub began_with: [u8; 32],
}

impl Interaction {
    /// The application, where one asks.
    pub fn application(&self) -> Option<String> {
        (!self.client_id.is_empty()).then(|| self.client_id.clone())
    }
}

/// What is cached of an interaction never changes: the request, and the browser's secret at its beginning.
pub(crate) struct Cached {
    pub(crate) secret_hash: [u8; 32],
    pub(crate) browser: (BrowserId, [u8; 32]),
    pub(crate) interaction: Arc<Interaction>,
    pub(crate) created_at: Timestamp,
}

/// Interactions seen lately.
pub struct InteractionCache(Cache<(PoolId, TicketId), Arc<Cached>, BySize>);

#[derive(Clone)]
struct BySize;

impl Weighter<(PoolId, TicketId), Arc<Cached>> for BySize {
    fn weight(&self, _key: &(PoolId, TicketId), cached: &Arc<Cached>) -> u64 {
        let text = cached.interaction.request.len()
            + cached.interaction.claims.iter().map(String::len).sum::<usize>();
        u64::try_from(text).unwrap_or(u64::MAX).saturating_add(512)
    }
}

impl InteractionCache {
    pub(crate) fn new() -> Self {
        Self(Cache::with_weighter(EXPECTED, BYTES, BySize))
    }

    pub(crate) fn insert(&self, pool: PoolId, id: TicketId, cached: Cached) {
        self.0.insert((pool, id), Arc::new(cached));
    }

    pub(crate) fn get(&self, pool: PoolId, id: TicketId) -> Option<Arc<Cached>> {
        self.0.get(&(pool, id))
    }
}

impl std::fmt::Debug for InteractionCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InteractionCache({})", self.0.len())
    }
}
