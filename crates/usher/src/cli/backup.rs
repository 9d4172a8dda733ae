//! `usher backup` and `usher restore`: everything that the database holds, to a file and back. The master key is never in it.

use super::{Answer, Failure, installed, own_folder};
use crate::config::{self, Loaded};
use crate::{master_key, serve, world};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use usher_core::backup::{self, BackupError, Sessions, Summary};
use usher_core::keys;
use usher_crypto::seal::MasterKey;
use usher_store::Examination;
use usher_types::Timestamp;

/// What can be written behind `usher backup`.
#[derive(Debug, Clone, Args)]
pub struct BackupArguments {
    /// The file to be written, or with --verify to be read.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Read the whole file and say what is in it, instead of writing one.
    #[arg(long)]
    pub verify: bool,
    /// The configuration file of the server, running or not.
    #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
    pub config: PathBuf,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
}

/// What can be written behind `usher restore`.
#[derive(Debug, Clone, Args)]
pub struct RestoreArguments {
    /// The backup.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Nothing happened after the backup was made, because the server had stopped before: let sessions go on.
    #[arg(long)]
    pub keep_sessions: bool,
    /// The configuration file of the installation to be made: its folder or its database must be empty.
    #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
    pub config: PathBuf,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error.is_written() {
            true => Self::Written(error.to_string()),
            false => Self::World(error.to_string()),
        }
    }
}

/// Writes a backup, or reads one.
pub async fn backup(arguments: &BackupArguments) -> Result<Answer, Failure> {
    let loaded = config::load(&arguments.config).map_err(|e| Failure::Written(e.to_string()))?;
    let world = world::system();
    let master = key(&loaded)?;
    let file = &arguments.file;
    if !arguments.verify {
        has_folder(file)?;
    }
    let (summary, first, last) = if arguments.verify {
        (backup::verify(file, master).await?, format!("{} is whole", file.display()), String::new())
    } else {
        installed(&loaded).await?;
        opens(&loaded, &master).await?;
        let summary = backup::write(&serve::place(&loaded), master, &world, file).await?;
        let last = format!(
            "The master key is not in it: keep a copy of {} elsewhere, since nobody can read the backup without it.\n",
            kept(&loaded)?
        );
        (summary, format!("{} is written", file.display()), last)
    };
    Ok(Answer::well(match arguments.json {
        true => document(file, &summary),
        false => format!("{first}: {}{last}", described(&summary)),
    }))
}

/// Makes an installation's database from a backup.
pub async fn restore(arguments: &RestoreArguments) -> Result<Answer, Failure> {
    let loaded = config::load(&arguments.config).map_err(|e| Failure::Written(e.to_string()))?;
    own_folder(&loaded.folder())?;
    let world = world::system();
    let master = key(&loaded)?;
    let sessions = if arguments.keep_sessions { Sessions::Keep } else { Sessions::End };
    let file = &arguments.file;
    let summary = backup::restore(file, &serve::place(&loaded), master, &world, sessions).await?;
    let after = match sessions {
        Sessions::End => {
            "What happened after it is undone. Codes and sessions that were alive then are not: people sign in again; refresh tokens of that moment go on.\n"
        }
        Sessions::Keep => "Codes that were alive then are not; sessions and refresh tokens go on.\n",
    };
    Ok(Answer::well(match arguments.json {
        true => document(file, &summary),
        false => {
            // A backup does not know the address of its day.
            let address = loaded.config.server.public_url.origin();
            let issuers = format!(
                "Issuers are made of public_url, which is {address} here: if it was another one, tokens of then are refused and applications need the new issuer.\n"
            );
            format!("{} is restored: {}{after}{issuers}", file.display(), described(&summary))
        }
    }))
}

/// A folder that is not there is told before anything is read.
fn has_folder(file: &Path) -> Result<(), Failure> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => Err(Failure::Written(format!(
            "{} is no folder: make it, or write the backup somewhere else",
            folder.display()
        ))),
    }
}

/// The key is that of the database: what is sealed in a backup under another one, neither of the two would open.
async fn opens(loaded: &Loaded, master: &MasterKey) -> Result<(), Failure> {
    let seen = Examination::of(&serve::place(loaded)).await.map_err(|e| Failure::World(e.to_string()))?;
    match seen.keys.iter().all(|(pool, row)| keys::opens(master, *pool, row)) {
        true => Ok(()),
        false => Err(Failure::World(format!(
            "{} is another master key than that of this database, so that nobody could read the backup: put back the key that this database had",
            kept(loaded)?
        ))),
    }
}

fn key(loaded: &Loaded) -> Result<Arc<MasterKey>, Failure> {
    let key = serve::existing_key(loaded).map_err(|e| Failure::Written(e.to_string()))?;
    key.map(Arc::new).ok_or_else(|| {
        Failure::Written(format!(
            "{} is missing: put the master key there that the installation of the backup has",
            loaded.folder().join("master.key").display()
        ))
    })
}

/// The name of the place where the master key is kept.
fn kept(loaded: &Loaded) -> Result<String, Failure> {
    let place = master_key::place(loaded).map_err(|e| Failure::Written(e.to_string()))?;
    Ok(place.name())
}

fn document(file: &Path, summary: &Summary) -> String {
    let document = json!({
        "file": file.display().to_string(),
        "made_at": moment(summary.made_at),
        "schema": summary.schema,
        "rows": summary.rows,
    });
    format!("{document:#}\n")
}

fn described(summary: &Summary) -> String {
    let total: u64 = summary.rows.values().sum();
    let mut text = format!("made at {}, schema {}, {total} rows.\n", moment(summary.made_at), summary.schema);
    let width = summary.rows.keys().map(String::len).max().unwrap_or(0);
    for (table, rows) in &summary.rows {
        let _ = writeln!(text, "  {table:<width$}  {rows}");
    }
    text
}

/// A moment as RFC 3339 writes it, to the second.
pub(super) fn moment(at: Timestamp) -> String {
    let seconds = jiff::Timestamp::from_second(at.seconds());
    seconds.map_or_else(|_| at.millis().to_string(), |t| t.to_string())
}
