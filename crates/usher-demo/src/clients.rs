//! The applications of the demo, one of each kind, and how each proves who it is (RFC 6749 §2.3, RFC 7523 §2.2). What they do with it is
//! left to the walks.

use crate::clock::now;
use crate::random::unguessable;
use crate::wire::{self, Apart, Exchange, Outgoing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::json;
use std::sync::Arc;
use usher_crypto::jose::SigningKey;

/// Seconds that an assertion of the demo lives.
const ASSERTION: i64 = 60;

/// The value of `client_assertion_type` (RFC 7523 §2.2).
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The applications, one of each kind.
#[derive(Debug, Clone)]
pub struct Clients {
    /// With a server: authorization code. Its callback is `{base}/web/callback`.
    pub web: SecretClient,
    /// With a server, and a key in place of a secret: `private_key_jwt`. Its callback is `{base}/bank/callback`.
    pub bank: KeyClient,
    /// On a desktop. Its callback is `http://127.0.0.1/native/callback`, with any port (RFC 8252 §7.3).
    pub native: PublicClient,
    /// In the browser. Its callback is `{base}/spa/callback`.
    pub spa: PublicClient,
    /// In a browser without Web Crypto: implicit. Its callback is `{base}/implicit/callback`.
    pub implicit: PublicClient,
    /// With a server and a script: hybrid. Its callback is `{base}/hybrid/callback`.
    pub hybrid: SecretClient,
    /// Hybrid without the exception for callbacks without TLS. It registered `{base}/hybrid/callback`, too.
    pub strict: SecretClient,
    /// The pool's owner's own: password.
    pub password: SecretClient,
    /// Without a keyboard: device code.
    pub device: PublicClient,
    /// An API that calls another one for a person: token exchange.
    pub exchange: SecretClient,
    /// Brings the assertions of a partner: JWT bearer.
    pub assertion: SecretClient,
    /// Whose assertions those are.
    pub partner: Partner,
    /// The access keys of a program that no person uses; the first one is enabled.
    pub keys: Vec<AccessKey>,
}

/// A confidential client, registered with `client_secret_basic`.
#[derive(Debug, Clone)]
pub struct SecretClient {
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

/// A confidential client, registered with `private_key_jwt`.
#[derive(Debug, Clone)]
pub struct KeyClient {
    /// Its identifier.
    pub client_id: String,
    /// Its key, whose public half is registered.
    pub key: Arc<SigningKey>,
}

/// Somebody whose word about people an application brings.
#[derive(Debug, Clone)]
pub struct Partner {
    /// The `iss` of its assertions.
    pub issuer: String,
    /// Its key, whose public half is registered.
    pub key: Arc<SigningKey>,
}

/// A programmatic access account.
#[derive(Debug, Clone, serde::Serialize)]
pub struct AccessKey {
    /// The `client_id` of its requests.
    pub access_key: String,
    /// The `client_secret` of its requests.
    pub secret_key: String,
    /// What it is for.
    pub label: String,
    /// The scope items that it has.
    pub scope: String,
}

/// How an application says who it is at the endpoints that it calls itself.
#[derive(Debug, Clone)]
pub(crate) enum Credentials {
    /// Identifier and secret in the Authorization header (RFC 6749 §2.3.1).
    Secret(SecretClient),
    /// Nothing but the `client_id` in the body (RFC 6749 §3.2.1).
    Public(PublicClient),
    /// An assertion signed by the client's own key (RFC 7523 §2.2) for this audience.
    Key(KeyClient, String),
    /// What stands in the form already.
    InForm,
}

impl From<&SecretClient> for Credentials {
    fn from(client: &SecretClient) -> Self {
        Self::Secret(client.clone())
    }
}

impl From<&PublicClient> for Credentials {
    fn from(client: &PublicClient) -> Self {
        Self::Public(client.clone())
    }
}

impl From<&AccessKey> for Credentials {
    fn from(key: &AccessKey) -> Self {
        Self::Secret(SecretClient {
            client_id: key.access_key.clone(),
            client_secret: key.secret_key.clone(),
        })
    }
}

/// A form to be posted to an endpoint.
pub(crate) struct Post<'a> {
    /// What it is for, in a few words.
    pub(crate) title: &'static str,
    pub(crate) url: &'a str,
    pub(crate) form: Vec<(&'static str, &'a str)>,
    /// Values that only the two ends may know.
    pub(crate) secrets: &'a [&'a str],
}

impl Credentials {
    /// The application's identifier.
    pub(crate) fn client_id(&self) -> &str {
        match self {
            Self::Secret(client) => &client.client_id,
            Self::Public(client) => &client.client_id,
            Self::Key(client, _) => &client.client_id,
            Self::InForm => "",
        }
    }

    /// Posts a form under these credentials.
    pub(crate) async fn post(&self, post: Post<'_>) -> Exchange {
        let Post { title, url, mut form, secrets } = post;
        let mut secrets: Vec<String> = secrets.iter().map(|s| (*s).to_owned()).collect();
        let (mut authorization, mut assertion) = (None, String::new());
        match self {
            Self::Secret(client) => {
                let basic = basic(client);
                authorization = Some(format!("Basic {basic}"));
                secrets.push(basic);
            }
            Self::Public(client) => form.push(("client_id", &client.client_id)),
            Self::Key(client, audience) => {
                assertion = client_assertion(&client.key, &client.client_id, audience);
                secrets.push(assertion.clone());
            }
            Self::InForm => {}
        }
        if !assertion.is_empty() {
            form.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)]);
        }
        let outgoing = Outgoing { title, method: Method::POST, url, authorization, form, secrets };
        let mut exchange = wire::send(outgoing).await;
        exchange.apart.extend(Apart::jwt("client_assertion: the application's proof of itself", &assertion));
        exchange
    }
}

/// RFC 6749 §2.3.1: "encoded using the "application/x-www-form-urlencoded" encoding algorithm", each by itself, before the colon joins them.
fn basic(client: &SecretClient) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    STANDARD.encode(format!("{}:{}", encoded(&client.client_id), encoded(&client.client_secret)))
}

/// An assertion by which a client proves who it is (RFC 7523 §3): about itself, for one audience, for a minute, for one use. Empty where
/// the key cannot sign, which usher then refuses.
pub(crate) fn client_assertion(key: &SigningKey, client_id: &str, audience: &str) -> String {
    let now = now().seconds();
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": audience, "jti": unguessable(), "iat": now, "exp": now + ASSERTION,
    });
    key.sign("JWT", &claims).unwrap_or_default()
}

/// What a partner says about a person (RFC 7523 §2.1).
pub(crate) struct Statement<'a> {
    /// Who says it.
    pub(crate) issuer: &'a str,
    /// About whom.
    pub(crate) subject: &'a str,
    /// To whom.
    pub(crate) audience: &'a str,
    /// When it stops being true, in seconds from now.
    pub(crate) expires_in: i64,
}

impl Statement<'_> {
    /// The statement as a signed assertion.
    pub(crate) fn sign(&self, key: &SigningKey) -> String {
        let now = now().seconds();
        let claims = json!({
            "iss": self.issuer, "sub": self.subject, "aud": self.audience, "jti": unguessable(), "iat": now.min(now + self.expires_in),
            "exp": now + self.expires_in,
        });
        key.sign("JWT", &claims).unwrap_or_default()
    }

    /// A true one of the partner's.
    pub(crate) fn of<'a>(partner: &'a Partner, subject: &'a str, audience: &'a str) -> Statement<'a> {
        Statement { issuer: &partner.issuer, subject, audience, expires_in: ASSERTION }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifier_and_secret_are_encoded_before_they_are_joined() {
        let client = SecretClient { client_id: "a:b".to_owned(), client_secret: "c d+é".to_owned() };
        let decoded = STANDARD.decode(basic(&client)).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), "a%3Ab:c+d%2B%C3%A9");
    }

    #[test]
    fn an_assertion_is_about_the_client_itself_and_never_the_same() {
        let key = crate::app::tests::key();
        let assertion = client_assertion(&key, "bank", "http://localhost:1/oidc");
        let apart = Apart::jwt("one", &assertion).unwrap();
        for claim in
            ["\"iss\":\"bank\"", "\"sub\":\"bank\"", "\"aud\":\"http://localhost:1/oidc\"", "\"jti\":"]
        {
            assert!(apart.payload.contains(claim), "{claim} is not in {}", apart.payload);
        }
        assert_ne!(assertion, client_assertion(&key, "bank", "http://localhost:1/oidc"));
    }
}
