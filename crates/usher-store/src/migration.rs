//! The schema as a list of steps, each a text in the dialect: CREATE TABLE, CREATE INDEX, ADD COLUMN (nullable or with
//! a constant default), first rows, or a new table with copied rows. A step that has been released never changes.

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its place in the order; the first is 1 and none is left out.
    pub number: i64,
    /// Its statements, in the dialect, each ended by a semicolon.
    pub sql: &'static str,
}

/// The schema of this program.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("schema/0001_start.sql") },
    Migration { number: 2, sql: include_str!("schema/0002_modes.sql") },
    Migration { number: 3, sql: include_str!("schema/0003_exchange.sql") },
    Migration { number: 5, sql: include_str!("schema/0005_keys.sql") },
    Migration { number: 6, sql: include_str!("schema/0006_domains.sql") },
    Migration { number: 7, sql: include_str!("schema/0007_devices.sql") },
    Migration { number: 8, sql: include_str!("schema/0008_mail.sql") },
    Migration { number: 9, sql: include_str!("schema/0009_account.sql") },
    Migration { number: 10, sql: include_str!("schema/0010_audit.sql") },
];

/// The table that remembers which steps were taken; made by the drivers themselves.
pub(crate) const LEDGER: &str = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER NOT NULL, applied_at INTEGER NOT NULL, PRIMARY KEY (number));";

/// The highest number of a list of steps.
pub(crate) fn highest(migrations: &[Migration]) -> i64 {
    migrations.iter().map(|migration| migration.number).max().unwrap_or(0)
}
