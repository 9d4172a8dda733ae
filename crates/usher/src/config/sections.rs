//! The sections of the configuration beside pools and mail, as they are written.

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use usher_core::TrustedProxies;
use usher_types::uri::PublicUrl;

/// Where the server listens and how it is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfigSection {
    /// The address by which people and applications reach it.
    pub public_url: PublicUrl,
    /// Where it listens.
    #[serde(default = "default_listen", deserialize_with = "socket_address")]
    pub listen: SocketAddr,
    /// Whether error pages explain themselves to developers.
    #[serde(default)]
    pub development: bool,
    /// Proxies that are believed about who is behind them (X-Forwarded-For).
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: TrustedProxies,
    /// Seconds between being told to stop and accepting nothing more.
    #[serde(default)]
    pub shutdown_delay: u32,
    /// A list of passwords that nobody may choose: a password a line, or sorted SHA-1 digests.
    pub password_block_list: Option<PathBuf>,
    /// TLS by certificate files.
    pub tls: Option<TlsSection>,
}

fn socket_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let expected = "an IP address and a port are expected, such as 127.0.0.1:8080 or [::]:443";
    text.parse().map_err(|_| D::Error::custom(format!("{text:?}: {expected}")))
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TrustedProxies, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let wrong = |text: &str| {
        D::Error::custom(format!(
            "{text:?}: an IP address or a network is expected, such as 127.0.0.1, ::1 or 10.0.0.0/8"
        ))
    };
    texts
        .iter()
        .map(|text| match network(text) {
            None => Err(wrong(text)),
            Some(net) if net.prefix_len() == 0 => Err(D::Error::custom(format!(
                "{text:?}: that is everybody: name the proxies, or their networks"
            ))),
            Some(net) => Ok(net),
        })
        .collect::<Result<_, _>>()
        .map(TrustedProxies)
}

/// An address is the network of it alone.
fn network(text: &str) -> Option<IpNet> {
    let address = |text: &str| text.parse::<IpAddr>().ok().map(|ip| IpNet::from(ip.to_canonical()));
    address(text).or_else(|| text.parse().ok())
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

/// TLS by certificate files, PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The certificate with its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub private_key: PathBuf,
    /// Certificates for other names.
    #[serde(default)]
    pub others: Vec<OtherCertificate>,
}

/// A certificate for other names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherCertificate {
    /// The certificate with its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub private_key: PathBuf,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// In which form.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What somebody has to do something about.
    Error,
    /// What somebody should look at.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// How.
    Debug,
    /// Everything.
    Trace,
}

/// What operators ask.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperationsSection {
    /// Where it is answered.
    #[serde(deserialize_with = "some_address")]
    pub listen: Option<SocketAddr>,
}

fn some_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    socket_address(deserializer).map(Some)
}

/// Where the server keeps its data.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageSection {
    /// The folder with the master key, and with the database where there is no other.
    #[serde(default = "default_folder")]
    pub folder: PathBuf,
    /// `postgres://…`, where the database is not the embedded one.
    pub url: Option<String>,
    /// The file with the master keys, where they are not in the folder.
    pub master_key_file: Option<PathBuf>,
}

impl Default for StorageSection {
    fn default() -> Self {
        Self { folder: default_folder(), url: None, master_key_file: None }
    }
}

fn default_folder() -> PathBuf {
    PathBuf::from("usher-data")
}
