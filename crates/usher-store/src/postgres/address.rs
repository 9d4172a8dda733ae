//! The address of a PostgreSQL database: parsed, completed, and refused where a password and the data would cross a network
//! in the clear without the operator having said so.

use crate::OpenError;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// A parsed address.
#[derive(Debug)]
pub(crate) struct Address {
    /// How to connect.
    pub(crate) config: Config,
    /// Database and host, for people; never the password.
    pub(crate) shown: String,
}

impl Address {
    /// Reads `postgresql://user:password@host/database` or `host=… user=… dbname=…`.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let named = |hosts: &str, config: Option<&Config>| match config.and_then(Config::get_dbname) {
            Some(database) => format!("the PostgreSQL database {database} at {hosts}"),
            None => format!("the PostgreSQL database at {hosts}"),
        };
        if url.contains("sslmode=verify") {
            return Err(OpenError::Tls { place: "the PostgreSQL database".to_owned() });
        }
        let mut config: Config =
            url.parse().map_err(|e: tokio_postgres::Error| OpenError::Address(super::says(&e)))?;
        let shown = named(&hosts(&config), Some(&config));
        let encrypted = config.get_ssl_mode() == SslMode::Require;
        let open_by_choice = config.get_ssl_mode() == SslMode::Disable;
        if encrypted || !(open_by_choice || stays_here(&config)) {
            return Err(OpenError::Tls { place: shown });
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
        Ok(Self { config, shown })
    }
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

    #[test]
    fn a_password_never_crosses_a_network_in_the_clear_unasked() {
        for url in [
            "postgresql://usher:hunter2@db.internal/usher",
            "postgresql://usher:hunter2@localhost,db.internal/usher",
            "postgresql://usher:hunter2@localhost/usher?sslmode=require",
            "postgresql://usher:hunter2@localhost/usher?sslmode=verify-full",
        ] {
            let error = Address::parse(url).unwrap_err();
            assert!(matches!(error, OpenError::Tls { .. }), "{url}: {error}");
            assert!(
                !error.to_string().contains("hunter2") && error.to_string().contains("sslmode=disable"),
                "{error}"
            );
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
