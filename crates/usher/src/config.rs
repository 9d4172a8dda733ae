//! The configuration file, `usher.toml`: strict, and every error names file, line and key.

use crate::master_key::Environment;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};
use usher_core::seed::{self, Item, PoolSeed, SeedError};
use usher_store::OpenError;
use usher_types::uri::PublicUrl;

/// The whole file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and how it is reached.
    pub server: ServerConfigSection,
    /// Where it keeps its data.
    #[serde(default)]
    pub storage: StorageSection,
    /// What shall exist: applied at every start, changing nothing that is there already and equal. What else there is, the command line
    /// manages.
    #[serde(default)]
    pub pools: Vec<PoolSeed>,
}

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
    /// Addresses of proxies that are believed about who is behind them (X-Forwarded-For).
    #[serde(default, deserialize_with = "ip_addresses")]
    pub trusted_proxies: Vec<IpAddr>,
    /// TLS by certificate files.
    pub tls: Option<TlsSection>,
}

fn socket_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let expected = "an IP address and a port are expected, such as 127.0.0.1:8080 or [::]:443";
    text.parse().map_err(|_| D::Error::custom(format!("{text:?}: {expected}")))
}

fn ip_addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let wrong = |text: &str| {
        D::Error::custom(format!("{text:?}: an IP address is expected, such as 127.0.0.1 or ::1"))
    };
    texts.iter().map(|text| text.parse().map_err(|_| wrong(text))).collect()
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

/// What is wrong with the configuration: one sentence, with file, line and key where they are known.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// A configuration with its place, by which relative paths and errors are told. No `Debug`: its text holds secrets.
#[derive(Clone)]
pub struct Loaded {
    /// What the file says.
    pub config: Config,
    /// The file.
    pub path: PathBuf,
    /// What the environment says.
    pub environment: Environment,
    text: String,
}

/// Reads and checks a configuration file; touches nothing else.
pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            let message =
                "there is no such file: write one, or name another by --config; `usher demo` needs none";
            ConfigError(format!("{}: {message}", path.display()))
        }
        _ => ConfigError(format!("{}: {e}", path.display())),
    })?;
    let loaded = Loaded { environment: Environment::of_process(), ..parse(&text, path)? };
    loaded.check()?;
    Ok(loaded)
}

/// Parses a configuration text; the environment says nothing.
pub fn parse(text: &str, path: &Path) -> Result<Loaded, ConfigError> {
    for nul in ["\0", "\\u0000", "\\U00000000"] {
        if let Some(at) = text.find(nul) {
            return Err(ConfigError(format!(
                "{}:{}: the character U+0000 is not allowed",
                path.display(),
                line_of(text, at)
            )));
        }
    }
    let config = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(1, |s| line_of(text, s.start));
        let key = key_at(text, line).map(|k| format!("{k}: ")).unwrap_or_default();
        ConfigError(format!("{}:{line}: {key}{}", path.display(), e.message().replace('\n', "; ")))
    })?;
    Ok(Loaded { config, path: path.to_owned(), environment: Environment::default(), text: text.to_owned() })
}

impl Loaded {
    /// The folder that relative paths in the file start from.
    pub fn base(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("."))
    }

    /// The folder with the master key, the management socket, and the database where there is no other.
    pub fn folder(&self) -> PathBuf {
        self.base().join(&self.config.storage.folder)
    }

    /// Checks what the types cannot.
    fn check(&self) -> Result<(), ConfigError> {
        let server = &self.config.server;
        let listens_open = !server.listen.ip().is_loopback();
        if server.tls.is_none() && listens_open {
            let message = format!(
                "{} is not a loopback address: without [server.tls] only 127.0.0.1 and [::1] are allowed",
                server.listen
            );
            return Err(self.at(&["server", "listen"], &message));
        }
        if server.tls.is_some() && !server.public_url.is_https() {
            return Err(self.at(&["server", "public_url"], "with [server.tls] an https address is needed"));
        }
        if server.tls.is_none() && server.public_url.is_https() && server.trusted_proxies.is_empty() {
            let message = "https without [server.tls] means a proxy in front: name its address in trusted_proxies, e.g. [\"127.0.0.1\"], so that people are told apart";
            return Err(self.at(&["server", "public_url"], message));
        }
        if let Some(url) = &self.config.storage.url
            && !url.starts_with("postgres://")
            && !url.starts_with("postgresql://")
        {
            return Err(self.at(
                &["storage", "url"],
                "postgres://user@host/database is expected; leave it out for the embedded database",
            ));
        }
        seed::check(&self.config.pools, self.base()).map_err(|e| self.seed_error(&e))?;
        seed::check_domains(&self.config.pools, &self.config.server.public_url)
            .map_err(|e| self.seed_error(&e))
    }

    /// A seed's error with its place in the file.
    pub fn seed_error(&self, error: &SeedError) -> ConfigError {
        let SeedError::Setting { pool, item, setting } = error else { return ConfigError(error.to_string()) };
        let numbers = (
            pool.to_string(),
            match item {
                Item::Pool | Item::Settings => String::new(),
                Item::Application(n) | Item::User(n) | Item::AccessKey(n, _) => n.to_string(),
            },
            match item {
                Item::AccessKey(_, n) => n.to_string(),
                _ => String::new(),
            },
        );
        let place: Vec<&str> = match item {
            Item::Pool => vec!["pools", &numbers.0, setting.key],
            Item::Settings => vec!["pools", &numbers.0, "settings", setting.key],
            Item::Application(_) => vec!["pools", &numbers.0, "applications", &numbers.1, setting.key],
            Item::AccessKey(..) => {
                vec!["pools", &numbers.0, "applications", &numbers.1, "access_keys", &numbers.2, setting.key]
            }
            Item::User(_) => vec!["pools", &numbers.0, "users", &numbers.1, setting.key],
        };
        self.at(&place, &setting.message)
    }

    /// What a database that cannot be opened asks to be changed: its address, where one is written.
    pub fn storage_error(&self, error: &OpenError) -> Option<ConfigError> {
        self.config.storage.url.is_some().then(|| self.at(&["storage", "url"], &error.to_string()))
    }

    /// An error at a key; where the key is not written, at the table that it belongs to.
    fn at(&self, place: &[&str], message: &str) -> ConfigError {
        let line = find(&self.text, place).map_or(1, |at| line_of(&self.text, at));
        let key = place.last().copied().unwrap_or_default();
        ConfigError(format!("{}:{line}: {key}: {message}", self.path.display()))
    }

    /// The TLS acceptor's configuration, from the files.
    pub fn tls(&self) -> Result<Option<Arc<ServerConfig>>, ConfigError> {
        let Some(section) = &self.config.server.tls else { return Ok(None) };
        let wrong = |key, message: String| self.at(&["server", "tls", key], &message);
        let certificate = self.base().join(&section.certificate);
        let chain: Result<Vec<_>, _> =
            CertificateDer::pem_file_iter(&certificate).and_then(Iterator::collect);
        let chain = chain.map_err(|e| {
            wrong("certificate", format!("{}: {e}; a PEM certificate is expected", certificate.display()))
        })?;
        let key = self.base().join(&section.private_key);
        let private = PrivateKeyDer::from_pem_file(&key).map_err(|e| {
            wrong("private_key", format!("{}: {e}; a PEM private key is expected", key.display()))
        })?;
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(chain, private).map_err(|e| {
                wrong("certificate", format!("certificate and private_key do not go together: {e}"))
            })?;
        Ok(Some(Arc::new(config)))
    }
}

/// The line, from 1, of a place in a text.
fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// The key that is written on a line.
fn key_at(text: &str, line: usize) -> Option<&str> {
    let line = text.lines().nth(line.checked_sub(1)?)?.trim();
    let key = line.split(['=', '#']).next()?.trim();
    (line.contains('=') && !key.is_empty() && !key.contains([' ', '"', '{', '['])).then_some(key)
}

/// Where the value at a path of keys and numbers is written; where the last key is missing, its table.
fn find(text: &str, place: &[&str]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut at = None;
    let mut value: Option<&toml::Spanned<DeValue<'_>>> = None;
    for (depth, key) in place.iter().enumerate() {
        let next = match value.map(toml::Spanned::get_ref) {
            None if depth == 0 => table.get_ref().get(*key),
            Some(DeValue::Table(table)) => table.get(*key),
            Some(DeValue::Array(array)) => key.parse::<usize>().ok().and_then(|n| array.get(n)),
            _ => None,
        };
        let Some(found) = next else { return at };
        at = Some(found.span().start);
        value = Some(found);
    }
    at
}
