//! What the tests need beside Rust: finds it, and installs by name what is missing, with apt where there is apt and the right
//! to use it. What cannot be had is returned, with what does not run without it.

use anyhow::Context as _;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program that the tests use.
pub(crate) struct Tool {
    /// What people call it.
    pub(crate) name: &'static str,
    /// Debian's packages of it.
    pub(crate) packages: &'static [&'static str],
    /// Programs of which one must be there, as names or as paths; `*` stands for any folder.
    pub(crate) programs: &'static [&'static str],
    /// The variable that forbids the tests to go on without it, set where it is there.
    pub(crate) required_by: Option<&'static str>,
    /// What does not run without it.
    pub(crate) loss: &'static str,
}

pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "a C compiler",
        packages: &["gcc", "libc6-dev"],
        programs: &["cc"],
        required_by: None,
        loss: "nothing can be built: aws-lc and SQLite are C",
    },
    Tool {
        name: "PostgreSQL",
        packages: &["postgresql"],
        programs: &["initdb", "/usr/lib/postgresql/*/bin/initdb"],
        required_by: Some("USHER_REQUIRE_POSTGRES"),
        loss: "every test on PostgreSQL",
    },
    Tool {
        name: "Chromium",
        packages: &["chromium"],
        programs: &["chromium"],
        required_by: Some("USHER_REQUIRE_BROWSER"),
        loss: "every test in a browser",
    },
    Tool {
        name: "ChromeDriver",
        packages: &["chromium-driver"],
        programs: &["chromedriver"],
        required_by: Some("USHER_REQUIRE_BROWSER"),
        loss: "every test in a browser",
    },
];

/// A tool that could not be had.
pub(crate) struct Missing {
    /// The tool.
    pub(crate) tool: &'static Tool,
    why: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DID NOT RUN for want of {}: {} ({})", self.tool.name, self.tool.loss, self.why)
    }
}

/// Makes sure that rustfmt and clippy are there.
pub(crate) fn get_components() -> anyhow::Result<()> {
    let absent = || {
        ["fmt", "clippy"].into_iter().any(|name| !succeeds(Command::new("cargo").args([name, "--version"])))
    };
    if !absent() {
        return Ok(());
    }
    println!("rustfmt or clippy is missing: rustup component add rustfmt clippy");
    succeeds(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]));
    anyhow::ensure!(!absent(), "rustfmt and clippy are needed: rustup component add rustfmt clippy");
    Ok(())
}

/// Makes sure that the tools are there; those that could not be had.
pub(crate) fn get_tools(tools: &'static [Tool]) -> anyhow::Result<Vec<Missing>> {
    let absent = || tools.iter().filter(|tool| !is_there(tool));
    let packages: Vec<&str> = absent().flat_map(|tool| tool.packages.iter().copied()).collect();
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let why = match Apt::find() {
        Ok(apt) => {
            println!("Missing, installing with apt: {}", packages.join(" "));
            apt.install(&packages)?;
            "apt-get could not install it".to_owned()
        }
        Err(why) => why.to_owned(),
    };
    Ok(absent()
        .map(|tool| Missing { tool, why: format!("packages {}: {why}", tool.packages.join(" ")) })
        .collect())
}

/// The right to install packages.
struct Apt {
    /// What a command starts with.
    prefix: &'static [&'static str],
}

impl Apt {
    fn find() -> Result<Self, &'static str> {
        if find_program("apt-get").is_none() {
            return Err("no apt-get here; install it by hand");
        }
        let is_root =
            Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
        if is_root {
            return Ok(Self { prefix: &["env"] });
        }
        if succeeds(Command::new("sudo").args(["-n", "true"])) {
            return Ok(Self { prefix: &["sudo", "-n", "env"] });
        }
        Err("neither root nor sudo without a password; install it by hand")
    }

    /// Installs these packages; where not all can be had, as many as can. What is there afterwards is for the caller to see.
    fn install(&self, packages: &[&str]) -> anyhow::Result<()> {
        const INSTALL: &[&str] = &["install", "--yes", "--no-install-recommends"];
        if self.get(INSTALL, packages)? {
            return Ok(());
        }
        println!("The package lists may be old: apt-get update");
        self.get(&["update"], &[])?;
        if self.get(INSTALL, packages)? {
            return Ok(());
        }
        for package in packages {
            self.get(INSTALL, &[package])?;
        }
        Ok(())
    }

    /// Runs apt-get; whether it succeeded.
    fn get(&self, arguments: &[&str], packages: &[&str]) -> anyhow::Result<bool> {
        let mut words =
            self.prefix.iter().copied().chain(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
        let program = words.next().context("an empty command")?;
        let mut command = Command::new(program);
        command.args(words).args(arguments).args(packages).stdin(Stdio::null());
        Ok(command.status().context("starting apt-get")?.success())
    }
}

fn is_there(tool: &Tool) -> bool {
    tool.programs.iter().any(|program| find_program(program).is_some())
}

/// The program of this name on the search path, or at this path.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    if program.starts_with('/') {
        return first_match(program);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// A file at this path, in which one `*` may stand for any folder.
fn first_match(pattern: &str) -> Option<PathBuf> {
    let Some((folder, rest)) = pattern.split_once("/*/") else {
        let path = PathBuf::from(pattern);
        return path.is_file().then_some(path);
    };
    let entries = Path::new(folder).read_dir().ok()?;
    entries.filter_map(Result::ok).map(|entry| entry.path().join(rest)).find(|path| path.is_file())
}

/// Whether a command can be started and ends well. What it says is not shown.
fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_name_and_by_pattern() {
        assert!(find_program("sh").is_some());
        assert!(find_program("no-such-program").is_none());
        assert!(find_program("/no/such/*/program").is_none());
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/*/main.rs");
        assert!(first_match(manifest).is_some());
    }

    #[test]
    fn what_is_missing_is_told_with_what_it_costs() {
        let tool = TOOLS.iter().find(|tool| tool.name == "PostgreSQL").unwrap();
        let text = Missing { tool, why: "no apt-get here".to_owned() }.to_string();
        assert_eq!(text, "DID NOT RUN for want of PostgreSQL: every test on PostgreSQL (no apt-get here)");
    }
}
