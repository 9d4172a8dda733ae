//! The consent page: what the application will see and do, allow or refuse.

use super::form::{Found, Refused, field, fields, form, handle_of, is_post};
use http::StatusCode;
use usher_core::interaction::{Door, Progress};
use usher_core::{AuthnContext, Cx, Reply, Request, consent as core_consent};
use usher_store::Batch;
use usher_types::Endpoint;
use usher_types::page::{Consent, Content};

/// Shows the page, or takes the answer.
pub async fn consent(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

/// The person who is asked: the one whom the door decided on. Other doors ask on pages of their own. Who still has a password that
/// somebody else set allows nothing.
fn person(found: &Found) -> Option<&AuthnContext> {
    let session = found.open.progress.session.filter(|_| found.open.interaction.door == Door::Authorize)?;
    found.people.iter().find(|p| p.session_id() == session && !p.must_change_password())
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let found = Found::read(cx, request, &handle_of(request)?).await?;
    let Some(person) = person(&found) else { return Ok(found.resume(cx)) };
    let interaction = &found.open.interaction;
    let content = Consent {
        form: form(cx, Endpoint::Consent, &found.browser, &found.handle),
        account: person.account(),
        items: core_consent::items(found.client()?, &interaction.scope, &interaction.claims),
        first_party: found.client()?.settings.first_party,
        return_host: interaction.return_host.clone(),
    };
    Ok(Reply::page(
        StatusCode::OK,
        cx.page(Some(&interaction.client_id), interaction.locale, Content::Consent(content)),
    ))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let handle = field(&params, "interaction")?.ok_or_else(Refused::gone)?;
    let found = Found::read(cx, request, handle).await?;
    let Some(person) =
        person(&found).filter(|_| found.is_current(field(&params, "form_token").ok().flatten()))
    else {
        return Ok(found.resume(cx));
    };
    // The page asked one person; where another was chosen since, that one has not been asked.
    if field(&params, "session")? != Some(person.session_id().to_string().as_str()) {
        return Ok(found.resume(cx));
    }
    let mut batch = Batch::new();
    let (session, code) = (Some(person.session_id()), found.open.progress.code);
    let progress = match field(&params, "decision")? {
        Some("allow") => {
            let interaction = &found.open.interaction;
            core_consent::allow(
                cx,
                &mut batch,
                person,
                found.client()?,
                &interaction.scope,
                &interaction.claims,
            );
            Progress { session, allowed: session, denied: false, code }
        }
        Some("deny") => {
            if let Some((earlier, _)) = code {
                core_consent::take_back(cx, &mut batch, earlier);
            }
            Progress { session, allowed: None, denied: true, code }
        }
        _ => return Ok(found.resume(cx)),
    };
    found.open.record(cx, &mut batch, &progress, &found.browser);
    // Refused: another tab was first; the request is decided again with what is there now.
    let _ = cx.store().apply(batch).await?;
    Ok(found.resume(cx))
}
