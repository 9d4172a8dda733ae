//! Targets for what a person's account takes from outside: what a browser says it is, and claims as people type them.

use crate::input::utf8;
use usher_core::account::browser_name;
use usher_core::profile::CHANGEABLE;
use usher_core::profile::check::problem;
use usher_types::limits;
use usher_types::page::FieldProblem;

/// The name of a browser: short, of known words only, and taken apart again.
pub fn browser(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Some(stored) = browser_name::read(text) else { return };
    assert!(stored.len() <= 40, "{stored}");
    assert!(stored.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'/')), "{stored}");
    let (browser, system) = browser_name::parts(&stored);
    assert!(browser.is_some() || system.is_some());
    let again = format!("{}/{}", browser.unwrap_or_default(), system.unwrap_or_default());
    assert_eq!(again, stored);
}

/// A claim, its name in the first line: what is let pass has no control character, and an address of the web leads to the web.
pub fn claim(data: &[u8]) {
    let Some((name, value)) = utf8(data).and_then(|text| text.split_once('\n')) else { return };
    let found = problem(name, value);
    if value.len() > limits::CLAIM_BYTES {
        assert_eq!(found, Some(FieldProblem::TooLong));
    }
    if found.is_some() {
        return;
    }
    let lines = matches!(name, "address.formatted" | "address.street_address");
    assert!(!value.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\r'))));
    match name {
        "profile" | "picture" | "website" => {
            let scheme = value.split(':').next().unwrap_or_default().to_ascii_lowercase();
            assert!(scheme == "http" || scheme == "https", "{value}");
            assert!(!value.contains(['<', '>', '"', ' ', '\\']), "{value}");
        }
        "email" => assert!(value.contains('@') && !value.contains([' ', '<', '>', ',', ';']), "{value}"),
        "phone_number" => assert!(value.starts_with('+') && value.is_ascii(), "{value}"),
        "birthdate" => assert!(matches!(value.len(), 4 | 10) && value.is_ascii(), "{value}"),
        "locale" | "zoneinfo" => {
            assert!(value.is_ascii() && !value.contains("..") && !value.is_empty(), "{value}");
        }
        _ => assert!(!CHANGEABLE.contains(&name) || value.len() <= limits::CLAIM_BYTES),
    }
}
