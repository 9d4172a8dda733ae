//! An application as a relying party: it makes requests, and checks tokens with other people's code.

use crate::browser::Browser;
use crate::clock::TestClock;
use crate::server::TestServer;
use crate::signing::{KeyPair, changed, mac};
use crate::wire::{Answer, send};
use base64::Engine as _;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use usher_core::Pool;
use usher_core::client::{ApplicationType, AuthMethod, ClientSettings};
use usher_types::Clock as _;

/// The verifier of every PKCE request.
pub const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";

/// RFC 7523 §2.2.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A declared application.
#[derive(Clone)]
pub struct Application {
    address: SocketAddr,
    origin: String,
    base: String,
    /// Its client identifier.
    pub client_id: String,
    /// Its secret; `None` for a public one.
    pub secret: Option<String>,
    /// Its first redirection URI, with a port where it is a loopback address.
    pub redirect_uri: String,
    method: AuthMethod,
    pkce: bool,
    key: Option<KeyPair>,
    clock: Arc<TestClock>,
}

/// Where an application meets its server.
pub(crate) struct At<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) origin: String,
    pub(crate) seed: &'a str,
    pub(crate) clock: Arc<TestClock>,
}

/// Assertions made so far: each has its own number as `jti`.
static ASSERTIONS: AtomicU64 = AtomicU64::new(0);

/// An authorization response, taken apart.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Where it went.
    pub target: String,
    /// Its parameters.
    pub params: BTreeMap<String, String>,
}

/// What the token endpoint gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: Option<String>,
    /// The ID token.
    pub id: Option<String>,
    /// The whole answer.
    pub answer: Value,
}

impl Application {
    pub(crate) fn new(server: &TestServer, pool: &Pool, client_id: &str) -> Self {
        let settings =
            &pool.clients.get(client_id).unwrap_or_else(|| panic!("no application {client_id}")).settings;
        let (seed, clock) = (server.seed(), Arc::clone(&server.clock));
        let at = At { address: server.address, origin: pool.origin().to_owned(), seed, clock };
        Self::of(at, &pool.base, settings)
    }

    /// An application with these settings; its secret is the one that the seed declares.
    pub(crate) fn of(at: At<'_>, base: &str, settings: &ClientSettings) -> Self {
        let method = settings.auth_method();
        let marker = format!("client_id = \"{}\"\n", settings.client_id);
        let secret =
            at.seed.split_once(&marker).and_then(|(_, rest)| rest.split("\n[[").next()).and_then(|table| {
                table
                    .lines()
                    .find_map(|l| l.strip_prefix("client_secret = "))
                    .map(|s| s.trim_matches('"').to_owned())
            });
        let redirect_uri = settings.redirect_uris.first().map(|u| u.as_str().to_owned()).unwrap_or_default();
        Self {
            address: at.address,
            origin: at.origin,
            base: base.to_owned(),
            client_id: settings.client_id.clone(),
            secret: secret.filter(|_| method != AuthMethod::None),
            redirect_uri,
            method,
            pkce: method == AuthMethod::None || settings.application_type != ApplicationType::Web,
            key: None,
            clock: at.clock,
        }
    }

    /// The same application with PKCE.
    #[must_use]
    pub fn with_pkce(mut self) -> Self {
        self.pkce = true;
        self
    }

    /// The same application with its private key.
    #[must_use]
    pub fn with_key(mut self, key: &KeyPair) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// The same application that knows another secret.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = Some(secret.to_owned());
        self
    }

    /// The issuer of its pool.
    pub fn issuer(&self) -> String {
        format!("{}{}/oidc", self.origin, self.base)
    }

    /// The claims of an assertion that is right in everything: for this server, in time, never used.
    pub fn claims(&self, issuer: &str, subject: &str) -> Value {
        let now = self.clock.now().seconds();
        let number = ASSERTIONS.fetch_add(1, Ordering::Relaxed);
        json!({
            "iss": issuer, "sub": subject, "aud": self.issuer(), "iat": now, "exp": now + 60,
            "jti": format!("assertion {number}"),
        })
    }

    /// An assertion by which the application authenticates, with these claims changed (`null` takes one away).
    pub fn assertion(&self, changes: &Value) -> String {
        let claims = changed(&self.claims(&self.client_id, &self.client_id), changes);
        match (&self.key, &self.secret) {
            (Some(key), _) => key.sign(&claims),
            (None, Some(secret)) => mac(secret.as_bytes(), &json!({ "alg": "HS256", "typ": "JWT" }), &claims),
            (None, None) => panic!("{} has neither key nor secret", self.client_id),
        }
    }

    /// The same application talking to another node.
    #[must_use]
    pub fn at(mut self, node: &TestServer) -> Self {
        self.address = node.address;
        self
    }

    /// One of its access keys as the caller, by the Authorization header: what it asks, it asks as a program on its own.
    #[must_use]
    pub fn access_key(&self, access_key: &str, secret_key: &str) -> Self {
        Self {
            client_id: access_key.to_owned(),
            secret: Some(secret_key.to_owned()),
            method: AuthMethod::ClientSecretBasic,
            ..self.clone()
        }
    }

    /// The same caller with its credentials in the body.
    #[must_use]
    pub fn in_the_body(mut self) -> Self {
        self.method = AuthMethod::ClientSecretPost;
        self
    }

    /// Asks for a token without a person (`""` asks for no scope in particular).
    pub async fn client_credentials(&self, scope: &str) -> Answer {
        self.post("/oidc/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await
    }

    /// A path of the application's pool.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address of an authorization request with these parameters changed (`""` takes one away).
    pub fn request(&self, changes: &[(&str, &str)]) -> String {
        let mut params: Vec<(String, String)> = vec![
            ("client_id".into(), self.client_id.clone()),
            ("redirect_uri".into(), self.redirect_uri.clone()),
            ("response_type".into(), "code".into()),
            ("scope".into(), "openid".into()),
            ("state".into(), "a state".into()),
            ("nonce".into(), "a nonce".into()),
        ];
        if self.pkce {
            params.push(("code_challenge".into(), usher_crypto::pkce::s256(VERIFIER)));
            params.push(("code_challenge_method".into(), "S256".into()));
        }
        for (name, value) in changes {
            params.retain(|(n, _)| n != name);
            if !value.is_empty() {
                params.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        format!("{}?{query}", self.path("/oidc/auth"))
    }

    /// Walks through an authorization request as a person and gives what came back.
    pub async fn authorize(
        &self,
        browser: &mut Browser,
        username: &str,
        changes: &[(&str, &str)],
    ) -> Callback {
        Callback::parse(&browser.walk(&self.request(changes), username).await)
    }

    /// Walks through a request for a scope and exchanges the code.
    pub async fn sign_in(&self, browser: &mut Browser, username: &str, scope: &str) -> Tokens {
        let prompt = if scope.contains("offline_access") { "consent" } else { "" };
        let callback = self.authorize(browser, username, &[("scope", scope), ("prompt", prompt)]).await;
        self.exchange(callback.code()).await.tokens()
    }

    /// Exchanges a code.
    pub async fn exchange(&self, code: &str) -> Answer {
        self.exchange_with(code, &[]).await
    }

    /// Exchanges a code with these parameters changed (`""` takes one away).
    pub async fn exchange_with(&self, code: &str, changes: &[(&str, &str)]) -> Answer {
        let mut params = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
        ];
        if self.pkce {
            params.push(("code_verifier", VERIFIER));
        }
        for (name, value) in changes {
            params.retain(|(n, _)| n != name);
            if !value.is_empty() {
                params.push((name, value));
            }
        }
        self.post("/oidc/token", &params).await
    }

    /// Refreshes.
    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/oidc/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Introspects a token.
    pub async fn introspect(&self, token: &str) -> Value {
        let answer = self.post("/oidc/token/introspection", &[("token", token)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    }

    /// Whether a token is active, as introspection says.
    pub async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }

    /// Revokes a token.
    pub async fn revoke(&self, token: &str) -> Answer {
        self.post("/oidc/token/revocation", &[("token", token)]).await
    }

    /// Asks userinfo.
    pub async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get(self.path("/oidc/me"))
            .header(header::HOST, self.host())
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Full::default())
            .unwrap();
        send(self.address, request).await
    }

    /// Posts a form as it is, without any authentication.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(self.path(path))
            .header(header::HOST, self.host())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body)));
        send(self.address, request.unwrap()).await
    }

    /// Posts a form with the application's own authentication.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let assertion: String;
        let mut fields = fields.to_vec();
        let mut request = Request::post(self.path(path)).header(header::HOST, self.host());
        match (self.method, &self.secret) {
            (AuthMethod::ClientSecretBasic, Some(secret)) => {
                let encode = |t: &str| url::form_urlencoded::byte_serialize(t.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encode(&self.client_id), encode(secret));
                let value = base64::engine::general_purpose::STANDARD.encode(pair);
                request = request.header(header::AUTHORIZATION, format!("Basic {value}"));
            }
            (AuthMethod::ClientSecretPost, Some(secret)) => {
                fields.extend([("client_id", self.client_id.as_str()), ("client_secret", secret)]);
            }
            (AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt, _) => {
                assertion = self.assertion(&json!({}));
                fields.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)]);
            }
            _ => fields.push(("client_id", &self.client_id)),
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(body)));
        send(self.address, request.unwrap()).await
    }

    /// One GET of a path of the application's pool, without cookies.
    pub async fn get(&self, path: &str) -> Answer {
        let request =
            Request::get(self.path(path)).header(header::HOST, self.host()).body(Full::default()).unwrap();
        send(self.address, request).await
    }

    /// Verifies a JWT of the pool with other people's code, as far as signature, issuer, audience and expiry go, and gives its claims.
    pub async fn verify(&self, token: &str, audience: &str) -> Value {
        let keys: JwkSet =
            serde_json::from_slice(&self.get("/oidc/.well-known/jwks.json").await.body).unwrap();
        let header = jsonwebtoken::decode_header(token).unwrap();
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[format!("{}{}/oidc", self.origin, self.base)]);
        let key = match header.alg {
            Algorithm::HS256 => DecodingKey::from_secret(self.secret.as_ref().unwrap().as_bytes()),
            _ => DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).expect("the key is in the key set"))
                .unwrap(),
        };
        jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
    }

    fn host(&self) -> &str {
        self.origin.split_once("://").unwrap().1
    }
}

impl Callback {
    /// Takes a response in a query apart; a parameter twice is a failure.
    #[track_caller]
    pub fn parse(target: &str) -> Self {
        let url = url::Url::parse(target).unwrap();
        let mut params = BTreeMap::new();
        let fragment = url.fragment().unwrap_or_default().as_bytes();
        for (name, value) in url.query_pairs().chain(url::form_urlencoded::parse(fragment)) {
            assert!(
                params.insert(name.to_string(), value.to_string()).is_none(),
                "{name} is there twice in {target}"
            );
        }
        Self { target: target.to_owned(), params }
    }

    /// The code.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.params.get("code").unwrap_or_else(|| panic!("no code in {}", self.target))
    }

    /// The error code.
    #[track_caller]
    pub fn error(&self) -> &str {
        self.params.get("error").unwrap_or_else(|| panic!("no error in {}", self.target))
    }
}

impl Answer {
    /// The tokens of a token answer.
    #[track_caller]
    pub fn tokens(&self) -> Tokens {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        let answer = self.json();
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        Tokens {
            access: text("access_token").unwrap(),
            refresh: text("refresh_token"),
            id: text("id_token"),
            answer,
        }
    }
}
