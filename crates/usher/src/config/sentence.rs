//! From what is wrong to a sentence: file, line and key, or the variable; what does not fit; what is allowed.

use super::place::{key_at, label, line_of};
use super::table;
use super::wrong::{Origin, What, Wrong};
use std::path::Path;
use usher_admin::setting::{ACCESS_KEY, APPLICATION, Kind, POOL, Setting, USER, did_you_mean};

/// The characters of a value that are repeated.
const REPEATED: usize = 60;

/// What must be given in the tables that [`table::TABLE`] does not have.
const NEEDED: &[(&str, &str)] = &[
    ("name", "a-z, 0-9 and hyphens, such as main"),
    ("client_id", "1 to 128 printable characters without a colon, such as shop"),
    ("client_name", "text: what people see"),
    ("access_key", "1 to 128 printable characters without a colon"),
    ("secret_key", "text of 32 to 256 characters, drawn at random"),
    ("issuer", "text: the iss of its assertions"),
    ("jwks", "a JWK Set, { keys = [ … ] }"),
];

/// The lists of tables below `pools`.
const NESTED: &[&[&str]] =
    &[&["pools"], &["pools", "applications"], &["pools", "applications", "access_keys"], &["pools", "users"]];

/// A sentence with its place.
pub(super) fn told(wrong: &Wrong, text: &str, path: &Path) -> String {
    let wrong = &specific(wrong);
    let setting = wrong.setting();
    let message = message(wrong, &setting);
    let place = match &wrong.origin {
        Origin::Variable(name) => name.clone(),
        Origin::File(span) => at(text, path, line_of(text, span.start), &setting),
        Origin::Nowhere => at(text, path, 1, &setting),
    };
    one_line(&format!("{place}: {message}"))
}

/// Where a section is missing, its first key that must be given is.
fn specific(wrong: &Wrong) -> Wrong {
    let (mut path, what) = (wrong.path.clone(), wrong.what.clone());
    if let What::Missing(section) = what
        && let Some(needed) = needed_in(section).filter(|_| path.is_empty())
    {
        path.push(section.to_owned());
        return Wrong { what: What::Missing(needed), path, origin: wrong.origin.clone() };
    }
    Wrong { what, path, origin: wrong.origin.clone() }
}

fn needed_in(section: &str) -> Option<&'static str> {
    let needed = table::TABLE.iter().filter(|setting| setting.default == "—");
    needed
        .filter_map(|setting| setting.key.split_once('.'))
        .find(|(of, _)| *of == section)
        .map(|(_, key)| key)
}

fn at(text: &str, path: &Path, line: usize, setting: &[String]) -> String {
    let key = match label(setting) {
        key if !key.is_empty() => Some(key),
        // What is no TOML has no keys; the line may.
        _ => key_at(text, line).map(str::to_owned),
    };
    let key = key.map(|key| format!(": {key}")).unwrap_or_default();
    format!("{}:{line}{key}", path.display())
}

fn message(wrong: &Wrong, setting: &[String]) -> String {
    let what = match &wrong.what {
        What::Said(_) if is_secret(setting) => {
            let text = || Some("text in quotation marks".to_owned());
            return with("this cannot be read", allowed(setting).or_else(|| needed(setting)).or_else(text));
        }
        What::Said(sentence) => return sentence.clone(),
        What::Key(known) => return unknown(wrong, setting, known),
        What::Missing(_) => {
            return with(&missing(wrong, setting), allowed(setting).or_else(|| needed(setting)));
        }
        What::Value { .. } | What::Word { .. } if is_secret(setting) => "this does not fit".to_owned(),
        // One text for a whole table may hold the secrets of all of it.
        What::Value { expected: "a table" | "a list", .. } => "this does not fit".to_owned(),
        What::Value { given, .. } | What::Word { given, .. } => format!("{} does not fit", short(given)),
    };
    let words = match &wrong.what {
        What::Word { allowed, .. } => allowed.join(", "),
        What::Value { expected, .. } if is_time(setting) => seconds(&wrong.what, expected),
        What::Value { expected, .. } => shape(expected, setting),
        _ => String::new(),
    };
    with(&what, Some(allowed(setting).unwrap_or(words)))
}

fn with(what: &str, allowed: Option<String>) -> String {
    allowed.map_or_else(|| what.to_owned(), |allowed| format!("{what}; allowed: {allowed}"))
}

/// What a table and a list are written as.
fn shape(expected: &str, setting: &[String]) -> String {
    let path: Vec<&str> = setting.iter().filter(|part| !is_number(part)).map(String::as_str).collect();
    match (expected, setting.first().map(String::as_str)) {
        ("a list" | "a table", Some("pools")) if NESTED.contains(&path.as_slice()) => {
            format!("[[{}]]", path.join("."))
        }
        ("a table", _) => format!("a table, [{}]", path.join(".")),
        _ => expected.to_owned(),
    }
}

fn is_number(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_digit())
}

/// What is allowed, where the table knows it.
fn allowed(setting: &[String]) -> Option<String> {
    let last = setting.iter().rposition(|part| !is_number(part))?;
    table::find(setting.get(..=last)?).map(|setting| setting.allowed.to_owned())
}

fn needed(setting: &[String]) -> Option<String> {
    let key = setting.last()?;
    NEEDED.iter().find(|(name, _)| name == key).map(|(_, words)| (*words).to_owned())
}

fn missing(wrong: &Wrong, setting: &[String]) -> String {
    let variable = table::find(setting).and_then(table::Setting::variable);
    match (&wrong.origin, variable) {
        (Origin::Variable(_), Some(variable)) => {
            format!("with it {variable} must be set, or {} in the file", label(setting))
        }
        _ => "this key is missing".to_owned(),
    }
}

/// An unknown key: what it is like, where it belongs, and what is known where it stands.
fn unknown(wrong: &Wrong, setting: &[String], known: &[&str]) -> String {
    let Some((key, before)) = setting.split_last() else { return String::new() };
    let hint = match elsewhere(key, before) {
        Some(place) if !known.contains(&key.as_str()) => format!("; did you mean {place}?"),
        _ => did_you_mean(key, known.iter().copied()),
    };
    let none = match &wrong.origin {
        Origin::Variable(_) => format!("there is no {}", label(setting)),
        _ => "there is no such key".to_owned(),
    };
    format!("{none}; allowed: {}{hint}", known.join(", "))
}

/// Where a key belongs that stands in another table.
fn elsewhere(key: &str, before: &[String]) -> Option<String> {
    let inner = match label(before).as_str() {
        "pools" => Some(("settings", &POOL)),
        "[[pools]] users" => Some(("claims", &USER)),
        _ => None,
    };
    if let Some((table, settings)) = inner {
        return settings.settings.iter().any(|s| s.name == key).then(|| format!("{table}.{key}"));
    }
    // What other sections call the same is no help: [server] has no port, and that of [mail] is not meant.
    if before.first().is_some_and(|section| section == "pools") || ["host", "port"].contains(&key) {
        return None;
    }
    let mut others = table::TABLE.iter().filter(|s| s.key.rsplit('.').next() == Some(key));
    let found = others.next().filter(|_| others.next().is_none())?;
    Some(label(&found.key.split('.').collect::<Vec<_>>()))
}

/// What the administrator's tables say of a setting of a pool.
fn of_pools(setting: &[String]) -> Option<&'static Setting> {
    let (key, before) = setting.split_last()?;
    let table = match label(before).as_str() {
        "[[pools]] settings" => &POOL,
        "[[pools]] applications" => &APPLICATION,
        "[[pools.applications]] access_keys" => &ACCESS_KEY,
        "[[pools]] users" => &USER,
        _ => return None,
    };
    table.settings.iter().find(|s| s.name == key)
}

fn is_time(setting: &[String]) -> bool {
    of_pools(setting).is_some_and(|s| s.kind == Kind::Seconds)
}

/// Whether a value must not be repeated: the name says so, wherever it stands.
fn is_secret(setting: &[String]) -> bool {
    let is_named = |part: &String| ["password", "client_secret", "secret_key"].contains(&part.as_str());
    table::find(setting).is_some_and(|s| s.secret) || setting.iter().any(is_named)
}

/// Times are seconds in the file; the command line takes units, so that people write them here, too.
fn seconds(what: &What, expected: &str) -> String {
    let What::Value { given, .. } = what else { return expected.to_owned() };
    match usher_admin::read_seconds(given.trim_matches('"')) {
        Some(seconds) => format!("whole seconds, here {seconds}"),
        None => "whole seconds".to_owned(),
    }
}

fn short(given: &str) -> String {
    match given.char_indices().nth(REPEATED) {
        None => given.to_owned(),
        Some((at, _)) => format!("{}…", given.get(..at).unwrap_or_default()),
    }
}

/// A key can hold a line break, a sentence cannot.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.replace('\n', "; ").chars() {
        if c.is_control() {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use crate::config::{parse, parse_with};
    use std::ffi::OsString;
    use std::path::Path;

    const SERVER: &str = "[server]\npublic_url = \"http://localhost\"\n";

    fn told(text: &str) -> String {
        parse(&format!("{SERVER}{text}"), Path::new("usher.toml")).err().unwrap().to_string()
    }

    #[test]
    fn the_words_are_those_of_people() {
        for (text, sentence) in [
            (
                "shutdown_delay = \"5s\"",
                "[server] shutdown_delay: \"5s\" does not fit; allowed: whole seconds, 0 to 300",
            ),
            ("tls = []", "[server] tls: this does not fit; allowed: a table, [server.tls]"),
            ("development = 1", "[server] development: 1 does not fit; allowed: true or false"),
            ("listen = 1.5", "[server] listen: 1.5 does not fit; allowed: an IP address"),
            ("tls = \"hunter2\"", "[server] tls: this does not fit; allowed: a table, [server.tls]"),
            ("public_port = 2000-01-01", "[server] public_port: there is no such key; allowed: public_url, "),
        ] {
            let said = told(text);
            assert!(said.starts_with(&format!("usher.toml:3: {sentence}")), "{said}");
        }
        let pool = "[[pools]]\nname = \"a\"\n";
        for (text, sentence) in [
            (
                "[pools.settings]\nsession_idle_lifetime = \"12h\"",
                "[pools.settings] session_idle_lifetime: \"12h\" does not fit; allowed: whole seconds, here 43200",
            ),
            ("users = {}", "[[pools]] users: this does not fit; allowed: [[pools.users]]"),
            (
                "[pools.settings]\ndefault_locale = 7",
                "[pools.settings] default_locale: 7 does not fit; allowed: ",
            ),
        ] {
            let said = told(&format!("{pool}{text}"));
            assert!(said.contains(sentence), "{said}");
        }
    }

    #[test]
    fn a_key_in_the_wrong_table_is_told_where_it_belongs() {
        for (text, place) in [
            ("folder = \"x\"", "did you mean [storage] folder?"),
            ("[[pools]]\nname = \"a\"\ndisplay_name = \"x\"", "did you mean settings.display_name?"),
            ("[[pools]]\nname = \"a\"\n[[pools.users]]\nemail = \"x\"", "did you mean claims.email?"),
            ("[[pools]]\nname = \"a\"\n[[pools.users]]\nusernme = \"x\"", "did you mean username?"),
        ] {
            assert!(told(text).ends_with(place), "{}", told(text));
        }
        assert!(!told("port = 1").contains("did you mean"));
    }

    #[test]
    fn a_secret_of_the_wrong_kind_is_not_repeated() {
        let pool = "[[pools]]\nname = \"a\"\n";
        for text in [
            format!("{pool}[[pools.users]]\nusername = \"x\"\npassword = 4711"),
            format!("{pool}[[pools.users]]\nusername = \"x\"\npassword = [4711]"),
            format!(
                "{pool}[[pools.applications]]\nclient_id = \"x\"\nclient_name = \"x\"\nclient_secret = 4711"
            ),
            "[storage]\nurl = 4711".to_owned(),
            "[mail]\nhost = \"x\"\nfrom = \"a@b.test\"\npassword = 4711".to_owned(),
        ] {
            let said = told(&text);
            assert!(said.lines().count() == 1 && !said.contains("4711"), "{said}");
        }
    }

    #[test]
    fn what_a_variable_makes_needed_is_told_with_its_variable() {
        let pair = (OsString::from("USHER_MAIL__HOST"), OsString::from("localhost"));
        let error = parse_with(SERVER, Path::new("usher.toml"), std::iter::once(pair)).err().unwrap();
        let begin = "USHER_MAIL__HOST: with it USHER_MAIL__FROM must be set, or [mail] from in the file; allowed: an address";
        assert!(error.to_string().starts_with(begin), "{error}");
    }

    #[test]
    fn a_key_with_a_line_break_makes_no_second_line() {
        let said = told("\"a\\nb\\u001b\" = 1");
        assert!(said.lines().count() == 1 && !said.contains('\u{1b}'), "{said:?}");
    }
}
