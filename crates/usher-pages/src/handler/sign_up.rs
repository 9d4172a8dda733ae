//! The pages of people who make an account for themselves: the one where they say who they are, and the one that the link leads to that
//! was sent to their address. That one acts on a click only.

use super::form::{Refused, field, fields, is_ours, is_post};
use super::link::{
    GoesOn, done, done_address, not_there, notice, on_to_sign_in, page, sign_in_address, waiting,
};
use http::{HeaderValue, StatusCode, header};
use usher_core::browser::Browser;
use usher_core::interaction;
use usher_core::login::minutes;
use usher_core::mail::sign_up::{self, Asked, Followed, Made, Standing, Wanted};
use usher_core::new_password::Twice;
use usher_core::{Cx, Reply, Request};
use usher_types::page::{
    Done, FinishProblem, FinishSignUp, Form, LinkPage, NewPasswordProblem, Problem, SignInNotice, SignUp,
    SignUpProblem,
};
use usher_types::{Endpoint, Opaque};

/// What the form's token is made for: no interaction has this name.
const FORM: &str = "sign-up";
/// More people are signing in than the machine can check.
const BUSY: SignUpProblem = SignUpProblem::Password(NewPasswordProblem::Busy);

/// Shows the page, or takes what was typed.
pub async fn sign_up(cx: &Cx, request: Request) -> Reply {
    if !cx.signs_up() {
        return not_there(cx);
    }
    let answer = if is_post(&request) { ask(cx, &request).await } else { Ok(show(cx, &request)) };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

/// What stands in the form.
#[derive(Default)]
struct Shown<'a> {
    name: &'a str,
    email: &'a str,
    problems: Vec<SignUpProblem>,
}

fn show(cx: &Cx, request: &Request) -> Reply {
    let params = request.query_params().unwrap_or_default();
    let handle = params.first("interaction").unwrap_or_default();
    if let Some(what) = done(cx, request) {
        return notice(cx, request, handle, what);
    }
    form(cx, request, handle, &Shown::default())
}

async fn ask(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let handle = field(&params, "interaction")?.unwrap_or_default();
    let name = field(&params, "name")?.unwrap_or_default();
    let email = field(&params, "email")?.unwrap_or_default();
    let again = |problems| form(cx, request, handle, &Shown { name, email, problems });
    let form_token = field(&params, "form_token")?;
    let browser = Browser::of(cx, request);
    let Some(browser) = browser.filter(|b| is_ours(b, FORM, form_token)) else {
        return Ok(again(vec![SignUpProblem::Stale]));
    };
    let password = field(&params, "new_password")?.unwrap_or_default();
    let password = Twice { password, again: field(&params, "new_password_again")?.unwrap_or_default() };
    // What is no handle is not kept.
    let interaction = Opaque::parse(handle).is_ok().then_some(handle);
    match sign_up::ask(cx, &browser, Wanted { name, email, password }, interaction).await? {
        Asked::Refused(problems) if problems.contains(&BUSY) => {
            let mut reply = again(problems);
            reply.status = StatusCode::TOO_MANY_REQUESTS;
            Ok(reply.with(header::RETRY_AFTER, HeaderValue::from_static("5")))
        }
        Asked::Refused(problems) => Ok(again(problems)),
        Asked::MustWait(wait) => {
            let mut reply = again(vec![SignUpProblem::TooMany { minutes: minutes(wait) }]);
            reply.status = StatusCode::TOO_MANY_REQUESTS;
            Ok(reply.with(header::RETRY_AFTER, HeaderValue::from(wait.as_seconds().max(1))))
        }
        Asked::Yes => {
            let rest = interaction.map(|handle| format!("&interaction={handle}")).unwrap_or_default();
            let to = done_address(cx, Endpoint::SignUp, &browser, Done::SignUpSent);
            Ok(Reply::see_other(&format!("{to}{rest}")))
        }
    }
}

/// The page; a browser without a cookie gets one, to which the link will be bound.
fn form(cx: &Cx, request: &Request, handle: &str, shown: &Shown<'_>) -> Reply {
    let waits = waiting(cx, request, handle);
    let (browser, cookie) = interaction::browser_for(cx, Browser::of(cx, request), None);
    let content = SignUp {
        form: Form {
            action: cx.path(Endpoint::SignUp),
            interaction: handle.to_owned(),
            form_token: browser.form_token(FORM),
        },
        name: shown.name.to_owned(),
        email: shown.email.to_owned(),
        least: cx.pool.settings.password_characters(),
        problems: shown.problems.clone(),
        back: sign_in_address(cx, handle),
    };
    page(cx, waits.as_deref(), LinkPage::SignUp(content)).with_cookie(cookie)
}

/// Shows where the link leads, or takes the click.
pub async fn sign_up_link(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { make(cx, &request).await } else { arrive(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

async fn follow(cx: &Cx, token: &str) -> Result<Followed, Refused> {
    let gone = || Refused::Page(StatusCode::BAD_REQUEST, Problem::Link, "no such link".to_owned());
    sign_up::follow(cx, token).await?.ok_or_else(gone)
}

async fn arrive(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = request.query_params().unwrap_or_default();
    let token = params.one("token").ok().flatten().unwrap_or_default();
    let followed = follow(cx, token).await?;
    let (browser, cookie) = interaction::browser_for(cx, Browser::of(cx, request), None);
    Ok(finish(cx, &followed, &browser, token, None).with_cookie(cookie))
}

async fn make(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let token = field(&params, "interaction")?.unwrap_or_default();
    let followed = follow(cx, token).await?;
    let here = format!("{}?token={token}", cx.path(Endpoint::SignUpLink));
    let form_token = field(&params, "form_token")?;
    let browser = Browser::of(cx, request).filter(|b| is_ours(b, token, form_token));
    let (Some(browser), Some("make")) = (browser, field(&params, "decision")?) else {
        return Ok(Reply::see_other(&here));
    };
    let again = |problem| finish(cx, &followed, &browser, token, Some(problem));
    match sign_up::make(cx, &followed, &browser, field(&params, "password")?).await? {
        Made::Yes => {
            let on = GoesOn {
                handle: followed.interaction(cx),
                identifier: followed.account().1.to_owned(),
                notice: SignInNotice::AccountMade,
            };
            Ok(on_to_sign_in(cx, &browser, on).await)
        }
        Made::WrongPassword => Ok(again(FinishProblem::WrongPassword)),
        Made::Busy => {
            let mut reply = again(FinishProblem::Busy);
            reply.status = StatusCode::TOO_MANY_REQUESTS;
            Ok(reply.with(header::RETRY_AFTER, HeaderValue::from_static("5")))
        }
        Made::Gone => {
            let reason = "the link was used, or the address has an account".to_owned();
            Err(Refused::Page(StatusCode::BAD_REQUEST, Problem::Link, reason))
        }
    }
}

fn finish(
    cx: &Cx,
    followed: &Followed,
    browser: &Browser,
    token: &str,
    problem: Option<FinishProblem>,
) -> Reply {
    let (name, email) = followed.account();
    let content = FinishSignUp {
        form: Form {
            action: cx.path(Endpoint::SignUpLink),
            interaction: token.to_owned(),
            form_token: browser.form_token(token),
        },
        name: name.to_owned(),
        email: email.to_owned(),
        asks_password: followed.standing(browser) == Standing::Elsewhere,
        problem,
    };
    page(cx, None, LinkPage::FinishSignUp(content))
}
