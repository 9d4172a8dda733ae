//! What the pages around links in mails share.

use super::form::is_ours;
use http::StatusCode;
use std::sync::Arc;
use usher_core::account::Visit;
use usher_core::browser::Browser;
use usher_core::interaction::{self, Interaction, InteractionError, Standing};
use usher_core::{Cx, Fault, Reply, Request};
use usher_store::{Applied, Batch};
use usher_types::page::{AccountPlace, Content, Done, ErrorPage, LinkPage, Notice, Problem, SignInNotice};
use usher_types::{Endpoint, Opaque};

/// What is not switched on is not there.
pub(super) fn not_there(cx: &Cx) -> Reply {
    let content = ErrorPage {
        error: "invalid_request".to_owned(),
        problem: Problem::NotFound,
        developer: Vec::new(),
        back: None,
    };
    Reply::page(StatusCode::NOT_FOUND, cx.page(None, cx.locale, Content::Error(content)))
}

/// The interaction that waits in this browser, where memory knows it: for the application's name and the language.
pub(super) fn waiting(cx: &Cx, request: &Request, handle: &str) -> Option<Arc<Interaction>> {
    interaction::peek(cx, handle, &Browser::of(cx, request)?)
}

/// A page, on behalf of the application that waits.
pub(super) fn page(cx: &Cx, interaction: Option<&Interaction>, content: LinkPage) -> Reply {
    let client_id = interaction.map(|i| i.client_id.as_str());
    let locale = interaction.map_or(cx.locale, |i| i.locale);
    Reply::page(StatusCode::OK, cx.page(client_id, locale, Content::Link(Box::new(content))))
}

/// The address of a page that says what was done in this browser.
pub(super) fn done_address(cx: &Cx, page: Endpoint, browser: &Browser, what: Done) -> String {
    let proof = browser.form_token(&label(what));
    format!("{}?done={}.{proof}", cx.path(page), what.name())
}

/// What was done in this browser, as such an address says it. Nobody else can make one, so that no link from elsewhere has a page of ours
/// say that something was done.
pub(super) fn done(cx: &Cx, request: &Request) -> Option<Done> {
    let params = request.query_params().ok()?;
    let (name, proof) = params.first("done")?.split_once('.')?;
    let (what, browser) = (Done::named(name)?, Browser::of(cx, request)?);
    is_ours(&browser, &label(what), Some(proof)).then_some(what)
}

/// What the proof is made for: no interaction has such a name.
fn label(what: Done) -> String {
    format!("done {}", what.name())
}

/// What was done, and the way on: to the sign-in that waits, or to the person's account.
pub(super) fn notice(cx: &Cx, request: &Request, handle: &str, what: Done) -> Reply {
    let way = match what {
        Done::LinkSent | Done::SignUpSent => sign_in_address(cx, handle),
        Done::EmailVerified | Done::AddressTaken => Some(cx.path(Endpoint::Account)),
    };
    page(cx, waiting(cx, request, handle).as_deref(), LinkPage::Notice(Notice { what, way }))
}

/// Back to the sign-in of a handle; what is no handle leads nowhere.
pub(super) fn sign_in_address(cx: &Cx, handle: &str) -> Option<String> {
    Opaque::parse(handle).is_ok().then(|| interaction::page_address(cx, Endpoint::SignIn, handle))
}

/// What a link has done, and where the person goes on.
pub(super) struct GoesOn {
    /// The sign-in that waits, where one was begun before.
    pub(super) handle: Option<String>,
    /// The name to sign in with.
    pub(super) identifier: String,
    /// What was done.
    pub(super) notice: SignInNotice,
}

/// On to signing in with the name filled in: to the sign-in that waits in this browser, where one does, else to the person's account.
pub(super) async fn on_to_sign_in(cx: &Cx, browser: &Browser, on: GoesOn) -> Reply {
    let notice = on.notice.name();
    match way_on(cx, browser, on).await {
        Ok(Some(handle)) => {
            let address = interaction::page_address(cx, Endpoint::SignIn, &handle);
            Reply::see_other(&format!("{address}&done={notice}"))
        }
        // What the link has done stays done. The account's pages begin with signing in, too.
        Ok(None) | Err(_) => Reply::see_other(&cx.path(Endpoint::Account)),
    }
}

async fn way_on(cx: &Cx, browser: &Browser, on: GoesOn) -> Result<Option<String>, Fault> {
    if let Some(handle) = waits_here(cx, browser, &on).await? {
        return Ok(Some(handle));
    }
    let visit = Visit::to(AccountPlace::Overview).interaction(cx.locale, Some(on.identifier));
    begin(cx, browser, visit).await
}

/// The sign-in that waits in this browser; its page has the name filled in, which only this browser sees.
async fn waits_here(cx: &Cx, browser: &Browser, on: &GoesOn) -> Result<Option<String>, Fault> {
    let Some(handle) = &on.handle else { return Ok(None) };
    let Ok(opaque) = Opaque::parse(handle) else { return Ok(None) };
    let open = match interaction::read(cx, &opaque, Some(browser)).await {
        Ok((open, _)) => open,
        Err(InteractionError::Gone | InteractionError::OtherBrowser) => return Ok(None),
        Err(InteractionError::Fault(fault)) => return Err(fault),
    };
    let handle = handle.clone();
    if open.standing != Standing::Bound {
        return Ok(Some(handle));
    }
    let named =
        Interaction { identifier: Some(on.identifier.clone()), ..Interaction::clone(&open.interaction) };
    Ok(Some(begin(cx, browser, named).await?.unwrap_or(handle)))
}

/// Stores what waits for a sign-in; its handle.
pub(super) async fn begin(cx: &Cx, browser: &Browser, waits: Interaction) -> Result<Option<String>, Fault> {
    let mut batch = Batch::new();
    let handle = interaction::begin(cx, &mut batch, browser, waits, None);
    Ok((cx.store().apply(batch).await? == Applied::Done).then_some(handle))
}
