//! The schema as a list of steps, each a text in the dialect: CREATE TABLE, CREATE INDEX, ADD COLUMN (nullable or with
//! a constant default), first rows, or a new table with copied rows. A step that has been released never changes.

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its place in the order; the first is 1 and none is left out.
    pub number: i64,
    /// Its statements, in the dialect, each ended by a semicolon.
    pub sql: &'static str,
    /// The number of the oldest program that may go on working beside it: the step's own where only programs that know it may. An
    /// older number is right only where that program neither breaks by what the step made nor makes wrong what the step is for.
    pub oldest: i64,
}

/// The schema of this program.
pub const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("schema/0001_start.sql"), oldest: 1 },
    Migration { number: 2, sql: include_str!("schema/0002_modes.sql"), oldest: 2 },
    Migration { number: 3, sql: include_str!("schema/0003_exchange.sql"), oldest: 3 },
    // A program before these seals in a way that they do not, and reads what it does not know: none of it works beside them.
    Migration { number: 4, sql: include_str!("schema/0004_keys.sql"), oldest: 9 },
    Migration { number: 5, sql: include_str!("schema/0005_domains.sql"), oldest: 9 },
    Migration { number: 6, sql: include_str!("schema/0006_devices.sql"), oldest: 9 },
    Migration { number: 7, sql: include_str!("schema/0007_mail.sql"), oldest: 9 },
    Migration { number: 8, sql: include_str!("schema/0008_account.sql"), oldest: 9 },
    Migration { number: 9, sql: include_str!("schema/0009_audit.sql"), oldest: 9 },
    Migration { number: 10, sql: include_str!("schema/0010_sealed_and_declared.sql"), oldest: 9 },
];

/// The tables that remember which steps were taken, and which programs may work beside them; made by the drivers themselves. The
/// second is younger than the first three steps: what it does not say is not allowed.
pub(crate) const LEDGER: &str = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER NOT NULL, applied_at INTEGER NOT NULL, PRIMARY KEY (number));
CREATE TABLE IF NOT EXISTS migration_rules (number INTEGER NOT NULL, oldest INTEGER NOT NULL, PRIMARY KEY (number));";

/// The number of the last step that was taken.
pub(crate) const TAKEN: &str = "SELECT COALESCE(MAX(number), 0) FROM migrations";

/// How many steps were taken by which a program of a number is too old.
pub(crate) const TOO_NEW: &str =
    "SELECT COUNT(*) FROM migrations m LEFT JOIN migration_rules r ON r.number = m.number
    WHERE m.number > $1 AND (r.oldest IS NULL OR r.oldest > $1)";

/// How far a database is, seen without touching it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaState {
    /// The number of the last step that was taken; 0 where there is nothing yet.
    pub found: i64,
    /// The steps that this program would take.
    pub pending: Vec<i64>,
    /// Whether a newer program was here whose steps this one may not work beside.
    pub too_new: bool,
}

impl SchemaState {
    /// What was found, as a program with these steps sees it; `newer` are the steps by which it is too old.
    pub(crate) fn of(found: i64, newer: i64, migrations: &'static [Migration]) -> Self {
        let pending = between(migrations, found, highest(migrations)).map(|step| step.number).collect();
        Self { found, pending, too_new: newer > 0 }
    }
}

/// The highest number of a list of steps.
pub(crate) fn highest(migrations: &[Migration]) -> i64 {
    migrations.iter().map(|migration| migration.number).max().unwrap_or(0)
}

/// The steps after one number, up to another.
pub(crate) fn between(
    migrations: &'static [Migration],
    after: i64,
    last: i64,
) -> impl Iterator<Item = &'static Migration> {
    migrations.iter().filter(move |step| step.number > after && step.number <= last)
}

impl Migration {
    /// What an engine runs in one transaction to take this step: its own text and the ledger's rows. `clock` is what the engine calls
    /// its clock in milliseconds; when a step was taken is a note for people, so that is good enough.
    pub(crate) fn text(&self, translate: fn(&str) -> String, clock: &str) -> String {
        let Self { number, sql, oldest } = self;
        let sql = translate(sql);
        format!(
            "{sql}INSERT INTO migrations (number, applied_at) VALUES ({number}, CAST({clock} AS BIGINT));
             INSERT INTO migration_rules (number, oldest) VALUES ({number}, {oldest});"
        )
    }
}
