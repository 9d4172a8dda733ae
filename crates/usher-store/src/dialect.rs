//! The one dialect and what each engine makes of it.
//!
//! Statements are written with `$1` placeholders, migrations with the types INTEGER, TEXT and BLOB. Statements are
//! constants of the program, so each is translated once and remembered by its address.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Translated statements, by the address and length of the constant they come from.
#[derive(Debug)]
pub(crate) struct Translated {
    translate: fn(&str) -> String,
    known: RwLock<HashMap<(usize, usize), Arc<str>>>,
}

impl Translated {
    /// Remembers what `translate` makes of each statement.
    pub(crate) fn new(translate: fn(&str) -> String) -> Self {
        Self { translate, known: RwLock::default() }
    }

    /// The translation of a statement.
    pub(crate) fn get(&self, sql: &'static str) -> Arc<str> {
        let key = (sql.as_ptr().addr(), sql.len());
        // A poisoned map is as good as any: entries are only ever added, whole.
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let text: Arc<str> = (self.translate)(sql).into();
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&text));
        text
    }
}

/// A statement for SQLite: `$1` becomes `?1`. SQLite would take `$1` for a name and number it by its first appearance.
pub(crate) fn sqlite_statement(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Code(code) => out.push_str(&code.replace('$', "?")),
            Piece::Quoted(text) => out.push_str(text),
            Piece::Comment => out.push(' '),
        }
    }
    out
}

/// A statement for PostgreSQL that fails with [`GUARD_FAILED`] unless it changes exactly one row, so that a batch can
/// be sent in one flight and is still refused as a whole.
pub(crate) fn postgres_guard(sql: &str) -> String {
    format!("WITH guarded AS ({sql} RETURNING 1) SELECT 1 / CAST(COUNT(*) = 1 AS INTEGER) FROM guarded")
}

/// The SQLSTATE of a failed [`postgres_guard`]: division by zero.
pub(crate) const GUARD_FAILED: &str = "22012";

/// A migration's text for SQLite: tables become STRICT, so that a column holds what it says.
pub(crate) fn sqlite_migration(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 64);
    for statement in statements(sql) {
        out.push_str(&statement);
        let head: String = statement.trim_start().chars().take("CREATE TABLE".len()).collect();
        if head.eq_ignore_ascii_case("CREATE TABLE") && statement.trim_end().ends_with(')') {
            out.push_str(" STRICT");
        }
        out.push_str(";\n");
    }
    out
}

/// A migration's text for PostgreSQL: INTEGER has 64 bits, BLOB is BYTEA, and TEXT is compared by its bytes, as SQLite does.
/// A table that is replaced is locked before its rows are copied, so that nothing that another node commits meanwhile is lost.
pub(crate) fn postgres_migration(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 256);
    let statements = statements(sql);
    let replaced: Vec<&str> =
        statements.iter().filter_map(|s| s.trim().strip_prefix("DROP TABLE ")).map(str::trim).collect();
    if !replaced.is_empty() {
        let lock = ["LOCK TABLE ", &replaced.join(", "), " IN ACCESS EXCLUSIVE MODE;\n"].concat();
        out.push_str(&lock);
    }
    for statement in statements {
        for piece in pieces(&statement) {
            match piece {
                Piece::Code(code) => words(code, &mut out),
                Piece::Quoted(text) => out.push_str(text),
                Piece::Comment => {}
            }
        }
        out.push_str(";\n");
    }
    out
}

/// Copies code, with the names of types replaced.
fn words(code: &str, out: &mut String) {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = code;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(match word {
            "INTEGER" => "BIGINT",
            "BLOB" => "BYTEA",
            "TEXT" => "TEXT COLLATE \"C\"",
            other => other,
        });
        let next = after.find(is_word).unwrap_or(after.len());
        let (between, beyond) = after.split_at(next);
        out.push_str(between);
        rest = beyond;
    }
}

/// The statements of a text, without comments and without their semicolons.
fn statements(sql: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for piece in pieces(sql) {
        match piece {
            Piece::Quoted(text) => append(&mut all, text),
            Piece::Comment => {}
            Piece::Code(code) => {
                for (n, part) in code.split(';').enumerate() {
                    if n > 0 {
                        all.push(String::new());
                    }
                    append(&mut all, part);
                }
            }
        }
    }
    all.retain(|statement| !statement.trim().is_empty());
    all
}

fn append(all: &mut [String], part: &str) {
    if let Some(last) = all.last_mut() {
        last.push_str(part);
    }
}

/// A stretch of SQL.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// Outside of quotes and comments.
    Code(&'a str),
    /// A literal or a quoted name, quotes included. A doubled quote makes two pieces that touch, which is the same.
    Quoted(&'a str),
    /// From `--` to the end of the line.
    Comment,
}

/// Splits SQL at its quotes and comments.
fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = sql;
    loop {
        let quote = rest.find(['\'', '"']).unwrap_or(rest.len());
        let comment = rest.find("--").unwrap_or(rest.len());
        let (code, special) = rest.split_at(quote.min(comment));
        out.push(Piece::Code(code));
        let Some(opening) = special.chars().next() else { return out };
        if opening == '-' {
            out.push(Piece::Comment);
            rest = special.find('\n').map_or("", |end| special.split_at(end).1);
        } else {
            let end = special
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == opening)
                .map_or(special.len(), |(at, _)| at + 1);
            let (text, after) = special.split_at(end);
            out.push(Piece::Quoted(text));
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_for_sqlite_and_quotes_are_left_alone() {
        assert_eq!(
            sqlite_statement("SELECT a FROM t WHERE b = $2 AND c = $1"),
            "SELECT a FROM t WHERE b = ?2 AND c = ?1"
        );
        assert_eq!(
            sqlite_statement("SELECT '$1''$2', \"$3\" WHERE a = $10"),
            "SELECT '$1''$2', \"$3\" WHERE a = ?10"
        );
    }

    #[test]
    fn a_table_that_is_replaced_is_locked_first() {
        let text = "CREATE TABLE b (id BLOB);\nINSERT INTO b (id) SELECT id FROM a;\nDROP TABLE a;\nALTER TABLE b RENAME TO a;";
        assert!(
            postgres_migration(text).starts_with("LOCK TABLE a IN ACCESS EXCLUSIVE MODE;\nCREATE TABLE b")
        );
        assert!(
            !sqlite_migration(text).contains("LOCK")
                && !postgres_migration("CREATE TABLE b (id BLOB);").contains("LOCK")
        );
    }

    #[test]
    fn one_migration_text_becomes_either_engines() {
        let text = "-- INTEGER; in a user's comment\nCREATE TABLE t (\n  id BLOB NOT NULL, -- the key\n  name TEXT, TEXTILE INTEGER\n);\nINSERT INTO t (name) VALUES ('TEXT; -- BLOB');\nCREATE INDEX i ON t (name);";
        let postgres = postgres_migration(text);
        assert!(
            postgres.contains("id BYTEA NOT NULL")
                && postgres.contains("name TEXT COLLATE \"C\", TEXTILE BIGINT")
        );
        assert!(postgres.contains("('TEXT; -- BLOB');") && !postgres.contains("comment"));
        let sqlite = sqlite_migration(text);
        assert!(
            sqlite.contains(") STRICT;\n")
                && sqlite.contains("('TEXT; -- BLOB');")
                && sqlite.contains("ON t (name);")
        );
        assert_eq!(sqlite.matches("STRICT").count(), 1);
    }

    #[test]
    fn a_statement_is_translated_once() {
        let translated = Translated::new(sqlite_statement);
        let sql: &'static str = "SELECT $1";
        assert!(Arc::ptr_eq(&translated.get(sql), &translated.get(sql)));
        assert_eq!(&*translated.get(sql), "SELECT ?1");
    }
}
