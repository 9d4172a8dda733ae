//! What every request can reach: what the demo was told about its surroundings, and what it keeps in memory while it runs.

use crate::listeners::Listeners;
use crate::walk::Walks;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// What every request can reach.
pub(crate) struct App {
    pub(crate) demo: Demo,
    walks: Mutex<Walks>,
    listeners: Mutex<Listeners>,
}

impl App {
    /// A demo in which nobody walks yet.
    pub(crate) fn new(demo: Demo) -> Self {
        Self { demo, walks: Mutex::default(), listeners: Mutex::default() }
    }

    /// The walks of all browsers. Held for moments only, never while something is awaited.
    pub(crate) fn walks(&self) -> MutexGuard<'_, Walks> {
        self.walks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ports that are open for native applications. Held for moments only.
    pub(crate) fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The origin of usher, as a Content-Security-Policy writes it.
    pub(crate) fn issuer_origin(&self) -> String {
        url::Url::parse(&self.demo.issuer).map(|u| u.origin().ascii_serialization()).unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A demo whose identity server is not there.
    pub(crate) fn demo() -> Demo {
        let public = |id: &str| PublicClient { client_id: id.to_owned() };
        Demo {
            issuer: "http://localhost:1/oidc".to_owned(),
            base: "http://127.0.0.1:2".to_owned(),
            web: WebClient { client_id: "shop".to_owned(), client_secret: "not much of a secret".to_owned() },
            spa: public("planner"),
            native: public("notes"),
            people: vec![Person {
                username: "alice".to_owned(),
                name: "Alice <b>Example</b>".to_owned(),
                password: "\"><script>alert(1)</script>".to_owned(),
                note: "{{ 7 * 7 }}".to_owned(),
            }],
        }
    }

    #[test]
    fn the_issuers_origin_has_no_path() {
        assert_eq!(App::new(demo()).issuer_origin(), "http://localhost:1");
    }
}
