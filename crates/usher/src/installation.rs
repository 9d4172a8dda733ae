//! Whether an installation is there. Commands that only look at one make none: a master key that the wrong machine or the wrong
//! configuration got by mistake would later be taken for the right one.

use crate::config::{ConfigError, Loaded};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use usher_store::{Fault, MIGRATIONS, OpenError, Place, SchemaState, Store};

/// What becomes of an installation that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It is made: folder, database and master key.
    Made,
    /// Whoever asks is told so, and nothing is made.
    Refused,
}

/// Whether a database of usher's is there. Nothing is touched.
pub async fn is_there(place: &Place) -> Result<bool, OpenError> {
    Ok(SchemaState::look(place, MIGRATIONS).await?.found > 0)
}

/// Whether something was ever sealed there by a master key.
pub async fn is_sealed(store: &Store) -> Result<bool, Fault> {
    Ok(!store.data_keys().await?.is_empty() || !store.pools().await?.is_empty())
}

/// Whose a folder is, where it is another Unix user's than this process runs as: files that root makes in a server's folder, the server
/// could not open any more.
pub fn other_owner(folder: &Path) -> Option<u32> {
    let owner = std::fs::metadata(folder).ok()?.uid();
    (owner != rustix::process::geteuid().as_raw()).then_some(owner)
}

/// What to do where nothing is there.
pub fn none(loaded: &Loaded) -> ConfigError {
    let place = match loaded.config.storage.url {
        Some(_) => "the database of [storage] url".to_owned(),
        None => loaded.folder().display().to_string(),
    };
    let config = loaded.path.display();
    ConfigError(format!(
        "{place} holds no installation yet, and this command makes none: usher serve --config {config} does, or usher pool create NAME --config {config}"
    ))
}
