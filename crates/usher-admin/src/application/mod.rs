//! Commands about applications: what there are, and how they are shown. What they write is in [`write`].

mod write;

pub(crate) use write::{old_works, older_ends};

use crate::change::Change;
use crate::error::AdminError;
use crate::outcome::{ApplicationView, Outcome, Shown, moment, reveal};
use crate::page::{Page, cut, entries};
use crate::work::{Work, check_version};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_core::ClientSettings;
use usher_core::registration::read_settings;
use usher_store::Fault;
use usher_store::tables::{ClientRecord, PoolRecord};
use usher_types::{PoolId, Secret};

/// A command about applications.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ApplicationCommand {
    /// Makes an application.
    Create {
        /// Its client identifier.
        client_id: String,
        /// Its settings.
        changes: Vec<Change>,
        /// Its secret, where it is not to be drawn.
        #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "reveal")]
        client_secret: Option<Secret>,
        /// Its logo.
        #[serde(default)]
        logo: Picture,
    },
    /// Shows a page of all.
    List(Page),
    /// Shows one.
    Show {
        /// Its client identifier.
        client_id: String,
    },
    /// Changes one.
    Set {
        /// Its client identifier.
        client_id: String,
        /// What changes.
        changes: Vec<Change>,
        /// Its secret, where it is to be another that is not drawn.
        #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "reveal")]
        client_secret: Option<Secret>,
        /// What becomes of its logo.
        #[serde(default)]
        logo: Picture,
        /// The version that was looked at, where that matters.
        version: Option<i64>,
    },
    /// Gives one a new secret.
    RotateSecret {
        /// Its client identifier.
        client_id: String,
        /// How long the secret before is accepted too.
        overlap_seconds: u32,
    },
    /// Deletes one, with everything that it was given.
    Delete {
        /// Its client identifier.
        client_id: String,
    },
}

/// What becomes of a logo.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Picture {
    /// It stays.
    #[default]
    Keep,
    /// It is this file, in base64url.
    Put(String),
    /// It is taken away.
    Remove,
}

pub(crate) async fn execute(
    work: &Work<'_>,
    pool: &PoolRecord,
    command: ApplicationCommand,
) -> Result<Outcome, AdminError> {
    let id = pool.pool.id;
    match command {
        ApplicationCommand::Create { client_id, changes, client_secret, logo } => {
            let given = write::Given { changes, client_secret, logo };
            write::create(work, id, client_id, given).await
        }
        ApplicationCommand::List(page) => list(work, id, &page).await,
        ApplicationCommand::Show { client_id } => {
            Ok(Outcome::of(Shown::App(view(&get(work, id, &client_id).await?)?)))
        }
        ApplicationCommand::Set { client_id, changes, client_secret, logo, version } => {
            let record = get(work, id, &client_id).await?;
            check_version(version, record.client.version, &shown(&client_id))?;
            write::set(work, id, record, write::Given { changes, client_secret, logo }).await
        }
        ApplicationCommand::RotateSecret { client_id, overlap_seconds } => {
            write::rotate(work, id, get(work, id, &client_id).await?, overlap_seconds).await
        }
        ApplicationCommand::Delete { client_id } => {
            write::delete(work, id, get(work, id, &client_id).await?).await
        }
    }
}

/// The application of an identifier, which must exist.
pub(crate) async fn get(work: &Work<'_>, pool: PoolId, client_id: &str) -> Result<ClientRecord, AdminError> {
    work.store().client_record(pool, client_id).await?.ok_or_else(|| {
        AdminError::NotFound(format!(
            "there is no application {client_id:?} in this pool: usher app list shows all"
        ))
    })
}

async fn list(work: &Work<'_>, pool: PoolId, page: &Page) -> Result<Outcome, AdminError> {
    let after = page.after.clone().unwrap_or_default();
    let mut records = work.store().client_page(pool, &after, entries(page)?).await?;
    let next = cut(page, &mut records, |r| r.client.client_id.clone());
    let views: Result<Vec<ApplicationView>, AdminError> = records.iter().map(view).collect();
    Ok(Outcome { next, ..Outcome::of(Shown::Apps(views?)) })
}

/// The settings that are stored of an application.
fn stored(record: &ClientRecord) -> Result<ClientSettings, AdminError> {
    let unreadable =
        |e: serde_json::Error| Fault::bug(&format!("settings of {}: {e}", record.client.client_id));
    Ok(read_settings(&record.client.settings).map_err(unreadable)?)
}

fn view(record: &ClientRecord) -> Result<ApplicationView, AdminError> {
    let client = &record.client;
    let Ok(Value::Object(mut settings)) = serde_json::to_value(stored(record)?) else {
        return Err(Fault::bug("settings are an object").into());
    };
    settings.remove("client_id");
    let digest = settings.remove("logo_digest");
    Ok(ApplicationView {
        client_id: client.client_id.clone(),
        client_secret: None,
        enabled: client.enabled,
        has_secret: client.secret_hash.is_some(),
        previous_secret_until: client.previous_secret_until.map(moment),
        has_logo: digest.is_some_and(|d| !d.is_null()),
        version: client.version,
        created_at: moment(record.created_at),
        updated_at: moment(record.updated_at),
        settings,
    })
}

fn shown(client_id: &str) -> String {
    format!("the application {client_id:?}")
}
