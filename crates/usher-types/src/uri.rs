//! URIs that are registered, compared and redirected to. Comparison is of bytes (RFC 3986 §6.2.1, "simple string comparison"),
//! as RFC 9700 §4.1.3 asks for; parsing only decides what may be registered.

use crate::limits;
use std::fmt;
use url::{Host, Url};

/// Why a URI cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Not an absolute URI.
    #[error("an absolute URI such as https://app.example/callback is expected")]
    NotAbsolute,
    /// RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component."
    #[error("a fragment (#…) is not allowed")]
    Fragment,
    /// `user@host`.
    #[error("a user name or password in a URI is not allowed")]
    Credentials,
    /// A scheme that a browser would run or that nobody can receive.
    #[error(
        "the scheme {0} is not allowed: https, http on a loopback address, or an application's own scheme such as com.example.app"
    )]
    Scheme(String),
    /// http anywhere else than on loopback.
    #[error("http is allowed only for localhost, 127.0.0.1 and [::1]; elsewhere https is needed")]
    PlainHttp,
    /// Spaces, controls, backslashes, non-ASCII, `..` segments: what two parsers might read differently.
    #[error(
        "only plain ASCII characters of RFC 3986 are allowed, without dot segments, backslashes, spaces or upper case in scheme and host"
    )]
    Ambiguous,
    /// An address with more or less than scheme, host and port.
    #[error(
        "scheme, host and port are expected, without a path: https://id.example.com or http://localhost:8080"
    )]
    NotOrigin,
    /// More than [`limits::URI_BYTES`].
    #[error("at most {} bytes are allowed", limits::URI_BYTES)]
    TooLong,
}

/// A redirection URI as an application registered it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks that a URI may be registered.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let url = unambiguous(text)?;
        if url.fragment().is_some() {
            return Err(UriError::Fragment);
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&url) => Ok(()),
            "http" => Err(UriError::PlainHttp),
            // RFC 8252 §7.1: a private-use scheme is a reverse domain name, so it holds a dot; this also keeps out javascript:, data: and kin.
            other if other.contains('.') => Ok(()),
            other => Err(UriError::Scheme(other.to_owned())),
        }?;
        Ok(Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of an http or https URI, as an `Origin` header writes it; `None` for an application's own scheme.
    pub fn origin(&self) -> Option<String> {
        origin(&self.0)
    }

    /// Whether it is plain http on a loopback address or localhost.
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// RFC 8252 §7.3: "The authorization server MUST allow any port to be specified at the time of the request for loopback IP
    /// redirect URIs". Everything but the port is compared byte by byte.
    pub fn matches_with_any_port(&self, requested: &str, localhost: Localhost) -> bool {
        let Some((host, rest)) = loopback_parts(&self.0, localhost) else { return false };
        loopback_parts(requested, localhost).is_some_and(|(h, r)| h == host && r == rest)
    }
}

/// Whether the name `localhost` counts as a loopback address (RFC 8252 §8.3 advises against it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Localhost {
    /// As `127.0.0.1`.
    Counts,
    /// Like any other name.
    IsAName,
}

/// Splits `http://<loopback>[:port]<path and query>` into host and what follows the port.
fn loopback_parts(uri: &str, localhost: Localhost) -> Option<(&str, &str)> {
    let after = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"].into_iter().find(|h| after.starts_with(h))?;
    if host == "localhost" && localhost == Localhost::IsAName {
        return None;
    }
    let rest = after.get(host.len()..)?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(port_on) => {
            let digits = port_on.bytes().take_while(u8::is_ascii_digit).count();
            let port = port_on.get(..digits)?;
            // One spelling a port: no leading zero, at most 65535.
            if port.starts_with('0') || port.parse::<u16>().is_err() {
                return None;
            }
            port_on.get(digits..)?
        }
    };
    (rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'))
        .then_some((after.get(..host.len())?, rest))
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for RedirectUri {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for RedirectUri {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|e| serde::de::Error::custom(format!("{text:?}: {e}")))
    }
}

/// A link that pages show: https, or http on loopback.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct WebUrl(String);

impl WebUrl {
    /// Checks scheme and shape.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let url = unambiguous(text)?;
        match url.scheme() {
            "https" => Ok(Self(text.to_owned())),
            "http" if is_loopback(&url) => Ok(Self(text.to_owned())),
            "http" => Err(UriError::PlainHttp),
            other => Err(UriError::Scheme(other.to_owned())),
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its origin, as an `Origin` header writes it.
    pub fn origin(&self) -> String {
        origin(&self.0).unwrap_or_default()
    }
}

impl<'de> serde::Deserialize<'de> for WebUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|e| serde::de::Error::custom(format!("{text:?}: {e}")))
    }
}

/// The address at which people and applications reach this server: scheme, host and port, nothing after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    authority: String,
    https: bool,
}

impl PublicUrl {
    /// Reads `https://id.example.com` or `http://localhost:8080`; a path is refused, a single trailing slash forgiven.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let url = WebUrl::parse(text).map_err(|e| match e {
            UriError::NotAbsolute | UriError::Scheme(_) => UriError::NotOrigin,
            other => other,
        })?;
        let origin = url.origin();
        if origin != text {
            return Err(UriError::NotOrigin);
        }
        let https = origin.starts_with("https://");
        let authority = origin.split_once("://").map(|(_, a)| a.to_owned()).unwrap_or_default();
        Ok(Self { origin, authority, https })
    }

    /// Of parts that are known to be in their normal form.
    pub(crate) fn of(scheme: &str, authority: &str) -> Self {
        let origin = format!("{scheme}://{authority}");
        Self { origin, authority: authority.to_owned(), https: scheme == "https" }
    }

    /// `https://id.example.com`, without a slash.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `id.example.com`, with the port where it is not the scheme's own: what a Host header must say.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether browsers reach it by TLS.
    pub const fn is_https(&self) -> bool {
        self.https
    }

    /// The port.
    pub fn port(&self) -> u16 {
        Url::parse(&self.origin).ok().and_then(|u| u.port_or_known_default()).unwrap_or(443)
    }
}

impl<'de> serde::Deserialize<'de> for PublicUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|e| serde::de::Error::custom(format!("{text:?}: {e}")))
    }
}

/// The origin of an http or https URI, as an `Origin` header writes it.
fn origin(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// Parses a URI of which every parser has the same idea: the text is already in its normal form.
fn unambiguous(text: &str) -> Result<Url, UriError> {
    if text.len() > limits::URI_BYTES {
        return Err(UriError::TooLong);
    }
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b);
    if !text.bytes().all(legal) {
        return Err(UriError::Ambiguous);
    }
    let url = Url::parse(text).map_err(|_| UriError::NotAbsolute)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UriError::Credentials);
    }
    // Parsers disagree about the odd characters that some let a host have, and a `*` there would look like a pattern.
    let plain =
        |h: &str| h.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    if matches!(url.host(), Some(Host::Domain(name)) if !plain(name)) {
        return Err(UriError::Ambiguous);
    }
    // "https://host" and "https://host/" are the same to the parser; every other difference is an ambiguity.
    if url.as_str() != text && url.as_str().strip_suffix('/') != Some(text) {
        return Err(UriError::Ambiguous);
    }
    if url.cannot_be_a_base() && !url.scheme().contains('.') {
        return Err(UriError::Scheme(url.scheme().to_owned()));
    }
    Ok(url)
}

/// Whether the host is 127.0.0.0/8, `[::1]` or the name localhost.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for uri in [
            "https://app.example/cb",
            "https://app.example",
            "https://app.example:8443/cb?x=1",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/cb",
            "com.example.app:/cb",
            "com.example.app://cb",
            "https://app.example/cb?code=x&state=y",
        ] {
            assert!(RedirectUri::parse(uri).is_ok(), "{uri}: {:?}", RedirectUri::parse(uri));
        }
        for uri in [
            "",
            "app.example/cb",
            "/cb",
            "//app.example",
            "https://",
            "https://app.example/cb#f",
            "https://a@app.example/cb",
            "https://a:b@app.example",
            "http://app.example/cb",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "https://app.example/a/../b",
            "https://app.example/a b",
            "https://app.example\\cb",
            "HTTPS://app.example/cb",
            "https://APP.example/cb",
            "https://app.example:443/cb",
            "https://app.example/%2e%2e/cb",
            "https://bücher.example/cb",
            "https://app.example/\u{0}",
            "https://app.example/\tcb",
            "https://2130706433/cb",
            "vbscript:x",
            "file:///etc/passwd",
            "about:blank",
            "blob:https://app.example/x",
            "myapp:/cb",
        ] {
            assert!(RedirectUri::parse(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn loopback_matches_with_any_port_and_nothing_else() {
        let registered = RedirectUri::parse("http://127.0.0.1/cb?x=1").unwrap();
        let ok = |uri: &str| registered.matches_with_any_port(uri, Localhost::IsAName);
        assert!(
            ok("http://127.0.0.1/cb?x=1")
                && ok("http://127.0.0.1:1/cb?x=1")
                && ok("http://127.0.0.1:65535/cb?x=1")
        );
        for uri in [
            "http://127.0.0.1:65536/cb?x=1",
            "http://127.0.0.1:/cb?x=1",
            "http://127.0.0.1:080/cb?x=1",
            "http://127.0.0.1:80@evil.example/cb?x=1",
            "http://127.0.0.1.evil.example/cb?x=1",
            "http://127.0.0.1:80/cb?x=1&y",
            "http://127.0.0.1:80/cb",
            "https://127.0.0.1:80/cb?x=1",
            "http://[::1]:80/cb?x=1",
            "http://localhost:80/cb?x=1",
            "http://127.0.0.2:80/cb?x=1",
            "http://127.1:80/cb?x=1",
            "http://127.0.0.1:8a/cb?x=1",
        ] {
            assert!(!ok(uri), "{uri}");
        }
        let name = RedirectUri::parse("http://localhost/cb").unwrap();
        assert!(!name.matches_with_any_port("http://localhost:5/cb", Localhost::IsAName));
        assert!(name.matches_with_any_port("http://localhost:5/cb", Localhost::Counts));
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let url = PublicUrl::parse("http://localhost:8080/").unwrap();
        assert_eq!(
            (url.origin(), url.authority(), url.port()),
            ("http://localhost:8080", "localhost:8080", 8080)
        );
        for wrong in [
            "https://id.example/base",
            "http://id.example",
            "https://id.example:443",
            "id.example",
            "https://id.example?x",
        ] {
            assert!(PublicUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
