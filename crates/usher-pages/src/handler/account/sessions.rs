//! Where a person is signed in: one session ends, or all but this one.

use super::super::form::{field, is_post};
use super::Away;
use super::overview::sign_out;
use super::page::{address, back, done, page};
use super::visit::{Needs, Visitor, wrong};
use usher_core::account::{Outcome, browser_name, sessions as own};
use usher_core::{Cx, Reply, Request};
use usher_store::tables::OwnSessionRow;
use usher_types::SessionId;
use usher_types::page::{AccountContent, AccountNotice, AccountPlace, Ago, OwnSessions, SessionItem};

const PLACE: AccountPlace = AccountPlace::Sessions;

/// Shows the page, or takes what a person ends.
pub async fn sessions(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|away| away.into_reply(cx))
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let visitor = Visitor::arrive(cx, request, PLACE, Needs::Nothing).await?;
    let params = request.query_params().unwrap_or_default();
    let after: Option<SessionId> = params.first("after").and_then(|id| id.parse().ok());
    let list = own::list(cx, &visitor.person, after).await?;
    let current = visitor.person.session_id();
    let content = OwnSessions {
        others: after.is_some() || list.next.is_some() || list.sessions.len() > 1,
        sessions: list.sessions.iter().map(|session| item(cx, session, current)).collect(),
        next: list.next.map(|after| format!("{}&after={after}", address(cx, PLACE, current))),
    };
    Ok(page(cx, &visitor, PLACE, done(request, &visitor), AccountContent::Sessions(content)))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let members = ["decision", "id"];
    let (visitor, params) = Visitor::with_form(cx, request, PLACE, Needs::FreshSignIn, &members).await?;
    let current = visitor.person.session_id();
    let outcome = match field(&params, "decision")? {
        Some("end-others") => own::end_others(cx, &visitor.person).await?,
        Some("end") => match field(&params, "id")?.and_then(|id| id.parse().ok()) {
            Some(id) if id == current => return sign_out(cx, &visitor).await,
            Some(id) => own::end(cx, &visitor.person, id).await?,
            None => Outcome::NotThere,
        },
        _ => return Err(wrong("the form says nothing that this page does".to_owned()).into()),
    };
    let notice = match outcome {
        Outcome::Done => AccountNotice::SessionsEnded,
        Outcome::NotThere => AccountNotice::Gone,
    };
    Ok(back(cx, PLACE, &visitor, notice))
}

fn item(cx: &Cx, row: &OwnSessionRow, current: SessionId) -> SessionItem {
    let (browser, system) = row.browser_name.as_deref().map(browser_name::parts).unwrap_or_default();
    let session = &row.session;
    SessionItem {
        id: session.id.to_string(),
        current: session.id == current,
        browser,
        system,
        began: Ago::between(row.created_at, cx.now),
        proved: Ago::between(session.auth_time, cx.now),
        seen: Ago::between(session.seen_at, cx.now),
        methods: session.amr.split(' ').filter(|m| !m.is_empty()).map(str::to_owned).collect(),
        remembered: session.remembered,
    }
}
