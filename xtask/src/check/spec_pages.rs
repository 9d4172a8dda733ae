//! docs/spec names the file that serves each clause and the test that holds it: every file is there, every test is there, and no row
//! is without a test. Whether the test is the right one is for people to judge.

use super::Finding;
use crate::source::{Kind, Token};
use crate::tree::{File, Tree};
use anyhow::Context as _;
use std::fs;

const FOLDER: &str = "docs/spec";
/// What a named file ends in.
const KINDS: &[&str] = &[".rs", ".html", ".sql", ".css", ".js", ".ftl", ".toml"];
/// The macro that makes tests of functions; some of its callers name the tests there.
const TEST_MACRO: &str = "both_engines";

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let folder = tree.root.join(FOLDER);
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {FOLDER}"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    let mut findings = Vec::new();
    for name in names {
        let path = format!("{FOLDER}/{name}");
        let text = fs::read_to_string(folder.join(&name)).with_context(|| format!("reading {path}"))?;
        check_page(tree, &path, &text, &mut findings);
    }
    Ok(findings)
}

fn check_page(tree: &Tree, path: &str, text: &str, findings: &mut Vec<Finding>) {
    let mut find = |line: usize, what: String, remedy: &str| {
        findings.push(Finding::new(path, line, what, remedy));
    };
    let mut lines_of_table = 0;
    for (at, line) in text.lines().enumerate() {
        lines_of_table = if line.starts_with('|') { lines_of_table + 1 } else { 0 };
        for code in line.split('`').skip(1).step_by(2) {
            if is_file(code) && !tree.files.iter().any(|file| names_file(code, file)) {
                find(at + 1, format!("no file {code}"), "name files from crates/, as they are called now");
            }
            if is_test(code) && !tree.rust().any(|file| holds_test(file, code)) {
                find(at + 1, format!("no test {code}"), "name it by its modules, as it is called now");
            }
        }
        // A table begins with its heading and the line below that.
        let last_cell = line.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        if lines_of_table > 2 && !last_cell.split('`').skip(1).step_by(2).any(is_test) {
            find(at + 1, "a row without a test".to_owned(), "name the test, or write it");
        }
    }
}

fn is_file(code: &str) -> bool {
    code.contains('/') && !code.contains(char::is_whitespace) && KINDS.iter().any(|kind| code.ends_with(kind))
}

fn names_file(code: &str, file: &File) -> bool {
    file.path == code || file.path.strip_prefix("crates/") == Some(code)
}

fn is_test(code: &str) -> bool {
    code.contains("::") && code.chars().all(|sign| sign.is_ascii_alphanumeric() || "_:".contains(sign))
}

/// Whether a file holds the test of this name: its modules are the file's path or stand in it.
fn holds_test(file: &File, name: &str) -> bool {
    let Some((modules, test)) = name.rsplit_once("::") else { return false };
    let stem = file.path.trim_end_matches(".rs").replace('-', "_");
    let is_here = |module: &str| stem.split('/').any(|part| part == module) || declares(file, "mod", module);
    modules.split("::").all(is_here) && (declares(file, "fn", test) || is_given_to_macro(file, test))
}

/// Whether the file declares for tests an item of this kind and name.
fn declares(file: &File, kind: &str, name: &str) -> bool {
    file.tokens.windows(2).any(|two| match two {
        [word, item] => (file.is_test || item.is_test) && word.is(kind) && item.is(name),
        _ => false,
    })
}

/// Whether the name stands between the brackets of the macro that makes tests.
fn is_given_to_macro(file: &File, name: &str) -> bool {
    let is_use = |two: &[Token]| match two {
        [word, sign] => word.is(TEST_MACRO) && sign.kind == Kind::Punct('!'),
        _ => false,
    };
    let starts = file.tokens.windows(2).enumerate().filter(|(_, two)| is_use(two)).map(|(at, _)| at);
    starts.into_iter().any(|at| {
        let inside = file.tokens.iter().skip(at + 3);
        inside.take_while(|token| !matches!(token.kind, Kind::Close(_))).any(|token| token.is(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(page: &str) -> Vec<String> {
        let tree = Tree::from_texts(&[
            ("crates/a-b/src/c.rs", "fn helper() {} #[cfg(test)] mod tests { #[test] fn it_holds() {} }"),
            ("crates/usher-test/tests/suite/people/d.rs", "mod inner { fn inside() {} }"),
            ("crates/usher-test/tests/suite/e.rs", "both_engines!(on_one, on_the_other, both); fn both() {}"),
            ("crates/a-b/src/page.html", ""),
        ]);
        let mut findings = Vec::new();
        check_page(&tree, "docs/spec/x.md", page, &mut findings);
        findings.into_iter().map(|f| format!("{}: {}", f.line, f.what)).collect()
    }

    #[test]
    fn files_and_tests_that_are_there_are_fine() {
        let page = "Text about `/auth` and `a b/c.rs`.\n\n| clause | file | test |\n|---|---|---|
| 1 | `a-b/src/c.rs` | `a_b::c::it_holds`, `a_b::c::tests::it_holds` |\n| 2 | `crates/a-b/src/page.html` | `people::d::inside` |
| 3 | `a-b/src/c.rs` | `people::d::inner::inside`, `e::both`, `e::on_the_other` |\n";
        assert!(whats(page).is_empty(), "{:?}", whats(page));
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        assert_eq!(whats("`a-b/src/d.rs`\n`a-b/c.rs`"), ["1: no file a-b/src/d.rs", "2: no file a-b/c.rs"]);
    }

    #[test]
    fn a_test_that_is_not_there_or_not_for_tests_or_elsewhere_is_told() {
        for wrong in
            ["a_b::c::it_held", "a_b::c::helper", "a_b::d::it_holds", "people::d::it_holds", "e::on_none"]
        {
            assert_eq!(whats(&format!("`{wrong}`")), [format!("1: no test {wrong}")]);
        }
    }

    #[test]
    fn a_row_without_a_test_is_told_and_a_heading_is_not() {
        let page =
            "| clause | test |\n|---|---|\n| 1 | none |\n\n| class | test |\n|---|---|\n| `e::both` | |\n";
        assert_eq!(whats(page), ["3: a row without a test", "7: a row without a test"]);
    }
}
