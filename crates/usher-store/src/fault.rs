//! What can go wrong beside a refusal: our mistake or the world's. Logged once, at the door, and never shown to people.
//! No text here holds a parameter's value.

use std::io;
use std::path::PathBuf;

/// A statement or a batch that could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The database does not answer, or not in time. Nothing was changed.
    #[error("the database cannot be used now: {0}")]
    Unavailable(String),
    /// The answer to a COMMIT was lost, or the disk failed under it. The change may have been made or not; it must not be tried
    /// again blindly.
    #[error(
        "the database was lost before it confirmed a change, so it is unknown whether the change was made"
    )]
    UnknownCommit,
    /// No room is left for the database. Nothing was changed.
    #[error("the disk of the database is full: free some space there; reading still works")]
    Full,
    /// A statement, a type or a stored value is not what the program believes.
    #[error("a mistake in the program or in what is stored: {0}")]
    Bug(String),
}

impl Fault {
    /// Our own mistake, in words that hold no parameter's value.
    pub fn bug(what: &str) -> Self {
        Self::Bug(what.to_owned())
    }

    /// Whether it may be over soon, so that trying again later makes sense.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::UnknownCommit | Self::Full)
    }

    /// The database does not answer.
    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(why.into())
    }

    /// The store was closed while it was still used.
    pub(crate) fn closed() -> Self {
        Self::unavailable("it has been closed")
    }
}

/// Why a store cannot be opened, in words for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of the embedded database.
    #[error("the folder {} cannot be used: {source}", path.display())]
    Folder {
        /// The folder or the file in it.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else has the folder open.
    #[error("the folder {} is in use by another usher: stop that one first, or name another folder", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The text that should be a PostgreSQL address.
    #[error(
        "the address of the PostgreSQL database cannot be read ({0}): it looks like postgresql://user:password@host/database"
    )]
    Address(String),
    /// TLS, as the address asks for it, cannot be had: nothing was sent in the clear.
    #[error("{place}: {why}")]
    Tls {
        /// Host and database.
        place: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// The database answers with an error or not at all.
    #[error("{place} cannot be opened: {why}")]
    Database {
        /// The file, or host and database.
        place: String,
        /// What it says.
        why: String,
    },
    /// A migration failed; it left nothing behind.
    #[error("{place}: migration {number} failed and was undone: {why}")]
    Migration {
        /// The file, or host and database.
        place: String,
        /// Its number.
        number: i64,
        /// What the database says.
        why: String,
    },
    /// A newer usher was here before.
    #[error(
        "{place} was written by a newer usher: its schema has number {found}, and this program knows up to {known}. Start the newer program"
    )]
    Newer {
        /// The file, or host and database.
        place: String,
        /// The schema's number.
        found: i64,
        /// The highest number that this program has.
        known: i64,
    },
}
