//! Programmatic access accounts as they are declared: an access key with a secret key, for callers that are programs. What is stored of
//! one is read with each request and never part of the application's settings.

use super::SettingError;
use serde::Deserialize;
use usher_types::{ScopeItem, Secret};

/// Scopes that mean a person: an account never has them.
pub const SCOPES_OF_PEOPLE: [&str; 2] = ["openid", "offline_access"];

/// A declared access key. Spans are in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKeySettings {
    /// The access key: what the caller sends as `client_id`.
    pub access_key: String,
    /// The secret key: what it sends as `client_secret`. Stored hashed.
    pub secret_key: Secret,
    /// What it is for, in words for administrators.
    #[serde(default)]
    pub label: String,
    /// The scope items (`resource[:instance][:action]`) that it has.
    #[serde(default)]
    pub scope: String,
    /// Life of its access tokens; as the application's where there is none.
    pub access_token_lifetime: Option<u32>,
    /// Whether it may do anything.
    #[serde(default = "super::settings::yes")]
    pub enabled: bool,
}

impl AccessKeySettings {
    /// Checks what the types cannot.
    pub fn check(&self) -> Result<(), SettingError> {
        if !super::check::is_legal_id(&self.access_key) {
            return Err(SettingError::new("access_key", super::check::LEGAL_ID));
        }
        let length = self.secret_key.expose().len();
        if !(32..=256).contains(&length) {
            return Err(SettingError::new("secret_key", "32 to 256 characters are needed, drawn at random"));
        }
        check_account(&self.label, &self.scope, self.access_token_lifetime)
    }
}

/// Checks what can be changed of an account.
pub fn check_account(
    label: &str,
    scope: &str,
    access_token_lifetime: Option<u32>,
) -> Result<(), SettingError> {
    if label.len() > 256 || label.chars().any(char::is_control) {
        return Err(SettingError::new("label", "at most 256 bytes without control characters are allowed"));
    }
    check_items("scope", scope)?;
    if access_token_lifetime.is_some_and(|s| !(1..=86_400).contains(&s)) {
        return Err(SettingError::new("access_token_lifetime", "1 to 86400 seconds are allowed"));
    }
    Ok(())
}

/// Reads scope items of an account and refuses those that mean a person.
pub fn check_items(key: &'static str, text: &str) -> Result<Vec<ScopeItem>, SettingError> {
    let items = ScopeItem::parse_all(text).map_err(|e| SettingError::new(key, e.to_string()))?;
    match items.iter().find(|i| SCOPES_OF_PEOPLE.contains(&i.as_str())) {
        Some(item) => {
            let message = format!("{item} is for people: a token of the grant client_credentials has none");
            Err(SettingError::new(key, message))
        }
        None => Ok(items),
    }
}
