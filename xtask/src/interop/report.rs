//! What became of the clients: what their own test runners say, a JSON object a line, read into results, and the table of all.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// One thing that a client was to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The client.
    pub(super) client: &'static str,
    /// The mode that it belongs to.
    pub(super) mode: String,
    /// What it was to do, a sentence.
    pub(super) name: String,
    /// Why it did not, where it did not.
    pub(super) failure: Option<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FAILED {}, {}: {}", self.client, self.mode, self.name)
    }
}

/// Reads what `interop/report.mjs` says of Node's tests: the file is the mode.
pub(super) fn of_node(client: &'static str, lines: &str) -> Vec<Outcome> {
    let results = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let outcome = |value: Value| {
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Outcome { client, mode: text("mode")?, name: text("name")?, failure: text("failure") })
    };
    results.filter_map(outcome).collect()
}

/// Reads what `go test -json` says: the function is the mode, its subtests are what the client was to do.
pub(super) fn of_go(client: &'static str, lines: &str) -> Vec<Outcome> {
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let mut ended: Vec<(String, bool)> = Vec::new();
    for value in lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let member = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let test = member("Test").to_owned();
        match member("Action") {
            "output" | "build-output" => said.entry(test).or_default().push_str(member("Output")),
            // What was skipped was not shown to work.
            action @ ("pass" | "fail" | "skip") if !test.is_empty() => ended.push((test, action == "pass")),
            _ => {}
        }
    }
    let has_parts = |test: &str| {
        ended.iter().any(|(other, _)| other.strip_prefix(test).is_some_and(|rest| rest.starts_with('/')))
    };
    let parts = ended.iter().filter(|(test, _)| !has_parts(test));
    let outcome = |(test, passed): &(String, bool)| {
        let (function, part) = test.split_once('/').unwrap_or((test, ""));
        let failure = (!passed).then(|| said.get(test).cloned().unwrap_or_default());
        let name = part.replace('_', " ");
        Outcome { client, mode: words(function.trim_start_matches("Test")), name, failure }
    };
    parts.map(outcome).collect()
}

/// `ClientCredentials` as `client credentials`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for sign in name.chars() {
        if sign.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(sign.to_lowercase());
    }
    words
}

/// A line for each client and mode: how much of it worked.
pub(super) fn table(outcomes: &[Outcome]) -> String {
    let mut rows: Vec<(&str, &str, usize, usize)> = Vec::new();
    for outcome in outcomes {
        let passed = usize::from(outcome.failure.is_none());
        match rows.iter_mut().find(|(client, mode, ..)| (*client, *mode) == (outcome.client, &outcome.mode)) {
            Some((_, _, good, all)) => (*good, *all) = (*good + passed, *all + 1),
            None => rows.push((outcome.client, &outcome.mode, passed, 1)),
        }
    }
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
    let clients = width(&mut rows.iter().map(|(client, ..)| client.len()));
    let modes = width(&mut rows.iter().map(|(_, mode, ..)| mode.len()));
    let lines = rows.iter().map(|(client, mode, good, all)| {
        let word = if good == all { "passed" } else { "FAILED" };
        format!("{client:clients$}  {mode:modes$}  {word}  {good} of {all}")
    });
    lines.collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(mode: &str, name: &str, failure: Option<&str>) -> Outcome {
        Outcome {
            client: "a",
            mode: mode.to_owned(),
            name: name.to_owned(),
            failure: failure.map(str::to_owned),
        }
    }

    #[test]
    fn what_node_says_is_read_a_line_each() {
        let lines =
            "noise\n{\"mode\":\"m\",\"name\":\"n\"}\n{\"mode\":\"m\",\"name\":\"o\",\"failure\":\"why\"}\n";
        assert_eq!(of_node("a", lines), [outcome("m", "n", None), outcome("m", "o", Some("why"))]);
    }

    #[test]
    fn what_go_says_is_read_by_its_innermost_tests() {
        let lines = r#"{"Action":"output","Test":"TestDeviceCode/it_fails","Output":"why\n"}
{"Action":"fail","Test":"TestDeviceCode/it_fails"}
{"Action":"skip","Test":"TestDeviceCode/left_out"}
{"Action":"fail","Test":"TestDeviceCode"}
{"Action":"pass","Test":"TestDeviceCodeMore"}
{"Action":"fail","Package":"x"}"#;
        let expected = [
            outcome("device code", "it fails", Some("why\n")),
            outcome("device code", "left out", Some("")),
            outcome("device code more", "", None),
        ];
        assert_eq!(of_go("a", lines), expected);
    }

    #[test]
    fn the_table_counts_by_mode() {
        let outcomes =
            [outcome("m", "1", None), outcome("longer", "2", None), outcome("m", "3", Some("why"))];
        assert_eq!(table(&outcomes), "a  m       FAILED  1 of 2\na  longer  passed  1 of 1");
    }
}
