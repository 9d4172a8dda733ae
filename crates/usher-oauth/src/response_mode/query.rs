//! `query`: the response joins the redirection URI's query (RFC 6749 §4.1.2).

use crate::authorize::RegisteredRedirect;
use usher_core::Reply;

/// RFC 6749 §3.1.2: a registered URI "MAY include an "application/x-www-form-urlencoded" formatted … query component …, which MUST
/// be retained when adding additional query parameters." Parameters of ours that it holds already are dropped, so that there is
/// exactly one of each.
pub(super) fn deliver(redirect: &RegisteredRedirect, response: &[(&'static str, String)]) -> Reply {
    let uri = redirect.as_str();
    let (base, query) = uri.split_once('?').unwrap_or((uri, ""));
    let ours = ["code", "state", "iss", "error", "error_description"];
    let named = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        usher_types::params::decode(name.as_bytes()).is_ok_and(|n| ours.contains(&n.as_str()))
    };
    let mut pairs: Vec<String> =
        query.split('&').filter(|p| !p.is_empty() && !named(p)).map(str::to_owned).collect();
    let added: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(response).finish();
    pairs.push(added);
    Reply::see_other(&format!("{base}?{}", pairs.join("&")))
}
