//! Targets for URIs. The second opinion is the WHATWG parser, that is, what a browser will make of an accepted text.

use crate::input::{first_line, utf8};
use url::{Host, Url};
use usher_types::uri::{Localhost, PublicUrl, RedirectUri, WebUrl};
use usher_types::{Domain, limits};

/// Schemes that a browser runs, shows or keeps to itself.
const DANGEROUS: &[&str] = &[
    "javascript",
    "data",
    "vbscript",
    "blob",
    "file",
    "filesystem",
    "about",
    "view-source",
    "ftp",
    "ws",
    "wss",
];

/// What a browser makes of an accepted URI, which must be what is written there.
fn as_a_browser_reads_it(text: &str) -> Option<Url> {
    assert!(text.len() <= limits::URI_BYTES);
    assert!(text.bytes().all(|b| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b)), "{text}");
    let url = Url::parse(text);
    assert!(url.is_ok(), "{text}");
    let url = url.ok()?;
    assert!(url.username().is_empty() && url.password().is_none(), "{text}");
    assert!(!DANGEROUS.contains(&url.scheme()), "{text}");
    assert!(
        url.as_str().trim_end_matches('/') == text.trim_end_matches('/'),
        "{text} is written another way"
    );
    assert!(text.starts_with(&format!("{}:", url.scheme())), "{text}");
    if let Some(host) = url.host_str() {
        let authority = text.split_once("://").map(|(_, after)| after).unwrap_or_default();
        assert!(authority.starts_with(host), "{text}");
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-[:]".contains(&b);
        assert!(host.bytes().all(plain), "no pattern and nothing that parsers disagree about: {text}");
        assert!(!authority.split(['/', '?', '#']).next().unwrap_or_default().contains('@'), "{text}");
    }
    if url.scheme() == "http" {
        assert!(is_loopback(&url), "{text}");
    }
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Redirection URIs: no fragment, credentials, script or plain http to elsewhere, and one reading only.
pub fn redirect_uri(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(uri) = RedirectUri::parse(text) else { return };
    assert_eq!(uri.as_str(), text);
    assert!(!text.contains('#'), "{text}");
    let Some(url) = as_a_browser_reads_it(text) else { return };
    let web = matches!(url.scheme(), "http" | "https");
    assert!(web || url.scheme().contains('.'), "{text}");
    assert_eq!(uri.origin(), web.then(|| url.origin().ascii_serialization()));
    assert_eq!(uri.is_plain_http(), url.scheme() == "http");
    let stored = serde_json::to_string(&uri).unwrap_or_default();
    assert_eq!(serde_json::from_str::<RedirectUri>(&stored).ok(), Some(uri.clone()));
    // A response is delivered by appending to the query; that must not change where it goes.
    if web {
        let mut answer = url.clone();
        answer.query_pairs_mut().append_pair("code", "x").append_pair("iss", "https://id.example");
        assert_eq!((answer.origin(), answer.path()), (url.origin(), url.path()));
    }
}

/// The first line is registered, the second requested: they may differ in the port only, and only on a loopback address.
pub fn loopback(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let (registered, requested) = first_line(text);
    let Ok(uri) = RedirectUri::parse(registered) else { return };
    let by_address = uri.matches_with_any_port(requested, Localhost::IsAName);
    let by_name_too = uri.matches_with_any_port(requested, Localhost::Counts);
    assert!(by_name_too || !by_address);
    if !by_name_too {
        return;
    }
    let (ours, theirs) = (Url::parse(registered), Url::parse(requested));
    assert!(ours.is_ok() && theirs.is_ok(), "{requested} matches {registered} and is no URL");
    let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return };
    assert_eq!((ours.scheme(), theirs.scheme()), ("http", "http"));
    assert_eq!(ours.host(), theirs.host(), "{requested}");
    assert!(is_loopback(&theirs), "{requested}");
    assert_eq!(by_address, theirs.host_str() != Some("localhost"));
    assert_eq!((ours.path(), ours.query()), (theirs.path(), theirs.query()), "{requested}");
    assert!(theirs.username().is_empty() && theirs.password().is_none() && theirs.fragment().is_none());
    let mut portless = theirs.clone();
    assert_eq!(portless.set_port(ours.port()), Ok(()));
    assert_eq!(portless, ours, "{requested}");
}

/// Links for people: https, or http on loopback.
pub fn web_url(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(link) = WebUrl::parse(text) else { return };
    assert_eq!(link.as_str(), text);
    let Some(url) = as_a_browser_reads_it(text) else { return };
    assert!(matches!(url.scheme(), "http" | "https"), "{text}");
    assert_eq!(link.origin(), url.origin().ascii_serialization());
    assert!(text.starts_with(&link.origin()), "{text}");
}

/// The server's own address: an origin and nothing else.
pub fn public_url(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(address) = PublicUrl::parse(text) else { return };
    let origin = address.origin();
    assert!(text == origin || text.strip_suffix('/') == Some(origin), "{text}");
    let Some(url) = as_a_browser_reads_it(origin) else { return };
    assert_eq!(url.origin().ascii_serialization(), origin);
    assert_eq!((url.path(), url.query(), url.fragment()), ("/", None, None));
    let scheme = if address.is_https() { "https" } else { "http" };
    assert_eq!(format!("{scheme}://{}", address.authority()), origin);
    assert_eq!(Some(address.port()), url.port_or_known_default());
    assert_eq!(PublicUrl::parse(origin), Ok(address));
}

/// A pool's domain: every parser reads the same name, and no address.
pub fn domain(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(domain) = Domain::parse(text) else { return };
    let host = domain.as_str();
    assert_eq!(host, text.to_ascii_lowercase());
    assert!(host.contains('.') && host.len() <= 253 && host.is_ascii(), "{text}");
    assert_eq!(Domain::parse(host).as_ref(), Ok(&domain));
    for (public_url, port) in [("https://id.example", ""), ("https://id.example:8443", ":8443")] {
        let Ok(public_url) = PublicUrl::parse(public_url) else { return };
        let Ok(address) = domain.address(&public_url) else { continue };
        assert_eq!(address.authority(), format!("{host}{port}"));
        let Some(url) = as_a_browser_reads_it(address.origin()) else { return };
        assert_eq!(url.host_str(), Some(host));
        assert_eq!(url.origin().ascii_serialization(), address.origin());
        assert_eq!(PublicUrl::parse(address.origin()), Ok(address));
    }
}
