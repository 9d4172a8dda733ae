//! Whose account it is, the way to its parts, and the way out.

use super::super::form::{field, is_post};
use super::Away;
use super::page::{done, page};
use super::visit::{Needs, Visitor, wrong};
use usher_core::browser::Browser;
use usher_core::{Cx, Reply, Request, logout};
use usher_types::Endpoint;
use usher_types::page::{AccountContent, AccountPlace};

const PLACE: AccountPlace = AccountPlace::Overview;

/// Shows the page, or signs the person out.
pub async fn overview(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|away| away.into_reply(cx))
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let visitor = Visitor::arrive(cx, request, PLACE, Needs::Nothing).await?;
    Ok(page(cx, &visitor, PLACE, done(request, &visitor), AccountContent::Overview))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let (visitor, params) = Visitor::with_form(cx, request, PLACE, Needs::Nothing, &["decision"]).await?;
    if field(&params, "decision")? != Some("sign-out") {
        return Err(wrong("the form says nothing that this page does".to_owned()).into());
    }
    sign_out(cx, &visitor).await
}

/// Ends the session at hand.
pub(super) async fn sign_out(cx: &Cx, visitor: &Visitor) -> Result<Reply, Away> {
    logout::sign_out(cx, &visitor.browser, &[&visitor.person], None).await?;
    let remaining = visitor.people.saturating_sub(1);
    let forget = (remaining == 0).then(|| Browser::forget_cookie(cx));
    let target = format!("{}?remaining={remaining}", cx.path(Endpoint::SignedOut));
    Ok(Reply::see_other(&target).with_cookie(forget))
}
