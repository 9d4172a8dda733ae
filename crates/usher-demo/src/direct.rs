//! Walks that go straight to the token endpoint, past any browser: password (RFC 6749 §4.3), client credentials (RFC 6749 §4.4), token
//! exchange (RFC 8693) and JWT bearer (RFC 7523 §2.1).

use crate::app::App;
use crate::clients::{Credentials, Post, Statement};
use crate::kind::Kind;
use crate::options::{AUDIENCE, STOCK, scopes};
use crate::reply::Reply;
use crate::request::Request;
use crate::settle::{conclude, refusal};
use crate::start::{Owner, discover};
use crate::tokens::Source;
use crate::walk::{Ask, Outcome, Progress, Step, Walk};
use crate::wire::{Apart, Exchange};

/// The grant of RFC 8693.
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The grant of RFC 7523 §2.1.
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The kind of token that an access token is (RFC 8693 §3).
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Bytes of a text that is passed on as it was typed.
const TYPED_BYTES: usize = 1024;

/// Begins a walk of one of these kinds, and goes it to its end.
pub(crate) async fn start(app: &App, request: &Request, kind: Kind) -> Reply {
    let (discovery, provider) = match discover(app).await {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let owner = Owner::of(request);
    let typed = |name: &str| {
        request.form.first(name).map(str::trim).filter(|text| text.len() <= TYPED_BYTES).unwrap_or_default()
    };
    let scope = match kind {
        Kind::Machine => typed("scope").to_owned(),
        Kind::Exchange => STOCK.0.to_owned(),
        _ => scopes(kind, &request.form).join(" "),
    };
    let credentials = match kind {
        Kind::Machine => app
            .demo
            .clients
            .keys
            .iter()
            .find(|key| key.access_key == typed("key"))
            .map_or_else(|| app.credentials(kind), Credentials::from),
        _ => app.credentials(kind),
    };
    let mut walk = Walk::new(&owner.cookie, kind, credentials, provider, Ask::Direct(scope.clone()));
    walk.record(Step::Discovery, discovery);
    let outcome = match kind {
        Kind::Password => password(app, &mut walk, typed("username"), typed("password")).await,
        Kind::Machine => machine(app, &mut walk).await,
        Kind::Exchange => exchange(app, &mut walk, typed("subject")).await,
        _ => assertion(app, &mut walk, typed("subject")).await,
    };
    walk.progress = Progress::Settled(None, outcome);
    owner.keep(app, walk)
}

/// A token request of a walk, with its scope.
async fn ask(walk: &Walk, mut form: Vec<(&'static str, &str)>, secrets: &[&str]) -> Exchange {
    let scope = walk.scope();
    form.extend((!scope.is_empty()).then_some(("scope", scope)));
    let url = &walk.provider.token_endpoint;
    walk.credentials.post(Post { title: "Token request", url, form, secrets }).await
}

async fn password(app: &App, walk: &mut Walk, username: &str, password: &str) -> Outcome {
    let form = vec![("grant_type", "password"), ("username", username), ("password", password)];
    let mut exchange = ask(walk, form, &[password]).await;
    exchange.say("The application had the password in its hands. usher checked it as it would on its own page, with the same limits on guessing.");
    conclude(app, walk, exchange, Source::TokenEndpoint).await
}

async fn machine(app: &App, walk: &mut Walk) -> Outcome {
    let mut exchange = ask(walk, vec![("grant_type", "client_credentials")], &[]).await;
    exchange.say("An access token and nothing else. The next time, it is asked for in just the same way.");
    conclude(app, walk, exchange, Source::TokenEndpoint).await
}

async fn assertion(app: &App, walk: &mut Walk, subject: &str) -> Outcome {
    let partner = &app.demo.clients.partner;
    let assertion = Statement::of(partner, subject, &app.demo.issuer).sign(&partner.key);
    let mut exchange =
        ask(walk, vec![("grant_type", JWT_BEARER), ("assertion", &assertion)], &[&assertion]).await;
    exchange.apart.extend(Apart::jwt("assertion: what the partner says, and signs", &assertion));
    exchange.say(
        "usher knows the partner's public key, believes the statement, and finds the person whom it names.",
    );
    conclude(app, walk, exchange, Source::TokenEndpoint).await
}

/// Exchanges the token of another walk of this browser; without one, of somebody who signs in by the Staff Tool.
async fn exchange(app: &App, walk: &mut Walk, subject: &str) -> Outcome {
    let of_walk = app
        .walks()
        .find(subject, Some(&walk.owner))
        .and_then(|other| other.tokens().and_then(|tokens| tokens.access_token.clone()));
    let subject_token = match of_walk {
        Some(token) => token,
        None => match somebodys_token(app, walk).await {
            Ok(token) => token,
            Err(outcome) => return outcome,
        },
    };
    let mut exchange = ask(walk, exchange_form(&subject_token, AUDIENCE), &[&subject_token]).await;
    exchange.apart.extend(Apart::jwt("subject_token: for whom", &subject_token));
    exchange
        .say("A new token: for the next API alone, with less scope, and with the Order API's name in act.");
    conclude(app, walk, exchange, Source::TokenEndpoint).await
}

/// The parameters of a delegation (RFC 8693 §2.1). Without an `actor_token` the one who acts is the application that asks.
pub(crate) fn exchange_form<'a>(subject_token: &'a str, audience: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", subject_token),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", audience),
    ]
}

/// The token of a person who signs in by the Staff Tool, which then calls the Order API with it.
async fn somebodys_token(app: &App, walk: &mut Walk) -> Result<String, Outcome> {
    let (username, password) = app
        .demo
        .people
        .first()
        .map_or(("", ""), |person| (person.username.as_str(), person.password.as_str()));
    let scope = format!("openid profile {}", STOCK.0);
    let form = vec![
        ("grant_type", "password"),
        ("username", username),
        ("password", password),
        ("scope", scope.as_str()),
    ];
    let url = &walk.provider.token_endpoint;
    let post = Post { title: "A person's token, by the Staff Tool", url, form, secrets: &[password] };
    let mut exchange = app.credentials(Kind::Password).post(post).await;
    exchange.say("The Staff Tool signed somebody in and calls the Order API with this access token.");
    begun(walk, exchange)
}

/// Keeps an exchange that a walk begins with, and gives the access token in it.
fn begun(walk: &mut Walk, exchange: Exchange) -> Result<String, Outcome> {
    let token = exchange.json().filter(|_| exchange.is_success());
    let token = token.and_then(|answer| Some(answer.get("access_token")?.as_str()?.to_owned()));
    let refused = refusal(&exchange);
    walk.record(Step::Beginning, exchange);
    token.ok_or(Outcome::Refused(refused))
}
