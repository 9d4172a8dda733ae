//! `usher master-key`: one master key following another, without a moment in which something cannot be opened. On one node `rotate` does
//! all of it; on several each step is done on every node before the next one.

use super::options::Place;
use super::run::carry_out;
use super::{Failure, input, installed};
use crate::config::Loaded;
use crate::master_key;
use crate::world;
use clap::{Args, Subcommand};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use usher_admin::{self as admin, Order, Outcome, Shown};
use usher_crypto::seal::{KeyId, RawKey};
use usher_types::Secret;
use usher_types::opaque::base64url_decode;

/// `usher master-key`.
#[derive(Args)]
pub struct MasterKeyArguments {
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What.
    #[command(subcommand)]
    pub command: MasterKeyCommand,
}

/// What to do with the master keys.
#[derive(Subcommand)]
pub enum MasterKeyCommand {
    /// Show the keys and how many values each seals; never the keys themselves.
    Status,
    /// Print a new key, for several nodes or the environment.
    New,
    /// Put a key after the others into this node's file: it opens, and seals nothing yet.
    Add {
        /// The key, from a file, @FILE, or from standard input, -.
        #[arg(value_name = "@FILE|-")]
        key: String,
    },
    /// Put the last key of this node's file first: it seals from now on.
    Promote,
    /// Seal everything by the first key; where there is only one, another is made first.
    Rotate {
        /// Take the other keys out of the file when they seal nothing any more.
        #[arg(long)]
        finish: bool,
        /// This is the only node on its PostgreSQL, so that a key may be made here.
        #[arg(long)]
        single_node: bool,
    },
}

/// What there is to show.
pub enum Told {
    /// What came of it.
    Outcome(Box<Outcome>),
    /// A new key, which is stored nowhere.
    Key(String),
}

impl From<Outcome> for Told {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(Box::new(outcome))
    }
}

/// Carries out a command about the master keys of an installation.
pub async fn run(loaded: &Loaded, command: MasterKeyCommand) -> Result<Told, Failure> {
    match command {
        MasterKeyCommand::New => {
            Ok(Told::Key(master_key::written(&RawKey::generate(&*world::system().random))))
        }
        MasterKeyCommand::Status => ask(loaded, admin::MasterKeyCommand::Status).await,
        MasterKeyCommand::Add { key } => {
            let mut file = KeyFile::of(loaded).await?;
            let key = given(&key)?;
            if file.keys.iter().any(|other| other.id() == key.id()) {
                return Err(Failure::Written(format!("{} holds this key already", file.path.display())));
            }
            file.keys.push(key);
            file.store()?;
            ask(loaded, admin::MasterKeyCommand::Status).await
        }
        MasterKeyCommand::Promote => {
            let mut file = KeyFile::of(loaded).await?;
            if file.keys.len() < 2 {
                let message = format!(
                    "{} holds one key: usher master-key add puts another after it",
                    file.path.display()
                );
                return Err(Failure::Written(message));
            }
            file.keys.rotate_right(1);
            file.store()?;
            ask(loaded, admin::MasterKeyCommand::Status).await
        }
        MasterKeyCommand::Rotate { finish: true, .. } if has_one_key(loaded)? => {
            // Said twice, it makes no second new key: the first would leave the file, and backups that were made under it need it.
            let mut outcome = order(loaded, admin::MasterKeyCommand::Status).await?;
            outcome.notes.push(NOTHING_TO_FINISH.to_owned());
            Ok(Told::from(outcome))
        }
        MasterKeyCommand::Rotate { finish, single_node } => {
            let has_others = loaded.config.storage.url.is_some() && !single_node;
            let nodes = if has_others { Nodes::Several } else { Nodes::One };
            let (file, outcome) = rotate(loaded, nodes).await?;
            match file {
                Some(file) if finish => file.finish(loaded, outcome).await,
                None if finish => Err(Failure::Written(TAKE_OUT.to_owned())),
                _ => Ok(Told::from(outcome)),
            }
        }
    }
}

const NOTHING_TO_FINISH: &str =
    "there is one master key, and nothing to be finished: usher master-key rotate makes a new one";
const TAKE_OUT: &str = "the master keys are in USHER_MASTER_KEY: when usher master-key status says that the others seal nothing, start the nodes without them";
const KEEP: &str = "the master key is another one now: copy its file to where you keep the one before, and keep both, since older backups need that one";
const MEANWHILE: &str =
    "something was sealed by another key than the first meanwhile, so that no key was taken out: try again";

/// Whether other nodes may be on the database.
enum Nodes {
    One,
    Several,
}

fn has_one_key(loaded: &Loaded) -> Result<bool, Failure> {
    let place = master_key::place(loaded)?;
    Ok(place.file().is_some() && place.read()?.is_some_and(|keys| keys.len() == 1))
}

/// Makes a new key where there is only one, and has everything sealed by the first.
async fn rotate(loaded: &Loaded, nodes: Nodes) -> Result<(Option<KeyFile>, Outcome), Failure> {
    if master_key::place(loaded)?.file().is_none() {
        return Ok((None, order(loaded, admin::MasterKeyCommand::Reseal).await?));
    }
    let mut file = KeyFile::of(loaded).await?;
    match (file.keys.len(), nodes) {
        (1, Nodes::Several) => {
            let message = "other nodes on this database would not have the new key: put it on each of them first (usher master-key new, add, promote), or say --single-node";
            return Err(Failure::Written(message.to_owned()));
        }
        (1, Nodes::One) => {
            file.keys.insert(0, RawKey::generate(&*world::system().random));
            file.store()?;
        }
        _ => {}
    }
    let outcome = order(loaded, admin::MasterKeyCommand::Reseal).await?;
    file.check(&outcome)?;
    Ok((Some(file), outcome))
}

/// What the installation says of its keys.
async fn ask(loaded: &Loaded, command: admin::MasterKeyCommand) -> Result<Told, Failure> {
    order(loaded, command).await.map(Told::from)
}

async fn order(loaded: &Loaded, command: admin::MasterKeyCommand) -> Result<Outcome, Failure> {
    carry_out(loaded, Order { pool: None, command: admin::Command::MasterKey(command) }).await
}

/// The names of the keys in an answer, and how many values each seals.
fn held(outcome: &Outcome) -> Vec<(&str, i64)> {
    match &outcome.shown {
        Shown::MasterKeys(keys) => keys.iter().map(|key| (key.id.as_str(), key.values)).collect(),
        _ => Vec::new(),
    }
}

/// A key from a file, of 32 bytes or as text, or from standard input.
fn given(source: &str) -> Result<RawKey, Failure> {
    if let Some(path) = source.strip_prefix('@') {
        return match <[RawKey; 1]>::try_from(master_key::read_file(Path::new(path))?) {
            Ok([key]) => Ok(key),
            Err(_) => Err(Failure::Written(format!("{path} holds several master keys: one is expected"))),
        };
    }
    let text = input::secret("key", source)?;
    let bytes = std::str::from_utf8(text.expose()).ok().and_then(|t| base64url_decode(t.trim()));
    bytes.map(Secret::new).and_then(|bytes| RawKey::from_bytes(bytes.expose()).ok()).ok_or_else(|| {
        Failure::Written(
            "key: 43 characters of base64url are expected, as usher master-key new prints them".to_owned(),
        )
    })
}

/// The file of this node's master keys.
struct KeyFile {
    path: PathBuf,
    keys: Vec<RawKey>,
}

impl KeyFile {
    async fn of(loaded: &Loaded) -> Result<Self, Failure> {
        let (place, keys) = master_key::read(loaded)?;
        let Some(path) = place.file() else {
            let message = "the master keys are in USHER_MASTER_KEY: change them there, the newest first, and start the nodes one after another";
            return Err(Failure::Written(message.to_owned()));
        };
        let path = path.to_owned();
        let Some(keys) = keys else {
            return Err(Failure::Written(format!(
                "{} is not there: the first start makes it",
                path.display()
            )));
        };
        let owner = std::fs::metadata(&path).map(|m| m.uid()).map_err(|e| Failure::World(e.to_string()))?;
        if owner != rustix::process::geteuid().as_raw() {
            // A file of another user's making, the server could not read any more.
            let message =
                format!("{} belongs to the Unix user {owner}: run this command as that user", path.display());
            return Err(Failure::World(message));
        }
        installed(loaded).await?;
        Ok(Self { path, keys })
    }

    fn store(&self) -> Result<(), Failure> {
        master_key::store(&self.path, &self.keys).map_err(Failure::World)
    }

    /// Takes the keys after the first out, if they seal nothing.
    async fn finish(mut self, loaded: &Loaded, outcome: Outcome) -> Result<Told, Failure> {
        let seal_something = |outcome: &Outcome| held(outcome).iter().skip(1).any(|(_, values)| *values > 0);
        if seal_something(&outcome) {
            return Err(Failure::World(MEANWHILE.to_owned()));
        }
        let others = self.keys.split_off(1);
        self.store()?;
        // Counted once more: where a key that is out seals something after all, it goes in again.
        let told = match order(loaded, admin::MasterKeyCommand::Status).await {
            Ok(outcome) if seal_something(&outcome) => Err(Failure::World(MEANWHILE.to_owned())),
            told => told,
        };
        if told.is_err() {
            self.keys.extend(others);
            self.store()?;
        }
        told.map(|mut outcome| {
            outcome.notes.push(KEEP.to_owned());
            Told::from(outcome)
        })
    }

    /// Makes sure that who answered seals by the first key of this file.
    fn check(&self, outcome: &Outcome) -> Result<(), Failure> {
        let first: Option<KeyId> = self.keys.first().map(RawKey::id);
        let seals = held(outcome).first().map(|(id, _)| (*id).to_owned());
        match (first, seals) {
            (Some(first), Some(seals)) if first.to_string() == seals => Ok(()),
            _ => Err(Failure::World(format!(
                "the server does not seal by the first key of {}: does it read its master keys elsewhere?",
                self.path.display()
            ))),
        }
    }
}
