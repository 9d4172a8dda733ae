//! Where the sign-in pages hand a visit to an account back: who in this browser is meant, and whether they have to prove again who they
//! are, is decided anew with what is there now.

use super::super::form::{Refused, handle_of};
use super::Away;
use super::page::address;
use http::StatusCode;
use usher_core::account::{Visit, is_fresh};
use usher_core::browser::Browser;
use usher_core::interaction::{self, Door, Interaction, InteractionError, Open, Progress, Standing};
use usher_core::mail::verify;
use usher_core::{AuthnContext, Cx, Fault, Reply, Request};
use usher_store::{Applied, Batch};
use usher_types::page::Problem;
use usher_types::{Endpoint, Opaque, SessionId};

/// Answers when the pages hand a visit back.
pub async fn resume(cx: &Cx, request: Request) -> Reply {
    go_on(cx, &request).await.unwrap_or_else(|away| away.into_reply(cx))
}

/// What happens next.
enum Decision<'a> {
    /// Somebody is asked something on one of the pages: the person with this session, where that is decided.
    Ask(Endpoint, Option<SessionId>),
    /// The visit goes on.
    Go(&'a AuthnContext),
}

/// How often a visit is decided again because another tab was first.
const TRIES: usize = 5;

async fn go_on(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let text = handle_of(request)?;
    let handle = Opaque::parse(&text).map_err(|_| Refused::gone())?;
    let browser = Browser::of(cx, request);
    for _ in 0..TRIES {
        let (open, row) = interaction::read(cx, &handle, browser.as_ref()).await.map_err(|e| match e {
            InteractionError::Gone => Refused::gone(),
            InteractionError::OtherBrowser => {
                Refused::Page(StatusCode::BAD_REQUEST, Problem::OtherBrowser, e.to_string())
            }
            InteractionError::Fault(fault) => fault.into(),
        })?;
        let visit =
            Visit::parse(&open.interaction.request).filter(|_| open.interaction.door == Door::Account);
        let visit = visit.ok_or_else(Refused::gone)?;
        if open.standing == Standing::Former {
            return begin_again(cx, &open).await;
        }
        let people = AuthnContext::all(cx, browser.as_ref(), &row);
        match decide(cx, &visit, &people, &open) {
            Decision::Go(person) => return Ok(go(cx, &visit, person, &text)),
            Decision::Ask(page, person) => {
                // The page and the next decision must speak of the same person and of the browser's present secret.
                let browser = browser.as_ref().ok_or_else(Refused::gone)?;
                let progress =
                    Progress { session: person.or(open.progress.session), ..open.progress.clone() };
                if (open.standing == Standing::Bound && progress == open.progress)
                    || open.record_alone(cx, &progress, browser).await? == Applied::Done
                {
                    return Ok(Reply::see_other(&interaction::page_address(cx, page, &text)));
                }
            }
        }
    }
    Err(Fault::bug("an interaction changed again and again while it was decided").into())
}

/// A form sent twice carries the secret that the first sending replaced. It proves nobody, so it goes on as in a new browser.
async fn begin_again(cx: &Cx, open: &Open) -> Result<Reply, Away> {
    let (browser, cookie) = interaction::browser_for(cx, None, None);
    let mut batch = Batch::new();
    let again = Interaction { somebody_here: false, ..Interaction::clone(&open.interaction) };
    let handle = interaction::begin(cx, &mut batch, &browser, again, None);
    let _ = cx.store().apply(batch).await?;
    Ok(Reply::see_other(&interaction::page_address(cx, Endpoint::SignIn, &handle)).with_cookie(cookie))
}

fn decide<'a>(cx: &Cx, visit: &Visit, people: &'a [AuthnContext], open: &Open) -> Decision<'a> {
    let person = match (open.progress.session, people) {
        (Some(chosen), people) => people.iter().find(|p| p.session_id() == chosen),
        // A link is for one person.
        (None, people) if visit.link.is_some() => people.iter().find(|p| Some(p.user_id()) == visit.person),
        (None, [one]) if !visit.choose => Some(one),
        (None, [_, ..]) => return Decision::Ask(Endpoint::ChooseAccount, None),
        (None, []) => None,
    };
    let Some(person) = person else { return Decision::Ask(Endpoint::SignIn, None) };
    let session = Some(person.session_id());
    let proved = person.auth_time() >= open.created_at || is_fresh(cx, person);
    if !proved && (visit.fresh || person.must_change_password()) {
        return Decision::Ask(Endpoint::SignIn, session);
    }
    if person.must_change_password() {
        return Decision::Ask(Endpoint::ChangePassword, session);
    }
    Decision::Go(person)
}

/// To the place, or back to a link, whose page decides anew for whoever is here. What was typed by one person is nobody else's, and the
/// place looks at that.
fn go(cx: &Cx, visit: &Visit, person: &AuthnContext, handle: &str) -> Reply {
    if let Some(link) = visit.link {
        return Reply::see_other(&verify::way_back(cx, link));
    }
    let address = address(cx, visit.place, person.session_id());
    let remembers = visit.notice.is_some() || !visit.typed.is_empty();
    Reply::see_other(&if remembers { format!("{address}&interaction={handle}") } else { address })
}
