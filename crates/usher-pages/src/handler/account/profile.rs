//! A person's own claims: those that the pool lets them change, in a form that keeps what was typed, even over a sign-in in between.

use super::super::form::{field, is_post};
use super::Away;
use super::page::{back, done, page};
use super::visit::{Needs, Visitor, wrong};
use usher_core::account::Outcome as Withdrawn;
use usher_core::account::profile::{self as own, AddressAsked, Outcome};
use usher_core::{Cx, Reply, Request};
use usher_types::page::{AccountContent, AccountNotice, AccountPlace, ClaimField, FieldProblem, OwnProfile};

const PLACE: AccountPlace = AccountPlace::Profile;

/// Shows the page, or takes what was typed.
pub async fn profile(cx: &Cx, request: Request) -> Reply {
    let answer = if is_post(&request) { submit(cx, &request).await } else { show(cx, &request).await };
    answer.unwrap_or_else(|away| away.into_reply(cx))
}

async fn show(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let visitor = Visitor::arrive(cx, request, PLACE, Needs::Nothing).await?;
    let typed = visitor.back_from.as_ref().map(|visit| visit.typed.clone()).unwrap_or_default();
    shown(cx, &visitor, done(request, &visitor), &typed, &[]).await
}

async fn submit(cx: &Cx, request: &Request) -> Result<Reply, Away> {
    let fields = own::fields(cx);
    let members: Vec<&str> = fields.iter().copied().chain(["decision"]).collect();
    let (visitor, params) = Visitor::with_form(cx, request, PLACE, Needs::FreshSignIn, &members).await?;
    match field(&params, "decision")? {
        Some("withdraw") => return withdraw(cx, &visitor).await,
        Some(_) => return Err(wrong("the form says nothing that this page does".to_owned()).into()),
        None => {}
    }
    let typed = params.only(&fields).pairs().to_vec();
    for field in &fields {
        if typed.iter().filter(|(name, _)| name == field).count() > 1 {
            return Err(wrong(format!("the form has the field {field} more than once")).into());
        }
    }
    match own::change(cx, &visitor.person, &typed).await? {
        Outcome::Done { address } => {
            let notice = match address {
                None => AccountNotice::Saved,
                Some(AddressAsked::Mail) => AccountNotice::AddressMail,
                Some(AddressAsked::TooMany) => AccountNotice::AddressTooMany,
            };
            Ok(back(cx, PLACE, &visitor, notice))
        }
        Outcome::Refused(problems) => shown(cx, &visitor, None, &typed, &problems).await,
        Outcome::Overtaken => shown(cx, &visitor, Some(AccountNotice::Stale), &typed, &[]).await,
    }
}

/// Takes another address back that waits for its link.
async fn withdraw(cx: &Cx, visitor: &Visitor) -> Result<Reply, Away> {
    let notice = match own::withdraw(cx, &visitor.person).await? {
        Withdrawn::Done => AccountNotice::AddressWithdrawn,
        Withdrawn::NotThere => AccountNotice::Gone,
    };
    Ok(back(cx, PLACE, visitor, notice))
}

/// The page with what was typed, else what is stored.
async fn shown(
    cx: &Cx,
    visitor: &Visitor,
    notice: Option<AccountNotice>,
    typed: &[(String, String)],
    problems: &[(String, FieldProblem)],
) -> Result<Reply, Away> {
    let profile = visitor.person.profile();
    let names = own::fields(cx);
    let fields = names.iter().map(|name| ClaimField {
        name: (*name).to_owned(),
        value: typed
            .iter()
            .find(|(field, _)| field == name)
            .map_or_else(|| own::text(profile, name).unwrap_or_default(), |(_, value)| value.clone()),
        problem: problems.iter().find(|(field, _)| field == name).map(|(_, problem)| *problem),
    });
    let fields = fields.collect();
    let waiting = if names.contains(&"email") { own::waiting(cx, &visitor.person).await? } else { None };
    let content = OwnProfile { fields, fixed: own::fixed(profile, &names), waiting };
    Ok(page(cx, visitor, PLACE, notice, AccountContent::Profile(content)))
}
