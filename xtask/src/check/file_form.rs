//! The form of a file: it can be read as Rust, opens by saying what it owns, and is short enough to be read at once.

use super::Finding;
use crate::tree::{File, Tree};

const LINES: usize = 400;
const LINES_OF_TESTS: usize = 600;
/// Files that may be longer, and why.
const LONGER: &[(&str, &str)] = &[];

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    Ok(tree.rust().flat_map(check_file).collect())
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((line, why)) = &file.broken {
        findings.push(Finding::new(&file.path, *line, why, "balance its brackets and quotes"));
    }
    if !file.text.starts_with("//! ") {
        let remedy =
            "open with a sentence of what it owns, the specification it serves, and what it leaves to others";
        findings.push(Finding::new(&file.path, 1, "does not open with `//!`", remedy));
    }
    let most = if file.is_test { LINES_OF_TESTS } else { LINES };
    let lines = file.text.lines().count();
    if lines > most && !LONGER.iter().any(|(path, _)| *path == file.path) {
        let what = format!("has {lines} lines, more than {most}");
        findings.push(Finding::new(&file.path, most + 1, what, "split it by the nouns of what it serves"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(path: &str, text: &str) -> Vec<String> {
        check(&Tree::from_texts(&[(path, text)])).unwrap().into_iter().map(|f| f.what).collect()
    }

    #[test]
    fn a_file_opens_with_what_it_owns() {
        assert!(whats("xtask/src/a.rs", "//! Owns a.\n").is_empty());
        assert_eq!(whats("xtask/src/a.rs", "use b;\n"), ["does not open with `//!`"]);
    }

    #[test]
    fn a_file_of_the_program_is_shorter_than_one_of_tests() {
        let text = format!("//! Long.{}", "\n".repeat(500));
        assert_eq!(whats("crates/a/src/a.rs", &text), ["has 500 lines, more than 400"]);
        assert!(whats("crates/a/tests/a.rs", &text).is_empty());
        assert!(whats("crates/a/src/a.rs", &format!("//! Long.{}", "\n".repeat(400))).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert_eq!(whats("xtask/src/a.rs", "//! A.\nfn a( {").len(), 1);
    }
}
