//! The page that a link leads to by which a person verifies their e-mail address. It acts on a click only.

use super::form::{Refused, field, fields, is_ours, is_post};
use super::link::{notice, page};
use http::StatusCode;
use usher_core::browser::Browser;
use usher_core::interaction;
use usher_core::mail::verify::{self, Confirmed, Followed};
use usher_core::{Cx, Reply, Request};
use usher_types::Endpoint;
use usher_types::page::{Done, Form, LinkPage, Problem, VerifyEmail};

/// Shows the page, or takes the click.
pub async fn verify_email(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { arrive(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

async fn follow(cx: &Cx, token: &str) -> Result<Followed, Refused> {
    let gone = || Refused::Page(StatusCode::BAD_REQUEST, Problem::Link, "no such link".to_owned());
    verify::follow(cx, token).await?.ok_or_else(gone)
}

async fn arrive(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = request.query_params().unwrap_or_default();
    if params.first("done").is_some() {
        return Ok(notice(cx, request, "", Done::EmailVerified));
    }
    if params.first("taken").is_some() {
        return Ok(notice(cx, request, "", Done::AddressTaken));
    }
    let token = params.one("token").ok().flatten().unwrap_or_default();
    let followed = follow(cx, token).await?;
    if !followed.may_be_confirmed_in(cx, Browser::of(cx, request).as_ref()).await? {
        return Ok(notice(cx, request, "", Done::SignInFirst));
    }
    let (browser, cookie) = interaction::browser_for(cx, Browser::of(cx, request), None);
    let form = Form {
        action: cx.path(Endpoint::VerifyEmail),
        interaction: token.to_owned(),
        form_token: browser.form_token(token),
    };
    let content = LinkPage::VerifyEmail(VerifyEmail { form, email: followed.email });
    Ok(page(cx, None, content).with_cookie(cookie))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let token = field(&params, "interaction")?.unwrap_or_default();
    let followed = follow(cx, token).await?;
    let form_token = field(&params, "form_token")?;
    let browser = Browser::of(cx, request);
    let ours = browser.as_ref().is_some_and(|b| is_ours(b, token, form_token))
        && followed.may_be_confirmed_in(cx, browser.as_ref()).await?;
    let to = cx.path(Endpoint::VerifyEmail);
    if ours && field(&params, "decision")? == Some("verify") {
        match followed.confirm(cx).await? {
            Confirmed::Done => return Ok(Reply::see_other(&format!("{to}?done=1"))),
            Confirmed::Taken => return Ok(Reply::see_other(&format!("{to}?taken=1"))),
            Confirmed::Gone => {}
        }
    }
    Ok(Reply::see_other(&format!("{to}?token={token}")))
}
