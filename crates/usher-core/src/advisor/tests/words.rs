//! Both languages say everything, each in its own script, and a reason is two sentences.

use crate::advisor::{Mode, Note, Question, Rule, Severity, Yield, words};
use std::collections::HashSet;
use usher_types::Locale;

/// Everything that is said in a language.
fn everything(locale: Locale) -> Vec<&'static str> {
    let mut said = Vec::new();
    for question in Question::ALL {
        let words = words::question(locale, question);
        said.extend([words.ask, words.short, words.why]);
        said.extend(words.answers.iter().flat_map(|a| [a.label, a.meaning]));
    }
    for mode in Mode::ALL {
        let words = words::mode(locale, mode);
        said.extend([words.title, words.short, words.reason]);
    }
    said.extend(Note::ALL.map(|n| words::note(locale, n)));
    said.extend(Rule::ALL.iter().map(|r| words::rule(locale, *r)));
    said.extend(Yield::ALL.map(|y| words::token(locale, y)));
    said.extend([Severity::Advice, Severity::Warning, Severity::Serious].map(|s| words::severity(locale, s)));
    said
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_language_says_everything_in_its_own_script() {
    let english = everything(Locale::English);
    let chinese = everything(Locale::SimplifiedChinese);
    assert_eq!(english.len(), chinese.len());
    for (english, chinese) in english.iter().zip(chinese) {
        assert!(!english.is_empty() && !is_chinese(english), "{english}");
        assert!(is_chinese(chinese) || chinese.starts_with("Web Crypto"), "{chinese}");
    }
}

#[test]
fn a_reason_is_exactly_two_sentences() {
    for mode in Mode::ALL {
        let english = words::mode(Locale::English, mode).reason;
        let ends = english.matches(". ").count() + usize::from(english.ends_with('.'));
        assert_eq!((ends, english.matches(['!', '?', ';']).count()), (2, 0), "{english}");
        let chinese = words::mode(Locale::SimplifiedChinese, mode).reason;
        assert_eq!(chinese.matches('。').count(), 2, "{chinese}");
        assert!(chinese.ends_with('。') && !chinese.contains(['！', '？', '；']), "{chinese}");
    }
}

#[test]
fn every_note_belongs_to_a_mode_and_no_mode_says_one_twice() {
    let mut used = HashSet::new();
    for mode in Mode::ALL {
        let notes = [mode.storage(), mode.best_practice(), mode.cost()].concat();
        assert!(!mode.storage().is_empty() && !mode.best_practice().is_empty(), "{mode:?}");
        let own: HashSet<Note> = notes.iter().copied().collect();
        assert_eq!(own.len(), notes.len(), "{mode:?}");
        // What best practice asks and what a deprecated mode costs is somebody's finding, and is named.
        let sourced = mode.best_practice().iter().chain(mode.cost());
        assert!(sourced.clone().all(|n| !n.references().is_empty()), "{mode:?}");
        used.extend(own);
    }
    assert_eq!(used.len(), Note::ALL.len());
}

#[test]
fn every_reference_leads_to_the_section_that_it_names() {
    let notes = Note::ALL.iter().flat_map(|n| n.references());
    let rules = Rule::ALL.iter().map(|r| r.reference());
    for reference in notes.copied().chain(rules) {
        let (title, url) = (reference.title(), reference.url());
        assert!(url.starts_with("https://"), "{url}");
        let Some(rest) = title.strip_prefix("RFC ") else { continue };
        let (number, section) = rest.split_once(" §").map_or((rest, None), |(n, s)| (n, Some(s)));
        let anchor = section.map(|s| format!("#section-{s}")).unwrap_or_default();
        assert_eq!(url, format!("https://www.rfc-editor.org/rfc/rfc{number}{anchor}"), "{title}");
    }
}
