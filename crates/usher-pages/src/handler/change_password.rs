//! The page where a person chooses a new password before going on: shown where an administrator set the present one.

use super::form::{Found, Refused, field, fields, form, handle_of, is_post};
use http::{HeaderValue, StatusCode, header};
use usher_core::new_password::{self, Outcome, Twice};
use usher_core::{AuthnContext, Cx, Reply, Request};
use usher_types::Endpoint;
use usher_types::page::{ChangePassword, Content, NewPasswordProblem};

/// Shows the page, or takes the new password.
pub async fn change_password(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

/// The person who has to: the one whom the door decided on.
fn person(found: &Found) -> Option<&AuthnContext> {
    let session = found.open.progress.session?;
    found.people.iter().find(|p| p.session_id() == session && p.must_change_password())
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let found = Found::read(cx, request, &handle_of(request)?).await?;
    match person(&found) {
        Some(person) => Ok(page(cx, &found, person, Vec::new())),
        None => Ok(found.resume(cx)),
    }
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
    let password = field(&params, "new_password")?.unwrap_or_default();
    let again = field(&params, "new_password_again")?.unwrap_or_default();
    match new_password::change(cx, &found.open, &found.browser, person, Twice { password, again }).await? {
        Outcome::Changed | Outcome::Overtaken => Ok(found.resume(cx)),
        Outcome::Refused(problems) => Ok(page(cx, &found, person, problems)),
    }
}

fn page(cx: &Cx, found: &Found, person: &AuthnContext, problems: Vec<NewPasswordProblem>) -> Reply {
    let interaction = &found.open.interaction;
    let is_busy = problems.contains(&NewPasswordProblem::Busy);
    let content = ChangePassword {
        form: form(cx, Endpoint::ChangePassword, &found.browser, &found.handle),
        account: person.account(),
        least: cx.pool.settings.password_characters(),
        problems,
    };
    let page = cx.page(Some(&interaction.client_id), interaction.locale, Content::ChangePassword(content));
    if !is_busy {
        return Reply::page(StatusCode::OK, page);
    }
    // RFC 6585 §4: "a Retry-After header indicating how long to wait before making a new request".
    Reply::page(StatusCode::TOO_MANY_REQUESTS, page)
        .with(header::RETRY_AFTER, HeaderValue::from_static(WAIT_SECONDS))
}

/// How long to wait where a great many passwords are being hashed.
const WAIT_SECONDS: &str = "5";
