//! The advice as text for a terminal, no wider than 100 columns; only code may be wider, since it is there to be copied.

use std::fmt::Write as _;
use usher_core::advisor::words;
use usher_core::advisor::{Advice, Finding, Note};
use usher_types::Locale;

/// Columns of prose.
pub(super) const WIDTH: usize = 100;

const LOCALE: Locale = Locale::English;

/// How much of the code is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    /// All of it.
    Whole,
    /// Only what there is.
    Named,
}

/// A paragraph with what stands before its first and its other lines.
pub(super) fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        let width = lines.last().map_or(0, |line| line.chars().count());
        if !is_fresh && width + 1 + word.chars().count() > WIDTH {
            lines.push(rest.to_owned());
            is_fresh = true;
        }
        if let Some(line) = lines.last_mut() {
            if !is_fresh {
                line.push(' ');
            }
            line.push_str(word);
        }
        is_fresh = false;
    }
    lines.join("\n")
}

/// Everything that is advised.
pub(super) fn advice(advice: &Advice, code: Code) -> String {
    let said = words::mode(LOCALE, advice.mode);
    let tokens = advice.mode.tokens();
    let mut text =
        format!("{}\n{}\n{}\n", said.title, "=".repeat(said.title.len()), wrapped(said.reason, "", ""));
    let mut add = |part: String| text.push_str(&part);
    if !advice.mode.cost().is_empty() {
        add(notes("What it costs to turn this on", advice.mode.cost()));
    }
    add(heading("What the application gets"));
    for (name, given) in
        [("Access token", tokens.access), ("ID token", tokens.id), ("Refresh token", tokens.refresh)]
    {
        add(format!("  {name:15}{}\n", words::token(LOCALE, given)));
    }
    add(notes("What to keep where", advice.mode.storage()));
    add(notes("Today's best practice", advice.mode.best_practice()));
    add(heading("Settings to apply"));
    for command in &advice.commands {
        add(format!("{}\n", folded(command)));
    }
    add(heading("Or in usher.toml"));
    for line in advice.declaration.lines() {
        add(format!("  {line}\n"));
    }
    add(samples(advice, code));
    text
}

fn heading(text: &str) -> String {
    format!("\n{text}\n")
}

fn notes(title: &str, notes: &[Note]) -> String {
    let mut text = heading(title);
    for note in notes {
        let references: Vec<&str> = note.references().iter().map(|r| r.title()).collect();
        let source =
            if references.is_empty() { String::new() } else { format!(" ({})", references.join(", ")) };
        let said = format!("{}{source}", words::note(LOCALE, *note));
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", wrapped(&said, "  - ", "    "));
    }
    text
}

/// A command over several lines that a shell reads as one. Its arguments are apart at spaces outside quotes.
pub(super) fn folded(command: &str) -> String {
    let mut arguments: Vec<String> = vec![String::new()];
    let mut is_quoted = false;
    for c in command.chars() {
        is_quoted ^= c == '\'';
        match arguments.last_mut() {
            Some(last) if c != ' ' || is_quoted => last.push(c),
            _ => arguments.push(String::new()),
        }
    }
    let mut lines = vec!["  ".to_owned()];
    for argument in arguments {
        let width = lines.last().map_or(0, |line| line.chars().count());
        // Room is kept for the sign that the command goes on.
        if width > 4 && width + argument.chars().count() + 3 > WIDTH {
            lines.push("    ".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            if !line.trim().is_empty() {
                line.push(' ');
            }
            line.push_str(&argument);
        }
    }
    lines.join(" \\\n")
}

fn samples(advice: &Advice, code: Code) -> String {
    let mut text = heading("Code for common clients");
    for sample in &advice.samples {
        let _ = match code {
            Code::Named => writeln!(text, "  - {}", sample.title),
            Code::Whole if sample.install.is_empty() => {
                writeln!(text, "\n--- {}\n\n{}", sample.title, sample.code)
            }
            Code::Whole => {
                writeln!(text, "\n--- {}\n--- {}\n\n{}", sample.title, sample.install, sample.code)
            }
        };
    }
    if code == Code::Named {
        text.push_str("  Printed by --samples.\n");
    }
    text
}

/// A finding to be printed: application, access key, finding and the command that puts it right.
pub(super) type Line<'a> = (&'a str, Option<&'a str>, &'a Finding, String);

/// What was found about these applications, each with the command that puts it right.
pub(super) fn findings(applications: &[&str], lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    for name in applications {
        let own: Vec<&Line<'_>> = lines.iter().filter(|(client_id, ..)| client_id == name).collect();
        let count = match own.len() {
            0 => "nothing to put right".to_owned(),
            1 => "1 finding".to_owned(),
            more => format!("{more} findings"),
        };
        let _ = writeln!(text, "{name}: {count}");
        for (_, key, finding, command) in own {
            let rule = finding.rule;
            let about = key.map_or_else(String::new, |key| format!(" of the access key {key}"));
            let severity = words::severity(LOCALE, rule.severity());
            let _ = writeln!(text, "\n  {severity}: {}{about}", finding.setting);
            let said = format!("{} ({})", words::rule(LOCALE, rule), rule.reference().title());
            let _ = writeln!(text, "{}\n{}", wrapped(&said, "    ", "    "), folded(command));
        }
        text.push('\n');
    }
    text
}
