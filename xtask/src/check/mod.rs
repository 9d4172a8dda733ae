//! The rules that the compiler does not know, a file each. A rule looks at the [`Tree`] and returns what breaks it; this file
//! runs them all and prints a line for each.

mod audit_page;
mod dependencies;
mod edges;
mod endpoints;
mod file_form;
mod forbidden;
mod limits_page;
mod modules;
mod secrets;
mod spec_pages;
mod sql;

use crate::tree::{File, Tree};
use std::fmt;
use std::path::Path;

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file, if it is about one.
    path: String,
    /// The line in it, from 1.
    line: usize,
    /// What is wrong.
    what: String,
    /// What to do about it.
    remedy: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}\n        {}", self.path, self.line, self.what, self.remedy)
    }
}

/// Whether docs/limits.md is compared with the code or written from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// A difference is a finding.
    Compare,
    /// A difference is removed before the rules are looked at.
    Write,
}

type Rule = fn(&Tree) -> anyhow::Result<Vec<Finding>>;

const RULES: &[(&str, Rule)] = &[
    ("crate edges", edges::check),
    ("module cycles", modules::check),
    ("endpoint list", endpoints::check),
    ("file form", file_form::check),
    ("docs/limits.md", limits_page::check),
    ("docs/spec", spec_pages::check),
    ("docs/guide/audit.md", audit_page::check),
    ("SQL in its place", sql::check),
    ("secret types", secrets::check),
    ("forbidden words", forbidden::check),
    ("dependencies", dependencies::check),
];

/// Runs every rule and prints what it found; whether all of them hold.
pub(crate) fn run(root: &Path, page: Page) -> anyhow::Result<bool> {
    if page == Page::Write {
        limits_page::write(root)?;
        audit_page::write(root, &Tree::read(root)?)?;
    }
    let tree = Tree::read(root)?;
    let mut broken = 0;
    for (name, rule) in RULES {
        let findings = rule(&tree)?;
        if findings.is_empty() {
            println!("ok    {name}");
            continue;
        }
        broken += 1;
        println!("FAIL  {name}");
        for finding in findings {
            println!("    {finding}");
        }
    }
    if broken > 0 {
        println!("{broken} of {} rules are broken.", RULES.len());
    }
    Ok(broken == 0)
}

/// The line of the first occurrence of a text in a file; 1 if there is none.
fn line_of(file: &File, text: &str) -> usize {
    file.text.lines().position(|line| line.contains(text)).map_or(1, |at| at + 1)
}
