//! What went over the wire as a page shows it: request and answer, with their secrets marked, and the tokens in them taken apart.

use super::json::lay_out;
use crate::walk::{Recorded, Tried, Verdict};
use crate::wire::{Apart, Exchange};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct ExchangeView {
    number: usize,
    title: &'static str,
    note: String,
    status: Option<u16>,
    /// "ok", "refused" or "failed".
    tone: &'static str,
    request: Vec<Segment>,
    answer: Vec<Segment>,
    is_form: bool,
    apart: Vec<Apart>,
}

/// A piece of text, and whether it is a secret.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Segment {
    text: String,
    secret: bool,
}

/// A wrong way that was tried.
#[derive(Serialize)]
pub(crate) struct TriedView {
    verdict: Verdict,
    exchanges: Vec<ExchangeView>,
}

/// Makes an exchange of a walk ready to be shown.
pub(super) fn recorded(recorded: &Recorded) -> ExchangeView {
    view(recorded.number, &recorded.exchange)
}

/// Makes a wrong way that was tried ready to be shown.
pub(crate) fn tried(tried: &Tried) -> TriedView {
    let exchanges = tried.exchanges.iter().map(|exchange| view(0, exchange)).collect();
    TriedView { verdict: tried.verdict, exchanges }
}

fn view(number: usize, exchange: &Exchange) -> ExchangeView {
    let (head, body) = exchange.request.split_once("\n\n").unwrap_or((exchange.request.as_str(), ""));
    // A form is one line on the wire, and so is a query; one parameter a line is easier to read.
    let (line, rest) = head.split_once('\n').unwrap_or((head, ""));
    let line = if line.starts_with("GET ") {
        line.replacen('?', "\n  ?", 1).replace('&', "\n  &")
    } else {
        line.to_owned()
    };
    let head = if rest.is_empty() { line } else { format!("{line}\n{rest}") };
    let request = if body.is_empty() { head } else { format!("{head}\n\n{}", body.replace('&', "\n&")) };
    let (status, answer) = match &exchange.outcome {
        Ok(answer) => (Some(answer.status), format!("{}\n{}", answer.head, lay_out(&answer.body))),
        Err(cause) => (None, cause.clone()),
    };
    let is_form =
        body.contains('&') || exchange.request.lines().next().is_some_and(|line| line.contains('?'));
    ExchangeView {
        number,
        title: exchange.title,
        note: exchange.note.clone(),
        status,
        tone: match status {
            Some(200..300) => "ok",
            Some(_) => "refused",
            None => "failed",
        },
        request: segments(&request, &exchange.secrets),
        answer: segments(answer.trim_end(), &exchange.secrets),
        is_form,
        apart: exchange.apart.iter().map(laid_out).collect(),
    }
}

fn laid_out(apart: &Apart) -> Apart {
    Apart { title: apart.title, header: lay_out(&apart.header), payload: lay_out(&apart.payload) }
}

/// Splits a text at the secrets in it. The earliest comes first, and of two at one place the longer.
fn segments(text: &str, secrets: &[String]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text;
    loop {
        let found = secrets
            .iter()
            .filter(|s| !s.is_empty())
            .filter_map(|secret| rest.find(secret.as_str()).map(|at| (at, secret)));
        let Some((before, after, secret)) = found
            .min_by_key(|(at, secret)| (*at, usize::MAX - secret.len()))
            .and_then(|(at, secret)| Some((rest.get(..at)?, rest.get(at + secret.len()..)?, secret)))
        else {
            break;
        };
        segments.extend((!before.is_empty()).then(|| Segment { text: before.to_owned(), secret: false }));
        segments.push(Segment { text: secret.clone(), secret: true });
        rest = after;
    }
    segments.extend((!rest.is_empty()).then(|| Segment { text: rest.to_owned(), secret: false }));
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_marked_wherever_it_stands() {
        let secrets = ["abc".to_owned(), "abcdef".to_owned(), String::new(), "é".to_owned()];
        let marked: Vec<(String, bool)> =
            segments("x=abcdef&y=abc é", &secrets).into_iter().map(|s| (s.text, s.secret)).collect();
        let expected =
            [("x=", false), ("abcdef", true), ("&y=", false), ("abc", true), (" ", false), ("é", true)];
        assert_eq!(marked, expected.map(|(text, secret)| (text.to_owned(), secret)));
        assert_eq!(segments("", &secrets), []);
    }
}
