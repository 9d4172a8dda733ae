//! The application in the browser: the server's part is to hand out files and a configuration without secrets. The walk itself is
//! `assets/spa.js` and its modules, with Web Crypto; the tokens never come here.

use crate::app::App;
use crate::glossary;
use crate::kind::Kind;
use crate::reply::Reply;
use crate::wrong;
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
        "wrong": wrong::of(Kind::Spa),
    });
    Reply::json(config.to_string())
}
