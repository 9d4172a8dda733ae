//! Starting a server: master keys, store, seed, the running parts, and their end.

use crate::config::{ConfigError, Loaded};
use crate::management::Socket;
use crate::{listener, master_key, world};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use usher_core::world::World;
use usher_core::{App, ServerSettings, reseal, seed};
use usher_crypto::seal::{MasterKey, RawKey};
use usher_store::{OpenError, Place, Store};
use usher_types::{Span, limits};

/// Between two sweeps, and between two writings of summed-up refusals.
const HOUSEKEEPING: Span = Span::seconds(30);

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What the operator wrote.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What the machine has.
    #[error("{0}")]
    Machine(String),
    /// Somebody else has the data folder.
    #[error("{0}")]
    InUse(String),
}

/// Opens the store, applies the seed and loads what is needed to answer.
pub async fn prepare(loaded: &Loaded, world: World) -> Result<Arc<App>, StartError> {
    let (store, master) = open(loaded, &world).await?;
    let app = fill(loaded, store.clone(), master, world).await;
    if app.is_err() {
        // The folder is free again before the error is told.
        store.close().await;
    }
    app
}

/// Opens the store and finds its master keys. What is wrong with them is told before anything is touched.
pub async fn open(loaded: &Loaded, world: &World) -> Result<(Store, MasterKey), StartError> {
    let folder = loaded.folder();
    let kept = master_key::place(loaded)?;
    let keys = kept.read()?;
    let place = match &loaded.config.storage.url {
        Some(url) => Place::Postgres(url.clone()),
        None => Place::Folder(folder.clone()),
    };
    let store = Store::open(&place).await.map_err(|e| match (loaded.storage_error(&e), &e) {
        (Some(error), _) => StartError::Config(error),
        (None, OpenError::InUse { .. }) => StartError::InUse(e.to_string()),
        (None, _) => StartError::Machine(e.to_string()),
    })?;
    match keys_for(&folder, (&kept, keys), &store, world).await {
        Ok(keys) => Ok((store, kept.ring(keys))),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// The master keys of an open store: those that are there, or a new one where nothing has been sealed yet.
async fn keys_for(
    folder: &Path,
    (kept, keys): (&master_key::Place, Option<Vec<RawKey>>),
    store: &Store,
    world: &World,
) -> Result<Vec<RawKey>, StartError> {
    master_key::check_folder(folder).map_err(StartError::Machine)?;
    match (keys, kept.file()) {
        (Some(keys), _) => Ok(keys),
        (None, Some(path)) => {
            let in_use = !store.pools().await.map_err(|e| StartError::Machine(e.to_string()))?.is_empty();
            if in_use && !path.exists() {
                let message = format!(
                    "{} is missing, and the database holds what it sealed: put the key back",
                    path.display()
                );
                return Err(StartError::Machine(message));
            }
            master_key::make(path, world).map_err(StartError::Machine)
        }
        (None, None) => Err(StartError::Machine("there is no master key".to_owned())),
    }
}

/// Applies the seed to an open store and loads what is needed to answer.
async fn fill(
    loaded: &Loaded,
    store: Store,
    master: MasterKey,
    world: World,
) -> Result<Arc<App>, StartError> {
    seed::apply(&store, &master, &world, &loaded.config.pools, loaded.base())
        .await
        .map_err(|e| loaded.seed_error(&e))?;
    let server = &loaded.config.server;
    let settings = ServerSettings {
        public_url: server.public_url.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        developer: server.development,
    };
    let app = App::start(store, settings, master, world).await;
    Ok(Arc::new(app.map_err(|e| StartError::Machine(e.to_string()))?))
}

/// Runs a server from its configuration until it is told to stop.
pub async fn run(loaded: Loaded) -> Result<(), StartError> {
    let tls = loaded.tls()?.map(tokio_rustls::TlsAcceptor::from);
    let address = loaded.config.server.listen;
    let listener = TcpListener::bind(address).await.map_err(|e| cannot_listen(address, &e))?;
    let app = prepare(&loaded, world::system()).await?;
    tracing::info!(address = %address, public_url = %loaded.config.server.public_url.origin(), "usher is ready");
    let socket = match Socket::bind(&loaded.folder()) {
        Ok(socket) => socket,
        Err(error) => {
            app.store.clone().close().await;
            return Err(StartError::Machine(error.to_string()));
        }
    };
    if app.snapshot().pool(None).is_none() {
        tracing::warn!("there is no pool yet: usher pool create NAME makes the first");
    }
    let management = tokio::spawn(socket.serve(Arc::clone(&app)));
    let chores = housekeeping(&app);
    listener::serve(Arc::clone(&app), listener, tls, told_to_stop()).await;
    management.abort();
    let _ = management.await;
    for chore in chores {
        chore.abort();
    }
    if let Err(fault) = app.flush_refusals().await {
        tracing::warn!(%fault, "the last refusals were not stored");
    }
    if let Err(fault) = app.last_used.write(&app.store).await {
        tracing::warn!(%fault, "the last uses of access keys were not stored");
    }
    tracing::info!("usher has stopped");
    Ok(())
}

/// Why an address cannot be listened on, and what to do.
fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> StartError {
    use std::io::ErrorKind;
    let what = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there: end it, or change [server] listen",
        ErrorKind::PermissionDenied => {
            "ports below 1024 need root or CAP_NET_BIND_SERVICE; a proxy in front is the other way"
        }
        ErrorKind::AddrNotAvailable => "it is no address of this machine",
        _ => "change [server] listen",
    };
    StartError::Machine(format!("{address} cannot be listened on ({error}): {what}"))
}

/// The parts that run beside requests: looking at the revision, sweeping, writing sums, sealing the audit trail.
pub fn housekeeping(app: &Arc<App>) -> [JoinHandle<()>; 3] {
    let polled = Arc::clone(app);
    let poll = tokio::spawn(async move {
        let mut told = String::new();
        loop {
            told_to_look(limits::REVISION_POLL).await;
            look_at_master_keys(&polled, &mut told).await;
            if let Err(fault) = polled.refresh_snapshot().await {
                tracing::warn!(%fault, "the configuration could not be looked at");
            }
        }
    });
    let kept = Arc::clone(app);
    let keep = tokio::spawn(async move {
        loop {
            tokio::time::sleep(HOUSEKEEPING.to_std()).await;
            let now = kept.world.clock.now();
            if let Err(fault) = kept.rotate_keys(now).await {
                tracing::warn!(%fault, "signing keys could not be looked after");
            }
            if let Err(fault) = kept.sweep(now).await {
                tracing::warn!(%fault, "a sweep was not finished");
            }
            if let Err(fault) = kept.flush_refusals().await {
                tracing::warn!(%fault, "refusals were not stored");
            }
            if let Err(fault) = kept.last_used.flush(&kept.store, now).await {
                tracing::warn!(%fault, "uses of access keys were not stored");
            }
        }
    });
    [poll, keep, tokio::spawn(seal(Arc::clone(app)))]
}

/// Seals what was recorded, and removes what is old enough to go.
async fn seal(app: Arc<App>) {
    let mut kept_at = None;
    loop {
        tokio::time::sleep(limits::AUDIT_SEAL_EVERY.to_std()).await;
        if let Err(fault) = app.seal_audit().await {
            tracing::warn!(%fault, "the audit trail was not sealed");
        }
        let now = app.world.clock.now();
        if kept_at.is_none_or(|at| now.since(at) >= limits::AUDIT_KEEP_EVERY) {
            kept_at = Some(now);
            if let Err(fault) = app.keep_audit(now).await {
                tracing::warn!(%fault, "what is old in the audit trail was not removed");
            }
        }
    }
}

/// Takes up master keys that have changed where they are kept. What is wrong there is told once, not every second.
async fn look_at_master_keys(app: &App, told: &mut String) {
    match reseal::take_up(&app.store, &app.master).await {
        Ok(true) => {
            let ids: Vec<String> = app.master.ids().iter().map(ToString::to_string).collect();
            tracing::info!(master_keys = ids.join(" "), "the master keys have changed; the first one seals");
            told.clear();
        }
        Ok(false) => told.clear(),
        Err(why) if why != *told => {
            tracing::warn!(why, "the master keys stay as they were");
            *told = why;
        }
        Err(_) => {}
    }
}

/// Waits for SIGHUP, or for a time.
async fn told_to_look(within: Span) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return tokio::time::sleep(within.to_std()).await;
    };
    let _ = tokio::time::timeout(within.to_std(), hangup.recv()).await;
}

/// Waits for SIGTERM or SIGINT.
pub async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
