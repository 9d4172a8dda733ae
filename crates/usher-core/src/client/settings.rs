//! An application's settings by the names of the specifications (RFC 7591 §2, OpenID Connect Registration §2), and the rules that
//! settings must keep among each other.

use serde::{Deserialize, Serialize};
use usher_crypto::jose::SigningAlgorithm;
use usher_types::uri::{RedirectUri, WebUrl};
use usher_types::{Scope, ScopeToken, Secret, limits};

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

/// How an application authenticates at the token endpoint (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// RFC 6749 §2.3.1, by the Authorization header.
    ClientSecretBasic,
    /// RFC 6749 §2.3.1, in the body.
    ClientSecretPost,
    /// A public client.
    None,
}

impl AuthMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// Its registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
        }
    }
}

/// A grant that an application may use (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
}

impl GrantType {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// Its registered name, the value of `grant_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
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
    /// The modes that are switched on.
    #[serde(default = "default_grants")]
    pub grant_types: Vec<GrantType>,
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

const fn yes() -> bool {
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

/// A setting that contradicts another or is out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct SettingError {
    /// The setting's name.
    pub key: &'static str,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl SettingError {
    pub(crate) fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into() }
    }
}

impl ClientSettings {
    /// How the application authenticates.
    pub fn auth_method(&self) -> AuthMethod {
        self.token_endpoint_auth_method.unwrap_or(match self.application_type {
            ApplicationType::Web => AuthMethod::ClientSecretBasic,
            ApplicationType::SinglePage | ApplicationType::Native => AuthMethod::None,
        })
    }

    /// Checks what the types cannot: bounds, and settings that contradict one another.
    pub fn check(&self) -> Result<(), SettingError> {
        let wrong = |key, message: &str| Err(SettingError::new(key, message));
        let legal_id = !self.client_id.is_empty()
            && self.client_id.len() <= 128
            && self.client_id.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !legal_id {
            return wrong(
                "client_id",
                "1 to 128 printable ASCII characters without spaces and colons are allowed",
            );
        }
        if self.client_name.trim().is_empty()
            || self.client_name.len() > 256
            || self.client_name.chars().any(char::is_control)
        {
            return wrong(
                "client_name",
                "1 to 256 bytes without control characters are needed: it is what people see",
            );
        }
        let public = self.auth_method() == AuthMethod::None;
        match (&self.client_secret, public) {
            (Some(_), true) => {
                return wrong(
                    "client_secret",
                    "an application that authenticates by \"none\" is public and has no secret",
                );
            }
            (Some(secret), false) if secret.expose().len() < 32 || secret.expose().len() > 256 => {
                return wrong("client_secret", "32 to 256 characters are needed, drawn at random");
            }
            _ => {}
        }
        if self.grant_types.contains(&GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return wrong("redirect_uris", "the grant authorization_code needs at least one");
        }
        if self.redirect_uris.len() > limits::REGISTERED_URIS
            || self.post_logout_redirect_uris.len() > limits::REGISTERED_URIS
        {
            return wrong("redirect_uris", "at most 100 are allowed");
        }
        if let Some(uri) = self
            .redirect_uris
            .iter()
            .chain(&self.post_logout_redirect_uris)
            .find(|u| u.origin().is_none() && self.application_type != ApplicationType::Native)
        {
            return Err(SettingError::new(
                "redirect_uris",
                format!("{uri}: only a native application can have a scheme of its own"),
            ));
        }
        if let Some(unknown) = self.scope.iter().find(|s| !STANDARD_SCOPES.contains(s)) {
            let message = format!(
                "{unknown} is not a standard scope ({}); an application's own go into `scopes`",
                STANDARD_SCOPES.join(", ")
            );
            return Err(SettingError::new("scope", message));
        }
        if self.scopes.len() + STANDARD_SCOPES.len() > limits::SCOPE_TOKENS {
            let most = limits::SCOPE_TOKENS - STANDARD_SCOPES.len();
            return Err(SettingError::new("scopes", format!("at most {most} scopes of its own are allowed")));
        }
        for (i, own) in self.scopes.iter().enumerate() {
            if self.scopes.iter().take(i).any(|s| s.name == own.name) {
                return Err(SettingError::new("scopes", format!("{:?} is there twice", own.name)));
            }
            if ScopeToken::parse(&own.name).is_err() || STANDARD_SCOPES.contains(&own.name.as_str()) {
                return Err(SettingError::new(
                    "scopes",
                    format!("{:?} cannot name a scope of an application's own", own.name),
                ));
            }
        }
        if self.skip_consent && !self.first_party {
            return wrong(
                "skip_consent",
                "only a first-party application can skip the question (set first_party = true)",
            );
        }
        if self.access_token_signed_response_alg == SigningAlgorithm::Hs256 {
            return wrong("access_token_signed_response_alg", "HS256 is for ID tokens only");
        }
        if self.id_token_signed_response_alg == SigningAlgorithm::Hs256 && public {
            return wrong(
                "id_token_signed_response_alg",
                "HS256 needs a client secret, which a public application does not have",
            );
        }
        if !self.refresh_token_rotation && public {
            return wrong("refresh_token_rotation", "refresh tokens of public applications always rotate");
        }
        if let Some(colour) = &self.colour
            && !(colour.len() == 7
                && colour.starts_with('#')
                && colour.bytes().skip(1).all(|b| b.is_ascii_hexdigit()))
        {
            return wrong("colour", "a colour is written #rrggbb");
        }
        self.check_lifetimes()
    }

    fn check_lifetimes(&self) -> Result<(), SettingError> {
        let bounds = [
            ("code_lifetime", self.code_lifetime, 1, 600),
            ("access_token_lifetime", self.access_token_lifetime, 1, 86_400),
            ("id_token_lifetime", self.id_token_lifetime, 1, 86_400),
            ("refresh_token_idle_lifetime", self.refresh_token_idle_lifetime, 60, 315_360_000),
            ("refresh_token_absolute_lifetime", self.refresh_token_absolute_lifetime, 60, 315_360_000),
            ("refresh_token_grace", self.refresh_token_grace, 0, 120),
        ];
        for (key, value, least, most) in bounds {
            if value.is_some_and(|v| v < least || v > most) {
                return Err(SettingError::new(key, format!("{least} to {most} seconds are allowed")));
            }
        }
        Ok(())
    }
}
