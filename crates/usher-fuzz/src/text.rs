//! Targets for the shared vocabulary that comes from outside: parameters, scopes, opaque secrets, login names, languages, paths.

use crate::input::{Drawn, first_line, utf8};
use usher_types::endpoint::is_pool_name;
use usher_types::fold::IdentifierKey;
use usher_types::{Endpoint, Locale, Opaque, Params, ParamsError, Scope, ScopeToken, UserCode, limits};

/// Parameters: bounded, free of U+0000, written and read again as the same, and never one of two.
pub fn params(data: &[u8]) {
    let Ok(params) = Params::parse(data) else { return };
    let pairs = params.pairs();
    assert!(pairs.len() <= limits::PARAMETERS);
    assert!(pairs.iter().all(|(name, value)| !name.contains('\0') && !value.contains('\0')));
    let again = Params::parse(params.encode().as_bytes());
    assert_eq!(again.as_ref().map(Params::pairs), Ok(pairs), "what is written reads back");
    for name in ["state", "client_id", "redirect_uri", "resource", "scope", ""] {
        let given: Vec<&str> = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        let filled: Vec<&str> = given.iter().copied().filter(|v| !v.is_empty()).collect();
        match (given.len(), params.one(name)) {
            (0 | 1, one) => assert_eq!(one, Ok(filled.first().copied())),
            (_, one) => assert_eq!(one, Err(ParamsError::Repeated(name)), "a repeat is never resolved"),
        }
        assert_eq!(params.first(name), filled.first().copied());
        assert_eq!(params.all(name).collect::<Vec<_>>(), filled);
    }
}

/// Scopes: a set of legal tokens that reads back as itself.
pub fn scope(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let words = || text.split(' ').filter(|w| !w.is_empty());
    let Ok(scope) = Scope::parse(text) else {
        let illegal = words().any(|w| ScopeToken::parse(w).is_err());
        assert!(illegal || words().count() > limits::SCOPE_TOKENS, "a refusal has a reason");
        return;
    };
    let tokens: Vec<&str> = scope.iter().collect();
    assert!(tokens.len() <= limits::SCOPE_TOKENS);
    assert!(tokens.iter().enumerate().all(|(i, t)| tokens.iter().take(i).all(|other| other != t)));
    assert!(tokens.iter().all(|t| ScopeToken::parse(t).is_ok()));
    assert!(words().all(|w| scope.contains(w)), "nothing that was asked for is lost");
    assert!(tokens.iter().all(|t| words().any(|w| w == *t)), "nothing that was not asked for appears");
    assert_eq!(Scope::parse(&scope.to_string()), Ok(scope.clone()));
    assert!(scope.is_within(&scope) && scope.union(&scope) == scope);
    assert!(Scope::empty().is_within(&scope) && scope.filtered(|_| false).is_empty());
}

/// Opaque secrets: exactly one text stands for each value.
pub fn opaque(data: &[u8]) {
    let mut bytes = data.iter().copied().chain(std::iter::repeat(0));
    let id: [u8; 16] = std::array::from_fn(|_| bytes.next().unwrap_or_default());
    let made = Opaque::new(id, &Drawn(bytes.next().unwrap_or_default())).reveal();
    let read = Opaque::parse(&made);
    assert!(read.as_ref().is_ok_and(|read| read.id() == id && read.reveal() == made), "{made}");
    let Some(text) = utf8(data) else { return };
    let Ok(read) = Opaque::parse(text) else { return };
    assert_eq!(read.reveal(), text, "no second spelling");
    let (id, secret) = text.split_once('.').unwrap_or_default();
    assert_eq!((id.len(), secret.len(), read.secret().expose().len()), (22, 43, 32));
    assert!(!format!("{read:?}").contains(secret), "the secret is not shown");
}

/// Login names: folding once is enough, and neither case nor what surrounds a name makes it another.
pub fn identifier(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Some(key) = IdentifierKey::fold(text) else { return };
    assert!(!key.as_str().is_empty() && key.as_str().trim() == key.as_str());
    assert!(!key.as_str().chars().any(char::is_control));
    if key.as_str().len() <= limits::IDENTIFIER_BYTES {
        assert_eq!(IdentifierKey::fold(key.as_str()), Some(key.clone()), "folding twice changes nothing");
    }
    let respelled = [format!("  {text}\u{3000}"), text.to_ascii_uppercase(), text.to_ascii_lowercase()];
    for same in respelled.into_iter().filter(|s| s.len() <= limits::IDENTIFIER_BYTES) {
        assert_eq!(IdentifierKey::fold(&same), Some(key.clone()), "{same:?}");
    }
}

/// Languages: what is chosen was asked for.
pub fn locale(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let first = text.split(' ').find_map(Locale::from_tag);
    assert_eq!(Locale::from_tags(text), first, "ui_locales is a list in the order of preference");
    let offered: Vec<Locale> = text
        .split(',')
        .filter_map(|item| Locale::from_tag(item.split(';').next().unwrap_or_default().trim()))
        .collect();
    match Locale::from_accept_language(text) {
        Some(chosen) => assert!(offered.contains(&chosen)),
        None => assert!(offered.is_empty() || text.contains(';') || text.split(',').count() > 32),
    }
    if !text.contains(';') && text.split(',').count() <= 32 {
        assert_eq!(
            Locale::from_accept_language(text),
            offered.first().copied(),
            "without weights the first wins"
        );
    }
    let shouted = Locale::from_accept_language(&text.to_ascii_uppercase());
    assert_eq!(shouted, Locale::from_accept_language(text), "neither tags nor weights have a case");
    for tag in text.split([' ', ',']) {
        if let Some(locale) = Locale::from_tag(tag) {
            assert_eq!(Locale::from_tag(&tag.to_ascii_uppercase()), Some(locale), "tags have no case");
            assert_eq!(Locale::from_tag(locale.tag()), Some(locale));
        }
    }
}

/// Codes of devices: eight letters of twenty, whichever way they were typed, and no slip of a finger is made one.
pub fn user_code(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Some(code) = UserCode::fold(text) else { return };
    let letters = code.letters();
    assert!(letters.len() == 8 && letters.bytes().all(|b| b"BCDFGHJKLMNPQRSTVWXZ".contains(&b)), "{letters}");
    let shown = code.to_string();
    assert_eq!(shown.replace('-', ""), letters);
    let spaced: String = letters.chars().flat_map(|c| [c, ' ']).collect();
    for again in [letters, &shown, &shown.to_lowercase(), &spaced, &format!(" {shown}\n")] {
        assert_eq!(UserCode::fold(again).as_ref(), Some(&code), "{again:?}");
    }
    let ascii: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if text.is_ascii() {
        assert_eq!(ascii.to_ascii_uppercase(), letters, "only separators are left out");
    }
    assert!(UserCode::fold(&format!("{text}B")).is_none(), "a letter too many");
}

/// Paths: what was found, written again, is the very path that was asked for.
pub fn endpoint(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    for path in [text, first_line(text).0] {
        let Some((pool, endpoint)) = Endpoint::find(path) else { continue };
        assert!(pool.is_none_or(is_pool_name), "{path}");
        assert!(pool.is_none() || !endpoint.is_global(), "{path}");
        let below = pool.map(|name| format!("/{name}")).unwrap_or_default();
        let written = match endpoint {
            Endpoint::AuthorizationServerMetadata => format!("{}{below}/oidc", endpoint.path()),
            _ => format!("{below}{}", endpoint.path()),
        };
        assert_eq!(written, path);
    }
    if is_pool_name(text) {
        assert!(text.len() <= 63 && !text.starts_with('-') && !text.ends_with('-'));
        assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        let here = Endpoint::Token;
        assert_eq!(Endpoint::find(&format!("/{text}{}", here.path())), Some((Some(text), here)));
        assert!(Endpoint::ALL.iter().all(|e| !e.path().starts_with(&format!("/{text}/"))));
    }
}
