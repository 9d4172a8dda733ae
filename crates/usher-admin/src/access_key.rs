//! Commands about programmatic access accounts: an access key and a secret key for a caller without a person.

use crate::application;
use crate::change::{self, Change};
use crate::error::AdminError;
use crate::outcome::{AccessKeyView, Outcome, Shown, moment};
use crate::page::{Page, cut, entries};
use crate::pool::names;
use crate::setting::{ACCESS_KEY, AccountSettings};
use crate::work::{Recorded, Work, check_version};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use usher_core::client::{GrantType, check_account};
use usher_core::registration::read_settings;
use usher_core::trail::Event;
use usher_store::tables::{AccessKeyAccount, AccessKeyRow, NewAccessKey, PoolRecord, write};
use usher_store::{Batch, Fault};
use usher_types::opaque::base64url;
use usher_types::{PoolId, Secret, limits};

/// A command about programmatic access accounts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessKeyCommand {
    /// Makes one for an application; its secret key is drawn.
    Create {
        /// The application.
        client_id: String,
        /// Its settings.
        changes: Vec<Change>,
    },
    /// Shows a page of all, or of one application's.
    List {
        /// Which page.
        page: Page,
        /// The application.
        client_id: Option<String>,
    },
    /// Shows one.
    Show {
        /// The access key.
        access_key: String,
    },
    /// Changes one.
    Set {
        /// The access key.
        access_key: String,
        /// What changes.
        changes: Vec<Change>,
        /// The version that was looked at, where that matters.
        version: Option<i64>,
    },
    /// Gives one a new secret key.
    Rotate {
        /// The access key.
        access_key: String,
        /// How long the secret key before is accepted too.
        overlap_seconds: u32,
    },
    /// Deletes one.
    Delete {
        /// The access key.
        access_key: String,
    },
}

const KEY: &str = "the access key is as it was read";

pub(crate) async fn execute(
    work: &Work<'_>,
    pool: &PoolRecord,
    command: AccessKeyCommand,
) -> Result<Outcome, AdminError> {
    let id = pool.pool.id;
    match command {
        AccessKeyCommand::Create { client_id, changes } => create(work, id, &client_id, &changes).await,
        AccessKeyCommand::List { page, client_id } => list(work, id, &page, client_id).await,
        AccessKeyCommand::Show { access_key } => {
            Ok(Outcome::of(Shown::AccessKey(view(get(work, id, &access_key).await?))))
        }
        AccessKeyCommand::Set { access_key, changes, version } => {
            let record = get(work, id, &access_key).await?;
            check_version(version, record.version, &shown(&access_key))?;
            set(work, id, record, &changes).await
        }
        AccessKeyCommand::Rotate { access_key, overlap_seconds } => {
            rotate(work, id, get(work, id, &access_key).await?, overlap_seconds).await
        }
        AccessKeyCommand::Delete { access_key } => {
            let record = get(work, id, &access_key).await?;
            let mut batch = Batch::new();
            write::access_key::delete(&mut batch, KEY, id, &access_key);
            let names = (record.client_id.as_str(), access_key.as_str());
            let recorded = recorded(Event::AccessKeyDeleted, names, Vec::new());
            work.audit(&mut batch, id, recorded);
            work.apply(batch, |_| AdminError::conflict(&shown(&access_key))).await?;
            Ok(Outcome::deleted("access key", &access_key))
        }
    }
}

async fn create(
    work: &Work<'_>,
    pool: PoolId,
    client_id: &str,
    changes: &[Change],
) -> Result<Outcome, AdminError> {
    let owner = application::get(work, pool, client_id).await?;
    let most = i64::try_from(limits::ACCESS_KEYS).unwrap_or(i64::MAX);
    if work.store().access_key_count(pool, client_id).await? >= most {
        let message = format!(
            "the application {client_id:?} has {most} access keys, which is the most: delete one first"
        );
        return Err(AdminError::Refused(message));
    }
    let account = checked(change::apply(&ACCESS_KEY, changes, Map::new())?)?;
    let mut name = [0; 16];
    work.admin.world.random.fill(&mut name);
    let secret = work.new_secret();
    let key = NewAccessKey {
        access_key: format!("ak_{}", base64url(&name)),
        client_id: client_id.to_owned(),
        secret_hash: usher_crypto::sha256(secret.expose()),
        account,
    };
    let access_key = key.access_key.clone();
    let mut batch = Batch::new();
    let detail = vec![("settings", names(changes))];
    work.audit(&mut batch, pool, recorded(Event::AccessKeyCreated, (client_id, &access_key), detail));
    write::access_key::insert(&mut batch, KEY, pool, key, work.now);
    work.apply(batch, |_| AdminError::conflict(&format!("the application {client_id:?}"))).await?;
    let mut notes = vec![SHOWN_ONCE.to_owned()];
    let may = read_settings(&owner.client.settings)
        .is_ok_and(|s| s.grant_types.contains(&GrantType::ClientCredentials));
    if !may {
        notes.push(format!(
            "it gets no tokens yet: usher app set {client_id} grant_types+=client_credentials switches the mode on"
        ));
    }
    answer(work, pool, &access_key, (Some(secret), notes)).await
}

async fn list(
    work: &Work<'_>,
    pool: PoolId,
    page: &Page,
    client_id: Option<String>,
) -> Result<Outcome, AdminError> {
    let (after, entries) = (page.after.clone().unwrap_or_default(), entries(page)?);
    let mut records = match client_id {
        Some(client_id) => {
            application::get(work, pool, &client_id).await?;
            work.store().access_key_page_of(pool, &client_id, &after, entries).await?
        }
        None => work.store().access_key_page(pool, &after, entries).await?,
    };
    let next = cut(page, &mut records, |r| r.access_key.clone());
    Ok(Outcome { next, ..Outcome::of(Shown::AccessKeys(records.into_iter().map(view).collect())) })
}

async fn set(
    work: &Work<'_>,
    pool: PoolId,
    record: AccessKeyRow,
    changes: &[Change],
) -> Result<Outcome, AdminError> {
    let before = &record.account;
    let before = AccountSettings {
        label: before.label.clone(),
        scope: before.scope.clone(),
        access_token_lifetime: before.access_token_lifetime,
        enabled: before.enabled,
    };
    let Ok(Value::Object(whole)) = serde_json::to_value(before) else {
        return Err(Fault::bug("settings are an object").into());
    };
    let account = checked(change::apply(&ACCESS_KEY, changes, whole)?)?;
    let access_key = record.access_key.as_str();
    let mut batch = Batch::new();
    let detail = vec![("settings", names(changes))];
    work.audit(&mut batch, pool, recorded(Event::AccessKeyChanged, (&record.client_id, access_key), detail));
    let read = write::access_key::Version { access_key, version: record.version };
    write::access_key::update(&mut batch, KEY, pool, (read, account), work.now);
    work.apply(batch, |_| AdminError::conflict(&shown(access_key))).await?;
    answer(work, pool, access_key, (None, Vec::new())).await
}

async fn rotate(
    work: &Work<'_>,
    pool: PoolId,
    record: AccessKeyRow,
    overlap_seconds: u32,
) -> Result<Outcome, AdminError> {
    let until = work.overlap_until(overlap_seconds)?;
    let secret = work.new_secret();
    let access_key = record.access_key.as_str();
    let secret_hash = usher_crypto::sha256(secret.expose());
    let mut batch = Batch::new();
    let detail = vec![("overlap_seconds", overlap_seconds.into())];
    work.audit(&mut batch, pool, recorded(Event::AccessKeyRotated, (&record.client_id, access_key), detail));
    match until {
        Some(previous_until) => {
            let rotation = write::access_key::Rotation { secret_hash, previous_until };
            write::access_key::rotate(&mut batch, KEY, (pool, access_key), &rotation, work.now);
        }
        None => {
            write::access_key::replace_secret(&mut batch, KEY, (pool, access_key), secret_hash, work.now);
        }
    }
    work.apply(batch, |_| AdminError::conflict(&shown(access_key))).await?;
    let mut notes = vec![SHOWN_ONCE.to_owned(), application::old_works(until.map(moment).as_deref())];
    notes.extend(application::older_ends(record.previous_secret_until, work.now));
    answer(work, pool, access_key, (Some(secret), notes)).await
}

const SHOWN_ONCE: &str = "the secret key is shown this once and cannot be read again";

async fn get(work: &Work<'_>, pool: PoolId, access_key: &str) -> Result<AccessKeyRow, AdminError> {
    work.store().access_key(pool, access_key).await?.ok_or_else(|| {
        AdminError::NotFound(format!(
            "there is no access key {access_key:?} in this pool: usher access-key list shows all"
        ))
    })
}

async fn answer(
    work: &Work<'_>,
    pool: PoolId,
    access_key: &str,
    (secret, notes): (Option<Secret>, Vec<String>),
) -> Result<Outcome, AdminError> {
    let mut shown = view(get(work, pool, access_key).await?);
    shown.secret_key = secret;
    Ok(Outcome { notes, ..Outcome::of(Shown::AccessKey(shown)) })
}

fn checked(whole: Map<String, Value>) -> Result<AccessKeyAccount, AdminError> {
    let settings: AccountSettings =
        serde_json::from_value(Value::Object(whole)).map_err(|e| AdminError::Wrong(e.to_string()))?;
    check_account(&settings.label, &settings.scope, settings.access_token_lifetime)?;
    Ok(AccessKeyAccount {
        enabled: settings.enabled,
        label: settings.label,
        scope: settings.scope,
        access_token_lifetime: settings.access_token_lifetime,
    })
}

fn view(record: AccessKeyRow) -> AccessKeyView {
    AccessKeyView {
        access_key: record.access_key,
        secret_key: None,
        client_id: record.client_id,
        label: record.account.label,
        scope: record.account.scope,
        access_token_lifetime: record.account.access_token_lifetime,
        enabled: record.account.enabled,
        last_used_at: record.last_used_at.map(moment),
        previous_secret_until: record.previous_secret_until.map(moment),
        version: record.version,
        created_at: moment(record.created_at),
    }
}

fn recorded<'a>(
    event: Event,
    (client_id, access_key): (&'a str, &str),
    mut detail: Vec<(&'static str, Value)>,
) -> Recorded<'a> {
    detail.push(("access_key", access_key.into()));
    Recorded { event: event.name(), client_id: Some(client_id), user_id: None, detail }
}

fn shown(access_key: &str) -> String {
    format!("the access key {access_key:?}")
}
