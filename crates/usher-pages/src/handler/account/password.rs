//! A person's own password: the present one, and a new one twice. The page itself needs a sign-in of the last minutes, so that nobody
//! types passwords only to be told to sign in first.

use super::super::form::{field, is_post};
use super::Away;
use super::page::{back, back_in, done, page};
use super::visit::{Needs, Visitor};
use http::{HeaderValue, StatusCode, header};
use usher_core::account::password::{self as own, Outcome, Own};
use usher_core::known_device::KnownDevice;
use usher_core::new_password::Twice;
use usher_core::{Cx, Reply, Request};
use usher_types::Span;
use usher_types::page::{AccountContent, AccountNotice, AccountPassword, AccountPlace, OwnPasswordProblem};

const PLACE: AccountPlace = AccountPlace::Password;

/// Shows the page, or takes the new password.
pub async fn password(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|away| away.into_reply(cx))
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let visitor = Visitor::arrive(cx, request, PLACE, Needs::FreshSignIn).await?;
    Ok(shown(cx, &visitor, done(request, &visitor), Vec::new()))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let members = ["username", "password", "new_password", "new_password_again"];
    let (visitor, params) = Visitor::with_form(cx, request, PLACE, Needs::FreshSignIn, &members).await?;
    let present = field(&params, "password")?.unwrap_or_default();
    let password = field(&params, "new_password")?.unwrap_or_default();
    let again = field(&params, "new_password_again")?.unwrap_or_default();
    let typed = Twice { password, again };
    let own = Own { person: &visitor.person, browser: &visitor.browser, here: &visitor.row };
    match own::change(cx, own, (present, KnownDevice::of(cx, request)), typed).await? {
        Outcome::Changed(browser, keep_seconds) => {
            let here = (&visitor, &browser);
            let reply = back_in(cx, PLACE, here, AccountNotice::PasswordChanged);
            Ok(reply.with_cookie(Some(browser.set_cookie(cx, keep_seconds))))
        }
        Outcome::Refused(problems, wait) => Ok(refusal(shown(cx, &visitor, None, problems), wait)),
        Outcome::Overtaken => Ok(back(cx, PLACE, &visitor, AccountNotice::Stale)),
    }
}

fn shown(
    cx: &Cx,
    visitor: &Visitor,
    notice: Option<AccountNotice>,
    problems: Vec<OwnPasswordProblem>,
) -> Reply {
    let content = AccountPassword { least: cx.pool.settings.password_characters(), problems };
    page(cx, visitor, PLACE, notice, AccountContent::Password(content))
}

/// 429 with Retry-After where waiting helps; else the page is an ordinary one.
fn refusal(mut reply: Reply, wait: Option<Span>) -> Reply {
    let Some(wait) = wait else { return reply };
    reply.status = StatusCode::TOO_MANY_REQUESTS;
    reply.with(header::RETRY_AFTER, HeaderValue::from(wait.as_seconds().max(1)))
}
