//! From an authorization response to tokens that are believed: the checks of RFC 9207 §2.4, the tokens in the response itself
//! (OpenID Connect Core §3.2.2.5, §3.3.2.5), and the token request (RFC 6749 §4.1.3, RFC 7636 §4.5).

use crate::app::App;
use crate::clients::Post;
use crate::glossary;
use crate::tokens::{self, Source};
use crate::verify::{Check, Report};
use crate::walk::{Callback, Judged, Outcome, Problem, Progress, Step, Tokens, Walk};
use crate::wire::Exchange;
use serde_json::{Map, Value};

/// Sends the code of a walk to the token endpoint.
pub(crate) async fn send_code(walk: &Walk, code: &str) -> Exchange {
    let (redirect_uri, verifier) =
        walk.request().map_or(("", None), |r| (r.redirect_uri.as_str(), r.verifier.as_deref()));
    let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
    form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
    let secrets = [code, verifier.unwrap_or_default()];
    let url = &walk.provider.token_endpoint;
    walk.credentials.post(Post { title: "Token request", url, form, secrets: &secrets }).await
}

/// Judges an authorization response and exchanges its code. The result goes into the walk, if it is still there.
pub(crate) async fn settle(app: &App, mut walk: Walk, callback: Callback) {
    let checks = checks(app, &callback);
    let (beside, outcome) = match believe(&callback, &checks) {
        Err(problem) => (None, Outcome::Refused(problem)),
        Ok(()) => use_answer(app, &mut walk, &callback).await,
    };
    let state = walk.request().map(|request| request.state.clone()).unwrap_or_default();
    if let Some(kept) = app.walks().find_by_state(&state) {
        for recorded in
            walk.wire.into_iter().filter(|r| matches!(r.step, Step::Exchange | Step::Verification))
        {
            kept.record(recorded.step, recorded.exchange);
        }
        kept.progress = Progress::Settled(Some(Judged { callback, checks, beside }), outcome);
    }
}

/// What must hold of a response before it is looked at any further.
fn checks(app: &App, callback: &Callback) -> Vec<Check> {
    let issuer = &app.demo.issuer;
    // RFC 9207 §2.4: "Clients MUST then compare the result to the issuer identifier of the authorization server where the authorization
    // request was sent to … If the value does not match the expected issuer identifier, clients MUST reject the authorization response".
    let iss = match callback.one("iss") {
        Some(iss) if iss == issuer => Ok(format!("{iss}: the server that was asked")),
        Some(iss) => Err(format!("{iss}, but {issuer} was asked")),
        None => Err("absent, although usher's discovery document promises it".to_owned()),
    };
    vec![
        Check::new("state: this application sent the request", Ok("it is the one of this walk".to_owned())),
        Check::new(
            "browser: it went out from here",
            Ok("the cookie is the one that began this walk".to_owned()),
        ),
        Check::new("iss: who answers", iss),
    ]
}

fn believe(callback: &Callback, checks: &[Check]) -> Result<(), Problem> {
    if let Some(wrong) = checks.iter().find(|c| c.is_wrong()) {
        return Err(Problem {
            code: String::new(),
            description: format!("{}: {}", wrong.name, wrong.says),
            meaning: "The answer does not come from the server that was asked, so nothing in it was used.".to_owned(),
            advice: "Start a new walk. If it happens again, compare the issuer in usher's configuration with the demo's.".to_owned(),
        });
    }
    match callback.one("error") {
        Some(error) => Err(problem(error, callback.one("error_description").unwrap_or_default())),
        None => Ok(()),
    }
}

/// Takes what a response holds: tokens at once, a code for more, or nothing, where nothing was asked for. Gives the tokens that came
/// beside a code, too.
async fn use_answer(app: &App, walk: &mut Walk, callback: &Callback) -> (Option<Box<Tokens>>, Outcome) {
    let asked = walk.request().and_then(|r| r.value("response_type")).unwrap_or_default().to_owned();
    let asked_for = |word: &str| asked.split(' ').any(|w| w == word);
    let mut at_once = None;
    if asked_for("id_token") || asked_for("token") {
        let answer: Map<String, Value> = callback
            .parameters
            .iter()
            .filter_map(|(name, _)| Some((name.clone(), callback.one(name)?.into())))
            .collect();
        let (keys, tokens) = tokens::read(app, walk, &answer, Source::FrontChannel(callback)).await;
        walk.record(Step::Verification, keys);
        let is_all = |tokens: &Tokens| {
            tokens.id_token.is_some() == asked_for("id_token")
                && tokens.access_token.is_some() == asked_for("token")
        };
        let Some(tokens) = tokens.filter(is_all) else { return (None, Outcome::Refused(nothing_usable())) };
        // Core §3.3.2.8: the ID token is validated before anything else of the answer is used.
        if !tokens.id_report.as_ref().is_none_or(Report::is_right) {
            let description = "a check of the ID token failed".to_owned();
            return (Some(Box::new(tokens)), Outcome::Refused(Problem { description, ..nothing_usable() }));
        }
        at_once = Some(Box::new(tokens));
    }
    match (callback.one("code"), at_once) {
        (Some(code), before) if asked_for("code") => {
            let outcome = spend(app, walk, code, before.as_deref()).await;
            (before, outcome)
        }
        (None, Some(tokens)) if !asked_for("code") => (None, Outcome::Tokens(tokens)),
        (None, None) if asked == "none" => (None, Outcome::Acknowledged),
        (_, before) => (before, Outcome::Refused(nothing_usable())),
    }
}

fn nothing_usable() -> Problem {
    Problem {
        code: String::new(),
        description: "what the response_type asked for is missing, there twice, or there unasked".to_owned(),
        meaning: "The answer is not what was asked for, so nothing in it was used.".to_owned(),
        advice: "Start a new walk.".to_owned(),
    }
}

/// An error of the server, explained.
pub(crate) fn problem(code: &str, description: &str) -> Problem {
    let (meaning, advice) = glossary::error(code);
    Problem {
        code: code.to_owned(),
        description: description.to_owned(),
        meaning: meaning.to_owned(),
        advice: advice.to_owned(),
    }
}

async fn spend(app: &App, walk: &mut Walk, code: &str, before: Option<&Tokens>) -> Outcome {
    let mut exchange = send_code(walk, code).await;
    exchange.say("The code is spent. The tokens below never passed through the browser.");
    let source = before.map_or(Source::TokenEndpoint, Source::AfterFrontChannel);
    conclude(app, walk, exchange, source).await
}

/// Keeps the exchange with the token endpoint, and reads the tokens in it.
pub(crate) async fn conclude(
    app: &App,
    walk: &mut Walk,
    mut exchange: Exchange,
    source: Source<'_>,
) -> Outcome {
    let answer = exchange.json().filter(|_| exchange.is_success());
    if answer.is_none() {
        exchange.say("There are no tokens.");
    }
    let refused = refusal(&exchange);
    walk.record(Step::Exchange, exchange);
    let Some(answer) = answer else { return Outcome::Refused(refused) };
    let (keys, tokens) = tokens::read(app, walk, &answer, source).await;
    walk.record(Step::Verification, keys);
    match tokens {
        Some(tokens) => Outcome::Tokens(Box::new(tokens)),
        None => Outcome::Refused(Problem {
            code: String::new(),
            description: "access_token is missing, or token_type is not Bearer".to_owned(),
            meaning: "The token endpoint answered, but not with tokens that this application can use."
                .to_owned(),
            advice: "Look at the answer of the token endpoint.".to_owned(),
        }),
    }
}

/// Why an exchange gave nothing.
pub(crate) fn refusal(exchange: &Exchange) -> Problem {
    match (&exchange.outcome, exchange.error()) {
        (Err(cause), _) => Problem {
            code: String::new(),
            description: cause.clone(),
            meaning: "usher cannot be reached.".to_owned(),
            advice: "See whether it is still running, and start a new walk.".to_owned(),
        },
        (Ok(_), Some(code)) => {
            let description = exchange
                .json()
                .and_then(|b| b.get("error_description").and_then(Value::as_str).map(str::to_owned));
            problem(&code, &description.unwrap_or_default())
        }
        (Ok(answer), None) => Problem {
            code: String::new(),
            description: format!("status {}", answer.status),
            meaning: "usher answered with neither what was asked for nor an error.".to_owned(),
            advice: "Look at the answer and at usher's log.".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::Travel;

    fn judge(parameters: &[(&str, &str)]) -> Result<(), Problem> {
        let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let callback = Callback { travel: Travel::Query, parameters };
        let checks = checks(&App::new(crate::app::tests::demo()), &callback);
        believe(&callback, &checks)
    }

    const ISS: (&str, &str) = ("iss", "http://localhost:1/oidc");

    #[test]
    fn an_answer_is_used_only_if_the_right_server_gives_it() {
        assert!(judge(&[("code", "c"), ISS]).is_ok());
        for wrong in ["http://localhost:2/oidc", "http://localhost:1/oidc/", ""] {
            assert!(judge(&[("code", "c"), ("iss", wrong)]).is_err(), "{wrong}");
        }
        assert!(judge(&[("code", "c"), ISS, ISS]).is_err());
    }

    #[test]
    fn a_refusal_is_explained() {
        let problem = judge(&[("error", "access_denied"), ("error_description", "no"), ISS]).unwrap_err();
        assert_eq!((problem.code.as_str(), problem.description.as_str()), ("access_denied", "no"));
        assert!(problem.meaning.contains("refused"), "{}", problem.meaning);
        assert!(judge(&[("error", "access_denied"), ("code", "c"), ISS]).is_err());
    }
}
