//! A trail on each engine, and sentences about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use usher_core::trail::Marker;
use usher_core::trail::seal::{Holder, Sealed, seal};
use usher_core::trail::verify::{Report, verify};
use usher_core::trail::{Checkpoint, TrailKeys, sums};
use usher_crypto::SystemRandom;
use usher_store::tables::{AuditAbout, AuditEvent, Refusal, Told, write};
use usher_store::{Applied, Batch, Fault, Place, Store, params};
use usher_testdb::Postgres;
use usher_types::{Clock, PoolId, Random, Span, TicketId, Timestamp, UserId};

/// How long rows are kept, as it is set.
pub(crate) const KEPT: Span = Span::days(1);

pub(crate) const POOL: PoolId = PoolId::from_bytes([7; 16]);
pub(crate) const OTHER: PoolId = PoolId::from_bytes([8; 16]);

/// A clock that stands still until it is told otherwise.
pub(crate) struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl Hand {
    pub(crate) fn advance(&self, span: Span) {
        self.0.fetch_add(span.as_millis(), Ordering::SeqCst);
    }
}

/// One node: its own connections to the database that nodes share.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) store: Store,
    pub(crate) keys: Arc<TrailKeys>,
    pub(crate) holder: Holder,
    pub(crate) clock: Arc<Hand>,
}

pub(crate) struct Bench {
    pub(crate) node: Node,
    place: Place,
    _folder: Option<TempDir>,
}

fn about() -> AuditAbout {
    AuditAbout {
        actor: Some("app:web".to_owned()),
        target: Some("app:web".to_owned()),
        ..AuditAbout::default()
    }
}

fn keys(byte: u8) -> Arc<TrailKeys> {
    Arc::new(TrailKeys::from_seed(&[byte; 32]))
}

impl Bench {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::at(Place::Folder(folder.path().join("data")), Some(folder)).await
    }

    pub(crate) async fn postgres(server: &Postgres) -> Self {
        Self::at(Place::Postgres(server.fresh_database().await.unwrap()), None).await
    }

    async fn at(place: Place, folder: Option<TempDir>) -> Self {
        let node = Node {
            store: Store::open(&place).await.unwrap(),
            keys: keys(7),
            holder: Holder::new(&SystemRandom),
            clock: Arc::new(Hand(AtomicI64::new(1_796_000_000_000))),
        };
        Self { node, place, _folder: folder }
    }

    /// Another node: on PostgreSQL with its own connections, on SQLite, which has one process, with a name of its own.
    pub(crate) async fn another_node(&self) -> Node {
        let store = match &self.place {
            Place::Folder(_) => self.node.store.clone(),
            place @ Place::Postgres(_) => Store::open(place).await.unwrap(),
        };
        Node { store, holder: Holder::new(&SystemRandom), ..self.node.clone() }
    }
}

impl Node {
    /// The same node with another installation's keys.
    pub(crate) fn with_other_keys(&self) -> Self {
        Self { keys: keys(8), ..self.clone() }
    }

    /// Writes a row into a pool's trail.
    pub(crate) async fn tell(&self, pool: PoolId, event: &'static str) {
        let mut batch = Batch::new();
        let marker = Marker { keys: &self.keys, now: self.clock.now(), random: &SystemRandom };
        marker.record(&mut batch, pool, self.event(event), about());
        assert_eq!(self.store.apply(batch).await, Ok(Applied::Done));
    }

    pub(crate) async fn tell_many(&self, pool: PoolId, rows: usize) {
        for _ in 0..rows {
            self.tell(pool, "sign_in").await;
        }
    }

    /// Writes many rows in one batch.
    pub(crate) async fn tell_at_once(&self, pool: PoolId, rows: usize) {
        let mut batch = Batch::new();
        let marker = Marker { keys: &self.keys, now: self.clock.now(), random: &SystemRandom };
        for _ in 0..rows {
            marker.record(&mut batch, pool, self.event("sign_in"), about());
        }
        assert_eq!(self.store.apply(batch).await, Ok(Applied::Done));
    }

    fn event(&self, event: &'static str) -> AuditEvent {
        AuditEvent {
            event,
            client_id: Some("web".to_owned()),
            user_id: Some(UserId::new(self.clock.now(), &SystemRandom)),
            network: Some("192.0.2.0/24".to_owned()),
            detail: r#"{"amr":"pwd"}"#.to_owned(),
        }
    }

    /// The minute of the clock.
    pub(crate) fn minute(&self) -> Timestamp {
        let now = self.clock.now().millis();
        Timestamp::from_millis(now - now.rem_euclid(60_000))
    }

    /// Counts refusals in this minute.
    pub(crate) async fn refuse(&self, pool: PoolId, cause: &str, times: i64) {
        self.refuse_at(pool, self.minute(), cause, times).await;
    }

    /// Counts refusals in a minute.
    pub(crate) async fn refuse_at(&self, pool_id: PoolId, minute: Timestamp, cause: &str, times: i64) {
        let (client_id, network) = ("web".to_owned(), "192.0.2.0/24".to_owned());
        let mut batch = Batch::new();
        let refusal = Refusal { pool_id, minute, cause: cause.to_owned(), client_id, network };
        write::refusal::add(&mut batch, refusal, times);
        assert_eq!(self.store.apply(batch).await, Ok(Applied::Done));
    }

    pub(crate) async fn seal_sums(&self) -> Sealed {
        let world = (&*self.clock as &dyn Clock, &SystemRandom as &dyn Random);
        sums::seal(&self.store, &self.keys, self.holder, world).await.unwrap()
    }

    /// Writes a row with an id of its own.
    pub(crate) async fn tell_with(&self, pool: PoolId, id: TicketId) {
        let told = Told::new(pool, id, self.clock.now(), self.event("sign_in"), about());
        let (mark, mut batch) = (self.keys.mark(&told), Batch::new());
        write::audit::record(&mut batch, told, mark);
        assert_eq!(self.store.apply(batch).await, Ok(Applied::Done));
    }

    /// A row as a version before the marks writes it.
    pub(crate) async fn tell_as_before(&self, pool: PoolId, id: TicketId) {
        let sql = "INSERT INTO audit (pool_id, id, at, event, client_id, user_id, network, detail) VALUES ($1, $2, $3, 'sign_in', 'web', NULL, NULL, '{}')";
        self.change(sql, params![pool, id, self.clock.now()]).await;
    }

    /// What a row would tell.
    pub(crate) fn told(&self, pool: PoolId) -> Told {
        let id = TicketId::new(self.clock.now(), &SystemRandom);
        Told::new(pool, id, self.clock.now(), self.event("sign_in"), about())
    }

    pub(crate) async fn seal(&self) -> Sealed {
        self.try_seal().await.unwrap()
    }

    pub(crate) async fn try_seal(&self) -> Result<Sealed, Fault> {
        seal(&self.store, &self.keys, self.holder, &*self.clock).await
    }

    pub(crate) async fn verify(&self) -> Report {
        verify(&self.store, &self.keys, POOL, (Some(KEPT), self.clock.now()), None).await.unwrap()
    }

    pub(crate) async fn verify_since(&self, checkpoint: &Checkpoint) -> Report {
        verify(&self.store, &self.keys, POOL, (Some(KEPT), self.clock.now()), Some(checkpoint)).await.unwrap()
    }

    pub(crate) async fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(POOL, &self.store.newest_audit_seal(POOL).await.unwrap().unwrap())
    }

    /// What is wrong, in words; empty where nothing is.
    pub(crate) async fn wrong(&self) -> String {
        self.verify().await.broken.map(|b| b.what).unwrap_or_default()
    }

    /// Everything is sealed up to this number, and nothing is wrong.
    #[track_caller]
    pub(crate) fn is_whole(&self, number: i64) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let report = self.verify().await;
            assert_eq!(report.broken, None, "{caller}");
            assert_eq!(report.sealed.map_or(0, |s| s.number), number, "{caller}");
            assert_eq!(report.waiting.rows, 0, "{caller}");
        }
    }

    /// Does to the database what somebody with the database in hand does.
    pub(crate) async fn change(&self, sql: &'static str, params: Vec<usher_store::Value>) {
        let mut batch = Batch::new();
        batch.then(sql, params);
        assert_eq!(self.store.apply(batch).await, Ok(Applied::Done));
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        self.store.list(sql, Vec::new()).await.unwrap()[0].get(0).unwrap()
    }
}
