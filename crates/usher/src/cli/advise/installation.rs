//! The advisor with an installation at hand: creates an application exactly as is advised, and examines those that are there. Reads and
//! writes go the way of every management command: by the running server, or by this process where none runs.

use super::text::{Line, findings, wrapped};
use super::{AdviseArguments, AdviseError, Ended, pretty};
use crate::cli::{Failure, carry_out};
use crate::config::{self, Loaded};
use serde_json::{Map, Value, json};
use std::io::Write;
use usher_admin::{
    AccessKeyCommand, AccessKeyView, Action, ApplicationCommand, ApplicationView, Change, Command, Order,
    Page, Picture, PoolCommand, Shown,
};
use usher_core::ClientSettings;
use usher_core::advisor::{
    Advice, Finding, Kit, Severity, examine, examine_key, finding_document, key_finding_document,
};

/// Entries of a list that are read at once.
const PAGE: u32 = 100;

fn load(arguments: &AdviseArguments) -> Result<Loaded, AdviseError> {
    config::load(&arguments.config).map_err(|e| AdviseError::Written(e.to_string()))
}

async fn ask(arguments: &AdviseArguments, loaded: &Loaded, command: Command) -> Result<Shown, AdviseError> {
    let outcome = carry_out(loaded, Order { pool: arguments.pool.clone(), command }).await?;
    Ok(outcome.shown)
}

/// An answer of another kind than was asked for.
fn other() -> AdviseError {
    AdviseError::Installation(Failure::World(
        "the server answered with something else: is it an older one?".to_owned(),
    ))
}

/// What fills settings and samples of a new application of this name.
pub(super) async fn kit(arguments: &AdviseArguments, name: &str) -> Result<Kit, AdviseError> {
    let loaded = load(arguments)?;
    let show = Command::Pool(PoolCommand::Show { name: arguments.pool.clone() });
    let outcome = carry_out(&loaded, Order { pool: None, command: show }).await?;
    let Shown::Pool(pool) = outcome.shown else { return Err(other()) };
    let base = pool.issuer.as_deref().and_then(|issuer| issuer.strip_suffix("/oidc")).ok_or_else(other)?;
    Ok(arguments.kit(base)?.named(name)?)
}

/// Creates the application and shows advice and secret, the secret this once.
pub(super) async fn create(
    arguments: &AdviseArguments,
    advice: &Advice,
    out: &mut impl Write,
) -> Result<(), AdviseError> {
    let returns = advice.settings.iter().any(|s| s.name == "redirect_uris");
    if returns && arguments.redirects.is_empty() {
        let message = "--redirect URI is needed: it is where people return to after signing in";
        return Err(AdviseError::Written(message.to_owned()));
    }
    if !returns && !arguments.redirects.is_empty() {
        let message = "--redirect is not for this mode: nobody is sent anywhere, so there is no callback";
        return Err(AdviseError::Written(message.to_owned()));
    }
    let client_id = arguments.create.clone().unwrap_or_default();
    let changes = advice
        .settings
        .iter()
        .map(|s| Change { name: s.name.to_owned(), action: Action::Set(s.value.clone()) })
        .collect();
    let command =
        ApplicationCommand::Create { client_id, changes, client_secret: None, logo: Picture::default() };
    let order = Order { pool: arguments.pool.clone(), command: Command::App(command) };
    let outcome = carry_out(&load(arguments)?, order).await?;
    let Shown::App(application) = &outcome.shown else { return Err(other()) };
    if arguments.json {
        let application = serde_json::to_value(application).map_err(std::io::Error::from)?;
        let document = json!({ "mode": advice.mode.as_str(), "app": application, "notes": outcome.notes });
        writeln!(out, "{}", pretty(&document)?)?;
        return Ok(());
    }
    out.write_all(arguments.text(advice).as_bytes())?;
    writeln!(out, "\nThe application is created with these settings")?;
    writeln!(out, "  client_id      {}", application.client_id)?;
    if let Some(secret) = &application.client_secret {
        writeln!(out, "  client_secret  {}", String::from_utf8_lossy(secret.expose()))?;
    }
    for note in &outcome.notes {
        writeln!(out, "{}", wrapped(note, "  ", "  "))?;
    }
    for command in advice.commands.iter().skip(1) {
        writeln!(out, "  Next: {command}")?;
    }
    Ok(())
}

/// Examines one application with its access keys; without a name, all of the pool.
pub(super) async fn check(
    arguments: &AdviseArguments,
    application: &str,
    out: &mut impl Write,
) -> Result<Ended, AdviseError> {
    let loaded = load(arguments)?;
    let application = Some(application).filter(|a| !a.is_empty());
    let applications = match application {
        Some(client_id) => {
            let show = Command::App(ApplicationCommand::Show { client_id: client_id.to_owned() });
            let Shown::App(one) = ask(arguments, &loaded, show).await? else { return Err(other()) };
            vec![one]
        }
        None => every_application(arguments, &loaded).await?,
    };
    let keys = every_key(arguments, &loaded, application).await?;
    let mut found: Vec<Found> = Vec::new();
    for application in &applications {
        for finding in examine(&settings(application)?) {
            found.push(Found { client_id: application.client_id.clone(), access_key: None, finding });
        }
        for key in keys.iter().filter(|k| k.client_id == application.client_id) {
            if let Some(finding) = examine_key(&key.scope) {
                let (client_id, access_key) = (key.client_id.clone(), Some(key.access_key.clone()));
                found.push(Found { client_id, access_key, finding });
            }
        }
    }
    if arguments.json {
        let documents: Vec<Value> = found.iter().map(|f| f.document(arguments)).collect();
        let document = json!({ "applications": applications.len(), "findings": documents });
        writeln!(out, "{}", pretty(&document)?)?;
    } else {
        let names: Vec<&str> = applications.iter().map(|a| a.client_id.as_str()).collect();
        let lines: Vec<_> = found.iter().map(|f| f.line(arguments)).collect();
        out.write_all(findings(&names, &lines).as_bytes())?;
    }
    let serious = found.iter().any(|f| f.finding.rule.severity() == Severity::Serious);
    Ok(if serious { Ended::Serious } else { Ended::Well })
}

/// A finding and what it is about.
struct Found {
    client_id: String,
    access_key: Option<String>,
    finding: Finding,
}

impl Found {
    fn command(&self, arguments: &AdviseArguments) -> String {
        let command = match &self.access_key {
            Some(key) => self.finding.key_command(key),
            None => self.finding.command(&self.client_id),
        };
        // A pool's name is safe in a shell as it is.
        arguments.pool.as_ref().map_or(command.clone(), |pool| format!("{command} --pool {pool}"))
    }

    fn line(&self, arguments: &AdviseArguments) -> Line<'_> {
        (&self.client_id, self.access_key.as_deref(), &self.finding, self.command(arguments))
    }

    fn document(&self, arguments: &AdviseArguments) -> Value {
        let mut document = match &self.access_key {
            Some(key) => key_finding_document(&self.finding, key, &self.client_id),
            None => finding_document(&self.finding, &self.client_id),
        };
        if let Value::Object(members) = &mut document {
            members.insert("command".to_owned(), self.command(arguments).into());
        }
        document
    }
}

/// The settings of an application, as it shows them.
fn settings(application: &ApplicationView) -> Result<ClientSettings, AdviseError> {
    let mut members: Map<String, Value> = application.settings.clone();
    members.insert("client_id".to_owned(), application.client_id.clone().into());
    serde_json::from_value(Value::Object(members)).map_err(|e| {
        AdviseError::Installation(Failure::World(format!("the settings of {}: {e}", application.client_id)))
    })
}

async fn every_application(
    arguments: &AdviseArguments,
    loaded: &Loaded,
) -> Result<Vec<ApplicationView>, AdviseError> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let command = Command::App(ApplicationCommand::List(Page { after, limit: PAGE }));
        let outcome = carry_out(loaded, Order { pool: arguments.pool.clone(), command }).await?;
        let Shown::Apps(page) = outcome.shown else { return Err(other()) };
        all.extend(page);
        after = outcome.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

async fn every_key(
    arguments: &AdviseArguments,
    loaded: &Loaded,
    application: Option<&str>,
) -> Result<Vec<AccessKeyView>, AdviseError> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = Page { after, limit: PAGE };
        let client_id = application.map(str::to_owned);
        let command = Command::AccessKey(AccessKeyCommand::List { page, client_id });
        let outcome = carry_out(loaded, Order { pool: arguments.pool.clone(), command }).await?;
        let Shown::AccessKeys(page) = outcome.shown else { return Err(other()) };
        all.extend(page);
        after = outcome.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}
