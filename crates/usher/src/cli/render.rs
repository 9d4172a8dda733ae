//! How an outcome is shown: aligned for people, JSON for programs.

use super::{Failure, audit};
use serde_json::{Map, Value};
use usher_admin::{Outcome, Shown};

/// JSON.
pub(super) fn json(outcome: &Outcome) -> Result<String, Failure> {
    serde_json::to_string_pretty(outcome).map_err(|e| Failure::World(e.to_string()))
}

/// For people: a thing line by line, a list as a table.
pub(super) fn text(outcome: &Outcome) -> Result<String, Failure> {
    let (name, first): (&str, &[&str]) = match &outcome.shown {
        Shown::Pool(_) => ("pool", &["name", "id", "is_first", "domain", "issuer"]),
        Shown::Pools(_) => ("pools", &["name", "is_first", "issuer", "display_name", "created_at"]),
        Shown::App(_) => {
            ("app", &["client_id", "client_secret", "client_name", "application_type", "enabled"])
        }
        Shown::Apps(_) => {
            ("apps", &["client_id", "client_name", "application_type", "enabled", "grant_types"])
        }
        Shown::AccessKey(_) => ("access_key", &["access_key", "secret_key", "client_id", "label"]),
        Shown::AccessKeys(_) => {
            ("access_keys", &["access_key", "client_id", "label", "scope", "enabled", "last_used_at"])
        }
        Shown::User(_) => ("user", &["id", "username", "password", "link", "enabled", "login_names"]),
        Shown::Users(_) => ("users", &["id", "login_names", "name", "enabled", "created_at"]),
        Shown::Key(_) => ("key", &["kid", "algorithm", "state", "in_use"]),
        Shown::Keys(_) => {
            ("keys", &["kid", "algorithm", "state", "in_use", "signs_from", "signs_until", "published_until"])
        }
        Shown::AuditRows(_) => ("audit_rows", audit::ROW),
        Shown::Refusals(_) => ("refusals", audit::REFUSAL),
        Shown::AuditReports(reports) => return Ok(audit::reports(reports)),
        Shown::Checkpoint(checkpoint) => return audit::checkpoint(checkpoint),
        Shown::MasterKeys(_) => ("master_keys", &["id", "seals", "values"]),
        Shown::Sessions(_) => {
            ("sessions", &["id", "login_name", "browser", "methods", "seen_at", "created_at"])
        }
        Shown::Ended(ended) => {
            return Ok(format!("{} {} has ended\n", ended.kind, plain(&ended.name)));
        }
        Shown::Deleted(deleted) => {
            return Ok(format!("{} {} is deleted\n", deleted.kind, plain(&deleted.name)));
        }
    };
    let whole = serde_json::to_value(outcome).map_err(|e| Failure::World(e.to_string()))?;
    Ok(match whole.get(name) {
        Some(Value::Object(thing)) => lines(thing, first) + &once(thing),
        Some(Value::Array(things)) => {
            let more = outcome.next.as_ref().map(|next| format!("There are more: --after {}\n", plain(next)));
            table(things, first) + &more.unwrap_or_default()
        }
        _ => String::new(),
    })
}

/// A name and a value in each line; what is not set is left out.
fn lines(thing: &Map<String, Value>, first: &[&str]) -> String {
    let rest = thing.keys().map(String::as_str).filter(|name| !first.contains(name));
    let named = first.iter().copied().chain(rest).filter(|name| !ONCE.contains(name));
    let named = named.filter_map(|name| Some((name, thing.get(name)?)));
    let shown: Vec<(&str, String)> =
        named.map(|(name, value)| (name, in_words(value))).filter(|(_, value)| !value.is_empty()).collect();
    let width = shown.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = shown.iter().map(|(name, value)| format!("{name:<width$}  {value}\n")).collect();
    lines.concat()
}

/// What is shown once and never again.
const ONCE: &[&str] = &["client_secret", "secret_key", "password", "link"];

/// A secret that was just made, apart from everything else and last, where the eye is.
fn once(thing: &Map<String, Value>) -> String {
    let made = ONCE.iter().filter_map(|name| Some((name, thing.get(*name)?.as_str()?)));
    let lines: Vec<String> = made.map(|(name, value)| format!("{name}  {}\n", plain(value))).collect();
    if lines.is_empty() { String::new() } else { format!("\nShown this once:\n\n{}", lines.concat()) }
}

/// A heading and a line for each thing.
fn table(things: &[Value], columns: &[&str]) -> String {
    let mut rows = vec![columns.iter().map(|c| c.replace('_', " ").to_uppercase()).collect::<Vec<_>>()];
    for thing in things {
        rows.push(columns.iter().map(|c| thing.get(*c).map(in_words).unwrap_or_default()).collect());
    }
    aligned(&rows)
}

/// Rows with columns as wide as what is in them; the last is as wide as it is.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width_of = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width_of).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => plain(text),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().map(in_words).collect::<Vec<_>>().join(", ")
        }
        Value::Object(members) if members.is_empty() => String::new(),
        other => plain(&other.to_string()),
    }
}

/// A text that does nothing to a terminal: people's names can hold what moves its cursor.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let is_safe = !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let escaped: String = if is_safe { c.to_string() } else { c.escape_unicode().to_string() };
            escaped.chars().collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let things = [
            json!({ "client_id": "a", "client_name": "A long name", "grant_types": ["x", "y"] }),
            json!({ "client_id": "longer", "client_name": "B", "grant_types": [] }),
        ];
        let shown = table(&things, &["client_id", "client_name", "grant_types"]);
        let expected = "CLIENT ID  CLIENT NAME  GRANT TYPES\na          A long name  x, y\nlonger     B\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_not_set_is_left_out_and_what_is_first_comes_first() {
        let Value::Object(thing) = json!({ "a": null, "b": 1, "z": "first", "c": {}, "d": { "x": 1 } })
        else {
            panic!("an object")
        };
        assert_eq!(lines(&thing, &["z"]), "z  first\nb  1\nd  {\"x\":1}\n");
    }

    #[test]
    fn a_secret_that_was_just_made_stands_apart_and_last() {
        let Value::Object(thing) = json!({ "client_id": "a", "client_secret": "s", "enabled": true }) else {
            panic!("an object")
        };
        let shown = lines(&thing, &["client_id", "client_secret"]) + &once(&thing);
        assert_eq!(shown, "client_id  a\nenabled    true\n\nShown this once:\n\nclient_secret  s\n");
        assert_eq!(once(&Map::new()), "");
    }

    #[test]
    fn a_name_cannot_move_the_cursor_of_a_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d\u{7}é"), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d\\u{7}é");
    }
}
