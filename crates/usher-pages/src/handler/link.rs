//! What the pages around links in mails share.

use http::StatusCode;
use std::sync::Arc;
use usher_core::browser::Browser;
use usher_core::interaction::{self, Interaction, Standing};
use usher_core::{Cx, Reply, Request};
use usher_store::{Applied, Batch};
use usher_types::page::{Content, Done, ErrorPage, LinkPage, Notice, Problem, SignInNotice};
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

/// What was done, and the way on: to the sign-in that waits, or to the person's account.
pub(super) fn notice(cx: &Cx, request: &Request, handle: &str, what: Done) -> Reply {
    let way = match what {
        Done::LinkSent | Done::SignUpSent => sign_in_address(cx, handle),
        Done::PasswordChosen
        | Done::FirstPasswordChosen
        | Done::EmailVerified
        | Done::AddressTaken
        | Done::SignInFirst
        | Done::AccountMade => Some(cx.path(Endpoint::Account)),
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

/// On to signing in, where a sign-in still waits in this browser; else to another address.
pub(super) async fn on_to_sign_in(cx: &Cx, request: &Request, on: GoesOn, to: &str) -> Reply {
    let browser = Browser::of(cx, request);
    if let Some(handle) = on.handle
        && let Some(browser) = browser
        && let Ok(opaque) = Opaque::parse(&handle)
        && let Ok((open, _)) = interaction::read(cx, &opaque, Some(&browser)).await
    {
        let handle = match open.standing {
            Standing::Bound => named(cx, &browser, &open.interaction, on.identifier).await.unwrap_or(handle),
            Standing::Moved | Standing::Former => handle,
        };
        let address = interaction::page_address(cx, Endpoint::SignIn, &handle);
        return Reply::see_other(&format!("{address}&done={}", on.notice.name()));
    }
    Reply::see_other(to)
}

/// The same sign-in with the name filled in, which only this browser sees.
async fn named(cx: &Cx, browser: &Browser, waits: &Interaction, identifier: String) -> Option<String> {
    let again = Interaction { identifier: Some(identifier), ..waits.clone() };
    let mut batch = Batch::new();
    let handle = interaction::begin(cx, &mut batch, browser, again, None);
    (cx.store().apply(batch).await.ok()? == Applied::Done).then_some(handle)
}
