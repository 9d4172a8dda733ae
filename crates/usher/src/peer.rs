//! Who is at the other end: the connection's address, or, behind a proxy that the operator named, the address that it tells in
//! X-Forwarded-For. Nothing else of what proxies tell is read: scheme and host are the configuration's.

use http::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};
use usher_core::TrustedProxies;

/// A trusted proxy told something that is no list of addresses: the request is refused, never taken for the proxy's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// The address nearest to the server that is not a trusted proxy's. A header from anybody else is ignored.
pub fn address(
    connection: IpAddr,
    headers: &HeaderMap,
    trusted: &TrustedProxies,
) -> Result<IpAddr, Malformed> {
    let mut nearest = connection.to_canonical();
    if !trusted.contain(nearest) {
        return Ok(nearest);
    }
    let mut told = Vec::new();
    for value in headers.get_all(HeaderName::from_static("x-forwarded-for")) {
        let text = value.to_str().map_err(|_| Malformed)?;
        for item in text.split(',') {
            told.push(node(item.trim()).ok_or(Malformed)?.to_canonical());
        }
    }
    for ip in told.into_iter().rev() {
        nearest = ip;
        if !trusted.contain(ip) {
            break;
        }
    }
    Ok(nearest)
}

/// An address, or an address with a port, as some proxies write it.
fn node(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: &[&str], connection: &str) -> Result<IpAddr, Malformed> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        address(
            connection.parse().unwrap(),
            &headers,
            &TrustedProxies(vec!["127.0.0.1/32".parse().unwrap(), "10.0.0.0/24".parse().unwrap()]),
        )
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        let ip = |text: &str| Ok(text.parse::<IpAddr>().unwrap());
        assert_eq!(told(&["198.51.100.1"], "203.0.113.9"), ip("203.0.113.9"));
        assert_eq!(told(&["198.51.100.1"], "127.0.0.1"), ip("198.51.100.1"));
        assert_eq!(told(&["6.6.6.6, 198.51.100.1, 10.0.0.1"], "127.0.0.1"), ip("198.51.100.1"));
        assert_eq!(told(&["6.6.6.6", "198.51.100.1"], "::ffff:127.0.0.1"), ip("198.51.100.1"));
        assert_eq!(told(&[], "127.0.0.1"), ip("127.0.0.1"));
        assert_eq!(told(&["6.6.6.6, 198.51.100.1:5555"], "127.0.0.1"), ip("198.51.100.1"));
        assert_eq!(told(&["[2001:db8::7]:5555, 10.0.0.1:80"], "127.0.0.1"), ip("2001:db8::7"));
    }

    #[test]
    fn nonsense_from_a_trusted_proxy_is_refused() {
        for wrong in ["", "x", "198.51.100.1:", "198.51.100.1:x", "198.51.100.1,,", "unknown", "1.2.3.4, x"] {
            assert_eq!(told(&[wrong], "127.0.0.1"), Err(Malformed), "{wrong:?}");
        }
    }
}
