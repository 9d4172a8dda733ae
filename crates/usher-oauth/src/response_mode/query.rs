//! `query`: the response joins the redirection URI's query (RFC 6749 §4.1.2).

use crate::redirect::{RESPONSE, RegisteredRedirect, with_params};
use usher_core::Reply;

pub(super) fn deliver(redirect: &RegisteredRedirect, response: &[(&'static str, String)]) -> Reply {
    let params: Vec<(&str, &str)> = response.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let uri = with_params(redirect.as_str(), RESPONSE, &params);
    // RFC 9110 §10.2.2: a Location without a fragment inherits the request's, so a stranger's fragment could stand beside the code; an
    // empty one ends that. An application's own scheme is left as it is.
    let end = if uri.starts_with("http") { "#" } else { "" };
    Reply::see_other(&format!("{uri}{end}"))
}
