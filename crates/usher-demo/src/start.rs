//! The beginning of a walk: who asks, what was chosen, where the answer shall go.

use crate::app::App;
use crate::message::{self, Message};
use crate::options::{AuthorizationRequest, Options};
use crate::provider;
use crate::random::unguessable;
use crate::reply::Reply;
use crate::request::{Request, set_cookie};
use crate::walk::{Kind, Step, Walk};
use http::StatusCode;

/// What a walk begins with.
pub(crate) struct Beginning<'a> {
    pub(crate) kind: Kind,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: String,
    pub(crate) options: Options,
}

/// Makes the request and shows it; the person sends it by a link on that page.
pub(crate) async fn begin(app: &App, request: &Request, beginning: Beginning<'_>) -> Reply {
    let (discovery, provider) = provider::discover(&app.demo.issuer).await;
    let Some(provider) = provider else {
        tracing::warn!(cause = %discovery.note, "the demo cannot use its identity server");
        return message::page(
            app,
            StatusCode::BAD_GATEWAY,
            Message {
                title: "usher cannot be used at the moment",
                what: &discovery.note,
                why: "Every walk begins with usher's discovery document. See whether usher is still running and what its log says.",
                links: &[("/", "Back to the beginning")],
            },
        );
    };
    let known = request.browser().map(str::to_owned);
    let browser = known.clone().unwrap_or_else(unguessable);
    let Beginning { kind, client_id, redirect_uri, options } = beginning;
    let made = AuthorizationRequest::new(&provider.authorization_endpoint, client_id, redirect_uri, &options);
    let mut walk = Walk::new(&browser, kind, provider, made);
    walk.record(Step::Discovery, discovery);
    let reply = Reply::see_other(walk.path());
    app.walks().insert(walk);
    if known.is_some() { reply } else { reply.with_cookie(set_cookie(&browser)) }
}

/// The application with a server: its answer comes to its one callback.
pub(crate) async fn web(app: &App, request: &Request) -> Reply {
    let beginning = Beginning {
        kind: Kind::Web,
        client_id: &app.demo.web.client_id,
        redirect_uri: format!("{}/web/callback", app.demo.base),
        options: Options::read(&request.form),
    };
    begin(app, request, beginning).await
}
