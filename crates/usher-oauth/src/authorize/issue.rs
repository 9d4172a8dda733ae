//! The birth of an authorization code (RFC 6749 §4.1.2): one batch.

use super::error::AuthorizeError;
use super::request::AuthorizationRequest;
use crate::grant::authorization_code::{self, CodePayload};
use crate::grant::birth::Refresh;
use crate::response_mode;
use usher_core::browser::Browser;
use usher_core::grant::Granted;
use usher_core::interaction::{self, Open, Progress};
use usher_core::{AuthnContext, Cx, Reply};
use usher_store::tables::{NewTicket, write};
use usher_store::{Applied, Batch};
use usher_types::{GrantId, Opaque, TicketId};

/// Makes a code for the person and delivers it. An interaction that gave a code before gives another, and the first, if it was not
/// used, is void. `None` where another tab changed the interaction meanwhile.
pub(crate) async fn code(
    cx: &Cx,
    asked: &AuthorizationRequest,
    browser: Option<&Browser>,
    person: &AuthnContext,
    open: Option<&Open>,
) -> Result<Option<Reply>, AuthorizeError> {
    let scope = asked.grantable_scope(person);
    let id = TicketId::new(cx.now, cx.random());
    let code = Opaque::new(*id.as_bytes(), cx.random());
    let payload = CodePayload {
        redirect_uri: asked.redirect.as_str().to_owned(),
        redirect_uri_given: asked.redirect.was_given(),
        code_challenge: asked.code_challenge.clone(),
        withheld: match asked.refresh_for(person) {
            Refresh::Withheld(why) => Some(why),
            Refresh::Given | Refresh::NotAsked => None,
        },
        granted: Granted {
            scope,
            claims: asked.claims.clone(),
            nonce: asked.nonce.clone(),
            auth_time: person.auth_time(),
            amr: person.amr().to_owned(),
            acr: person.acr().to_owned(),
            sid: Some(person.sid().to_owned()),
            act: None,
            audience: Vec::new(),
        },
    };
    let ticket = NewTicket {
        id,
        secret_hash: usher_crypto::sha256(code.secret().expose()),
        client_id: Some(asked.client.id().to_owned()),
        user_id: Some(person.user_id()),
        session_id: Some(person.session_id()),
        grant_id: Some(GrantId::new(cx.now, cx.random())),
        browser: None,
        payload: serde_json::to_string(&payload).unwrap_or_default(),
        state: String::new(),
        created_at: cx.now,
        expires_at: cx.now.plus(asked.client.code_lifetime()),
    };
    let mut batch = Batch::new();
    write::ticket::insert(&mut batch, cx.pool.id, authorization_code::KIND, ticket);
    if let Some(browser) = browser.filter(|_| person.wants_touch(cx.now)) {
        write::session::touch(&mut batch, cx.pool.id, browser.id, person.session_id(), cx.now);
    }
    if let (Some(open), Some(browser)) = (open, browser) {
        if let Some((earlier, _)) = open.progress.code {
            write::ticket::void(&mut batch, cx.pool.id, authorization_code::KIND, earlier);
        }
        // What was done in this interaction stays, but an answer given on its pages counts once.
        let progress = Progress {
            session: Some(person.session_id()),
            allowed: None,
            denied: false,
            code: Some((id, cx.now)),
        };
        open.record(cx, &mut batch, &progress, browser);
    }
    match cx.store().apply(batch).await? {
        Applied::Done => {}
        // A double click: the other one was first, and the request is decided again.
        Applied::Refused { guard } if guard == interaction::STATE => return Ok(None),
        Applied::Refused { guard } => return Err(usher_core::Fault::bug(guard).into()),
    }
    let mut response = vec![("code", code.reveal())];
    response.extend(asked.state.clone().map(|s| ("state", s)));
    Ok(Some(response_mode::deliver(cx, asked.mode, &asked.redirect, asked.client.id(), response)))
}
