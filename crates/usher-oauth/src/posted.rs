//! A request that came by POST from another site carries no cookies (SameSite=Lax): its parameters are kept as a ticket, and the
//! browser is sent to a GET of the same endpoint, which sees them.

use http::StatusCode;
use usher_core::{Cx, Fault, Reply, Request};
use usher_store::Batch;
use usher_store::tables::{NewTicket, write};
use usher_types::page::{Content, ErrorPage, Problem};
use usher_types::{Endpoint, Opaque, Params, TicketId, limits};

/// The kind of ticket: what was posted to one endpoint is not taken by another.
const fn kind(endpoint: Endpoint) -> &'static str {
    match endpoint {
        Endpoint::EndSession => "posted to end a session",
        _ => "posted to authorize",
    }
}

/// The parameter that names the ticket.
const PARAMETER: &str = "posted";

/// Keeps the parameters and redirects. No more is kept than a GET could carry.
pub(crate) async fn keep(cx: &Cx, endpoint: Endpoint, params: &Params) -> Result<Reply, Fault> {
    let payload = params.encode();
    if payload.len() > limits::HEAD_BYTES {
        let content = ErrorPage {
            error: "invalid_request".to_owned(),
            problem: Problem::TooLarge,
            developer: Vec::new(),
            back: None,
        };
        return Ok(Reply::page(
            StatusCode::PAYLOAD_TOO_LARGE,
            cx.page(None, cx.locale, Content::Error(content)),
        ));
    }
    let id = TicketId::new(cx.now, cx.random());
    let handle = Opaque::new(*id.as_bytes(), cx.random());
    let ticket = NewTicket {
        id,
        secret_hash: usher_crypto::sha256(handle.secret().expose()),
        client_id: None,
        user_id: None,
        session_id: None,
        grant_id: None,
        browser: None,
        payload,
        state: String::new(),
        created_at: cx.now,
        expires_at: cx.now.plus(limits::INTERACTION),
    };
    let mut batch = Batch::new();
    write::ticket::insert(&mut batch, cx.pool.id, kind(endpoint), ticket);
    let _ = cx.store().apply(batch).await?;
    Ok(Reply::see_other(&format!("{}?{PARAMETER}={}", cx.path(endpoint), handle.reveal())))
}

/// The parameters of a GET: its query's, or those that an earlier POST left. `None` where that ticket is not there any more.
pub(crate) async fn params(cx: &Cx, endpoint: Endpoint, query: Params) -> Result<Option<Params>, Fault> {
    let Some(handle) = query.first(PARAMETER) else { return Ok(Some(query)) };
    let Ok(handle) = Opaque::parse(handle) else { return Ok(Some(query)) };
    let ticket = cx.store().ticket(cx.pool.id, kind(endpoint), TicketId::from_bytes(handle.id())).await?;
    let known = ticket.filter(|t| {
        usher_crypto::matches(&t.secret_hash, &usher_crypto::sha256(handle.secret().expose()))
            && t.expires_at > cx.now
    });
    Ok(known.and_then(|t| Params::parse(t.payload.as_bytes()).ok()))
}

/// The parameter that names what was posted, where a request has one.
pub(crate) fn named_by(request: &Request) -> Option<Params> {
    let query = request.query_params().ok()?;
    let handle = query.first(PARAMETER).filter(|h| Opaque::parse(h).is_ok())?;
    Some(Params::from(vec![(PARAMETER.to_owned(), handle.to_owned())]))
}
