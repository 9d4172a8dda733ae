//! `web_message`: the page posts `{type: "authorization_response", response: {…}}` to the window that opened or holds it. Only a window of
//! the registered redirection URI's origin receives it; a URI without an origin is refused before.

use crate::redirect::RegisteredRedirect;
use http::StatusCode;
use usher_core::{Cx, Reply};
use usher_types::page::{Content, WebMessage};

pub(super) fn deliver(
    cx: &Cx,
    redirect: &RegisteredRedirect,
    client_id: &str,
    response: Vec<(&'static str, String)>,
) -> Reply {
    let parameters = response.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let content = WebMessage { target_origin: redirect.origin().unwrap_or_default(), parameters };
    Reply::page(StatusCode::OK, cx.page(Some(client_id), cx.locale, Content::WebMessage(content)))
}
