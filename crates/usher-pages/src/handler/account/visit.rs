//! A visit to a page of an account: who comes, and whether they may do what their form says.
//!
//! Invariant: a change is made only with a living session of this browser, named by the form that this server's page made for it, and,
//! but for signing out, with a sign-in of the last minutes. [`Visitor::with_form`] alone lets a form through.

use super::super::form::{Refused, field, fields, is_ours};
use super::Away;
use http::StatusCode;
use usher_core::account::{Visit, is_fresh};
use usher_core::browser::Browser;
use usher_core::interaction::{self, Door, Interaction};
use usher_core::{AuthnContext, Cx, Fault, Reply, Request};
use usher_store::Batch;
use usher_store::tables::AuthorizeRow;
use usher_types::page::{AccountNotice, AccountPlace, Problem};
use usher_types::{Endpoint, Opaque, Params, SessionId};

/// What a page or a change needs beside a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// A sign-in of the last minutes.
    FreshSignIn,
    /// Nothing.
    Nothing,
}

/// Somebody at a page of their account.
pub(super) struct Visitor {
    pub(super) browser: Browser,
    /// What was read about the browser.
    pub(super) row: AuthorizeRow,
    pub(super) person: AuthnContext,
    /// How many people are signed in here.
    pub(super) people: usize,
    /// The visit that they come back from, where they had to sign in first.
    pub(super) back_from: Option<Visit>,
}

impl Visitor {
    /// Whoever asks for a page. One read.
    pub(super) async fn arrive(
        cx: &Cx,
        request: &Request,
        place: AccountPlace,
        needs: Needs,
    ) -> Result<Self, Away> {
        let params = request.query_params().unwrap_or_default();
        let browser = Browser::of(cx, request);
        let (row, back_from) = read(cx, &params, browser.as_ref()).await?;
        let session = params.one("session").ok().flatten();
        let choose = params.first("choose").is_some();
        let visit = Visit { choose, ..Visit::to(place) };
        let visitor = match Self::find(cx, browser, row, session.filter(|_| !choose)) {
            Ok(visitor) if !choose => visitor,
            Ok(visitor) => return away(cx, Some(visitor.browser), &visitor.row, &visit, None).await,
            Err(nobody) => return away(cx, nobody.browser, &nobody.row, &visit, None).await,
        };
        let back_from =
            back_from.filter(|visit| visit.place == place && visit.person == Some(visitor.person.user_id()));
        if visitor.person.must_change_password() {
            return visitor.away(cx, &visit).await;
        }
        if needs == Needs::FreshSignIn && !is_fresh(cx, &visitor.person) {
            return visitor.away(cx, &Visit { fresh: true, ..visit }).await;
        }
        Ok(Self { back_from, ..visitor })
    }

    /// Whoever sends a form with these fields and no others, if they may. What was typed into a profile is shown again
    /// where they may not yet.
    pub(super) async fn with_form(
        cx: &Cx,
        request: &Request,
        place: AccountPlace,
        needs: Needs,
        members: &[&str],
    ) -> Result<(Self, Params), Away> {
        let params = fields(cx, request)?;
        let known = |name: &str| SHARED.contains(&name) || members.contains(&name);
        if let Some((name, _)) = params.pairs().iter().find(|(name, _)| !known(name)) {
            return Err(wrong(format!("the form has a field {name:?} that this page does not take")).into());
        }
        let session = field(&params, "session")?;
        let form_token = field(&params, "form_token")?;
        let browser = Browser::of(cx, request);
        let row = cx.store().people_here(cx.here(browser.as_ref())).await?;
        let visit = Visit::to(place);
        let Some(named) = session else { return away(cx, browser, &row, &visit, None).await };
        let visitor = match Self::find(cx, browser, row, Some(named)) {
            Ok(visitor) => visitor,
            Err(nobody) => return away(cx, nobody.browser, &nobody.row, &visit, None).await,
        };
        let typed = || match place {
            AccountPlace::Profile => params.only(members).pairs().to_vec(),
            _ => Vec::new(),
        };
        let person = Some(visitor.person.user_id());
        if visitor.person.must_change_password() {
            return visitor.away(cx, &visit).await;
        }
        if !is_ours(&visitor.browser, &label(visitor.person.session_id()), form_token) {
            let notice = Some(AccountNotice::Stale);
            return visitor.away(cx, &Visit { person, typed: typed(), notice, ..visit }).await;
        }
        if needs == Needs::FreshSignIn && !is_fresh(cx, &visitor.person) {
            let notice = Some(AccountNotice::SignedInAgain);
            return visitor.away(cx, &Visit { fresh: true, person, typed: typed(), notice, ..visit }).await;
        }
        Ok((visitor, params))
    }

    /// The person with the session that is named; the only one who is here where none is named.
    fn find(
        cx: &Cx,
        browser: Option<Browser>,
        row: AuthorizeRow,
        session: Option<&str>,
    ) -> Result<Self, Box<Nobody>> {
        let people = AuthnContext::all(cx, browser.as_ref(), &row);
        let person = match (session, people.as_slice()) {
            (Some(named), people) => people.iter().find(|p| p.session_id().to_string() == named),
            (None, [one]) => Some(one),
            (None, _) => None,
        };
        match (browser, person.cloned()) {
            (Some(browser), Some(person)) => {
                Ok(Self { browser, row, person, people: people.len(), back_from: None })
            }
            (browser, _) => Err(Box::new(Nobody { browser, row })),
        }
    }

    /// To the sign-in pages and back.
    async fn away<T>(self, cx: &Cx, visit: &Visit) -> Result<T, Away> {
        away(cx, Some(self.browser), &self.row, visit, Some(&self.person)).await
    }

    /// The form token of this person's forms.
    pub(super) fn form_token(&self) -> String {
        self.browser.form_token(&label(self.person.session_id()))
    }
}

/// A browser in which the person who is meant is not signed in.
struct Nobody {
    browser: Option<Browser>,
    row: AuthorizeRow,
}

/// The fields that every form has.
const SHARED: [&str; 3] = ["session", "form_token", "interaction"];

/// What a form token is made for: no interaction has such a name.
fn label(session: SessionId) -> String {
    format!("account {session}")
}

/// A form that no page of ours sends.
pub(super) fn wrong(reason: String) -> Refused {
    Refused::Page(StatusCode::BAD_REQUEST, Problem::Request, reason)
}

/// The people in the browser, and the visit that one of them comes back from. One read, where the address is one that we made.
async fn read(
    cx: &Cx,
    params: &Params,
    browser: Option<&Browser>,
) -> Result<(AuthorizeRow, Option<Visit>), Fault> {
    let handle = params.one("interaction").ok().flatten().and_then(|text| Opaque::parse(text).ok());
    if let Some(handle) = handle
        && let Ok((open, row)) = interaction::read(cx, &handle, browser).await
    {
        let ours = open.interaction.door == Door::Account;
        return Ok((row, Visit::parse(&open.interaction.request).filter(|_| ours)));
    }
    Ok((cx.store().people_here(cx.here(browser)).await?, None))
}

/// Stores a visit that waits for a person, and hands it to its door.
async fn away<T>(
    cx: &Cx,
    browser: Option<Browser>,
    row: &AuthorizeRow,
    visit: &Visit,
    person: Option<&AuthnContext>,
) -> Result<T, Away> {
    let somebody_here = !AuthnContext::all(cx, browser.as_ref(), row).is_empty();
    let (browser, cookie) = interaction::browser_for(cx, browser, row.browser_hash);
    let identifier = person.and_then(|p| p.profile().login_name()).map(str::to_owned);
    let interaction = Interaction {
        somebody_here: somebody_here && !visit.fresh,
        ..visit.interaction(cx.locale, identifier)
    };
    let mut batch = Batch::new();
    let session = person.map(AuthnContext::session_id);
    let handle = interaction::begin(cx, &mut batch, &browser, interaction, session);
    let _ = cx.store().apply(batch).await?;
    let resume = interaction::page_address(cx, Endpoint::AccountResume, &handle);
    Err(Away::Elsewhere(Box::new(Reply::see_other(&resume).with_cookie(cookie))))
}
