//! The consent page of a device's request (RFC 8628 §3.3, §5.4): which application, on which device, from where and when, and what it
//! will see and do. Allow or refuse, once.

use super::form::{Found, Refused, field, fields, form, handle_of, is_post};
use http::StatusCode;
use usher_core::client::GrantType;
use usher_core::device::{self, Answer, Answering};
use usher_core::interaction::Door;
use usher_core::{AuthnContext, Cx, Reply, Request, consent as core_consent};
use usher_types::Endpoint;
use usher_types::page::{Content, DeviceConsent};

/// Shows the page, or takes the answer.
pub async fn device_consent(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

/// The person who is asked: the one whom the door decided on, while nothing is answered and the application may still ask. A form that is
/// sent here without having been shown skips no step that the door would have asked for first.
fn person<'a>(cx: &Cx, found: &'a Found) -> Option<&'a AuthnContext> {
    let (done, interaction) = (&found.open.progress, &found.open.interaction);
    let client = found.client().ok()?;
    let asks = interaction.door == Door::Device
        && found.row.client.as_ref().is_some_and(|c| c.enabled)
        && client.may_use(GrantType::DeviceCode);
    let session = done.session.filter(|_| asks && !done.denied && done.allowed.is_none())?;
    found.people.iter().find(|p| {
        p.session_id() == session && !p.must_change_password() && device::is_fresh(cx, client, p, &found.open)
    })
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let found = Found::read(cx, request, &handle_of(request)?).await?;
    let Some(person) = person(cx, &found) else { return Ok(found.resume(cx)) };
    let interaction = &found.open.interaction;
    let Some(waiting) = device::waiting(cx, interaction).await? else { return Ok(found.resume(cx)) };
    let content = DeviceConsent {
        form: form(cx, Endpoint::DeviceConsent, &found.browser, &found.handle),
        account: person.account(),
        items: core_consent::items(found.client()?, &waiting.scope, &[]),
        first_party: found.client()?.settings.first_party,
        user_code: waiting.code.to_string(),
        same_network: waiting.network == cx.peer.network(),
        network: waiting.network,
        minutes: cx.now.since(waiting.asked_at).as_seconds() / 60,
    };
    Ok(Reply::page(
        StatusCode::OK,
        cx.page(Some(&interaction.client_id), interaction.locale, Content::DeviceConsent(content)),
    ))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let handle = field(&params, "interaction")?.ok_or_else(Refused::gone)?;
    let found = Found::read(cx, request, handle).await?;
    let Some(person) =
        person(cx, &found).filter(|_| found.is_current(field(&params, "form_token").ok().flatten()))
    else {
        return Ok(found.resume(cx));
    };
    // The page asked one person; where another was chosen since, that one has not been asked.
    if field(&params, "session")? != Some(person.session_id().to_string().as_str()) {
        return Ok(found.resume(cx));
    }
    let answer = match field(&params, "decision")? {
        Some("allow") => Answer::Allow,
        Some("deny") => Answer::Deny,
        _ => return Ok(found.resume(cx)),
    };
    if let Some(waiting) = device::waiting(cx, &found.open.interaction).await? {
        let by = Answering { open: &found.open, browser: &found.browser, person };
        // Refused: something else was first, or the session has ended; the request is decided again with what is there now.
        let _ = device::answer(cx, &by, &waiting, answer).await?;
    }
    Ok(found.resume(cx))
}
