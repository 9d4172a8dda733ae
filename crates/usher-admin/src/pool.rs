//! Commands about pools.

use crate::change::{self, Change};
use crate::error::AdminError;
use crate::outcome::{Outcome, PoolView, Shown, moment};
use crate::page::{Page, cut, entries};
use crate::setting::POOL;
use crate::work::{Recorded, Work, check_version};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use usher_core::domain::{DOMAIN_IS_FREE, Home, moves};
use usher_core::pool::PoolSettings;
use usher_core::trail::Event;
use usher_crypto::jose::SigningAlgorithm;
use usher_store::tables::{PoolRecord, PoolRow, Swept, write};
use usher_store::{Batch, Fault};
use usher_types::endpoint::is_pool_name;
use usher_types::{Domain, PoolId};

/// A command about pools.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PoolCommand {
    /// Makes a pool; the first one lives at the public URL itself.
    Create {
        /// Its name.
        name: String,
        /// The domain that it is to live at.
        #[serde(default)]
        domain: Option<Domain>,
        /// Its settings.
        changes: Vec<Change>,
    },
    /// Shows a page of all.
    List(Page),
    /// Shows one.
    Show {
        /// Its name; the first pool where none is given.
        name: Option<String>,
    },
    /// Changes one.
    Set {
        /// Its name; the first pool where none is given.
        name: Option<String>,
        /// Where it moves, if it does.
        #[serde(default)]
        domain: Option<Move>,
        /// What changes.
        changes: Vec<Change>,
        /// The version that was looked at, where that matters.
        version: Option<i64>,
    },
    /// Deletes one that is not the first, with everything in it.
    Delete {
        /// Its name.
        name: String,
    },
}

/// Where a pool moves.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Move {
    /// To a domain of its own.
    To(Domain),
    /// Below the public URL again.
    Back,
}

const POOL_STANDS: &str = "the pool is as it was read";
const NAME: &str = "the pool's name is free";
const REVISION: &str = "nothing else was changed at the same time";

pub(crate) async fn execute(work: &Work<'_>, command: PoolCommand) -> Result<Outcome, AdminError> {
    match command {
        PoolCommand::Create { name, domain, changes } => create(work, name, (domain, &changes)).await,
        PoolCommand::List(page) => list(work, &page).await,
        PoolCommand::Show { name } => Ok(Outcome::of(Shown::Pool(view(work, &work.pool(name).await?)?))),
        PoolCommand::Set { name, domain, changes, version } => {
            let pool = work.pool(name).await?;
            check_version(version, pool.pool.version, &shown(&pool.pool.name))?;
            set(work, pool, (domain, &changes)).await
        }
        PoolCommand::Delete { name } => delete(work, &work.pool(Some(name)).await?).await,
    }
}

async fn create(
    work: &Work<'_>,
    name: String,
    (domain, changes): (Option<Domain>, &[Change]),
) -> Result<Outcome, AdminError> {
    let settings = new_settings(&name, changes)?;
    let revision = work.store().revision().await?;
    let is_first = work.store().first_pool().await?.is_none();
    if let Some(domain) = &domain {
        may_live_at(work, domain, is_first)?;
    }
    let id = PoolId::new(work.now, &*work.admin.world.random);
    let key = work.first_key(id, SigningAlgorithm::Rs256).await?;
    let row = PoolRow { id, name: name.clone(), is_first, settings, version: 1, domain: None };

    let mut batch = Batch::new();
    write::pool::insert(&mut batch, NAME, row, work.now);
    write::signing_key::insert_first(&mut batch, id, key);
    if let Some(domain) = &domain {
        write::domain::insert(&mut batch, DOMAIN_IS_FREE, id, domain.as_str(), work.now);
    }
    // Of two pools that are made at once on an empty database only one can be the first.
    write::manage::pool::bump_revision_from(&mut batch, REVISION, revision);
    let detail = vec![("pool", Value::from(name.as_str())), ("settings", names(changes))];
    let recorded = Recorded { event: Event::PoolCreated.name(), client_id: None, user_id: None, detail };
    work.audit(&mut batch, id, recorded);
    work.apply(batch, |guard| match guard {
        NAME => AdminError::Exists(format!("there is a pool {name:?} already")),
        DOMAIN_IS_FREE => taken(domain.as_ref()),
        _ => AdminError::conflict("something"),
    })
    .await?;
    let made = work.pool(Some(name)).await?;
    let mut outcome = Outcome::of(Shown::Pool(view(work, &made)?));
    if is_first {
        outcome.notes.push(
            "this is the first pool: it lives at the public URL itself and cannot be deleted".to_owned(),
        );
    }
    Ok(outcome)
}

/// The stored settings of a pool to be, whose name can name one.
pub(crate) fn new_settings(name: &str, changes: &[Change]) -> Result<String, AdminError> {
    if !is_pool_name(name) {
        let message = format!(
            "{name:?} cannot name a pool: a-z, 0-9 and hyphens are allowed, and no name of a path such as oidc"
        );
        return Err(AdminError::Wrong(message));
    }
    checked(change::apply(&POOL, changes, Map::new())?)
}

async fn list(work: &Work<'_>, page: &Page) -> Result<Outcome, AdminError> {
    let after = page.after.clone().unwrap_or_default();
    let mut pools = work.store().pool_page(&after, entries(page)?).await?;
    let next = cut(page, &mut pools, |p| p.pool.name.clone());
    let views: Result<Vec<PoolView>, AdminError> = pools.iter().map(|pool| view(work, pool)).collect();
    Ok(Outcome { next, ..Outcome::of(Shown::Pools(views?)) })
}

async fn set(
    work: &Work<'_>,
    pool: PoolRecord,
    (domain, changes): (Option<Move>, &[Change]),
) -> Result<Outcome, AdminError> {
    let settings = checked(change::apply(&POOL, changes, stored(&pool.pool)?)?)?;
    let (id, name, before) = (pool.pool.id, pool.pool.name.clone(), pool.pool.clone());
    let new = match &domain {
        None => before.domain.clone(),
        Some(Move::Back) => None,
        Some(Move::To(domain)) => {
            may_live_at(work, domain, before.is_first)?;
            Some(domain.to_string())
        }
    };
    let has_moved = new != before.domain;
    let target = match &domain {
        Some(Move::To(domain)) => Some(domain),
        _ => None,
    };

    let mut batch = Batch::new();
    write::pool::update(&mut batch, POOL_STANDS, PoolRow { settings, ..pool.pool }, work.now);
    let mut detail = vec![("settings", names(changes))];
    if has_moved {
        moves(&mut batch, id, target, work.now);
        detail.push(("domain", new.map_or(Value::Null, Value::from)));
    } else {
        write::pool::bump_revision(&mut batch, id);
    }
    let recorded = Recorded { event: Event::PoolChanged.name(), client_id: None, user_id: None, detail };
    work.audit(&mut batch, id, recorded);
    work.apply(batch, |guard| match guard {
        DOMAIN_IS_FREE => taken(target),
        _ => AdminError::conflict(&shown(&name)),
    })
    .await?;
    let now = view(work, &work.pool(Some(name)).await?)?;
    let mut outcome = Outcome::of(Shown::Pool(now));
    if has_moved {
        // The rest, which nodes gave that had not yet seen the move, is swept.
        work.store().end_grants_until(id, work.now, work.now).await?;
        outcome.notes.push(moved(work, &before, &outcome.shown));
    }
    Ok(outcome)
}

/// What a move means for applications and people.
fn moved(work: &Work<'_>, before: &PoolRow, now: &Shown) -> String {
    let old = Home::of(before, work.admin.public_url).map(|home| home.issuer());
    let new = match now {
        Shown::Pool(PoolView { issuer: Some(issuer), .. }) => issuer,
        _ => "another one",
    };
    format!(
        "the issuer is {new} from now on: tokens of {} are refused, people sign in again, and applications need the new addresses",
        old.as_deref().unwrap_or("the one before")
    )
}

/// Whether a pool may live at a domain, as far as nobody else lives there.
fn may_live_at(work: &Work<'_>, domain: &Domain, is_first: bool) -> Result<(), AdminError> {
    domain
        .address(work.admin.public_url)
        .map_err(|error| AdminError::setting("domain", &error.to_string()))?;
    if is_first {
        let message = "the first pool lives at public_url itself: change that instead";
        return Err(AdminError::setting("domain", message));
    }
    Ok(())
}

fn taken(domain: Option<&Domain>) -> AdminError {
    AdminError::Exists(format!(
        "another pool lives at {}: usher pool list shows which",
        domain.map_or("that domain", Domain::as_str)
    ))
}

async fn delete(work: &Work<'_>, pool: &PoolRecord) -> Result<Outcome, AdminError> {
    let PoolRow { id, name, is_first, version, .. } = &pool.pool;
    if *is_first {
        let message =
            format!("{name:?} is the first pool, which the public URL belongs to: it cannot be deleted");
        return Err(AdminError::Refused(message));
    }
    let first = work.pool(None).await?;
    let mut batch = Batch::new();
    write::manage::pool::erase(&mut batch, POOL_STANDS, *id, *version, work.now);
    write::pool::bump_revision(&mut batch, *id);
    // The pool's own trail goes with it, so the first pool's tells of its end.
    let detail = vec![("pool", Value::from(name.as_str()))];
    let recorded = Recorded { event: Event::PoolDeleted.name(), client_id: None, user_id: None, detail };
    work.audit(&mut batch, first.pool.id, recorded);
    work.apply(batch, |_| AdminError::conflict(&shown(name))).await?;
    // Nothing finds the pool any more. What nodes wrote in the last moment is swept later.
    while work.store().erase_pool_step(*id).await? == Swept::More {
        tokio::task::yield_now().await;
    }
    Ok(Outcome::deleted("pool", name))
}

/// The stored form of settings that are in bounds.
fn checked(whole: Map<String, Value>) -> Result<String, AdminError> {
    let settings: PoolSettings =
        serde_json::from_value(Value::Object(whole)).map_err(|e| AdminError::Wrong(e.to_string()))?;
    settings.check()?;
    Ok(serde_json::to_string(&settings).map_err(|e| Fault::bug(&e.to_string()))?)
}

fn stored(pool: &PoolRow) -> Result<Map<String, Value>, AdminError> {
    let unreadable = |e: serde_json::Error| Fault::bug(&format!("settings of pool {}: {e}", pool.name));
    Ok(serde_json::from_str(&pool.settings).map_err(unreadable)?)
}

fn view(work: &Work<'_>, record: &PoolRecord) -> Result<PoolView, AdminError> {
    let pool = &record.pool;
    Ok(PoolView {
        name: pool.name.clone(),
        id: pool.id.to_string(),
        is_first: pool.is_first,
        domain: pool.domain.clone(),
        issuer: Home::of(pool, work.admin.public_url).ok().map(|home| home.issuer()),
        version: pool.version,
        created_at: moment(record.created_at),
        updated_at: moment(record.updated_at),
        settings: stored(pool)?,
    })
}

fn shown(name: &str) -> String {
    format!("the pool {name:?}")
}

/// The names of what changed, for the audit trail.
pub(crate) fn names(changes: &[Change]) -> Value {
    changes.iter().map(|c| c.name.as_str()).collect()
}
