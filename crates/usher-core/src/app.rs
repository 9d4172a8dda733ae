//! The running server's state, and the context of one request: everything that a handler may know beside the request itself.

use crate::data_keys::DataKeys;
use crate::guesses::Guesses;
use crate::hashing::Hashing;
use crate::health::Health;
use crate::interaction_cache::InteractionCache;
use crate::last_used::LastUsed;
use crate::mail_turns::MailTurns;
use crate::metrics::Metrics;
use crate::refusals::RefusalLog;
use crate::reply::Reply;
use crate::request::Peer;
use crate::settings::ServerSettings;
use crate::snapshot::{Loader, Pool, Snapshot};
use crate::trail::TrailKeys;
use crate::trail::seal::Holder;
use crate::world::World;
use arc_swap::ArcSwap;
use http::StatusCode;
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;
use usher_crypto::seal::MasterKey;
use usher_store::{Fault, Store};
use usher_types::page::{Application, Content, ErrorPage, Frame, Page, Problem};
use usher_types::{Endpoint, Locale, Random, RequestId, Timestamp};

/// The running server.
pub struct App {
    /// The database.
    pub store: Store,
    /// The operator's decisions.
    pub settings: ServerSettings,
    /// Seals what must be read again.
    pub master: Arc<MasterKey>,
    /// What it seals keys for: one per purpose.
    pub keys: DataKeys,
    /// The seams to the world.
    pub world: World,
    /// Password hashing.
    pub hashing: Hashing,
    /// Guesses under way.
    pub guesses: Guesses,
    /// Refusals to be summed up.
    pub refusals: RefusalLog,
    /// Interactions seen lately.
    pub interactions: InteractionCache,
    /// When access keys were last used.
    pub last_used: LastUsed,
    /// Whose mails are next.
    pub mail_turns: MailTurns,
    /// The keys of the audit trail.
    pub trail: TrailKeys,
    /// This node, where only one may seal the audit trail.
    sealer: OnceLock<Holder>,
    /// Whether requests can be answered.
    pub health: Health,
    /// What happens, in numbers.
    pub metrics: Metrics,
    snapshot: ArcSwap<Snapshot>,
    loader: Mutex<Loader>,
}

impl App {
    /// Opens the data keys, loads the snapshot and starts the hashing threads.
    pub async fn start(
        store: Store,
        settings: ServerSettings,
        master: MasterKey,
        world: World,
    ) -> Result<Self, Fault> {
        let keys = DataKeys::open(&store, &master, &world).await?;
        let master = Arc::new(master);
        let loader = Loader::new(store.clone(), &settings, Arc::clone(&master));
        let snapshot =
            loader.changed_since(&Snapshot::default(), world.clock.now()).await?.unwrap_or_default();
        let hashing = Hashing::start(Arc::clone(&world.random))
            .map_err(|e| Fault::bug(&format!("no threads for hashing: {e}")))?;
        let trail = TrailKeys::of(&keys);
        let metrics = Metrics::new(world.clock.now());
        Ok(Self {
            store,
            settings,
            master,
            keys,
            world,
            hashing,
            guesses: Guesses::default(),
            refusals: RefusalLog::default(),
            interactions: InteractionCache::new(),
            last_used: LastUsed::default(),
            mail_turns: MailTurns::default(),
            trail,
            sealer: OnceLock::new(),
            health: Health::default(),
            metrics,
            snapshot: ArcSwap::from_pointee(snapshot),
            loader: Mutex::new(loader),
        })
    }

    /// As whom this node seals. Drawn when it first does: the generator's own start costs more than the rest of a server's.
    pub(crate) fn sealer(&self) -> Holder {
        *self.sealer.get_or_init(|| Holder::new(&*self.world.random))
    }

    /// What rarely changes, as of the last look.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Looks whether something changed, and reads the pools that did.
    pub async fn refresh_snapshot(&self) -> Result<(), Fault> {
        // One look at a time: of two, the later must not be undone by the earlier.
        let loader = self.loader.lock().await;
        let looked = loader.changed_since(&self.snapshot(), self.world.clock.now()).await;
        self.health.looked(looked.is_ok());
        if let Some(snapshot) = looked? {
            self.snapshot.store(Arc::new(snapshot));
        }
        self.metrics.looked(self.world.clock.now());
        Ok(())
    }
}

/// The context of one request. Time and randomness come from here only.
pub struct Cx {
    /// The server.
    pub app: Arc<App>,
    /// The moment of the request, read once.
    pub now: Timestamp,
    /// The pool that the request is about.
    pub pool: Arc<Pool>,
    /// Who is at the other end.
    pub peer: Peer,
    /// The language that the browser prefers.
    pub locale: Locale,
    request_id: OnceLock<RequestId>,
}

impl Cx {
    /// The context of a request to a pool from a peer, at this moment.
    pub fn new(app: Arc<App>, pool: Arc<Pool>, peer: Peer, locale: Locale) -> Self {
        let now = app.world.clock.now();
        Self { app, now, pool, peer, locale, request_id: OnceLock::new() }
    }

    /// The request's id, in logs and small print; drawn when it is first needed.
    pub fn request_id(&self) -> RequestId {
        *self.request_id.get_or_init(|| RequestId::new(self.now, self.random()))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.app.store
    }

    /// The source of randomness.
    pub fn random(&self) -> &dyn Random {
        &*self.app.world.random
    }

    /// An endpoint's path at the pool's address, for redirects and forms of this server's own pages.
    pub fn path(&self, endpoint: Endpoint) -> String {
        if endpoint.is_global() {
            endpoint.path().to_owned()
        } else {
            format!("{}{}", self.pool.base, endpoint.path())
        }
    }

    /// An endpoint's full address.
    pub fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.pool.origin(), self.path(endpoint))
    }

    /// The page for a mistake of ours or the world's, logged here once and told to nobody; `error` is its code for programs.
    pub fn fault_page(&self, fault: &Fault, what: &'static str, error: &'static str) -> Reply {
        tracing::error!(request.id = %self.request_id(), fault = %fault, "{what}");
        let (status, problem) = match fault.is_passing() {
            true => (StatusCode::SERVICE_UNAVAILABLE, Problem::Unavailable),
            false => (StatusCode::INTERNAL_SERVER_ERROR, Problem::Internal),
        };
        let content = ErrorPage { error: error.to_owned(), problem, developer: Vec::new(), back: None };
        Reply::page(status, self.page(None, self.locale, Content::Error(content)))
    }

    /// A page in this request's frame, on behalf of an application.
    pub fn page(&self, client_id: Option<&str>, locale: Locale, content: Content) -> Page {
        let application = client_id.and_then(|id| self.pool.clients.get(id)).map(|client| {
            let settings = &client.settings;
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("client_id", client.id())
                .finish();
            let logo = settings
                .logo_digest
                .as_ref()
                .map(|d| format!("{}?{query}&v={d}", self.path(Endpoint::ApplicationLogo)));
            let style = settings.colour.as_ref().map(|c| {
                format!("{}?{query}&v={}", self.path(Endpoint::ApplicationStyle), c.trim_start_matches('#'))
            });
            Application {
                name: settings.client_name.clone(),
                logo,
                style,
                home: settings.client_uri.as_ref().map(|u| u.as_str().to_owned()),
                policy: settings.policy_uri.as_ref().map(|u| u.as_str().to_owned()),
                terms: settings.tos_uri.as_ref().map(|u| u.as_str().to_owned()),
            }
        });
        let frame = Frame {
            locale,
            pool: self.pool.shown_name(),
            base: self.pool.base.clone(),
            application,
            request_id: self.request_id().to_string(),
        };
        Page { frame, content }
    }
}
