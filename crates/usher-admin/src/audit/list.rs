//! Reading the trail. What a person or an application did is found by an index; events and actors are looked for among what was found, in
//! steps, so that there is a statement for each way to look and none for each mixture.

use crate::application;
use crate::audit::{Only, Time, moment, view};
use crate::error::AdminError;
use crate::outcome::{Outcome, Shown};
use crate::page::{Page, cut, entries};
use crate::user;
use crate::work::Work;
use usher_core::trail::{Event, Party};
use usher_store::tables::{AuditPage, AuditRow, PoolRecord};
use usher_types::{PoolId, TicketId, Timestamp, UserId, limits};

/// Rows that one command looks at.
const LOOKED_AT: usize = 100_000;
/// Sums that one command looks at.
const SUMS: u32 = 10_000;

/// By which index rows are found.
enum Way {
    Time,
    User(UserId),
    Application(String),
}

pub(super) async fn rows(
    work: &Work<'_>,
    pool: &PoolRecord,
    page: &Page,
    (time, only): (&Time, &Only),
) -> Result<Outcome, AdminError> {
    let pool = pool.pool.id;
    let (since, until) = moment::span(time, work.now)?;
    check(only)?;
    let most = usize::try_from(entries(page)?).unwrap_or(usize::MAX);
    let user = match &only.user {
        Some(name) => Some(user::id_of(work, pool, name).await?),
        None => None,
    };
    let way = match (user, &only.app) {
        (Some(user), _) => Way::User(user),
        (None, Some(app)) => Way::Application(app.clone()),
        (None, None) => Way::Time,
    };
    let before = match &page.after {
        None => first_id(until),
        Some(text) => *text
            .parse::<TicketId>()
            .map_err(|_| AdminError::setting("after", "the id of a row is expected"))?
            .as_bytes(),
    };
    let mut part = AuditPage { before, from: first_id(since), limit: limits::SWEEP_STEP };
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let mut more = None;
    while found.len() < most {
        let read = read(work, pool, &way, &part).await?;
        let Some(last) = read.last().map(|row| row.id) else { break };
        looked_at += read.len();
        part.before = *last.as_bytes();
        found.extend(read.into_iter().filter(|row| is_meant(row, only)));
        if looked_at >= LOOKED_AT && found.len() < most {
            more = Some(last.to_string());
            break;
        }
    }
    let next = cut(page, &mut found, |row| row.id.to_string()).or(more);
    if found.is_empty() && page.after.is_none() {
        known(work, pool, only.app.as_deref()).await?;
    }
    let shown = Shown::AuditRows(found.iter().map(view::row).collect());
    let mut outcome = Outcome { next, ..Outcome::of(shown) };
    if looked_at >= LOOKED_AT && outcome.next.is_some() {
        outcome.notes.push(format!("{looked_at} rows were looked at: --since makes it fewer"));
    }
    Ok(outcome)
}

/// An application of which the trail has nothing, and which is not there, is misspelt.
async fn known(work: &Work<'_>, pool: PoolId, app: Option<&str>) -> Result<(), AdminError> {
    match app {
        Some(app) => application::get(work, pool, app).await.map(drop),
        None => Ok(()),
    }
}

async fn read(
    work: &Work<'_>,
    pool: PoolId,
    way: &Way,
    part: &AuditPage,
) -> Result<Vec<AuditRow>, AdminError> {
    Ok(match way {
        Way::Time => work.store().audit_page(pool, part).await?,
        Way::User(user) => work.store().audit_page_of_user(pool, *user, part).await?,
        Way::Application(app) => work.store().audit_page_of_client(pool, app, part).await?,
    })
}

/// The first id that a row of this moment can have: ids begin with their time (RFC 9562 §5.7).
fn first_id(at: Timestamp) -> [u8; 16] {
    let mut id = [0; 16];
    let millis = at.millis().max(0).to_be_bytes();
    id.iter_mut().zip(millis.iter().skip(2)).for_each(|(to, from)| *to = *from);
    id
}

fn is_meant(row: &AuditRow, only: &Only) -> bool {
    only.event.as_ref().is_none_or(|event| row.event == *event)
        && only.actor.as_ref().is_none_or(|actor| row.actor.as_ref() == Some(actor))
        && only.app.as_ref().is_none_or(|app| row.client_id.as_ref() == Some(app))
}

fn check(only: &Only) -> Result<(), AdminError> {
    if let Some(event) = &only.event
        && Event::named(event).is_none()
    {
        let known: Vec<&str> = Event::ALL.iter().map(|e| e.name()).collect();
        let nearest = known
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, event).total_cmp(&strsim::jaro_winkler(b, event)));
        let message = format!(
            "{event:?} is no event; did you mean {}? Known are {}",
            nearest.copied().unwrap_or_default(),
            known.join(", ")
        );
        return Err(AdminError::setting("event", &message));
    }
    if let Some(actor) = &only.actor {
        let kind = actor.split_once(':').map_or(actor.as_str(), |(kind, _)| kind);
        if !Party::ACTORS.contains(&kind) {
            let message = format!(
                "{actor:?}: one of {} is expected, with the name after a colon, such as unix:1000",
                Party::ACTORS.join(", ")
            );
            return Err(AdminError::setting("actor", &message));
        }
    }
    Ok(())
}

pub(super) async fn refusals(
    work: &Work<'_>,
    pool: PoolId,
    (limit, time): (u32, &Time),
    app: Option<&str>,
) -> Result<Outcome, AdminError> {
    let page = Page { after: None, limit };
    let most = usize::try_from(entries(&page)?.saturating_sub(1)).unwrap_or(usize::MAX);
    let sums = work.store().refusal_sums(pool, moment::span(time, work.now)?, SUMS).await?;
    let looked_at = sums.len();
    let mut sums: Vec<_> =
        sums.into_iter().filter(|sum| app.is_none_or(|app| sum.client_id == app)).collect();
    let is_cut = sums.len() > most || looked_at == usize::try_from(SUMS).unwrap_or(usize::MAX);
    sums.truncate(most);
    if sums.is_empty() {
        known(work, pool, app).await?;
    }
    let mut outcome = Outcome::of(Shown::Refusals(sums.into_iter().map(view::refusal).collect()));
    if is_cut {
        outcome.notes.push("there are older ones: --until shows them".to_owned());
    }
    Ok(outcome)
}
