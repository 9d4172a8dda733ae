//! The clients and how each is run: from a copy of `interop/` below the target folder, where their packages are installed by
//! their lock files, so that nothing that is downloaded lies in the repository.

use super::report::{self, Outcome};
use super::runtimes::{Runtimes, says};
use super::server::Server;
use anyhow::Context as _;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A client that somebody else wrote.
pub(super) struct Client {
    /// Its name.
    pub(super) name: &'static str,
    /// The folder of its tests in `interop/`.
    folder: &'static str,
    runner: Runner,
}

#[derive(Clone, Copy)]
enum Runner {
    Node,
    Go,
}

/// All of them.
pub(super) const CLIENTS: &[Client] = &[
    Client { name: "openid-client", folder: "node", runner: Runner::Node },
    Client { name: "oidc-client-ts", folder: "browser", runner: Runner::Node },
    Client { name: "x/oauth2 and go-oidc", folder: "go", runner: Runner::Go },
];

/// The copy that they run in.
pub(super) struct Workshop<'a> {
    folder: PathBuf,
    runtimes: &'a Runtimes,
}

impl<'a> Workshop<'a> {
    /// Lays out the copy below this folder and installs the clients.
    pub(super) fn open(root: &Path, work: &Path, runtimes: &'a Runtimes) -> anyhow::Result<Self> {
        let folder = work.join("clients");
        renew(&root.join("interop"), &folder)?;
        let workshop = Self { folder, runtimes };
        workshop.install_packages()?;
        Ok(workshop)
    }

    /// Installs what `package-lock.json` names, unless it is there already.
    fn install_packages(&self) -> anyhow::Result<()> {
        let wanted = fs::read(self.folder.join("package-lock.json")).context("interop/package-lock.json")?;
        let mark = self.folder.join("node_modules/.usher-interop");
        if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
        says(npm.current_dir(&self.folder)).context("installing the clients with npm")?;
        fs::write(mark, wanted)?;
        Ok(())
    }

    /// Runs a client against a server; what it did.
    pub(super) fn run(&self, client: &Client, server: &Server) -> anyhow::Result<Vec<Outcome>> {
        let mut command = match client.runner {
            Runner::Node => self.node(client)?,
            Runner::Go => self.go(),
        };
        command.current_dir(self.folder.join(client.folder)).stdin(Stdio::null());
        command.env("INTEROP_ISSUER", &server.issuer).env("INTEROP_KEY", &server.key);
        command.env("INTEROP_SITE", server.site.to_string());
        let output = command.output().with_context(|| format!("starting {command:?}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let mut outcomes = match client.runner {
            Runner::Node => report::of_node(client.name, &said),
            Runner::Go => report::of_go(client.name, &said),
        };
        let explained = outcomes.iter().any(|outcome| outcome.failure.is_some());
        if outcomes.is_empty() || (!output.status.success() && !explained) {
            let failure = format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
            let (mode, name) = ("all".to_owned(), "the tests run to their end".to_owned());
            outcomes.push(Outcome { client: client.name, mode, name, failure: Some(failure) });
        }
        Ok(outcomes)
    }

    fn node(&self, client: &Client) -> anyhow::Result<Command> {
        let mut command = Command::new(&self.runtimes.node);
        // Every file of the browser's client has its pages at the same port.
        command.args(["--test", "--test-concurrency=1", "--test-timeout=120000"]);
        command.arg("--test-reporter").arg(self.folder.join("report.mjs"));
        let mut files: Vec<PathBuf> = entries(&self.folder.join(client.folder))?;
        files.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
        Ok(with_sorted(command, files))
    }

    fn go(&self) -> Command {
        let mut command = Command::new(&self.runtimes.go);
        command.args(["test", "-json", "-count=1", "-timeout=120s", "-mod=readonly", "./..."]);
        let home = self.folder.with_file_name("go");
        command
            .env("GOPATH", &home)
            .env("GOMODCACHE", home.join("modules"))
            .env("GOCACHE", home.join("build"));
        command.env("GOTOOLCHAIN", "local").env("GOFLAGS", "-modcacherw").env("CGO_ENABLED", "0");
        command.env_remove("GOROOT");
        command
    }
}

fn with_sorted(mut command: Command, mut files: Vec<PathBuf>) -> Command {
    files.sort();
    command.args(files);
    command
}

/// Makes a folder's files those of another; installed packages stay.
fn renew(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    let kept = OsStr::new("node_modules");
    for old in entries(to)?.into_iter().filter(|path| path.file_name() != Some(kept)) {
        if old.is_dir() { fs::remove_dir_all(&old)? } else { fs::remove_file(&old)? }
    }
    copy(from, to)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for path in entries(from)? {
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renewed_copy_has_the_files_that_are_there_now_and_the_packages_it_had() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(from.path().join("node")).unwrap();
        fs::write(from.path().join("node/a.test.mjs"), "a").unwrap();
        fs::create_dir(to.path().join("node_modules")).unwrap();
        fs::create_dir(to.path().join("gone")).unwrap();
        fs::write(to.path().join("gone/b.test.mjs"), "b").unwrap();
        renew(from.path(), to.path()).unwrap();
        assert_eq!(fs::read(to.path().join("node/a.test.mjs")).unwrap(), b"a");
        assert!(to.path().join("node_modules").is_dir());
        assert!(!to.path().join("gone").exists());
    }
}
