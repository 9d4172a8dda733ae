//! Where a store lives, and how its drivers are set up.

use crate::migration::{MIGRATIONS, Migration};
use std::fmt;
use std::path::PathBuf;

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// The embedded database `usher.db` in this folder, which is made with mode 0700 where it is missing. One process
    /// at a time has it: `usher.lock` is held for the life of the store.
    Folder(PathBuf),
    /// A PostgreSQL database: `postgresql://user:password@host/database`.
    Postgres(String),
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            // The address holds a password.
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// Everything that can be set about a store beside its place.
#[derive(Debug, Clone)]
pub struct Options {
    /// The schema, step by step.
    pub migrations: &'static [Migration],
    /// The embedded engine.
    pub sqlite: SqliteOptions,
    /// PostgreSQL.
    pub postgres: PostgresOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            migrations: MIGRATIONS,
            sqlite: SqliteOptions::default(),
            postgres: PostgresOptions::default(),
        }
    }
}

/// How the embedded engine is set up.
#[derive(Debug, Clone, Default)]
pub struct SqliteOptions {
    /// The most pages of 4 KiB that the database file may have; `None` where only the disk is the limit.
    pub max_page_count: Option<u32>,
}

/// How PostgreSQL is spoken to.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The most connections that this node opens.
    pub connections: usize,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 16 }
    }
}
