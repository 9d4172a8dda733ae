//! `cargo xtask bench`: how fast the release server is, beside what the machine could do at best in the same minutes.
//!
//! Three processes take part, all built with optimisation: the server with its default, durable settings; two responders that do next
//! to nothing ([`baseline`]); and the load generator, which runs in here. They share the machine, and their turns alternate, so a ratio
//! between them means more than any figure alone. It is no test: it fails where an answer is wrong, never where one is slow.

mod baseline;
mod browser;
mod disk;
mod drive;
mod measure;
mod options;
mod process;
mod report;
mod scenario;
mod server;
mod site;
mod wire;

use anyhow::{Context as _, bail};
use options::Options;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How it is called.
pub(crate) const USAGE: &str = options::USAGE;

/// The name under which the optimised build of this program takes over.
const OPTIMISED: &str = "bench-run";

/// Runs `bench`, or one of the parts that it starts itself under names of their own.
pub(crate) fn run(root: &Path, name: &str, arguments: &[&str]) -> anyhow::Result<bool> {
    match name {
        "bench" => {
            let options = Options::parse(arguments)?;
            build(root, "usher")?;
            build(root, "xtask")?;
            // Built without optimisation, the load generator would take the processor's time that it is to measure.
            let status =
                Command::new(release()?.join("xtask")).arg(OPTIMISED).args(options.arguments()).status()?;
            Ok(status.success())
        }
        OPTIMISED => {
            let options = Options::parse(arguments)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(measure::measure(&options, &release()?))?;
            Ok(true)
        }
        _ => baseline::serve(name, arguments),
    }
}

fn build(root: &Path, package: &str) -> anyhow::Result<()> {
    eprintln!("building {package} for release");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release", "--locked", "--package", package]).current_dir(root);
    let status = cargo.status().context("cargo could not be started")?;
    if !status.success() {
        bail!("{package} could not be built: run cargo build --release --package {package}");
    }
    Ok(())
}

/// The folder of release builds: this program lies in it, or in the one of debug builds beside it.
fn release() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent).context("this program lies in no target folder")?;
    Ok(target.join("release"))
}
