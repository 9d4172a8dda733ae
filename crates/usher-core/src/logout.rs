//! Signing out: a session ends, and with it what does not outlive it.

use crate::audit::About;
use crate::browser::Browser;
use crate::trail::{Event, Party};
use crate::{AuthnContext, Cx, Fault};
use serde::{Deserialize, Serialize};
use usher_store::tables::{AuditEvent, NewTicket, TicketRow, write};
use usher_store::{Applied, Batch};
use usher_types::{Locale, Opaque, TicketId, limits};

/// The kind of ticket that a sign-out under way is.
pub const KIND: &str = "logout";

/// A request to sign out that waits for a person's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignOutRequest {
    /// The application, where it is known.
    pub client_id: Option<String>,
    /// Where the browser goes afterwards: a registered URI with the request's state.
    pub target: Option<String>,
    /// The pages' language.
    pub locale: Locale,
}

/// Adds a sign-out that waits for an answer to a batch, and gives its handle.
pub fn begin(cx: &Cx, batch: &mut Batch, browser: &Browser, request: &SignOutRequest) -> String {
    let id = TicketId::new(cx.now, cx.random());
    let handle = Opaque::new(*id.as_bytes(), cx.random());
    let ticket = NewTicket {
        id,
        secret_hash: usher_crypto::sha256(handle.secret().expose()),
        client_id: request.client_id.clone(),
        user_id: None,
        session_id: None,
        grant_id: None,
        browser: Some((browser.id, browser.hash)),
        payload: serde_json::to_string(request).unwrap_or_default(),
        state: String::new(),
        created_at: cx.now,
        expires_at: cx.now.plus(limits::INTERACTION),
    };
    write::ticket::insert(batch, cx.pool.id, KIND, ticket);
    handle.reveal()
}

/// The waiting request of a handle, if it is this browser's.
pub fn check(
    cx: &Cx,
    handle: &Opaque,
    ticket: Option<&TicketRow>,
    browser: &Browser,
) -> Option<SignOutRequest> {
    let ticket = ticket?;
    let known = usher_crypto::matches(&ticket.secret_hash, &usher_crypto::sha256(handle.secret().expose()));
    let here = ticket.browser_id == Some(browser.id);
    (known && here && ticket.expires_at > cx.now)
        .then(|| serde_json::from_str(&ticket.payload).ok())
        .flatten()
}

/// Ends the sessions of these people in a browser.
pub async fn sign_out(
    cx: &Cx,
    browser: &Browser,
    people: &[&AuthnContext],
    client_id: Option<&str>,
) -> Result<(), Fault> {
    if people.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::new();
    for person in people {
        write::session::end(&mut batch, cx.pool.id, browser.id, person.session_id(), cx.now);
        write::grant::revoke_of_session(&mut batch, cx.pool.id, person.session_id(), cx.now);
        let event = AuditEvent {
            event: Event::SignOut.name(),
            client_id: client_id.map(str::to_owned),
            user_id: Some(person.user_id()),
            network: Some(cx.peer.network()),
            detail: "{}".to_owned(),
        };
        let about = About { target: Some(Party::Session(person.session_id())), ..About::default() };
        cx.audit_about(&mut batch, event, about);
    }
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(()),
        Applied::Refused { guard } => Err(Fault::bug(guard)),
    }
}
