//! The workspace's own files, read once: what a check looks at. Build results and fuzz corpora are left out.

use crate::source::{Token, tokens};
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the project's own text lies.
const FOLDERS: &[&str] = &["crates", "xtask", "fuzz", "interop", ".ci"];
/// Folders inside them that hold no text of ours.
const LEFT_OUT: &[&str] = &["target", "corpus", "artifacts", "node_modules"];
/// Files that are text of ours; `run` is the script of the continuous integration.
const KINDS: &[&str] = &["rs", "toml", "sql", "html", "css", "js", "ftl", "sh", "mjs", "go"];
/// Crates that only tests use.
pub(crate) const TEST_CRATES: &[&str] = &["usher-test", "usher-testdb"];

/// The files of the workspace.
pub(crate) struct Tree {
    /// The workspace's folder.
    pub(crate) root: PathBuf,
    /// Its files, by path.
    pub(crate) files: Vec<File>,
}

/// One file.
pub(crate) struct File {
    /// Its path from the workspace's folder, with `/`.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
    /// Its tokens if it is Rust; else, or if it cannot be read, none.
    pub(crate) tokens: Vec<Token>,
    /// Why it cannot be read as Rust, and in which line.
    pub(crate) broken: Option<(usize, String)>,
    /// Whether all of it is for tests: integration tests, examples, the crates that only tests use.
    pub(crate) is_test: bool,
}

impl Tree {
    /// Reads the workspace in this folder.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut texts = Vec::new();
        for folder in FOLDERS {
            collect(root, &root.join(folder), &mut texts)?;
        }
        texts.sort();
        Ok(Self::of(root, texts))
    }

    fn of(root: &Path, texts: Vec<(String, String)>) -> Self {
        let mut files: Vec<File> = texts.into_iter().map(|(path, text)| File::new(path, text)).collect();
        let for_tests: BTreeSet<String> = files.iter().flat_map(test_modules).collect();
        for file in &mut files {
            let module = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
            file.is_test = file.is_test
                || Path::new(module).ancestors().any(|a| a.to_str().is_some_and(|a| for_tests.contains(a)));
        }
        Self { root: root.to_owned(), files }
    }

    /// A workspace of these paths and texts.
    #[cfg(test)]
    pub(crate) fn from_texts(texts: &[(&str, &str)]) -> Self {
        Self::of(
            Path::new("."),
            texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect(),
        )
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        let mut file = Self { is_test: is_test_path(&path), path, text, tokens: Vec::new(), broken: None };
        if file.is_rust() {
            match tokens(&file.text) {
                Ok(tokens) => file.tokens = tokens,
                Err(why) => file.broken = Some(why),
            }
        }
        file
    }

    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    /// Whether its name ends so.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|e| e == extension)
    }

    /// The folder's name of the crate that it belongs to.
    pub(crate) fn crate_name(&self) -> &str {
        let mut parts = self.path.split('/');
        match parts.next() {
            Some("crates") => parts.next().unwrap_or_default(),
            Some(first) => first,
            None => "",
        }
    }

    /// The tokens of the program, without those for tests.
    pub(crate) fn program(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| !self.is_test && !token.is_test)
    }
}

fn is_test_path(path: &str) -> bool {
    path.split('/').any(|part| {
        matches!(part, "tests" | "tests.rs" | "benches" | "examples") || TEST_CRATES.contains(&part)
    })
}

/// The modules that this file declares for tests only, as paths without the ending.
fn test_modules(file: &File) -> Vec<String> {
    let stem = file.path.trim_end_matches(".rs");
    let folder = ["/mod", "/lib", "/main"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
    let declared = file.tokens.windows(3).filter(|three| match three {
        [word, _, end] => word.is_test && word.is("mod") && end.kind == crate::source::Kind::Punct(';'),
        _ => false,
    });
    declared.filter_map(|three| Some(format!("{folder}/{}", three.get(1)?.ident()?))).collect()
}

fn collect(root: &Path, folder: &Path, texts: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) {
                collect(root, &path, texts)?;
            }
        } else if KINDS.iter().any(|kind| path.extension().is_some_and(|e| e == *kind)) || name == "run" {
            let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
            let relative = path.strip_prefix(root).unwrap_or(&path);
            texts.push((relative.to_string_lossy().replace('\\', "/"), text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_declared_for_tests_is_one_whatever_its_name() {
        let tree = Tree::from_texts(&[
            ("crates/a/src/lib.rs", "#[cfg(test)] mod fixtures; mod real;"),
            ("crates/a/src/fixtures.rs", ""),
            ("crates/a/src/real.rs", "#[cfg(test)]\nmod sample;"),
            ("crates/a/src/real/sample/mod.rs", ""),
            ("crates/a/tests/x.rs", ""),
            ("crates/usher-testdb/src/lib.rs", ""),
        ]);
        let tests: Vec<bool> = tree.files.iter().map(|f| f.is_test).collect();
        assert_eq!(tests, [false, true, false, true, true, true]);
    }

    #[test]
    fn a_file_knows_its_crate() {
        let tree = Tree::from_texts(&[("crates/usher-core/src/lib.rs", ""), ("xtask/src/main.rs", "")]);
        let names: Vec<&str> = tree.files.iter().map(File::crate_name).collect();
        assert_eq!(names, ["usher-core", "xtask"]);
    }
}
