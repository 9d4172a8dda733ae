//! A walk as its page shows it: steps, explanations, what its mode yields, and what can be tried.

use super::exchange::{ExchangeView, TriedView, recorded, tried};
use super::json::lay_out;
use crate::app::App;
use crate::codes::Codes;
use crate::glossary;
use crate::kind::Kind;
use crate::options::AuthorizationRequest;
use crate::portrait::{self, Portrait, Yield};
use crate::verify::{Check, Report};
use crate::walk::{Ask, Callback, Judged, Outcome, Problem, Progress, Step, Tokens, Travel, Walk};
use crate::ways::{self, Wrong};
use serde::Serialize;

/// A walk.
#[derive(Serialize)]
pub(crate) struct WalkView {
    path: String,
    kind: &'static str,
    portrait: &'static Portrait,
    request: Option<RequestView>,
    device: Option<Codes>,
    discovery: Vec<ExchangeView>,
    beginning: Vec<ExchangeView>,
    /// "asked", "returned", "exchanging", "refused", "tokens" or "acknowledged".
    progress: &'static str,
    callback: Option<CallbackView>,
    problem: Option<Problem>,
    exchange: Vec<ExchangeView>,
    verification: Vec<ExchangeView>,
    tokens: Option<TokensView>,
    yields: Vec<YieldView>,
    later: Vec<ExchangeView>,
    wrong: Vec<WrongView>,
    issuer: String,
    has_session: bool,
    has_userinfo: bool,
    why_no_introspection: Option<&'static str>,
}

#[derive(Serialize)]
struct RequestView {
    endpoint: String,
    url: String,
    parameters: Vec<ParameterView>,
    verifier: Option<String>,
    response_type: String,
    /// Whether the answer comes in a message to this page.
    by_message: bool,
    issuer_origin: String,
}

#[derive(Serialize)]
struct ParameterView {
    name: String,
    value: String,
    meaning: &'static str,
}

#[derive(Serialize)]
struct CallbackView {
    /// "query", "form", "fragment" or "message".
    travel: &'static str,
    address: String,
    parameters: Vec<ParameterView>,
    checks: Vec<Check>,
    /// The tokens that came beside a code.
    tokens: Option<TokensView>,
}

#[derive(Serialize)]
struct TokensView {
    expires_in: Option<u64>,
    scope: Option<String>,
    /// What was asked for and not granted.
    withheld: Vec<String>,
    rejected_scope: Option<String>,
    refresh_token_withheld: Option<String>,
    subject: Option<String>,
    is_believed: bool,
    has_access_token: bool,
    id_token: Option<ReportView>,
    access_token: Option<ReportView>,
    /// "absent", "fresh", or "rotated" where it took the place of another.
    refresh_token: &'static str,
    ended: Option<&'static str>,
}

#[derive(Serialize)]
struct ReportView {
    header: String,
    payload: String,
    checks: Vec<Check>,
}

/// Whether a token came, and why it did or did not.
#[derive(Serialize)]
struct YieldView {
    name: &'static str,
    came: bool,
    says: &'static str,
}

#[derive(Serialize)]
struct WrongView {
    way: &'static Wrong,
    tried: Option<TriedView>,
}

/// Makes a walk ready to be shown.
pub(crate) fn walk(app: &App, walk: &Walk) -> WalkView {
    let of = |step: Step| walk.wire.iter().filter(|r| r.step == step).map(recorded).collect::<Vec<_>>();
    let unjudged = |response: &Callback| Some(callback(walk, response, &[], None));
    let (progress, callback, problem) = match &walk.progress {
        Progress::Asked => ("asked", None, None),
        Progress::Returned(response) => ("returned", unjudged(response), None),
        Progress::Exchanging(response) => ("exchanging", unjudged(response), None),
        Progress::Settled(judged, outcome) => {
            let shown = judged.as_ref().map(|Judged { callback, checks, beside }| {
                self::callback(walk, callback, checks, beside.as_deref())
            });
            match outcome {
                Outcome::Refused(problem) => ("refused", shown, Some(problem.clone())),
                Outcome::Tokens(_) => ("tokens", shown, None),
                Outcome::Acknowledged => ("acknowledged", shown, None),
            }
        }
    };
    WalkView {
        path: walk.path(),
        kind: walk.kind.name(),
        portrait: portrait::of(walk.kind),
        request: walk.request().map(|made| request(app, walk, made)),
        device: match &walk.ask {
            Ask::Device(codes, _) => Some(codes.clone()).filter(|codes| !codes.user_code.is_empty()),
            Ask::Browser(_) | Ask::Direct(_) => None,
        },
        discovery: of(Step::Discovery),
        beginning: of(Step::Beginning),
        progress,
        callback,
        problem,
        exchange: of(Step::Exchange),
        verification: of(Step::Verification),
        tokens: walk.tokens().map(|tokens| self::tokens(walk, tokens)),
        yields: yields(walk),
        later: of(Step::Later),
        wrong: ways::of(walk.kind).iter().map(|way| wrong_way(walk, way)).collect(),
        issuer: app.demo.issuer.clone(),
        has_session: walk.request().is_some(),
        has_userinfo: !matches!(walk.kind, Kind::Machine | Kind::Exchange),
        why_no_introspection: why_no_introspection(walk.kind),
    }
}

/// Why an application of this kind may not introspect; nothing if it may.
const fn why_no_introspection(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Native | Kind::Spa | Kind::Implicit | Kind::Device => Some(
            "This application may not introspect: anybody can take its client_id out of it, so usher cannot know who asks. Introspection is for servers with a secret, mostly APIs.",
        ),
        _ => None,
    }
}

fn request(app: &App, walk: &Walk, made: &AuthorizationRequest) -> RequestView {
    let parameters = made.parameters.iter().map(|(name, value)| (*name, value.as_str()));
    RequestView {
        endpoint: walk.provider.authorization_endpoint.clone(),
        url: made.url.clone(),
        parameters: parameters.map(parameter).collect(),
        verifier: made.verifier.clone(),
        response_type: made.value("response_type").unwrap_or_default().to_owned(),
        by_message: made.value("response_mode") == Some("web_message"),
        issuer_origin: app.issuer_origin(),
    }
}

fn parameter((name, value): (&str, &str)) -> ParameterView {
    ParameterView { name: name.to_owned(), value: value.to_owned(), meaning: glossary::parameter(name) }
}

fn callback(walk: &Walk, response: &Callback, checks: &[Check], beside: Option<&Tokens>) -> CallbackView {
    CallbackView {
        travel: match response.travel {
            Travel::Query => "query",
            Travel::Form => "form",
            Travel::Fragment => "fragment",
            Travel::Message => "message",
        },
        address: walk.request().map(|made| made.redirect_uri.clone()).unwrap_or_default(),
        parameters: response.parameters.iter().map(|(n, v)| parameter((n, v))).collect(),
        checks: checks.to_vec(),
        tokens: beside.map(|tokens| self::tokens(walk, tokens)),
    }
}

fn tokens(walk: &Walk, tokens: &Tokens) -> TokensView {
    let withheld = tokens.scope.as_deref().map(|granted| {
        let is_missing = |scope: &&str| !scope.is_empty() && granted.split(' ').all(|g| g != *scope);
        walk.scope().split(' ').filter(is_missing).map(str::to_owned).collect()
    });
    TokensView {
        expires_in: tokens.expires_in,
        scope: tokens.scope.clone(),
        // What the server itself lists as rejected is said there.
        withheld: withheld.filter(|_| tokens.rejected_scope.is_none()).unwrap_or_default(),
        rejected_scope: tokens.rejected_scope.clone(),
        refresh_token_withheld: tokens.refresh_token_withheld.clone(),
        subject: tokens.subject.clone(),
        is_believed: tokens.id_report.as_ref().is_none_or(Report::is_right),
        has_access_token: tokens.access_token.is_some(),
        id_token: tokens.id_report.as_ref().map(report),
        access_token: tokens.access_report.as_ref().map(report),
        refresh_token: match (&tokens.refresh_token, &tokens.spent_refresh_token) {
            (None, _) => "absent",
            (Some(_), None) => "fresh",
            (Some(_), Some(_)) => "rotated",
        },
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

/// What came of the mode's tokens, by the front channel or the token endpoint.
fn yields(walk: &Walk) -> Vec<YieldView> {
    let Some(tokens) = walk.tokens() else { return Vec::new() };
    let beside = match &walk.progress {
        Progress::Settled(Some(judged), _) => judged.beside.as_deref(),
        _ => None,
    };
    let came = |part: fn(&Tokens) -> bool| part(tokens) || beside.is_some_and(part);
    let view = |name, came, (_, says): Yield| YieldView { name, came, says };
    let portrait = portrait::of(walk.kind);
    vec![
        view("Access token", came(|t| t.access_token.is_some()), portrait.access),
        view("ID token", came(|t| t.id_token.is_some()), portrait.id),
        view("Refresh token", came(|t| t.refresh_token.is_some()), portrait.refresh),
    ]
}

fn wrong_way(walk: &Walk, way: &'static Wrong) -> WrongView {
    WrongView { way, tried: walk.tried.iter().find(|t| t.name == way.name).map(tried) }
}
