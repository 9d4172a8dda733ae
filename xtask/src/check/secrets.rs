//! Types that hold secrets: never compared with `==` (that is `usher_crypto::matches`, in constant time), never printed or
//! serialised by a derive that knows nothing of secrecy.

use super::Finding;
use crate::source::{Kind, Token};
use crate::tree::{File, Tree};

const SECRETS: &[&str] = &["Secret", "Opaque", "MasterKey", "RefreshToken", "SigningKey"];
const DERIVES: &[&str] = &["Debug", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Serialize"];
/// A hand-written Debug is not among them: it is how a secret keeps itself out of a log.
const IMPLS: &[&str] = &["PartialEq", "PartialOrd", "Hash", "Display", "Serialize"];

#[expect(clippy::unnecessary_wraps, reason = "every rule has this shape")]
pub(super) fn check(tree: &Tree) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut declared = Vec::new();
    for file in tree.rust() {
        let tokens: Vec<&Token> = file.program().collect();
        declared.extend(check_derives(file, &tokens, &mut findings));
        check_impls(file, &tokens, &mut findings);
    }
    for name in SECRETS.iter().filter(|name| !declared.contains(name)) {
        let what = format!("no type is called {name}, so this rule holds nothing for it");
        findings.push(Finding::new("xtask/src/check/secrets.rs", 1, what, "correct SECRETS"));
    }
    Ok(findings)
}

/// Checks what is derived for secrets that this file declares; the names of these.
fn check_derives(file: &File, tokens: &[&Token], findings: &mut Vec<Finding>) -> Vec<&'static str> {
    let mut declared = Vec::new();
    let mut derived: Vec<(&str, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.ident() {
            Some("derive") => {
                let list = tokens.iter().skip(at + 1).take_while(|token| token.kind != Kind::Close(')'));
                derived.extend(list.filter_map(|token| Some((token.ident()?, token.line))));
            }
            Some("struct" | "enum") => {
                let name = tokens.get(at + 1).and_then(|token| token.ident());
                let secret = SECRETS.iter().find(|secret| Some(**secret) == name);
                if let Some(secret) = secret {
                    declared.push(*secret);
                    for (what, line) in derived.iter().filter(|(what, _)| DERIVES.contains(what)) {
                        findings.push(finding(file, *line, &format!("{secret} derives {what}"), what));
                    }
                }
                derived.clear();
            }
            Some("fn" | "impl" | "mod" | "const" | "trait") => derived.clear(),
            _ => {}
        }
    }
    declared
}

/// Checks the traits that are implemented by hand for secrets.
fn check_impls(file: &File, tokens: &[&Token], findings: &mut Vec<Finding>) {
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.is("impl")) {
        let head: Vec<&str> = tokens
            .iter()
            .skip(at + 1)
            .take_while(|token| {
                !matches!(token.kind, Kind::Open('{') | Kind::Punct(';')) && !token.is("where")
            })
            .filter_map(|token| token.ident())
            .collect();
        let Some(of) = head.iter().position(|word| *word == "for") else { continue };
        let (of_trait, of_type) = head.split_at(of);
        let forbidden = of_trait.iter().find(|word| IMPLS.contains(word));
        // An equality names its other side before the `for`; a secret on either side is one too many.
        let sides = of_type.iter().chain(of_trait.iter().filter(|_| forbidden == Some(&"PartialEq")));
        let secret = sides.copied().find(|word| SECRETS.contains(word));
        if let (Some(forbidden), Some(secret)) = (forbidden, secret) {
            findings.push(finding(file, token.line, &format!("{secret} implements {forbidden}"), forbidden));
        }
    }
}

fn finding(file: &File, line: usize, what: &str, of_trait: &str) -> Finding {
    let remedy = match of_trait {
        "Debug" => "write Debug by hand so that it shows the type's name only, or do without",
        "Display" | "Serialize" => "make its one way out a method whose name says so, such as `reveal`",
        _ => "remove it; compare in constant time with usher_crypto::matches",
    };
    Finding::new(&file.path, line, what, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(text: &str) -> Vec<String> {
        let all = "struct Secret; struct Opaque; struct MasterKey; struct RefreshToken; struct SigningKey;";
        let tree = Tree::from_texts(&[("crates/a/src/all.rs", all), ("crates/b/src/b.rs", text)]);
        check(&tree).unwrap().into_iter().map(|f| format!("{}: {}", f.line, f.what)).collect()
    }

    #[test]
    fn a_secret_derives_neither_equality_nor_debug() {
        assert_eq!(
            whats("#[derive(Clone,\nDebug, PartialEq)]\n#[must_use]\npub struct Secret(Vec<u8>);"),
            ["2: Secret derives Debug", "2: Secret derives PartialEq"]
        );
        assert!(
            whats("#[derive(Clone)] pub struct Secret; #[derive(Debug, PartialEq)] struct Public;")
                .is_empty()
        );
        assert!(whats("#[derive(Debug)] enum A { RefreshToken }").is_empty());
    }

    #[test]
    fn an_equality_by_hand_is_found_on_either_side() {
        assert_eq!(whats("impl PartialEq for crate::Secret { }"), ["1: Secret implements PartialEq"]);
        assert_eq!(whats("impl<'a> PartialEq<Opaque> for str { }"), ["1: Opaque implements PartialEq"]);
        assert!(whats("impl fmt::Debug for Secret { } impl From<Secret> for String { }").is_empty());
    }

    #[test]
    fn a_name_that_no_type_has_is_said() {
        assert_eq!(check(&Tree::from_texts(&[])).unwrap().len(), SECRETS.len());
    }
}
