//! `form_post`: the response is posted by a form (OAuth 2.0 Form Post Response Mode §2), in a page that names its target.

use crate::redirect::{RESPONSE, RegisteredRedirect, without};
use http::StatusCode;
use usher_core::{Cx, Reply};
use usher_types::page::{Content, FormPost};

pub(super) fn deliver(
    cx: &Cx,
    redirect: &RegisteredRedirect,
    client_id: &str,
    response: Vec<(&'static str, String)>,
) -> Reply {
    let (base, query) = without(redirect.as_str(), RESPONSE);
    let target = if query.is_empty() { base } else { format!("{base}?{}", query.join("&")) };
    let parameters = response.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let content = FormPost { target, parameters };
    Reply::page(StatusCode::OK, cx.page(Some(client_id), cx.locale, Content::FormPost(content)))
}
