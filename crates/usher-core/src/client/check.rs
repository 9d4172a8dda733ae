//! The rules that an application's settings keep among each other, and their bounds.

use super::access_key::check_items;
use super::settings::{ApplicationType, ClientSettings, STANDARD_SCOPES};
use super::{AuthMethod, GrantType};
use usher_crypto::jose::SigningAlgorithm;
use usher_types::{ScopeToken, UserId, limits};

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
    /// What is wrong with a setting.
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into() }
    }
}

/// What an application or an access key can be called.
pub(super) const LEGAL_ID: &str = "1 to 128 printable ASCII characters without spaces and colons are allowed, and nothing that has the form of a person's identifier";

/// Whether an application or an access key can be called so. RFC 7617 §2: a user-id has no colon. RFC 9700 §4.15.1: "authorization
/// servers SHOULD NOT allow clients to influence their client_id or any claim that could cause confusion with a genuine resource owner".
pub(super) fn is_legal_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 128
        && id.bytes().all(|b| b.is_ascii_graphic() && b != b':')
        && id.parse::<UserId>().is_err()
}

impl ClientSettings {
    /// Checks what the types cannot: bounds, and settings that contradict one another.
    pub fn check(&self) -> Result<(), SettingError> {
        let wrong = |key, message: &str| Err(SettingError::new(key, message));
        if !is_legal_id(&self.client_id) {
            return wrong("client_id", LEGAL_ID);
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
        self.check_methods()?;
        self.check_modes()?;
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
        if !self.response_types().is_empty() && self.redirect_uris.is_empty() {
            return wrong(
                "redirect_uris",
                "the grants authorization_code and implicit need at least one: it is where responses go",
            );
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
        self.check_scopes()?;
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

    /// What it may ask for.
    fn check_scopes(&self) -> Result<(), SettingError> {
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
        Ok(())
    }

    /// How it authenticates, and what that needs.
    fn check_methods(&self) -> Result<(), SettingError> {
        let public = self.auth_method() == AuthMethod::None;
        for (key, method) in [
            ("introspection_endpoint_auth_method", self.introspection_endpoint_auth_method),
            ("revocation_endpoint_auth_method", self.revocation_endpoint_auth_method),
        ] {
            match method {
                Some(AuthMethod::None) if !public => {
                    return Err(SettingError::new(
                        key,
                        "an application with credentials uses them everywhere",
                    ));
                }
                Some(method) if public && method != AuthMethod::None => {
                    return Err(SettingError::new(
                        key,
                        "a public application has no credentials to use here",
                    ));
                }
                _ => {}
            }
        }
        let by_key = self.auth_methods().contains(&AuthMethod::PrivateKeyJwt);
        let by_secret_jwt = self.auth_methods().contains(&AuthMethod::ClientSecretJwt);
        match (&self.jwks, by_key) {
            (None, true) => {
                return Err(SettingError::new("jwks", "private_key_jwt needs the application's public keys"));
            }
            (Some(jwks), _) => {
                let algorithm = self.token_endpoint_auth_signing_alg.filter(|a| !a.is_symmetric());
                jwks.verifying_keys(algorithm).map_err(|e| SettingError::new("jwks", e.to_string()))?;
            }
            (None, false) => {}
        }
        match self.token_endpoint_auth_signing_alg {
            Some(algorithm) if algorithm.is_symmetric() && !by_secret_jwt => Err(SettingError::new(
                "token_endpoint_auth_signing_alg",
                "HS256 is for client_secret_jwt only",
            )),
            Some(algorithm) if !algorithm.is_symmetric() && !by_key => Err(SettingError::new(
                "token_endpoint_auth_signing_alg",
                "client_secret_jwt takes HS256; the other algorithms are for private_key_jwt",
            )),
            _ => Ok(()),
        }
    }

    /// Modes, and what each needs.
    fn check_modes(&self) -> Result<(), SettingError> {
        let has = |grant: GrantType| self.grant_types.contains(&grant);
        let needs = |key, message: String| Err(SettingError::new(key, message));
        for kind in self.response_types() {
            if let Some(missing) = kind.grants().iter().find(|g| !has(**g)) {
                // OpenID Connect Registration §2: "The following table lists the correspondence between response_type values that the
                // Client will use and grant_type values that MUST be included in the registered grant_types list".
                let message = format!(
                    "the response type \"{}\" needs the grant {} in grant_types",
                    kind.as_str(),
                    missing.as_str()
                );
                return needs("response_types", message);
            }
        }
        for grant in [GrantType::AuthorizationCode, GrantType::Implicit] {
            if has(grant) && !self.response_types().iter().any(|t| t.grants().contains(&grant)) {
                let message = format!("the grant {} needs a response type in response_types", grant.as_str());
                return needs("grant_types", message);
            }
        }
        let public = self.auth_method() == AuthMethod::None;
        // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients." The others here act on a trust
        // that needs to know who calls.
        for grant in [
            GrantType::ClientCredentials,
            GrantType::Password,
            GrantType::TokenExchange,
            GrantType::JwtBearer,
        ] {
            let by_keys_only =
                grant == GrantType::ClientCredentials && self.client_credentials_scope.is_empty();
            if public && has(grant) && !by_keys_only {
                let message = format!("the grant {} needs an application with credentials", grant.as_str());
                return needs("grant_types", message);
            }
        }
        if has(GrantType::Password) && !self.first_party {
            return needs(
                "grant_types",
                "the grant password is only for applications of the pool's owner: first_party = true"
                    .to_owned(),
            );
        }
        if has(GrantType::JwtBearer) && self.assertion_issuers.is_empty() {
            return needs(
                "assertion_issuers",
                "the grant jwt-bearer needs at least one whose assertions are believed".to_owned(),
            );
        }
        let policy = &self.token_exchange;
        if has(GrantType::TokenExchange) && !policy.impersonation && !policy.delegation {
            return needs(
                "token_exchange",
                "the grant token-exchange needs impersonation or delegation switched on".to_owned(),
            );
        }
        for (i, issuer) in self.assertion_issuers.iter().enumerate() {
            if issuer.issuer.is_empty()
                || self.assertion_issuers.iter().take(i).any(|other| other.issuer == issuer.issuer)
            {
                return needs("assertion_issuers", format!("{:?} is empty or there twice", issuer.issuer));
            }
            if issuer.signing_alg.is_some_and(SigningAlgorithm::is_symmetric) {
                return needs(
                    "assertion_issuers",
                    "signing_alg cannot be HS256: there is no shared secret".to_owned(),
                );
            }
            issuer
                .jwks
                .verifying_keys(issuer.signing_alg)
                .map_err(|e| SettingError::new("assertion_issuers", format!("{}: {e}", issuer.issuer)))?;
        }
        let items = check_items("client_credentials_scope", &self.client_credentials_scope)?.len();
        if items + self.scopes.len() > limits::SCOPE_TOKENS {
            let message = format!(
                "at most {} scope items are allowed, those in `scopes` included",
                limits::SCOPE_TOKENS
            );
            return needs("client_credentials_scope", message);
        }
        if self.access_keys.len() > limits::ACCESS_KEYS {
            return needs("access_keys", format!("at most {} are allowed", limits::ACCESS_KEYS));
        }
        let tokens = self.response_types().iter().any(|t| t.has_token());
        let safe = |uri: &usher_types::uri::RedirectUri| self.may_receive_tokens(uri.as_str());
        if tokens && !self.redirect_uris.is_empty() && !self.redirect_uris.iter().any(safe) {
            return needs(
                "redirect_uris",
                "tokens by the front channel go to https callbacks only (OpenID Connect Core §3.2.2.1); allow_insecure_redirect_uris makes an exception for development".to_owned(),
            );
        }
        Ok(())
    }

    /// Whether tokens may be sent to a callback by the front channel. OpenID Connect Core §3.2.2.1: "When using this flow, the
    /// Redirection URI MUST NOT use the http scheme unless the Client is a native application, in which case it MAY use the http scheme
    /// with localhost or the IP loopback literals 127.0.0.1 or [::1] as the hostname."
    pub fn may_receive_tokens(&self, redirect_uri: &str) -> bool {
        !redirect_uri.starts_with("http:")
            || self.application_type == ApplicationType::Native
            || self.allow_insecure_redirect_uris
    }

    fn check_lifetimes(&self) -> Result<(), SettingError> {
        // Signing keys are published for so long after their end.
        let longest = u32::try_from(limits::LONGEST_TOKEN.as_seconds()).unwrap_or(u32::MAX);
        let bounds = [
            ("code_lifetime", self.code_lifetime, 1, 600),
            ("access_token_lifetime", self.access_token_lifetime, 1, longest),
            ("id_token_lifetime", self.id_token_lifetime, 1, longest),
            ("refresh_token_idle_lifetime", self.refresh_token_idle_lifetime, 60, 315_360_000),
            ("refresh_token_absolute_lifetime", self.refresh_token_absolute_lifetime, 60, 315_360_000),
            ("device_code_lifetime", self.device_code_lifetime, 30, 1_800),
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
