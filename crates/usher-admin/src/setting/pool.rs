//! The settings of a pool.

use super::{Kind, Setting, Table, setting, through};
use serde_json::Map;
use usher_core::pool::PoolSettings;

/// The settings of a pool.
pub const POOL: Table =
    Table { owner: "a pool", settings: SETTINGS, least: Map::new, read: through::<PoolSettings> };

const SETTINGS: &[Setting] = &[
    setting("display_name", Kind::Text, "its address", "What people see, small on every page."),
    setting(
        "default_locale",
        Kind::Text,
        "",
        "The pages' language where neither the request nor the browser asks for one of ours.",
    ),
    setting("session_idle_lifetime", Kind::Seconds, "43200", "How long a session lives without use."),
    setting("session_absolute_lifetime", Kind::Seconds, "1209600", "How long a session lives at most."),
    setting(
        "session_remembered_lifetime",
        Kind::Seconds,
        "7776000",
        "The same for a person who asked to stay signed in, used or not.",
    ),
    setting(
        "password_min_characters",
        Kind::Number,
        "15",
        "The least number of characters of a password; 8 to 128.",
    ),
    setting(
        "signing_key_lifetime",
        Kind::Seconds,
        "7776000",
        "How long a signing key signs before the next one takes over; 2d to 3650d, or 0: by command only.",
    ),
    setting(
        "audit_retention",
        Kind::Seconds,
        "34560000",
        "How long the audit trail is kept, such as 400d; 0 is for ever.",
    ),
    setting(
        "password_reset",
        Kind::Flag,
        "true",
        "Whether people who forgot their password can choose another one by a link in a mail; needs [mail].",
    ),
    setting(
        "verify_email",
        Kind::Flag,
        "false",
        "Whether people who are given an e-mail address that is not verified get a mail by which they verify it; needs [mail].",
    ),
    setting("sign_up", Kind::Flag, "false", "Whether people can make accounts for themselves; needs [mail]."),
    setting("mail_from", Kind::Text, "that of [mail]", "The name of the sender of mails."),
    setting(
        "profile_editable",
        Kind::List,
        "all but email, phone_number and preferred_username",
        "The claims that people may change themselves, at /account/profile.",
    ),
];
