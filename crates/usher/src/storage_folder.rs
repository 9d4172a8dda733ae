//! Whether the data folder can be made and used. Nothing is made here and nothing is touched.

use crate::config::Loaded;
use crate::management::OTHERS_WRITE;
use crate::system;
use rustix::fs::{Access, AtFlags, CWD, PROC_SUPER_MAGIC, accessat, statfs};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Whether the folder of a configuration can be made and used; where not, the setting is told.
pub fn check_of(loaded: &Loaded) -> Result<(), String> {
    check(&loaded.folder()).map_err(|why| loaded.at(&["storage", "folder"], &why).to_string())
}

/// Why the folder cannot be used, in a sentence.
pub fn check(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    match std::fs::metadata(folder) {
        Ok(about) if !about.is_dir() => Err(format!("{shown} is a file: name a folder")),
        Ok(about) if about.permissions().mode() & OTHERS_WRITE != 0 => {
            Err(format!("{shown} can be changed by others: run chmod go-w {shown}"))
        }
        Ok(_) => allowed(folder).map_err(|why| {
            format!(
                "{shown} cannot be used: {why}: give it to the user who runs usher, or name another folder"
            )
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => can_be_made(folder).map_err(|why| {
            format!(
                "{shown} cannot be made: {why}: make it for the user who runs usher, or name another folder"
            )
        }),
        Err(error) => Err(format!("{shown} cannot be used: {}: name another folder", system::why(&error))),
    }
}

fn can_be_made(folder: &Path) -> Result<(), String> {
    let above = folder.ancestors().skip(1).map(|above| match above.as_os_str().is_empty() {
        true => Path::new("."),
        false => above,
    });
    let Some(above) = above.into_iter().find(|above| above.exists()) else { return Ok(()) };
    let at = |why: String| format!("{}: {why}", above.display());
    if !above.is_dir() {
        return Err(at("it is a file".to_owned()));
    }
    // The superuser may write everywhere, as far as permissions go.
    if statfs(above).is_ok_and(|system| system.f_type == PROC_SUPER_MAGIC) {
        return Err(at("the system's own folder, in which none is made".to_owned()));
    }
    allowed(above).map_err(at)
}

/// Whether this user may make files in a folder.
fn allowed(folder: &Path) -> Result<(), String> {
    let needed = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    accessat(CWD, folder, needed, AtFlags::EACCESS).map_err(|e| system::why(&Error::from(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_can_be_made_or_used_is_right_and_is_not_made() {
        let place = tempfile::tempdir().unwrap();
        for right in ["", "new", "new/and/below"] {
            assert_eq!(check(&place.path().join(right)), Ok(()));
        }
        assert_eq!(check(Path::new("not-there-yet")), Ok(()));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_wrong_with_it_is_told() {
        let place = tempfile::tempdir().unwrap();
        let (file, open) = (place.path().join("file"), place.path().join("open"));
        std::fs::write(&file, "").unwrap();
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        for (folder, words) in [
            (file.clone(), "is a file: name a folder"),
            (file.join("below"), "should be a folder"),
            (open, "can be changed by others: run chmod go-w"),
            ("/proc/nope".into(), "/proc/nope cannot be made: /proc: "),
        ] {
            let said = check(&folder).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
