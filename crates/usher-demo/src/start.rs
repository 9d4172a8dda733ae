//! The beginning of a walk: who asks, what was chosen, where the answer shall go. What a walk without an authorization request does next
//! is in [`crate::direct`] and [`crate::device`].

use crate::app::App;
use crate::kind::Kind;
use crate::message::{self, Message};
use crate::options::{AuthorizationRequest, Options, To};
use crate::provider::{self, Provider};
use crate::random::unguessable;
use crate::reply::Reply;
use crate::request::{Request, set_cookie};
use crate::walk::{Ask, Step, Walk};
use crate::wire::Exchange;
use http::StatusCode;

/// What usher says about itself; else a page that says what is wrong.
pub(crate) async fn discover(app: &App) -> Result<(Exchange, Provider), Reply> {
    let (discovery, provider) = provider::discover(&app.demo.issuer).await;
    if let Some(provider) = provider {
        return Ok((discovery, provider));
    }
    tracing::warn!(cause = %discovery.note, "the demo cannot use its identity server");
    Err(message::page(
        app,
        StatusCode::BAD_GATEWAY,
        Message {
            title: "usher cannot be used at the moment",
            what: &discovery.note,
            why: "Every walk begins with usher's discovery document. See whether usher is still running and what its log says.",
            links: &[("/", "Back to the beginning")],
        },
    ))
}

/// A browser, with the cookie that it has or is about to get.
pub(crate) struct Owner {
    pub(crate) cookie: String,
    is_known: bool,
}

impl Owner {
    /// The browser of a request.
    pub(crate) fn of(request: &Request) -> Self {
        let known = request.browser().map(str::to_owned);
        Self { is_known: known.is_some(), cookie: known.unwrap_or_else(unguessable) }
    }

    /// Keeps a walk, and shows it to the browser.
    pub(crate) fn keep(&self, app: &App, walk: Walk) -> Reply {
        let reply = Reply::see_other(walk.path());
        app.walks().insert(walk);
        if self.is_known { reply } else { reply.with_cookie(set_cookie(&self.cookie)) }
    }
}

/// Makes an authorization request and shows it; the person sends it by a link on that page.
pub(crate) async fn begin(app: &App, request: &Request, kind: Kind, redirect_uri: String) -> Reply {
    let (discovery, provider) = match discover(app).await {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let owner = Owner::of(request);
    let credentials = app.credentials(kind);
    let endpoint = &provider.authorization_endpoint;
    let to = To { endpoint, client_id: credentials.client_id(), redirect_uri };
    let made = AuthorizationRequest::new(to, &Options::read(kind, &request.form));
    let mut walk = Walk::new(&owner.cookie, kind, credentials, provider, Ask::Browser(made));
    walk.record(Step::Discovery, discovery);
    owner.keep(app, walk)
}

/// The applications whose answers come to a callback of their own at this server.
pub(crate) async fn by_browser(app: &App, request: &Request, kind: Kind) -> Reply {
    let redirect_uri = format!("{}/{}/callback", app.demo.base, kind.name());
    begin(app, request, kind, redirect_uri).await
}
