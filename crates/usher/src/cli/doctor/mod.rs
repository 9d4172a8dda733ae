//! `usher doctor`: what is wrong with this installation, in sentences, with what mends it. It only looks: nothing is locked, made or
//! changed, and a server may run or not. [`files`], [`database`], [`network`] and [`things`] look.

mod database;
mod files;
mod network;
mod things;

use super::{Answer, Failure};
use crate::config::{self, Loaded};
use crate::{master_key, serve, world};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use usher_core::world::World;
use usher_crypto::seal::MasterKey;

/// What can be written behind `usher doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorArguments {
    /// The configuration file of the server, running or not.
    #[arg(long, env = "USHER_CONFIG", default_value = "usher.toml", value_parser = crate::cli::config_file())]
    pub config: PathBuf,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    /// Where, in a word: the check that found it.
    check: &'static str,
    /// What.
    what: String,
    /// What mends it: a command, or what to change.
    mend: String,
}

/// What was looked at and what was found.
#[derive(Debug, Default)]
struct Report {
    found: Vec<Finding>,
    notes: Vec<String>,
}

impl Report {
    fn find(&mut self, check: &'static str, what: impl Into<String>, mend: impl Into<String>) {
        self.found.push(Finding { check, what: what.into(), mend: mend.into() });
    }

    /// Whether a check found something.
    fn has(&self, check: &str) -> bool {
        self.found.iter().any(|finding| finding.check == check)
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// What every check may look at.
struct Patient<'a> {
    loaded: &'a Loaded,
    world: &'a World,
    master: MasterState,
}

/// The master key, or none yet; an error where it is there and cannot be used, which was told.
type MasterState = Result<Option<MasterKey>, ()>;

/// Looks at everything. Exit status 0 where nothing is wrong, 1 where something is, 2 where nobody can look.
pub async fn run(arguments: &DoctorArguments) -> Result<Answer, Failure> {
    let loaded = config::load(&arguments.config).map_err(|e| Failure::Written(e.to_string()))?;
    let world = world::system();
    let mut report = Report::default();
    if let Some(owner) = files::closed_by(&loaded) {
        let folder = loaded.folder();
        let what = format!(
            "{} belongs to the Unix user {owner}, and nobody else may look into it",
            folder.display()
        );
        let config = arguments.config.display();
        report.find("folder", what, format!("run usher doctor --config {config} as that user, or as root"));
        return Ok(Answer { status: 1, text: shown(&report, arguments) });
    }
    files::look(&loaded, &mut report);
    let master = master_key(&loaded, &mut report);
    let patient = Patient { loaded: &loaded, world: &world, master };
    let usable = database::look(&patient, &mut report).await;
    network::look(&patient, &mut report);
    things::look(&patient, usable, &mut report).await;
    Ok(Answer { status: u8::from(!report.found.is_empty()), text: shown(&report, arguments) })
}

fn master_key(loaded: &Loaded, report: &mut Report) -> MasterState {
    serve::existing_key(loaded).map_err(|error| {
        let kept = master_key::place(loaded).ok();
        match kept.as_ref().and_then(master_key::Place::file) {
            Some(file) if master_key::others_read(file).unwrap_or(false) => {
                let what = format!("others can read {}, so that no server starts with it", file.display());
                report.find("master key", what, format!("chmod 600 {}", file.display()));
            }
            Some(file) => {
                let mend = format!("put {} back from where its copy is kept", file.display());
                report.find("master key", error.to_string(), mend);
            }
            None => report.find("master key", error.to_string(), "change what is named here"),
        }
    })
}

fn shown(report: &Report, arguments: &DoctorArguments) -> String {
    if arguments.json {
        let found: Vec<_> = report
            .found
            .iter()
            .map(|f| json!({ "check": f.check, "what": f.what, "mend": f.mend }))
            .collect();
        return format!("{:#}\n", json!({ "findings": found, "notes": report.notes }));
    }
    let found = report.found.iter().map(|f| format!("{}: {}\n    {}\n", f.check, f.what, f.mend));
    let notes = report.notes.iter().map(|note| format!("{note}\n"));
    let last = match report.found.len() {
        0 => "Nothing is wrong.\n".to_owned(),
        1 => "One thing is wrong.\n".to_owned(),
        many => format!("{many} things are wrong.\n"),
    };
    found.chain(notes).chain([last]).collect()
}
