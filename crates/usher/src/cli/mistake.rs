//! A command line that cannot be read: one sentence that says what to change.

use super::Arguments;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Error};
use usher_admin::setting::did_you_mean;

/// What people write who know other programs.
const OTHERS: &[(&str, &[&str])] = &[
    ("delete", &["remove", "rm", "del", "destroy", "drop"]),
    ("create", &["add", "new", "make"]),
    ("show", &["get", "view", "info", "describe"]),
    ("list", &["ls", "all"]),
    ("set", &["update", "edit", "change", "modify"]),
    ("set-password", &["password", "passwd", "reset-password"]),
    ("serve", &["start", "run", "server", "init"]),
    ("check-config", &["check", "validate", "config", "test"]),
    ("end", &["delete", "remove", "revoke"]),
    ("rotate", &["create", "add", "new"]),
    ("app", &["client", "clients", "application", "applications"]),
    ("user", &["users", "person", "people", "account"]),
];

/// The sentence; `None` where help or the version was asked for.
pub fn sentence(error: &Error) -> Option<String> {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let place = place(error);
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => command(&first(error, ContextKind::InvalidSubcommand), &place),
        ErrorKind::UnknownArgument => {
            unknown(&first(error, ContextKind::InvalidArg), &first(error, ContextKind::SuggestedArg))
        }
        ErrorKind::ArgumentConflict => conflict(error),
        ErrorKind::MissingRequiredArgument => missing(&all(error, ContextKind::InvalidArg)),
        ErrorKind::InvalidValue => value(error),
        ErrorKind::ValueValidation if first(error, ContextKind::InvalidValue).is_empty() => {
            format!("{} needs a value", first(error, ContextKind::InvalidArg))
        }
        ErrorKind::ValueValidation => format!(
            "{:?} is no value of {}: a whole number is expected",
            first(error, ContextKind::InvalidValue),
            first(error, ContextKind::InvalidArg)
        ),
        _ => other(error),
    };
    let end = if what.ends_with('?') { "" } else { ";" };
    Some(format!("{what}{end} {} --help shows what can be written", place.join(" ")))
}

/// The command that was written as far as it was understood.
fn place(error: &Error) -> Vec<String> {
    let usage = first(error, ContextKind::Usage);
    let words = usage.trim_start_matches("Usage:").split_whitespace();
    let place: Vec<String> =
        words.take_while(|word| !word.starts_with(['[', '<', '-'])).map(str::to_owned).collect();
    if place.is_empty() { vec!["usher".to_owned()] } else { place }
}

fn all(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        _ => Vec::new(),
    }
}

fn first(error: &Error, kind: ContextKind) -> String {
    all(error, kind).into_iter().next().unwrap_or_default()
}

fn command(written: &str, place: &[String]) -> String {
    let mut here = Arguments::command();
    for word in place.iter().skip(1) {
        here = here.find_subcommand(word).cloned().unwrap_or(here);
    }
    let known: Vec<&str> = here.get_subcommands().map(clap::Command::get_name).collect();
    let meant = OTHERS.iter().find(|(ours, theirs)| known.contains(ours) && theirs.contains(&written));
    let hint = match meant {
        Some((ours, _)) => format!("; did you mean {ours}?"),
        None => did_you_mean(written, known.iter().copied()),
    };
    let instead = if hint.is_empty() { format!(": there are {}", known.join(", ")) } else { hint };
    format!("{} has no command {written:?}{instead}", place.join(" "))
}

fn unknown(written: &str, like: &str) -> String {
    match (written.starts_with('-'), like.is_empty()) {
        (false, _) => format!(
            "{written:?} is one word too many: leave it out, or put quotation marks around what belongs together"
        ),
        (true, true) => format!("there is no option {written} here"),
        (true, false) => format!("there is no option {written} here; did you mean {like}?"),
    }
}

fn conflict(error: &Error) -> String {
    let (written, before) = (first(error, ContextKind::InvalidArg), all(error, ContextKind::PriorArg));
    match before.first() {
        Some(before) if *before != written => {
            format!("{written} and {before} do not go together: leave one of them out")
        }
        _ => format!("{written} is there twice: once is enough"),
    }
}

fn missing(what: &[String]) -> String {
    let is = if what.len() == 1 { "is" } else { "are" };
    format!("{} {is} missing", what.join(" and "))
}

fn value(error: &Error) -> String {
    let (argument, written) =
        (first(error, ContextKind::InvalidArg), first(error, ContextKind::InvalidValue));
    let allowed = all(error, ContextKind::ValidValue);
    let what = match written.as_str() {
        "" => format!("{argument} needs a value"),
        written => format!("{written:?} is no value of {argument}"),
    };
    if allowed.is_empty() { what } else { format!("{what}; allowed: {}", allowed.join(", ")) }
}

/// What the library says, on one line and without its advice.
fn other(error: &Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn told(line: &str) -> Option<String> {
        let error = Arguments::try_parse_from(line.split(' ')).err().expect("a mistake");
        sentence(&error)
    }

    #[test]
    fn each_mistake_is_one_sentence_that_says_what_to_change() {
        for (line, begin) in [
            ("usher user remove alice", "usher user has no command \"remove\"; did you mean delete?"),
            ("usher usr", "usher has no command \"usr\"; did you mean user?"),
            ("usher key create", "usher key has no command \"create\"; did you mean rotate?"),
            ("usher pool x9", "usher pool has no command \"x9\": there are create, list, "),
            ("usher user create zoe --generate --link", "--generate and --link do not go together: "),
            ("usher app list --limit 3 --limit 4", "--limit <LIMIT> is there twice"),
            ("usher app create", "<CLIENT_ID> is missing; usher app create --help"),
            ("usher app list --limt 3", "there is no option --limt here; did you mean --limit?"),
            ("usher app list --zzz", "there is no option --zzz here; usher app list --help"),
            ("usher app list --limit x", "\"x\" is no value of --limit <LIMIT>: a whole number is expected"),
            ("usher completions bsh", "\"bsh\" is no value of <SHELL>; allowed: bash, "),
            ("usher serve --config", "--config <CONFIG> needs a value"),
            ("usher serve --config=", "--config <CONFIG> needs a value"),
            ("usher serve now", "\"now\" is one word too many"),
            ("usher pool set x", "<NAME=VALUE>... is missing"),
        ] {
            let said = told(line).unwrap();
            assert!(
                said.starts_with(begin) && said.ends_with(" --help shows what can be written"),
                "{line}: {said}"
            );
            assert!(!said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn help_and_version_are_no_mistake() {
        for line in ["usher --help", "usher --version", "usher", "usher user", "usher help user"] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
