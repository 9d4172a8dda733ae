//! What a person has allowed applications, and how they take it back.

use super::super::form::{field, is_post};
use super::Away;
use super::page::{address, back, done, page};
use super::visit::{Needs, Visitor, wrong};
use usher_core::account::Outcome;
use usher_core::account::applications::{self as own, Access};
use usher_core::{Cx, Reply, Request, consent};
use usher_types::page::{AccountContent, AccountNotice, AccountPlace, Ago, ApplicationItem, OwnApplications};

const PLACE: AccountPlace = AccountPlace::Applications;

/// Shows the page, or takes back what a person has allowed.
pub async fn applications(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|away| away.into_reply(cx))
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let visitor = Visitor::arrive(cx, request, PLACE, Needs::Nothing).await?;
    let params = request.query_params().unwrap_or_default();
    let list = own::list(cx, &visitor.person, params.first("after")).await?;
    let here = address(cx, PLACE, visitor.person.session_id());
    let next = list.next.map(|after| {
        let after: String = url::form_urlencoded::byte_serialize(after.as_bytes()).collect();
        format!("{here}&after={after}")
    });
    let applications = list.applications.iter().map(|access| item(cx, access)).collect();
    let content = AccountContent::Applications(OwnApplications { applications, next });
    Ok(page(cx, &visitor, PLACE, done(request, &visitor), content))
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let members = ["decision", "client_id"];
    let (visitor, params) = Visitor::with_form(cx, request, PLACE, Needs::FreshSignIn, &members).await?;
    if field(&params, "decision")? != Some("remove") {
        return Err(wrong("the form says nothing that this page does".to_owned()).into());
    }
    let client_id = field(&params, "client_id")?.unwrap_or_default();
    let notice = match own::remove(cx, &visitor.person, client_id).await? {
        Outcome::Done => AccountNotice::AccessRemoved,
        Outcome::NotThere => AccountNotice::Gone,
    };
    Ok(back(cx, PLACE, &visitor, notice))
}

fn item(cx: &Cx, access: &Access) -> ApplicationItem {
    let client = cx.pool.clients.get(&access.client_id);
    ApplicationItem {
        client_id: access.client_id.clone(),
        name: client.map_or_else(|| access.client_id.clone(), |c| c.settings.client_name.clone()),
        since: Ago::between(access.since, cx.now),
        used: access.used_at.map(|at| Ago::between(at, cx.now)),
        offline: access.offline,
        items: client.map(|c| consent::items(c, &access.scope, &access.claims)).unwrap_or_default(),
    }
}
