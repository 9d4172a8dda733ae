//! What a person has allowed applications, by consent or by what they granted, and how they take it back.

use super::Outcome;
use crate::grant::Granted;
use crate::trail::Event;
use crate::{AuthnContext, Cx, Fault};
use std::collections::BTreeMap;
use usher_store::tables::{AuditEvent, Part, write};
use usher_store::{Applied, Batch};
use usher_types::{Scope, Timestamp, limits};

/// What one application may do for a person.
#[derive(Debug, Clone)]
pub struct Access {
    /// The application.
    pub client_id: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was last given or refreshed anything; `None` where it has no grant that goes on.
    pub used_at: Option<Timestamp>,
    /// Whether it keeps its access while the person is away.
    pub offline: bool,
    /// The scope.
    pub scope: Scope,
    /// The single claims.
    pub claims: Vec<String>,
}

/// A part of the list.
pub struct Applications {
    /// In the order of their identifiers.
    pub applications: Vec<Access>,
    /// Where the list goes on.
    pub next: Option<String>,
}

/// A part of what a person has allowed applications. Three reads.
pub async fn list(cx: &Cx, person: &AuthnContext, after: Option<&str>) -> Result<Applications, Fault> {
    let (pool, user) = (cx.pool.id, person.user_id());
    let part = Part { after, limit: limits::ACCOUNT_ENTRIES + 1 };
    let mut found: BTreeMap<String, Access> = BTreeMap::new();
    for row in cx.store().allowed(pool, user, part).await? {
        let access = Access {
            client_id: row.client_id.clone(),
            since: row.updated_at,
            used_at: None,
            offline: false,
            scope: Scope::parse(&row.scope).unwrap_or_default(),
            claims: row.claims.split(' ').filter(|c| !c.is_empty()).map(str::to_owned).collect(),
        };
        found.insert(row.client_id, access);
    }
    for row in cx.store().access(pool, user, part, cx.now).await? {
        let access = found.entry(row.client_id.clone()).or_insert_with(|| Access {
            client_id: row.client_id,
            since: row.since,
            used_at: None,
            offline: false,
            scope: Scope::empty(),
            claims: Vec::new(),
        });
        access.since = access.since.min(row.since);
        access.used_at = Some(row.used_at);
        access.offline = row.offline;
    }
    let most = usize::try_from(limits::ACCOUNT_ENTRIES).unwrap_or(usize::MAX);
    let goes_on = found.len() > most;
    let mut applications: Vec<Access> = found.into_values().take(most).collect();
    let last = applications.last().map(|a| a.client_id.clone());
    if let Some(last) = &last {
        add_granted(cx, &mut applications, person, (after.unwrap_or_default(), last)).await?;
    }
    Ok(Applications { applications, next: last.filter(|_| goes_on) })
}

/// Adds what living grants give beyond the consent: where an administrator decided that nobody is asked, there is none.
async fn add_granted(
    cx: &Cx,
    applications: &mut [Access],
    person: &AuthnContext,
    between: (&str, &str),
) -> Result<(), Fault> {
    let user = person.user_id();
    let payloads =
        cx.store().granted_payloads(cx.pool.id, user, between, limits::ACCOUNT_GRANTS, cx.now).await?;
    for (client_id, payload) in payloads {
        let Some(access) = applications.iter_mut().find(|a| a.client_id == client_id) else { continue };
        let granted = Granted::parse(&payload)?;
        access.scope = access.scope.union(&granted.scope);
        for claim in granted.claims.all() {
            if !access.claims.iter().any(|c| c == claim) {
                access.claims.push(claim.to_owned());
            }
        }
    }
    Ok(())
}

/// Takes back all that a person allowed an application: its grants and with them its tokens, what it has not fetched yet, the consent.
pub async fn remove(cx: &Cx, person: &AuthnContext, client_id: &str) -> Result<Outcome, Fault> {
    let (pool, user) = (cx.pool.id, person.user_id());
    if !cx.store().has_access(pool, user, client_id).await? {
        return Ok(Outcome::NotThere);
    }
    let mut batch = Batch::new();
    // First of all, since whoever fetches spends the ticket before touching the person, and two batches take the same rows in the same
    // order; and again once this one holds the person's row and the consent, for what was allowed in between.
    write::account::void_unspent(&mut batch, pool, user, client_id, cx.now);
    write::user::may_sign_in(&mut batch, USER, pool, user);
    write::session::still_there(&mut batch, SESSION, pool, person.session_id());
    // Invariant: whoever gives something by a consent holds it (`consent::stands`), so that it is there before this, or not at all.
    write::account::forget_consent(&mut batch, pool, user, client_id);
    write::account::void_unspent(&mut batch, pool, user, client_id, cx.now);
    write::account::revoke_access(&mut batch, pool, user, client_id, cx.now);
    let event = AuditEvent {
        event: Event::AccessRemoved.name(),
        client_id: Some(client_id.to_owned()),
        user_id: Some(user),
        network: Some(cx.peer.network()),
        detail: "{}".to_owned(),
    };
    cx.audit(&mut batch, event);
    Ok(match cx.store().apply(batch).await? {
        Applied::Done => Outcome::Done,
        Applied::Refused { .. } => Outcome::NotThere,
    })
}

const USER: &str = "the person may sign in";
const SESSION: &str = "the session goes on";
