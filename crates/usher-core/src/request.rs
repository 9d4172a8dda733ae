//! A request as the doors see it: read whole and bounded by the listener, without anything that depends on the Host header.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use std::net::{IpAddr, Ipv6Addr};
use usher_types::{Params, ParamsError};

/// One request. No `Debug`: its headers and body hold secrets.
pub struct Request {
    /// GET, POST or OPTIONS; what an endpoint does not answer is refused before it sees the request.
    pub method: Method,
    /// The raw query.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Why a body is not a form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// RFC 6749 §4.1.3 and others: "using the "application/x-www-form-urlencoded" format".
    #[error("the body must be application/x-www-form-urlencoded")]
    MediaType,
    /// The parameters cannot be read.
    #[error(transparent)]
    Params(#[from] ParamsError),
}

impl Request {
    /// A header's value, if it is there once and is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        if values.next().is_some() {
            return None;
        }
        value.to_str().ok()
    }

    /// The parameters of the query.
    pub fn query_params(&self) -> Result<Params, ParamsError> {
        Params::parse(self.query.as_bytes())
    }

    /// Whether the body calls itself a form. RFC 9110 §8.3.1: "The type and subtype tokens are case-insensitive."
    pub fn is_form(&self) -> bool {
        let media_type = self.header(&http::header::CONTENT_TYPE).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    /// The parameters of a form body.
    pub fn form(&self) -> Result<Params, FormError> {
        if !self.is_form() {
            return Err(FormError::MediaType);
        }
        Ok(Params::parse(&self.body)?)
    }

    /// A cookie's value, if there is exactly one of that name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let mut found = None;
        for header in self.headers.get_all(http::header::COOKIE) {
            // Another program's cookie may hold anything; it must not hide ours.
            for pair in header.as_bytes().split(|b| *b == b';') {
                let Ok(pair) = std::str::from_utf8(pair) else { continue };
                // RFC 6265 §4.2.1: one space stands before a pair. Other white space is a part of the name: a sibling host could plant such a
                // cookie, which no browser holds to the rules of `__Host-`.
                let Some((n, value)) = pair.trim_matches([' ', '\t']).split_once('=') else { continue };
                if n == name && found.replace(value).is_some() {
                    return None;
                }
            }
        }
        found
    }
}

/// Who is at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl Peer {
    /// The network that counts as one when guesses are counted: /24 of IPv4, /56 of IPv6.
    pub fn network(&self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(ip) => {
                let bits = u128::from(ip) & (u128::MAX << 72);
                format!("{}/56", Ipv6Addr::from(bits))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn with(headers: &[(&str, &str)]) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        Request { method: Method::GET, query: String::new(), headers: map, body: Bytes::new() }
    }

    #[test]
    fn a_cookie_given_twice_is_no_cookie() {
        assert_eq!(with(&[("cookie", "a=1; b=2")]).cookie("b"), Some("2"));
        assert_eq!(with(&[("cookie", "a=1; a=2")]).cookie("a"), None);
        assert_eq!(with(&[("cookie", "a=1"), ("cookie", "a=2")]).cookie("a"), None);
        assert_eq!(with(&[("cookie", ";;=;a")]).cookie("a"), None);
        let planted = HeaderValue::from_bytes("x=1; \u{2000}a=2".as_bytes()).unwrap();
        let mut request = with(&[]);
        request.headers.append(http::header::COOKIE, planted);
        assert_eq!(request.cookie("a"), None);
    }

    #[test]
    fn neighbours_are_one_network() {
        let network = |ip: &str| Peer(ip.parse().unwrap()).network();
        assert_eq!(network("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(network("::ffff:192.0.2.77"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:0:12ff::1"), network("2001:db8:0:1200::2"));
        assert_ne!(network("2001:db8:0:1300::1"), network("2001:db8:0:1200::2"));
    }
}
