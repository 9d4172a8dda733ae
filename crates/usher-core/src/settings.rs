//! What an operator decides about the server as a whole.

use ipnet::IpNet;
use std::net::IpAddr;
use usher_types::uri::PublicUrl;

/// The operator's decisions.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where people and applications reach it.
    pub public_url: PublicUrl,
    /// Proxies that are believed about who is behind them.
    pub trusted_proxies: TrustedProxies,
    /// Whether connections from anywhere else are refused: without TLS nothing but a proxy of the operator's may come.
    pub only_proxies: bool,
    /// Whether errors explain themselves to developers.
    pub developer: bool,
}

/// Addresses and networks of proxies.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    /// Whether an address is a trusted proxy's. An IPv4 address that came as an IPv6 one counts as itself.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}
