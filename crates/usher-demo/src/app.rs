//! What every request can reach: what the demo was told about its surroundings, and what it keeps in memory while it runs.

use crate::clients::{Clients, Credentials};
use crate::kind::Kind;
use crate::listeners::Listeners;
use crate::mailbox::Mailbox;
use crate::walks::Walks;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the demo shows, and where everything is.
#[derive(Debug, Clone)]
pub struct Demo {
    /// usher's issuer, such as `http://localhost:8080/oidc`. Everything else comes from its discovery document.
    pub issuer: String,
    /// The address of the applications without a slash at its end, such as `http://127.0.0.1:8081`: another site than the issuer's.
    pub base: String,
    /// The page on which usher advises about modes.
    pub advisor: String,
    /// The applications.
    pub clients: Clients,
    /// The people who can sign in.
    pub people: Vec<Person>,
    /// Where usher's mails arrive.
    pub mailbox: Mailbox,
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

    /// How an application of this kind says who it is.
    pub(crate) fn credentials(&self, kind: Kind) -> Credentials {
        let Clients {
            web,
            bank,
            native,
            spa,
            implicit,
            hybrid,
            password,
            device,
            exchange,
            assertion,
            keys,
            ..
        } = &self.demo.clients;
        match kind {
            Kind::Web => web.into(),
            Kind::Bank => Credentials::Key(bank.clone(), self.demo.issuer.clone()),
            Kind::Native => native.into(),
            Kind::Spa => spa.into(),
            Kind::Implicit => implicit.into(),
            Kind::Hybrid => hybrid.into(),
            Kind::Password => password.into(),
            Kind::Device => device.into(),
            Kind::Exchange => exchange.into(),
            Kind::Assertion => assertion.into(),
            Kind::Machine => keys.first().map_or(Credentials::InForm, Credentials::from),
        }
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
    use crate::clients::{AccessKey, KeyClient, Partner, PublicClient, SecretClient};
    use std::sync::Arc;
    use usher_crypto::jose::{SigningAlgorithm, SigningKey};

    /// A key that signs.
    pub(crate) fn key() -> Arc<SigningKey> {
        let made = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        Arc::new(SigningKey::from_pkcs8(SigningAlgorithm::Es256, made.pkcs8.expose()).unwrap())
    }

    /// A demo whose identity server is not there.
    pub(crate) fn demo() -> Demo {
        let public = |id: &str| PublicClient { client_id: id.to_owned() };
        let secret = |id: &str| SecretClient {
            client_id: id.to_owned(),
            client_secret: "not much of a secret".to_owned(),
        };
        let clients = Clients {
            web: secret("shop"),
            bank: KeyClient { client_id: "bank".to_owned(), key: key() },
            native: public("notes"),
            spa: public("planner"),
            implicit: public("gallery"),
            hybrid: secret("news"),
            strict: secret("press"),
            password: secret("staff"),
            device: public("television"),
            exchange: secret("orders"),
            assertion: secret("sync"),
            partner: Partner { issuer: "https://partner.example".to_owned(), key: key() },
            keys: vec![AccessKey {
                access_key: "robot".to_owned(),
                secret_key: "not much of a secret".to_owned(),
                label: "<b>Robot</b>".to_owned(),
                scope: "orders:read".to_owned(),
            }],
        };
        Demo {
            issuer: "http://localhost:1/oidc".to_owned(),
            base: "http://127.0.0.1:2".to_owned(),
            advisor: "http://localhost:1/ask".to_owned(),
            clients,
            people: vec![Person {
                username: "alice".to_owned(),
                name: "Alice <b>Example</b>".to_owned(),
                password: "\"><script>alert(1)</script>".to_owned(),
                note: "{{ 7 * 7 }}".to_owned(),
            }],
            mailbox: Mailbox::default(),
        }
    }

    #[test]
    fn the_issuers_origin_has_no_path() {
        assert_eq!(App::new(demo()).issuer_origin(), "http://localhost:1");
    }
}
