//! Files with secrets that everybody on the machine can read or change. Told, not refused: what renews certificates decides how it leaves
//! their keys, and a group that may read one, as with certbot's hooks, is how a service without root gets it.

use crate::config::secrets::{self, Held};
use crate::config::{Loaded, label};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The permission bits of whoever is neither owner nor of the group.
const READ: u32 = 0o004;
const WRITE: u32 = 0o002;
const ENTER: u32 = 0o001;

/// A file that is open to everybody.
pub struct Exposed {
    /// A sentence of who can do what with it.
    pub what: String,
    /// The command that mends it.
    pub mend: String,
}

/// The files of the configuration that are open to everybody: the private keys of TLS, and the configuration itself.
pub fn files(loaded: &Loaded) -> Vec<Exposed> {
    let keys = private_keys(loaded).into_iter().filter_map(|(place, file)| {
        let exposed = exposed(&file, Open::of(&file)?, "it");
        let place: Vec<&str> = place.iter().map(String::as_str).collect();
        Some(Exposed { what: loaded.at(&place, &exposed.what).to_string(), ..exposed })
    });
    keys.chain(configuration(loaded)).collect()
}

/// The same as one sentence each.
pub fn warnings(loaded: &Loaded) -> impl Iterator<Item = String> {
    files(loaded).into_iter().map(|Exposed { what, mend }| format!("{what}: run {mend}"))
}

fn private_keys(loaded: &Loaded) -> Vec<(Vec<String>, PathBuf)> {
    let Some(tls) = &loaded.config.server.tls else { return Vec::new() };
    let place = |between: &[String]| {
        let ends = (["server", "tls"].map(str::to_owned), ["private_key".to_owned()]);
        [ends.0.as_slice(), between, ends.1.as_slice()].concat()
    };
    let first = (place(&[]), loaded.base().join(&tls.private_key));
    let others = tls.others.iter().enumerate().map(|(number, other)| {
        (place(&["others".to_owned(), number.to_string()]), loaded.base().join(&other.private_key))
    });
    std::iter::once(first).chain(others).collect()
}

/// Who can change the configuration can do everything; who can read it gets the secrets that stand in it.
fn configuration(loaded: &Loaded) -> Option<Exposed> {
    let open = Open::of(&loaded.path)?;
    let secret = secret_in(loaded);
    match (open, secret) {
        (Open::ToReaders, None) => None,
        (Open::ToReaders, Some(key)) => Some(exposed(&loaded.path, open, &format!("{key} in it"))),
        (Open::ToWriters, _) => Some(exposed(&loaded.path, open, "it")),
    }
}

/// The first secret that the file itself holds, by its key.
fn secret_in(loaded: &Loaded) -> Option<String> {
    let file = loaded.path.display().to_string();
    let is_written = |place: &[&str]| loaded.origin(place).is_some_and(|origin| origin.starts_with(&file));
    let url = loaded.config.storage.url.as_ref().filter(|_| is_written(&["storage", "url"]));
    let has_password = |url: url::Url| {
        url.password().is_some() || url.query_pairs().any(|(name, _)| name.contains("password"))
    };
    if url.is_some_and(|url| url::Url::parse(url).map_or(true, has_password)) {
        return Some(label(&["storage", "url"]));
    }
    let held = secrets::held(&loaded.config);
    held.iter().map(Held::place).find(|place| is_written(place)).map(|place| label(&place))
}

fn exposed(file: &Path, open: Open, part: &str) -> Exposed {
    let can = match open {
        Open::ToReaders => "read",
        Open::ToWriters => "change",
    };
    let file = file.display();
    let what = format!("{file}: everybody on this machine can {can} {part}");
    Exposed { what, mend: format!("chmod o-rwx {file}") }
}

/// To whom a file is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    ToReaders,
    ToWriters,
}

impl Open {
    /// How far a file is open to everybody; `None` where it is not, as in a folder that only its owner may enter.
    fn of(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        let mode = |path: &Path| Some(std::fs::metadata(path).ok()?.permissions().mode());
        if !path.ancestors().skip(1).all(|folder| mode(folder).is_none_or(|mode| mode & ENTER != 0)) {
            return None;
        }
        match mode(&path)? {
            mode if mode & WRITE != 0 => Some(Self::ToWriters),
            mode if mode & READ != 0 => Some(Self::ToReaders),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn set(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// What is told of a configuration with TLS whose folder, file, and two keys have these permissions.
    fn told(more: &str, modes: [u32; 4]) -> Vec<String> {
        let place = tempfile::tempdir().unwrap();
        let [file, one, two] = ["usher.toml", "one.key", "two.key"].map(|name| place.path().join(name));
        let text = format!(
            "[server]\npublic_url = \"https://localhost\"\n[server.tls]\ncertificate = \"c\"\nprivate_key = \"one.key\"\n\
             [[server.tls.others]]\ncertificate = \"c\"\nprivate_key = \"two.key\"\n{more}"
        );
        for (path, text) in [(&one, ""), (&two, ""), (&file, text.as_str())] {
            std::fs::write(path, text).unwrap();
        }
        for (path, mode) in [place.path(), &file, &one, &two].into_iter().zip(modes) {
            set(path, mode);
        }
        warnings(&config::parse(&text, &file).unwrap()).collect()
    }

    const PERSON: &str = "[[pools]]\nname = \"a\"\n[[pools.users]]\nusername = \"x\"\npassword = \"y\"\n";

    #[test]
    fn keys_that_everybody_can_read_or_change_are_told_with_their_setting() {
        let said = told("", [0o755, 0o644, 0o644, 0o666]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("usher.toml:5: [server.tls] private_key: "), "{said:?}");
        assert!(said[0].contains("everybody on this machine can read it: run chmod o-rwx "), "{said:?}");
        assert!(said[1].contains("usher.toml:8: [[server.tls.others]] private_key: "), "{said:?}");
        assert!(said[1].contains("can change it"), "{said:?}");
    }

    #[test]
    fn what_a_group_can_read_and_what_nobody_can_reach_is_left_alone() {
        assert_eq!(told("", [0o755, 0o644, 0o640, 0o600]), Vec::<String>::new());
        assert_eq!(told(PERSON, [0o700, 0o666, 0o666, 0o666]), Vec::<String>::new());
        assert_eq!(told(PERSON, [0o755, 0o640, 0o640, 0o640]), Vec::<String>::new());
    }

    #[test]
    fn a_configuration_is_told_where_it_holds_a_secret_or_everybody_can_change_it() {
        let secrets = [
            (PERSON, "[[pools.users]] password"),
            (
                "[mail]\nhost = \"x\"\nfrom = \"a@b.test\"\nusername = \"u\"\npassword = \"p\"\n",
                "[mail] password",
            ),
            ("[storage]\nurl = \"postgresql://u:p@localhost/x\"\n", "[storage] url"),
            ("[storage]\nurl = \"postgresql://u@localhost/x?password=p\"\n", "[storage] url"),
            (
                "[[pools]]\nname = \"a\"\n[[pools.applications]]\nclient_id = \"x\"\nclient_name = \"x\"\nclient_secret = \"y\"\n",
                "[[pools.applications]] client_secret",
            ),
        ];
        for (text, key) in secrets {
            let said = told(text, [0o755, 0o644, 0o600, 0o600]);
            assert!(
                said.len() == 1 && said[0].contains(&format!("can read {key} in it: run chmod")),
                "{said:?}"
            );
        }
        assert!(
            told("[storage]\nurl = \"postgresql://u@localhost/x\"\n", [0o755, 0o644, 0o600, 0o600])
                .is_empty()
        );
        let said = told("", [0o755, 0o646, 0o600, 0o600]);
        assert!(said.len() == 1 && said[0].contains("can change it"), "{said:?}");
    }
}
