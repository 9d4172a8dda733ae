//! The advisor: which authorization mode an application should use, why, and what follows from it; and what is set wrong in an
//! application that is there. Pure functions over answers and settings: no store, no clock, no request. The words stand in
//! [`words`], one file a language; how they are shown is for the doors and the command line.

pub mod advice;
mod decide;
mod document;
pub mod examine;
mod kit;
mod note;
mod question;
mod reference;
mod sample;
pub mod words;

pub use advice::{Advice, Tokens, Yield};
pub use decide::{Mode, Step, next, walk};
pub use document::{document, finding as finding_document, key_finding as key_finding_document};
pub use examine::{Finding, Rule, Severity, examine, examine_key};
pub use kit::{Kit, KitError, Setting};
pub use note::Note;
pub use question::{Answer, AnswerError, Answers, Application, Question, YesNo};
pub use reference::Reference;
pub use sample::Sample;

#[cfg(test)]
mod tests;
