//! What commands write of applications: settings, secrets, logos, and the end of one.

use super::{Picture, get, shown, stored, view};
use crate::change::{self, Change};
use crate::error::AdminError;
use crate::outcome::{Outcome, Shown, moment};
use crate::pool::names;
use crate::setting::APPLICATION;
use crate::work::{Recorded, Work};
use serde_json::{Map, Value};
use usher_core::ClientSettings;
use usher_core::client::GrantType;
use usher_core::registration::{
    Draft, LogoChange, Place, SecretChange, insert_application, logo_of, needs_secret, update_application,
};
use usher_core::trail::Event;
use usher_crypto::jose::SigningAlgorithm;
use usher_store::tables::{ClientRecord, ClientRow, write};
use usher_store::{Batch, Fault};
use usher_types::opaque::base64url_decode;
use usher_types::{PoolId, Secret, Timestamp};

/// What an administrator gives of an application.
pub(super) struct Given {
    pub(super) changes: Vec<Change>,
    pub(super) client_secret: Option<Secret>,
    pub(super) logo: Picture,
}

const CLIENT: &str = "the application is as it was read";

pub(super) async fn create(
    work: &Work<'_>,
    pool: PoolId,
    client_id: String,
    given: Given,
) -> Result<Outcome, AdminError> {
    if given.changes.iter().any(|c| c.name == "client_id") {
        return Err(AdminError::setting("client_id", "the command names it already"));
    }
    let mut whole = APPLICATION.defaults();
    whole.insert("client_id".to_owned(), client_id.as_str().into());
    whole.insert("client_name".to_owned(), client_id.as_str().into());
    let settings = checked(change::apply(&APPLICATION, &given.changes, whole)?, &given)?;
    let (secret, drawn) = match (needs_secret(&settings), given.client_secret) {
        (true, Some(secret)) => (SecretChange::Replace { secret, previous_until: None }, None),
        (true, None) => draw(work),
        (false, _) => (SecretChange::Keep, None),
    };
    let mut notes = costs(&settings, &[]);
    if drawn.is_some() {
        notes.push(SHOWN_ONCE.to_owned());
    }
    let mut batch = Batch::new();
    let mut draft = Draft { enabled: settings.enabled, settings, secret, logo: logo(given.logo)? };
    let row = place(work, pool).row(&mut draft, None)?;
    add_keys(work, pool, &draft.settings, &mut batch).await?;
    insert_application(&mut batch, CLIENT, pool, (row, draft.logo), work.now);
    write::pool::bump_revision(&mut batch, pool);
    let recorded = recorded(Event::ApplicationCreated, &client_id, vec![("settings", names(&given.changes))]);
    work.audit(&mut batch, pool, recorded);
    work.apply(batch, |_| {
        AdminError::Exists(format!("there is an application {client_id:?} in this pool already"))
    })
    .await?;
    answer(work, pool, &client_id, (drawn, notes)).await
}

pub(super) async fn set(
    work: &Work<'_>,
    pool: PoolId,
    record: ClientRecord,
    given: Given,
) -> Result<Outcome, AdminError> {
    if given.changes.iter().any(|c| c.name == "client_id") {
        let message = "it cannot be changed: make another application and delete this one";
        return Err(AdminError::setting("client_id", message));
    }
    let before = stored(&record)?;
    let Ok(Value::Object(mut whole)) = serde_json::to_value(&before) else {
        return Err(Fault::bug("settings are an object").into());
    };
    whole.insert("enabled".to_owned(), record.client.enabled.into());
    let mut settings = checked(change::apply(&APPLICATION, &given.changes, whole)?, &given)?;
    settings.logo_digest.clone_from(&before.logo_digest);

    let mut notes = costs(&settings, &before.grant_types);
    let (secret, drawn) = secret_of(work, &record.client, &settings, given.client_secret);
    match (&drawn, &secret) {
        (Some(_), _) if record.client.secret_hash.is_some() => {
            notes.push(format!(
                "the settings need the secret as it is, so there is a new one and the old one does not work any more; {SHOWN_ONCE}"
            ));
        }
        (Some(_), _) => notes.push(SHOWN_ONCE.to_owned()),
        (None, SecretChange::Remove) => notes.push("it has no secret any more".to_owned()),
        _ => {}
    }
    let enabled = settings.enabled;
    let mut draft = Draft { settings, enabled, secret, logo: logo(given.logo)? };
    let mut detail = vec![("settings", names(&given.changes))];
    if !matches!(draft.secret, SecretChange::Keep) {
        detail.push(("secret", "changed".into()));
    }
    if !matches!(draft.logo, LogoChange::Keep) {
        detail.push(("logo", "changed".into()));
    }
    let client_id = record.client.client_id.clone();
    let mut batch = Batch::new();
    let row = place(work, pool).row(&mut draft, Some(&record.client))?;
    add_keys(work, pool, &draft.settings, &mut batch).await?;
    update_application(&mut batch, CLIENT, pool, (row, draft.logo), work.now);
    write::pool::bump_revision(&mut batch, pool);
    work.audit(&mut batch, pool, recorded(Event::ApplicationChanged, &client_id, detail));
    work.apply(batch, |_| AdminError::conflict(&shown(&client_id))).await?;
    answer(work, pool, &client_id, (drawn, notes)).await
}

pub(super) async fn rotate(
    work: &Work<'_>,
    pool: PoolId,
    record: ClientRecord,
    overlap_seconds: u32,
) -> Result<Outcome, AdminError> {
    let settings = stored(&record)?;
    let client_id = record.client.client_id.clone();
    if !needs_secret(&settings) {
        let message = format!("{} has no secret to be rotated", shown(&client_id));
        return Err(AdminError::Refused(message));
    }
    let previous_until = work.overlap_until(overlap_seconds)?;
    let secret = work.new_secret();
    let mut draft = Draft {
        settings,
        enabled: record.client.enabled,
        secret: SecretChange::Replace { secret: secret.clone(), previous_until },
        logo: LogoChange::Keep,
    };
    let row = place(work, pool).row(&mut draft, Some(&record.client))?;
    let until = row.previous_secret_until.map(moment);
    let mut batch = Batch::new();
    update_application(&mut batch, CLIENT, pool, (row, draft.logo), work.now);
    let detail = vec![("overlap_seconds", overlap_seconds.into())];
    work.audit(&mut batch, pool, recorded(Event::SecretRotated, &client_id, detail));
    work.apply(batch, |_| AdminError::conflict(&shown(&client_id))).await?;
    let mut notes = vec![SHOWN_ONCE.to_owned(), old_works(until.as_deref())];
    notes.extend(older_ends(record.client.previous_secret_until, work.now));
    answer(work, pool, &client_id, (Some(secret), notes)).await
}

pub(super) async fn delete(
    work: &Work<'_>,
    pool: PoolId,
    record: ClientRecord,
) -> Result<Outcome, AdminError> {
    let ClientRow { client_id, version, .. } = &record.client;
    let gone = |_| AdminError::conflict(&shown(client_id));
    // Whatever happens after this batch, the application can do nothing any more.
    let mut batch = Batch::new();
    write::manage::client::disable(&mut batch, CLIENT, pool, (client_id, *version), work.now);
    write::manage::access_key::delete_of_client(&mut batch, pool, client_id);
    write::pool::bump_revision(&mut batch, pool);
    let detail = vec![("settings", vec!["enabled"].into()), ("why", "it is being deleted".into())];
    work.audit(&mut batch, pool, recorded(Event::ApplicationChanged, client_id, detail));
    work.apply(batch, gone).await?;
    work.store().erase_of_client(pool, client_id, work.now).await?;

    let mut batch = Batch::new();
    write::manage::client::delete(&mut batch, CLIENT, pool, (client_id, version.saturating_add(1)));
    write::manage::access_key::delete_of_client(&mut batch, pool, client_id);
    write::client::set_logo(&mut batch, pool, client_id, None);
    write::pool::bump_revision(&mut batch, pool);
    work.audit(&mut batch, pool, recorded(Event::ApplicationDeleted, client_id, Vec::new()));
    work.apply(batch, gone).await?;
    // A request that was under way at the first batch may have been given something since.
    work.store().erase_of_client(pool, client_id, work.now).await?;
    Ok(Outcome::deleted("application", client_id))
}

const SHOWN_ONCE: &str = "the secret is shown this once and cannot be read again";

/// What a rotation means for the secret before.
pub(crate) fn old_works(until: Option<&str>) -> String {
    match until {
        Some(until) => format!("the secret before it works until {until}"),
        None => "the secret before it does not work any more; access tokens that it got live until they end"
            .to_owned(),
    }
}

/// What a rotation means for the secret before that one, where its overlap is not over.
pub(crate) fn older_ends(until: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let until = until.filter(|until| *until > now)?;
    let until = moment(until);
    Some(format!("the one before that does not work any more, though it was to work until {until}"))
}

async fn answer(
    work: &Work<'_>,
    pool: PoolId,
    client_id: &str,
    (secret, notes): (Option<Secret>, Vec<String>),
) -> Result<Outcome, AdminError> {
    let mut shown = view(&get(work, pool, client_id).await?)?;
    shown.client_secret = secret;
    Ok(Outcome { notes, ..Outcome::of(Shown::App(shown)) })
}

fn recorded<'a>(event: Event, client_id: &'a str, detail: Vec<(&'static str, Value)>) -> Recorded<'a> {
    Recorded { event: event.name(), client_id: Some(client_id), user_id: None, detail }
}

fn place<'a>(work: &Work<'a>, pool: PoolId) -> Place<'a> {
    Place { pool, master: work.admin.master, random: &*work.admin.world.random }
}

/// Settings that keep the rules among each other.
fn checked(whole: Map<String, Value>, given: &Given) -> Result<ClientSettings, AdminError> {
    let mut settings: ClientSettings =
        serde_json::from_value(Value::Object(whole)).map_err(|e| AdminError::Wrong(e.to_string()))?;
    settings.client_secret.clone_from(&given.client_secret);
    settings.check()?;
    if given.client_secret.is_some() && !needs_secret(&settings) {
        return Err(AdminError::setting("client_secret", "with these settings it has no use"));
    }
    settings.client_secret = None;
    Ok(settings)
}

/// What becomes of the secret of an application that is changed, and the new one where one was drawn.
fn secret_of(
    work: &Work<'_>,
    row: &ClientRow,
    settings: &ClientSettings,
    given: Option<Secret>,
) -> (SecretChange, Option<Secret>) {
    if let Some(secret) = given {
        return (SecretChange::Replace { secret, previous_until: None }, None);
    }
    if !needs_secret(settings) {
        let change = if row.secret_hash.is_some() { SecretChange::Remove } else { SecretChange::Keep };
        return (change, None);
    }
    // A stored hash cannot be made plain again, so that a new secret takes its place where the plain one is needed.
    let is_there =
        row.secret_hash.is_some() && (row.secret_sealed.is_some() || !settings.needs_plain_secret());
    if is_there { (SecretChange::Keep, None) } else { draw(work) }
}

fn draw(work: &Work<'_>) -> (SecretChange, Option<Secret>) {
    let secret = work.new_secret();
    (SecretChange::Replace { secret: secret.clone(), previous_until: None }, Some(secret))
}

fn logo(picture: Picture) -> Result<LogoChange, AdminError> {
    match picture {
        Picture::Keep => Ok(LogoChange::Keep),
        Picture::Remove => Ok(LogoChange::Remove),
        Picture::Put(text) => {
            let bytes = base64url_decode(&text)
                .ok_or_else(|| AdminError::setting("logo", "base64url without padding is expected"))?;
            let logo = logo_of(bytes).map_err(|e| AdminError::setting("logo", &e.to_string()))?;
            Ok(LogoChange::Put(logo))
        }
    }
}

/// Adds the keys that the application's algorithms need and the pool does not have.
async fn add_keys(
    work: &Work<'_>,
    pool: PoolId,
    settings: &ClientSettings,
    batch: &mut Batch,
) -> Result<(), AdminError> {
    let mut there: Vec<String> =
        work.store().signing_keys(pool).await?.into_iter().map(|k| k.algorithm).collect();
    for algorithm in [
        SigningAlgorithm::Rs256,
        settings.id_token_signed_response_alg,
        settings.access_token_signed_response_alg,
    ] {
        let name = algorithm.as_str();
        if algorithm.is_symmetric() || there.iter().any(|t| t == name) {
            continue;
        }
        write::signing_key::insert_first(batch, pool, work.first_key(pool, algorithm).await?);
        there.push(name.to_owned());
    }
    Ok(())
}

/// What the modes cost that were switched on just now.
fn costs(settings: &ClientSettings, before: &[GrantType]) -> Vec<String> {
    let is_new = |grant: &GrantType| settings.grant_types.contains(grant) && !before.contains(grant);
    let costs = [
        (
            GrantType::Implicit,
            "implicit puts tokens into the browser's address, where history, logs and other scripts can read them, and nothing binds them to their receiver. RFC 9700 §2.1.2 says that clients should not use it: take authorization_code with PKCE wherever it works",
        ),
        (
            GrantType::Password,
            "password shows people's passwords to the application, leaves out second factors and single sign-on, and teaches people to type passwords anywhere. RFC 9700 §2.4 says that it must not be used: take authorization_code wherever it works",
        ),
    ];
    costs.into_iter().filter(|(grant, _)| is_new(grant)).map(|(_, cost)| cost.to_owned()).collect()
}
