//! Response modes (OAuth 2.0 Multiple Response Types §2.1): how an authorization response travels. Every response carries `iss`
//! (RFC 9207 §2).

mod form_post;
mod fragment;
mod query;
mod web_message;

use crate::redirect::RegisteredRedirect;
use usher_core::{Cx, Reply};

/// How a response travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the redirection URI's query.
    Query,
    /// In the redirection URI's fragment.
    Fragment,
    /// In a form that posts itself.
    FormPost,
    /// In a message to the window that opened or holds the page.
    WebMessage,
}

impl ResponseMode {
    /// Their names, as discovery lists them.
    pub(crate) const NAMES: [&'static str; 4] = ["query", "fragment", "form_post", "web_message"];

    /// The mode of this name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            "web_message" => Some(Self::WebMessage),
            _ => None,
        }
    }
}

/// Delivers a response, an error as well as a code, to a registered URI.
pub(crate) fn deliver(
    cx: &Cx,
    mode: ResponseMode,
    redirect: &RegisteredRedirect,
    client_id: &str,
    mut response: Vec<(&'static str, String)>,
) -> Reply {
    // RFC 9207 §2: "In authorization responses to the client, including error responses, an authorization server supporting this
    // specification MUST indicate its identity by including the iss parameter in the response."
    response.push(("iss", cx.pool.issuer.clone()));
    for (name, value) in &mut response {
        // RFC 6749 §4.1.2.1: error_description is made of %x20-21 / %x23-5B / %x5D-7E.
        if *name == "error_description" {
            value.retain(|c| matches!(c, ' '..='~') && c != '"' && c != '\\');
        }
    }
    match mode {
        ResponseMode::Query => query::deliver(redirect, &response),
        ResponseMode::Fragment => fragment::deliver(redirect, &response),
        ResponseMode::WebMessage => web_message::deliver(cx, redirect, client_id, response),
        ResponseMode::FormPost => form_post::deliver(cx, redirect, client_id, response),
    }
}
