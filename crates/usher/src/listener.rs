//! The accept loop: plain or TLS, HTTP/1.1, every connection bounded in size and time. A stalled client costs a file descriptor,
//! never a worker.

mod places;
mod timed;

use crate::router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use places::{Place, Places};
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use timed::{Phase, Timed};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use usher_core::App;
use usher_types::limits;

/// What somebody is told who does not come through a proxy, where everybody must. Nothing is read from them.
const NOT_A_PROXY: &[u8] = b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: 60\r\nconnection: close\r\n\r\nThis server answers its own proxies only: ask at its address";

/// Serves until `shutdown`, then finishes what is in flight.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Places::new(app.settings.trusted_proxies.clone());
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&app, &listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        if app.settings.only_proxies && !app.settings.trusted_proxies.contain(peer) {
            app.metrics.connections.refused.fetch_add(1, Relaxed);
            tokio::spawn(turn_away(stream, place));
            continue;
        }
        let app = Arc::clone(&app);
        let watcher = graceful.watcher();
        match tls.clone() {
            None => {
                tokio::spawn(connection(app, stream, peer, watcher, place));
            }
            Some(tls) => {
                tokio::spawn(async move {
                    // A handshake that is not done in time, or fails, is the client's affair.
                    if let Ok(Ok(stream)) =
                        tokio::time::timeout(limits::HEAD_TIME.to_std(), tls.accept(stream)).await
                    {
                        connection(app, stream, peer, watcher, place).await;
                    }
                });
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(limits::FAREWELL.to_std(), graceful.shutdown()).await.is_err() {
        tracing::warn!(after_s = limits::FAREWELL.as_seconds(), "requests were still in flight at the end");
    }
}

/// The next connection that there is a place for; one beyond its network's share is closed at once.
async fn accept(app: &App, listener: &TcpListener, places: &Places) -> Option<(TcpStream, IpAddr, Place)> {
    let place = places.any().await?;
    match listener.accept().await {
        Ok((stream, address)) => {
            let _ = stream.set_nodelay(true);
            let place = place.of_network(address.ip());
            if place.is_none() {
                app.metrics.connections.refused.fetch_add(1, Relaxed);
            }
            let place = place?;
            Some((stream, address.ip(), place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            None
        }
    }
}

/// Tells somebody who is no proxy that they are at the wrong place, without reading anything from them.
async fn turn_away(mut stream: TcpStream, place: Place) {
    let told = async {
        stream.write_all(NOT_A_PROXY).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(limits::HEAD_TIME.to_std(), told).await;
    drop(place);
}

async fn connection<S>(
    app: Arc<App>,
    stream: S,
    peer: IpAddr,
    watcher: hyper_util::server::graceful::Watcher,
    place: Place,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _counted = Counted::new(Arc::clone(&app));
    let phase = Phase::default();
    let answering = phase.clone();
    let service = service_fn(move |request| {
        let (app, phase) = (Arc::clone(&app), answering.clone());
        phase.answering();
        async move {
            let response = router::answer(app, peer, request).await;
            phase.answered();
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(limits::HEAD_BYTES)
        .serve_connection(TokioIo::new(Timed::new(stream, phase)), service);
    // What goes wrong on a connection is the client's affair: it went away, was too slow, or does not speak HTTP.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}

/// A connection that is counted as open until it is dropped.
struct Counted(Arc<App>);

impl Counted {
    fn new(app: Arc<App>) -> Self {
        app.metrics.connections.open.fetch_add(1, Relaxed);
        app.metrics.connections.opened.fetch_add(1, Relaxed);
        Self(app)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.metrics.connections.open.fetch_sub(1, Relaxed);
    }
}
