//! docs/guide/audit.md lists every event of the audit trail and every cause of a refusal, as the code has them; and no row is written with
//! an event that is not in the list.

use super::Finding;
use crate::source::{Kind, Token};
use crate::tree::{File, Tree};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/guide/audit.md";
const EVENTS: &str = "crates/usher-core/src/trail/event.rs";
const REMEDY: &str = "cargo xtask check --write";

/// Functions whose first text is a cause, or an error's code where there is nothing to hide behind it.
const TELLERS: &[&str] =
    &["invalid_grant", "invalid_token", "failed", "mismatch", "refused", "unacceptable", "wrong"];
/// Functions whose text is a cause in the folders of grants and of client authentication.
const DOOR_TELLERS: &[&str] = &["Err", "Some", "ok_or"];
const DOORS: &[&str] = &["crates/usher-oauth/src/grant/", "crates/usher-oauth/src/client_auth/"];
/// Crates that refuse requests.
const REFUSERS: &[&str] = &["usher-core", "usher-oauth", "usher-pages"];

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = unnamed(tree);
    let path = tree.root.join(PAGE);
    let written = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
    let wanted = filled(&written, tree);
    if written != wanted {
        let differs = written.lines().zip(wanted.lines()).position(|(a, b)| a != b);
        let line = differs.unwrap_or_else(|| written.lines().count().min(wanted.lines().count())) + 1;
        let what = wanted.lines().nth(line - 1).unwrap_or("no more than the lines above");
        findings.push(Finding::new(PAGE, line, format!("the code says: {what}"), REMEDY));
    }
    for name in ["events", "causes"] {
        if !written.contains(&format!("<!-- {name} -->")) {
            findings.push(Finding::new(PAGE, 1, format!("no <!-- {name} --> … <!-- end -->"), "add it"));
        }
    }
    Ok(findings)
}

/// Writes the lists into the page as the code has them.
pub(super) fn write(root: &Path, tree: &Tree) -> anyhow::Result<()> {
    let path = root.join(PAGE);
    let written = fs::read_to_string(&path).with_context(|| format!("reading {PAGE}"))?;
    fs::write(&path, filled(&written, tree)).with_context(|| format!("writing {PAGE}"))
}

fn filled(page: &str, tree: &Tree) -> String {
    let mut events = String::from("| event | meaning |\n|---|---|\n");
    for (name, meaning) in listed(tree) {
        let _ = writeln!(events, "| `{name}` | {meaning} |");
    }
    let mut causes = String::from("| cause | where |\n|---|---|\n");
    for (cause, places) in told(tree) {
        let _ = writeln!(causes, "| {} | {} |", cause.replace('|', "\\|"), places.join(", "));
    }
    put(&put(page, "events", &events), "causes", &causes)
}

/// A page with what stands between two marks replaced.
fn put(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), "<!-- end -->");
    let Some((before, rest)) = page.split_once(&begin) else { return page.to_owned() };
    let Some((_, after)) = rest.split_once(end) else { return page.to_owned() };
    [before, &begin, table, end, after].concat()
}

/// Names and meanings of the events.
fn listed(tree: &Tree) -> Vec<(String, String)> {
    let Some(file) = tree.rust().find(|file| file.path == EVENTS) else { return Vec::new() };
    let tokens: Vec<&Token> = file.program().collect();
    tokens
        .windows(4)
        .filter_map(|w| match w {
            [variant, name, meaning, end] if end.kind == Kind::Punct(';') => {
                variant.ident()?;
                Some((name.text()?.to_owned(), meaning.text()?.to_owned()))
            }
            _ => None,
        })
        .collect()
}

/// Events that are written as a text.
fn unnamed(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| !file.is_test && file.path != EVENTS) {
        let tokens: Vec<&Token> = file.program().collect();
        for window in tokens.windows(3) {
            let [what, sign, text] = window else { continue };
            let is_field = what.is("event") && sign.kind == Kind::Punct(':');
            let is_call = what.is("recorded") && sign.kind == Kind::Open('(');
            if let Some(name) = text.text().filter(|_| is_field || is_call) {
                let what = format!("the event {name:?} is a text");
                let remedy = "add it to trail::Event with its meaning, and name it from there";
                findings.push(Finding::new(&file.path, text.line, what, remedy));
            }
        }
    }
    findings
}

/// Every cause, with the files that tell it.
fn told(tree: &Tree) -> BTreeMap<String, Vec<String>> {
    let mut causes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in tree.rust().filter(|f| !f.is_test && REFUSERS.contains(&f.crate_name())) {
        for cause in of(file) {
            let places = causes.entry(cause).or_default();
            let place = place(&file.path);
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    causes
}

/// A file as people name it: without crate, folder and extension.
fn place(path: &str) -> String {
    let (_, inside) = path.split_once("/src/").unwrap_or(("", path));
    let inside = inside.strip_suffix(".rs").unwrap_or(inside);
    inside.strip_suffix("/mod").unwrap_or(inside).to_owned()
}

fn of(file: &File) -> Vec<String> {
    let tokens: Vec<&Token> = file.program().collect();
    let is_door = DOORS.iter().any(|door| file.path.starts_with(door));
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(text) = token.text() else { continue };
        let before = |n: usize| at.checked_sub(n).and_then(|at| tokens.get(at)).copied();
        let is_sentence = text.contains(' ');
        let called = before(1).filter(|t| t.kind == Kind::Open('(')).and(before(2)).and_then(Token::ident);
        let assigned = |n: usize, name: &str| {
            before(n).is_some_and(|t| t.kind == Kind::Punct(':')) && before(n + 1).is_some_and(|t| t.is(name))
        };
        let is_told = called.is_some_and(|name| TELLERS.contains(&name))
            || assigned(1, "cause")
            || (called == Some("Some") && assigned(3, "cause"));
        let is_doors = is_door
            && is_sentence
            && (called.is_some_and(|name| DOOR_TELLERS.contains(&name))
                || is_constant(before(1), before(2))
                || is_arm(before(1), before(2)));
        let is_prefixed = ["sign_in: ", "device: ", "password: "].iter().any(|p| text.starts_with(p));
        if (is_told || is_doors || is_prefixed) && !text.contains('{') {
            found.push(text.replace("\\\"", "\""));
        }
    }
    found
}

/// `… &str = "…"`.
fn is_constant(before: Option<&Token>, earlier: Option<&Token>) -> bool {
    before.is_some_and(|t| t.kind == Kind::Punct('=')) && earlier.is_some_and(|t| t.is("str"))
}

/// `… => "…"`.
fn is_arm(before: Option<&Token>, earlier: Option<&Token>) -> bool {
    before.is_some_and(|t| t.kind == Kind::Punct('>')) && earlier.is_some_and(|t| t.kind == Kind::Punct('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_listed_as_they_are_written_and_filled_in() {
        let tree = Tree::from_texts(&[(
            EVENTS,
            "macro_rules! events { () => {}; } events! { SignIn \"sign_in\" \"Somebody signed in.\"; }",
        )]);
        let page = "# x\n<!-- events -->\nold\n<!-- end -->\n<!-- causes -->\n<!-- end -->\n";
        assert!(filled(page, &tree).contains("| `sign_in` | Somebody signed in. |\n<!-- end -->"));
        assert!(!filled(page, &tree).contains("old"));
    }

    #[test]
    fn an_event_that_is_a_text_is_found() {
        let text =
            "fn f() { let a = A { event: \"x\" }; recorded(\"y\"); let b = A { event: Event::X.name() }; }";
        let tree = Tree::from_texts(&[("crates/usher-core/src/a.rs", text)]);
        assert_eq!(unnamed(&tree).len(), 2);
    }

    #[test]
    fn causes_are_found_where_they_are_told() {
        let text = "const X: &str = \"a guard\"; fn f() { invalid_grant(\"one\"); cx.refused(\"two\", \"detail\"); A { cause: \"three\" }; A { cause: Some(\"four\") }; a.ok_or(\"five words\"); match x { 1 => \"six words\", _ => y } let z = \"sign_in: seven\"; }";
        let tree = Tree::from_texts(&[("crates/usher-oauth/src/grant/a.rs", text)]);
        let told: Vec<String> = told(&tree).into_keys().collect();
        assert_eq!(
            told,
            ["a guard", "five words", "four", "one", "sign_in: seven", "six words", "three", "two"]
        );
    }
}
