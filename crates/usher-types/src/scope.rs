//! Scopes (RFC 6749 §3.3): a set of tokens, kept in the order in which they were asked for.

use crate::limits;
use std::fmt;

/// One scope-token: one or more of %x21 / %x23-5B / %x5D-7E.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeToken(String);

/// A set of scope-tokens without repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(Vec<ScopeToken>);

/// Why a text is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
    #[error("a scope is made of printable ASCII characters without spaces, quotes and backslashes")]
    Character,
    /// More tokens than [`limits::SCOPE_TOKENS`].
    #[error("at most {} scopes can be asked for at once", limits::SCOPE_TOKENS)]
    TooMany,
}

impl ScopeToken {
    /// Checks the grammar.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let legal = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
        if text.is_empty() || !text.bytes().all(legal) {
            return Err(ScopeError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Scope {
    /// The scope that is made of nothing.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Reads a space-delimited list; repeats count once.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut scope = Self::empty();
        for token in text.split(' ').filter(|t| !t.is_empty()) {
            if scope.contains(token) {
                continue;
            }
            if scope.0.len() == limits::SCOPE_TOKENS {
                return Err(ScopeError::TooMany);
            }
            scope.0.push(ScopeToken::parse(token)?);
        }
        Ok(scope)
    }

    /// Whether a token is in the set.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|t| t.as_str() == token)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(ScopeToken::as_str)
    }

    /// The tokens for which `keep` says so, in order.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|t| keep(t.as_str())).cloned().collect())
    }

    /// This scope and what another adds to it.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(other.0.iter().filter(|t| !self.contains(t.as_str())).cloned());
        Self(all)
    }

    /// Whether every token of this scope is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.iter().all(|t| other.contains(t))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, token) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Scope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::parse(text)
    }
}

impl serde::Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn repeats_count_once_and_order_is_kept() {
        let scope = Scope::parse("openid  profile openid email").unwrap();
        assert_eq!(scope.to_string(), "openid profile email");
    }

    #[test]
    fn quotes_backslashes_and_controls_are_refused() {
        for wrong in ["a\"b", "a\\b", "a\tb", "a\nb", "é", "\u{0}"] {
            assert_eq!(Scope::parse(wrong), Err(ScopeError::Character), "{wrong:?}");
        }
    }

    #[test]
    fn the_number_of_tokens_is_limited() {
        let many = |n: usize| (0..n).map(|i| format!("s{i}")).collect::<Vec<_>>().join(" ");
        assert!(Scope::parse(&many(limits::SCOPE_TOKENS)).is_ok());
        assert_eq!(Scope::parse(&many(limits::SCOPE_TOKENS + 1)), Err(ScopeError::TooMany));
    }

    proptest! {
        #[test]
        fn a_scope_reads_back_as_itself(text in "[ -~]{0,80}") {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert_eq!(Scope::parse(&scope.to_string()).unwrap(), scope);
            }
        }
    }
}
