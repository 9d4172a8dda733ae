//! What the pages around links in mails share.

use http::StatusCode;
use std::sync::Arc;
use usher_core::browser::Browser;
use usher_core::interaction::{self, Interaction};
use usher_core::{Cx, Reply, Request};
use usher_types::page::{Content, Done, ErrorPage, LinkPage, Notice, Problem};
use usher_types::{Endpoint, Opaque};

/// What is not switched on is not there.
pub(super) fn not_there(cx: &Cx) -> Reply {
    let content = ErrorPage {
        error: "invalid_request".to_owned(),
        problem: Problem::NotFound,
        developer: Vec::new(),
        back: None,
    };
    Reply::page(StatusCode::NOT_FOUND, cx.page(None, cx.locale, Content::Error(content)))
}

/// The interaction that waits in this browser, where memory knows it: for the application's name and the language.
pub(super) fn waiting(cx: &Cx, request: &Request, handle: &str) -> Option<Arc<Interaction>> {
    interaction::peek(cx, handle, &Browser::of(cx, request)?)
}

/// A page, on behalf of the application that waits.
pub(super) fn page(cx: &Cx, interaction: Option<&Interaction>, content: LinkPage) -> Reply {
    let client_id = interaction.map(|i| i.client_id.as_str());
    let locale = interaction.map_or(cx.locale, |i| i.locale);
    Reply::page(StatusCode::OK, cx.page(client_id, locale, Content::Link(Box::new(content))))
}

/// What was done, and the way back to the sign-in that waits.
pub(super) fn notice(cx: &Cx, request: &Request, handle: &str, what: Done) -> Reply {
    let way = sign_in_address(cx, handle);
    page(cx, waiting(cx, request, handle).as_deref(), LinkPage::Notice(Notice { what, way }))
}

/// Back to the sign-in of a handle; what is no handle leads nowhere.
pub(super) fn sign_in_address(cx: &Cx, handle: &str) -> Option<String> {
    Opaque::parse(handle).is_ok().then(|| interaction::page_address(cx, Endpoint::SignIn, handle))
}

/// On to signing in, where a sign-in still waits in this browser; else to another address.
pub(super) async fn on_to_sign_in(cx: &Cx, request: &Request, handle: Option<String>, to: &str) -> Reply {
    let browser = Browser::of(cx, request);
    if let Some(handle) = handle
        && let Ok(opaque) = Opaque::parse(&handle)
        && interaction::read(cx, &opaque, browser.as_ref()).await.is_ok()
    {
        return Reply::see_other(&interaction::page_address(cx, Endpoint::SignIn, &handle));
    }
    Reply::see_other(to)
}
