//! The page for the code that a device shows (RFC 8628 §3.3): it takes the code, and hands the request that the code names to the door
//! that decides who answers it. A link may bring the code, but the person presses the button (RFC 8628 §5.4).

use super::form::{Refused, field, fields, is_ours, is_post};
use http::{HeaderValue, StatusCode, header};
use usher_core::browser::Browser;
use usher_core::device::{self as core_device, Known, Typed};
use usher_core::interaction::{self, Door, Interaction};
use usher_core::login::minutes;
use usher_core::{AuthnContext, Cx, Reply, Request};
use usher_store::Batch;
use usher_types::page::{Content, Device, DeviceProblem, Form};
use usher_types::{Endpoint, Scope, Span, UserCode};

/// Shows the page, or takes the code.
pub async fn device(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { Ok(show(cx, &request)) };
    answer.unwrap_or_else(|e| e.into_reply(cx))
}

/// What the form's token is made for: no interaction is there yet, and none has this name.
const FORM: &str = "device";

fn show(cx: &Cx, request: &Request) -> Reply {
    let params = request.query_params().unwrap_or_default();
    let brought = params.one("user_code").ok().flatten().and_then(UserCode::fold);
    let from_link = brought.is_some();
    let user_code = brought.map(|code| code.to_string()).unwrap_or_default();
    page(cx, request, Shown { user_code, from_link, problem: None })
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let params = fields(cx, request)?;
    let typed = field(&params, "user_code")?.unwrap_or_default();
    let again = |problem, wait: Option<Span>| {
        let shown = Shown { user_code: typed.to_owned(), from_link: false, problem: Some(problem) };
        Ok(refusal(page(cx, request, shown), wait))
    };
    let browser = Browser::of(cx, request);
    let form_token = field(&params, "form_token")?;
    if !browser.as_ref().is_some_and(|b| is_ours(b, FORM, form_token)) {
        return again(DeviceProblem::Stale, None);
    }
    if typed.trim().is_empty() {
        return again(DeviceProblem::Missing, None);
    }
    // What no device can show is not looked up, and so is no guess.
    let Some(code) = UserCode::fold(typed) else { return again(DeviceProblem::Wrong, None) };
    match core_device::look_up(cx, code).await? {
        Typed::Known(known) => begin(cx, browser, &known).await,
        Typed::Wrong => again(DeviceProblem::Wrong, None),
        Typed::Busy => again(DeviceProblem::Busy, Some(Span::seconds(5))),
        Typed::MustWait(wait) => again(DeviceProblem::TooManyTries { minutes: minutes(wait) }, Some(wait)),
    }
}

/// Stores the interaction in which the request is answered, and hands it to its door.
async fn begin(cx: &Cx, browser: Option<Browser>, known: &Known) -> Result<Reply, Refused> {
    let row = cx.store().authorize(cx.here(browser.as_ref()), &known.client_id).await?;
    let somebody_here = !AuthnContext::all(cx, browser.as_ref(), &row).is_empty();
    let (browser, cookie) = interaction::browser_for(cx, browser, row.browser_hash);
    let interaction = Interaction {
        door: Door::Device,
        client_id: known.client_id.clone(),
        request: known.to_request(cx),
        locale: cx.locale,
        identifier: None,
        // What the device asked for stands in its own ticket.
        scope: Scope::empty(),
        claims: Vec::new(),
        return_host: String::new(),
        somebody_here,
        began_with: browser.hash,
    };
    let mut batch = Batch::new();
    let handle = interaction::begin(cx, &mut batch, &browser, interaction, None);
    let _ = cx.store().apply(batch).await?;
    Ok(Reply::see_other(&interaction::page_address(cx, Door::Device.resumes_at(), &handle))
        .with_cookie(cookie))
}

/// What stands in the form.
struct Shown {
    user_code: String,
    from_link: bool,
    problem: Option<DeviceProblem>,
}

/// The page; a browser without a cookie gets one, by which the form is known to be ours.
fn page(cx: &Cx, request: &Request, shown: Shown) -> Reply {
    let (browser, cookie) = interaction::browser_for(cx, Browser::of(cx, request), None);
    let form = Form {
        action: cx.path(Endpoint::Device),
        interaction: String::new(),
        form_token: browser.form_token(FORM),
    };
    let Shown { user_code, from_link, problem } = shown;
    let content = Content::Device(Device { form, user_code, from_link, problem });
    Reply::page(StatusCode::OK, cx.page(None, cx.locale, content)).with_cookie(cookie)
}

/// 429 with Retry-After where waiting helps; else the page is an ordinary one.
fn refusal(mut reply: Reply, wait: Option<Span>) -> Reply {
    let Some(wait) = wait else { return reply };
    reply.status = StatusCode::TOO_MANY_REQUESTS;
    reply.with(header::RETRY_AFTER, HeaderValue::from(wait.as_seconds().max(1)))
}
