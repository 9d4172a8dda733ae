//! SQL stands in usher-store only, and that of its tables inside `statements! { … }`, whose list a test prepares on both engines.

use super::Finding;
use crate::tree::Tree;

const STORE: &str = "usher-store";
const TABLES: &str = "crates/usher-store/src/tables/";
const VERBS: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
/// Verbs that only the store's drivers and migrations need.
const OTHER_VERBS: &[&str] = &["CREATE", "ALTER", "DROP", "PRAGMA", "BEGIN", "COMMIT", "SAVEPOINT"];

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let is_table = file.path.starts_with(TABLES);
        if file.crate_name() == STORE && !is_table {
            continue;
        }
        for token in file.program() {
            let Some(verb) = token.text().and_then(verb) else { continue };
            if is_table && token.in_statements {
                continue;
            }
            let (what, remedy) = if is_table {
                (
                    "outside `statements!`",
                    "move it inside: what is not listed is not prepared on both engines by the tests",
                )
            } else {
                ("outside usher-store", "give usher-store a typed function for it, in the file of its table")
            };
            findings.push(Finding::new(
                &file.path,
                token.line,
                format!("a statement ({verb} …) {what}"),
                remedy,
            ));
        }
    }
    Ok(findings)
}

/// The verb of the statement that a text starts.
fn verb(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    let verbs = VERBS.iter().chain(OTHER_VERBS);
    verbs
        .copied()
        .find(|verb| text.strip_prefix(verb).is_some_and(|rest| rest.starts_with([' ', '\n', '\\'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::from_texts(&[(path, text)])).unwrap().into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn a_tables_statements_are_listed() {
        let text = "statements! {\nA = concat!(\"SELECT \", c!());\n}\nconst B: &str = \"DELETE FROM x\";\nconst C: &str = \"Update it.\";";
        assert_eq!(lines("crates/usher-store/src/tables/a.rs", text), [4]);
    }

    #[test]
    fn drivers_and_tests_may_hold_sql_and_nobody_else() {
        let text = "const A: &str = \"\n UPDATE x SET a = 1\";";
        assert!(lines("crates/usher-store/src/sqlite/mod.rs", text).is_empty());
        assert!(lines("crates/usher-core/tests/a.rs", text).is_empty());
        assert_eq!(lines("crates/usher-core/src/a.rs", text), [1]);
    }

    #[test]
    fn method_names_are_no_statements() {
        assert!(
            lines("crates/usher/src/a.rs", "const A: &str = \"DELETE, PUT\"; const B: &str = \"SELECT\";")
                .is_empty()
        );
    }
}
