//! Connections, and which address is answered by what.

use crate::action::{self, Action};
use crate::pages::{self, FormKind};
use crate::reply::Reply;
use crate::request::Request;
use crate::wire::Body;
use crate::{App, callback, native, spa, start, view};
use http::{Method, Response};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use usher_types::limits;

/// Connections at once; more wait to be accepted. A browser or two need a dozen.
const CONNECTIONS: usize = 256;

/// Which listener a connection came in by.
#[derive(Clone)]
pub(crate) enum Door {
    /// The one of the pages.
    Pages,
    /// The ephemeral port of a native application; told when its answer came.
    Loopback(Arc<Notify>),
}

/// Accepts connections until the shutdown; those that are open then are cut.
pub(crate) async fn run(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    listener.local_addr()?;
    let app = Arc::new(app);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let accepting = async {
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let app = Arc::clone(&app);
                    connections.spawn(async move {
                        speak(stream, app, Door::Pages).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Mostly too many open files, which passes. Without a pause this would spin.
                    tracing::warn!(%error, "a connection to the demo was not accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
    Ok(())
}

/// Serves one connection. Boxed, because a request that arrives here may open a port that is served by this very function.
pub(crate) fn speak(
    stream: TcpStream,
    app: Arc<App>,
    door: Door,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let is_pages = matches!(door, Door::Pages);
    let service = service_fn(move |request| {
        let (app, door) = (Arc::clone(&app), door.clone());
        async move { Ok::<_, Infallible>(respond(&app, &door, request).await) }
    });
    Box::pin(async move {
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEAD_TIME.to_std())
            .max_buf_size(2 * limits::HEAD_BYTES)
            .keep_alive(is_pages)
            .serve_connection(TokioIo::new(stream), service);
        // A browser that goes away in the middle is no news.
        let _ = connection.await;
    })
}

async fn respond(
    app: &Arc<App>,
    door: &Door,
    request: http::Request<hyper::body::Incoming>,
) -> Response<Body> {
    let reply = match (Request::read(request).await, door) {
        (Err(unreadable), _) => pages::unreadable(app, unreadable),
        (Ok(request), Door::Pages) => route(app, &request).await,
        (Ok(request), Door::Loopback(arrived)) => native::answer(app, &request, arrived),
    };
    reply.into_response(app)
}

async fn route(app: &Arc<App>, request: &Request) -> Reply {
    let authority = app.demo.base.split_once("://").map_or("", |(_, authority)| authority);
    if request.host() != authority {
        return pages::another_name(app, request);
    }
    let path: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
    let browser = request.browser();
    match (&request.method, path.as_slice()) {
        (&Method::POST, ["web", "callback"]) => callback::receive(app, "POST", &request.form),
        // Whatever else is posted here comes from a form of these pages. SameSite=Lax says the same; browsers differ in its details.
        (&Method::POST, _) if request.origin().is_some_and(|origin| origin != app.demo.base) => {
            pages::strange_form(app)
        }
        (&Method::POST, ["web", "start"]) => start::web(app, request).await,
        (&Method::POST, ["native", "start"]) => native::start(app, request).await,
        (&Method::POST, ["walk", id, "sign-out"]) => action::sign_out(app, id, browser),
        (&Method::POST, ["walk", id, name]) => match Action::parse(name) {
            Some(action) => action::run(app, id, browser, action).await,
            None => pages::not_found(app),
        },
        // These two change something, so a HEAD, which changes nothing, is not for them.
        (&Method::GET, ["web", "callback"]) => callback::receive(app, "GET", &request.query),
        (&Method::GET, ["walk", id, "continue"]) => callback::proceed(app, id, browser).await,
        (&Method::GET | &Method::HEAD, path) => show(app, request, path),
        _ => pages::not_found(app),
    }
}

/// What can be looked at.
fn show(app: &App, request: &Request, path: &[&str]) -> Reply {
    match path {
        [""] => pages::home(app),
        ["web"] => pages::form(app, FormKind::Web, request),
        ["native"] => pages::form(app, FormKind::Native, request),
        ["spa"] => pages::form(app, FormKind::Spa, request),
        ["spa", "callback"] => pages::spa(app),
        ["spa", "config.json"] => spa::config(app),
        ["walk", id] => pages::walk(app, id, request.browser()),
        ["signed-out"] => pages::signed_out(app, request),
        ["assets", name] => view::asset(name).unwrap_or_else(|| pages::not_found(app)),
        ["favicon.ico"] => Reply::see_other("/assets/icon.svg"),
        _ => pages::not_found(app),
    }
}

#[cfg(test)]
pub(crate) mod tests;
