//! The installation that is measured: its configuration, the requests that its application and its people send, and the check of the
//! tokens that it gives.

use super::wire::{Wire, between};
use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::SocketAddr;
use usher_crypto::jose::{self, AcceptedType, PublicJwk, SigningAlgorithm, VerifyingKey};
use usher_crypto::pkce;
use usher_types::{Endpoint, Params};

/// The person's login name.
pub(super) const USERNAME: &str = "alice";
/// The person's password.
pub(super) const PASSWORD: &str = "correct horse battery staple";
const CLIENT_ID: &str = "bench";
const CLIENT_SECRET: &str = "bench-secret-0123456789-0123456789-0123456789";
const REDIRECT_URI: &str = "https://bench.test/cb";
const SCOPE: &str = "openid profile email offline_access";
const STATE: &str = "a-state-0123456789";
const NONCE: &str = "a-nonce-0123456789";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";

/// Everything else is the default.
const CONFIG: &str = r#"
[server]
public_url = "http://localhost:{port}"
listen = "127.0.0.1:{port}"

[storage]
folder = "data"
{url}
[[pools]]
name = "main"

[[pools.applications]]
client_id = "{client_id}"
client_secret = "{client_secret}"
client_name = "Bench"
redirect_uris = ["{redirect_uri}"]
require_pkce = true
first_party = true
skip_consent = true
id_token_signed_response_alg = "ES256"
access_token_signed_response_alg = "ES256"

[[pools.users]]
username = "{username}"
password = "{password}"
claims = { name = "Alice Arden", given_name = "Alice", family_name = "Arden", email = "alice@example.com", email_verified = true }
"#;

/// The configuration of a server on this port, with the address of its database where it is not the embedded one.
pub(super) fn config(port: u16, database: Option<&str>) -> String {
    let url = database.map(|url| format!("url = \"{url}\"\n")).unwrap_or_default();
    CONFIG
        .replace("{port}", &port.to_string())
        .replace("{url}", &url)
        .replace("{client_id}", CLIENT_ID)
        .replace("{client_secret}", CLIENT_SECRET)
        .replace("{redirect_uri}", REDIRECT_URI)
        .replace("{username}", USERNAME)
        .replace("{password}", PASSWORD)
}

/// A running installation, as seen from outside.
pub(super) struct Site {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Its public address's host and port.
    pub(super) authority: String,
}

/// A browser that somebody is signed in in, and what the application got for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor {
    /// The browser's cookie, `name=value`.
    pub(super) cookie: String,
    /// The person.
    pub(super) sub: String,
    /// The newest access token.
    pub(super) access: String,
    /// The newest refresh token.
    pub(super) refresh: String,
}

/// Tokens out of an answer of the token endpoint.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    /// The access token.
    pub(super) access: String,
    /// The ID token.
    pub(super) id: String,
    /// The refresh token.
    pub(super) refresh: String,
}

impl Tokens {
    /// Finds them by their names, without reading the JSON.
    pub(super) fn find(json: &str) -> anyhow::Result<Self> {
        let token = |name| {
            between(json, name, '"').map(str::to_owned).with_context(|| format!("no {name} in {json}"))
        };
        Ok(Self {
            access: token("\"access_token\":\"")?,
            id: token("\"id_token\":\"")?,
            refresh: token("\"refresh_token\":\"")?,
        })
    }
}

impl Site {
    /// A site on this port of this machine.
    pub(super) fn new(port: u16) -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), authority: format!("localhost:{port}") }
    }

    /// A GET with more header lines, each ended.
    pub(super) fn get(&self, target: &str, headers: &str) -> Vec<u8> {
        format!("GET {target} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.authority).into_bytes()
    }

    /// A form POST with more header lines, each ended.
    pub(super) fn post(&self, target: &str, headers: &str, body: &str) -> Vec<u8> {
        let mut request = format!("POST {target} HTTP/1.1\r\nhost: {}\r\n{headers}", self.authority);
        let kind = "content-type: application/x-www-form-urlencoded";
        let _ = write!(request, "{kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        request.into_bytes()
    }

    /// A form POST in which the application proves who it is (RFC 6749 §2.3.1).
    pub(super) fn post_as_application(&self, endpoint: Endpoint, body: &str) -> Vec<u8> {
        let basic = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
        self.post(endpoint.path(), &format!("authorization: Basic {basic}\r\n"), body)
    }

    /// The request for the discovery document.
    pub(super) fn discovery(&self) -> Vec<u8> {
        self.get(Endpoint::Discovery.path(), "")
    }

    /// The address of an authorization request with PKCE.
    pub(super) fn authorize_target() -> String {
        let pairs = [
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT_URI),
            ("scope", SCOPE),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", &pkce::s256(VERIFIER)),
            ("code_challenge_method", "S256"),
        ];
        let params = Params::from(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec());
        format!("{}?{}", Endpoint::Authorize.path(), params.encode())
    }

    /// The code in the address that an authorization response goes to.
    pub(super) fn code(location: &str) -> Option<&str> {
        between(location.strip_prefix(REDIRECT_URI)?, "code=", '&')
    }

    /// The form that exchanges a code. Codes and redirect URI need no escaping beyond what is written here.
    pub(super) fn exchange_form(code: &str) -> String {
        let redirect = REDIRECT_URI.replace(':', "%3A").replace('/', "%2F");
        format!("grant_type=authorization_code&redirect_uri={redirect}&code_verifier={VERIFIER}&code={code}")
    }

    /// The form that uses a refresh token.
    pub(super) fn refresh_form(token: &str) -> String {
        format!("grant_type=refresh_token&refresh_token={token}")
    }

    /// Exchanges a form for tokens.
    pub(super) async fn tokens(&self, wire: &mut Wire, form: &str) -> anyhow::Result<Tokens> {
        let request = self.post_as_application(Endpoint::Token, form);
        let answer = wire.exchange(&request).await?.expect(200, "the token endpoint")?;
        Tokens::find(answer.text()?)
    }

    /// The keys that ID tokens of the application are signed by.
    pub(super) async fn keys(&self) -> anyhow::Result<Vec<VerifyingKey>> {
        let mut wire = Wire::connect(self.address).await?;
        let answer = wire.exchange(&self.get(Endpoint::Jwks.path(), "")).await?.expect(200, "the key set")?;
        let set: Value = serde_json::from_slice(answer.body)?;
        let listed = set.get("keys").and_then(Value::as_array).context("a key set without keys")?;
        let jwks = listed
            .iter()
            .filter_map(|key| PublicJwk::parse(key.to_string().as_bytes(), SigningAlgorithm::Es256).ok());
        let keys: Vec<VerifyingKey> =
            jwks.map(|jwk| VerifyingKey::from_jwk(&jwk)).collect::<Result<_, _>>()?;
        ensure!(!keys.is_empty(), "the key set holds no ES256 key");
        Ok(keys)
    }

    /// Checks an ID token: signature, issuer, audience, nonce; gives its subject.
    pub(super) fn subject(&self, keys: &[VerifyingKey], id_token: &str) -> anyhow::Result<String> {
        let verified = jose::verify(id_token, keys, AcceptedType::Is(&["JWT"])).context("an ID token")?;
        let claims: Value = verified.claims()?;
        let says = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let base = format!("http://{}", self.authority);
        ensure!(says("iss").starts_with(&base), "an ID token of another issuer: {claims}");
        ensure!(
            says("aud") == CLIENT_ID && says("nonce") == NONCE,
            "an ID token for something else: {claims}"
        );
        ensure!(!says("sub").is_empty(), "an ID token about nobody: {claims}");
        Ok(says("sub").to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_by_their_names() {
        let json = r#"{"access_token":"a.b","token_type":"Bearer","id_token":"c","refresh_token":"d"}"#;
        let tokens = Tokens::find(json).unwrap();
        assert_eq!((tokens.access.as_str(), tokens.id.as_str(), tokens.refresh.as_str()), ("a.b", "c", "d"));
        assert!(Tokens::find(r#"{"access_token":"a"}"#).is_err());
    }

    #[test]
    fn a_code_counts_only_where_the_application_is() {
        assert_eq!(Site::code("https://bench.test/cb?code=x&state=y"), Some("x"));
        assert_eq!(Site::code("https://elsewhere.test/cb?code=x"), None);
    }

    #[test]
    fn the_configuration_has_no_holes_left() {
        let text = config(8080, Some("postgresql://localhost/x"));
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["storage"]["url"].as_str(), Some("postgresql://localhost/x"));
        assert_eq!(table["pools"][0]["applications"][0]["client_id"].as_str(), Some(CLIENT_ID));
        assert!(config(1, None).parse::<toml::Table>().unwrap()["storage"].get("url").is_none());
    }
}
