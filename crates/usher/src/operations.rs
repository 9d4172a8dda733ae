//! What operators and their tools ask a server: whether it runs, whether it can answer, and its numbers. On the main listener the first
//! two; on a listener of its own, which is off unless it is set, all three. No answer names a host, a statement or a person.

use crate::metrics::{self, Scrape};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use usher_core::reply::Body;
use usher_core::{App, Reply};
use usher_types::{Endpoint, limits};

/// Where the numbers are, on the operations listener only.
pub const METRICS: &str = "/metrics";

/// The state that an endpoint tells: that the process runs, or whether it can answer.
pub async fn state(app: &App, endpoint: Endpoint) -> Reply {
    let (status, content) = match endpoint {
        Endpoint::Ready => ready(app).await,
        _ => (StatusCode::OK, json!({ "status": "ok" })),
    };
    Reply::json(status, &content)
}

async fn ready(app: &App) -> (StatusCode, Value) {
    let found = app.readiness().await;
    let (status, word) = match found.is_ready() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    let check = |works: bool| if works { "ok" } else { "failed" };
    let checks = json!({
        "reads": check(found.database),
        "writes": check(found.writes),
        "clock": check(found.clock),
        "configuration": check(found.configuration),
        "serving": if found.serving { "ok" } else { "stopping" },
    });
    (status, json!({ "status": word, "checks": checks }))
}

/// Serves until it is dropped: it is asked whether the server is ready while that one finishes.
pub async fn serve(scrape: Scrape, listener: TcpListener) {
    let scrape = Arc::new(scrape);
    let places = Arc::new(Semaphore::new(limits::OPERATIONS_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let scrape = Arc::clone(&scrape);
                tokio::spawn(async move {
                    connection(scrape, stream).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the operations listener could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(scrape: Arc<Scrape>, stream: TcpStream) {
    let service = service_fn(move |request| {
        let scrape = Arc::clone(&scrape);
        async move { Ok::<_, Infallible>(answer(&scrape, &request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_TIME.to_std())
        .max_buf_size(limits::HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to the operations listener ended early");
    }
}

async fn answer(scrape: &Scrape, request: &hyper::Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let asked = [Endpoint::Health, Endpoint::Ready].into_iter().find(|e| e.path() == path);
    let reply = match (request.method(), asked) {
        (&(Method::GET | Method::HEAD), Some(endpoint)) => state(&scrape.app, endpoint).await,
        (&(Method::GET | Method::HEAD), None) if path == METRICS => {
            let text = metrics::render(scrape).await;
            Reply::bytes(StatusCode::OK, metrics::MEDIA_TYPE, Bytes::from(text))
        }
        (_, None) if path != METRICS => Reply::empty(StatusCode::NOT_FOUND),
        _ => Reply::empty(StatusCode::METHOD_NOT_ALLOWED)
            .with(header::ALLOW, HeaderValue::from_static("GET, HEAD")),
    };
    plain(reply)
}

/// An answer that is no page.
pub(crate) fn plain(reply: Reply) -> Response<Full<Bytes>> {
    let content = match reply.body {
        Body::Bytes(bytes) => bytes,
        Body::Empty | Body::Page(_) => Bytes::new(),
    };
    let mut response = Response::new(Full::new(content));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
