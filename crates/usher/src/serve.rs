//! Starting a server: master key, store, seed, the running parts, and their end.

use crate::config::{ConfigError, Loaded};
use crate::management::{OTHERS_WRITE, Socket};
use crate::{listener, world};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use usher_core::world::World;
use usher_core::{App, ServerSettings, seed};
use usher_crypto::seal::MasterKey;
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

/// Opens the store and finds its master key.
pub async fn open(loaded: &Loaded, world: &World) -> Result<(Store, MasterKey), StartError> {
    let folder = loaded.folder();
    let place = match &loaded.config.storage.url {
        Some(url) => Place::Postgres(url.clone()),
        None => Place::Folder(folder.clone()),
    };
    let store = Store::open(&place).await.map_err(|e| match (loaded.storage_error(&e), &e) {
        (Some(error), _) => StartError::Config(error),
        (None, OpenError::InUse { .. }) => StartError::InUse(e.to_string()),
        (None, _) => StartError::Machine(e.to_string()),
    })?;
    match key_for(&folder, &store, world).await {
        Ok(master) => Ok((store, master)),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// The master key of an open store: the one that is there, or a new one where nothing has been sealed yet.
async fn key_for(folder: &Path, store: &Store, world: &World) -> Result<MasterKey, StartError> {
    let path = folder.join("master.key");
    let in_use = !store.pools().await.map_err(|e| StartError::Machine(e.to_string()))?.is_empty();
    if in_use && !path.exists() {
        let message =
            format!("{} is missing, and the database holds what it sealed: put the key back", path.display());
        return Err(StartError::Machine(message));
    }
    master_key(folder, world)
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
        loop {
            tokio::time::sleep(limits::REVISION_POLL.to_std()).await;
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

/// Waits for SIGTERM or SIGINT.
pub async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// The master key of a folder; made at the first start, readable by its owner only.
fn master_key(folder: &Path, world: &World) -> Result<MasterKey, StartError> {
    let path = folder.join("master.key");
    let failed = |e: std::io::Error| StartError::Machine(format!("{}: {e}", path.display()));
    if !folder.exists() {
        std::fs::create_dir_all(folder).map_err(failed)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    let mode = std::fs::metadata(folder).map_err(failed)?.permissions().mode();
    if mode & OTHERS_WRITE != 0 {
        // Who may write here may put another key, database or management socket in place of ours.
        let message =
            format!("{} can be changed by others: run chmod go-w {}", folder.display(), folder.display());
        return Err(StartError::Machine(message));
    }
    match std::fs::read(&path) {
        Ok(bytes) => {
            let mode = std::fs::metadata(&path).map_err(failed)?.permissions().mode();
            if mode & 0o077 != 0 {
                let message =
                    format!("{} can be read by others: run chmod 600 {}", path.display(), path.display());
                return Err(StartError::Machine(message));
            }
            MasterKey::from_bytes(&bytes).map_err(|e| StartError::Machine(format!("{}: {e}", path.display())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = MasterKey::generate(&*world.random);
            // Written beside and renamed: a start that is cut off leaves no half of a key; linked, so that two starts agree on one.
            let fresh = folder.join(format!("master.key.{}", std::process::id()));
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&fresh)
                .map_err(failed)?;
            file.write_all(key.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            let linked = std::fs::hard_link(&fresh, &path);
            std::fs::remove_file(&fresh).map_err(failed)?;
            match linked {
                Ok(()) => Ok(key),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => master_key(folder, world),
                Err(e) => Err(failed(e)),
            }
        }
        Err(error) => Err(failed(error)),
    }
}
