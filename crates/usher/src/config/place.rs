//! Places in a configuration's text: from a key to its line, from a line to its key, and the sentence that tells a mistake with its place.

use super::merge::{Origin, Wrong};
use super::{ConfigError, table};
use std::path::Path;
use toml::de::{DeTable, DeValue};
use usher_admin::setting::did_you_mean;

/// A sentence with the place: file, line and key, or the variable; and what is allowed, where the table knows it.
pub(super) fn told(wrong: &Wrong, text: &str, path: &Path) -> ConfigError {
    let mut message = hinted(wrong.message.replace('\n', "; "));
    let is_missing = message.starts_with("missing field");
    let setting = match &wrong.origin {
        _ if message.starts_with("unknown field") || is_missing => None,
        Origin::Variable(name) => table::TABLE.iter().find(|s| s.variable().as_ref() == Some(name)),
        Origin::File(span) => table::find(&path_at(text, span.start)),
        Origin::Nowhere => None,
    };
    if let Some(setting) = setting {
        if setting.secret {
            // What it was compared with may be told, but not what it is.
            message = String::from("this cannot be read");
        }
        if !message.contains(setting.allowed) {
            message = format!("{message}; allowed: {}", setting.allowed);
        }
    }
    let place = match &wrong.origin {
        Origin::Variable(name) if !is_missing => return ConfigError(format!("{name}: {message}")),
        Origin::File(span) => Some(line_of(text, span.start)),
        _ => None,
    };
    let line = place.unwrap_or(1);
    let at = match &wrong.origin {
        Origin::File(span) => path_at(text, span.start),
        _ => Vec::new(),
    };
    let key = match key_at(text, line) {
        Some(_) if !at.is_empty() => format!("{}: ", label(&at)),
        Some(key) => format!("{key}: "),
        None => String::new(),
    };
    ConfigError(format!("{}:{line}: {key}{message}", path.display()))
}

/// What the types say of an unknown key, with the keys that it is like.
fn hinted(message: String) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let hint = match names.next() {
        Some(name) if message.starts_with("unknown field") => did_you_mean(name, names),
        _ => String::new(),
    };
    message + &hint
}

/// A key with its section, as the file writes it: `[storage] url`, `[[pools.applications]] client_id`.
pub(super) fn label(path: &[impl AsRef<str>]) -> String {
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
fn key_at(text: &str, line: usize) -> Option<&str> {
    let line = text.lines().nth(line.checked_sub(1)?)?.trim();
    let key = line.split(['=', '#']).next()?.trim();
    (line.contains('=') && !key.is_empty() && !key.contains([' ', '"', '{', '['])).then_some(key)
}

/// The keys and numbers from the top to the innermost value that is written at a place.
fn path_at(text: &str, at: usize) -> Vec<String> {
    let mut path = Vec::new();
    let Ok(table) = DeTable::parse(text) else { return path };
    let root = toml::Spanned::new(table.span(), DeValue::Table(table.into_inner()));
    let mut value = &root;
    loop {
        let inner = match value.get_ref() {
            DeValue::Table(table) => {
                let mut entries = table.iter();
                let entry = entries.find(|(key, v)| key.span().contains(&at) || holds(v, at));
                entry.map(|(key, v)| (key.get_ref().to_string(), v))
            }
            DeValue::Array(array) => {
                array.iter().enumerate().find(|(_, v)| holds(v, at)).map(|(n, v)| (n.to_string(), v))
            }
            _ => None,
        };
        let Some((key, next)) = inner else { return path };
        path.push(key);
        value = next;
    }
}

/// Whether a value, or anything in it, is written at a place; a table's own span is that of its head only.
fn holds(value: &toml::Spanned<DeValue<'_>>, at: usize) -> bool {
    value.span().contains(&at)
        || match value.get_ref() {
            DeValue::Table(table) => table.iter().any(|(key, v)| key.span().contains(&at) || holds(v, at)),
            DeValue::Array(array) => array.iter().any(|v| holds(v, at)),
            _ => false,
        }
}

/// Where the value at a path is written, if it is.
pub(super) fn written(text: &str, place: &[&str]) -> Option<usize> {
    let (last, before) = place.split_last()?;
    let whole = find(text, place)?;
    let table: toml::Table = text.parse().ok()?;
    let mut value = toml::Value::Table(table);
    for key in before {
        value = value.as_table_mut()?.remove(*key)?;
    }
    value.as_table()?.contains_key(*last).then_some(whole)
}

/// Where the value at a path of keys and numbers is written; where the last key is missing, its table.
pub(super) fn find(text: &str, place: &[&str]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut at = None;
    let mut value: Option<&toml::Spanned<DeValue<'_>>> = None;
    for (depth, key) in place.iter().enumerate() {
        let next = match value.map(toml::Spanned::get_ref) {
            None if depth == 0 => table.get_ref().get(*key),
            Some(DeValue::Table(table)) => table.get(*key),
            Some(DeValue::Array(array)) => key.parse::<usize>().ok().and_then(|n| array.get(n)),
            _ => None,
        };
        let Some(found) = next else { return at };
        at = Some(found.span().start);
        value = Some(found);
    }
    at
}
