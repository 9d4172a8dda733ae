//! The target for what programs ask the advisor.

use crate::input::utf8;
use serde_json::Value;
use usher_core::advisor::{Answers, Kit, Question, Step, document, next, walk};
use usher_pages::handler::advisor::{AskError, Asked, parse_json, parse_query};

/// The server whose addresses samples name.
const BASE: &str = "https://id.example";

/// A body or a query, told apart by the first byte: what is accepted is a set of answers with exactly one next step, and reads back
/// from its own path; no sample lets a name or an address out of its quotes; an error is one sentence.
pub fn advisor(data: &[u8]) {
    let kit = || Kit::new(BASE);
    let asked = match utf8(data) {
        Some(text) if !text.starts_with('{') => parse_query(text, kit()),
        _ => parse_json(data, kit()),
    };
    match asked {
        Ok(asked) => holds(&asked),
        Err(error) => is_one_sentence(&error),
    }
}

fn holds(Asked { answers, kit }: &Asked) {
    let path = walk(answers);
    let again = path.iter().fold(Answers::default(), |all, (question, answer)| all.with(*question, *answer));
    assert_eq!(next(&again), next(answers), "the path leads to the same step");
    let query: Vec<String> =
        answers.given().map(|(question, answer)| format!("{question}={answer}")).collect();
    let read = parse_query(&query.join("&"), Kit::new(BASE)).map(|asked| asked.answers);
    assert_eq!(read.as_ref(), Ok(answers), "answers read back as themselves");
    if let Step::Ask(question) = next(answers) {
        assert!(answers.get(question).is_none() && Question::ALL.contains(&question));
    }
    let document = document(answers, kit);
    let told = |pointer: &str| document.pointer(pointer);
    assert_eq!(told("/path").and_then(Value::as_array).map(Vec::len), Some(path.len()));
    if told("/advice").is_none() {
        return;
    }
    for pointer in ["/advice/commands/0", "/advice/declaration"] {
        let text = told(pointer).and_then(Value::as_str).unwrap_or_default();
        assert!(
            !text.contains(['`', '$', '\\', '\0']) && text.matches('\'').count().is_multiple_of(2),
            "{text}"
        );
    }
    let id = kit.client_id();
    assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{id}");
}

fn is_one_sentence(error: &AskError) {
    let text = error.to_string();
    assert!(!text.is_empty() && text.len() < 1024 && !text.chars().any(char::is_control), "{text:?}");
}
