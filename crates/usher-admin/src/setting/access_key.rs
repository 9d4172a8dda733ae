//! The settings of a programmatic access account.

use super::{Kind, Setting, Table, setting, through};
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// The settings of a programmatic access account.
pub const ACCESS_KEY: Table =
    Table { owner: "an access key", settings: SETTINGS, least: Map::new, read: through::<AccountSettings> };

/// A programmatic access account's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// What it is for, in words for people.
    #[serde(default)]
    pub label: String,
    /// The scope items that it has.
    #[serde(default)]
    pub scope: String,
    /// Life of its access tokens.
    pub access_token_lifetime: Option<u32>,
    /// Whether it may do anything.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

const SETTINGS: &[Setting] = &[
    setting("label", Kind::Text, "none", "What it is for."),
    setting("scope", Kind::Words, "none", "The scope items (resource[:instance][:action]) that it has."),
    setting(
        "access_token_lifetime",
        Kind::Seconds,
        "the application's",
        "Life of its access tokens; 1 second to 1 day.",
    ),
    setting("enabled", Kind::Flag, "", "Whether it may do anything."),
];
