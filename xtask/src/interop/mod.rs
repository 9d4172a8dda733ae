//! `cargo xtask interop`: clients that other people wrote, unmodified and from their registries, against a running usher.
//!
//! It gets the runtimes that the clients need ([`runtimes`]), lays them out under the target folder ([`suites`]), starts the server
//! with the applications of `interop/usher.toml` ([`server`]), and shows what every client did in every mode ([`report`]). What is
//! asserted stands in `interop/`, in each client's own language.

mod report;
mod runtimes;
mod server;
mod suites;

use crate::machine::{self, Tool};
use anyhow::{Context as _, ensure};
use runtimes::Runtimes;
use server::Server;
use std::path::{Path, PathBuf};
use std::process::Command;
use suites::Workshop;

/// How it is called.
pub(crate) const USAGE: &str =
    "cargo xtask interop           other people's clients, from their registries, against a running server";

const TOOLS: &[Tool] = &[
    Tool {
        name: "Node.js",
        packages: &["nodejs"],
        programs: &["node"],
        required_by: None,
        loss: "openid-client and oidc-client-ts",
    },
    Tool {
        name: "npm",
        packages: &["npm"],
        programs: &["npm"],
        required_by: None,
        loss: "openid-client and oidc-client-ts",
    },
    Tool {
        name: "Go",
        packages: &["golang-go"],
        programs: runtimes::GO_PROGRAMS,
        required_by: None,
        loss: "golang.org/x/oauth2 and go-oidc",
    },
    Tool {
        name: "Chromium",
        packages: &["chromium"],
        programs: &["chromium"],
        required_by: None,
        loss: "oidc-client-ts",
    },
    Tool {
        name: "ChromeDriver",
        packages: &["chromium-driver"],
        programs: &["chromedriver"],
        required_by: None,
        loss: "oidc-client-ts",
    },
];

/// Runs every client; whether all of them passed.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let missing = machine::get_tools(TOOLS)?;
    if !missing.is_empty() {
        for absent in missing {
            println!("{absent}");
        }
        return Ok(false);
    }
    let target = target()?;
    let work = target.join("interop");
    let runtimes = Runtimes::get(&work)?;
    let workshop = Workshop::open(root, &work, &runtimes)?;
    let program = build(root, &target)?;
    let server = Server::start(&program, &root.join("interop/usher.toml"))?;
    let mut results = Vec::new();
    for client in suites::CLIENTS {
        println!("running {}", client.name);
        results.extend(workshop.run(client, &server)?);
    }
    let log = work.join("usher.log");
    std::fs::write(&log, server.log())?;
    let failures = results.iter().filter_map(|result| Some((result, result.failure.as_ref()?)));
    for (result, failure) in failures.clone() {
        println!("\n{result}\n{failure}");
    }
    let failed = failures.count();
    println!("\n{}\n", report::table(&results));
    if failed > 0 {
        println!("The server's log is {}", log.display());
    }
    println!("{} passed, {failed} failed", results.len() - failed);
    Ok(failed == 0 && !results.is_empty())
}

/// Builds the server as the tests build it; its program.
fn build(root: &Path, target: &Path) -> anyhow::Result<PathBuf> {
    let arguments = ["build", "--quiet", "--locked", "--package", "usher"];
    let status =
        Command::new("cargo").args(arguments).current_dir(root).status().context("starting cargo")?;
    ensure!(status.success(), "the server could not be built: cargo {}", arguments.join(" "));
    Ok(target.join("debug/usher"))
}

/// The folder of everything that is built: this program lies in one of its profiles' folders.
fn target() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent).context("this program lies in no target folder")?;
    Ok(target.to_owned())
}
