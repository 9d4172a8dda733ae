//! docs/limits.md says what `usher_types::limits` says. The page is made here; a rule compares it with the file.

use super::Finding;
use crate::tree::Tree;
use anyhow::Context as _;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use usher_types::limits::TABLE;

const PAGE: &str = "docs/limits.md";
const HEAD: &str = "\
# Limits and lifetimes

Every number that bounds something in usher. The list is `crates/usher-types/src/limits.rs`; this page is made from it by
`cargo xtask check --write`, and `cargo xtask check` fails where the two differ.

| name | value | meaning |
|---|---|---|
";

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let path = tree.root.join(PAGE);
    let written = if path.exists() {
        fs::read_to_string(&path).with_context(|| format!("reading {PAGE}"))?
    } else {
        String::new()
    };
    Ok(compare(&written, &page(TABLE)).into_iter().collect())
}

/// Writes the page as the code has it.
pub(super) fn write(root: &Path) -> anyhow::Result<()> {
    let path = root.join(PAGE);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, page(TABLE)).with_context(|| format!("writing {PAGE}"))
}

fn compare(written: &str, wanted: &str) -> Option<Finding> {
    if written == wanted {
        return None;
    }
    let differs = written.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or_else(|| written.lines().count().min(wanted.lines().count())) + 1;
    let what = match wanted.lines().nth(line - 1) {
        Some(wanted) => format!("the code says: {wanted}"),
        None => "the code says no more than the lines above".to_owned(),
    };
    Some(Finding::new(PAGE, line, what, "cargo xtask check --write"))
}

fn page(table: &[(&str, &str, &str)]) -> String {
    table.iter().fold(HEAD.to_owned(), |mut page, (name, value, meaning)| {
        let _ = writeln!(page, "| `{name}` | {} | {} |", value_in_words(name, value), meaning.trim());
        page
    })
}

/// The value as people say it: `Span::minutes(10)` is 10 minutes, `64 * 1024` of bytes 64 KiB.
fn value_in_words(name: &str, value: &str) -> String {
    let compact: String = value.chars().filter(|sign| !sign.is_whitespace() && *sign != '_').collect();
    if let Some((unit, count)) =
        compact.strip_prefix("Span::").and_then(|v| v.strip_suffix(')')).and_then(|v| v.split_once('('))
    {
        let unit = if count == "1" { unit.strip_suffix('s').unwrap_or(unit) } else { unit };
        return format!("{count} {unit}");
    }
    let product: Option<u64> = compact.split('*').map(|factor| factor.parse::<u64>().ok()).product();
    match product {
        None => format!("`{value}`"),
        Some(bytes) if name.ends_with("_BYTES") && bytes >= 1024 && bytes % 1024 == 0 => {
            format!("{} KiB", bytes / 1024)
        }
        Some(number) => grouped(number),
    }
}

/// A number with a comma between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_people_say_them() {
        for (name, value, words) in [
            ("A", "Span::minutes(10)", "10 minutes"),
            ("A", "Span :: seconds(1)", "1 second"),
            ("BODY_BYTES", "64 * 1024", "64 KiB"),
            ("URI_BYTES", "2048", "2 KiB"),
            ("NAME_BYTES", "320", "320"),
            ("A", "1_234_567", "1,234,567"),
            ("A", "100", "100"),
            ("A", "OTHER", "`OTHER`"),
        ] {
            assert_eq!(value_in_words(name, value), words);
        }
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let wanted = page(&[("A", "1", " One."), ("B", "2", " Two.")]);
        assert_eq!(compare(&wanted, &wanted), None);
        let found = compare(&wanted.replace("Two", "2"), &wanted).unwrap();
        assert_eq!((found.line, found.what.as_str()), (9, "the code says: | `B` | 2 | Two. |"));
        assert_eq!(compare("", &wanted).unwrap().line, 1);
        assert_eq!(compare(&format!("{wanted}more\n"), &wanted).unwrap().line, 10);
    }
}
