//! Which tables a backup holds. A test compares the two lists with the schema of both engines, so that a new table is in one of them.
//! Columns are those of the database itself: what a step adds to a table is in the next backup.

/// The tables of a backup. A new one that holds what may be used once, or what ends, belongs into `tables/restored.rs` as well.
pub const KEPT: &[&str] = &[
    "revision",
    "pools",
    "signing_keys",
    "clients",
    "logos",
    "access_keys",
    "users",
    "identifiers",
    "browsers",
    "sessions",
    "consents",
    "tickets",
    "grants",
    "access_tokens",
    "denied_tokens",
    "throttles",
    "audit",
    "audit_seals",
    "refusals",
    "data_keys",
    "domains",
    "devices",
    "failures",
];

/// Tables that no backup holds, each with the reason.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("migrations", "which steps were taken here: the schema's number stands in the head of a backup"),
    ("leases", "which node has a task: it has it no more"),
    ("outbox", "mails that waited: most of them have been sent since, and would be sent again"),
    ("migration_rules", "the same, for programs beside this one"),
];
