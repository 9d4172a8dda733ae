//! `usher_types::Endpoint` is the only list of URLs: no other source of the program, and no template, spells one of its paths.

use super::Finding;
use crate::tree::{File, Tree};
use usher_types::Endpoint;

const LIST: &str = "crates/usher-types/src/endpoint.rs";
/// The folder of the protocol's endpoints; in pieces, so that this file does not spell it.
const PROTOCOL: &str = concat!("/oidc", "/");
/// A crate that has routes of its own under a path of the list, and why.
const OWN_ROUTES: &[(&str, Endpoint, &str)] = &[
    ("usher-demo", Endpoint::Icon, "the relying party is another site and has an icon of its own"),
    (
        "usher-demo",
        Endpoint::SignedOut,
        "the relying party is another site and is returned to after a sign-out",
    ),
];
const REMEDY: &str =
    "take it from usher_types::Endpoint: `Endpoint::X.path()`, or a URL that the pool builds from it";

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path != LIST) {
        if file.is_rust() {
            for token in file.program() {
                if let Some(path) = token.text().and_then(|text| spelled(file.crate_name(), text)) {
                    findings.push(finding(file, token.line, path));
                }
            }
        } else if !file.is_test && ["html", "css", "js"].iter().any(|kind| file.has_extension(kind)) {
            for (at, line) in file.text.lines().enumerate() {
                let quoted = line.split(['"', '\'', '(']).find_map(|text| spelled(file.crate_name(), text));
                if let Some(path) = quoted {
                    findings.push(finding(file, at + 1, path));
                }
            }
        }
    }
    Ok(findings)
}

fn finding(file: &File, line: usize, path: &str) -> Finding {
    Finding::new(&file.path, line, format!("spells the endpoint {path}"), REMEDY)
}

/// The endpoint's path that a text of this crate spells: at its start, or behind the hole of a format string.
fn spelled(crate_name: &str, text: &str) -> Option<&'static str> {
    if text.contains(PROTOCOL) {
        return Some(PROTOCOL);
    }
    let candidates = std::iter::once(text).chain(text.split('}').skip(1));
    let paths = || Endpoint::ALL.into_iter().map(Endpoint::path);
    candidates
        .flat_map(|text| paths().filter(|path| starts_with_path(text, path)))
        .find(|path| !OWN_ROUTES.iter().any(|(owner, own, _)| *owner == crate_name && own.path() == *path))
}

/// Whether the text is this path, or goes on below it or with a query.
fn starts_with_path(text: &str, path: &str) -> bool {
    let rest = text.strip_prefix(path);
    rest.is_some_and(|rest| {
        !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || "-_.".contains(next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::from_texts(&[(path, text)])).unwrap().into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn a_spelled_path_is_found_and_a_similar_one_is_not() {
        let text = "fn f() {\n\"/sign-in\";\n\"/sign-in?x=1\";\n\"/consents\";\nformat!(\"{base}/consent\");\n\"https://x/oidc/other\";\n\"/callback\" }";
        assert_eq!(lines("crates/usher-pages/src/a.rs", text), [2, 3, 5, 6]);
    }

    #[test]
    fn templates_are_read_too() {
        let text = "<a href=\"{{ x }}\">/sign-in</a>\n<form action='/sign-in'>\n<link href=\"/assets/usher.css?v=1\">";
        assert_eq!(lines("crates/usher-pages/src/templates/a.html", text), [2, 3]);
    }

    #[test]
    fn the_list_tests_and_other_sites_may() {
        assert!(lines(LIST, "const A: &str = \"/sign-in\";").is_empty());
        assert!(lines("crates/usher-oauth/tests/a.rs", "const A: &str = \"/sign-in\";").is_empty());
        assert!(lines("crates/usher-demo/src/a.rs", "const A: &str = \"/signed-out\";").is_empty());
        assert_eq!(lines("crates/usher-demo/src/a.rs", "const A: &str = \"/oidc/token\";"), [1]);
    }
}
