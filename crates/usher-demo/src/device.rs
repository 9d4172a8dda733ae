//! The application without a keyboard (RFC 8628): it asks for two codes, shows one and keeps the other, and asks for tokens until somebody
//! has answered elsewhere.

use crate::app::App;
use crate::clients::Post;
use crate::codes::Codes;
use crate::kind::Kind;
use crate::message;
use crate::options::scopes;
use crate::reply::Reply;
use crate::request::Request;
use crate::settle::{conclude, refusal};
use crate::start::{Owner, discover};
use crate::tokens::Source;
use crate::walk::{Ask, Outcome, Progress, Recorded, Step, Walk};
use crate::wire::Exchange;
use std::collections::VecDeque;

/// The grant of RFC 8628 §3.4.
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// RFC 8628 §3.5, `slow_down`: "the interval MUST be increased by 5 seconds for this and all subsequent requests".
const SLOWER: u64 = 5;

/// Asks for the codes and shows the one that is to be shown.
pub(crate) async fn start(app: &App, request: &Request) -> Reply {
    let (discovery, provider) = match discover(app).await {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let owner = Owner::of(request);
    let credentials = app.credentials(Kind::Device);
    let scope = scopes(Kind::Device, &request.form).join(" ");
    let url = provider.device_authorization_endpoint.clone().unwrap_or_default();
    let form = vec![("scope", scope.as_str())];
    let post = Post { title: "Device authorization request", url: &url, form, secrets: &[] };
    let mut exchange = credentials.post(post).await;
    let codes = exchange.json().filter(|_| exchange.is_success()).and_then(|answer| Codes::read(&answer));
    exchange.say("Two codes: user_code is shown, device_code is kept. Whoever reads the screen gets nothing that could be changed for tokens.");
    let refused = codes.is_none().then(|| refusal(&exchange));
    let ask = Ask::Device(codes.unwrap_or_default(), scope);
    let mut walk = Walk::new(&owner.cookie, Kind::Device, credentials, provider, ask);
    walk.record(Step::Discovery, discovery);
    walk.record(Step::Beginning, exchange);
    if let Some(problem) = refused {
        walk.progress = Progress::Settled(None, Outcome::Refused(problem));
    }
    owner.keep(app, walk)
}

/// The request that is made again and again.
pub(crate) async fn ask(walk: &Walk, device_code: &str) -> Exchange {
    let form = vec![("grant_type", GRANT), ("device_code", device_code)];
    let url = &walk.provider.token_endpoint;
    walk.credentials.post(Post { title: "Token request", url, form, secrets: &[device_code] }).await
}

/// What a question gave.
enum Polled {
    NotYet(Exchange),
    Over(Outcome, VecDeque<Recorded>),
}

/// Asks once whether the person has answered by now.
pub(crate) async fn poll(app: &App, id: &str, browser: Option<&str>) -> Reply {
    let walk = app.walks().find(id, browser).cloned();
    let Some(mut walk) = walk else { return message::no_walk(app, id) };
    let (Ask::Device(codes, _), Progress::Asked) = (&walk.ask, &walk.progress) else {
        return Reply::see_other(walk.path());
    };
    let mut exchange = ask(&walk, &codes.device_code).await;
    let slower = exchange.error().as_deref() == Some("slow_down");
    let polled = match exchange.error().as_deref() {
        // RFC 8628 §3.5: these two mean "go on asking".
        Some("authorization_pending") => {
            exchange.say("Nobody has answered yet. The device waits and asks again.");
            Polled::NotYet(exchange)
        }
        Some("slow_down") => {
            exchange.say("Asked too soon: usher wants five seconds more between two questions from now on.");
            Polled::NotYet(exchange)
        }
        _ => {
            exchange.say("The person agreed, and the device code is worth tokens: once.");
            walk.wire.clear();
            let outcome = conclude(app, &mut walk, exchange, Source::TokenEndpoint).await;
            Polled::Over(outcome, walk.wire)
        }
    };
    let mut walks = app.walks();
    let Some(kept) = walks.find(id, browser) else { return message::no_walk(app, id) };
    // Another tab may have been quicker.
    if matches!(kept.progress, Progress::Asked) {
        // Of all the answers that say "not yet", the last one is enough.
        kept.wire.retain(|recorded| recorded.step != Step::Exchange);
        match polled {
            Polled::NotYet(exchange) => {
                kept.record(Step::Exchange, exchange);
                if let Ask::Device(codes, _) = &mut kept.ask {
                    codes.interval += if slower { SLOWER } else { 0 };
                }
            }
            Polled::Over(outcome, new) => {
                for recorded in new {
                    kept.record(recorded.step, recorded.exchange);
                }
                kept.progress = Progress::Settled(None, outcome);
            }
        }
    }
    Reply::see_other(kept.path())
}
