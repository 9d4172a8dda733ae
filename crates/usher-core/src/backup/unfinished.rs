//! The file in which a backup grows, `FILE.part`. What stands under that name, and is neither empty nor an earlier backup of this
//! installation that was cut off, is not to be lost: no link is followed, and nothing of it is written, cut or removed.

use super::error::{BackupError, Unreadable, at};
use super::file::Reader;
use rustix::fs::{Mode, OFlags};
use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{BufReader, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use usher_crypto::seal::MasterKey;

/// A file that is this process's alone until it has got its name.
pub(super) struct Unfinished {
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl Unfinished {
    /// Takes the file beside the backup to be. One that was cut off has left it, and nobody holds it any more.
    pub(super) fn beside(path: &Path, master: &MasterKey) -> Result<Self, BackupError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        let file = match create(&path) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                // Held until the new file is there: of two who find it one goes on.
                let left = abandoned(&path, master)?;
                std::fs::remove_file(&path).map_err(at(&path))?;
                let file = create(&path).map_err(|e| match e.kind() {
                    ErrorKind::AlreadyExists => BackupError::Busy(path.clone()),
                    _ => at(&path)(e),
                })?;
                drop(left);
                file
            }
            created => created.map_err(at(&path))?,
        };
        lock(&file, &path)?;
        Ok(Self { path, file })
    }

    /// Gives it its name.
    pub(super) fn finish(&self, name: &Path) -> Result<(), BackupError> {
        if !self.stands() {
            return Err(BackupError::Changed(self.path.clone()));
        }
        std::fs::rename(&self.path, name).map_err(at(name))
    }

    /// Removes it, if it still is what stands there.
    pub(super) fn remove(self) {
        if self.stands() {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    fn stands(&self) -> bool {
        self.file.metadata().is_ok_and(|about| is_at(&about, &self.path))
    }
}

/// A new file; the system follows no link to it (`O_EXCL`).
fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn lock(file: &File, path: &Path) -> Result<(), BackupError> {
    match file.try_lock() {
        Ok(()) if file.metadata().is_ok_and(|about| is_at(&about, path)) => Ok(()),
        // Whoever had it has renamed or removed it.
        Ok(()) | Err(TryLockError::WouldBlock) => Err(BackupError::Busy(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(at(path)(error)),
    }
}

/// Whether a path, itself no link, leads to this file.
fn is_at(about: &Metadata, path: &Path) -> bool {
    std::fs::symlink_metadata(path)
        .is_ok_and(|there| there.is_file() && (there.dev(), there.ino()) == (about.dev(), about.ino()))
}

/// The file that a backup of this installation left when it was cut off.
fn abandoned(path: &Path, master: &MasterKey) -> Result<File, BackupError> {
    let foreign = || BackupError::Foreign(path.to_owned());
    // Looked at before it is opened: to open a device does something.
    if !std::fs::symlink_metadata(path).map_err(at(path))?.is_file() {
        return Err(foreign());
    }
    // And again afterwards, since it may be another one by now; to open a pipe waits for nobody.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty());
    let file = File::from(opened.map_err(|e| at(path)(e.into()))?);
    if !file.metadata().map_err(at(path))?.is_file() {
        return Err(foreign());
    }
    lock(&file, path)?;
    match is_cut_off(&file, master).map_err(at(path))? {
        Some(true) => Ok(file),
        Some(false) => Err(BackupError::Whole(path.to_owned())),
        None => Err(foreign()),
    }
}

/// Whether it is empty, or a backup of this installation that ends before its end; nothing where it is something else.
fn is_cut_off(file: &File, master: &MasterKey) -> std::io::Result<Option<bool>> {
    if file.metadata()?.len() == 0 {
        return Ok(Some(true));
    }
    let read = Reader::begin(BufReader::new(file), master).and_then(|(_, mut reader)| {
        while reader.next(master)?.is_some() {}
        Ok(())
    });
    match read {
        Err(Unreadable::Cut) => Ok(Some(true)),
        Ok(()) => Ok(Some(false)),
        Err(Unreadable::System(error)) => Err(error),
        Err(_) => Ok(None),
    }
}
