//! An application's settings by the names of the specifications (RFC 7591 §2, OpenID Connect Registration §2). The rules that they keep
//! among each other are in `check`.

use super::{
    AccessKeySettings, AssertionIssuer, AuthMethod, GrantType, JwkSet, ResponseType, TokenExchangePolicy,
};
use serde::{Deserialize, Serialize};
use usher_crypto::jose::SigningAlgorithm;
use usher_types::uri::{RedirectUri, WebUrl};
use usher_types::{Endpoint, Scope, Secret};

/// What kind of program an application is: whether the public can read its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Has a backend that can keep a secret.
    #[default]
    Web,
    /// Runs in the browser.
    SinglePage,
    /// Runs on a phone or a desktop (RFC 8252).
    Native,
}

/// The form of an application's access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// RFC 9068.
    #[default]
    Jwt,
    /// A handle that only introspection and userinfo can read.
    Opaque,
}

/// A scope of the application's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnScope {
    /// The scope-token.
    pub name: String,
    /// What it allows, in words for the consent page.
    pub description: Option<String>,
    /// The claims that it adds to userinfo.
    #[serde(default)]
    pub claims: Vec<String>,
    /// The API that it is for: the `aud` of access tokens with this scope (RFC 9068 §3).
    pub audience: Option<String>,
}

/// An application's settings, as a seed declares them and the database keeps them. Spans are in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, by its own name in the configuration"
)]
pub struct ClientSettings {
    /// RFC 6749 §2.2.
    pub client_id: String,
    /// Its secret, where it has one: at least 32 characters. Stored hashed.
    #[serde(skip_serializing, default)]
    pub client_secret: Option<Secret>,
    /// Whether it may do anything.
    #[serde(skip_serializing, default = "yes")]
    pub enabled: bool,
    /// Its name for people.
    pub client_name: String,
    /// What kind of program it is.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// Where authorization responses may go.
    #[serde(default)]
    pub redirect_uris: Vec<RedirectUri>,
    /// Where the browser may go after sign-out.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// How it authenticates; by default `client_secret_basic` for web applications, else `none`.
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// How it authenticates at the introspection endpoint; by default as at the token endpoint.
    pub introspection_endpoint_auth_method: Option<AuthMethod>,
    /// How it authenticates at the revocation endpoint; by default as at the token endpoint.
    pub revocation_endpoint_auth_method: Option<AuthMethod>,
    /// The one algorithm of its authentication assertions; by default that of each of its keys.
    pub token_endpoint_auth_signing_alg: Option<SigningAlgorithm>,
    /// Its public keys (RFC 7591 §2), for `private_key_jwt`.
    pub jwks: Option<JwkSet>,
    /// The modes that are switched on.
    #[serde(default = "default_grants")]
    pub grant_types: Vec<GrantType>,
    /// What its authorization responses may carry; by default `code`, where the grant authorization_code is switched on.
    pub response_types: Option<Vec<ResponseType>>,
    /// Whether tokens may leave by the front channel to callbacks without TLS: for development only.
    #[serde(default)]
    pub allow_insecure_redirect_uris: bool,
    /// The scope items (`resource[:instance][:action]`) that it has of its own by the grant client_credentials.
    #[serde(default)]
    pub client_credentials_scope: String,
    /// Its programmatic access accounts. Stored in a table of their own.
    #[serde(skip_serializing, default)]
    pub access_keys: Vec<AccessKeySettings>,
    /// Whether access tokens without a person name the access key as `aud` and have no `sub`, as the model's do.
    #[serde(default)]
    pub access_key_as_audience: bool,
    /// What it may exchange by the grant token-exchange.
    #[serde(default)]
    pub token_exchange: TokenExchangePolicy,
    /// Whose assertions it may bring by the grant jwt-bearer.
    #[serde(default)]
    pub assertion_issuers: Vec<AssertionIssuer>,
    /// Life of its device codes.
    pub device_code_lifetime: Option<u32>,
    /// The standard scopes that it may ask for.
    #[serde(default = "standard_scope")]
    pub scope: Scope,
    /// Scopes of its own.
    #[serde(default)]
    pub scopes: Vec<OwnScope>,
    /// The identifiers under which it is an API: tokens for these it may introspect.
    #[serde(default)]
    pub api_identifiers: Vec<String>,
    /// Whether PKCE is demanded of a confidential application; of public ones it always is.
    #[serde(default)]
    pub require_pkce: bool,
    /// Whether it belongs to the pool's owner.
    #[serde(default)]
    pub first_party: bool,
    /// Whether people are not asked for consent; only for first-party applications.
    #[serde(default)]
    pub skip_consent: bool,
    /// OpenID Connect Registration §2.
    #[serde(default = "rs256")]
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// How JWT access tokens are signed; never HS256.
    #[serde(default = "rs256")]
    pub access_token_signed_response_alg: SigningAlgorithm,
    /// The form of its access tokens.
    #[serde(default)]
    pub access_token_format: AccessTokenFormat,
    /// OpenID Connect Registration §2.
    pub default_max_age: Option<u32>,
    /// Whether `http://localhost` counts as a loopback address for a native application.
    #[serde(default)]
    pub allow_localhost_any_port: bool,
    /// Life of its codes.
    pub code_lifetime: Option<u32>,
    /// Life of its access tokens.
    pub access_token_lifetime: Option<u32>,
    /// Life of its ID tokens.
    pub id_token_lifetime: Option<u32>,
    /// Whether refresh tokens rotate; those of public applications always do.
    #[serde(default = "yes")]
    pub refresh_token_rotation: bool,
    /// How long a refresh token lives without use.
    pub refresh_token_idle_lifetime: Option<u32>,
    /// How long after the grant the last refresh token ends.
    pub refresh_token_absolute_lifetime: Option<u32>,
    /// How long after its use a refresh token still gets its successor again; 0 for never.
    pub refresh_token_grace: Option<u32>,
    /// Its home page.
    pub client_uri: Option<WebUrl>,
    /// Its privacy policy.
    pub policy_uri: Option<WebUrl>,
    /// Its terms of service.
    pub tos_uri: Option<WebUrl>,
    /// A file with its logo: PNG, JPEG or WebP.
    #[serde(skip_serializing, default)]
    pub logo: Option<std::path::PathBuf>,
    /// Its colour, `#rrggbb`.
    pub colour: Option<String>,
    /// Set when a logo is stored: the first half of its digest, part of its address.
    #[serde(default, skip_deserializing)]
    pub logo_digest: Option<String>,
}

pub(super) const fn yes() -> bool {
    true
}

fn default_grants() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode, GrantType::RefreshToken]
}

const fn rs256() -> SigningAlgorithm {
    SigningAlgorithm::Rs256
}

/// Every scope that OpenID Connect names (Core §5.4, §11).
pub const STANDARD_SCOPES: [&str; 6] = ["openid", "profile", "email", "phone", "address", "offline_access"];

fn standard_scope() -> Scope {
    Scope::parse(&STANDARD_SCOPES.join(" ")).unwrap_or_default()
}

impl ClientSettings {
    /// How the application authenticates at the token endpoint.
    pub fn auth_method(&self) -> AuthMethod {
        self.token_endpoint_auth_method.unwrap_or(match self.application_type {
            ApplicationType::Web => AuthMethod::ClientSecretBasic,
            ApplicationType::SinglePage | ApplicationType::Native => AuthMethod::None,
        })
    }

    /// How the application authenticates at an endpoint that it calls itself.
    pub fn auth_method_at(&self, endpoint: Endpoint) -> AuthMethod {
        let own = match endpoint {
            Endpoint::Introspection => self.introspection_endpoint_auth_method,
            Endpoint::Revocation => self.revocation_endpoint_auth_method,
            _ => None,
        };
        own.unwrap_or_else(|| self.auth_method())
    }

    /// The ways in which it authenticates anywhere.
    pub fn auth_methods(&self) -> [AuthMethod; 3] {
        [Endpoint::Token, Endpoint::Introspection, Endpoint::Revocation].map(|e| self.auth_method_at(e))
    }

    /// What its authorization responses may carry.
    pub fn response_types(&self) -> &[ResponseType] {
        match &self.response_types {
            Some(types) => types,
            None if self.grant_types.contains(&GrantType::AuthorizationCode) => &[ResponseType::Code],
            None => &[],
        }
    }

    /// Whether the plain client secret is needed after its creation: to sign ID tokens or to check assertions by it.
    pub fn needs_plain_secret(&self) -> bool {
        self.id_token_signed_response_alg.is_symmetric()
            || self.auth_methods().contains(&AuthMethod::ClientSecretJwt)
    }
}
