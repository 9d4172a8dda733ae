//! The address of a PostgreSQL database: parsed, completed, and refused where a password and the data would cross a network
//! in the clear without the operator having said so. To another machine TLS is the default, and always verified.

use super::asked::{Asked, Mode, split};
use super::{says, tls};
use crate::OpenError;
use std::fmt;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, SslNegotiation};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A parsed address.
pub(crate) struct Address {
    /// How to connect.
    pub(crate) config: Config,
    /// How TLS is spoken, where it is.
    pub(crate) tls: MakeRustlsConnect,
    /// Database and host, for people; never the password.
    pub(crate) shown: String,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.shown).finish()
    }
}

impl Address {
    /// Reads `postgresql://user:password@host/database` or `host=… user=… dbname=…`.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let (rest, asked) = split(url).map_err(OpenError::Address)?;
        let mut config: Config =
            rest.parse().map_err(|e: tokio_postgres::Error| OpenError::Address(says(&e)))?;
        let hosts = hosts(&config);
        let shown = match config.get_dbname() {
            Some(database) => format!("the PostgreSQL database {database} at {hosts}"),
            None => format!("the PostgreSQL database at {hosts}"),
        };
        let refused = |why: String| OpenError::Tls { place: shown.clone(), why };
        let encrypted = encrypts(&config, &asked).map_err(|why| refused(why.to_owned()))?;
        let tls = if encrypted { tls::verified(asked.authorities.as_deref()) } else { tls::unused() };
        let tls = tls.map_err(refused)?;
        // Never what the driver would do by itself, which is TLS where the other side says that it can.
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        if encrypted && config.get_hosts().is_empty() {
            // The address is the name that the certificate must have.
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        if config.get_application_name().is_none() {
            config.application_name("usher");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        // A server that vanished is noticed, instead of a batch waiting for it for ever.
        config.keepalives_idle(Duration::from_secs(30));
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(30));
        }
        Ok(Self { config, tls, shown })
    }

    /// A connection of its own, and the task that carries it, which ends with its client.
    pub(crate) async fn connect(&self) -> Result<(Client, JoinHandle<()>), OpenError> {
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(|e| {
            tls::refusal(&e, &self.shown)
                .unwrap_or_else(|| OpenError::Database { place: self.shown.clone(), why: says(&e) })
        })?;
        let carried = tokio::spawn(async move {
            // Its client is told of the end, too.
            let _ = connection.await;
        });
        Ok((client, carried))
    }
}

/// Whether TLS is spoken: where it is asked for, and to other machines unless it is expressly not; or why neither will do.
fn encrypts(config: &Config, asked: &Asked) -> Result<bool, &'static str> {
    let authorities = asked.authorities.is_some();
    let direct = config.get_ssl_negotiation() == SslNegotiation::Direct;
    let encrypted = match asked.mode {
        Some(Mode::Plain) if authorities || direct => {
            return Err(
                "sslmode=disable contradicts sslrootcert and sslnegotiation=direct: leave out the one or the other",
            );
        }
        Some(Mode::Opportunistic) if authorities || direct || !stays_here(config) => {
            return Err(
                "sslmode=prefer and allow leave it to the other side whether the password is sent in the clear: leave sslmode out \
                for TLS that is verified, or, on a private network that you trust, write sslmode=disable",
            );
        }
        Some(Mode::Plain | Mode::Opportunistic) => false,
        Some(Mode::Verified) => true,
        None => authorities || direct || !stays_here(config),
    };
    let sockets = config.get_hosts().iter().any(|host| matches!(host, Host::Unix(_)));
    if encrypted && sockets {
        return Err(
            "PostgreSQL speaks no TLS over a Unix socket: name a host, or leave out what is said of TLS and every other host",
        );
    }
    Ok(encrypted)
}

fn hosts(config: &Config) -> String {
    let names = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Whether every host is this machine.
fn stays_here(config: &Config) -> bool {
    if !config.get_hostaddrs().is_empty() {
        return config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let literal = name.trim_start_matches('[').trim_end_matches(']');
            name == "localhost"
                || literal.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_on_this_machine_needs_no_tls() {
        for url in [
            "postgresql://usher:pw@localhost/usher",
            "postgresql://usher:pw@127.0.0.1:5433/usher",
            "postgresql://usher@%2Frun%2Fpostgresql/usher",
            "postgresql://usher:pw@db.internal/usher?sslmode=disable",
        ] {
            assert!(Address::parse(url).is_ok(), "{url}");
        }
    }

    fn mode(url: &str) -> SslMode {
        Address::parse(url).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn a_password_never_crosses_a_network_in_the_clear_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("authority.pem");
        let authority = rcgen::generate_simple_self_signed(["db.internal".to_owned()]).unwrap();
        std::fs::write(&file, authority.cert.pem()).unwrap();
        let root = format!("sslrootcert={}", file.display());
        for address in
            ["db.internal", "localhost,db.internal", "localhost", "127.0.0.1", "192.0.2.1", "[2001:db8::1]"]
        {
            for said in ["", "&sslmode=require", "&sslmode=verify-ca", "&sslmode=verify-full"] {
                let url = format!("postgresql://usher:hunter2@{address}/usher?{root}{said}");
                assert_eq!(mode(&url), SslMode::Require, "{url}");
            }
        }
        assert_eq!(mode(&format!("hostaddr=192.0.2.1 user=usher {root}")), SslMode::Require);
        assert_eq!(mode("host=db.internal user=usher sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("host=localhost user=usher sslmode=prefer"), SslMode::Disable);
        assert_eq!(mode("host=localhost user=usher"), SslMode::Disable);
        assert_eq!(mode("host=/run/postgresql user=usher"), SslMode::Disable);
    }

    #[test]
    fn what_is_not_the_one_or_the_other_is_refused_in_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = folder.path().join("nothing.pem");
        std::fs::write(&nothing, "no certificate").unwrap();
        let nothing = format!("localhost/usher?sslrootcert={}", nothing.display());
        for (rest, expected) in [
            ("db.internal/usher?sslmode=prefer", "sslmode=disable"),
            ("db.internal/usher?sslmode=allow", "sslmode=disable"),
            ("localhost,db.internal/usher?sslmode=prefer", "sslmode=disable"),
            ("db.internal/usher?sslmode=disable&sslrootcert=/a.pem", "contradicts"),
            ("localhost/usher?sslmode=disable&sslnegotiation=direct", "contradicts"),
            ("%2Frun%2Fpostgresql/usher?sslmode=require", "Unix socket"),
            ("%2Frun%2Fpostgresql,db.internal/usher", "Unix socket"),
            ("db.internal/usher?sslrootcert=authority.pem", "whole path"),
            ("db.internal/usher?sslrootcert=/nowhere/authority.pem", "/nowhere/authority.pem"),
            (nothing.as_str(), "PEM certificates"),
        ] {
            let error = Address::parse(&format!("postgresql://usher:hunter2@{rest}")).unwrap_err();
            assert!(matches!(error, OpenError::Tls { .. }), "{rest}: {error}");
            let text = format!("{error} {error:?}");
            assert!(text.contains(expected) && !text.contains("hunter2"), "{rest}: {text}");
        }
    }

    #[test]
    fn an_unreadable_address_is_answered_with_an_example() {
        let error = Address::parse("postgresql://usher:hunter2@host:port/usher").unwrap_err().to_string();
        assert!(
            error.contains("postgresql://user:password@host/database") && !error.contains("hunter2"),
            "{error}"
        );
    }
}
