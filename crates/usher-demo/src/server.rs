//! The listener of the pages, and which address is answered by what. How a connection is served is left to [`crate::connection`].

use crate::action::{self, Action};
use crate::app::{App, Demo};
use crate::connection::{self, Requests};
use crate::kind::Kind;
use crate::reply::Reply;
use crate::request::Request;
use crate::walk::Travel;
use crate::{callback, device, direct, mails, message, native, pages, spa, start, view, wrong};
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
    match (&request.method, path.as_slice()) {
        (&Method::POST, [kind, "callback"]) if has_callback(kind) => {
            callback::receive(app, Travel::Form, &request.form)
        }
        // Whatever else is posted here comes from a form of these pages. SameSite=Lax says the same; browsers differ in its details.
        (&Method::POST, _) if request.origin().is_some_and(|origin| origin != app.demo.base) => {
            message::strange_form(app)
        }
        (&Method::POST, path) => press(app, request, path).await,
        // These two change something, so a HEAD, which changes nothing, is not for them.
        (&Method::GET, [kind, "callback"]) if has_callback(kind) => callback::arrive(app, request),
        (&Method::GET, ["walk", id, "continue"]) => callback::proceed(app, id, request.browser()).await,
        (&Method::GET | &Method::HEAD, path) => show(app, request, path),
        _ => message::not_found(app),
    }
}

/// Whether authorization responses for this kind of application come to a path of its own here.
fn has_callback(kind: &str) -> bool {
    matches!(Kind::parse(kind), Some(Kind::Web | Kind::Bank | Kind::Implicit | Kind::Hybrid))
}

/// What can be done with a button of these pages.
async fn press(app: &Arc<App>, request: &Request, path: &[&str]) -> Reply {
    let browser = request.browser();
    match path {
        [kind, "start"] => match Kind::parse(kind) {
            Some(Kind::Native) => native::start(app, request).await,
            Some(kind @ (Kind::Web | Kind::Bank | Kind::Implicit | Kind::Hybrid)) => {
                start::by_browser(app, request, kind).await
            }
            Some(Kind::Device) => device::start(app, request).await,
            Some(kind @ (Kind::Password | Kind::Machine | Kind::Exchange | Kind::Assertion)) => {
                direct::start(app, request, kind).await
            }
            Some(Kind::Spa) | None => message::not_found(app),
        },
        ["answer", travel] => match Travel::by_script(travel) {
            Some(travel) => callback::receive(app, travel, &request.form),
            None => message::not_found(app),
        },
        ["spa", "wrong", name] => spa::try_wrong(app, name).await,
        ["walk", id, "wrong", name] => wrong::in_walk(app, id, browser, name).await,
        ["walk", id, "poll"] => device::poll(app, id, browser).await,
        ["walk", id, "sign-out"] => action::sign_out(app, id, browser),
        ["walk", id, name] => match Action::parse(name) {
            Some(action) => action::run(app, id, browser, action).await,
            None => message::not_found(app),
        },
        _ => message::not_found(app),
    }
}

/// What can be looked at.
fn show(app: &App, request: &Request, path: &[&str]) -> Reply {
    match path {
        [""] => pages::home(app),
        ["mailbox"] => mails::page(app),
        ["spa", "callback"] => pages::spa(app),
        ["spa", "config.json"] => spa::config(app),
        ["walk", id] => pages::walk(app, id, request.browser()),
        ["signed-out"] => pages::signed_out(app, request),
        ["assets", name] => view::asset(name).unwrap_or_else(|| message::not_found(app)),
        ["favicon.ico"] => Reply::see_other("/assets/icon.svg"),
        [kind] => match Kind::parse(kind) {
            Some(kind) => pages::form(app, kind, request),
            None => message::not_found(app),
        },
        _ => message::not_found(app),
    }
}

#[cfg(test)]
mod tests;
