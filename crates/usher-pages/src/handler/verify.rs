//! The page that a link leads to by which a person verifies their e-mail address. It acts on a click only.

use super::form::{Refused, field, fields, is_ours, is_post};
use super::link::{done, done_address, notice, page};
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
    if let Some(what) = done(cx, request) {
        return Ok(notice(cx, request, "", what));
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
    let here = format!("{}?token={token}", cx.path(Endpoint::VerifyEmail));
    let Some(browser) = browser.filter(|b| is_ours(b, token, form_token)) else {
        return Ok(Reply::see_other(&here));
    };
    if !followed.may_be_confirmed_in(cx, Some(&browser)).await?
        || field(&params, "decision")? != Some("verify")
    {
        return Ok(Reply::see_other(&here));
    }
    let done = |what| Reply::see_other(&done_address(cx, Endpoint::VerifyEmail, &browser, what));
    Ok(match followed.confirm(cx).await? {
        Confirmed::Done => done(Done::EmailVerified),
        Confirmed::Taken => done(Done::AddressTaken),
        Confirmed::Gone => Reply::see_other(&here),
    })
}
