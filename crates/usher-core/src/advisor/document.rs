//! The advisor's answers as JSON, in English: the same for the API and for `usher advise --json`. docs/openapi.json describes them.

use super::advice::Advice;
use super::decide::{Mode, Step, next, walk};
use super::examine::Finding;
use super::kit::Kit;
use super::note::Note;
use super::question::{Answers, Question};
use super::{Reference, words};
use serde_json::{Map, Value, json};
use usher_types::Locale;

const LOCALE: Locale = Locale::English;

/// What follows from these answers: the next question, or the advice; and the path so far.
pub fn document(answers: &Answers, kit: &Kit) -> Value {
    let path: Vec<Value> = walk(answers)
        .into_iter()
        .map(|(question, answer)| json!({ "question": question.name(), "answer": answer.as_str() }))
        .collect();
    match next(answers) {
        Step::Ask(question) => json!({ "step": "question", "path": path, "question": asked(question) }),
        Step::Advice(mode) => json!({ "step": "advice", "path": path, "advice": advised(mode, kit) }),
    }
}

fn asked(question: Question) -> Value {
    let said = words::question(LOCALE, question);
    let answers: Vec<Value> = question
        .answers()
        .iter()
        .zip(said.answers)
        .map(|(answer, said)| json!({ "value": answer.as_str(), "label": said.label, "meaning": said.meaning }))
        .collect();
    json!({ "name": question.name(), "text": said.ask, "why": said.why, "answers": answers })
}

fn advised(mode: Mode, kit: &Kit) -> Value {
    let said = words::mode(LOCALE, mode);
    let tokens = mode.tokens();
    let advice = Advice::new(mode, kit);
    let settings: Map<String, Value> =
        advice.settings.iter().map(|s| (s.name.to_owned(), s.value.clone())).collect();
    let samples: Vec<Value> = advice
        .samples
        .iter()
        .map(|s| json!({ "title": s.title, "install": s.install, "code": s.code }))
        .collect();
    json!({
        "mode": mode.as_str(),
        "title": said.title,
        "reason": said.reason,
        "tokens": {
            "access_token": tokens.access.as_str(),
            "id_token": tokens.id.as_str(),
            "refresh_token": tokens.refresh.as_str(),
        },
        "storage": notes(mode.storage()),
        "best_practice": notes(mode.best_practice()),
        "cost": notes(mode.cost()),
        "settings": settings,
        "commands": advice.commands,
        "declaration": advice.declaration,
        "samples": samples,
    })
}

fn notes(notes: &[Note]) -> Vec<Value> {
    let said = |note: &Note| {
        let references: Vec<Value> = note.references().iter().map(|r| reference(*r)).collect();
        json!({ "text": words::note(LOCALE, *note), "references": references })
    };
    notes.iter().map(said).collect()
}

fn reference(reference: Reference) -> Value {
    json!({ "title": reference.title(), "url": reference.url() })
}

/// A finding about an application.
pub fn finding(finding: &Finding, client_id: &str) -> Value {
    let mut document = found(finding, finding.command(client_id));
    document.insert("client_id".to_owned(), client_id.into());
    Value::Object(document)
}

/// A finding about an access key.
pub fn key_finding(finding: &Finding, access_key: &str, client_id: &str) -> Value {
    let mut document = found(finding, finding.key_command(access_key));
    document.insert("client_id".to_owned(), client_id.into());
    document.insert("access_key".to_owned(), access_key.into());
    Value::Object(document)
}

fn found(finding: &Finding, command: String) -> Map<String, Value> {
    let rule = finding.rule;
    let fix: Map<String, Value> = finding.fix.iter().map(|s| (s.name.to_owned(), s.value.clone())).collect();
    let members = [
        ("rule", rule.as_str().into()),
        ("severity", rule.severity().as_str().into()),
        ("setting", finding.setting.into()),
        ("text", words::rule(LOCALE, rule).into()),
        ("reference", reference(rule.reference())),
        ("fix", fix.into()),
        ("command", command.into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
