//! The configuration: the file `usher.toml` and the environment, which wins. Strict: every error names file, line and key, or the variable.

use crate::mail::{MailSection, Smtp};
use crate::system;

mod check;
mod environment;
mod gather;
mod merge;
mod place;
pub(crate) mod secrets;
mod sections;
mod sentence;
pub mod table;
mod wrong;

use environment::Given;
pub(crate) use place::label;
use place::{find, line_of, written};
pub use sections::{
    LogFormat, LogLevel, LogSection, OperationsSection, OtherCertificate, ServerConfigSection,
    StorageSection, TlsSection,
};
use serde::Deserialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;
use usher_admin::setting::did_you_mean;
use usher_core::password::KnownPasswords;
use usher_core::seed::{Item, PoolSeed, SeedError};
use usher_store::OpenError;
use usher_types::Clock;
use usher_types::Secret;

/// The whole file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and how it is reached.
    pub server: ServerConfigSection,
    /// Where it keeps its data.
    #[serde(default)]
    pub storage: StorageSection,
    /// How the log is written.
    #[serde(default)]
    pub log: LogSection,
    /// What operators ask.
    #[serde(default)]
    pub operations: OperationsSection,
    /// By whom mails are sent; none are where nothing is said.
    pub mail: Option<MailSection>,
    /// What shall exist: applied at every start, changing nothing that is there already and equal. What else there is, the command line
    /// manages.
    #[serde(default)]
    pub pools: Vec<PoolSeed>,
}

/// What is wrong with the configuration: a sentence a line, with file, line and key where they are known.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl ConfigError {
    /// Several mistakes, told at once.
    pub fn of(errors: impl Iterator<Item = Self>) -> Self {
        Self(errors.map(|error| error.0).collect::<Vec<_>>().join("\n"))
    }
}

/// What the environment says of master keys.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `USHER_MASTER_KEY`: the keys themselves.
    pub keys: Option<Secret>,
    /// `USHER_MASTER_KEY_FILE`: the file that holds them.
    pub file: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    ///
    /// # Errors
    ///
    /// A variable that is there and empty or no text: a key made in its place would seal what nobody could open after the next start.
    pub fn of_process() -> Result<Self, ConfigError> {
        let read = |name: &str| match std::env::var_os(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(_) => Err(ConfigError(format!(
                "{name}: it is empty or no text: give it its value, or take it away"
            ))),
        };
        Ok(Self {
            keys: read("USHER_MASTER_KEY")?.map(Secret::from),
            file: read("USHER_MASTER_KEY_FILE")?.map(PathBuf::from),
        })
    }
}

/// A configuration with its place, by which relative paths and errors are told. No `Debug`: its text holds secrets.
#[derive(Clone)]
pub struct Loaded {
    /// What file and environment say.
    pub config: Config,
    /// The file.
    pub path: PathBuf,
    /// What the environment says.
    pub environment: Environment,
    text: String,
    given: Vec<Given>,
}

/// The file that is read where none is named.
pub const USUAL: &str = "usher.toml";

/// Reads and checks a configuration file with what the environment says beside it; touches nothing else.
pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
    Ok(Loaded { environment: Environment::of_process()?, ..load_with(path, std::env::vars_os())? })
}

/// The same with these variables for the environment.
pub fn load_with(
    path: &Path,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Loaded, ConfigError> {
    let given = environment::settings(variables)?;
    let says_enough = given.iter().any(|one| one.path == ["server", "public_url"]);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            // A file that somebody named is missed; the usual one need not be there.
            if !says_enough && path == Path::new(USUAL) {
                known(&given)?;
            }
            if !says_enough || path != Path::new(USUAL) {
                let message =
                    "there is no such file: write one, or name another by --config; `usher demo` needs none";
                return Err(ConfigError(format!("{}: {message}", path.display())));
            }
            String::new()
        }
        Err(e) => {
            let why = system::why(&e);
            let mend = match e.kind() {
                std::io::ErrorKind::PermissionDenied => {
                    "let the user who runs usher read it (chown, chmod), or "
                }
                _ => "",
            };
            return Err(ConfigError(format!("{}: {why}: {mend}name another by --config", path.display())));
        }
    };
    let loaded = read(&text, path, given)?;
    check::check(&loaded)?;
    Ok(loaded)
}

/// Whoever set a variable and no file may have misspelt it, which helps more than that there is no file.
fn known(given: &[Given]) -> Result<(), ConfigError> {
    let Some(wrong) = given.iter().find(|one| table::find(&one.path).is_none()) else { return Ok(()) };
    let variables: Vec<String> = table::TABLE.iter().filter_map(table::Setting::variable).collect();
    let hint = did_you_mean(&wrong.variable, variables.iter().map(String::as_str));
    Err(ConfigError(format!("{}: there is no such setting{hint}", wrong.variable)))
}

/// Parses a configuration text with these variables for the environment; only a secret's own file is read.
pub fn parse_with(
    text: &str,
    path: &Path,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Loaded, ConfigError> {
    read(text, path, environment::settings(variables)?)
}

/// Parses a configuration text, whatever the environment says.
pub fn parse(text: &str, path: &Path) -> Result<Loaded, ConfigError> {
    read(text, path, Vec::new())
}

fn read(text: &str, path: &Path, given: Vec<Given>) -> Result<Loaded, ConfigError> {
    for nul in ["\0", "\\u0000", "\\U00000000"] {
        if let Some(at) = text.find(nul) {
            return Err(ConfigError(format!(
                "{}:{}: the character U+0000 is not allowed",
                path.display(),
                line_of(text, at)
            )));
        }
    }
    let tree = DeTable::parse(text)
        .map_err(wrong::Wrong::from)
        .and_then(|table| merge::merge(table.into_inner(), &given))
        .map_err(|wrong| ConfigError(sentence::told(&wrong, text, path)))?;
    let config = gather::read(tree).map_err(|found| {
        let sentences = found.iter().map(|wrong| ConfigError(sentence::told(wrong, text, path)));
        ConfigError::of(sentences)
    })?;
    let (path, text, environment) = (path.to_owned(), text.to_owned(), Environment::default());
    Ok(Loaded { config, path, environment, text, given })
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

    /// Whether everybody must come through a proxy: what is not encrypted is open to whoever can reach the address.
    pub fn only_proxies(&self) -> bool {
        let server = &self.config.server;
        server.tls.is_none() && !server.listen.ip().is_loopback()
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
        self.at(&place, &system::in_words(&setting.message))
    }

    /// What a database that cannot be opened asks to be changed: its address, where one is written.
    pub fn storage_error(&self, error: &OpenError) -> Option<ConfigError> {
        self.config.storage.url.is_some().then(|| self.at(&["storage", "url"], &error.to_string()))
    }

    /// An error at a key, or at the variable that set it; where neither is written, at the table that it belongs to.
    pub(crate) fn at(&self, place: &[&str], message: &str) -> ConfigError {
        if let Some(given) = self.given.iter().find(|given| given.path == place) {
            return ConfigError(format!("{}: {message}", given.variable));
        }
        let line = find(&self.text, place).map_or(1, |at| line_of(&self.text, at));
        ConfigError(format!("{}:{line}: {}: {message}", self.path.display(), label(place)))
    }

    /// Where a setting comes from: its variable, or its line in the file; `None` where it is the default.
    pub fn origin(&self, place: &[&str]) -> Option<String> {
        if let Some(given) = self.given.iter().find(|given| given.path == place) {
            return Some(given.variable.clone());
        }
        let at = written(&self.text, place)?;
        Some(format!("{}:{}", self.path.display(), line_of(&self.text, at)))
    }

    /// What a setting is given as, in the environment or in the file; `None` where it is the default.
    pub fn given(&self, place: &[&str]) -> Option<String> {
        if let Some(given) = self.given.iter().find(|given| given.path == place) {
            return Some(given.text.clone());
        }
        let table: toml::Table = self.text.parse().ok()?;
        let mut value = toml::Value::Table(table);
        for key in place {
            value = value.as_table_mut()?.remove(*key)?;
        }
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// The mail server, where one is named.
    pub fn mailer(&self, clock: Arc<dyn Clock>) -> Result<Option<Smtp>, ConfigError> {
        let Some(section) = &self.config.mail else { return Ok(None) };
        let authority = self.config.server.public_url.authority();
        let here = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let made = Smtp::new(section, self.base(), here, clock);
        made.map(Some).map_err(|(key, message)| self.at(&["mail", key], &message))
    }

    /// A sentence for each declared setting that does nothing, since no mail can be sent.
    pub fn without_mail(&self) -> Vec<String> {
        let pools = self.config.pools.iter().enumerate().filter(|_| self.config.mail.is_none());
        let settings = pools.flat_map(|(number, pool)| {
            pool.settings.needing_mail().into_iter().map(move |setting| (number.to_string(), setting))
        });
        let sentence = |(number, setting): (String, &'static str)| {
            let message = "this does nothing without [mail], by which mails are sent";
            self.at(&["pools", &number, "settings", setting], message).to_string()
        };
        settings.map(sentence).collect()
    }

    /// The operator's list of passwords that nobody may choose, opened.
    pub fn known_passwords(&self) -> Result<Option<Arc<KnownPasswords>>, ConfigError> {
        let Some(path) = &self.config.server.password_block_list else { return Ok(None) };
        let path = self.base().join(path);
        let wrong = |why: &str| self.at(&["server", "password_block_list"], why);
        let expected = "a list (a password a line, or sorted SHA-1 digests)";
        std::fs::metadata(&path).map_err(|e| wrong(&system::unread(&path, &e, expected)))?;
        KnownPasswords::open(&path).map(|list| Some(Arc::new(list))).map_err(|e| wrong(&system::in_words(&e)))
    }
}
