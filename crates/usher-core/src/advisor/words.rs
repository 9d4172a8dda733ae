//! What the advisor says to people, in each language: the only place of these words. Every function matches its enum whole, so a
//! sentence that a language lacks does not compile. Page, API and command line all ask here.

mod chinese;
mod chinese_rules;
mod english;
mod english_rules;

use super::advice::Yield;
use super::decide::Mode;
use super::examine::{Rule, Severity};
use super::note::Note;
use super::question::Question;
use usher_types::Locale;

/// A question in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionWords {
    /// The question.
    pub ask: &'static str,
    /// The same in two or three words, for the drawn path.
    pub short: &'static str,
    /// Why it is asked and how to tell.
    pub why: &'static str,
    /// The answers, in the order of [`Question::answers`].
    pub answers: [AnswerWords; 2],
}

/// An answer in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerWords {
    /// The answer.
    pub label: &'static str,
    /// What it means for an application.
    pub meaning: &'static str,
}

/// A mode in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModeWords {
    /// Its name.
    pub title: &'static str,
    /// The same in two or three words, for the drawn path.
    pub short: &'static str,
    /// Why this mode, in exactly two sentences.
    pub reason: &'static str,
}

/// A question.
pub const fn question(locale: Locale, question: Question) -> QuestionWords {
    match locale {
        Locale::English => english::question(question),
        Locale::SimplifiedChinese => chinese::question(question),
    }
}

/// A mode.
pub const fn mode(locale: Locale, mode: Mode) -> ModeWords {
    match locale {
        Locale::English => english::mode(mode),
        Locale::SimplifiedChinese => chinese::mode(mode),
    }
}

/// Whether a token is given.
pub const fn token(locale: Locale, given: Yield) -> &'static str {
    match locale {
        Locale::English => english::token(given),
        Locale::SimplifiedChinese => chinese::token(given),
    }
}

/// A note.
pub const fn note(locale: Locale, note: Note) -> &'static str {
    match locale {
        Locale::English => english::note(note),
        Locale::SimplifiedChinese => chinese::note(note),
    }
}

/// What a rule finds wrong, and why.
pub const fn rule(locale: Locale, rule: Rule) -> &'static str {
    match locale {
        Locale::English => english_rules::rule(rule),
        Locale::SimplifiedChinese => chinese_rules::rule(rule),
    }
}

/// How serious a finding is.
pub const fn severity(locale: Locale, severity: Severity) -> &'static str {
    match locale {
        Locale::English => english_rules::severity(severity),
        Locale::SimplifiedChinese => chinese_rules::severity(severity),
    }
}
