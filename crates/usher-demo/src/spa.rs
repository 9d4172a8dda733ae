//! The application in the browser: the server's part is to hand out files and a configuration without secrets. The walk itself is
//! `assets/spa.js` and its modules, with Web Crypto; the tokens never come here.

use crate::app::App;
use crate::glossary;
use crate::kind::Kind;
use crate::reply::Reply;
use crate::start::discover;
use crate::{message, view, ways, wrong};
use serde_json::json;

/// What the script must know.
pub(crate) fn config(app: &App) -> Reply {
    let tables = glossary::tables();
    let config = json!({
        "issuer": app.demo.issuer,
        "client_id": app.demo.clients.spa.client_id,
        "redirect_uri": format!("{}/spa/callback", app.demo.base),
        "post_logout_redirect_uri": format!("{}/signed-out", app.demo.base),
        "glossary": tables,
        "wrong": ways::of(Kind::Spa),
    });
    Reply::json(config.to_string())
}

/// Tries a wrong way, for the script to show.
pub(crate) async fn try_wrong(app: &App, name: &str) -> Reply {
    let provider = match discover(app).await {
        Ok((_, provider)) => provider,
        Err(reply) => return reply,
    };
    match wrong::without_walk(app, &provider, name).await {
        Some(tried) => Reply::json(serde_json::to_string(&view::tried(&tried)).unwrap_or_default()),
        None => message::not_found(app),
    }
}
