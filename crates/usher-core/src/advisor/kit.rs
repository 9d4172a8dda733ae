//! What fills the holes of settings and samples: the server's addresses, the application's id and callback. And a single setting, as a
//! command's argument and as a line of the configuration file.

use super::decide::Mode;
use serde_json::Value;
use usher_types::Endpoint;
use usher_types::endpoint::is_pool_name;
use usher_types::uri::{RedirectUri, UriError};

/// What an application is called and where it is reached, in settings and samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    base: String,
    pool: Option<String>,
    client_id: Option<String>,
    redirect_uris: Vec<String>,
}

/// What cannot stand in settings and samples.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// The id goes into code and commands as it is.
    #[error("client_id: 1 to 64 letters, digits and the signs . _ - are allowed here")]
    ClientId,
    /// A callback that could not be registered.
    #[error("redirect_uri: {0}")]
    RedirectUri(#[from] UriError),
    /// A callback with signs that mean something in a shell or between quotes.
    #[error("redirect_uri: letters, digits and the signs - . _ ~ : / ? [ ] @ & + ; = % are allowed here")]
    Sign,
}

impl Kit {
    /// For a server at this base address (origin and pool, without a slash at the end), with names as in an example.
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), pool: None, client_id: None, redirect_uris: Vec::new() }
    }

    /// The same for a pool that commands have to name, since it is not the first. A pool's name means nothing to a shell.
    #[must_use]
    pub fn in_pool(mut self, name: &str) -> Self {
        self.pool = Some(name).filter(|n| is_pool_name(n)).map(str::to_owned);
        self
    }

    /// The same for an application of this id.
    pub fn named(mut self, client_id: &str) -> Result<Self, KitError> {
        let legal = (1..=64).contains(&client_id.len())
            && client_id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && !client_id.starts_with('-');
        if !legal {
            return Err(KitError::ClientId);
        }
        self.client_id = Some(client_id.to_owned());
        Ok(self)
    }

    /// The same with one more callback.
    pub fn returning_to(mut self, redirect_uri: &str) -> Result<Self, KitError> {
        let uri = RedirectUri::parse(redirect_uri)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?[]@&+;=%".contains(&b);
        if !uri.as_str().bytes().all(plain) {
            return Err(KitError::Sign);
        }
        self.redirect_uris.push(uri.as_str().to_owned());
        Ok(self)
    }

    /// The issuer.
    pub fn issuer(&self) -> String {
        format!("{}/oidc", self.base)
    }

    /// The address of an endpoint.
    pub(super) fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.base, endpoint.path())
    }

    /// Whether the server is reached without TLS, as in a trial on one's own machine.
    pub(super) fn is_plain_http(&self) -> bool {
        self.base.starts_with("http:")
    }

    /// What a command ends in to be about the pool.
    pub(super) fn pool_argument(&self) -> String {
        self.pool.as_ref().map(|name| format!(" --pool {name}")).unwrap_or_default()
    }

    /// The application's id.
    pub fn client_id(&self) -> &str {
        self.client_id.as_deref().unwrap_or("shop")
    }

    /// The application's name for people.
    pub(super) fn client_name(&self) -> &str {
        self.client_id.as_deref().unwrap_or("Shop")
    }

    /// Where authorization responses go.
    pub(super) fn redirect_uris(&self, mode: Mode) -> Vec<String> {
        if !self.redirect_uris.is_empty() {
            return self.redirect_uris.clone();
        }
        let example = match mode {
            Mode::NativeCode => {
                return vec!["com.example.shop:/callback".to_owned(), "http://127.0.0.1/callback".to_owned()];
            }
            Mode::SinglePageCode | Mode::Implicit => "https://shop.example/",
            Mode::AuthorizationCode | Mode::ClientCredentials | Mode::Password => {
                "https://shop.example/callback"
            }
        };
        vec![example.to_owned()]
    }
}

/// One setting of an application, by its name in `ClientSettings`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value; null for the default.
    pub value: Value,
}

impl Setting {
    pub(super) fn new(name: &'static str, value: Value) -> Self {
        Self { name, value }
    }

    /// As an argument of `usher app`, quoted for a shell. A list is written with commas where that reads back as the same list; an empty
    /// one is not, since nothing behind the sign means the default.
    pub fn argument(&self) -> String {
        let text = match &self.value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let plain = |item: &Value| item.as_str().filter(|i| !i.contains(',')).map(str::to_owned);
                let words: Option<Vec<String>> = items.iter().map(plain).collect();
                words.filter(|w| !w.is_empty()).map_or_else(|| self.value.to_string(), |w| w.join(","))
            }
            other => other.to_string(),
        };
        format!("{}={}", self.name, quoted(&text))
    }

    /// As a line of TOML. JSON's texts, numbers and lists are TOML's too.
    pub(super) fn declaration(&self) -> String {
        match &self.value {
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(Value::to_string).collect();
                format!("{} = [{}]", self.name, items.join(", "))
            }
            other => format!("{} = {other}", self.name),
        }
    }
}

/// A word for a POSIX shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&b);
    if text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
