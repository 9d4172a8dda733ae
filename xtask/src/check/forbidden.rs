//! What must not be left in the tree: notes to do something later, code that only promises, tests and lints that are switched
//! off, an expectation without its reason.

use super::Finding;
use crate::source::{Kind, Token};
use crate::tree::{File, Tree};

/// In pieces, so that this file does not hold them.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in &tree.files {
        check_notes(file, &mut findings);
        check_tokens(file, &mut findings);
    }
    Ok(findings)
}

fn check_notes(file: &File, findings: &mut Vec<Finding>) {
    for (at, line) in file.text.lines().enumerate() {
        let mut words = line.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
        if let Some(note) = words.find(|word| NOTES.contains(word)) {
            findings.push(Finding::new(&file.path, at + 1, format!("a note, {note}"), "do it, or strike it"));
        }
    }
}

fn check_tokens(file: &File, findings: &mut Vec<Finding>) {
    for (at, token) in file.tokens.iter().enumerate() {
        let next = |step: usize| file.tokens.get(at + step);
        let found = match token.ident() {
            Some("todo" | "unimplemented") if next(1).is_some_and(|t| t.kind == Kind::Punct('!')) => {
                Some(("code that only promises", "write it"))
            }
            Some("allow") if is_in_attribute(&file.tokens, at) => Some((
                "a lint switched off",
                "obey it, or `#[expect(…, reason = \"…\")]` where it is truly wrong",
            )),
            Some("ignore") if is_in_attribute(&file.tokens, at) => {
                Some(("a test switched off", "repair it, or remove it"))
            }
            Some("expect")
                if is_in_attribute(&file.tokens, at)
                    && !gives_reason(file.tokens.get(at..).unwrap_or_default()) =>
            {
                Some(("an expectation without its reason", "add `reason = \"…\"`"))
            }
            _ => None,
        };
        if let Some((what, remedy)) = found {
            findings.push(Finding::new(&file.path, token.line, what, remedy));
        }
    }
}

/// Whether the name at this place is an attribute's, at once or inside `cfg_attr`.
fn is_in_attribute(tokens: &[Token], at: usize) -> bool {
    let kind = |step: usize| at.checked_sub(step).and_then(|at| tokens.get(at)).map(|token| &token.kind);
    let is_first = kind(1) == Some(&Kind::Open('[')) && matches!(kind(2), Some(Kind::Punct('#' | '!')));
    let conditional = kind(1) == Some(&Kind::Punct(','))
        && tokens
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(|token| token.kind != Kind::Open('['))
            .any(|token| token.is("cfg_attr"));
    is_first || conditional
}

/// Whether the attribute that starts here has a `reason`.
fn gives_reason(tokens: &[Token]) -> bool {
    tokens.iter().take_while(|token| token.kind != Kind::Close(']')).any(|token| token.is("reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(path: &str, text: &str) -> Vec<String> {
        let found = check(&Tree::from_texts(&[(path, text)])).unwrap();
        found.into_iter().map(|f| format!("{}: {}", f.line, f.what)).collect()
    }

    #[test]
    fn a_note_is_found_as_a_word_in_every_kind_of_file() {
        let note = NOTES[0];
        assert_eq!(whats("a.sql", &format!("-- {note}: index\n")), [format!("1: a note, {note}")]);
        assert!(whats("a.rs", &format!("//! {note}S and {note}_X are words of their own.")).is_empty());
    }

    #[test]
    fn promises_are_found() {
        assert_eq!(whats("a.rs", "fn a() { todo!() }\nfn b() { unimplemented!(\"x\") }").len(), 2);
    }

    #[test]
    fn what_is_switched_off_is_found() {
        assert_eq!(
            whats("a.rs", "#![allow(x)]\n#[allow(y, reason = \"z\")]\n#[cfg_attr(test, allow(z))] fn a() {}")
                .len(),
            3
        );
        assert_eq!(
            whats("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() { allow(x); ignore }"),
            ["2: a test switched off"]
        );
    }

    #[test]
    fn an_expectation_says_why() {
        assert_eq!(whats("a.rs", "#[expect(x)] fn a() { b.expect(\"c\") }").len(), 1);
        assert!(whats("a.rs", "#[expect(\nx,\nreason = \"y\")] fn a() {}").is_empty());
    }
}
