//! The secrets that a configuration holds, with their places; and those among them that everybody knows.

use super::{Config, ConfigError, Loaded};
use usher_types::Secret;

/// How the secrets in the documentation begin.
const PLACEHOLDER: &str = "replace-this";
/// A password that stood there.
const KNOWN: &str = "a passphrase of fifteen characters";

/// A secret with the keys and numbers that lead to it, dots between them.
pub(crate) struct Held<'a> {
    place: String,
    secret: &'a Secret,
}

impl Held<'_> {
    /// The keys and numbers from the top.
    pub(crate) fn place(&self) -> Vec<&str> {
        self.place.split('.').collect()
    }

    fn is_placeholder(&self) -> bool {
        let secret = self.secret.expose();
        secret.starts_with(PLACEHOLDER.as_bytes()) || secret == KNOWN.as_bytes()
    }

    fn instead(&self) -> &'static str {
        match self.place.rsplit('.').next() {
            Some("password") if self.place.starts_with("pools.") => {
                "choose another, or leave it out and give the person the link that usher user link NAME makes"
            }
            Some("password") => "put yours in its place",
            _ => "put what openssl rand -hex 32 prints in its place",
        }
    }
}

/// All of them, whether file or environment gave them.
pub(crate) fn held(config: &Config) -> Vec<Held<'_>> {
    let mail =
        config.mail.iter().filter_map(|mail| Some(("mail.password".to_owned(), mail.password.as_ref()?)));
    mail.chain(declared(config)).map(|(place, secret)| Held { place, secret }).collect()
}

fn declared(config: &Config) -> Vec<(String, &Secret)> {
    let mut all = Vec::new();
    for (p, pool) in config.pools.iter().enumerate() {
        for (a, application) in pool.applications.iter().enumerate() {
            let of = format!("pools.{p}.applications.{a}");
            all.extend(
                application.client_secret.iter().map(|secret| (format!("{of}.client_secret"), secret)),
            );
            let keys = application.access_keys.iter().enumerate();
            all.extend(keys.map(|(k, key)| (format!("{of}.access_keys.{k}.secret_key"), &key.secret_key)));
        }
        let people = pool.users.iter().enumerate();
        all.extend(people.filter_map(|(u, person)| {
            Some((format!("pools.{p}.users.{u}.password"), person.password.as_ref()?))
        }));
    }
    all
}

/// Refuses the secrets of the documentation, which everybody knows.
pub(super) fn check(loaded: &Loaded) -> Result<(), ConfigError> {
    let held = held(&loaded.config);
    let wrong = held.iter().filter(|held| held.is_placeholder()).map(|held| {
        let message =
            format!("this is the documentation's placeholder, which everybody knows: {}", held.instead());
        loaded.at(&held.place(), &message)
    });
    let mut wrong = wrong.peekable();
    if wrong.peek().is_none() { Ok(()) } else { Err(ConfigError::of(wrong)) }
}
