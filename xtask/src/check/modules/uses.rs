//! Which top-level module of a crate uses which, read from paths as they are written: `crate::a::b`, `super::super::a`, and
//! `crate::Name` where the crate's root takes `Name` from a module. Calls of methods say nothing here, and need not: a value's
//! type had to be named somewhere.

use crate::source::{Kind, Token};
use crate::tree::{File, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// What the crate's root file is called among its modules.
pub(super) const ROOT: &str = "(root)";

/// What uses what.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// User and used, with the first place that shows it.
    pub(super) edges: BTreeMap<(String, String), Place>,
    /// Paths that do not say what they use.
    pub(super) unclear: Vec<(Place, String)>,
}

/// A line of a file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) line: usize,
}

/// The names of a crate at its root.
struct Names {
    modules: BTreeSet<String>,
    /// Names that the root takes from a module, and macros that a module puts there.
    passed_on: BTreeMap<String, String>,
}

/// Reads the program of the crate in this folder. Where it has a library, that is the crate and main.rs only its user.
pub(super) fn read(tree: &Tree, crate_name: &str) -> Uses {
    let folder =
        if crate_name == "xtask" { "xtask/src/".to_owned() } else { format!("crates/{crate_name}/src/") };
    let all: Vec<(&File, Vec<&str>)> = tree
        .rust()
        .filter(|file| !file.is_test)
        .filter_map(|file| Some((file, module_path(file.path.strip_prefix(&folder)?))))
        .collect();
    let has_library = all.iter().any(|(file, _)| file.path.ends_with("src/lib.rs"));
    let files: Vec<(&File, Vec<&str>)> =
        all.into_iter().filter(|(file, _)| !has_library || !file.path.ends_with("src/main.rs")).collect();

    let names = names(&files);
    let mut uses = Uses::default();
    for (file, path) in &files {
        let tokens: Vec<&Token> = file.program().collect();
        let from = path.first().copied().unwrap_or(ROOT);
        let found =
            if path.is_empty() { used_by_root(&tokens, &names) } else { used_by_module(&tokens, path.len()) };
        for (name, line) in found {
            let place = Place { path: file.path.clone(), line };
            if name == "*" {
                uses.unclear.push((
                    place,
                    "takes everything from the crate's root, so what it uses cannot be seen".to_owned(),
                ));
                continue;
            }
            let to =
                names.modules.get(&name).or_else(|| names.passed_on.get(&name)).map_or(ROOT, String::as_str);
            if to != from {
                uses.edges.entry((from.to_owned(), to.to_owned())).or_insert(place);
            }
        }
    }
    uses
}

/// The module that a file is, from its path below `src/`; none for the root.
fn module_path(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if parts.last() == Some(&"mod") || matches!(parts.as_slice(), ["lib" | "main"]) {
        parts.pop();
    }
    parts
}

fn names(files: &[(&File, Vec<&str>)]) -> Names {
    let modules: BTreeSet<String> =
        files.iter().filter_map(|(_, path)| Some((*path.first()?).to_owned())).collect();
    let mut passed_on = BTreeMap::new();
    for (file, path) in files {
        let tokens: Vec<&Token> = file.program().collect();
        if let Some(module) = path.first() {
            passed_on.extend(exported_macros(&tokens).map(|name| (name.to_owned(), (*module).to_owned())));
            continue;
        }
        for at in (0..tokens.len()).filter(|at| tokens.get(*at).is_some_and(|token| token.is("use"))) {
            for leaf in leaves(&tokens, at + 1).into_iter().filter(|leaf| leaf.name != "*") {
                let mut way = leaf.path.iter().copied().skip_while(|part| matches!(*part, "self" | "crate"));
                let module = way.next().filter(|module| modules.contains(*module));
                if let Some(module) = module {
                    passed_on.insert(leaf.name.to_owned(), module.to_owned());
                }
            }
        }
    }
    Names { modules, passed_on }
}

/// The macros that a file puts at the crate's root.
fn exported_macros<'a>(tokens: &'a [&Token]) -> impl Iterator<Item = &'a str> {
    let exports = tokens.iter().enumerate().filter(|(_, token)| token.is("macro_export"));
    exports.filter_map(|(at, _)| {
        let name = tokens.iter().skip(at).skip_while(|token| !token.is("macro_rules")).nth(2)?;
        name.ident()
    })
}

/// The names at the crate's root that a module's file uses, with their lines. `depth` is how deep below the root the file is.
fn used_by_module(tokens: &[&Token], depth: usize) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let mut end = at + 1;
        let is_separator = |at: usize| tokens.get(at).is_some_and(|token| token.kind == Kind::PathSeparator);
        if token.is("super") && is_separator(end) {
            let mut up = 1;
            while tokens.get(end + 1).is_some_and(|token| token.is("super")) && is_separator(end + 2) {
                up += 1;
                end += 2;
            }
            if up == depth + token.inline_modules {
                found.extend(first_names(tokens, end + 1));
            }
        } else if token.is("crate") && is_separator(end) {
            found.extend(first_names(tokens, end + 1));
        }
        at = end;
    }
    found
}

/// The modules that the root's own code uses. Declaring modules and passing their names on is what a root is for.
fn used_by_root(tokens: &[&Token], names: &Names) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is("use") || token.is("mod") {
            at += tokens.iter().skip(at).take_while(|token| !matches!(token.kind, Kind::Punct(';'))).count();
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|token| &token.kind);
        let is_start = !matches!(before, Some(Kind::PathSeparator | Kind::Punct('.')));
        let next_is_separator = tokens.get(at + 1).is_some_and(|token| token.kind == Kind::PathSeparator);
        if let Some(name) = token.ident().filter(|_| is_start) {
            let is_module = names.modules.contains(name) && next_is_separator;
            if is_module || names.passed_on.contains_key(name) {
                found.push((name.to_owned(), token.line));
            }
        }
        at += 1;
    }
    found
}

/// The first names of the path, or of each path of the braces, that goes on here.
fn first_names(tokens: &[&Token], at: usize) -> Vec<(String, usize)> {
    let line = tokens.get(at).map_or(1, |token| token.line);
    leaves(tokens, at).into_iter().filter_map(|leaf| Some(((*leaf.path.first()?).to_owned(), line))).collect()
}

struct Leaf<'a> {
    path: Vec<&'a str>,
    /// What it is called where it is used.
    name: &'a str,
}

/// The paths of a tree such as `a::{b, c::{self, D as E}, f::*}` that starts here.
fn leaves<'a>(tokens: &[&'a Token], start: usize) -> Vec<Leaf<'a>> {
    let mut found = Vec::new();
    read_tree(tokens, start, &[], &mut found);
    found
}

/// Reads one tree below a prefix; where it ends.
fn read_tree<'a>(tokens: &[&'a Token], start: usize, prefix: &[&'a str], found: &mut Vec<Leaf<'a>>) -> usize {
    let mut path = prefix.to_vec();
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match &token.kind {
            Kind::Ident(name) => {
                path.push(name);
                if tokens.get(at).is_some_and(|next| next.kind == Kind::PathSeparator) {
                    at += 1;
                    continue;
                }
            }
            Kind::Punct('*') => path.push("*"),
            Kind::Open('{') => {
                while tokens.get(at).is_some_and(|next| next.kind != Kind::Close('}')) {
                    at = read_tree(tokens, at, &path, found).max(at + 1);
                    at += usize::from(tokens.get(at).is_some_and(|next| next.kind == Kind::Punct(',')));
                }
                return at + 1;
            }
            // Generic arguments of an expression's path (`a::b::<C>`), or something that is no tree.
            _ => at -= 1,
        }
        break;
    }
    let renamed =
        tokens.get(at).is_some_and(|token| token.is("as")).then(|| tokens.get(at + 1)?.ident()).flatten();
    at += if renamed.is_some() { 2 } else { 0 };
    let own = path.iter().rev().find(|part| **part != "self").copied();
    if let Some(name) = renamed.or(own) {
        found.push(Leaf { path, name });
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<(String, &str)> =
            files.iter().map(|(path, text)| (format!("crates/x/src/{path}"), *text)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let uses = read(&Tree::from_texts(&files), "x");
        uses.edges.into_iter().map(|((from, to), place)| format!("{from} {to} {}", place.line)).collect()
    }

    #[test]
    fn paths_are_read_however_they_are_written() {
        let root = "mod a; mod b; mod c; mod d; mod e; mod f; pub use c::{self, Long as Short}; pub(crate) use self::d::*;";
        let a = "use crate::{b::{X, Y}, Short};\nfn f() { crate::e::g::<T>(); super::f::h() }";
        let rest = [("b.rs", ""), ("c.rs", ""), ("d.rs", ""), ("e.rs", ""), ("f.rs", "")];
        let files: Vec<_> = [("lib.rs", root), ("a/mod.rs", a)].into_iter().chain(rest).collect();
        assert_eq!(edges(&files), ["a b 1", "a c 1", "a e 2", "a f 2"]);
    }

    #[test]
    fn super_is_counted_through_files_and_inline_modules() {
        let deep = "use super::super::b; mod write { use super::Own; use super::super::Also; use super::super::super::c; }";
        let files = [
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a/deep.rs", deep),
            ("a/mod.rs", ""),
            ("b.rs", ""),
            ("c.rs", ""),
        ];
        assert_eq!(edges(&files), ["a b 1", "a c 1"]);
    }

    #[test]
    fn a_macro_at_the_root_belongs_to_the_module_that_exports_it() {
        let value = "#[macro_export]\nmacro_rules! params { () => { $crate::Value } }";
        let files = [
            ("lib.rs", "mod a; mod value; pub use value::Value;"),
            ("a.rs", "use crate::params;"),
            ("value.rs", value),
        ];
        assert_eq!(edges(&files), ["a value 1"]);
    }

    #[test]
    fn a_name_that_only_the_root_has_is_the_roots() {
        assert_eq!(
            edges(&[("lib.rs", "mod a; pub fn f() {}"), ("a.rs", "fn g() { crate::f() }")]),
            ["a (root) 1"]
        );
    }

    #[test]
    fn taking_everything_is_unclear() {
        let tree =
            Tree::from_texts(&[("crates/x/src/lib.rs", "mod a;"), ("crates/x/src/a.rs", "use crate::*;")]);
        assert_eq!(read(&tree, "x").unclear.len(), 1);
    }

    #[test]
    fn a_program_beside_a_library_is_its_user() {
        assert!(
            edges(&[("lib.rs", "mod a;"), ("a.rs", ""), ("main.rs", "mod a; fn main() { a::b() }")])
                .is_empty()
        );
    }
}
