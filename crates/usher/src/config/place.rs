//! Places in a configuration's text: from a key to its line, and from a line to its key.

use toml::de::{DeTable, DeValue};

/// A key with its section, as the file writes it: `[storage] url`, `[[pools.applications]] client_id`.
pub(crate) fn label(path: &[impl AsRef<str>]) -> String {
    let is_number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    let mut parts: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    while parts.last().is_some_and(is_number) {
        parts.pop();
    }
    let Some((key, before)) = parts.split_last() else { return String::new() };
    let section: Vec<&str> = before.iter().copied().filter(|part| !is_number(part)).collect();
    match before.last() {
        None => (*key).to_owned(),
        Some(last) if is_number(last) => format!("[[{}]] {key}", section.join(".")),
        Some(_) => format!("[{}] {key}", section.join(".")),
    }
}

/// The line, from 1, of a place in a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// The key that is written on a line.
pub(super) fn key_at(text: &str, line: usize) -> Option<&str> {
    let line = text.lines().nth(line.checked_sub(1)?)?.trim();
    let key = line.split(['=', '#']).next()?.trim();
    (line.contains('=') && !key.is_empty() && !key.contains([' ', '"', '{', '['])).then_some(key)
}

/// Where the value at a path is written, if it is.
pub(super) fn written(text: &str, place: &[&str]) -> Option<usize> {
    let steps = walk(text, place);
    steps.last().copied().filter(|_| steps.len() == place.len())
}

/// Where the value at a path of keys and numbers is written; where the last key is missing, its table.
pub(super) fn find(text: &str, place: &[&str]) -> Option<usize> {
    walk(text, place).last().copied()
}

/// Where the values on the way to a path are written, as far as they are.
fn walk(text: &str, place: &[&str]) -> Vec<usize> {
    let mut steps = Vec::new();
    let Ok(table) = DeTable::parse(text) else { return steps };
    let mut value: Option<&toml::Spanned<DeValue<'_>>> = None;
    for (depth, key) in place.iter().enumerate() {
        let next = match value.map(toml::Spanned::get_ref) {
            None if depth == 0 => table.get_ref().get(*key),
            Some(DeValue::Table(table)) => table.get(*key),
            Some(DeValue::Array(array)) => key.parse::<usize>().ok().and_then(|n| array.get(n)),
            _ => None,
        };
        let Some(found) = next else { break };
        steps.push(found.span().start);
        value = Some(found);
    }
    steps
}
