//! What the shipped program must not be built of, and where everything comes from. Says which way a refused crate came in.

use super::Finding;
use crate::tree::Tree;
use anyhow::Context as _;
use std::path::Path;
use std::process::Command;

/// Crates that the program does without, and why.
const REFUSED: &[(&str, &str)] = &[
    (
        "ring",
        "one cryptographic library, aws-lc-rs: two mean two sets of flaws, and rustls cannot choose between two",
    ),
    ("rsa", "its private key operations leak by their timing and have no fix (RUSTSEC-2023-0071)"),
    ("openssl-sys", "the program links nothing but the C library"),
    ("native-tls", "TLS is rustls; this one brings OpenSSL"),
];
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
const LOCK: &str = "Cargo.lock";

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let lock = std::fs::read_to_string(tree.root.join(LOCK)).with_context(|| format!("reading {LOCK}"))?;
    let mut findings = foreign_sources(&lock)?;
    // Only where the lock file, which knows tests and unused features too, holds a refused crate is the question asked that
    // needs every package at hand: is it part of the program?
    for (name, why) in REFUSED.iter().filter(|(name, _)| line_of_package(&lock, name).is_some()) {
        let way = way_in(&tree.root, name)?;
        if !way.is_empty() {
            let what = format!("usher is built of {name}: {}", way.join(" <- "));
            let line = line_of_package(&lock, name).unwrap_or(1);
            findings.push(Finding::new(
                LOCK,
                line,
                what,
                format!("switch off the feature that brings it; {why}"),
            ));
        }
    }
    Ok(findings)
}

/// Packages that come from elsewhere than the registry or the workspace.
fn foreign_sources(lock: &str) -> anyhow::Result<Vec<Finding>> {
    let table: toml::Table = lock.parse().with_context(|| format!("reading {LOCK}"))?;
    let packages = table.get("package").and_then(toml::Value::as_array);
    let mut findings = Vec::new();
    for package in packages.into_iter().flatten() {
        let field = |key| package.get(key).and_then(toml::Value::as_str);
        let (Some(name), Some(source)) = (field("name"), field("source")) else { continue };
        if source != REGISTRY || field("checksum").is_none() {
            let line = line_of_package(lock, name).unwrap_or(1);
            let what = format!("{name} comes from {source}");
            findings.push(Finding::new(
                LOCK,
                line,
                what,
                "take it from crates.io, where a version stays what it is",
            ));
        }
    }
    Ok(findings)
}

fn line_of_package(lock: &str, name: &str) -> Option<usize> {
    let wanted = format!("name = \"{name}\"");
    lock.lines().position(|line| line == wanted).map(|at| at + 1)
}

/// The packages from this one up to usher by which the program comes to be built of it; none if it does not.
fn way_in(root: &Path, name: &str) -> anyhow::Result<Vec<String>> {
    let output = Command::new("cargo")
        .args([
            "tree",
            "--locked",
            "--package",
            "usher",
            "--edges",
            "normal",
            "--prefix",
            "depth",
            "--format",
            " {p}",
        ])
        .current_dir(root)
        .output()
        .context("running cargo tree")?;
    anyhow::ensure!(
        output.status.success(),
        "cargo tree --locked --package usher: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(way_to(&String::from_utf8_lossy(&output.stdout), name))
}

/// The way up from the first package of this name in a tree whose lines are `<depth> <name> v<version>`.
fn way_to(tree: &str, name: &str) -> Vec<String> {
    let mut way: Vec<String> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(Ok(depth)), Some(package)) = (words.next().map(str::parse::<usize>), words.next()) else {
            continue;
        };
        way.truncate(depth);
        way.push(package.to_owned());
        if package == name {
            way.reverse();
            return way;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_in_is_told() {
        let tree = "0 usher v0.1.0 (/x)\n1 a v1\n2 b v1\n1 c v1\n2 ring v0.17\n2 d v1 (*)";
        assert_eq!(way_to(tree, "ring"), ["ring", "c", "usher"]);
        assert!(way_to(tree, "rsa").is_empty());
    }

    #[test]
    fn packages_come_from_the_registry_or_the_workspace() {
        let registry = format!("source = \"{REGISTRY}\"\nchecksum = \"1\"");
        let lock = format!("[[package]]\nname = \"a\"\n{registry}\n[[package]]\nname = \"usher\"\n");
        assert!(foreign_sources(&lock).unwrap().is_empty());
        let lock = format!("{lock}[[package]]\nname = \"b\"\nsource = \"git+https://example.org/b\"\n");
        let found = foreign_sources(&lock).unwrap();
        assert_eq!((found.len(), found[0].line), (1, 8));
    }
}
