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
use timed::{Phase, Timed};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use usher_core::App;
use usher_types::{Span, limits};

/// How long requests in flight may go on after the server was told to stop.
const FAREWELL: Span = Span::seconds(20);

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
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
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
    if tokio::time::timeout(FAREWELL.to_std(), graceful.shutdown()).await.is_err() {
        tracing::warn!(after_s = FAREWELL.as_seconds(), "requests were still in flight at the end");
    }
}

/// The next connection that there is a place for; one beyond its network's share is closed at once.
async fn accept(listener: &TcpListener, places: &Places) -> Option<(tokio::net::TcpStream, IpAddr, Place)> {
    let place = places.any().await?;
    match listener.accept().await {
        Ok((stream, address)) => {
            let _ = stream.set_nodelay(true);
            let place = place.of_network(address.ip())?;
            Some((stream, address.ip(), place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            None
        }
    }
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
