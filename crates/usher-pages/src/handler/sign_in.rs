//! The sign-in page: name and password.

use super::form::{Found, Refused, field, fields, form, handle_of, is_ours, is_post};
use http::{HeaderValue, StatusCode, header};
use usher_core::account::browser_name;
use usher_core::browser::Browser;
use usher_core::interaction::{self, Interaction, Standing};
use usher_core::known_device::KnownDevice;
use usher_core::login::{self, Attempt, Outcome, Place, Source, Stay};
use usher_core::{Cx, Reply, Request};
use usher_types::page::{Content, SignIn, SignInNotice, SignInProblem};
use usher_types::{Endpoint, Secret, Span};

/// Shows the page, or takes what was typed.
pub async fn sign_in(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let handle = handle_of(request)?;
    let params = request.query_params().unwrap_or_default();
    let notice = params.first("done").and_then(SignInNotice::named);
    let first = |interaction: &Interaction| Shown { notice, ..Shown::first(interaction) };
    if let Some(browser) = Browser::of(cx, request)
        && let Some(interaction) = interaction::peek(cx, &handle, &browser)
    {
        return Ok(page(cx, &browser, &handle, &interaction, first(&interaction)));
    }
    let found = Found::read(cx, request, &handle).await?;
    if found.open.standing != Standing::Bound {
        return Ok(found.resume(cx));
    }
    Ok(page(cx, &found.browser, &handle, &found.open.interaction, first(&found.open.interaction)))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let handle = field(&params, "interaction")?.ok_or_else(Refused::gone)?;
    let found = Found::read(cx, request, handle).await?;
    let ours = is_ours(&found.browser, handle, field(&params, "form_token")?);
    if found.open.standing == Standing::Moved || !ours {
        return Ok(found.resume(cx));
    }
    let identifier = field(&params, "identifier")?.unwrap_or_default();
    let remember = field(&params, "remember")?.is_some();
    let again = |problem, wait: Option<Span>| {
        let shown =
            Shown { identifier: identifier.to_owned(), remember, problem: Some(problem), notice: None };
        refusal(page(cx, &found.browser, handle, &found.open.interaction, shown), problem, wait)
    };
    let Some(password) = field(&params, "password")? else {
        return Ok(again(SignInProblem::PasswordMissing, None));
    };
    if identifier.trim().is_empty() {
        return Ok(again(SignInProblem::IdentifierMissing, None));
    }
    let attempt = Attempt {
        identifier: identifier.to_owned(),
        kind: None,
        password: Secret::from(password),
        source: Source::Network,
        device: KnownDevice::of(cx, request),
    };
    let stay = if remember { Stay::Remembered } else { Stay::ThisTime };
    let browser_name = request.header(&header::USER_AGENT).and_then(browser_name::read);
    let place = Place {
        open: &found.open,
        browser: &found.browser,
        here: &found.row,
        browser_name: browser_name.as_deref(),
    };
    match login::sign_in(cx, place, attempt, stay).await? {
        Outcome::SignedIn { browser, keep_seconds, device } => {
            let reply = found.resume(cx).with_cookie(Some(browser.set_cookie(cx, keep_seconds)));
            Ok(reply.with_cookie(Some(device)))
        }
        Outcome::Refused(problem, wait) => Ok(again(problem, wait)),
        Outcome::Overtaken => Ok(found.resume(cx)),
    }
}

/// What stands in the form.
struct Shown {
    identifier: String,
    remember: bool,
    problem: Option<SignInProblem>,
    notice: Option<SignInNotice>,
}

impl Shown {
    fn first(interaction: &Interaction) -> Self {
        Self {
            identifier: interaction.identifier.clone().unwrap_or_default(),
            remember: false,
            problem: None,
            notice: None,
        }
    }
}

fn page(cx: &Cx, browser: &Browser, handle: &str, interaction: &Interaction, shown: Shown) -> Reply {
    let choose_account =
        interaction.somebody_here.then(|| interaction::page_address(cx, Endpoint::ChooseAccount, handle));
    let forgot_password =
        cx.resets_passwords().then(|| interaction::page_address(cx, Endpoint::ForgotPassword, handle));
    let sign_up = cx.signs_up().then(|| interaction::page_address(cx, Endpoint::SignUp, handle));
    let content = SignIn {
        form: form(cx, Endpoint::SignIn, browser, handle),
        identifier: shown.identifier,
        remember: shown.remember,
        problem: shown.problem,
        notice: shown.notice,
        choose_account,
        forgot_password,
        sign_up,
    };
    Reply::page(
        StatusCode::OK,
        cx.page(Some(&interaction.client_id), interaction.locale, Content::SignIn(content)),
    )
}

/// The page again, with the status that fits: 429 with Retry-After where waiting helps, else 200, since browsers and password managers
/// treat an error status on a form as a broken page.
fn refusal(mut reply: Reply, problem: SignInProblem, wait: Option<Span>) -> Reply {
    if matches!(problem, SignInProblem::TooManyTries { .. } | SignInProblem::Busy) {
        reply.status = StatusCode::TOO_MANY_REQUESTS;
    }
    match wait.map(|w| HeaderValue::from(w.as_seconds().max(1))) {
        Some(seconds) => reply.with(header::RETRY_AFTER, seconds),
        None => reply,
    }
}
