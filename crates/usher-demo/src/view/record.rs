//! A walk as its page shows it: steps, explanations, and the exchanges with their secrets marked.

use super::json::lay_out;
use crate::app::App;
use crate::glossary;
use crate::verify::{Check, Report};
use crate::walk::{Callback, Kind, Outcome, Problem, Progress, Recorded, Step, Tokens, Walk};
use crate::wire::Exchange;
use serde::Serialize;

/// A walk.
#[derive(Serialize)]
pub(crate) struct WalkView {
    path: String,
    kind: &'static str,
    has_pkce: bool,
    url: String,
    endpoint: String,
    request: Vec<ParameterView>,
    verifier: Option<String>,
    discovery: Vec<ExchangeView>,
    /// "asked", "returned", "exchanging", "refused" or "tokens".
    progress: &'static str,
    callback: Option<CallbackView>,
    problem: Option<Problem>,
    exchange: Vec<ExchangeView>,
    verification: Vec<ExchangeView>,
    tokens: Option<TokensView>,
    later: Vec<ExchangeView>,
    issuer: String,
    why_no_introspection: Option<&'static str>,
}

#[derive(Serialize)]
struct ParameterView {
    name: String,
    value: String,
    meaning: &'static str,
}

#[derive(Serialize)]
struct CallbackView {
    method: &'static str,
    address: String,
    parameters: Vec<ParameterView>,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct TokensView {
    expires_in: Option<u64>,
    scope: Option<String>,
    /// What was asked for and not granted.
    withheld: Vec<String>,
    subject: Option<String>,
    is_believed: bool,
    id_token: Option<ReportView>,
    access_token: Option<ReportView>,
    has_refresh_token: bool,
    has_spent_refresh_token: bool,
    ended: Option<&'static str>,
}

#[derive(Serialize)]
struct ReportView {
    header: String,
    payload: String,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct ExchangeView {
    number: usize,
    title: &'static str,
    note: String,
    status: Option<u16>,
    /// "ok", "refused" or "failed".
    tone: &'static str,
    request: Vec<Segment>,
    answer: Vec<Segment>,
    is_form: bool,
}

/// A piece of text, and whether it is a secret.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Segment {
    text: String,
    secret: bool,
}

/// Makes a walk ready to be shown.
pub(crate) fn walk(app: &App, walk: &Walk) -> WalkView {
    let of = |step: Step| walk.wire.iter().filter(|r| r.step == step).map(exchange).collect::<Vec<_>>();
    let (progress, callback, problem) = match &walk.progress {
        Progress::Asked => ("asked", None, None),
        Progress::Returned(response) => ("returned", Some(self::callback(walk, response, &[])), None),
        Progress::Exchanging(response) => ("exchanging", Some(self::callback(walk, response, &[])), None),
        Progress::Settled(response, checks, outcome) => {
            let shown = Some(self::callback(walk, response, checks));
            match outcome {
                Outcome::Refused(problem) => ("refused", shown, Some(problem.clone())),
                Outcome::Tokens(_) => ("tokens", shown, None),
            }
        }
    };
    let parameters = walk.request.parameters.iter().map(|(name, value)| (*name, value.as_str()));
    WalkView {
        path: walk.path(),
        kind: match walk.kind {
            Kind::Web => "web",
            Kind::Native => "native",
        },
        has_pkce: walk.request.verifier.is_some(),
        url: walk.request.url.clone(),
        endpoint: walk.provider.authorization_endpoint.clone(),
        request: parameters.map(parameter).collect(),
        verifier: walk.request.verifier.clone(),
        discovery: of(Step::Discovery),
        progress,
        callback,
        problem,
        exchange: of(Step::Exchange),
        verification: of(Step::Verification),
        tokens: walk.tokens().map(|tokens| self::tokens(walk, tokens)),
        later: of(Step::Later),
        issuer: app.demo.issuer.clone(),
        why_no_introspection: why_no_introspection(walk.kind),
    }
}

/// Why an application of this kind may not introspect; nothing if it may.
const fn why_no_introspection(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Web => None,
        Kind::Native => Some(
            "A native application may not introspect: anybody can take its client_id out of it, so usher cannot know who asks. Introspection is for servers with a secret, mostly APIs.",
        ),
    }
}

fn parameter((name, value): (&str, &str)) -> ParameterView {
    ParameterView { name: name.to_owned(), value: value.to_owned(), meaning: glossary::parameter(name) }
}

fn callback(walk: &Walk, response: &Callback, checks: &[Check]) -> CallbackView {
    CallbackView {
        method: response.method,
        address: walk.request.redirect_uri.clone(),
        parameters: response.parameters.iter().map(|(n, v)| parameter((n, v))).collect(),
        checks: checks.to_vec(),
    }
}

fn tokens(walk: &Walk, tokens: &Tokens) -> TokensView {
    let asked =
        walk.request.parameters.iter().find(|(name, _)| *name == "scope").map_or("", |(_, value)| value);
    let withheld = tokens.scope.as_deref().map(|granted| {
        asked
            .split(' ')
            .filter(|scope| !scope.is_empty() && granted.split(' ').all(|g| g != *scope))
            .map(str::to_owned)
            .collect()
    });
    TokensView {
        expires_in: tokens.expires_in,
        scope: tokens.scope.clone(),
        withheld: withheld.unwrap_or_default(),
        subject: tokens.subject.clone(),
        is_believed: tokens.id_report.as_ref().is_none_or(Report::is_right),
        id_token: tokens.id_report.as_ref().map(report),
        access_token: tokens.access_report.as_ref().map(report),
        has_refresh_token: tokens.refresh_token.is_some(),
        has_spent_refresh_token: tokens.spent_refresh_token.is_some(),
        ended: tokens.ended,
    }
}

fn report(report: &Report) -> ReportView {
    ReportView {
        header: lay_out(&report.header),
        payload: lay_out(&report.payload),
        checks: report.checks.clone(),
    }
}

fn exchange(recorded: &Recorded) -> ExchangeView {
    let exchange: &Exchange = &recorded.exchange;
    let (head, body) = exchange.request.split_once("\n\n").unwrap_or((exchange.request.as_str(), ""));
    // A form is one line on the wire; one parameter a line is easier to read.
    let request =
        if body.is_empty() { head.to_owned() } else { format!("{head}\n\n{}", body.replace('&', "\n&")) };
    let (status, answer) = match &exchange.outcome {
        Ok(answer) => (Some(answer.status), format!("{}\n{}", answer.head, lay_out(&answer.body))),
        Err(cause) => (None, cause.clone()),
    };
    ExchangeView {
        number: recorded.number,
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
        is_form: body.contains('&'),
    }
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
