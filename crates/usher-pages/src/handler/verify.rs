//! The page that a link leads to by which a person verifies their e-mail address. It acts on a click only. Where the person has to be
//! signed in, it leads to the sign-in pages and they lead back to it.

use super::form::{Refused, field, fields, is_ours, is_post};
use super::link::{begin, done, done_address, notice, page};
use http::StatusCode;
use usher_core::account::Visit;
use usher_core::browser::Browser;
use usher_core::interaction;
use usher_core::mail::verify::{self, Confirmed, Confirmer, Followed};
use usher_core::{Cx, Reply, Request};
use usher_types::Endpoint;
use usher_types::page::{AccountPlace, Done, Form, LinkPage, Problem, SignInFirst, VerifyEmail};

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
    if let Some(what) = done(cx, request) {
        return Ok(notice(cx, request, "", what));
    }
    let params = request.query_params().unwrap_or_default();
    let token = params.one("token").ok().flatten().unwrap_or_default();
    let followed = follow(cx, token).await?;
    let may_be_confirmed = followed.confirmer(cx, Browser::of(cx, request).as_ref()).await?.is_some();
    let (browser, cookie) = interaction::browser_for(cx, Browser::of(cx, request), None);
    let form = Form {
        action: cx.path(Endpoint::VerifyEmail),
        interaction: token.to_owned(),
        form_token: browser.form_token(token),
    };
    let (account, is_change, email) = (followed.account(), followed.is_change, followed.email);
    let content = if may_be_confirmed {
        LinkPage::VerifyEmail(VerifyEmail { form, email, account, is_change })
    } else {
        LinkPage::SignInFirst(SignInFirst { form, email, account })
    };
    Ok(page(cx, None, content).with_cookie(cookie))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let token = field(&params, "interaction")?.unwrap_or_default();
    let followed = follow(cx, token).await?;
    let form_token = field(&params, "form_token")?;
    let here = format!("{}?token={token}", cx.path(Endpoint::VerifyEmail));
    let Some(browser) = Browser::of(cx, request).filter(|b| is_ours(b, token, form_token)) else {
        return Ok(Reply::see_other(&here));
    };
    let confirmer = followed.confirmer(cx, Some(&browser)).await?;
    match (field(&params, "decision")?, confirmer) {
        (Some("verify"), Some(by)) => confirm(cx, &browser, (followed, by), &here).await,
        (Some("sign-in"), None) => sign_in(cx, browser, &followed, &here).await,
        _ => Ok(Reply::see_other(&here)),
    }
}

async fn confirm(
    cx: &Cx,
    browser: &Browser,
    (followed, by): (Followed, Confirmer),
    here: &str,
) -> Result<Reply, Refused> {
    let done = |what| Reply::see_other(&done_address(cx, Endpoint::VerifyEmail, browser, what));
    Ok(match followed.confirm(cx, by).await? {
        Confirmed::Done => done(Done::EmailVerified),
        Confirmed::Taken => done(Done::AddressTaken),
        Confirmed::Gone => Reply::see_other(here),
    })
}

/// To the sign-in pages, with the person's name filled in, and back to the link.
async fn sign_in(cx: &Cx, browser: Browser, followed: &Followed, here: &str) -> Result<Reply, Refused> {
    let (person, link) = (Some(followed.person()), Some(followed.link()));
    let visit = Visit { person, link, ..Visit::to(AccountPlace::Overview) };
    let waits = visit.interaction(cx.locale, Some(followed.account()));
    let to = match begin(cx, &browser, waits).await? {
        Some(handle) => interaction::page_address(cx, Endpoint::AccountResume, &handle),
        None => here.to_owned(),
    };
    Ok(Reply::see_other(&to))
}
