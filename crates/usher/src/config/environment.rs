//! The environment as a source of settings: `USHER_<SECTION>__<KEY>` for every setting of the file that is one value or a list of texts,
//! and `…_FILE` for a secret that stands in a file of its own. A variable of ours that means nothing is a mistake, not a comment.

use super::{ConfigError, table};
use crate::system;
use std::ffi::OsString;

const PREFIX: &str = "USHER_";
/// What other parts of the program, its tests and its surroundings read. Where a service of the name usher is, Kubernetes sets the last two
/// kinds in every container beside it.
const OTHERS: &[&str] = &["USHER_CONFIG", "USHER_MASTER_KEY", "USHER_MASTER_KEY_FILE"];
const OTHER_KINDS: &[&str] = &[
    "USHER_REQUIRE_",
    "USHER_WRITE_",
    "USHER_PICTURES",
    "USHER_STORE_SUITE_",
    "USHER_SERVICE_",
    "USHER_PORT",
];

/// A setting from the environment. No `Debug`: it may hold a secret.
#[derive(Clone)]
pub(super) struct Given {
    /// The variable.
    pub(super) variable: String,
    /// The keys from the file's top to the setting.
    pub(super) path: Vec<String>,
    /// The value; an empty variable is as if it were not there.
    pub(super) text: String,
}

/// The settings among the environment's variables.
pub(super) fn settings(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<Given>, ConfigError> {
    let mut all: Vec<Given> = Vec::new();
    let mut wrong: Vec<ConfigError> = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX) && !is_others(name)) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        let read = value.to_str().ok_or_else(|| ConfigError(format!("{name}: its value is not UTF-8")));
        match read.and_then(|value| setting(name, value)).and_then(|given| once(given, &all)) {
            Ok(given) => all.push(given),
            Err(error) => wrong.push(error),
        }
    }
    if !wrong.is_empty() {
        wrong.sort_by(|a, b| a.0.cmp(&b.0));
        return Err(ConfigError::of(wrong.into_iter()));
    }
    all.sort_by(|a, b| a.variable.cmp(&b.variable));
    Ok(all)
}

/// A setting that no variable before sets, too.
fn once(given: Given, before: &[Given]) -> Result<Given, ConfigError> {
    match before.iter().find(|other| other.path == given.path) {
        None => Ok(given),
        Some(twice) => {
            let message =
                format!("{}: {} sets the same: take one of them away", given.variable, twice.variable);
            Err(ConfigError(message))
        }
    }
}

fn is_others(name: &str) -> bool {
    OTHERS.contains(&name) || (!name.contains("__") && OTHER_KINDS.iter().any(|kind| name.starts_with(kind)))
}

fn setting(name: &str, value: &str) -> Result<Given, ConfigError> {
    let rest = name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
    let path: Vec<String> = rest.split("__").map(str::to_owned).collect();
    let known = path.first().is_some_and(|section| table::sections().contains(&section.as_str()));
    if path.len() < 2 || !known || path.iter().any(String::is_empty) {
        let sections = table::sections().join(", ").to_ascii_uppercase();
        return Err(ConfigError(format!(
            "{name}: usher reads no such variable: settings are USHER_SECTION__KEY, such as USHER_SERVER__PUBLIC_URL, with the sections {sections}"
        )));
    }
    if value.contains('\0') {
        return Err(ConfigError(format!("{name}: the character U+0000 is not allowed")));
    }
    let given = Given { variable: name.to_owned(), path, text: value.to_owned() };
    from_file(given)
}

/// The content of a secret's file, where that is what the variable names.
fn from_file(given: Given) -> Result<Given, ConfigError> {
    let Some((last, before)) = given.path.split_last() else { return Ok(given) };
    let Some(key) = last.strip_suffix("_file") else { return Ok(given) };
    let path: Vec<String> = before.iter().cloned().chain([key.to_owned()]).collect();
    if !table::find(&path).is_some_and(|setting| setting.secret) {
        return Ok(given);
    }
    // Whoever puts the secret itself there must not find it in a log.
    let shown = if given.text.starts_with('/') { format!("{}: ", given.text) } else { String::new() };
    let wrong = |why: String| ConfigError(format!("{}: {shown}{why}", given.variable));
    let text = std::fs::read_to_string(&given.text).map_err(|e| {
        wrong(format!("{}; the path of a file with one line of text is expected", system::why(&e)))
    })?;
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    if text.is_empty() || text.contains('\0') {
        return Err(wrong("one line of text is expected in it".to_owned()));
    }
    Ok(Given { variable: given.variable, path, text })
}
