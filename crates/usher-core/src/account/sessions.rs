//! Where a person is signed in, and how they end it there.

use super::Outcome;
use crate::audit::About;
use crate::session::is_alive;
use crate::trail::{Event, Party};
use crate::{AuthnContext, Cx, Fault};
use usher_store::tables::{AuditEvent, OwnSessionRow, Part, write};
use usher_store::{Applied, Batch};
use usher_types::{SessionId, limits};

/// A part of the list.
pub struct Sessions {
    /// The session at hand first, then the others, newest first.
    pub sessions: Vec<OwnSessionRow>,
    /// Where the list goes on.
    pub next: Option<SessionId>,
}

/// A part of a person's living sessions. One read.
pub async fn list(cx: &Cx, person: &AuthnContext, after: Option<SessionId>) -> Result<Sessions, Fault> {
    let own = (person.user_id(), person.session_id());
    // The one at hand, and one more to know whether the list goes on.
    let part = Part { after, limit: limits::ACCOUNT_ENTRIES + 2 };
    let mut sessions = cx.store().own_sessions(cx.pool.id, own, part, cx.now).await?;
    let most = usize::try_from(limits::ACCOUNT_ENTRIES).unwrap_or(usize::MAX).saturating_add(1);
    let goes_on = sessions.len() > most;
    sessions.truncate(most);
    let next = sessions.last().map(|s| s.session.id).filter(|_| goes_on);
    sessions.retain(|s| is_alive(&s.session, &cx.pool, cx.now));
    Ok(Sessions { sessions, next })
}

/// Ends one session of a person, and with it what does not outlive it.
pub async fn end(cx: &Cx, person: &AuthnContext, session: SessionId) -> Result<Outcome, Fault> {
    let pool = cx.pool.id;
    let mut batch = Batch::new();
    write::account::end_session(&mut batch, SESSION, pool, (person.user_id(), session), cx.now);
    write::grant::revoke_of_session(&mut batch, pool, session, cx.now);
    let about = About { target: Some(Party::Session(session)), ..About::default() };
    cx.audit_about(&mut batch, event(cx, person, Event::SessionEnded), about);
    Ok(match cx.store().apply(batch).await? {
        Applied::Done => Outcome::Done,
        Applied::Refused { .. } => Outcome::NotThere,
    })
}

/// Ends all sessions of a person but the one at hand, and with them what does not outlive them.
pub async fn end_others(cx: &Cx, person: &AuthnContext) -> Result<Outcome, Fault> {
    let (pool, user, current) = (cx.pool.id, person.user_id(), person.session_id());
    let mut batch = Batch::new();
    write::session::still_there(&mut batch, SESSION, pool, current);
    write::session::end_others(&mut batch, pool, user, current, cx.now);
    write::account::revoke_beside_session(&mut batch, pool, (user, current), cx.now);
    cx.audit(&mut batch, event(cx, person, Event::OtherSessionsEnded));
    Ok(match cx.store().apply(batch).await? {
        Applied::Done => Outcome::Done,
        Applied::Refused { .. } => Outcome::NotThere,
    })
}

const SESSION: &str = "the session is the person's and goes on";

fn event(cx: &Cx, person: &AuthnContext, event: Event) -> AuditEvent {
    AuditEvent {
        event: event.name(),
        client_id: None,
        user_id: Some(person.user_id()),
        network: Some(cx.peer.network()),
        detail: "{}".to_owned(),
    }
}
