//! What an operator decides about the server as a whole.

use std::net::IpAddr;
use usher_types::uri::PublicUrl;

/// The operator's decisions.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where people and applications reach it.
    pub public_url: PublicUrl,
    /// Addresses of proxies that are believed about who is behind them.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether errors explain themselves to developers.
    pub developer: bool,
}
