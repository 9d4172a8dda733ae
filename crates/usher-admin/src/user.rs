//! Commands about people.

mod guessing;
mod password;

use crate::change::{self, Change};
use crate::error::AdminError;
use crate::link::{made_link, queue_verification, with_link};
use crate::outcome::{Outcome, Shown, UserView, reveal};
use crate::page::{Page, cut, entries};
use crate::pool::names;
use crate::setting::USER;
use crate::work::{Recorded, Work, check_version};
use password::{hashed, link, rule, send_verification, set_password, settings};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use usher_core::client::SettingError;
use usher_core::profile::{Claims, Profile};
use usher_core::registration::{UserSettings, check_user, delete_user, insert_user, login_keys, update_user};
use usher_core::trail::Event;
use usher_store::tables::{PoolRecord, UserRecord, UserRow};
use usher_store::{Batch, Fault};
use usher_types::fold::IdentifierKey;
use usher_types::{PoolId, Secret, UserId};

/// A command about people. A person is named by a login name or by their id.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum UserCommand {
    /// Makes an account.
    Create {
        /// The user name.
        username: String,
        /// What else there is to say.
        changes: Vec<Change>,
        /// The first password.
        #[serde(default)]
        password: FirstPassword,
    },
    /// Shows a page of all, or of those with a login name that begins so.
    List {
        /// Which page.
        page: Page,
        /// How the login name begins.
        find: Option<String>,
    },
    /// Shows one.
    Show {
        /// Who.
        user: String,
    },
    /// Changes one.
    Set {
        /// Who.
        user: String,
        /// What changes.
        changes: Vec<Change>,
        /// The version that was looked at, where that matters.
        version: Option<i64>,
    },
    /// Gives somebody another password, which ends their sessions and grants.
    SetPassword {
        /// Who.
        user: String,
        /// The password.
        password: FirstPassword,
        /// Whether they must choose another one at their next sign-in.
        must_change: bool,
    },
    /// Makes a link by which somebody chooses a password; earlier ones end.
    Link {
        /// Who.
        user: String,
    },
    /// Sends somebody a mail by which they verify their e-mail address; earlier ones end.
    VerifyEmail {
        /// Who.
        user: String,
    },
    /// Forgets the wrong passwords that were tried, so that the person may sign in from anywhere again.
    Unlock {
        /// Who.
        user: String,
    },
    /// Deletes an account, which ends its sessions and grants.
    Delete {
        /// Who.
        user: String,
    },
}

/// Where a password comes from.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FirstPassword {
    /// There is none: the person cannot sign in by one.
    #[default]
    None,
    /// It is drawn, and shown once.
    Drawn,
    /// There is none yet: the person chooses it by a link, which is shown once.
    Link,
    /// It is this.
    Given {
        /// The password.
        #[serde(serialize_with = "reveal")]
        password: Option<Secret>,
    },
}

const CHANGED: &str = "the person is as they were read";
const TAKEN: &str = "the login name is free";

pub(crate) async fn execute(
    work: &Work<'_>,
    pool: &PoolRecord,
    command: UserCommand,
) -> Result<Outcome, AdminError> {
    let id = pool.pool.id;
    match command {
        UserCommand::Create { username, changes, password } => {
            create(work, pool, (username, &changes), password).await
        }
        UserCommand::List { page, find: None } => list(work, id, &page).await,
        UserCommand::List { page, find: Some(beginning) } => search(work, id, &page, &beginning).await,
        UserCommand::Show { user } => {
            let record = get(work, id, &user).await?;
            let shown = guessing::with_state(work, id, UserView::of(&record), record.user.id).await?;
            Ok(Outcome::of(Shown::User(shown)))
        }
        UserCommand::Unlock { user } => guessing::unlock(work, id, &get(work, id, &user).await?).await,
        UserCommand::Set { user, changes, version } => {
            let record = get(work, id, &user).await?;
            check_version(version, record.user.version, &shown(&user))?;
            set(work, pool, record, &changes).await
        }
        UserCommand::SetPassword { user, password, must_change } => {
            set_password(work, pool, get(work, id, &user).await?, (password, must_change)).await
        }
        UserCommand::VerifyEmail { user } => send_verification(work, pool, get(work, id, &user).await?).await,
        UserCommand::Link { user } => link(work, pool, get(work, id, &user).await?).await,
        UserCommand::Delete { user } => {
            let record = get(work, id, &user).await?;
            let mut batch = Batch::new();
            delete_user(&mut batch, CHANGED, id, &record.user, work.now);
            work.audit(&mut batch, id, recorded(Event::UserDeleted, record.user.id, Vec::new()));
            work.apply(batch, |_| AdminError::conflict(&shown(&user))).await?;
            Ok(Outcome::deleted("user", &user))
        }
    }
}

async fn create(
    work: &Work<'_>,
    pool: &PoolRecord,
    (username, changes): (String, &[Change]),
    password: FirstPassword,
) -> Result<Outcome, AdminError> {
    let mut whole = Map::new();
    whole.insert("username".to_owned(), username.into());
    let Wanted { user: wanted, must_change } = wanted(change::apply(&USER, changes, whole)?)?;
    let rule = rule(work, pool)?;
    check_user(&wanted, &rule).map_err(wrong)?;
    let by_link = matches!(password, FirstPassword::Link);
    let profile = Profile::new(&wanted.claims, wanted.username.as_deref(), work.now);
    let (hash, drawn) = hashed(work, password, rule, &profile).await?;
    let id = UserId::new(work.now, &*work.admin.world.random);
    let row = UserRow {
        id,
        enabled: wanted.enabled,
        password_hash: hash,
        must_change_password: must_change,
        profile: profile.to_text(),
        version: 1,
    };
    let mut batch = Batch::new();
    let made = by_link.then(|| made_link(work, &mut batch, pool, &row)).transpose()?;
    let rules = settings(pool)?;
    // The link changes the account, which would end the other one; whoever chooses a password by it can verify the address later.
    let unverified = (rules.verify_email && !by_link).then(|| row.clone());
    insert_user(&mut batch, TAKEN, pool.pool.id, (row, &profile), work.now);
    if let Some(row) = unverified {
        queue_verification(work, &mut batch, pool, &rules, &row);
    }
    let detail = vec![("settings", names(changes))];
    work.audit(&mut batch, pool.pool.id, recorded(Event::UserCreated, id, detail));
    apply(work, batch, (pool.pool.id, id), &wanted).await?;
    let outcome = answer(work, pool.pool.id, id, drawn).await?;
    Ok(match made {
        Some(made) => with_link(outcome, made),
        None => outcome,
    })
}

async fn set(
    work: &Work<'_>,
    pool: &PoolRecord,
    record: UserRecord,
    changes: &[Change],
) -> Result<Outcome, AdminError> {
    let before = Profile::parse(&record.user.profile);
    let (claims, username) = before.declared();
    let (email, phone) = (claims.email.clone(), claims.phone_number.clone());
    let Ok(Value::Object(mut whole)) = serde_json::to_value(&claims) else {
        return Err(Fault::bug("claims are an object").into());
    };
    whole.insert("username".to_owned(), username.into());
    whole.insert("enabled".to_owned(), record.user.enabled.into());
    whole.insert("must_change_password".to_owned(), record.user.must_change_password.into());
    let Wanted { user: mut wanted, must_change } = wanted(change::apply(&USER, changes, whole)?)?;
    // What was verified was another address.
    let says = |name: &str| changes.iter().any(|c| c.name == name);
    if wanted.claims.email != email && !says("email_verified") {
        wanted.claims.email_verified = None;
    }
    if wanted.claims.phone_number != phone && !says("phone_number_verified") {
        wanted.claims.phone_number_verified = None;
    }
    check_user(&wanted, &rule(work, pool)?).map_err(wrong)?;
    let rules = settings(pool)?;
    let profile = Profile::new(&wanted.claims, wanted.username.as_deref(), work.now);
    let id = record.user.id;
    let row = UserRow {
        enabled: wanted.enabled,
        must_change_password: must_change,
        profile: profile.to_text(),
        ..record.user
    };
    let mut batch = Batch::new();
    let unverified = (rules.verify_email && wanted.claims.email != email).then(|| row.clone());
    update_user(&mut batch, (CHANGED, TAKEN), pool.pool.id, (row, &profile), work.now);
    if let Some(row) = unverified {
        queue_verification(work, &mut batch, pool, &rules, &row);
    }
    let detail = vec![("settings", names(changes))];
    work.audit(&mut batch, pool.pool.id, recorded(Event::UserChanged, id, detail));
    apply(work, batch, (pool.pool.id, id), &wanted).await?;
    answer(work, pool.pool.id, id, None).await
}

async fn list(work: &Work<'_>, pool: PoolId, page: &Page) -> Result<Outcome, AdminError> {
    let after = page.after.as_ref().map(|text| text.parse::<UserId>()).transpose();
    let after = after.map_err(|_| AdminError::setting("after", "the id of a person is expected"))?;
    let mut records = work.store().user_page(pool, after, entries(page)?).await?;
    let next = cut(page, &mut records, |r| r.user.id.to_string());
    Ok(Outcome { next, ..Outcome::of(Shown::Users(records.iter().map(UserView::of).collect())) })
}

async fn search(work: &Work<'_>, pool: PoolId, page: &Page, beginning: &str) -> Result<Outcome, AdminError> {
    let key = IdentifierKey::fold(beginning)
        .ok_or_else(|| AdminError::setting("find", "the beginning of a login name is expected"))?;
    let after = page.after.clone().unwrap_or_default();
    let mut found = work.store().search_users(pool, key.as_str(), &after, entries(page)?).await?;
    let next = cut(page, &mut found, |(name, _)| name.clone());
    let mut views: Vec<UserView> = Vec::new();
    for (_, record) in &found {
        let shown = UserView::of(record);
        if views.iter().all(|v| v.id != shown.id) {
            views.push(shown);
        }
    }
    Ok(Outcome { next, ..Outcome::of(Shown::Users(views)) })
}

/// The id that a login name means; an id is taken as it is, also of somebody who was deleted.
pub(crate) async fn id_of(work: &Work<'_>, pool: PoolId, user: &str) -> Result<UserId, AdminError> {
    match user.parse::<UserId>() {
        Ok(id) => Ok(id),
        Err(_) => Ok(get(work, pool, user).await?.user.id),
    }
}

/// The person whom a login name or an id means, who must exist.
pub(crate) async fn get(work: &Work<'_>, pool: PoolId, user: &str) -> Result<UserRecord, AdminError> {
    let missing = || {
        AdminError::NotFound(format!(
            "there is nobody with the login name or id {user:?} in this pool: usher user list shows everybody"
        ))
    };
    if let Ok(id) = user.parse::<UserId>()
        && let Some(record) = work.store().user_record(pool, id).await?
    {
        return Ok(record);
    }
    let key = IdentifierKey::fold(user).ok_or_else(missing)?;
    let row = work.store().user_by_identifier(pool, key.as_str()).await?.ok_or_else(missing)?;
    work.store().user_record(pool, row.id).await?.ok_or_else(missing)
}

/// A person as an administrator wants them.
struct Wanted {
    user: UserSettings,
    must_change: bool,
}

fn wanted(mut whole: Map<String, Value>) -> Result<Wanted, AdminError> {
    let username = whole.remove("username").and_then(|v| v.as_str().map(str::to_owned));
    let enabled = whole.remove("enabled").and_then(|v| v.as_bool()).unwrap_or(true);
    let must_change = whole.remove("must_change_password").and_then(|v| v.as_bool()).unwrap_or(false);
    let claims: Claims =
        serde_json::from_value(Value::Object(whole)).map_err(|e| AdminError::Wrong(e.to_string()))?;
    Ok(Wanted { user: UserSettings { username, password: None, enabled, claims }, must_change })
}

async fn answer(
    work: &Work<'_>,
    pool: PoolId,
    id: UserId,
    drawn: Option<Secret>,
) -> Result<Outcome, AdminError> {
    let record = work.store().user_record(pool, id).await?;
    let record = record.ok_or_else(|| AdminError::conflict("this person"))?;
    let mut outcome = Outcome::of(Shown::User(UserView::of(&record)));
    if let (Some(password), Shown::User(shown)) = (drawn, &mut outcome.shown) {
        shown.password = Some(password);
        outcome.notes.push("the password is shown this once and cannot be read again".to_owned());
    }
    Ok(outcome)
}

fn recorded(event: Event, user: UserId, detail: Vec<(&'static str, Value)>) -> Recorded<'static> {
    Recorded { event: event.name(), client_id: None, user_id: Some(user), detail }
}

/// Claims stand in a table of the file; here each is a setting by itself, which the sentence names.
fn wrong(error: SettingError) -> AdminError {
    match error.key {
        "claims" => AdminError::Wrong(error.message),
        _ => error.into(),
    }
}

/// Writes a person; login names that are others' are told by name, not whose they are.
async fn apply(
    work: &Work<'_>,
    batch: Batch,
    (pool, id): (PoolId, UserId),
    wanted: &UserSettings,
) -> Result<(), AdminError> {
    let refused = |guard| match guard {
        TAKEN => AdminError::Exists("one of the login names is somebody's in this pool already".to_owned()),
        _ => AdminError::conflict("this person"),
    };
    let Err(error) = work.apply(batch, refused).await else { return Ok(()) };
    if !matches!(error, AdminError::Exists(_)) {
        return Err(error);
    }
    let mut taken = Vec::new();
    for (_, name, key) in login_keys(wanted) {
        let holder = work.store().user_by_identifier(pool, key.as_str()).await?;
        if holder.is_some_and(|holder| holder.id != id) {
            taken.push(format!("{name:?}"));
        }
    }
    match taken.as_slice() {
        [] => Err(error),
        [one] => Err(AdminError::Exists(format!("the login name {one} is somebody's in this pool already"))),
        many => {
            let names = many.join(" and ");
            Err(AdminError::Exists(format!("the login names {names} are somebody's in this pool already")))
        }
    }
}

fn shown(user: &str) -> String {
    format!("the person {user:?}")
}
