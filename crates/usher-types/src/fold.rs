//! Folding of login names into the keys under which they are unique in a pool, so that two ways of writing one name are one name.

use crate::limits;
use unicode_normalization::UnicodeNormalization;

/// A folded login name: what is unique in a pool, looked up and counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentifierKey(String);

impl IdentifierKey {
    /// Folds what a person typed: surrounding white space goes, compatibility forms and case become one (NFKC, lower case, NFKC),
    /// and what looks like a phone number loses its spaces, dots, hyphens and brackets.
    pub fn fold(typed: &str) -> Option<Self> {
        if typed.len() > limits::IDENTIFIER_BYTES {
            return None;
        }
        // What nobody sees goes first: between a letter and its accent it would keep the two from becoming one character.
        let visible: String = typed.chars().filter(|c| !is_invisible(*c)).collect();
        let lower = visible.trim().nfkc().collect::<String>().to_lowercase().replace('ς', "σ");
        let folded: String = lower.nfkc().filter(|c| !is_invisible(*c)).nfkc().collect();
        let folded = folded.trim();
        if folded.is_empty() || folded.chars().any(char::is_control) {
            return None;
        }
        Some(Self(phone(folded).unwrap_or_else(|| folded.to_owned())))
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that nobody sees: those that Unicode calls default-ignorable.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The digits of something written like an international phone number: `+`, then digits and the usual separators.
fn phone(text: &str) -> Option<String> {
    let rest = text.strip_prefix('+')?;
    if !rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '.' | '-' | '(' | ')')) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (6..=15).contains(&digits.len()).then(|| format!("+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> Option<String> {
        IdentifierKey::fold(text).map(|k| k.0)
    }

    #[test]
    fn ways_of_writing_one_name_are_one_name() {
        for alias in ["alice", " Alice ", "ＡＬＩＣＥ", "al\u{200b}ice", "ALICE\u{ad}"] {
            assert_eq!(key(alias).as_deref(), Some("alice"), "{alias:?}");
        }
        assert_eq!(key("+1 (555) 010-0200"), key("+15550100200"));
        assert_ne!(key("a-b"), key("ab"));
        assert_eq!(key("e\u{200b}\u{301}"), key("é"));
        assert_eq!(key("ΟΔΥΣΣΕΥΣ"), key("οδυσσευς"));
    }

    #[test]
    fn nothing_and_too_much_are_no_name() {
        for wrong in ["", "  ", "\u{200b}", "a\nb", &"x".repeat(limits::IDENTIFIER_BYTES + 1)] {
            assert_eq!(key(wrong), None);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            if let Some(once) = key(&text) {
                prop_assert_eq!(key(&once), Some(once));
            }
        }
    }
}
