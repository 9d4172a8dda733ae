//! The listener of the pages, and which address is answered by what. How a connection is served is left to [`crate::connection`].

use crate::action::{self, Action};
use crate::app::{App, Demo};
use crate::connection::{self, Requests};
use crate::pages::{self, FormKind};
use crate::reply::Reply;
use crate::request::Request;
use crate::{callback, message, native, spa, start, view};
use http::Method;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections at once; more wait to be accepted. A browser or two need a dozen.
const CONNECTIONS: usize = 256;

/// Answers requests until `shutdown` is ready; connections that are open then are cut. Fails only where the listener itself has no
/// address.
pub async fn serve(
    listener: TcpListener,
    demo: Demo,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    listener.local_addr()?;
    let app = Arc::new(App::new(demo));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let accepting = async {
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let app = Arc::clone(&app);
                    connections.spawn(async move {
                        connection::serve(stream, app, Requests::Many, respond).await;
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

async fn respond(app: Arc<App>, request: Request) -> Reply {
    route(&app, &request).await
}

async fn route(app: &Arc<App>, request: &Request) -> Reply {
    let authority = app.demo.base.split_once("://").map_or("", |(_, authority)| authority);
    if request.host() != authority {
        return message::another_name(app, request);
    }
    let path: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
    let browser = request.browser();
    match (&request.method, path.as_slice()) {
        (&Method::POST, ["web", "callback"]) => callback::receive(app, "POST", &request.form),
        // Whatever else is posted here comes from a form of these pages. SameSite=Lax says the same; browsers differ in its details.
        (&Method::POST, _) if request.origin().is_some_and(|origin| origin != app.demo.base) => {
            message::strange_form(app)
        }
        (&Method::POST, ["web", "start"]) => start::web(app, request).await,
        (&Method::POST, ["native", "start"]) => native::start(app, request).await,
        (&Method::POST, ["walk", id, "sign-out"]) => action::sign_out(app, id, browser),
        (&Method::POST, ["walk", id, name]) => match Action::parse(name) {
            Some(action) => action::run(app, id, browser, action).await,
            None => message::not_found(app),
        },
        // These two change something, so a HEAD, which changes nothing, is not for them.
        (&Method::GET, ["web", "callback"]) => callback::receive(app, "GET", &request.query),
        (&Method::GET, ["walk", id, "continue"]) => callback::proceed(app, id, browser).await,
        (&Method::GET | &Method::HEAD, path) => show(app, request, path),
        _ => message::not_found(app),
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
        ["assets", name] => view::asset(name).unwrap_or_else(|| message::not_found(app)),
        ["favicon.ico"] => Reply::see_other("/assets/icon.svg"),
        _ => message::not_found(app),
    }
}

#[cfg(test)]
mod tests;
