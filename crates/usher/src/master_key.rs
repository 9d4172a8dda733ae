//! Where master keys are kept, the newest first: `master.key` in the data folder, another file, or the environment. In one place at a time.
//! A file holds 32 bytes, or text: a key in base64url on each line. Nothing here puts a key into a message.

use crate::config::{ConfigError, Loaded};
use crate::{storage_folder, system};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use usher_core::world::World;
use usher_crypto::seal::{KEY_BYTES, MasterKey, RawKey};
use usher_types::Secret;
use usher_types::opaque::{base64url, base64url_decode};

/// Keys at a time; more than two are the mistake of somebody who never finishes.
const KEYS: usize = 8;

/// Where an installation's master keys are kept.
#[derive(Debug, Clone)]
pub enum Place {
    /// In `master.key` of the data folder, which is made at the first start.
    Folder(PathBuf),
    /// In a file that somebody else made.
    File(PathBuf),
    /// In the environment.
    Environment(Secret),
}

/// Where the master keys are kept. Two places at once are refused: nobody could say which is meant.
pub fn place(loaded: &Loaded) -> Result<Place, ConfigError> {
    let own = loaded.folder().join("master.key");
    let configured = loaded.config.storage.master_key_file.as_ref().map(|path| loaded.base().join(path));
    let mut named: Vec<(String, Place)> = Vec::new();
    if let Some(keys) = &loaded.environment.keys {
        named.push(("USHER_MASTER_KEY".to_owned(), Place::Environment(keys.clone())));
    }
    if let Some(file) = &loaded.environment.file {
        named.push(("USHER_MASTER_KEY_FILE".to_owned(), Place::File(file.clone())));
    }
    if let Some(file) = configured {
        named.push(("[storage] master_key_file".to_owned(), Place::File(file)));
    }
    let is_own = |place: &Place| matches!(place, Place::File(path) if *path == own);
    if named.first().is_some_and(|(_, place)| !is_own(place)) && own.exists() {
        named.push((own.display().to_string(), Place::Folder(own.clone())));
    }
    match named.as_slice() {
        [] => Ok(Place::Folder(own)),
        [(_, place)] => Ok(place.clone()),
        several => {
            let places: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            let message = "the master key is in several places, of which none can be taken for the right one: leave one of";
            Err(ConfigError(format!("{message} {}", places.join(", "))))
        }
    }
}

/// The master keys of a configuration and where they are kept; what is wrong with a file is told at the setting that names it.
pub fn read(loaded: &Loaded) -> Result<(Place, Option<Vec<RawKey>>), ConfigError> {
    let place = place(loaded)?;
    let keys = place.read().map_err(|error| match (&place, &loaded.environment.file) {
        (Place::File(_), Some(_)) => ConfigError(format!("USHER_MASTER_KEY_FILE: {error}")),
        (Place::File(_), None) => loaded.at(&["storage", "master_key_file"], &error.0),
        (Place::Folder(_) | Place::Environment(_), _) => error,
    })?;
    Ok((place, keys))
}

impl Place {
    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) | Self::File(path) => Some(path),
            Self::Environment(_) => None,
        }
    }

    /// What people call it: the file, or the variable.
    pub fn name(&self) -> String {
        self.file().map_or_else(|| "USHER_MASTER_KEY".to_owned(), |path| path.display().to_string())
    }

    /// The keys that are there, the newest first; `None` where there is no file yet and one may be made.
    pub fn read(&self) -> Result<Option<Vec<RawKey>>, ConfigError> {
        match self {
            Self::Environment(text) => parse(text.expose(), "USHER_MASTER_KEY").map(Some),
            Self::Folder(path) => match path.try_exists() {
                Ok(false) => Ok(None),
                _ => read_file(path).map(Some),
            },
            Self::File(path) => read_file(path).map(Some),
        }
    }

    /// The keys, which can be read again while the server runs.
    pub fn ring(&self, keys: Vec<RawKey>) -> MasterKey {
        let place = self.clone();
        let again = move || match place.read() {
            Ok(Some(keys)) => Ok(keys),
            Ok(None) => Err("the master key's file is gone".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        MasterKey::of(keys, Some(Box::new(again)))
    }
}

/// The keys in a file, which must be its owner's alone.
pub fn read_file(path: &Path) -> Result<Vec<RawKey>, ConfigError> {
    let expected = "a master key (32 bytes, or base64url on each line)";
    let failed = |e: std::io::Error| {
        ConfigError(match is_key(path) {
            true => format!("a key stands where its file's path is expected: {}", system::why(&e)),
            false => system::unread(path, &e, expected),
        })
    };
    if others_read(path).map_err(failed)? {
        let path = path.display();
        return Err(ConfigError(format!("{path} can be read by others: run chmod 600 {path}")));
    }
    let content = Secret::new(std::fs::read(path).map_err(failed)?);
    parse(content.expose(), &path.display().to_string())
}

/// Whether a path is no path but a key, which must not be repeated.
fn is_key(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| parse(name.as_bytes(), "").is_ok())
}

/// Whether others than its owner can read a file.
pub fn others_read(path: &Path) -> std::io::Result<bool> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

/// One key as its bytes, or several as text.
pub fn parse(content: &[u8], from: &str) -> Result<Vec<RawKey>, ConfigError> {
    let wrong = |what: &str| Err(ConfigError(format!("{from}: {what}")));
    if let Ok(key) = RawKey::from_bytes(content) {
        return Ok(vec![key]);
    }
    let expected = "a master key is 32 bytes, or their base64url, 43 characters, on each line or between commas, the newest first";
    let Ok(text) = std::str::from_utf8(content) else { return wrong(expected) };
    let mut keys: Vec<RawKey> = Vec::new();
    for word in text.split(['\n', '\r', ',']).map(str::trim).filter(|word| !word.is_empty()) {
        let bytes = base64url_decode(word.trim_end_matches('=')).map(Secret::new);
        let Some(Ok(key)) = bytes.map(|bytes| RawKey::from_bytes(bytes.expose())) else {
            return wrong(expected);
        };
        if keys.iter().any(|other| other.id() == key.id()) {
            return wrong("a master key stands there twice");
        }
        keys.push(key);
    }
    match keys.len() {
        0 => wrong(expected),
        1..=KEYS => Ok(keys),
        _ => wrong("so many master keys at a time are a mistake: at most 8 are read"),
    }
}

/// A key as text.
pub fn written(key: &RawKey) -> String {
    base64url(key.as_bytes())
}

/// Why keys could not be stored.
fn failed(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |e| format!("{}: {}", path.display(), system::why(&e))
}

/// Makes the data folder where it is not there, and refuses one that others can change: who may write there may put another key, database
/// or management socket in place of ours.
pub fn check_folder(folder: &Path) -> Result<(), String> {
    if !folder.exists() {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed(folder))?;
    }
    storage_folder::check(folder)
}

/// The keys of a data folder: a new one at the first start. Of two starts at the same moment both get one.
pub fn make(path: &Path, world: &World) -> Result<Vec<RawKey>, String> {
    let key = RawKey::generate(&*world.random);
    let fresh = beside(path, key.as_bytes())?;
    // Linked, so that two starts agree on one.
    let linked = std::fs::hard_link(&fresh, path);
    std::fs::remove_file(&fresh).map_err(failed(path))?;
    match linked {
        Ok(()) => Ok(vec![key]),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => read_file(path).map_err(|e| e.to_string()),
        Err(e) => Err(failed(path)(e)),
    }
}

/// Puts keys in place of those in a file, all or nothing: whatever happens, the file holds what it held or what it is to hold.
pub fn store(path: &Path, keys: &[RawKey]) -> Result<(), String> {
    let text = keys
        .iter()
        .fold(String::with_capacity(keys.len() * KEY_BYTES * 2), |text, key| text + &written(key) + "\n");
    let text = Secret::from(text);
    let fresh = beside(path, text.expose())?;
    std::fs::rename(&fresh, path).map_err(failed(path))?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}

/// Writes a file beside another, for its owner alone and safe on disk.
fn beside(path: &Path, content: &[u8]) -> Result<PathBuf, String> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(name);
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.write(true).create(true).truncate(true).mode(0o600).open(&fresh).map_err(failed(&fresh))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed(&fresh))?;
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> RawKey {
        RawKey::from_bytes(&[byte; KEY_BYTES]).unwrap()
    }

    #[test]
    fn one_key_as_bytes_and_several_as_text_are_read() {
        let ids = |content: &[u8]| parse(content, "x").unwrap().iter().map(RawKey::id).collect::<Vec<_>>();
        assert_eq!(ids(&[7; KEY_BYTES]), [key(7).id()]);
        let (a, b) = (written(&key(1)), written(&key(2)));
        for text in
            [format!("{a}\n{b}\n"), format!("{a},{b}"), format!(" {a}\r\n\r\n{b}="), format!("{a} ,\n{b}")]
        {
            assert_eq!(ids(text.as_bytes()), [key(1).id(), key(2).id()], "{text:?}");
        }
        assert_eq!(ids(format!("{a}\n").as_bytes()), [key(1).id()]);
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        let a = written(&key(1));
        for wrong in [
            String::new(),
            "\n".to_owned(),
            "short".to_owned(),
            a[1..].to_owned(),
            format!("{a}A"),
            format!("{a}\nzzz"),
            format!("{a}{a}"),
            format!("{a}\n{a}"),
            a.replace('Q', "!"),
            (1..=9).map(|n| written(&key(n)) + "\n").collect(),
        ] {
            let error = parse(wrong.as_bytes(), "USHER_MASTER_KEY").unwrap_err().to_string();
            assert!(
                error.starts_with("USHER_MASTER_KEY: ") && !error.contains(&a[..8]) && !error.contains("zzz"),
                "{error}"
            );
        }
        assert!(parse(&[0xff; 31], "x").is_err() && parse(&[0xff; 64], "x").is_err());
    }

    #[test]
    fn keys_that_are_stored_are_read_back_and_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        std::fs::write(&path, [7; KEY_BYTES]).unwrap();
        store(&path, &[key(1), key(7)]).unwrap();
        let read = Place::File(path.clone()).read().unwrap().unwrap();
        assert_eq!(read.iter().map(RawKey::id).collect::<Vec<_>>(), [key(1).id(), key(7).id()]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(Place::Folder(folder.path().join("none")).read().unwrap().is_none());
        assert!(Place::File(folder.path().join("none")).read().is_err());
    }
}
