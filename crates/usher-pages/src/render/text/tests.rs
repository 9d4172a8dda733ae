//! Tests of the module above.

use super::*;
use crate::render::engine::TEMPLATES;
use std::collections::{BTreeMap, BTreeSet};

/// Every key of a language, attributes included, with the variables that its sentence takes.
fn keys(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    let mut message = String::new();
    let mut key = String::new();
    for line in source(locale).lines() {
        if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| !name.starts_with(['#', ' '])) {
            name.clone_into(&mut message);
            key.clone_from(&message);
        } else if let Some((name, _)) = line.trim_start().strip_prefix('.').and_then(|l| l.split_once(" = "))
        {
            key = format!("{message}.{name}");
        }
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let variables: &mut BTreeSet<String> = keys.entry(key.clone()).or_default();
        variables.extend(line.split('$').skip(1).map(|rest| {
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
        }));
    }
    keys
}

#[test]
fn every_language_has_the_same_sentences_with_the_same_variables() {
    let english = keys(Locale::English);
    assert!(english.len() > 80);
    for locale in Locale::ALL {
        assert_eq!(keys(locale), english, "{}", locale.tag());
    }
}

#[test]
fn every_sentence_is_used() {
    let code = [
        include_str!("../view.rs"),
        include_str!("../link.rs"),
        include_str!("../mail.rs"),
        include_str!("../account.rs"),
    ];
    let asking: Vec<&str> = TEMPLATES.iter().map(|(_, template)| *template).chain(code).collect();
    for key in keys(Locale::English).into_keys() {
        // Some are asked for by adding them to another key.
        let added = [".why", ".next", ".about", ".lead", ".where", ".action", ".until", ".otherwise"];
        let key = added.iter().find_map(|end| key.strip_suffix(end)).unwrap_or(&key);
        assert!(asking.iter().any(|t| t.contains(&format!("\"{key}\""))), "{key}");
    }
}

#[test]
fn every_sentence_can_be_said() {
    for locale in Locale::ALL {
        let texts = Texts::load(locale).unwrap();
        for (key, variables) in keys(locale) {
            for number in [1, 2, 5] {
                let parts = variables.iter().map(|name| {
                    let count = matches!(name.as_str(), "minutes" | "others" | "remaining" | "count");
                    let part = if count { Part::Count(number) } else { Part::Name("x".to_owned()) };
                    (name.clone(), part)
                });
                let text = texts.html(&key, parts.collect()).unwrap();
                assert!(!text.is_empty() && !text.contains(['{', '}', '\u{2068}']), "{key}: {text}");
            }
        }
    }
}

#[test]
fn a_name_is_isolated_and_cannot_close_its_isolation() {
    let texts = Texts::load(Locale::English).unwrap();
    let parts = || vec![("pool".to_owned(), Part::Name("<b>\u{2069}A\u{202E}".to_owned()))];
    assert_eq!(texts.html("sign-in-lead", parts()).unwrap(), "Use your <bdi>&lt;b&gt;A</bdi> account.");
    assert_eq!(texts.plain("sign-in-lead", parts()).unwrap(), "Use your <b>A account.");
}

#[test]
fn a_missing_sentence_or_variable_is_an_error() {
    let texts = Texts::load(Locale::English).unwrap();
    assert!(texts.plain("no-such-text", vec![]).is_err());
    assert!(texts.plain("sign-in.no-such-attribute", vec![]).is_err());
    assert!(texts.plain("sign-in-lead", vec![]).is_err());
}
