//! The pages of people who forgot their password: the one that asks for a link, and the one that the link leads to. That one acts on no
//! GET, since programs look at links in mails before people do.

use super::form::{Refused, field, fields, is_ours, is_post};
use super::link::{
    GoesOn, done, done_address, not_there, notice, on_to_sign_in, page, sign_in_address, waiting,
};
use http::{HeaderValue, StatusCode, header};
use usher_core::browser::Browser;
use usher_core::interaction;
use usher_core::login::minutes;
use usher_core::mail::reset::{self, Asked, Chosen, Followed, Standing};
use usher_core::new_password::Twice;
use usher_core::{Cx, Reply, Request};
use usher_types::page::{
    Account, ChangePassword, ConfirmLink, Done, ForgotPassword, ForgotProblem, Form, LinkPage,
    NewPasswordProblem, Problem, SignInNotice,
};
use usher_types::{Endpoint, Opaque};

/// What the form's token is made for: no interaction has this name.
const FORM: &str = "forgot-password";

/// Shows the page that asks for a link, or takes what was typed.
pub async fn forgot_password(cx: &Cx, request: Request) -> Reply {
    if !cx.resets_passwords() {
        return not_there(cx);
    }
    let answer = if is_post(&request) { ask(cx, &request).await } else { Ok(show(cx, &request)) };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

fn show(cx: &Cx, request: &Request) -> Reply {
    let params = request.query_params().unwrap_or_default();
    let handle = params.first("interaction").unwrap_or_default();
    if let Some(what) = done(cx, request) {
        return notice(cx, request, handle, what);
    }
    forgot(cx, request, handle, "", None)
}

async fn ask(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let handle = field(&params, "interaction")?.unwrap_or_default();
    let typed = field(&params, "identifier")?.unwrap_or_default();
    let again = |problem| forgot(cx, request, handle, typed, Some(problem));
    let form_token = field(&params, "form_token")?;
    let browser = Browser::of(cx, request);
    let Some(browser) = browser.filter(|b| is_ours(b, FORM, form_token)) else {
        return Ok(again(ForgotProblem::Stale));
    };
    // What is no handle is not kept.
    let interaction = Opaque::parse(handle).is_ok().then_some(handle);
    match reset::ask(cx, &browser, typed, interaction).await? {
        Asked::NoName => Ok(again(ForgotProblem::Missing)),
        Asked::MustWait(wait) => {
            let mut reply = again(ForgotProblem::TooMany { minutes: minutes(wait) });
            reply.status = StatusCode::TOO_MANY_REQUESTS;
            Ok(reply.with(header::RETRY_AFTER, HeaderValue::from(wait.as_seconds().max(1))))
        }
        Asked::Yes => {
            let rest = interaction.map(|handle| format!("&interaction={handle}")).unwrap_or_default();
            let to = done_address(cx, Endpoint::ForgotPassword, &browser, Done::LinkSent);
            Ok(Reply::see_other(&format!("{to}{rest}")))
        }
    }
}

/// The page that asks for a link; a browser without a cookie gets one, to which the link will be bound.
fn forgot(
    cx: &Cx,
    request: &Request,
    handle: &str,
    identifier: &str,
    problem: Option<ForgotProblem>,
) -> Reply {
    let waits = waiting(cx, request, handle);
    let (browser, cookie) = interaction::browser_for(cx, Browser::of(cx, request), None);
    let known = waits.as_ref().and_then(|w| w.identifier.clone()).unwrap_or_default();
    let content = ForgotPassword {
        form: Form {
            action: cx.path(Endpoint::ForgotPassword),
            interaction: handle.to_owned(),
            form_token: browser.form_token(FORM),
        },
        identifier: if identifier.is_empty() && problem.is_none() { known } else { identifier.to_owned() },
        problem,
        back: sign_in_address(cx, handle),
    };
    page(cx, waits.as_deref(), LinkPage::Forgot(content)).with_cookie(cookie)
}

/// Shows where a link leads, or takes the click or the password.
pub async fn new_password(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { arrive(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

async fn follow(cx: &Cx, token: &str) -> Result<Followed, Refused> {
    let gone = || Refused::Page(StatusCode::BAD_REQUEST, Problem::Link, "no such link".to_owned());
    reset::follow(cx, token).await?.ok_or_else(gone)
}

async fn arrive(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = request.query_params().unwrap_or_default();
    let token = params.one("token").ok().flatten().unwrap_or_default();
    let followed = follow(cx, token).await?;
    let (browser, cookie) = interaction::browser_for(cx, Browser::of(cx, request), None);
    Ok(step(cx, &followed, &browser, token, Vec::new()).with_cookie(cookie))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let token = field(&params, "interaction")?.unwrap_or_default();
    let followed = follow(cx, token).await?;
    let here = format!("{}?token={token}", cx.path(Endpoint::NewPassword));
    let form_token = field(&params, "form_token")?;
    let Some(browser) = Browser::of(cx, request).filter(|b| is_ours(b, token, form_token)) else {
        return Ok(Reply::see_other(&here));
    };
    if let Standing::Elsewhere { .. } = followed.standing(cx, &browser) {
        // Invariant: what is typed counts only in the browser in which the page before was answered.
        if field(&params, "decision")? == Some("continue") {
            let _ = followed.confirm(cx, &browser).await?;
        }
        return Ok(Reply::see_other(&here));
    }
    let typed = field(&params, "new_password")?;
    // The page before, sent twice.
    if typed.is_none() && field(&params, "decision")?.is_some() {
        return Ok(Reply::see_other(&here));
    }
    let password = typed.unwrap_or_default();
    let again = field(&params, "new_password_again")?.unwrap_or_default();
    match reset::choose(cx, &followed, &browser, Twice { password, again }).await? {
        Chosen::Changed { device } => {
            let is_first = followed.is_first();
            let on = GoesOn {
                handle: followed.interaction(cx),
                identifier: followed.profile().login_name().unwrap_or_default().to_owned(),
                notice: if is_first { SignInNotice::FirstPassword } else { SignInNotice::PasswordChosen },
            };
            Ok(on_to_sign_in(cx, &browser, on).await.with_cookie(Some(device)))
        }
        Chosen::Gone => Ok(Reply::see_other(&here)),
        Chosen::Refused(problems) => Ok(step(cx, &followed, &browser, token, problems)),
    }
}

/// The page that comes next in this browser.
fn step(
    cx: &Cx,
    followed: &Followed,
    browser: &Browser,
    token: &str,
    problems: Vec<NewPasswordProblem>,
) -> Reply {
    let is_busy = problems.contains(&NewPasswordProblem::Busy);
    let profile = followed.profile();
    let account = Account {
        session: String::new(),
        name: profile.display_name(),
        identifier: profile.login_name().unwrap_or_default().to_owned(),
    };
    let form = Form {
        action: cx.path(Endpoint::NewPassword),
        interaction: token.to_owned(),
        form_token: browser.form_token(token),
    };
    let content = match followed.standing(cx, browser) {
        Standing::Elsewhere { network, minutes } => {
            LinkPage::Confirm(ConfirmLink { form, account, network, minutes })
        }
        Standing::Here => {
            let least = cx.pool.settings.password_characters();
            let page = ChangePassword { form, account, least, problems };
            if followed.is_first() { LinkPage::FirstPassword(page) } else { LinkPage::NewPassword(page) }
        }
    };
    let mut reply = page(cx, None, content);
    if is_busy {
        reply.status = StatusCode::TOO_MANY_REQUESTS;
        reply = reply.with(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    reply
}
