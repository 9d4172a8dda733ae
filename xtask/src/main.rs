//! Chores of the repository: `cargo xtask <chore>`. This file only tells the chores apart; each has a module of its own.

mod bench;
mod check;
mod interop;
mod machine;
mod source;
mod test;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask check [--write]   the rules that the compiler does not know; --write renews docs/limits.md first
cargo xtask test              everything that must pass before a change is merged; installs what it needs";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["check"] => check::run(&root(), check::Page::Compare),
        ["check", "--write"] => check::run(&root(), check::Page::Write),
        ["test"] => test::run(&root()),
        ["interop"] => interop::run(&root()),
        [name, rest @ ..] if name.starts_with("bench") => bench::run(&root(), name, rest),
        ["help" | "--help" | "-h"] => {
            println!("{}", usage());
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{}", usage());
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    format!("{USAGE}\n{}\n{}", interop::USAGE, bench::USAGE)
}

/// The workspace's folder: the one above this crate's.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
