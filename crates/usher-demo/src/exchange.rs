//! From an authorization response to tokens that are believed: the checks of RFC 9207 §2.4, the token request (RFC 6749 §4.1.3,
//! RFC 7636 §4.5), and the verification of what it gives.

use crate::app::App;
use crate::clock::now;
use crate::verify::{self, Check, Expected};
use crate::walk::{Callback, Kind, Outcome, Problem, Progress, Step, Tokens, Walk};
use crate::wire::{self, Exchange, Outgoing};
use crate::{glossary, provider};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Map, Value};

/// How an application says who it is at the token endpoint and its neighbours.
pub(crate) struct Credentials {
    /// The Authorization header of a confidential client (RFC 6749 §2.3.1).
    pub(crate) authorization: Option<String>,
    /// The `client_id` in the body of a public one (RFC 6749 §3.2.1).
    pub(crate) client_id: Option<String>,
}

impl Credentials {
    /// Those of the application that walks.
    pub(crate) fn of(app: &App, kind: Kind) -> Self {
        match kind {
            Kind::Web => {
                // "encoded using the "application/x-www-form-urlencoded" encoding algorithm", each by itself, before the colon joins them.
                let encoded =
                    |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair =
                    format!("{}:{}", encoded(&app.demo.web.client_id), encoded(&app.demo.web.client_secret));
                Self { authorization: Some(format!("Basic {}", STANDARD.encode(pair))), client_id: None }
            }
            Kind::Native => Self { authorization: None, client_id: Some(app.demo.native.client_id.clone()) },
        }
    }

    /// Posts a form to an endpoint under these credentials.
    pub(crate) async fn post(
        &self,
        title: &'static str,
        url: &str,
        mut form: Vec<(&'static str, &str)>,
        secrets: &[&str],
    ) -> Exchange {
        form.extend(self.client_id.as_deref().map(|id| ("client_id", id)));
        let mut secrets: Vec<String> = secrets.iter().map(|s| (*s).to_owned()).collect();
        secrets
            .extend(self.authorization.as_deref().and_then(|a| a.strip_prefix("Basic ")).map(str::to_owned));
        let authorization = self.authorization.clone();
        wire::send(Outgoing { title, method: Method::POST, url, authorization, form, secrets }).await
    }
}

/// Sends the code of a walk to the token endpoint.
pub(crate) async fn send_code(app: &App, walk: &Walk, code: &str) -> Exchange {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", walk.request.redirect_uri.as_str()),
    ];
    form.extend(walk.request.verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
    let secrets = [code, walk.request.verifier.as_deref().unwrap_or_default()];
    Credentials::of(app, walk.kind).post("Token request", &walk.provider.token_endpoint, form, &secrets).await
}

/// Judges an authorization response and exchanges its code. The result goes into the walk, if it is still there.
pub(crate) async fn settle(app: &App, mut walk: Walk, callback: Callback) {
    let checks = checks(app, &callback);
    let outcome = match believed_code(&callback, &checks) {
        Err(problem) => Outcome::Refused(problem),
        Ok(code) => spend(app, &mut walk, code).await,
    };
    if let Some(kept) = app.walks().find_by_state(&walk.request.state) {
        for recorded in
            walk.wire.into_iter().filter(|r| matches!(r.step, Step::Exchange | Step::Verification))
        {
            kept.record(recorded.step, recorded.exchange);
        }
        kept.progress = Progress::Settled(callback, checks, outcome);
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

fn believed_code<'a>(callback: &'a Callback, checks: &[Check]) -> Result<&'a str, Problem> {
    if let Some(wrong) = checks.iter().find(|c| c.is_wrong()) {
        return Err(Problem {
            code: String::new(),
            description: format!("{}: {}", wrong.name, wrong.says),
            meaning: "The answer does not come from the server that was asked, so nothing in it was used.".to_owned(),
            advice: "Start a new walk. If it happens again, compare the issuer in usher's configuration with the demo's.".to_owned(),
        });
    }
    if let Some(error) = callback.one("error") {
        return Err(problem(error, callback.one("error_description").unwrap_or_default()));
    }
    callback.one("code").ok_or_else(|| Problem {
        code: String::new(),
        description: "neither code nor error, or one of them twice".to_owned(),
        meaning: "The answer holds nothing that could be used.".to_owned(),
        advice: "Start a new walk.".to_owned(),
    })
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

async fn spend(app: &App, walk: &mut Walk, code: &str) -> Outcome {
    let mut exchange = send_code(app, walk, code).await;
    let answer = exchange.json().filter(|_| exchange.is_success());
    exchange.note = match &answer {
        Some(_) => "The code is spent. The tokens below never passed through the browser.".to_owned(),
        None => "There are no tokens.".to_owned(),
    };
    let refused = refusal(&exchange);
    walk.record(Step::Exchange, exchange);
    let Some(answer) = answer else { return Outcome::Refused(refused) };
    let (keys, tokens) = read_tokens(app, walk, &answer, None).await;
    walk.record(Step::Verification, keys);
    match tokens {
        Some(tokens) => Outcome::Tokens(Box::new(tokens)),
        None => Outcome::Refused(Problem {
            code: String::new(),
            description: "access_token is missing, or token_type is not Bearer".to_owned(),
            meaning: "The token endpoint answered, but not with tokens that this application can use."
                .to_owned(),
            advice: "Look at the answer in step 3.".to_owned(),
        }),
    }
}

/// Why an exchange gave nothing.
fn refusal(exchange: &Exchange) -> Problem {
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
            meaning: "The token endpoint answered with neither tokens nor an error.".to_owned(),
            advice: "Look at the answer in step 3 and at usher's log.".to_owned(),
        },
    }
}

/// Reads and verifies a token answer (RFC 6749 §5.1); `before` are the tokens that were refreshed. Gives the look at the key set, too.
pub(crate) async fn read_tokens(
    app: &App,
    walk: &Walk,
    answer: &Map<String, Value>,
    before: Option<&Tokens>,
) -> (Exchange, Option<Tokens>) {
    let (keys_exchange, keys) = provider::keys(&walk.provider).await;
    let text =
        |name: &str| answer.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    // RFC 6749 §7.1: "The client MUST NOT use an access token if it does not understand the token type."
    let is_bearer = text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer"));
    let Some(access_token) = text("access_token").filter(|_| is_bearer) else { return (keys_exchange, None) };
    let mut tokens = Tokens {
        expires_in: answer.get("expires_in").and_then(Value::as_u64),
        scope: text("scope"),
        ..Tokens::default()
    };
    tokens.id_token = text("id_token");
    if let Some(id_token) = &tokens.id_token {
        let expected = Expected {
            issuer: &app.demo.issuer,
            client_id: &walk.request.client_id,
            nonce: walk.request.nonce.as_deref(),
            access_token: &access_token,
            max_age: walk.request.max_age.filter(|_| before.is_none()),
            subject: before.and_then(|b| b.subject.as_deref()),
            now: now(),
        };
        let (report, subject) = verify::id_token(id_token, &keys, &expected);
        (tokens.id_report, tokens.subject) = (Some(report), subject);
    }
    tokens.access_report = verify::access_token(&access_token, &keys);
    tokens.access_token = access_token;
    tokens.refresh_token = text("refresh_token");
    if let Some(before) = before {
        // RFC 6749 §6: without a new refresh token the old one goes on; likewise what was said about the person and the scope.
        tokens.spent_refresh_token = before.refresh_token.clone().filter(|_| tokens.refresh_token.is_some());
        tokens.refresh_token = tokens.refresh_token.or_else(|| before.refresh_token.clone());
        tokens.scope = tokens.scope.or_else(|| before.scope.clone());
        if tokens.id_token.is_none() {
            (tokens.id_token, tokens.id_report) = (before.id_token.clone(), before.id_report.clone());
            tokens.subject.clone_from(&before.subject);
        }
    }
    (keys_exchange, Some(tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callback(parameters: &[(&str, &str)]) -> Callback {
        let parameters = parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Callback { method: "GET", parameters }
    }

    fn judge(parameters: &[(&str, &str)]) -> Result<String, Problem> {
        let callback = callback(parameters);
        let checks = checks(&App::new(crate::app::tests::demo()), &callback);
        believed_code(&callback, &checks).map(str::to_owned)
    }

    const ISS: (&str, &str) = ("iss", "http://localhost:1/oidc");

    #[test]
    fn a_code_is_used_only_if_the_right_server_answers() {
        assert_eq!(judge(&[("code", "c"), ISS]).unwrap(), "c");
        for wrong in ["http://localhost:2/oidc", "http://localhost:1/oidc/", ""] {
            assert!(judge(&[("code", "c"), ("iss", wrong)]).is_err(), "{wrong}");
        }
        assert!(judge(&[("code", "c"), ISS, ISS]).is_err());
        assert!(judge(&[("code", "c"), ("code", "d"), ISS]).is_err());
    }

    #[test]
    fn a_refusal_is_explained() {
        let problem = judge(&[("error", "access_denied"), ("error_description", "no"), ISS]).unwrap_err();
        assert_eq!((problem.code.as_str(), problem.description.as_str()), ("access_denied", "no"));
        assert!(problem.meaning.contains("refused"), "{}", problem.meaning);
        assert!(judge(&[("error", "access_denied"), ("code", "c"), ISS]).is_err());
    }

    #[test]
    fn identifier_and_secret_are_encoded_before_they_are_joined() {
        let mut demo = crate::app::tests::demo();
        demo.web.client_id = "a:b".to_owned();
        demo.web.client_secret = "c d+é".to_owned();
        let header = Credentials::of(&App::new(demo), Kind::Web).authorization.unwrap();
        let decoded = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(decoded).unwrap(), "a%3Ab:c+d%2B%C3%A9");
    }
}
