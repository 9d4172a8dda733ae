//! What the types of the configuration cannot check: settings that do not go together, and those that mean something outside of it.

use super::{ConfigError, Loaded, secrets};
use crate::clock::SystemClock;
use std::sync::Arc;
use usher_core::seed;
use usher_types::limits;

/// Checks a configuration; the mistakes of all its parts are told at once.
pub(super) fn check(loaded: &Loaded) -> Result<(), ConfigError> {
    let parts = [
        public_url(loaded),
        listen(loaded),
        limited(loaded),
        storage(loaded),
        mail(loaded),
        pools(loaded),
        secrets::check(loaded),
    ];
    let mut wrong = parts.into_iter().filter_map(Result::err).peekable();
    if wrong.peek().is_none() { Ok(()) } else { Err(ConfigError::of(wrong)) }
}

fn listen(loaded: &Loaded) -> Result<(), ConfigError> {
    let server = &loaded.config.server;
    if loaded.only_proxies() && server.trusted_proxies.0.is_empty() {
        let message = format!(
            "{} is not a loopback address: without [server.tls] only 127.0.0.1 and [::1] are allowed, or the proxies in front must be named in trusted_proxies, and nobody else is answered",
            server.listen
        );
        return Err(loaded.at(&["server", "listen"], &message));
    }
    let operations = loaded.config.operations.listen;
    if operations.is_some_and(|listen| listen == server.listen && listen.port() != 0) {
        let message = "this is [server] listen: the operations listener needs an address of its own";
        return Err(loaded.at(&["operations", "listen"], message));
    }
    Ok(())
}

fn limited(loaded: &Loaded) -> Result<(), ConfigError> {
    let server = &loaded.config.server;
    if server.shutdown_delay > limits::SHUTDOWN_DELAY {
        let message = format!("0 to {} seconds are allowed", limits::SHUTDOWN_DELAY);
        return Err(loaded.at(&["server", "shutdown_delay"], &message));
    }
    if server.tls.as_ref().is_some_and(|tls| tls.others.len() > limits::OTHER_CERTIFICATES) {
        let message = format!("at most {} certificates are allowed", limits::OTHER_CERTIFICATES);
        return Err(loaded.at(&["server", "tls", "others"], &message));
    }
    Ok(())
}

fn public_url(loaded: &Loaded) -> Result<(), ConfigError> {
    let server = &loaded.config.server;
    let message = match (&server.tls, server.public_url.is_https()) {
        (Some(_), false) => "with [server.tls] an https address is needed",
        (None, true) if server.trusted_proxies.0.is_empty() => {
            "https without [server.tls] means a proxy in front: name its address in trusted_proxies, e.g. [\"127.0.0.1\"], so that people are told apart"
        }
        _ => return Ok(()),
    };
    Err(loaded.at(&["server", "public_url"], message))
}

fn storage(loaded: &Loaded) -> Result<(), ConfigError> {
    let Some(url) = &loaded.config.storage.url else { return Ok(()) };
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        let message = "postgresql://user@host/database is expected; leave it out for the embedded database";
        return Err(loaded.at(&["storage", "url"], message));
    }
    usher_store::check_address(url).map_err(|e| loaded.at(&["storage", "url"], &e.to_string()))
}

fn mail(loaded: &Loaded) -> Result<(), ConfigError> {
    loaded.mailer(Arc::new(SystemClock::new())).map(|_| ())
}

fn pools(loaded: &Loaded) -> Result<(), ConfigError> {
    let (pools, public_url) = (&loaded.config.pools, &loaded.config.server.public_url);
    let checked = seed::check(pools, loaded.base()).and_then(|()| seed::check_domains(pools, public_url));
    checked.map_err(|e| loaded.seed_error(&e))
}
