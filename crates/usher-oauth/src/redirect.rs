//! A redirection URI that is proven to be registered: the only thing that a response or an error can be redirected to.

use url::form_urlencoded::Serializer;
use usher_core::Client;
use usher_types::params::decode;

/// A redirection URI that the application registered: the only thing that a response or an error can be redirected to.
#[derive(Debug, Clone)]
pub(crate) struct RegisteredRedirect {
    uri: String,
    given: bool,
}

impl RegisteredRedirect {
    /// The URI that a request names, if it is registered.
    pub(crate) fn requested(client: &Client, uri: &str) -> Option<Self> {
        client.redirect(uri).map(|_| Self { uri: uri.to_owned(), given: true })
    }

    /// The only registered URI, for a request that names none.
    pub(crate) fn only(client: &Client) -> Option<Self> {
        match client.settings.redirect_uris.as_slice() {
            [only] => Some(Self { uri: only.as_str().to_owned(), given: false }),
            _ => None,
        }
    }

    /// The URI as it was requested, port included.
    pub(crate) fn as_str(&self) -> &str {
        &self.uri
    }

    /// Whether the request named it, so that the token request must too.
    pub(crate) const fn was_given(&self) -> bool {
        self.given
    }

    /// Its origin (RFC 6454 §4); none for an application's own scheme.
    pub(crate) fn origin(&self) -> Option<String> {
        let url = url::Url::parse(&self.uri).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
        Some(url.origin().ascii_serialization())
    }

    /// The host for people, or the scheme of an application's own.
    pub(crate) fn host(&self) -> String {
        let parsed = url::Url::parse(&self.uri).ok();
        parsed
            .map(|u| u.host_str().map_or_else(|| format!("{}:", u.scheme()), str::to_owned))
            .unwrap_or_default()
    }
}

/// Splits a registered URI into what stands before the query and the query without parameters of these names, so that a response
/// that adds them has exactly one of each. RFC 6749 §3.1.2: the URI's own query "MUST be retained when adding additional query
/// parameters."
pub(crate) fn without(uri: &str, names: &[&str]) -> (String, Vec<String>) {
    let (base, query) = uri.split_once('?').unwrap_or((uri, ""));
    let is_named = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        decode(name.as_bytes()).is_ok_and(|n| names.contains(&n.as_str()))
    };
    (base.to_owned(), query.split('&').filter(|p| !p.is_empty() && !is_named(p)).map(str::to_owned).collect())
}

/// The parameters of responses. None of them may stand in a registered URI's own query beside a response, whatever that holds: a
/// client that finds `code` first would take an error for a success.
pub(crate) const RESPONSE: &[&str] = &[
    "code",
    "access_token",
    "token_type",
    "expires_in",
    "scope",
    "id_token",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
];

/// A registered URI with parameters added, in place of any of these names that it holds itself.
pub(crate) fn with_params(uri: &str, names: &[&str], params: &[(&str, &str)]) -> String {
    let (base, mut pairs) = without(uri, names);
    if !params.is_empty() {
        pairs.push(encode(params));
    }
    if pairs.is_empty() { base } else { format!("{base}?{}", pairs.join("&")) }
}

/// Parameters as application/x-www-form-urlencoded (RFC 6749 appendix B).
pub(crate) fn encode(params: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(params).finish()
}
