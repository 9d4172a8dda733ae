//! Domains at which pools live. A name has one spelling here: lower case, ASCII (RFC 5890 A-labels), no dot at its end; what a Host
//! header says is compared byte for byte after lower-casing.

use crate::uri::PublicUrl;
use std::fmt;
use url::{Host, Url};

/// Bytes of a name (RFC 1035 §2.3.4, without the root's dot).
const NAME_BYTES: usize = 253;
/// Bytes of a label (RFC 1035 §2.3.4).
const LABEL_BYTES: usize = 63;

/// Why a pool cannot live at a domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// No name of a host.
    #[error(
        "{0:?} is no domain: a name alone is expected, such as login.staff.example, in ASCII, without scheme, port, path or wildcard"
    )]
    NotAName(String),
    /// An address instead of a name.
    #[error("{0:?} is an IP address: a pool's domain is a name, such as login.staff.example")]
    Address(String),
    /// A name without a dot.
    #[error("{0:?} is a single word: a pool's domain is a whole name, such as login.staff.example")]
    SingleLabel(String),
    /// Where the other pools live.
    #[error("{0:?} is the host of public_url, where the first pool lives: another name is needed")]
    Shared(String),
    /// Plain http elsewhere than on this machine.
    #[error(
        "{0:?} would be reached by plain http, as public_url is: then only names that end in .localhost are allowed; elsewhere https is needed"
    )]
    PlainHttp(String),
}

/// The name of a host at which a pool lives.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(String);

impl Domain {
    /// Reads a name; upper case is forgiven.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let host = text.to_ascii_lowercase();
        let not_a_name = || DomainError::NotAName(text.to_owned());
        if is_address(&host) {
            return Err(DomainError::Address(text.to_owned()));
        }
        if host.len() > NAME_BYTES || !host.split('.').all(is_label) {
            return Err(not_a_name());
        }
        if !host.contains('.') {
            return Err(DomainError::SingleLabel(text.to_owned()));
        }
        // Other parsers must read the same name: no A-label that is none.
        let url = Url::parse(&format!("https://{host}/")).map_err(|_| not_a_name())?;
        match url.host() {
            Some(Host::Domain(name)) if name == host => Ok(Self(host)),
            _ => Err(not_a_name()),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a pool at this domain: scheme and port are the public URL's.
    pub fn address(&self, public_url: &PublicUrl) -> Result<PublicUrl, DomainError> {
        let shared = public_url.authority();
        let (host, port) = match shared.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, format!(":{port}")),
            None => (shared, String::new()),
        };
        if host == self.0 {
            return Err(DomainError::Shared(self.0.clone()));
        }
        let scheme = if public_url.is_https() { "https" } else { "http" };
        if !public_url.is_https() && !self.0.ends_with(".localhost") {
            return Err(DomainError::PlainHttp(self.0.clone()));
        }
        Ok(PublicUrl::of(scheme, &format!("{}{port}", self.0)))
    }
}

/// Whether browsers take a host for an address: one in brackets, or whose last part is a number (WHATWG URL §3.5, "ends in a number").
fn is_address(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_decimal = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    let is_hex = last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    is_decimal || is_hex || bare.parse::<std::net::IpAddr>().is_ok()
}

/// RFC 952, RFC 1123 §2.1: letters, digits and hyphens, no hyphen at either end.
fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Domain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Domain {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_whole_name_in_one_spelling() {
        for name in ["login.staff.example", "a.b", "xn--bcher-kva.example", "1a.example", "staff.localhost"] {
            assert_eq!(Domain::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(Domain::parse("Login.Staff.EXAMPLE").unwrap().as_str(), "login.staff.example");
        let long = format!("{}.example", "a".repeat(64));
        let longer = "abc.".repeat(64) + "d";
        for wrong in [
            "",
            ".",
            "a..b",
            ".a.b",
            "a.b.",
            "-a.b",
            "a-.b",
            "a_b.example",
            "*.example",
            "a.b:443",
            "https://a.b",
            "a.b/",
            "a b.example",
            "a.b\n",
            "user@a.b",
            "bücher.example",
            "xn--.example",
            "%61.example",
            "a.b?x",
            "a.b#x",
            "a.b\0",
            &long,
            &longer,
        ] {
            let error = Domain::parse(wrong).unwrap_err();
            assert!(matches!(error, DomainError::NotAName(_)), "{wrong:?}: {error:?}");
        }
        for address in
            ["127.0.0.1", "::1", "[::1]", "10.0.1", "0x7f.1", "1.2.3.4", "2130706433.1", "a.example.1"]
        {
            let error = Domain::parse(address).unwrap_err();
            assert!(matches!(error, DomainError::Address(_)), "{address}: {error:?}");
        }
        for word in ["localhost", "intranet"] {
            assert!(matches!(Domain::parse(word).unwrap_err(), DomainError::SingleLabel(_)), "{word}");
        }
    }

    #[test]
    fn scheme_and_port_are_the_public_urls() {
        let at = |domain: &str, url: &str| {
            let url = PublicUrl::parse(url).unwrap();
            Domain::parse(domain).unwrap().address(&url).map(|a| a.origin().to_owned())
        };
        assert_eq!(at("a.example", "https://id.example").unwrap(), "https://a.example");
        assert_eq!(at("a.example", "https://id.example:8443").unwrap(), "https://a.example:8443");
        assert_eq!(at("a.example", "https://[::1]").unwrap(), "https://a.example");
        assert_eq!(at("a.example", "https://[::1]:8443").unwrap(), "https://a.example:8443");
        assert_eq!(at("a.localhost", "http://localhost:8080").unwrap(), "http://a.localhost:8080");
        assert!(matches!(at("a.example", "http://localhost:8080"), Err(DomainError::PlainHttp(_))));
        assert!(matches!(at("id.example", "https://id.example:8443"), Err(DomainError::Shared(_))));
        let parsed = PublicUrl::parse("https://a.example:8443").unwrap();
        let made = Domain::parse("a.example")
            .unwrap()
            .address(&PublicUrl::parse("https://id.example:8443").unwrap());
        assert_eq!(made.unwrap(), parsed);
    }
}
