//! The relying party of `usher demo`: three small applications (with a server, in the browser, on a desktop) that sign people in
//! through usher and show every message on the way. It is an ordinary OAuth 2.0 and OpenID Connect client over HTTP and knows
//! nothing of the server's insides; starting the server and choosing the ports is left to the program.

mod action;
mod callback;
mod exchange;
mod glossary;
mod native;
mod options;
mod pages;
mod provider;
mod reply;
mod request;
mod server;
mod spa;
mod start;
mod verify;
mod view;
mod walk;
mod wire;

use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use usher_crypto::SystemRandom;
use usher_types::opaque::base64url;
use usher_types::{Random as _, Timestamp};

/// What the demo shows, and where everything is.
#[derive(Debug, Clone)]
pub struct Demo {
    /// usher's issuer, such as `http://localhost:8080/oidc`. Everything else comes from its discovery document.
    pub issuer: String,
    /// The address of the applications without a slash at its end, such as `http://127.0.0.1:8081`: another site than the issuer's.
    pub base: String,
    /// The application with a server. Its callback is `{base}/web/callback`.
    pub web: WebClient,
    /// The application in the browser. Its callback is `{base}/spa/callback`.
    pub spa: PublicClient,
    /// The application on a desktop. Its callback is `http://127.0.0.1/native/callback`, with any port (RFC 8252 §7.3).
    pub native: PublicClient,
    /// The people who can sign in.
    pub people: Vec<Person>,
}

/// A confidential client, registered with `client_secret_basic`.
#[derive(Debug, Clone)]
pub struct WebClient {
    /// Its identifier.
    pub client_id: String,
    /// Its secret. The demo shows it: never give it one that protects anything.
    pub client_secret: String,
}

/// A public client.
#[derive(Debug, Clone)]
pub struct PublicClient {
    /// Its identifier.
    pub client_id: String,
}

/// Somebody who can sign in, as the landing page lists them.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Person {
    /// The name to sign in with.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// The password, shown to be copied.
    pub password: String,
    /// What is special about this person, in a sentence.
    pub note: String,
}

/// Answers requests until `shutdown` is ready. Fails only where the listener itself has no address.
pub async fn serve(
    listener: TcpListener,
    demo: Demo,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    server::run(listener, App::new(demo), shutdown).await
}

/// What every request can reach.
struct App {
    demo: Demo,
    walks: Mutex<walk::Walks>,
    listeners: Mutex<native::Listeners>,
}

impl App {
    fn new(demo: Demo) -> Self {
        Self { demo, walks: Mutex::default(), listeners: Mutex::default() }
    }

    /// The walks of all browsers. Held for moments only, never while something is awaited.
    fn walks(&self) -> MutexGuard<'_, walk::Walks> {
        self.walks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The origin of usher, as a Content-Security-Policy writes it.
    fn issuer_origin(&self) -> String {
        url::Url::parse(&self.demo.issuer).map(|u| u.origin().ascii_serialization()).unwrap_or_default()
    }
}

/// 256 random bits as text: a state, a nonce, a verifier (RFC 7636 §4.1 asks for 43 to 128 such characters), a cookie.
fn unguessable() -> String {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    base64url(&bytes)
}

/// The present moment.
#[expect(
    clippy::disallowed_methods,
    reason = "the demo stands apart from the server and has no request context to take the time from"
)]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
