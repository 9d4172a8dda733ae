//! The data folder: who can read and change it, and how much room is left.

use super::Report;
use crate::config::Loaded;
use crate::exposure::{self, Exposed};
use crate::installation;
use crate::management::OTHERS_WRITE;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// The permission bits of group and others.
const OTHERS: u32 = 0o077;
/// Room below which a disk counts as full: SQLite's log and a backup need some.
const ROOM: u64 = 256 * 1024 * 1024;

/// Whose the folder is, where this process may not look into it.
pub(super) fn closed_by(loaded: &Loaded) -> Option<u32> {
    let folder = loaded.folder();
    let is_closed =
        std::fs::read_dir(&folder).is_err_and(|e| e.kind() == std::io::ErrorKind::PermissionDenied);
    installation::other_owner(&folder).filter(|_| is_closed)
}

pub(super) fn look(loaded: &Loaded, report: &mut Report) {
    for Exposed { what, mend } in exposure::files(loaded) {
        report.find("secrets", what, mend);
    }
    let folder = loaded.folder();
    let about = match std::fs::metadata(&folder) {
        Ok(about) => about,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let what = format!("{} is not there: no server was started here yet", folder.display());
            let first = format!("usher serve --config {}", loaded.path.display());
            let mend = match loaded.config.storage.url {
                Some(_) => format!(
                    "{first} where this is the first node; else mkdir -m 700 {} and bring master.key from another node",
                    folder.display()
                ),
                None => first,
            };
            report.find("folder", what, mend);
            return;
        }
        Err(error) => {
            let what = format!("{} cannot be looked at: {error}", folder.display());
            report.find("folder", what, "run usher doctor as the server's user");
            return;
        }
    };
    let mode = about.permissions().mode();
    if mode & OTHERS_WRITE != 0 {
        let what = format!("others can change {}, and put another key or database there", folder.display());
        report.find("folder", what, format!("chmod 700 {}", folder.display()));
    } else if mode & OTHERS != 0 {
        let what = format!("others can look into {}", folder.display());
        report.find("folder", what, format!("chmod 700 {}", folder.display()));
    }
    let (key, database) = (folder.join("master.key"), folder.join("usher.db"));
    // That others can read the key is told where it is read.
    closed(&database, report);
    owned(&key, about.uid(), report);
    owned(&database, about.uid(), report);
    room(&folder, report);
}

/// A file that holds secrets is its owner's alone.
fn closed(path: &Path, report: &mut Report) {
    let Ok(about) = std::fs::metadata(path) else { return };
    if about.permissions().mode() & OTHERS != 0 {
        let what = format!("others can read {}", path.display());
        report.find("folder", what, format!("chmod 600 {}", path.display()));
    }
}

/// Its owner is who has the folder.
fn owned(path: &Path, owner: u32, report: &mut Report) {
    let Ok(about) = std::fs::metadata(path) else { return };
    if about.uid() != owner {
        let what = format!("{} belongs to another Unix user than its folder", path.display());
        report.find("folder", what, format!("chown {owner} {}", path.display()));
    }
}

fn room(folder: &Path, report: &mut Report) {
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            if free < ROOM {
                let what = format!(
                    "{} MiB are left on the disk of {}: when it is full, nobody can sign in",
                    free / (1024 * 1024),
                    folder.display()
                );
                report.find("disk", what, "free some space there, or move the folder to a larger disk");
            }
        }
        Err(error) => report.note(format!("The room on the disk is not known: {error}")),
    }
}
