//! Inside a crate the top-level modules use one another without a cycle, so that each can be understood, tested and moved
//! with nothing but those below it. What uses what is read by [`uses`]; this file looks for the cycles.

mod uses;

use super::Finding;
use crate::tree::{File, Tree};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uses::{Place, Uses};

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let crates: BTreeSet<&str> = tree.rust().filter(|file| !file.is_test).map(File::crate_name).collect();
    let mut findings = Vec::new();
    for name in crates {
        let uses = uses::read(tree, name);
        for (place, what) in &uses.unclear {
            findings.push(Finding::new(&place.path, place.line, what, "name what is used"));
        }
        findings.extend(knots(&uses).iter().map(|knot| finding(name, &uses, knot)));
    }
    Ok(findings)
}

fn finding(name: &str, uses: &Uses, knot: &Knot) -> Finding {
    let mut place = Place { path: String::new(), line: 1 };
    let mut steps = Vec::new();
    for (from, to) in knot.cycle.iter().zip(knot.cycle.iter().cycle().skip(1)) {
        if let Some(at) = uses.edges.get(&(from.clone(), to.clone())) {
            steps.push(format!("{from} uses {to} ({}:{})", at.path, at.line));
            place = at.clone();
        }
    }
    let mut what = format!("modules of {name} use one another in a circle: {}", steps.join(", "));
    if knot.members.len() > knot.cycle.len() {
        let members: Vec<&str> = knot.members.iter().map(String::as_str).collect();
        what = format!("{what}; it is part of a knot of {}", members.join(", "));
    }
    Finding::new(
        &place.path,
        place.line,
        what,
        "move what both need into a module below both, or hand it in as a parameter",
    )
}

/// Modules each of which reaches every other one.
#[derive(Debug, PartialEq, Eq)]
struct Knot {
    members: BTreeSet<String>,
    /// A shortest circle among them.
    cycle: Vec<String>,
}

fn knots(uses: &Uses) -> Vec<Knot> {
    let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in uses.edges.keys() {
        below.entry(from).or_default().push(to);
    }
    let mut knots: Vec<Knot> = Vec::new();
    for start in below.keys() {
        if knots.iter().any(|knot| knot.members.contains(*start)) {
            continue;
        }
        let forth = reached(&below, start);
        let members: BTreeSet<String> = forth
            .keys()
            .filter(|other| *other == start || reached(&below, other).contains_key(start))
            .map(|name| (*name).to_owned())
            .collect();
        let cycles = members.iter().filter_map(|member| shortest_cycle(&below, member));
        if let Some(cycle) = cycles.min_by_key(Vec::len) {
            knots.push(Knot { members, cycle });
        }
    }
    knots
}

/// Everything that a module reaches, itself included, each with the module that it was reached from.
fn reached<'a>(below: &BTreeMap<&'a str, Vec<&'a str>>, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut from = BTreeMap::from([(start, start)]);
    let mut queue = VecDeque::from([start]);
    while let Some(module) = queue.pop_front() {
        for next in below.get(module).into_iter().flatten() {
            if !from.contains_key(next) {
                from.insert(next, module);
                queue.push_back(next);
            }
        }
    }
    from
}

fn shortest_cycle(below: &BTreeMap<&str, Vec<&str>>, start: &str) -> Option<Vec<String>> {
    let from = reached(below, start);
    let mut cycles: Vec<Vec<String>> = Vec::new();
    for last in from.keys().filter(|last| below.get(*last).is_some_and(|next| next.contains(&start))) {
        let mut way = vec![(*last).to_owned()];
        let mut at = *last;
        while at != start {
            at = from.get(at).copied()?;
            way.push(at.to_owned());
        }
        way.reverse();
        cycles.push(way);
    }
    cycles.into_iter().min_by_key(Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knots_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let files: Vec<(String, &str)> =
            files.iter().map(|(path, text)| (format!("crates/x/src/{path}"), *text)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        knots(&uses::read(&Tree::from_texts(&files), "x")).into_iter().map(|knot| knot.cycle).collect()
    }

    #[test]
    fn a_circle_is_found_through_a_name_that_the_root_passes_on() {
        let root = "mod a; mod b; mod c; pub use a::A; pub use c::C;";
        let circle = knots_of(&[
            ("lib.rs", root),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::{C};"),
            ("c.rs", "fn f(x: crate::A) {}"),
        ]);
        assert_eq!(circle, [["a", "b", "c"]]);
    }

    #[test]
    fn modules_that_use_those_below_them_are_fine() {
        let root = "mod a; mod b; mod c; pub use a::A; pub use c::C;";
        let circle = knots_of(&[
            ("lib.rs", root),
            ("a.rs", "use crate::b::B; use crate::C;"),
            ("b.rs", "use crate::C;"),
            ("c.rs", ""),
        ]);
        assert!(circle.is_empty());
    }

    #[test]
    fn files_of_one_module_may_use_one_another() {
        let circle = knots_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a/mod.rs", "mod one; use one::X; use crate::b::B;"),
            ("a/one.rs", "use super::Y; use crate::a::Z;"),
            ("b.rs", "#[cfg(test)] mod tests { use crate::a; }"),
        ]);
        assert!(circle.is_empty());
    }

    #[test]
    fn a_root_that_does_things_is_a_module_too() {
        let root = "mod a; mod b; pub use b::B; pub fn f() { a::g() }";
        assert_eq!(
            knots_of(&[("lib.rs", root), ("a.rs", "fn g() { crate::f() }"), ("b.rs", "")]),
            [["(root)", "a"]]
        );
        let root = "mod a; mod b; pub use a::A; pub use b::B; pub fn f() { }";
        assert!(knots_of(&[("lib.rs", root), ("a.rs", "fn g() { crate::f() }"), ("b.rs", "")]).is_empty());
    }

    #[test]
    fn the_finding_tells_the_circle_with_its_lines() {
        let tree = Tree::from_texts(&[
            ("crates/x/src/lib.rs", "mod a; mod b;"),
            ("crates/x/src/a.rs", "\nuse crate::b;"),
            ("crates/x/src/b.rs", "use super::a;"),
        ]);
        let found = check(&tree).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].what,
            "modules of x use one another in a circle: a uses b (crates/x/src/a.rs:2), b uses a (crates/x/src/b.rs:1)"
        );
    }
}
