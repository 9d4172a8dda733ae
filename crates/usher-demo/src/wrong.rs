//! Trying what goes wrong: the ways of [`mod@ways`], each by a real request to the real server, which refuses it.

mod back;
mod front;

use crate::action::explain;
use crate::app::App;
use crate::clients::Credentials;
use crate::kind::Kind;
use crate::message;
use crate::provider::Provider;
use crate::reply::Reply;
use crate::walk::{Tried, Verdict, Walk};
use crate::ways::{self, Attempt, PAGE, STOLEN_CODE, Wrong};
use crate::wire::Exchange;

/// What a wrong way is tried with.
struct Scene<'a> {
    app: &'a App,
    kind: Kind,
    provider: &'a Provider,
    credentials: Credentials,
    walk: Option<&'a Walk>,
}

fn find(kind: Kind, name: &str) -> Option<&'static Wrong> {
    ways::of(kind).iter().find(|wrong| wrong.name == name)
}

/// Tries a wrong way in a walk, and shows what came of it there.
pub(crate) async fn in_walk(app: &App, id: &str, browser: Option<&str>, name: &str) -> Reply {
    let walk = app.walks().find(id, browser).cloned();
    let Some(walk) = walk else { return message::no_walk(app, id) };
    let Some(wrong) = find(walk.kind, name) else { return message::not_found(app) };
    let scene = Scene {
        app,
        kind: walk.kind,
        provider: &walk.provider,
        credentials: walk.credentials.clone(),
        walk: Some(&walk),
    };
    let tried = go(&scene, wrong).await;
    let mut walks = app.walks();
    let Some(kept) = walks.find(id, browser) else { return message::no_walk(app, id) };
    kept.tried.retain(|earlier| earlier.name != wrong.name);
    kept.tried.push(tried);
    if wrong.name == STOLEN_CODE
        && let Some(tokens) = kept.tokens_mut()
    {
        tokens.ended = Some("The code was sent again, by whomever, so usher ended the tokens that it gave.");
    }
    Reply::see_other(format!("{}#wrong-{}", kept.path(), wrong.name))
}

/// Tries a wrong way for the application in the browser, whose script keeps its walk. Nothing where there is no way of this name.
pub(crate) async fn without_walk(app: &App, provider: &Provider, name: &str) -> Option<Tried> {
    let wrong = find(Kind::Spa, name)?;
    let credentials = app.credentials(Kind::Spa);
    let scene = Scene { app, kind: Kind::Spa, provider, credentials, walk: None };
    Some(go(&scene, wrong).await)
}

async fn go(scene: &Scene<'_>, wrong: &'static Wrong) -> Tried {
    let mut exchanges = match wrong.attempt {
        Attempt::Front(request) => vec![front::send(scene, request).await],
        Attempt::Back(request) => back::send(scene, request).await,
    };
    let found = exchanges.last().map(|exchange| refusal(exchange, wrong.attempt));
    let verdict = match &found {
        Some(Some(error)) if error == wrong.expected => Verdict::Refused,
        Some(Some(_)) => Verdict::Otherwise,
        _ => Verdict::Accepted,
    };
    for exchange in &mut exchanges {
        match refusal(exchange, wrong.attempt).as_deref() {
            Some(PAGE) => exchange.say("Refused by a page for the person. Nothing is sent to an address that is not known to be the application's."),
            Some(error) => {
                exchange.note = match wrong.attempt {
                    Attempt::Front(_) => format!("Refused with {error}. The answer's address carries it back to the application."),
                    Attempt::Back(_) => explain(exchange),
                }
            }
            None => exchange.say("Not refused."),
        }
    }
    Tried { name: wrong.name, exchanges, verdict }
}

/// How an answer refuses; nothing where it does not.
fn refusal(exchange: &Exchange, attempt: Attempt) -> Option<String> {
    match attempt {
        Attempt::Front(_) => front::refusal(exchange),
        Attempt::Back(_) if exchange.is_success() => None,
        Attempt::Back(_) => Some(exchange.error().unwrap_or_default()),
    }
}
