//! Looking at an installation from outside: `usher check-config`, which checks everything that a server would start with and touches nothing,
//! and `usher health`, which asks a running server.

use crate::config::{self, ConfigError, Loaded, table};
use crate::serve::StartError;
use crate::tls::Certificates;
use crate::{exposure, master_key, output, storage_folder, world};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use usher_types::{Endpoint, limits};

/// Checks a configuration and prints what is set and where.
pub fn print(path: &Path) -> Result<(), StartError> {
    let loaded = config::load(path)?;
    storage_folder::check_of(&loaded).map_err(StartError::Machine)?;
    let certificates = files(&loaded)?;
    output::print(&report(&loaded)).map_err(StartError::Machine)?;
    let now = world::system().clock.now();
    let expired = certificates.iter().flat_map(|c| c.expired(now));
    for warning in expired.chain(loaded.without_mail()).chain(exposure::warnings(&loaded)) {
        eprintln!("usher: {warning}");
    }
    Ok(())
}

/// Reads the files that the configuration names; what is wrong with them is told at once.
fn files(loaded: &Loaded) -> Result<Option<Certificates>, ConfigError> {
    let certificates = Certificates::load(loaded);
    let others = [loaded.known_passwords().map(|_| ()), master_key::read(loaded).map(|_| ())];
    match (certificates, others) {
        (Ok(certificates), [Ok(()), Ok(())]) => Ok(certificates),
        (certificates, others) => {
            let all = std::iter::once(certificates.map(|_| ())).chain(others);
            Err(ConfigError::of(all.filter_map(Result::err)))
        }
    }
}

/// What is set, to what, and where; secrets as "set".
pub fn report(loaded: &Loaded) -> String {
    let mut text = String::new();
    let is_there = |key: &str| loaded.config.mail.is_some() || !key.starts_with("mail.");
    for setting in table::TABLE.iter().filter(|s| !s.key.contains("[]") && is_there(s.key)) {
        let place: Vec<&str> = setting.key.split('.').collect();
        let value = match loaded.given(&place) {
            Some(_) if setting.secret => "set".to_owned(),
            Some(value) => value,
            None => setting.default.to_owned(),
        };
        let origin = loaded.origin(&place).unwrap_or_else(|| "default".to_owned());
        let _ = writeln!(text, "{:<24}  {value}  ({origin})", setting.key);
    }
    let others = loaded.config.server.tls.as_ref().map_or(0, |tls| tls.others.len());
    let pools = &loaded.config.pools;
    let applications: usize = pools.iter().map(|pool| pool.applications.len()).sum();
    let people: usize = pools.iter().map(|pool| pool.users.len()).sum();
    if !is_there("mail.") {
        let _ = writeln!(text, "{:<24}  none: no mails are sent", "mail");
    }
    for (name, number) in [
        ("server.tls.others", others),
        ("pools", pools.len()),
        ("pools.applications", applications),
        ("pools.users", people),
    ] {
        let _ = writeln!(text, "{name:<24}  {number}");
    }
    text
}

/// Asks the server of a configuration whether it runs, or whether it is ready.
pub async fn ask(path: &Path, ready: bool) -> Result<(), StartError> {
    let loaded = config::load(path)?;
    let section = &loaded.config.server;
    let Some(address) = loaded.config.operations.listen.or(section.tls.is_none().then_some(section.listen))
    else {
        let message = "over TLS this cannot be asked from here: set it to an address of this machine, such as 127.0.0.1:9464";
        return Err(loaded.at(&["operations", "listen"], message).into());
    };
    let endpoint = if ready { Endpoint::Ready } else { Endpoint::Health };
    let wrong = |why: String| StartError::Machine(format!("{address}: {why}"));
    let asked = tokio::time::timeout(limits::HEAD_TIME.to_std(), status(near(address), endpoint.path()));
    match asked.await {
        Err(_) => Err(wrong("no answer in time".to_owned())),
        Ok(Err(error)) => Err(wrong(error.to_string())),
        Ok(Ok(200)) => Ok(()),
        Ok(Ok(status)) => Err(wrong(format!("the server answers with status {status}"))),
    }
}

/// An address that stands for every one of this machine's is asked at loopback.
fn near(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn status(address: SocketAddr, path: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(limits::HEAD_BYTES as u64).read_to_end(&mut answer).await?;
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::Error::other("this is no answer of a web server"))
}
