//! The account chooser: which of the people in this browser, or another.

use super::form::{Found, Refused, field, fields, form, handle_of, is_post};
use http::StatusCode;
use usher_core::interaction::{self, Progress};
use usher_core::{AuthnContext, Cx, Reply, Request};
use usher_types::Endpoint;
use usher_types::page::{ChooseAccount, Content};

/// Shows the page, or takes the choice.
pub async fn choose_account(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let found = Found::read(cx, request, &handle_of(request)?).await?;
    if found.people.is_empty() {
        return Ok(found.resume(cx));
    }
    let content = ChooseAccount {
        form: form(cx, Endpoint::ChooseAccount, &found.browser, &found.handle),
        accounts: found.people.iter().map(AuthnContext::account).collect(),
    };
    let interaction = &found.open.interaction;
    Ok(Reply::page(
        StatusCode::OK,
        cx.page(Some(&interaction.client_id), interaction.locale, Content::ChooseAccount(content)),
    ))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let handle = field(&params, "interaction")?.ok_or_else(Refused::gone)?;
    let found = Found::read(cx, request, handle).await?;
    if !found.is_current(field(&params, "form_token")?) {
        return Ok(found.resume(cx));
    }
    let choice = field(&params, "session")?.unwrap_or_default();
    if choice == "another" {
        return Ok(Reply::see_other(&interaction::page_address(cx, Endpoint::SignIn, handle)));
    }
    let chosen = found.people.iter().find(|p| p.session_id().to_string() == choice);
    if let Some(person) = chosen {
        let code = found.open.progress.code;
        let progress = Progress { session: Some(person.session_id()), code, ..Progress::default() };
        // Refused: another tab was first; the request is decided again with what is there now.
        let _ = found.open.record_alone(cx, &progress, &found.browser).await?;
    }
    Ok(found.resume(cx))
}
