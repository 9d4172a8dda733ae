//! Starting a server: master keys, store, seed, the running parts, and their end.

use crate::config::{ConfigError, Loaded};
use crate::installation::{self, Absent};
use crate::management::Socket;
use crate::metrics::Scrape;
use crate::signals::Signals;
use crate::tls::Certificates;
use crate::{
    chores, exposure, listener, mail, master_key, notify, operations, storage_folder, system, world,
};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use usher_core::data_keys::DataKeys;
use usher_core::seed::SeedError;
use usher_core::world::World;
use usher_core::{App, ServerSettings, seed};
use usher_crypto::seal::{MasterKey, RawKey};
use usher_store::{OpenError, Place, Store};
use usher_types::{Span, limits};

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
    let mut world = World { known_passwords: loaded.known_passwords()?, ..world };
    if world.mailer.is_none()
        && let Some(smtp) = loaded.mailer(Arc::clone(&world.clock))?
    {
        world.mailer = Some(Arc::new(smtp));
    }
    not_roots(&loaded.folder())?;
    let (store, master) = open(loaded, &world, Absent::Made).await?;
    let app = match check_key(loaded, &store, &master).await {
        Ok(()) => fill(loaded, store.clone(), master, world).await,
        Err(error) => Err(error),
    };
    if app.is_err() {
        // The folder is free again before the error is told.
        store.close().await;
    }
    app
}

/// Opens the store and finds its master keys. What is wrong with them is told before anything is touched.
pub async fn open(loaded: &Loaded, world: &World, absent: Absent) -> Result<(Store, MasterKey), StartError> {
    if absent == Absent::Made {
        storage_folder::check_of(loaded).map_err(StartError::Machine)?;
    }
    let (kept, keys) = master_key::read(loaded)?;
    let failed = |e: OpenError| match (loaded.storage_error(&e), &e) {
        (Some(error), OpenError::Address(_) | OpenError::Tls { .. }) => StartError::Config(error),
        (_, OpenError::InUse { .. }) => StartError::InUse(e.to_string()),
        // A database that is away may come back: the service manager tries again.
        (_, _) => StartError::Machine(e.to_string()),
    };
    let place = place(loaded);
    if absent == Absent::Refused && !installation::is_there(&place).await.map_err(failed)? {
        return Err(installation::none(loaded).into());
    }
    let store = Store::open(&place).await.map_err(failed)?;
    match keys_for(loaded, (&kept, keys), (&store, absent), world).await {
        Ok(keys) => Ok((store, kept.ring(keys))),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

/// Root may look into every folder, and what it makes in a server's own, that server could not open any more.
fn not_roots(folder: &Path) -> Result<(), StartError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    installation::other_owner(folder).map_or(Ok(()), |owner| {
        Err(StartError::Machine(format!(
            "{0} belongs to the Unix user {owner}, and this is root: start the server as that user, or give the folder to root (chown -R root {0})",
            folder.display()
        )))
    })
}

/// Where the database of an installation is.
pub fn place(loaded: &Loaded) -> Place {
    match &loaded.config.storage.url {
        Some(url) => Place::Postgres(url.clone()),
        None => Place::Folder(loaded.folder()),
    }
}

/// The master keys of an installation; none is made here.
pub fn existing_key(loaded: &Loaded) -> Result<Option<MasterKey>, StartError> {
    let (kept, keys) = master_key::read(loaded)?;
    Ok(keys.map(|keys| kept.ring(keys)))
}

/// The master keys of an open store: those that are there, or a new one where nothing has been sealed yet and one may be made.
async fn keys_for(
    loaded: &Loaded,
    (kept, keys): (&master_key::Place, Option<Vec<RawKey>>),
    (store, absent): (&Store, Absent),
    world: &World,
) -> Result<Vec<RawKey>, StartError> {
    let folder = loaded.folder();
    let makes = absent == Absent::Made;
    if makes || folder.exists() {
        master_key::check_folder(&folder).map_err(StartError::Machine)?;
    }
    let is_sealed = installation::is_sealed(store).await.map_err(|e| StartError::Machine(e.to_string()))?;
    if makes && !is_sealed && keys.is_some() && matches!(kept, master_key::Place::Folder(_)) {
        tracing::warn!(
            "the database is empty, and the master key of an installation is there: a new installation begins; if its database was lost, stop, and restore a backup with usher restore"
        );
    }
    match (keys, kept.file()) {
        (_, _) if !makes && !is_sealed => Err(installation::none(loaded).into()),
        (Some(keys), _) => Ok(keys),
        (None, Some(path)) if is_sealed && !path.exists() => {
            let message = format!(
                "{} is missing, and the database holds what it sealed: put the key back, or bring it from another node",
                path.display()
            );
            Err(StartError::Machine(message))
        }
        (None, Some(path)) => master_key::make(path, world).map_err(StartError::Machine),
        (None, None) => Err(StartError::Machine("there is no master key".to_owned())),
    }
}

/// Whether the master key is that of the database: another one is put there by somebody, and no mistake of the program.
async fn check_key(loaded: &Loaded, store: &Store, master: &MasterKey) -> Result<(), StartError> {
    let opens = DataKeys::are_opened_by(master, store).await;
    if opens.map_err(|e| StartError::Machine(e.to_string()))? {
        return Ok(());
    }
    Err(StartError::Machine(format!(
        "{} is another master key than that of this database: put back the key that this database had, or bring it from another node",
        master_key::place(loaded)?.name()
    )))
}

/// Applies the seed to an open store and loads what is needed to answer.
async fn fill(
    loaded: &Loaded,
    store: Store,
    master: MasterKey,
    world: World,
) -> Result<Arc<App>, StartError> {
    seed::apply(&store, &master, &world, &loaded.config.pools, loaded.base()).await.map_err(|e| match e {
        SeedError::Fault(fault) => StartError::Machine(fault.to_string()),
        wrong @ SeedError::Setting { .. } => StartError::Config(loaded.seed_error(&wrong)),
    })?;
    let server = &loaded.config.server;
    let settings = ServerSettings {
        public_url: server.public_url.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        only_proxies: loaded.only_proxies(),
        developer: server.development,
    };
    let app = App::start(store, settings, master, world).await;
    Ok(Arc::new(app.map_err(|e| StartError::Machine(e.to_string()))?))
}

/// Runs a server from its configuration until it is told to stop.
pub async fn run(loaded: Loaded) -> Result<(), StartError> {
    let mut signals =
        Signals::new().map_err(|e| StartError::Machine(format!("signals cannot be received: {e}")))?;
    let certificates = Certificates::load(&loaded)?;
    let tls = certificates.as_ref().map(Certificates::acceptor).transpose();
    let tls = tls.map_err(|e| StartError::Machine(format!("TLS cannot be spoken: {e}")))?;
    let address = loaded.config.server.listen;
    let listener = bind(address, "[server] listen").await?;
    let world = world::system();
    let expired = certificates.iter().flat_map(|c| c.expired(world.clock.now()));
    for warning in expired.chain(exposure::warnings(&loaded)) {
        tracing::warn!("{warning}");
    }
    let operations = match loaded.config.operations.listen {
        Some(address) => Some(bind(address, "[operations] listen").await?),
        None => None,
    };
    let app = prepare(&loaded, world).await?;
    let socket = match Socket::bind(&loaded.folder()) {
        Ok(socket) => socket,
        Err(error) => {
            app.store.clone().close().await;
            return Err(StartError::Machine(error.to_string()));
        }
    };
    mail::say_what_is_missing(&app);
    say_what_is_missing(&app).await?;
    let scrape = Scrape { app: Arc::clone(&app), certificates: certificates.clone() };
    let mut parts = vec![tokio::spawn(socket.serve(Arc::clone(&app)))];
    parts.extend(operations.map(|listener| tokio::spawn(operations::serve(scrape, listener))));
    parts.extend(certificates.map(|certificates| tokio::spawn(renew(certificates))));
    parts.extend(chores::begin(&app));
    let public_url = &loaded.config.server.public_url;
    // One of several nodes on a PostgreSQL is not the one that people come to first.
    let is_alone = loaded.config.storage.url.is_none();
    let is_other_port = public_url.port() != address.port();
    if is_alone && is_other_port && !public_url.is_https() && !app.settings.only_proxies {
        let (people, here) = (public_url.port(), address.port());
        tracing::warn!(
            people,
            here,
            "people are sent to another port by public_url than the server listens on: set [server] listen"
        );
    }
    tracing::info!(address = %address, public_url = %loaded.config.server.public_url.origin(), "usher is ready");
    notify::tell(notify::READY);

    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        // An error means that the sender is gone, which is an end too.
        let _ = stopped.await;
    };
    let serving = listener::serve(Arc::clone(&app), listener, tls, stopped);
    tokio::pin!(serving);
    let at_once = async {
        signals.stop().await;
        app.health.stop();
        tracing::info!("told to stop: what is in flight is finished");
        notify::tell(notify::STOPPING);
        let delay = Span::seconds(loaded.config.server.shutdown_delay);
        let again = tokio::time::timeout(delay.to_std(), signals.stop()).await.is_ok();
        let _ = stop.send(());
        if !again {
            signals.stop().await;
        }
    };
    let in_time = tokio::select! {
        () = &mut serving => true,
        () = at_once => false,
    };
    for part in parts {
        part.abort();
        let _ = part.await;
    }
    if !in_time {
        return Err(StartError::Machine(
            "told to stop a second time: what was in flight is cut off".to_owned(),
        ));
    }
    finish(&app).await;
    tracing::info!("usher has stopped");
    Ok(())
}

/// Writes what waits to be written and closes the database.
async fn finish(app: &App) {
    if let Err(fault) = app.flush_refusals().await {
        tracing::warn!(%fault, "the last refusals were not stored");
    }
    if let Err(fault) = app.last_used.write(&app.store).await {
        tracing::warn!(%fault, "the last uses of access keys were not stored");
    }
    app.store.clone().close().await;
}

/// Looks at the certificate files once in a while, and when told to by SIGHUP.
async fn renew(certificates: Certificates) {
    let Ok(mut told) = signal(SignalKind::hangup()) else { return };
    loop {
        // Either way they are looked at.
        let _ = tokio::time::timeout(limits::CERTIFICATE_POLL.to_std(), told.recv()).await;
        let certificates = certificates.clone();
        let _ = tokio::task::spawn_blocking(move || certificates.look()).await;
    }
}

async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|e| cannot_listen(address, setting, &e))
}

/// Nobody gets in by default: the log says which command makes the first pool and the first person.
async fn say_what_is_missing(app: &App) -> Result<(), StartError> {
    let Some(pool) = app.snapshot().pool(None).map(|pool| pool.id) else {
        // One that is there and cannot be read was told already.
        if !app.snapshot().lacks_first() {
            tracing::warn!("there is no pool yet: usher pool create NAME makes the first");
        }
        return Ok(());
    };
    let somebody = app.store.user_page(pool, None, 1).await;
    if somebody.map_err(|e| StartError::Machine(e.to_string()))?.is_empty() {
        tracing::warn!(
            "there is nobody yet who could sign in: usher user create NAME --link makes the first person, with a link to choose a password"
        );
    }
    Ok(())
}

/// Why an address cannot be listened on, and what to do.
fn cannot_listen(address: SocketAddr, setting: &str, error: &std::io::Error) -> StartError {
    use std::io::ErrorKind;
    let what = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there: end it, or name another address",
        ErrorKind::PermissionDenied => {
            "ports below 1024 need root or CAP_NET_BIND_SERVICE; a proxy in front is the other way"
        }
        ErrorKind::AddrNotAvailable => "it is no address of this machine",
        _ => "name another address",
    };
    StartError::Machine(format!(
        "{setting}: {address} cannot be listened on ({}): {what}",
        system::why(error)
    ))
}
