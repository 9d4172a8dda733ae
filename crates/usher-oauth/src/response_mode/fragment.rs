//! `fragment`: the response is the redirection URI's fragment (RFC 6749 §4.2.2, Multiple Response Types §2.1), which stays in the browser.

use crate::redirect::{RESPONSE, RegisteredRedirect, encode, with_params};
use usher_core::Reply;

pub(super) fn deliver(redirect: &RegisteredRedirect, response: &[(&'static str, String)]) -> Reply {
    let params: Vec<(&str, &str)> = response.iter().map(|(n, v)| (*n, v.as_str())).collect();
    // A registered URI has no fragment of its own (RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component").
    let uri = with_params(redirect.as_str(), RESPONSE, &[]);
    Reply::see_other(&format!("{uri}#{}", encode(&params)))
}
