//! The demo's applications as its relying party knows them. What usher knows of them is in `usher.toml` beside this file.

use crate::serve::StartError;
use std::sync::Arc;
use usher_crypto::jose::{SigningAlgorithm, SigningKey};
use usher_demo::{AccessKey, Clients, KeyClient, Partner, PublicClient, SecretClient};

/// The applications, and what each is.
pub(super) const LIST: [(&str, &str); 12] = [
    ("web-shop", "with a server: authorization code, with and without PKCE"),
    ("corner-bank", "with a server and a key: authorization code, private_key_jwt"),
    ("photo-album", "in the browser: authorization code with PKCE"),
    ("desk-notes", "on a desktop: authorization code with PKCE over a loopback address"),
    ("old-gallery", "in a browser without Web Crypto: implicit"),
    ("news-desk", "with a server and a script: hybrid"),
    ("daily-press", "the same without the exception for callbacks without TLS"),
    ("staff-tool", "the pool's owner's own: password"),
    ("living-room", "without a keyboard: device code"),
    ("warehouse", "without a person: client credentials by access keys"),
    ("order-api", "an API that calls another one: token exchange"),
    ("partner-sync", "with a partner's word: JWT bearer"),
];

/// What is made anew at each start.
pub(super) struct Made {
    /// The secret of every confidential application and access key.
    pub(super) secret: String,
    /// The key of the application that has one.
    pub(super) bank: KeyPair,
    /// The key of the partner whose word counts.
    pub(super) partner: KeyPair,
}

/// A key pair and its public half as the configuration declares it.
pub(super) struct KeyPair {
    key: Arc<SigningKey>,
    /// An inline table of TOML.
    pub(super) declared: String,
}

impl KeyPair {
    /// Makes one.
    pub(super) fn generate() -> Result<Self, StartError> {
        let algorithm = SigningAlgorithm::Es256;
        let failed =
            |what: &dyn std::fmt::Display| StartError::Machine(format!("no key for the demo: {what}"));
        let made = SigningKey::generate(algorithm).map_err(|e| failed(&e))?;
        let key = SigningKey::from_pkcs8(algorithm, made.pkcs8.expose()).map_err(|e| failed(&e))?;
        let declared = toml::Value::try_from(&made.public).map_err(|e| failed(&e))?;
        Ok(Self { key: Arc::new(key), declared: declared.to_string() })
    }
}

/// The applications with what they prove themselves by.
pub(super) fn clients(made: Made) -> Clients {
    let public = |id: &str| PublicClient { client_id: id.to_owned() };
    let secret = |id: &str| SecretClient { client_id: id.to_owned(), client_secret: made.secret.clone() };
    let key = |access_key: &str, label: &str, scope: &str| AccessKey {
        access_key: access_key.to_owned(),
        secret_key: made.secret.clone(),
        label: label.to_owned(),
        scope: scope.to_owned(),
    };
    Clients {
        web: secret("web-shop"),
        bank: KeyClient { client_id: "corner-bank".to_owned(), key: made.bank.key },
        native: public("desk-notes"),
        spa: public("photo-album"),
        implicit: public("old-gallery"),
        hybrid: secret("news-desk"),
        strict: secret("daily-press"),
        password: secret("staff-tool"),
        device: public("living-room"),
        exchange: secret("order-api"),
        assertion: secret("partner-sync"),
        partner: Partner { issuer: "https://partner.example".to_owned(), key: made.partner.key },
        keys: vec![
            key("night-robot", "Counts and orders at night", "orders invoices:*:read"),
            key("day-screen", "Shows what is on its way, for a minute at a time", "orders:*:read"),
            key("lost-robot", "Was lost, and switched off", "nothing any more"),
        ],
    }
}
