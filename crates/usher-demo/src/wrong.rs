//! What goes wrong: for each kind of application the ways that it must not take. Each is a real request to the real server, which refuses
//! it; beside the answer stands why, and what to do instead.

mod back;
mod by_browser;
mod front;
mod straight;

use crate::action::explain;
use crate::app::App;
use crate::clients::Credentials;
use crate::kind::Kind;
use crate::message;
use crate::provider::Provider;
use crate::reply::Reply;
use crate::start::discover;
use crate::walk::Walk;
use crate::wire::Exchange;
use serde::Serialize;

/// A way that must not be taken.
#[derive(Debug, Serialize)]
pub(crate) struct Wrong {
    /// Its name in addresses, unique within its kind.
    pub(crate) name: &'static str,
    /// What the button says.
    pub(crate) words: &'static str,
    /// Why usher refuses.
    pub(crate) why: &'static str,
    /// What to do instead.
    pub(crate) instead: &'static str,
    /// The error that is right, or [`PAGE`].
    pub(crate) expected: &'static str,
    #[serde(skip)]
    attempt: Attempt,
}

/// The refusal that sends the browser nowhere: a page for the person.
pub(crate) const PAGE: &str = "page";

/// The request of a wrong way.
#[derive(Debug, Clone, Copy)]
enum Attempt {
    /// An authorization request with parameters changed or left out.
    Front(front::Request),
    /// A request to an endpoint that the application calls itself.
    Back(back::Request),
}

/// A wrong way that was tried.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    pub(crate) name: &'static str,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) verdict: Verdict,
}

/// What became of a wrong way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Refused for the right reason.
    Refused,
    /// Refused for another reason.
    Otherwise,
    /// Not refused.
    Accepted,
}

/// What a wrong way is tried with.
struct Scene<'a> {
    app: &'a App,
    kind: Kind,
    provider: &'a Provider,
    credentials: Credentials,
    walk: Option<&'a Walk>,
}

/// The wrong ways of a kind.
pub(crate) const fn of(kind: Kind) -> &'static [Wrong] {
    match kind {
        Kind::Web => by_browser::WEB,
        Kind::Bank => by_browser::BANK,
        Kind::Native => by_browser::NATIVE,
        Kind::Spa => by_browser::SPA,
        Kind::Implicit => by_browser::IMPLICIT,
        Kind::Hybrid => by_browser::HYBRID,
        Kind::Password => straight::PASSWORD,
        Kind::Device => straight::DEVICE,
        Kind::Machine => straight::MACHINE,
        Kind::Exchange => straight::EXCHANGE,
        Kind::Assertion => straight::ASSERTION,
    }
}

fn find(kind: Kind, name: &str) -> Option<&'static Wrong> {
    of(kind).iter().find(|wrong| wrong.name == name)
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
    if wrong.name == by_browser::STOLEN_CODE
        && let Some(tokens) = kept.tokens_mut()
    {
        tokens.ended = Some("The code was sent again, by whomever, so usher ended the tokens that it gave.");
    }
    Reply::see_other(format!("{}#wrong-{}", kept.path(), wrong.name))
}

/// Tries a wrong way for the application in the browser, whose script shows it.
pub(crate) async fn for_script(app: &App, name: &str) -> Reply {
    let Some(wrong) = find(Kind::Spa, name) else { return message::not_found(app) };
    let provider = match discover(app).await {
        Ok((_, provider)) => provider,
        Err(reply) => return reply,
    };
    let credentials = app.credentials(Kind::Spa);
    let scene = Scene { app, kind: Kind::Spa, provider: &provider, credentials, walk: None };
    let tried = go(&scene, wrong).await;
    let view = crate::view::tried(&tried);
    Reply::json(serde_json::to_string(&view).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_wrong_ways_and_none_of_them_twice() {
        for kind in Kind::ALL {
            let ways = of(kind);
            assert!(ways.len() >= 3, "{kind:?}");
            for (i, way) in ways.iter().enumerate() {
                assert!(ways.iter().skip(i + 1).all(|other| other.name != way.name), "{kind:?} {}", way.name);
                assert!(way.why.ends_with('.') && way.instead.ends_with('.'), "{kind:?} {}", way.name);
                assert!(way.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", way.name);
            }
        }
    }
}
