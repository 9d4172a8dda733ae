//! The runtimes of the clients: what is installed where it is new enough, else a newer one by name, from the registry that the
//! runtime's own packages come from. Debian 12 has Node.js 18 and Go 1.19, which today's releases of the clients do not run on.

use crate::machine;
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Go may lie: Debian puts it on the search path, Go's own archive does not.
pub(super) const GO_PROGRAMS: &[&str] = &["go", "/usr/local/go/bin/go"];

/// The oldest Node.js that openid-client 6 runs on.
const OLDEST_NODE: [u32; 2] = [20, 0];
/// The one that is installed in place of an older one: the npm packages `node-<system>-<processor>` carry the program.
const NODE: &str = "22.23.3";
/// The oldest Go that the modules in `interop/go` build with.
const OLDEST_GO: [u32; 2] = [1, 26];
/// The one that is installed in place of an older one: the module `golang.org/toolchain` carries it.
const GO: &str = "1.26.8";

/// The programs that run the clients.
pub(super) struct Runtimes {
    /// Node.js.
    pub(super) node: PathBuf,
    /// Go.
    pub(super) go: PathBuf,
}

impl Runtimes {
    /// Finds them, and installs below this folder what is too old.
    pub(super) fn get(work: &Path) -> anyhow::Result<Self> {
        Ok(Self { node: node(work)?, go: go(work)? })
    }
}

fn node(work: &Path) -> anyhow::Result<PathBuf> {
    let installed = machine::find_program("node").context("node is not there")?;
    if is_at_least(&says(Command::new(&installed).arg("--version"))?, OLDEST_NODE) {
        return Ok(installed);
    }
    let processor = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "x64" };
    let package = format!("node-linux-{processor}");
    let folder = work.join("node");
    let program = folder.join("node_modules").join(&package).join("bin/node");
    if !program.is_file() {
        println!("Node.js is too old here, installing with npm: {package}@{NODE}");
        std::fs::create_dir_all(&folder)?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-save", "--loglevel=error", "--prefix"]);
        says(npm.arg(&folder).arg(format!("{package}@{NODE}")))?;
    }
    Ok(program)
}

fn go(work: &Path) -> anyhow::Result<PathBuf> {
    let installed = GO_PROGRAMS.iter().find_map(|program| machine::find_program(program));
    let installed = installed.context("go is not there")?;
    let mut version = Command::new(&installed);
    // "go version go1.26.8 linux/amd64"
    let version = says(version.arg("version").env("GOTOOLCHAIN", "local"))?;
    if is_at_least(version.trim_start_matches("go version go"), OLDEST_GO) {
        return Ok(installed);
    }
    let processor = if std::env::consts::ARCH == "aarch64" { "arm64" } else { "amd64" };
    let release = format!("v0.0.1-go{GO}.linux-{processor}");
    let modules = work.join("go-toolchain");
    let folder = modules.join(format!("golang.org/toolchain@{release}"));
    let program = folder.join("bin/go");
    if !program.is_file() {
        println!("Go is too old here, downloading the module golang.org/toolchain@{release}");
        std::fs::create_dir_all(&modules)?;
        let mut download = Command::new(&installed);
        download.args(["mod", "download", &format!("golang.org/toolchain@{release}")]).current_dir(&modules);
        download.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-modcacherw").env("GOMODCACHE", &modules);
        says(&mut download)?;
        // Files of a module are not executable.
        let tools = [folder.join("bin"), folder.join("pkg/tool")];
        says(Command::new("chmod").args(["-R", "a+x"]).args(tools))?;
    }
    Ok(program)
}

/// Runs a command to its end; what it wrote to its output.
pub(super) fn says(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed:\n{errors}");
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a version such as `v20.1.2` or `1.26 linux/amd64` is this one or a later one.
fn is_at_least(version: &str, oldest: [u32; 2]) -> bool {
    let mut numbers = version.trim_start_matches('v').split(|sign: char| !sign.is_ascii_digit());
    let mut next = || numbers.next().and_then(|number| number.parse::<u32>().ok());
    next().zip(next()).is_some_and(|(major, minor)| [major, minor] >= oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(is_at_least("v20.20.2", [20, 0]) && is_at_least("v100.0.0", [20, 0]));
        assert!(is_at_least("1.26.8 linux/amd64", [1, 26]) && is_at_least("1.100rc1 linux/arm64", [1, 26]));
        assert!(!is_at_least("v18.19.0", [20, 0]) && !is_at_least("1.9.7 linux/amd64", [1, 26]));
        assert!(!is_at_least("devel", [1, 26]) && !is_at_least("", [1, 26]));
    }

    #[test]
    fn a_command_that_fails_tells_what_it_said() {
        let error = says(Command::new("sh").args(["-c", "echo no good >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().ends_with("failed:\nno good\n"), "{error}");
        assert_eq!(says(Command::new("echo").arg("good")).unwrap(), "good");
    }
}
