//! Reading a tree of settings to its end: after a mistake it is read again without what was wrong, so that all mistakes are told at once.

use super::Config;
use super::merge::Node;
use super::wrong::{Origin, What, Wrong};
use serde::Deserialize as _;
use usher_admin::setting::did_you_mean;

/// The mistakes that are told at once.
const MOST: usize = 20;

/// What the tree says, or what is wrong with it: in the file's order, then in the variables'.
pub(super) fn read(tree: Node<'_>) -> Result<Config, Vec<Wrong>> {
    read_again(tree).map_err(|mut found| {
        found.sort_by_key(|wrong| match &wrong.origin {
            Origin::File(span) => span.start,
            Origin::Nowhere => 0,
            Origin::Variable(_) => usize::MAX,
        });
        found
    })
}

fn read_again(mut tree: Node<'_>) -> Result<Config, Vec<Wrong>> {
    let mut found: Vec<Wrong> = Vec::new();
    let mut taken: Vec<Vec<String>> = Vec::new();
    loop {
        let wrong = match Config::deserialize(tree.clone()) {
            Ok(config) if found.is_empty() => return Ok(config),
            Ok(_) => return Err(found),
            Err(wrong) => wrong,
        };
        let went = tree.take(&wrong.path);
        let is_missing = matches!(wrong.what, What::Missing(_));
        taken.push(wrong.path.clone());
        // What is missing because it was taken out, is misspelt, or is beside nothing but a mistake, is no second mistake.
        let by_the_same =
            |other: &Wrong| matches!(other.origin, Origin::Variable(_)) && other.origin == wrong.origin;
        let is_told =
            taken.contains(&wrong.setting()) || is_misspelt(&wrong, &found) || found.iter().any(by_the_same);
        if !is_missing || !is_told {
            found.push(wrong);
        }
        if !went || found.len() == MOST {
            return Err(found);
        }
    }
}

/// Whether a key that is missing was found under a name that is like its own.
fn is_misspelt(wrong: &Wrong, found: &[Wrong]) -> bool {
    let What::Missing(key) = wrong.what else { return false };
    let is_like = |name: &str| !did_you_mean(name, std::iter::once(key)).is_empty();
    found.iter().filter(|other| matches!(other.what, What::Key(_))).any(|other| {
        other.path.split_last().is_some_and(|(name, before)| before == wrong.path && is_like(name))
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{load_with, parse};
    use std::ffi::OsString;
    use std::path::Path;

    /// What is wrong with a text, a sentence a line.
    fn told(text: &str) -> Vec<String> {
        let error = parse(text, Path::new("usher.toml")).err().map(|error| error.to_string());
        error
            .unwrap_or_default()
            .lines()
            .map(|line| line.trim_start_matches("usher.toml:").to_owned())
            .collect()
    }

    #[test]
    fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
        let said = told(
            "[server]\npublic_ulr = \"http://x\"\nlisten = \"x\"\n[log]\nlevel = \"q\"\nfile = \"x\"\n[mail]\nport = \"a\"\n\
             [[pools]]\nnme = \"a\"\n[[pools]]\nname = \"b\"\n[[pools.applications]]\nclient_id = \"x\"\n\
             redirect_uris = [\"x\", \"https://a/b\", 7]\n[pools.settings]\nsign_up = \"yes\"\n",
        );
        let begins = [
            "2: [server] public_ulr: there is no such key",
            "3: [server] listen: \"x\": an IP address",
            "5: [log] level: \"q\" does not fit; allowed: error, ",
            "6: [log] file: there is no such key; allowed: format, level",
            "7: [mail] host: this key is missing; allowed: a name or an address",
            "8: [mail] port: \"a\" does not fit; allowed: 1 to 65535",
            "10: [[pools]] nme: there is no such key; allowed: name, domain, ",
            "13: [[pools.applications]] client_name: this key is missing; allowed: text",
            "15: [[pools.applications]] redirect_uris: \"x\": ",
            "15: [[pools.applications]] redirect_uris: 7 does not fit; allowed: text",
            "17: [pools.settings] sign_up: \"yes\" does not fit; allowed: true or false",
        ];
        assert_eq!(said.len(), begins.len(), "{said:#?}");
        for (line, begin) in said.iter().zip(begins) {
            assert!(line.starts_with(begin), "{line}");
        }
    }

    #[test]
    fn what_is_missing_because_it_was_wrong_is_told_once() {
        let key = "[server]\npublic_url = \"http://localhost\"\n[[pools]]\nname = \"a\"\n[[pools.applications]]\nclient_id = \"x\"\n\
                   client_name = \"x\"\n[[pools.applications.access_keys]]\naccess_key = \"k\"\n";
        assert_eq!(told(key).len(), 1, "{:?}", told(key));
        assert!(
            told(key)[0].contains("secret_key: this key is missing; allowed: text of 32"),
            "{:?}",
            told(key)
        );
        let key = format!("{key}secret_key = 7\n");
        for text in [
            key.as_str(),
            "[server]\npublic_url = 1\n",
            "[server]\npublic_url = \"x\"\n",
            "server = 1\n",
            "[server]\npublicurl = \"http://localhost\"\n",
        ] {
            assert_eq!(told(text).len(), 1, "{text}: {:?}", told(text));
        }
    }

    #[test]
    fn there_is_an_end_to_what_is_told() {
        let keys: Vec<String> = (0..1000).map(|n| format!("key{n} = {n}\n")).collect();
        assert_eq!(told(&keys.concat()).len(), super::MOST);
    }

    #[test]
    fn settings_that_do_not_go_together_are_told_at_once_too_and_so_are_variables() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("usher.toml");
        let text = "[server]\npublic_url = \"https://x.test\"\nshutdown_delay = 999\n[storage]\nurl = \"mysql://x\"\n[[pools]]\nname = \"B\"\n";
        std::fs::write(&file, text).unwrap();
        let with = |variables: &[(&str, &str)]| {
            let pairs = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
            load_with(&file, pairs.collect::<Vec<_>>().into_iter()).err().unwrap().to_string()
        };
        let said = with(&[]);
        assert_eq!(said.lines().count(), 4, "{said}");
        for (line, key) in said.lines().zip(["public_url: ", "shutdown_delay: ", "url: ", "name: "]) {
            assert!(line.contains(key), "{line}");
        }
        let said =
            with(&[("USHER_SERVER_LISTEN", "x"), ("USHER_SEVER__PORT", "1"), ("USHER_LOG__LEVEL", "info")]);
        assert_eq!(said.lines().count(), 2, "{said}");
    }
}
