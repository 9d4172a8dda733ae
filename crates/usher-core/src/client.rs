//! Applications as the snapshot holds them: settings only. Whether one is enabled, and its secrets, are read with each request.

mod access_key;
mod auth_method;
mod check;
mod jwk_set;
mod mode;
mod policy;
mod settings;

pub use access_key::{AccessKeySettings, SCOPES_OF_PEOPLE, check_account, check_items};
pub use auth_method::AuthMethod;
pub use check::SettingError;
pub use jwk_set::{JwkSet, JwkSetError};
pub use mode::{GrantType, ResponseType};
pub use policy::{AssertedSubject, AssertionIssuer, TokenExchangePolicy};
pub use settings::{AccessTokenFormat, ApplicationType, ClientSettings, OwnScope, STANDARD_SCOPES};

use std::collections::HashMap;
use usher_crypto::jose::VerifyingKey;
use usher_types::uri::{Localhost, RedirectUri};
use usher_types::{Scope, ScopeItem, Span, limits};

/// An application: its settings and what follows from them.
#[derive(Debug)]
pub struct Client {
    /// Its settings.
    pub settings: ClientSettings,
    /// Everything that it may ask for.
    pub scope: Scope,
    /// The keys that its assertions are verified by.
    pub verifying: Vec<VerifyingKey>,
    /// Those whose assertions about people it may bring, by their names.
    pub asserting: HashMap<String, Asserting>,
    /// The scope items that it has without a person: those that were given to it, and the names of its own scopes.
    pub items: Vec<ScopeItem>,
}

/// One whose assertions about people an application may bring.
#[derive(Debug)]
pub struct Asserting {
    /// The keys that they are verified by.
    pub keys: Vec<VerifyingKey>,
    /// What their subject means.
    pub subject: AssertedSubject,
}

impl Client {
    /// The application with these settings.
    pub fn new(settings: ClientSettings) -> Self {
        let own: Vec<&str> = settings.scopes.iter().map(|s| s.name.as_str()).collect();
        let scope = settings.scope.union(&Scope::parse(&own.join(" ")).unwrap_or_default());
        let algorithm = settings.token_endpoint_auth_signing_alg.filter(|a| !a.is_symmetric());
        // Settings were checked before they were stored: what cannot be read here verifies nothing.
        let keys = settings.jwks.as_ref().and_then(|jwks| jwks.verifying_keys(algorithm).ok());
        let asserting = settings.assertion_issuers.iter().filter_map(|issuer| {
            let keys = issuer.jwks.verifying_keys(issuer.signing_alg).ok()?;
            Some((issuer.issuer.clone(), Asserting { keys, subject: issuer.subject }))
        });
        let asserting = asserting.collect();
        let mut items = ScopeItem::parse_all(&settings.client_credentials_scope).unwrap_or_default();
        // A `*` in the name of a scope is a sign like any other: it was not meant as a pattern.
        let named = settings.scopes.iter().filter(|s| !s.name.contains('*'));
        items.extend(named.filter_map(|s| ScopeItem::parse(&s.name).ok()));
        Self { settings, scope, verifying: keys.unwrap_or_default(), asserting, items }
    }

    /// Its client identifier.
    pub fn id(&self) -> &str {
        &self.settings.client_id
    }

    /// Whether it is a public client (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.settings.auth_method() == AuthMethod::None
    }

    /// Whether a grant is switched on for it.
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.settings.grant_types.contains(&grant)
    }

    /// Whether an administrator decided that nobody is asked for consent.
    pub fn asks_nobody(&self) -> bool {
        self.settings.first_party && self.settings.skip_consent
    }

    /// Whether its authorization responses may be of this kind.
    pub fn may_respond(&self, kind: ResponseType) -> bool {
        self.settings.response_types().contains(&kind) && kind.grants().iter().all(|g| self.may_use(*g))
    }

    /// Whether its code requests need PKCE.
    pub fn needs_pkce(&self) -> bool {
        self.is_public() || self.settings.require_pkce
    }

    /// Whether the server can be sure that a response reaches this very application, so that an earlier consent may stand
    /// (RFC 8252 §8.6): not by a loopback address or a scheme that any program can claim.
    pub fn is_assured_at(&self, redirect_uri: &str) -> bool {
        !self.is_public() || redirect_uri.starts_with("https://")
    }

    /// The registered redirection URI that a requested one means.
    pub fn redirect(&self, requested: &str) -> Option<&RedirectUri> {
        // RFC 9700 §4.1.3: "exact string matching", except that RFC 8252 §7.3 lets the port of a native application's loopback address vary.
        let exact = self.settings.redirect_uris.iter().find(|u| u.as_str() == requested);
        let localhost =
            if self.settings.allow_localhost_any_port { Localhost::Counts } else { Localhost::IsAName };
        exact.or_else(|| {
            let native = self.settings.application_type == ApplicationType::Native;
            self.settings
                .redirect_uris
                .iter()
                .find(|u| native && u.matches_with_any_port(requested, localhost))
        })
    }

    /// The scope of its own with this name.
    pub fn own_scope(&self, name: &str) -> Option<&OwnScope> {
        self.settings.scopes.iter().find(|s| s.name == name)
    }

    /// Life of its codes.
    pub fn code_lifetime(&self) -> Span {
        self.settings.code_lifetime.map_or(limits::CODE, Span::seconds)
    }

    /// Life of its access tokens.
    pub fn access_token_lifetime(&self) -> Span {
        self.settings.access_token_lifetime.map_or(limits::ACCESS_TOKEN, Span::seconds)
    }

    /// Life of its device codes.
    pub fn device_code_lifetime(&self) -> Span {
        self.settings.device_code_lifetime.map_or(limits::DEVICE_CODE, Span::seconds)
    }

    /// Life of its ID tokens.
    pub fn id_token_lifetime(&self) -> Span {
        self.settings.id_token_lifetime.map_or(limits::ID_TOKEN, Span::seconds)
    }

    /// How long a refresh token lives without use.
    pub fn refresh_idle(&self) -> Span {
        self.settings.refresh_token_idle_lifetime.map_or(limits::REFRESH_IDLE, Span::seconds)
    }

    /// How long after the grant its last refresh token ends.
    pub fn refresh_absolute(&self) -> Span {
        self.settings.refresh_token_absolute_lifetime.map_or(limits::REFRESH_ABSOLUTE, Span::seconds)
    }

    /// How long after its use a refresh token still gets its successor again.
    pub fn refresh_grace(&self) -> Span {
        self.settings.refresh_token_grace.map_or(limits::REFRESH_GRACE, Span::seconds)
    }
}
