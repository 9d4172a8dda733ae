//! Scope items of programmatic access: `resource[:instance][:action]`, each part a name or `*`. An account holds items as patterns; an
//! item that is asked for is covered where a pattern allows at least as much in every part.

use crate::scope::{Scope, ScopeToken};
use std::fmt;

/// One scope item. `orders` means everything about orders; `orders:read` reading any of them; `orders:17:read` reading that one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopeItem {
    text: String,
    /// Where the parts end: of the resource, and of the instance where one is named.
    parts: Parts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Parts {
    Resource,
    ResourceAction(usize),
    ResourceInstanceAction(usize, usize),
}

/// Why a text is not a scope item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeItemError {
    /// RFC 6749 §3.3's characters.
    #[error("a scope item is made of printable ASCII characters without spaces, quotes and backslashes")]
    Character,
    /// Empty parts, or more than three.
    #[error("a scope item reads resource, resource:action or resource:instance:action, and no part is empty")]
    Parts,
    /// `*` beside other characters.
    #[error("* stands for a whole part of a scope item, never for a piece of one")]
    Wildcard,
    /// More items than one scope may have.
    #[error("at most {} scope items are allowed", crate::limits::SCOPE_TOKENS)]
    TooMany,
}

impl ScopeItem {
    /// Reads one item.
    pub fn parse(text: &str) -> Result<Self, ScopeItemError> {
        ScopeToken::parse(text).map_err(|_| ScopeItemError::Character)?;
        let pieces: Vec<&str> = text.split(':').collect();
        if pieces.iter().any(|p| p.is_empty()) {
            return Err(ScopeItemError::Parts);
        }
        if pieces.iter().any(|p| p.contains('*') && *p != "*") {
            return Err(ScopeItemError::Wildcard);
        }
        let parts = match pieces.as_slice() {
            [_] => Parts::Resource,
            [resource, _] => Parts::ResourceAction(resource.len()),
            [resource, instance, _] => {
                Parts::ResourceInstanceAction(resource.len(), resource.len() + 1 + instance.len())
            }
            _ => return Err(ScopeItemError::Parts),
        };
        Ok(Self { text: text.to_owned(), parts })
    }

    /// Reads a space-delimited list; repeats count once.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, ScopeItemError> {
        let mut items: Vec<Self> = Vec::new();
        for piece in text.split(' ').filter(|p| !p.is_empty()) {
            let item = Self::parse(piece)?;
            if !items.contains(&item) {
                items.push(item);
            }
            if items.len() > crate::limits::SCOPE_TOKENS {
                return Err(ScopeItemError::TooMany);
            }
        }
        Ok(items)
    }

    /// The item's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The resource that it is about.
    pub fn resource(&self) -> &str {
        self.triple().0
    }

    /// Resource, instance and action; what is not named is `*`.
    fn triple(&self) -> (&str, &str, &str) {
        let piece = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let end = self.text.len();
        match self.parts {
            Parts::Resource => (&self.text, "*", "*"),
            Parts::ResourceAction(a) => (piece(0, a), "*", piece(a + 1, end)),
            Parts::ResourceInstanceAction(a, b) => (piece(0, a), piece(a + 1, b), piece(b + 1, end)),
        }
    }

    /// Whether this item, as a pattern, allows everything that another one means.
    pub fn covers(&self, asked: &Self) -> bool {
        let ((r, i, a), (asked_r, asked_i, asked_a)) = (self.triple(), asked.triple());
        [(r, asked_r), (i, asked_i), (a, asked_a)].iter().all(|(have, want)| *have == "*" || have == want)
    }
}

impl fmt::Display for ScopeItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::str::FromStr for ScopeItem {
    type Err = ScopeItemError;
    fn from_str(text: &str) -> Result<Self, ScopeItemError> {
        Self::parse(text)
    }
}

/// What an account may have of what it asked for, and what not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowed {
    /// Granted, in the order asked for.
    pub granted: Scope,
    /// Dropped, in the order asked for.
    pub rejected: Scope,
}

/// Narrows a request to what patterns cover. A request for nothing in particular gets the patterns themselves. What is asked for and is
/// no scope item is dropped like any other that the account does not have.
pub fn narrow(held: &[ScopeItem], asked: Option<&Scope>) -> Narrowed {
    let covered = |token: &str| {
        ScopeItem::parse(token).is_ok_and(|item| held.iter().any(|pattern| pattern.covers(&item)))
    };
    match asked {
        Some(asked) => {
            Narrowed { granted: asked.filtered(covered), rejected: asked.filtered(|token| !covered(token)) }
        }
        None => {
            let all = held.iter().map(ScopeItem::as_str).collect::<Vec<_>>().join(" ");
            Narrowed { granted: Scope::parse(&all).unwrap_or_default(), rejected: Scope::empty() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn item(text: &str) -> ScopeItem {
        ScopeItem::parse(text).unwrap()
    }

    #[test]
    fn a_pattern_covers_what_it_allows_and_nothing_more() {
        let table = [
            ("orders", "orders", true),
            ("orders", "orders:read", true),
            ("orders", "orders:17:read", true),
            ("orders", "customers", false),
            ("orders:read", "orders:17:read", true),
            ("orders:read", "orders:*:read", true),
            ("orders:read", "orders", false),
            ("orders:read", "orders:17:write", false),
            ("orders:*", "orders", true),
            ("orders:17:*", "orders:17:write", true),
            ("orders:17:*", "orders:18:write", false),
            ("orders:17:*", "orders:write", false),
            ("orders:17:read", "orders:*:read", false),
            ("orders:17:read", "orders:17:*", false),
            ("*", "anything:at:all", true),
            ("*:*:read", "orders:17:read", true),
            ("*:*:read", "orders:17:write", false),
            ("Orders", "orders", false),
        ];
        for (held, asked, covered) in table {
            assert_eq!(item(held).covers(&item(asked)), covered, "{held} covers {asked}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for (text, error) in [
            ("", ScopeItemError::Character),
            ("a b", ScopeItemError::Character),
            ("a\"", ScopeItemError::Character),
            (":", ScopeItemError::Parts),
            ("a:", ScopeItemError::Parts),
            (":a", ScopeItemError::Parts),
            ("a::b", ScopeItemError::Parts),
            ("a:b:c:d", ScopeItemError::Parts),
            ("a*", ScopeItemError::Wildcard),
            ("a:**", ScopeItemError::Wildcard),
            ("a:b*:c", ScopeItemError::Wildcard),
        ] {
            assert_eq!(ScopeItem::parse(text), Err(error), "{text:?}");
        }
        let many = (0..=crate::limits::SCOPE_TOKENS).map(|i| format!("r{i}")).collect::<Vec<_>>().join(" ");
        assert_eq!(ScopeItem::parse_all(&many), Err(ScopeItemError::TooMany));
    }

    #[test]
    fn what_is_not_held_is_dropped_and_told() {
        let held = ScopeItem::parse_all("orders:*:read customers").unwrap();
        let asked = Scope::parse("customers:7:write openid orders orders:1:read bad:*x").unwrap();
        let narrowed = narrow(&held, Some(&asked));
        assert_eq!(narrowed.granted.to_string(), "customers:7:write orders:1:read");
        assert_eq!(narrowed.rejected.to_string(), "openid orders bad:*x");
        assert_eq!(narrow(&held, None).granted.to_string(), "orders:*:read customers");
    }

    proptest! {
        #[test]
        fn covering_is_transitive_and_every_item_covers_itself(
            texts in proptest::collection::vec("(a|b|\\*)(:(a|b|\\*)){0,2}", 3)
        ) {
            let items: Vec<ScopeItem> = texts.iter().map(|t| item(t)).collect();
            prop_assert!(items[0].covers(&items[0]));
            if items[0].covers(&items[1]) && items[1].covers(&items[2]) {
                prop_assert!(items[0].covers(&items[2]));
            }
        }
    }
}
