//! Which crate may use which. The table here is the architecture's only statement of it: an import never points up, and no
//! door sees another. What a crate uses in its tests is not restricted.

use super::{Finding, line_of};
use crate::tree::{File, TEST_CRATES, Tree};
use anyhow::Context as _;

/// Crate, and the crates of the workspace that it may use.
const EDGES: &[(&str, &[&str])] = &[
    ("usher-types", &[]),
    ("usher-crypto", &["usher-types"]),
    ("usher-store", &["usher-types"]),
    ("usher-core", &["usher-types", "usher-crypto", "usher-store"]),
    ("usher-oauth", &["usher-types", "usher-crypto", "usher-store", "usher-core"]),
    ("usher-pages", &["usher-types", "usher-crypto", "usher-store", "usher-core"]),
    ("usher-admin", &["usher-types", "usher-crypto", "usher-store", "usher-core"]),
    ("usher-demo", &["usher-types", "usher-crypto"]),
    (
        "usher",
        &[
            "usher-types",
            "usher-crypto",
            "usher-store",
            "usher-core",
            "usher-admin",
            "usher-oauth",
            "usher-pages",
            "usher-demo",
        ],
    ),
];

/// Crates that serve the work on the project and no program: they may use whatever is there, and nothing that is shipped uses
/// them. Unlike [`TEST_CRATES`] they are held to every other rule.
const DEV_CRATES: &[&str] = &["usher-fuzz"];

pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let manifests = tree
        .files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml"));
    for manifest in manifests {
        check_manifest(manifest, &mut findings).with_context(|| format!("reading {}", manifest.path))?;
    }
    Ok(findings)
}

fn check_manifest(manifest: &File, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    let table: toml::Table = manifest.text.parse()?;
    let name = manifest.crate_name();
    if is_for_development(name) {
        return Ok(());
    }
    let Some((_, allowed)) = EDGES.iter().find(|(from, _)| *from == name) else {
        findings.push(Finding::new(
            &manifest.path,
            1,
            format!("the table of edges does not know the crate {name}"),
            "decide what it may use and who may use it: EDGES in xtask/src/check/edges.rs",
        ));
        return Ok(());
    };
    for dependency in dependencies(&table) {
        let is_ours = dependency.starts_with("usher") || dependency == "xtask";
        if !is_ours || allowed.contains(&dependency.as_str()) {
            continue;
        }
        let remedy = if is_for_development(&dependency) {
            "no program uses it: move it to [dev-dependencies]"
        } else {
            "move what both need down to a crate that both may use, or have usher hand it in"
        };
        let what = format!("{name} must not use {dependency}");
        findings.push(Finding::new(&manifest.path, line_of(manifest, &dependency), what, remedy));
    }
    Ok(())
}

fn is_for_development(name: &str) -> bool {
    TEST_CRATES.contains(&name) || DEV_CRATES.contains(&name)
}

/// The names of the crates that this manifest's program needs, on whatever platform.
fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = targets.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    let mut names = Vec::new();
    for table in tables.chain([manifest]) {
        for kind in ["dependencies", "build-dependencies"] {
            for (key, value) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
                let renamed = value.get("package").and_then(toml::Value::as_str);
                names.push(renamed.unwrap_or(key).to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(path: &str, manifest: &str) -> Vec<String> {
        let tree = Tree::from_texts(&[(path, manifest)]);
        check(&tree).unwrap().into_iter().map(|f| format!("{}: {}", f.line, f.what)).collect()
    }

    #[test]
    fn a_crate_uses_those_below_it() {
        assert!(
            whats(
                "crates/usher-core/Cargo.toml",
                "[dependencies]\nusher-store.workspace = true\nurl = \"2\""
            )
            .is_empty()
        );
    }

    #[test]
    fn a_door_sees_no_other_door_under_whatever_name() {
        let found = whats(
            "crates/usher-oauth/Cargo.toml",
            "[dependencies]\npages = { package = \"usher-pages\", path = \"..\" }",
        );
        assert_eq!(found, ["2: usher-oauth must not use usher-pages"]);
        let found = whats(
            "crates/usher-types/Cargo.toml",
            "[target.'cfg(unix)'.dependencies]\nusher-core.workspace = true",
        );
        assert_eq!(found, ["2: usher-types must not use usher-core"]);
    }

    #[test]
    fn test_crates_are_for_tests() {
        assert_eq!(
            whats("crates/usher/Cargo.toml", "[dependencies]\nusher-test.workspace = true"),
            ["2: usher must not use usher-test"]
        );
        assert!(
            whats("crates/usher/Cargo.toml", "[dev-dependencies]\nusher-test.workspace = true").is_empty()
        );
        assert!(whats("crates/usher-test/Cargo.toml", "[dependencies]\nusher.workspace = true").is_empty());
    }

    #[test]
    fn what_serves_development_uses_everything_and_is_used_by_nothing_that_is_shipped() {
        assert!(whats("crates/usher-fuzz/Cargo.toml", "[dependencies]\nusher.workspace = true").is_empty());
        assert_eq!(
            whats("crates/usher-oauth/Cargo.toml", "[dependencies]\nusher-fuzz.workspace = true"),
            ["2: usher-oauth must not use usher-fuzz"]
        );
    }

    #[test]
    fn a_new_crate_must_be_entered() {
        assert_eq!(whats("crates/usher-saml/Cargo.toml", "").len(), 1);
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (at, (_, uses)) in EDGES.iter().enumerate() {
            let below: Vec<&str> = EDGES.iter().take(at).map(|(name, _)| *name).collect();
            assert!(uses.iter().all(|used| below.contains(used)));
        }
    }
}
