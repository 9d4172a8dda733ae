//! The targets for what chooses modes and what an account may do: response types, scope items, registered keys.

use crate::input::utf8;
use usher_core::client::{JwkSet, ResponseType};
use usher_crypto::jose::SigningAlgorithm;
use usher_types::scope_item::{ScopeItem, narrow};
use usher_types::{Scope, limits};

/// `response_type`: a set of words in any order, each once, and nothing else.
pub fn response_type(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let mut words: Vec<&str> = text.split(' ').collect();
    let Some(kind) = ResponseType::parse(text) else {
        assert!(ResponseType::ALL.iter().all(|k| k.as_str() != text), "every registered name is read");
        return;
    };
    words.sort_unstable();
    assert_eq!(words.join(" "), kind.as_str());
    assert_eq!(kind.has_code(), words.contains(&"code"));
    assert_eq!(kind.has_id_token(), words.contains(&"id_token"));
    assert_eq!(kind.has_access_token(), words.contains(&"token"));
}

/// Scope items: the first line is what an account has, the second what is asked for. Nothing is granted that the account does not
/// cover, and nothing that was asked for disappears unsaid.
pub fn scope_item(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let (held, asked) = text.split_once('\n').unwrap_or((text, ""));
    let (Ok(held), Ok(asked)) = (ScopeItem::parse_all(held), Scope::parse(asked)) else { return };
    assert!(held.len() <= limits::SCOPE_TOKENS);
    for item in &held {
        assert_eq!(ScopeItem::parse(item.as_str()).as_ref(), Ok(item));
        assert!(item.covers(item) && item.as_str().starts_with(item.resource()));
    }
    let narrowed = narrow(&held, Some(&asked));
    assert!(asked.iter().all(|t| narrowed.granted.contains(t) != narrowed.rejected.contains(t)));
    assert!(narrowed.granted.is_within(&asked) && narrowed.rejected.is_within(&asked));
    for token in narrowed.granted.iter() {
        let item = ScopeItem::parse(token).ok();
        let covered = item.is_some_and(|item| held.iter().any(|h| h.covers(&item)));
        assert!(covered, "{token} is granted by nothing");
    }
    let everything = narrow(&held, None);
    assert!(everything.rejected.is_empty());
    let again = narrow(&held, Some(&everything.granted));
    assert_eq!(again.granted, everything.granted, "what an account has it may ask for");
}

/// Registered key sets: what is accepted reads back as itself, and every key in it is for one algorithm that is not a shared secret's.
pub fn jwk_set(data: &[u8]) {
    let Ok(set) = serde_json::from_slice::<JwkSet>(data) else { return };
    let written = serde_json::to_vec(&set).unwrap_or_default();
    assert_eq!(serde_json::from_slice::<JwkSet>(&written).ok().as_ref(), Some(&set));
    for algorithm in SigningAlgorithm::ALL.into_iter().map(Some).chain([None]) {
        let Ok(keys) = set.verifying_keys(algorithm) else { continue };
        assert!(!keys.is_empty());
        for key in keys {
            assert!(!key.algorithm().is_symmetric());
            assert!(algorithm.is_none_or(|a| a == key.algorithm()));
        }
    }
}
