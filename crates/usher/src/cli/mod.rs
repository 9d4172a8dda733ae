//! The command line: what can be written ([`arguments`], [`options`]), what is made of it ([`order`], [`input`]), how it is carried out ([`run`]) and shown
//! ([`render`]). Exit status 2 is for what the person wrote, 1 for what the world did.

pub mod advise;
mod arguments;
mod audit;
pub mod backup;
pub mod doctor;
mod input;
pub mod mail;
mod master_key;
pub mod migrate;
pub mod mistake;
mod options;
mod order;
mod render;
mod run;
mod session;
mod settings;

pub use arguments::{Arguments, Command, MailArguments, MailCommand};
pub use master_key::{MasterKeyCommand, Told, run as manage_master_keys};
pub use options::Place;
pub use order::{Work, read};
pub use run::{carry_out, manage};
pub use settings::markdown;

use crate::config::Loaded;
use crate::{installation, serve};
use clap::CommandFactory as _;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap_complete::Shell;
use std::path::{Path, PathBuf};

/// Why a command was not carried out: one sentence.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What the person wrote.
    #[error("{0}")]
    Written(String),
    /// What the world did.
    #[error("{0}")]
    World(String),
}

impl Failure {
    /// The program's exit status.
    pub const fn status(&self) -> u8 {
        match self {
            Self::Written(_) => 2,
            Self::World(_) => 1,
        }
    }
}

/// What a command about the installation itself has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// For standard output.
    pub text: String,
    /// The program's exit status.
    pub status: u8,
}

impl Answer {
    /// Everything is as it should be.
    pub const fn well(text: String) -> Self {
        Self { text, status: 0 }
    }
}

impl From<usher_admin::AdminError> for Failure {
    fn from(error: usher_admin::AdminError) -> Self {
        match error.is_administrators() {
            true => Self::Written(error.to_string()),
            false => Self::World(error.to_string()),
        }
    }
}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::Written(error.to_string())
    }
}

/// Reads `--config` and `USHER_CONFIG`. An empty variable is as if it were not there.
pub fn config_file() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|file| match file.is_empty() {
        false => Ok(PathBuf::from(file)),
        true if std::env::var_os("USHER_CONFIG").is_some_and(|text| text.is_empty()) => {
            Ok(PathBuf::from("usher.toml"))
        }
        true => Err("it is empty"),
    })
}

/// The folder is this process's own, or is not there yet.
fn own_folder(folder: &Path) -> Result<(), Failure> {
    installation::other_owner(folder).map_or(Ok(()), |owner| {
        let folder = folder.display();
        Err(Failure::World(format!(
            "{folder} belongs to the Unix user {owner}: run this command as that user"
        )))
    })
}

/// An installation is there: what comes after has something to work with.
async fn installed(loaded: &Loaded) -> Result<(), Failure> {
    match installation::is_there(&serve::place(loaded)).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(installation::none(loaded).into()),
        Err(error) => Err(Failure::World(error.to_string())),
    }
}

/// A shell's completions.
pub fn completions(shell: Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "usher", &mut script);
    Answer::well(String::from_utf8_lossy(&script).into_owned())
}
