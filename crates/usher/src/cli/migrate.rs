//! `usher migrate`: the database's schema brought up to date before a server starts, or how far it is.

use super::{Answer, Failure, own_folder};
use crate::{config, installation, serve};
use clap::Args;
use std::path::PathBuf;
use usher_store::{MIGRATIONS, OpenError, Place, SchemaState, Store};

/// What can be written behind `usher migrate`.
#[derive(Debug, Clone, Args)]
pub struct MigrateArguments {
    /// Change nothing: say which steps are pending, with exit status 1 where some are.
    #[arg(long)]
    pub check: bool,
    /// The configuration file of the server.
    #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
    pub config: PathBuf,
}

/// Takes the steps that are pending, or says which.
pub async fn run(arguments: &MigrateArguments) -> Result<Answer, Failure> {
    let loaded = config::load(&arguments.config).map_err(|e| Failure::Written(e.to_string()))?;
    let place = serve::place(&loaded);
    let failed = |error: OpenError| match (&error, loaded.storage_error(&error)) {
        (OpenError::Address(_) | OpenError::Tls { .. }, Some(error)) => Failure::Written(error.to_string()),
        (OpenError::InUse { path }, _) => Failure::World(format!(
            "a server runs on {}: it took every step of its own program when it started; stop it first",
            path.display()
        )),
        _ => Failure::World(error.to_string()),
    };
    let state = SchemaState::look(&place, MIGRATIONS).await.map_err(failed)?;
    // A database in an empty folder, without its master key, would be in the way of a backup that is to be restored there.
    if state.found == 0 && matches!(place, Place::Folder(_)) {
        return Err(installation::none(&loaded).into());
    }
    if state.too_new {
        let message = format!(
            "a newer usher was here: the schema has number {}, and this program may not work beside it. Start the newer program",
            state.found
        );
        return Err(Failure::World(message));
    }
    if state.pending.is_empty() {
        return Ok(Answer::well(format!("The schema is up to date: number {}.\n", state.found)));
    }
    if arguments.check {
        return Ok(Answer { text: pending(&state), status: 1 });
    }
    if let Place::Folder(folder) = &place {
        own_folder(folder)?;
    }
    Store::open(&place).await.map_err(failed)?.close().await;
    let state = SchemaState::look(&place, MIGRATIONS).await.map_err(failed)?;
    Ok(Answer::well(format!("The schema was brought up to date: number {}.\n", state.found)))
}

/// The steps that are pending, in a sentence.
fn pending(state: &SchemaState) -> String {
    let numbers: Vec<String> = state.pending.iter().map(i64::to_string).collect();
    format!(
        "The schema has number {}, and steps are pending: {}. usher migrate takes them, and so does the next start.\n",
        state.found,
        numbers.join(", ")
    )
}
