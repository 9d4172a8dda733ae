//! The sign-out page, and the signed-out page after it.

use super::form::{Refused, field, fields, form, handle_of, is_ours, is_post};
use http::StatusCode;
use usher_core::browser::Browser;
use usher_core::logout::{self, SignOutRequest};
use usher_core::{AuthnContext, Cx, Reply, Request};
use usher_types::page::{Content, SignOut, SignedOut};
use usher_types::{Endpoint, Opaque, TicketId};

/// Shows the question, or takes the answer.
pub async fn sign_out(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

/// Shows that nobody, or fewer people, are signed in here.
pub fn signed_out(cx: &Cx, request: &Request) -> Reply {
    let params = request.query_params().unwrap_or_default();
    let remaining = params.first("remaining").and_then(|n| n.parse().ok()).unwrap_or(0);
    let stayed = remaining > 0 && params.first("stayed").is_some();
    let content = SignedOut { remaining, stayed, way: cx.path(Endpoint::Account) };
    Reply::page(StatusCode::OK, cx.page(None, cx.locale, Content::SignedOut(content)))
}

struct Waiting {
    handle: String,
    browser: Browser,
    request: SignOutRequest,
    people: Vec<AuthnContext>,
}

async fn read(cx: &Cx, request: &Request, handle: &str) -> Result<Waiting, Refused> {
    let opaque = Opaque::parse(handle).map_err(|_| Refused::gone())?;
    let browser = Browser::of(cx, request).ok_or_else(Refused::gone)?;
    let row =
        cx.store().sign_out(cx.here(Some(&browser)), None, Some(TicketId::from_bytes(opaque.id()))).await?;
    let request = logout::check(cx, &opaque, row.ticket.as_ref(), &browser).ok_or_else(Refused::gone)?;
    let people = AuthnContext::all(cx, Some(&browser), &row);
    Ok(Waiting { handle: handle.to_owned(), browser, request, people })
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let waiting = read(cx, request, &handle_of(request)?).await?;
    let Some((person, others)) = waiting.people.split_first() else {
        return Ok(done(cx, &waiting.request, 0));
    };
    let content = SignOut {
        form: form(cx, Endpoint::SignOut, &waiting.browser, &waiting.handle),
        account: Some(person.account()),
        others: others.len(),
    };
    Ok(Reply::page(
        StatusCode::OK,
        cx.page(waiting.request.client_id.as_deref(), waiting.request.locale, Content::SignOut(content)),
    ))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let handle = field(&params, "interaction")?.ok_or_else(Refused::gone)?;
    let waiting = read(cx, request, handle).await?;
    if !is_ours(&waiting.browser, handle, field(&params, "form_token")?) {
        return Ok(Reply::see_other(&format!("{}?interaction={handle}", cx.path(Endpoint::SignOut))));
    }
    let people: Vec<&AuthnContext> = match field(&params, "decision")? {
        Some("everyone") => waiting.people.iter().collect(),
        // The person whom the page showed; somebody who is gone by now is signed out already.
        Some("sign-out") => {
            let shown = field(&params, "session")?.unwrap_or_default();
            waiting.people.iter().filter(|p| p.session_id().to_string() == shown).collect()
        }
        _ => {
            let path = cx.path(Endpoint::SignedOut);
            return Ok(Reply::see_other(&format!("{path}?remaining={}&stayed=1", waiting.people.len())));
        }
    };
    logout::sign_out(cx, &waiting.browser, &people, waiting.request.client_id.as_deref()).await?;
    Ok(done(cx, &waiting.request, waiting.people.len() - people.len()))
}

/// To the application's registered address, or to the signed-out page; without the cookie where nobody is left.
fn done(cx: &Cx, request: &SignOutRequest, remaining: usize) -> Reply {
    let forget = (remaining == 0).then(|| Browser::forget_cookie(cx));
    let target = request
        .target
        .clone()
        .unwrap_or_else(|| format!("{}?remaining={remaining}", cx.path(Endpoint::SignedOut)));
    Reply::see_other(&target).with_cookie(forget)
}
