//! Targets for what surrounds the program: its environment's variables, and what proxies say of who is behind them.

use crate::input::utf8;
use http::{HeaderMap, HeaderValue};
use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use usher::{config, peer};
use usher_core::TrustedProxies;

/// Lines of `NAME=VALUE`: each mistake is a line that begins with the variable or with the file, and what is accepted is what was said.
pub fn environment(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    // A secret's own file must not be read for an input of this kind.
    let pairs: Vec<(OsString, OsString)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| !name.ends_with("_FILE"))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let file = "[server]\npublic_url = \"http://localhost:8080\"\n";
    match config::parse_with(file, Path::new("usher.toml"), pairs.clone().into_iter()) {
        Err(error) => {
            for sentence in error.to_string().split('\n') {
                let is_of = |name: &OsString| {
                    name.to_str().is_some_and(|name| sentence.starts_with(&format!("{name}: ")))
                };
                assert!(
                    sentence.starts_with("usher.toml:") || pairs.iter().any(|(name, _)| is_of(name)),
                    "{sentence:?}"
                );
            }
        }
        Ok(loaded) => {
            let listen =
                pairs.iter().rev().find(|(name, value)| name == "USHER_SERVER__LISTEN" && !value.is_empty());
            if let Some((_, value)) = listen {
                let said = value.to_str().and_then(|value| value.parse().ok());
                assert_eq!(Some(loaded.config.server.listen), said);
            }
        }
    }
}

/// Lines of X-Forwarded-For: the address is the connection's or one that was told, and a trusted one only where all of them are.
pub fn forwarded(data: &[u8]) {
    let trusted = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"].iter().filter_map(|network| network.parse().ok());
    let trusted = TrustedProxies(trusted.collect());
    let connection = IpAddr::from(Ipv4Addr::LOCALHOST);
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append("x-forwarded-for", value);
    }
    let Ok(address) = peer::address(connection, &headers, &trusted) else { return };
    let told: Vec<IpAddr> = headers
        .values()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter_map(|item| {
            let item = item.trim();
            item.parse::<IpAddr>().ok().or_else(|| Some(item.parse::<SocketAddr>().ok()?.ip()))
        })
        .map(|address| address.to_canonical())
        .collect();
    assert!(address == connection || told.contains(&address), "{address} was not told");
    assert_eq!(trusted.contain(address), told.iter().all(|told| trusted.contain(*told)), "{address}");
    // Whom nobody trusts is not listened to.
    let stranger = IpAddr::from(Ipv4Addr::new(203, 0, 113, 9));
    assert_eq!(peer::address(stranger, &headers, &trusted), Ok(stranger));
}
