//! The decision on a device's request after a person named it by its code (RFC 8628 §3.3): who in this browser is meant, and what they
//! are asked. Consent is never skipped here, since nothing but the person's own eyes ties the device to them (RFC 8628 §5.4).
//!
//! Invariant: as with an authorization request, what a page was shown for is judged by its effect on the session.

use crate::authorize::decide::{self, Choice};
use http::StatusCode;
use usher_core::browser::Browser;
use usher_core::client::GrantType;
use usher_core::interaction::{self, Door, Interaction, InteractionError, Open, Progress, Standing};
use usher_core::{AuthnContext, Cx, Fault, Reply, Request, device};
use usher_store::tables::AuthorizeRow;
use usher_store::{Applied, Batch};
use usher_types::page::{Content, DeviceDone, ErrorPage, Problem};
use usher_types::{Endpoint, Opaque, SessionId};

/// Answers when the pages hand a request back.
pub async fn resume(cx: &Cx, request: Request) -> Reply {
    go_on(cx, &request).await.unwrap_or_else(|e| e.into_reply(cx))
}

/// Why a device's request does not go on.
enum Refused {
    /// A page that says so, and the reason for the log.
    Page(Problem, &'static str),
    /// Our mistake or the world's.
    Fault(Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What happens next.
enum Decision {
    /// Somebody is asked something on one of the pages: the person with this session, where that is decided.
    Ask(Endpoint, Option<SessionId>),
    /// The person has answered.
    Done(DeviceDone),
}

async fn go_on(cx: &Cx, request: &Request) -> Result<Reply, Refused> {
    let gone = || Refused::Page(Problem::DeviceCode, "no such interaction, or it has expired");
    let query = request.query_params().map_err(|_| gone())?;
    let text = query.one("interaction").ok().flatten().ok_or_else(gone)?;
    let handle = Opaque::parse(text).map_err(|_| gone())?;
    let browser = Browser::of(cx, request);
    // Another tab may answer the same interaction at the same moment; then this one is decided again.
    for _ in 0..TRIES {
        let (open, row) = interaction::read(cx, &handle, browser.as_ref()).await.map_err(|e| match e {
            InteractionError::Gone => gone(),
            InteractionError::OtherBrowser => {
                Refused::Page(Problem::OtherBrowser, "the interaction belongs to another browser")
            }
            InteractionError::Fault(fault) => fault.into(),
        })?;
        if open.interaction.door != Door::Device {
            return Err(gone());
        }
        if open.standing == Standing::Former {
            return begin_again(cx, &open).await;
        }
        let people = AuthnContext::all(cx, browser.as_ref(), &row);
        match decide(cx, &row, &people, &open).await? {
            Decision::Done(done) => {
                let client_id = Some(open.interaction.client_id.as_str());
                let page = cx.page(client_id, open.interaction.locale, Content::DeviceDone(done));
                return Ok(Reply::page(StatusCode::OK, page));
            }
            Decision::Ask(page, person) => {
                // The page and the next decision must speak of the same person and of the browser's present secret.
                let browser = browser.as_ref().ok_or_else(gone)?;
                let progress =
                    Progress { session: person.or(open.progress.session), ..open.progress.clone() };
                if (open.standing == Standing::Bound && progress == open.progress)
                    || open.record_alone(cx, &progress, browser).await? == Applied::Done
                {
                    return Ok(Reply::see_other(&interaction::page_address(cx, page, text)));
                }
            }
        }
    }
    Err(Fault::bug("an interaction changed again and again while it was decided").into())
}

/// A form sent twice carries the secret that the first sending replaced. It proves nobody, so it goes on as in a new browser.
async fn begin_again(cx: &Cx, open: &Open) -> Result<Reply, Refused> {
    let (browser, cookie) = interaction::browser_for(cx, None, None);
    let mut batch = Batch::new();
    let again = Interaction { somebody_here: false, ..Interaction::clone(&open.interaction) };
    let handle = interaction::begin(cx, &mut batch, &browser, again, None);
    let _ = cx.store().apply(batch).await?;
    Ok(Reply::see_other(&interaction::page_address(cx, Endpoint::SignIn, &handle)).with_cookie(cookie))
}

/// How often an interaction is decided again because another tab was first.
const TRIES: usize = 5;

async fn decide(
    cx: &Cx,
    row: &AuthorizeRow,
    people: &[AuthnContext],
    open: &Open,
) -> Result<Decision, Refused> {
    let done = &open.progress;
    if done.denied || done.allowed.is_some() {
        return Ok(Decision::Done(DeviceDone { allowed: !done.denied }));
    }
    let client = cx.pool.clients.get(&open.interaction.client_id);
    let enabled = row.client.as_ref().is_some_and(|c| c.enabled);
    let client = client
        .filter(|client| enabled && client.may_use(GrantType::DeviceCode))
        .ok_or(Refused::Page(Problem::UnknownApplication, "the application may not use devices any more"))?;
    if device::waiting(cx, &open.interaction).await?.is_none() {
        return Err(Refused::Page(Problem::DeviceCode, "the code has expired, or was answered elsewhere"));
    }
    let everybody: Vec<&AuthnContext> = people.iter().collect();
    let choice = match done.session {
        Some(chosen) => match people.iter().find(|p| p.session_id() == chosen) {
            Some(person) => Choice::Person(person),
            None => Choice::Nobody,
        },
        None => decide::among(&everybody),
    };
    Ok(match choice {
        Choice::Nobody => Decision::Ask(Endpoint::SignIn, None),
        Choice::Several => Decision::Ask(Endpoint::ChooseAccount, None),
        Choice::Person(person) if !device::is_fresh(cx, client, person, open) => {
            Decision::Ask(Endpoint::SignIn, Some(person.session_id()))
        }
        Choice::Person(person) => {
            let page = decide::before_anything_else(cx, person).unwrap_or(Endpoint::DeviceConsent);
            Decision::Ask(page, Some(person.session_id()))
        }
    })
}

impl Refused {
    /// The answer; logs once. The way on is the page for the code.
    fn into_reply(self, cx: &Cx) -> Reply {
        let (problem, reason) = match self {
            Self::Page(problem, reason) => (problem, reason),
            Self::Fault(fault) => return cx.fault_page(&fault, "a device's request failed", "server_error"),
        };
        cx.refused("a device's request does not go on", reason, "");
        let back = (problem == Problem::DeviceCode).then(|| cx.path(Endpoint::Device));
        let developer = vec![("reason".to_owned(), reason.to_owned())];
        let content = ErrorPage { error: "invalid_request".to_owned(), problem, developer, back };
        Reply::page(StatusCode::BAD_REQUEST, cx.page(None, cx.locale, Content::Error(content)))
    }
}
