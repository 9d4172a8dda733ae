//! A Rust file as a flat list of tokens, each knowing its line and whether it is part of the program or of its tests.
//!
//! Comments are gone, documentation included, so what is looked for here is never found in prose. Macros are not expanded: the
//! tokens are what a person wrote.

use proc_macro2::{Delimiter, Punct, Spacing, TokenStream, TokenTree};

/// One token, as far as the checks care.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its line, from 1.
    pub(crate) line: usize,
    /// Whether it is compiled for tests only.
    pub(crate) is_test: bool,
    /// Whether it stands between the braces of `statements! { … }`.
    pub(crate) in_statements: bool,
    /// How many modules are open around it in this file.
    pub(crate) inline_modules: usize,
}

/// The kinds of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Ident(String),
    /// `::`.
    PathSeparator,
    /// Any other sign.
    Punct(char),
    /// The content of a string of any sort, escapes as written.
    Text(String),
    /// A number or a character.
    Other,
    /// `(`, `[` or `{`.
    Open(char),
    /// `)`, `]` or `}`.
    Close(char),
}

impl Token {
    /// The name or keyword that it is.
    pub(crate) fn ident(&self) -> Option<&str> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }

    /// The content of the string that it is.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is this name or keyword.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.ident() == Some(name)
    }
}

/// The tokens of a file; the error says why and in which line it cannot be read.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, (usize, String)> {
    let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        (error.span().start().line, format!("this is not Rust: {error}"))
    })?;
    let mut tokens = Vec::new();
    flatten(stream, Around { is_test: false, in_statements: false, inline_modules: 0 }, &mut tokens);
    Ok(tokens)
}

#[derive(Clone, Copy)]
struct Around {
    is_test: bool,
    in_statements: bool,
    inline_modules: usize,
}

fn flatten(stream: TokenStream, around: Around, out: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut test_until = 0;
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        let here = Around { is_test: around.is_test || at < test_until, ..around };
        if let Some(attribute) = attribute(&trees, at) {
            if attribute.is_doc {
                at = attribute.end;
                continue;
            }
            if attribute.is_test && at >= test_until {
                test_until = item_end(&trees, attribute.end);
                continue;
            }
        }
        let line = tree.span().start().line;
        let mut push = |kind, line| {
            out.push(Token {
                kind,
                line,
                is_test: here.is_test,
                in_statements: here.in_statements,
                inline_modules: here.inline_modules,
            });
        };
        match tree {
            TokenTree::Ident(name) => push(Kind::Ident(name.to_string()), line),
            TokenTree::Literal(literal) => push(literal_kind(&literal.to_string()), line),
            TokenTree::Punct(sign) if is_separator(sign, trees.get(at + 1)) => {
                push(Kind::PathSeparator, line);
                at += 1;
            }
            TokenTree::Punct(sign) => push(Kind::Punct(sign.as_char()), line),
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ('(', ')'),
                    Delimiter::Bracket => ('[', ']'),
                    Delimiter::Brace | Delimiter::None => ('{', '}'),
                };
                push(Kind::Open(open), line);
                let inside = Around {
                    in_statements: here.in_statements || follows(&trees, at, &["statements", "!"]),
                    inline_modules: here.inline_modules + usize::from(opens_module(&trees, at)),
                    ..here
                };
                flatten(group.stream(), inside, out);
                out.push(Token {
                    kind: Kind::Close(close),
                    line: group.span_close().start().line,
                    is_test: here.is_test,
                    in_statements: here.in_statements,
                    inline_modules: here.inline_modules,
                });
            }
        }
        at += 1;
    }
}

/// Whether this sign and the next are `::`.
fn is_separator(sign: &Punct, next: Option<&TokenTree>) -> bool {
    let next_is_colon = matches!(next, Some(TokenTree::Punct(next)) if next.as_char() == ':');
    sign.as_char() == ':' && sign.spacing() == Spacing::Joint && next_is_colon
}

fn literal_kind(written: &str) -> Kind {
    let body = written.trim_start_matches(['b', 'c', 'r', '#']);
    match body.strip_prefix('"') {
        Some(rest) => Kind::Text(rest.trim_end_matches('#').strip_suffix('"').unwrap_or(rest).to_owned()),
        None => Kind::Other,
    }
}

struct Attribute {
    end: usize,
    is_doc: bool,
    is_test: bool,
}

/// The attribute that starts here.
fn attribute(trees: &[TokenTree], at: usize) -> Option<Attribute> {
    let is_sign = |at: usize, sign| matches!(trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign);
    if !is_sign(at, '#') {
        return None;
    }
    let group_at = at + 1 + usize::from(is_sign(at + 1, '!'));
    let Some(TokenTree::Group(group)) = trees.get(group_at) else { return None };
    let written: String = group.stream().to_string().split_whitespace().collect();
    Some(Attribute {
        end: group_at + 1,
        is_doc: written.starts_with("doc="),
        is_test: written == "cfg(test)" || written == "test",
    })
}

/// Where the item ends whose attributes start or go on here: behind its `;` or its braces.
fn item_end(trees: &[TokenTree], start: usize) -> usize {
    let mut at = start;
    while let Some(attribute) = attribute(trees, at) {
        at = attribute.end;
    }
    let words = trees.get(at..).unwrap_or_default().iter().filter_map(|tree| match tree {
        TokenTree::Ident(word) if word != "pub" => Some(word.to_string()),
        _ => None,
    });
    let words: Vec<String> = words.take(2).collect();
    let ends_with_semicolon = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["const", "fn" | "unsafe" | "async"] | [] => false,
        [first, ..] => matches!(*first, "use" | "const" | "static" | "type" | "let"),
    };
    while let Some(tree) = trees.get(at) {
        at += 1;
        match tree {
            TokenTree::Punct(sign) if sign.as_char() == ';' => return at,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !ends_with_semicolon => {
                return at;
            }
            _ => {}
        }
    }
    at
}

/// Whether the tokens before this one are these words.
fn follows(trees: &[TokenTree], at: usize, words: &[&str]) -> bool {
    let Some(before) = at.checked_sub(words.len()).and_then(|from| trees.get(from..at)) else { return false };
    before.iter().zip(words).all(|(tree, word)| tree.to_string() == *word)
}

/// Whether the group here is the body of `mod name { … }`.
fn opens_module(trees: &[TokenTree], at: usize) -> bool {
    let Some([TokenTree::Ident(word), TokenTree::Ident(_)]) =
        at.checked_sub(2).and_then(|from| trees.get(from..at))
    else {
        return false;
    };
    word == "mod"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(String, usize, bool)> {
        let tokens = tokens(source).unwrap();
        tokens.iter().filter_map(|t| Some((t.text()?.to_owned(), t.line, t.is_test))).collect()
    }

    #[test]
    fn strings_of_every_sort_are_found_and_prose_is_not() {
        let source = "//! \"a\"\n/// \"b\"\n#[doc = \"c\"]\nfn f() { // \"d\"\n g(\"e\", r#\"f\"#, b\"g\", 'h', '\"'); }";
        let found: Vec<_> = texts(source).into_iter().map(|(text, line, _)| (text, line)).collect();
        assert_eq!(found, [("e".to_owned(), 5), ("f".to_owned(), 5), ("g".to_owned(), 5)]);
    }

    #[test]
    fn code_for_tests_is_told_from_the_program() {
        let source = "fn a() { \"1\" }\n#[cfg(test)]\n#[expect(x)]\nmod tests { const X: &str = \"2\"; }\nfn b() { \"3\" }
            #[cfg(test)] use x::{y}; fn c() { \"4\" }\n#[test] fn t() { \"5\" }";
        let tests: Vec<_> = texts(source).into_iter().map(|(text, _, is_test)| (text, is_test)).collect();
        assert_eq!(
            tests,
            [("1", false), ("2", true), ("3", false), ("4", false), ("5", true)]
                .map(|(t, b)| (t.to_owned(), b))
        );
    }

    #[test]
    fn a_token_knows_the_macro_and_the_modules_around_it() {
        let tokens =
            tokens("statements! { A = concat!(\"1\", \"2\"); } mod x { mod y { const B: &str = \"3\"; } }")
                .unwrap();
        let found: Vec<_> = tokens
            .iter()
            .filter(|t| t.text().is_some())
            .map(|t| (t.in_statements, t.inline_modules))
            .collect();
        assert_eq!(found, [(true, 0), (true, 0), (false, 2)]);
    }

    #[test]
    fn what_is_not_rust_is_named_with_its_line() {
        assert_eq!(tokens("fn a() {}\nfn b( {").unwrap_err().0, 2);
    }
}
