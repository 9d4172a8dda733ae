//! What stands around every page of an account, and the way back to one after a change.

use super::super::form::is_ours;
use super::visit::Visitor;
use http::StatusCode;
use usher_core::browser::Browser;
use usher_core::{Cx, Reply, Request};
use usher_types::SessionId;
use usher_types::page::{AccountContent, AccountNotice, AccountPage, AccountPlace, Content, Form};

/// A page of an account.
pub(super) fn page(
    cx: &Cx,
    visitor: &Visitor,
    place: AccountPlace,
    notice: Option<AccountNotice>,
    content: AccountContent,
) -> Reply {
    let session = visitor.person.session_id();
    let form = Form {
        action: cx.path(place.endpoint()),
        interaction: String::new(),
        form_token: visitor.form_token(),
    };
    let page = AccountPage {
        account: visitor.person.account(),
        ways: AccountPlace::ALL.map(|place| (place, address(cx, place, session))).to_vec(),
        choose: format!("{}?choose=1", cx.path(AccountPlace::Overview.endpoint())),
        sign_out: cx.path(AccountPlace::Overview.endpoint()),
        notice: notice.or_else(|| visitor.back_from.as_ref().and_then(|visit| visit.notice)),
        form,
        content,
    };
    Reply::page(StatusCode::OK, cx.page(None, cx.locale, Content::Account(Box::new(page))))
}

/// The address of a place of the account that a session opens.
pub(super) fn address(cx: &Cx, place: AccountPlace, session: SessionId) -> String {
    format!("{}?session={session}", cx.path(place.endpoint()))
}

/// Back to a place after its form was taken, so that loading it again sends nothing again.
pub(super) fn back(cx: &Cx, place: AccountPlace, visitor: &Visitor, notice: AccountNotice) -> Reply {
    back_in(cx, place, (visitor, &visitor.browser), notice)
}

/// The same in a browser that has a new secret.
pub(super) fn back_in(
    cx: &Cx,
    place: AccountPlace,
    (visitor, browser): (&Visitor, &Browser),
    notice: AccountNotice,
) -> Reply {
    let session = visitor.person.session_id();
    let name = serde_json::to_value(notice).ok();
    let name = name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
    let proof = browser.form_token(&label(session, name));
    Reply::see_other(&format!("{}&done={name}.{proof}", address(cx, place, session)))
}

/// What was done, as an address of [`back`] says it. Nobody else can make one, so that no link from elsewhere has a page of ours say that
/// something was done.
pub(super) fn done(request: &Request, visitor: &Visitor) -> Option<AccountNotice> {
    let params = request.query_params().ok()?;
    let (name, proof) = params.first("done")?.split_once('.')?;
    let label = label(visitor.person.session_id(), name);
    is_ours(&visitor.browser, &label, Some(proof)).then(|| serde_json::from_value(name.into()).ok())?
}

/// What the proof is made for: no form has such a name.
fn label(session: SessionId, name: &str) -> String {
    format!("done {name} {session}")
}
