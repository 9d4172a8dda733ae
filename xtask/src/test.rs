//! `cargo xtask test`: everything that must pass before a change is merged, in one command, on a machine that has nothing but
//! Rust. It gets what is missing ([`crate::machine`]), takes the steps one after the other, stops at the first that fails, and says
//! at the end what it did and what it did not.

use crate::check;
use crate::interop;
use crate::machine;
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// One step.
struct Step {
    /// The command, which is also how to repeat it alone.
    command: String,
    work: Work,
}

enum Work {
    /// Another program, by its arguments.
    Cargo(Vec<&'static str>),
    /// The rules of this crate.
    Check,
    /// Other people's clients.
    Interop,
}

/// What became of a step.
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotReached,
}

/// Runs everything; whether all of it passed. Where `CI=true`, everything must have run, and [`interop`] is part of it.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let must_have_all = std::env::var_os("CI").is_some_and(|value| value == "true");
    machine::get_components()?;
    let missing = machine::get_tools(machine::TOOLS)?;

    let lost: Vec<_> = missing.iter().filter_map(|absent| absent.tool.required_by).collect();
    let required: BTreeSet<&str> = machine::TOOLS.iter().filter_map(|tool| tool.required_by).collect();
    let environment: Vec<(&str, &str)> =
        required.into_iter().filter(|name| !lost.contains(name)).map(|name| (name, "1")).collect();
    let mut steps = steps(&environment);
    if must_have_all {
        println!(
            "CI=true: the last step is `cargo xtask interop`, other people's clients against a running server."
        );
        steps.push(Step { command: "cargo xtask interop".to_owned(), work: Work::Interop });
    }
    let mut outcomes = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        heading(&format!("{}/{}  {}", at + 1, steps.len(), step.command));
        let start = Instant::now();
        let passed = take(step, root, &environment)?;
        let took = start.elapsed();
        outcomes.push(if passed { Outcome::Passed(took) } else { Outcome::Failed(took) });
        if !passed {
            break;
        }
    }
    let failed = outcomes.iter().position(|outcome| matches!(outcome, Outcome::Failed(_)));
    outcomes.resize_with(steps.len(), || Outcome::NotReached);
    println!("\n{}", table(&steps, &outcomes));
    for absent in &missing {
        println!("{}", bold(&absent.to_string()));
    }
    if let Some(step) = failed.and_then(|at| steps.get(at)) {
        println!("{}", bold(&format!("FAILED. To repeat what failed:  {}", step.command)));
    } else if must_have_all && !missing.is_empty() {
        println!("{}", bold("FAILED: CI=true, so nothing may be left out."));
    } else if missing.is_empty() {
        println!("{}", bold("Everything ran and passed."));
    }
    if !must_have_all {
        println!(
            "Other people's clients are a command of their own, `cargo xtask interop`; where CI=true it is the last step here."
        );
    }
    Ok(failed.is_none() && (missing.is_empty() || !must_have_all))
}

fn steps(environment: &[(&str, &str)]) -> Vec<Step> {
    let cargo = |arguments: &[&'static str]| Step {
        command: format!("cargo {}", arguments.join(" ")),
        work: Work::Cargo(arguments.to_vec()),
    };
    let mut tests = cargo(&["test", "--workspace", "--locked"]);
    for (name, value) in environment.iter().rev() {
        tests.command = format!("{name}={value} {}", tests.command);
    }
    vec![
        cargo(&["fmt", "--all", "--check"]),
        cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
        Step { command: "cargo xtask check".to_owned(), work: Work::Check },
        tests,
    ]
}

/// Takes a step; whether it passed.
fn take(step: &Step, root: &Path, environment: &[(&str, &str)]) -> anyhow::Result<bool> {
    match &step.work {
        Work::Check => check::run(root, check::Page::Compare),
        Work::Interop => interop::run(root),
        Work::Cargo(arguments) => {
            let mut command = Command::new("cargo");
            // What cargo tells this program about itself is not for the next one: build scripts would run again for it.
            for (name, _) in std::env::vars_os() {
                let is_about_us = name.to_str().is_some_and(|name| {
                    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
                });
                if is_about_us {
                    command.env_remove(name);
                }
            }
            command.args(arguments).envs(environment.iter().copied()).current_dir(root);
            let status = command.status().with_context(|| format!("starting {}", step.command))?;
            Ok(status.success())
        }
    }
}

/// The steps and what became of them, a line each.
fn table(steps: &[Step], outcomes: &[Outcome]) -> String {
    let lines = steps.iter().zip(outcomes).map(|(step, outcome)| {
        let (word, took) = match outcome {
            Outcome::Passed(took) => ("passed", format!("{:.1} s", took.as_secs_f64())),
            Outcome::Failed(took) => ("FAILED", format!("{:.1} s", took.as_secs_f64())),
            Outcome::NotReached => ("did not run", String::new()),
        };
        format!("{word:<12}{took:>9}  {}", step.command)
    });
    lines.collect::<Vec<String>>().join("\n")
}

fn heading(text: &str) {
    println!("\n{}", bold(&format!("== {text}")));
}

/// The text in bold where a person reads it.
fn bold(text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_repeat_says_what_was_required() {
        let steps = steps(&[("A", "1"), ("B", "1")]);
        assert_eq!(steps.last().unwrap().command, "A=1 B=1 cargo test --workspace --locked");
    }

    #[test]
    fn the_table_shows_what_was_not_reached() {
        let steps = steps(&[]);
        let outcomes = [
            Outcome::Passed(Duration::from_millis(1500)),
            Outcome::Failed(Duration::from_secs(61)),
            Outcome::NotReached,
            Outcome::NotReached,
        ];
        let table = table(&steps, &outcomes);
        let starts: Vec<&str> = table.lines().map(|line| line.get(..21).unwrap().trim_end()).collect();
        assert_eq!(starts, ["passed          1.5 s", "FAILED         61.0 s", "did not run", "did not run"]);
    }
}
