//! What a server is asked, or the database where none runs: whether it answers, what the advisor would complain about, and what the
//! next start sets back.

use super::{Patient, Report, database, network};
use crate::cli::advise;
use crate::cli::arguments::{Arguments, Command};
use crate::cli::carry_out;
use crate::management::{Unanswered, ask, path_in};
use clap::Parser as _;
use serde_json::Value;
use usher_admin::{
    ApplicationCommand, ApplicationView, Command as Ask, Order, Page, PoolCommand, PoolView, Shown,
};
use usher_core::ClientSettings;
use usher_core::pool::PoolSettings;
use usher_types::Span;

/// How long a server has for its first answer.
const PATIENCE: Span = Span::seconds(5);
/// Pools that are looked into.
const POOLS: u32 = 100;

pub(super) async fn look(patient: &Patient<'_>, usable: bool, report: &mut Report) {
    let folder = patient.loaded.folder();
    let list =
        Order { pool: None, command: Ask::Pool(PoolCommand::List(Page { after: None, limit: POOLS })) };
    let socket = path_in(&folder);
    let asked = tokio::time::timeout(PATIENCE.to_std(), ask(&socket, &list));
    let Ok(answered) = asked.await else {
        let what = format!("the server does not answer on {} within {PATIENCE}", socket.display());
        report.find("server", what, "look into its log, and restart it");
        return;
    };
    match answered {
        Ok(Ok(_)) => database::swept(patient, report).await,
        Ok(Err(error)) => {
            // A database that is away was found already.
            if !report.has("database") {
                report.find("server", format!("the server answers that {error}"), "look into its log");
            }
            return;
        }
        Err(Unanswered::Nobody) => {
            report.note("No server runs here.");
            if !usable {
                return;
            }
        }
        Err(Unanswered::Broken(why)) => {
            report.find("server", why, "look into the server's log, and restart it");
            return;
        }
    }
    let pools = match carry_out(patient.loaded, list).await {
        Ok(outcome) => match outcome.shown {
            Shown::Pools(pools) => pools,
            _ => Vec::new(),
        },
        Err(error) => {
            report.find("server", error.to_string(), "mend what is named here first");
            return;
        }
    };
    network::domains(patient.loaded, &pools, report);
    for pool in &pools {
        mails(patient, pool, report);
        advice(patient, pool, report).await;
        declared(patient, pool, report).await;
    }
}

/// Settings that do nothing because no mail can be sent.
fn mails(patient: &Patient<'_>, pool: &PoolView, report: &mut Report) {
    let settings = serde_json::from_value::<PoolSettings>(Value::Object(pool.settings.clone()));
    let Ok(settings) = settings.map(|settings| settings.needing_mail()) else { return };
    if patient.loaded.config.mail.is_none() && !settings.is_empty() {
        let what = format!(
            "no mails can be sent, so these settings of the pool {} do nothing: {}",
            pool.name,
            settings.join(", ")
        );
        report.find("mail", what, "write [mail] into the configuration, or switch them off");
    }
}

/// What the advisor would say, as a sum.
async fn advice(patient: &Patient<'_>, pool: &PoolView, report: &mut Report) {
    let config = patient.loaded.path.display().to_string();
    let line = ["usher", "advise", "--check", "--json", "--pool", &pool.name, "--config", &config];
    let Ok(Arguments { command: Command::Advise(arguments) }) = Arguments::try_parse_from(line) else {
        return;
    };
    let mut out = Vec::new();
    let answered = advise::run(&arguments, &mut std::io::empty(), &mut out).await;
    let document: Option<Value> = answered.ok().and_then(|_| serde_json::from_slice(&out).ok());
    let findings = document.as_ref().and_then(|d| d.get("findings")).and_then(Value::as_array);
    let serious =
        findings.into_iter().flatten().filter(|f| f.get("severity").is_some_and(|s| s == "serious"));
    let (serious, all) = (serious.count(), findings.map_or(0, Vec::len));
    if serious > 0 {
        let what = format!(
            "the applications of the pool {} have {serious} serious {} of {all} in all",
            pool.name,
            if serious == 1 { "fault" } else { "faults" }
        );
        report.find("applications", what, format!("usher advise --check --pool {}", pool.name));
    } else if all > 0 {
        let pieces = if all == 1 { "1 piece".to_owned() } else { format!("{all} pieces") };
        report.note(format!("usher advise --check --pool {} has {pieces} of advice.", pool.name));
    }
}

/// Applications that the command line changed and the configuration declares otherwise.
async fn declared(patient: &Patient<'_>, pool: &PoolView, report: &mut Report) {
    let Some(seed) = patient.loaded.config.pools.iter().find(|seed| seed.name == pool.name) else { return };
    for declared in &seed.applications {
        let show = ApplicationCommand::Show { client_id: declared.client_id.clone() };
        let order = Order { pool: Some(pool.name.clone()), command: Ask::App(show) };
        let Ok(outcome) = carry_out(patient.loaded, order).await else { continue };
        let Shown::App(stored) = outcome.shown else { continue };
        if differs(declared, &stored) {
            let what = format!(
                "the application {} of the pool {} was changed, and {} declares it otherwise: the next start sets it back",
                declared.client_id,
                pool.name,
                patient.loaded.path.display()
            );
            report.find(
                "declarations",
                what,
                "write the change into the configuration, or take the declaration away",
            );
        }
    }
}

fn differs(declared: &ClientSettings, stored: &ApplicationView) -> bool {
    let mut members = stored.settings.clone();
    members.insert("client_id".to_owned(), stored.client_id.clone().into());
    let Ok(settings) = serde_json::from_value::<ClientSettings>(Value::Object(members)) else { return false };
    declared.enabled != stored.enabled || compared(declared) != compared(&settings)
}

/// Settings without what is stored in another form.
fn compared(settings: &ClientSettings) -> Option<Value> {
    let mut value = serde_json::to_value(settings).ok()?;
    for name in ["client_secret", "logo", "logo_digest", "enabled", "access_keys"] {
        value.as_object_mut()?.remove(name);
    }
    Some(value)
}
