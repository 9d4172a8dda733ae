//! What can be wrong with a backup, in one sentence each.

use std::io;
use std::path::{Path, PathBuf};
use usher_store::backup::LoadError;
use usher_store::{Fault, OpenError};

/// Why a backup was not made, read or restored. Nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a file of that name.
    #[error("{} is there already, and a backup never takes the place of another file: choose another name", .0.display())]
    Exists(PathBuf),
    /// Under the name in which a backup grows there is something else.
    #[error("{} is there already and is no backup of this installation that was cut off: move it away, or choose another name", .0.display())]
    Foreign(PathBuf),
    /// A backup stands there to which only its name was not given.
    #[error("{} is there already, and is a whole backup: give it its name (mv), or remove it", .0.display())]
    Whole(PathBuf),
    /// Another backup is written to the same file.
    #[error("{} is being written by another backup: wait for it, or choose another name", .0.display())]
    Busy(PathBuf),
    /// It is something else.
    #[error("{} is no backup: usher backup FILE writes one", .0.display())]
    NotABackup(PathBuf),
    /// A later program made it.
    #[error("{} was written by a newer usher (format {found}): restore it with that one", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format's number.
        found: u16,
    },
    /// A later program made it.
    #[error(
        "{} was written by a newer usher: its schema has number {schema}, and this program knows up to {known}; restore it with that one",
        path.display()
    )]
    Later {
        /// The file.
        path: PathBuf,
        /// The number of its schema.
        schema: i64,
        /// The highest that this program knows.
        known: i64,
    },
    /// It is sealed under another key.
    #[error(
        "{} was made under another master key than the one that is configured here: put that key in place first",
        .0.display()
    )]
    OtherKey(PathBuf),
    /// Its end is missing.
    #[error("{} ends too early, so it is not whole: take another copy", .0.display())]
    Cut(PathBuf),
    /// It is not as it was written.
    #[error("{} was changed or damaged after it was written: take another copy", .0.display())]
    Changed(PathBuf),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database does not take it.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl BackupError {
    /// Whether whoever wrote the command can mend it by another one; else the world must change.
    pub const fn is_written(&self) -> bool {
        match self {
            Self::Load(error) => matches!(error, LoadError::Occupied { .. }),
            Self::Busy(_) | Self::Open(_) | Self::Fault(_) => false,
            Self::File { .. }
            | Self::Exists(_)
            | Self::Foreign(_)
            | Self::Whole(_)
            | Self::NotABackup(_)
            | Self::Format { .. }
            | Self::Later { .. }
            | Self::OtherKey(_)
            | Self::Cut(_)
            | Self::Changed(_) => true,
        }
    }
}

/// What is wrong with a stream of bytes that should be a backup.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system.
    #[error("{0}")]
    System(#[from] io::Error),
    /// It does not begin as a backup does.
    #[error("no backup")]
    NotABackup,
    /// A format that this program does not know.
    #[error("format {0}")]
    Format(u16),
    /// Another master key.
    #[error("another key")]
    OtherKey,
    /// It ends too early.
    #[error("cut")]
    Cut,
    /// It is not what was written.
    #[error("changed")]
    Changed,
}

impl Unreadable {
    /// The same, of a file.
    pub fn about(self, path: &Path) -> BackupError {
        let path = path.to_owned();
        match self {
            Self::System(source) => BackupError::File { path, source },
            Self::NotABackup => BackupError::NotABackup(path),
            Self::Format(found) => BackupError::Format { path, found },
            Self::OtherKey => BackupError::OtherKey(path),
            Self::Cut => BackupError::Cut(path),
            Self::Changed => BackupError::Changed(path),
        }
    }
}

/// An error of the system at a file.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path: path.clone(), source }
}
