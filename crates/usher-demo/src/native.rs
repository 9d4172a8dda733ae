//! The application on a desktop (RFC 8252). §7.3 has it open "an ephemeral port on the loopback network interface" for the answer;
//! the demo plays its part: one listener a walk, closed after the answer or when its time is over.

use crate::app::App;
use crate::callback;
use crate::connection::{self, Requests};
use crate::kind::Kind;
use crate::message::{self, Message};
use crate::reply::Reply;
use crate::request::Request;
use crate::start;
use crate::walk::Travel;
use http::{Method, StatusCode};
use std::net::Ipv4Addr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use usher_types::limits;

/// The path of the registered redirect URI.
const CALLBACK: &str = "/native/callback";
/// For so long connections may go on after the answer came.
const LINGER: Duration = Duration::from_secs(2);

/// Opens a port for one answer, and begins a walk whose answer shall go there.
pub(crate) async fn start(app: &Arc<App>, request: &Request) -> Reply {
    let opened =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.and_then(|l| Ok((l.local_addr()?.port(), l)));
    let (port, listener) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            tracing::error!(%error, "no port on the loopback address");
            return message::page(
                app,
                StatusCode::INTERNAL_SERVER_ERROR,
                Message {
                    title: "No port is free",
                    what: "The native application could not open a port on 127.0.0.1 for its answer.",
                    why: "The system has run out of ports or file descriptors. Close something and try again.",
                    links: &[("/native", "Try again")],
                },
            );
        }
    };
    // The task does not keep the demo alive: it ends with it.
    let waiting = tokio::spawn(wait(Arc::downgrade(app), listener));
    app.listeners().insert(waiting);
    // RFC 8252 §8.1: "Public native app clients MUST implement the Proof Key for Code Exchange (PKCE [RFC7636]) extension".
    start::begin(app, request, Kind::Native, format!("http://127.0.0.1:{port}{CALLBACK}")).await
}

/// Answers on one port until an answer came, for as long as a sign-in may take. Connections are served side by side: browsers like to
/// open one more than they use.
async fn wait(app: Weak<App>, listener: TcpListener) {
    let arrived = Arc::new(Notify::new());
    let mut connections = JoinSet::new();
    let serving = async {
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.ok().map(|(stream, _)| stream),
                () = arrived.notified() => None,
            };
            let (Some(stream), Some(app)) = (stream, app.upgrade()) else { return };
            let arrived = Arc::clone(&arrived);
            let answer =
                move |app: Arc<App>, request: Request| std::future::ready(answer(&app, &request, &arrived));
            connections.spawn(connection::serve(stream, app, Requests::One, answer));
        }
    };
    let _ = tokio::time::timeout(limits::INTERACTION.to_std(), serving).await;
    // The last answer may still be on its way out.
    let _ = tokio::time::timeout(LINGER, async { while connections.join_next().await.is_some() {} }).await;
}

/// Answers a request at the ephemeral port.
fn answer(app: &App, request: &Request, arrived: &Notify) -> Reply {
    let reply = match (&request.method, request.path.as_str()) {
        (&Method::GET, CALLBACK) => callback::receive(app, Travel::Query, &request.query),
        (&Method::POST, CALLBACK) => callback::receive(app, Travel::Form, &request.form),
        _ => return Reply::see_other(&app.demo.base),
    };
    arrived.notify_one();
    reply
}
