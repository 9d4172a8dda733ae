//! The answer of a person to a device's request (RFC 8628 §3.3): allowed or refused, once, from a session that goes on.

use super::{KIND, Known, State, USER_CODE, Wanted, stands_for};
use crate::audit::About;
use crate::browser::Browser;
use crate::grant::Granted;
use crate::interaction::{Interaction, Open, Progress};
use crate::trail::{Event, Party};
use crate::{AuthnContext, Client, Cx, Fault};
use usher_store::tables::write::device::{Approver, Change};
use usher_store::tables::{AuditEvent, write};
use usher_store::{Applied, Batch};
use usher_types::{GrantId, Scope, Span, TicketId, Timestamp, UserCode};

/// A device's request that waits for a person's answer.
pub struct Waiting {
    /// The code that the device shows.
    pub code: UserCode,
    /// What it asked for, as far as the application may have it today.
    pub scope: Scope,
    /// The network that it asked from.
    pub network: String,
    /// When it asked.
    pub asked_at: Timestamp,
    device: TicketId,
}

/// The device's request that an interaction is about; `None` where it has expired or was answered.
pub async fn waiting(cx: &Cx, interaction: &Interaction) -> Result<Option<Waiting>, Fault> {
    let Some(known) = Known::of_request(cx, &interaction.client_id, &interaction.request) else {
        return Ok(None);
    };
    let Some(client) = cx.pool.clients.get(&known.client_id) else { return Ok(None) };
    let ticket = cx.store().ticket(cx.pool.id, KIND, known.device).await?;
    let Some(ticket) = ticket.filter(|t| t.expires_at > cx.now && t.consumed_at.is_none()) else {
        return Ok(None);
    };
    if !matches!(State::of(&ticket)?, State::Pending(_)) {
        return Ok(None);
    }
    let wanted: Wanted = serde_json::from_str(&ticket.payload)
        .map_err(|e| Fault::bug(&format!("a stored device request cannot be read: {e}")))?;
    Ok(Some(Waiting {
        code: known.code,
        scope: wanted.scope.filtered(|s| client.scope.contains(s)),
        network: wanted.network,
        asked_at: ticket.created_at,
        device: known.device,
    }))
}

/// What a person says to a device's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The device may have what it asked for.
    Allow,
    /// It may not.
    Deny,
}

/// Who answers, and where.
pub struct Answering<'a> {
    /// The interaction that the person was asked in.
    pub open: &'a Open,
    /// The browser.
    pub browser: &'a Browser,
    /// The person.
    pub person: &'a AuthnContext,
}

/// Whether the sign-in is as young as the application wants it to be (OpenID Connect Registration §2, `default_max_age`), or was made
/// for this very request.
pub fn is_fresh(cx: &Cx, client: &Client, person: &AuthnContext, open: &Open) -> bool {
    let max_age = client.settings.default_max_age.map(Span::seconds);
    person.auth_time() >= open.created_at || person.is_young(cx.now, max_age)
}

/// Stores an answer. Refused where somebody else answered first, another tab moved the interaction, the time is over, or the session
/// has ended: then the request is decided again with what is there now.
pub async fn answer(
    cx: &Cx,
    by: &Answering<'_>,
    waiting: &Waiting,
    answer: Answer,
) -> Result<Applied, Fault> {
    let (pool, person) = (cx.pool.id, by.person);
    let mut batch = Batch::new();
    // Invariant: there is one answer. Whoever gives it spends the typed code, and nobody else can.
    let (typed, _) = stands_for(cx, &waiting.code);
    write::ticket::spend(&mut batch, CODE, pool, USER_CODE, typed, cx.now);
    write::user::may_sign_in(&mut batch, USER, pool, person.user_id());
    write::session::still_there(&mut batch, SESSION, pool, person.session_id());
    let session = Some(person.session_id());
    let change =
        |state: &State| Ok::<_, Fault>(Change { kind: KIND, id: waiting.device, to: state.to_text()? });
    let (event, progress) = match answer {
        Answer::Allow => {
            let approver = Approver {
                user_id: person.user_id(),
                session_id: person.session_id(),
                grant_id: GrantId::new(cx.now, cx.random()),
            };
            let state = State::Approved { granted: Box::new(granted(person, waiting)) };
            write::device::approve(&mut batch, REQUEST, pool, (change(&state)?, &approver), cx.now);
            (Event::DeviceAllowed, Progress { session, allowed: session, ..Progress::default() })
        }
        Answer::Deny => {
            write::device::deny(&mut batch, REQUEST, pool, change(&State::Denied)?, cx.now);
            (Event::DeviceRefused, Progress { session, denied: true, ..Progress::default() })
        }
    };
    by.open.record(cx, &mut batch, &progress, by.browser);
    let detail = serde_json::json!({ "scope": waiting.scope, "device_network": waiting.network });
    let event = AuditEvent {
        event: event.name(),
        client_id: Some(by.open.interaction.client_id.clone()),
        user_id: Some(person.user_id()),
        network: Some(cx.peer.network()),
        detail: detail.to_string(),
    };
    let application = Party::Application(by.open.interaction.client_id.clone());
    cx.audit_about(&mut batch, event, About { target: Some(application), ..About::default() });
    cx.store().apply(batch).await
}

const CODE: &str = "the code waits for an answer";
const REQUEST: &str = "the device's request waits for an answer";
const USER: &str = "the person may sign in";
const SESSION: &str = "the session goes on";

fn granted(person: &AuthnContext, waiting: &Waiting) -> Granted {
    Granted {
        scope: waiting.scope.clone(),
        auth_time: Some(person.auth_time()),
        amr: person.amr().to_owned(),
        acr: person.acr().to_owned(),
        sid: Some(person.sid().to_owned()),
        ..Granted::default()
    }
}
