//! The decision on an authorization request (OpenID Connect Core §3.1.2.3 and §3.1.2.4): who in this browser is meant, whether they
//! proved recently enough who they are, and whether they allow what is asked for. A pure function over what was read.
//!
//! Invariant: what a page was shown for is judged by its effect on the session, never by the page having been shown.

use super::error::AuthorizeError;
use super::progress;
use super::request::AuthorizationRequest;
use crate::grant::birth::{Refresh, Withheld};
use crate::hint;
use usher_core::consent::Asked;
use usher_core::interaction::Open;
use usher_core::{AuthnContext, Cx};
use usher_store::tables::AuthorizeRow;
use usher_types::fold::IdentifierKey;
use usher_types::{Endpoint, SessionId, UserId, limits};

/// What happens next.
pub(crate) enum Decision<'a> {
    /// The person gets a code to take back.
    Issue(&'a AuthnContext),
    /// Somebody is asked something on one of the pages: the person with this session, where that is decided.
    Ask(Endpoint, Option<SessionId>),
}

/// Decides.
pub(crate) fn decide<'a>(
    cx: &Cx,
    asked: &AuthorizationRequest,
    row: &AuthorizeRow,
    people: &'a [AuthnContext],
    open: Option<&Open>,
) -> Result<Decision<'a>, AuthorizeError> {
    if !row.client.as_ref().is_some_and(|c| c.enabled) {
        return Err(asked.refuse("unauthorized_client", "this application is disabled"));
    }
    let done = progress(open);
    if done.denied {
        return Err(asked.refuse("access_denied", "the person refused"));
    }
    // Initiating User Registration via OpenID Connect 1.0 §4: "create: A value of create indicates to the OpenID Provider that the client
    // desires that the user be shown the account creation UX rather than the login flow." Until somebody has signed in here.
    if asked.prompt.create && done.session.is_none() {
        return Ok(Decision::Ask(Endpoint::SignUp, None));
    }
    let expected = expected_person(cx, asked, row)?;
    // OpenID Connect Core §3.1.2.1, id_token_hint: "the Authorization Server … MUST return an error, such as login_required, if it is not"
    // the person who was hinted at who signed in.
    let somebody_else = |p: &&AuthnContext| {
        done.session == Some(p.session_id()) && expected.is_some_and(|e| e != p.user_id())
    };
    if people.iter().any(|p| somebody_else(&p)) {
        return Err(
            asked.refuse("login_required", "somebody else signed in than the person who was asked for")
        );
    }
    let person = match choose(asked, people, expected, open) {
        Choice::Person(person) => person,
        Choice::Nobody if asked.prompt.none => {
            return Err(asked.refuse("login_required", "nobody who could be meant is signed in here"));
        }
        Choice::Several if asked.prompt.none => {
            return Err(asked.refuse(
                "account_selection_required",
                "several people are signed in here: send login_hint or id_token_hint",
            ));
        }
        Choice::Nobody => return Ok(Decision::Ask(Endpoint::SignIn, None)),
        Choice::Several => return Ok(Decision::Ask(Endpoint::ChooseAccount, None)),
    };
    if !is_fresh(cx, asked, person, open) {
        return match asked.prompt.none {
            true => Err(asked.refuse("login_required", "the sign-in is older than max_age allows")),
            false => Ok(Decision::Ask(Endpoint::SignIn, Some(person.session_id()))),
        };
    }
    if let Some(page) = before_anything_else(cx, person) {
        return match asked.prompt.none {
            // OpenID Connect Core §3.1.2.6, interaction_required: "The Authorization Server requires End-User interaction of some form to
            // proceed."
            true => {
                Err(asked.refuse("interaction_required", "the person has to choose a new password first"))
            }
            false => Ok(Decision::Ask(page, Some(person.session_id()))),
        };
    }
    // OpenID Connect Core §5.5.1.1: "If this is an Essential Claim and the requirement cannot be met, then the Authorization Server
    // MUST treat that outcome as a failed authentication attempt."
    if !asked.essential_acr.is_empty() && !asked.essential_acr.iter().any(|acr| acr == person.acr()) {
        return Err(asked.refuse(
            "unmet_authentication_requirements",
            "no authentication context class of those demanded can be reached",
        ));
    }
    let allowed_now = done.allowed == Some(person.session_id());
    // What was allowed a moment ago may have been taken back since: then it is asked for again.
    if !is_covered(asked, person) || (!allowed_now && is_asked_anew(asked)) {
        return match asked.prompt.none {
            true => Err(asked.refuse("consent_required", "the person has not allowed this yet")),
            false => Ok(Decision::Ask(Endpoint::Consent, Some(person.session_id()))),
        };
    }
    Ok(Decision::Issue(person))
}

/// The page that comes before anything is allowed: a password that somebody else set is changed by who proved lately to know it.
pub(crate) fn before_anything_else(cx: &Cx, person: &AuthnContext) -> Option<Endpoint> {
    let proved = person.is_young(cx.now, Some(limits::FRESH_SIGN_IN));
    let page = if proved { Endpoint::ChangePassword } else { Endpoint::SignIn };
    person.must_change_password().then_some(page)
}

/// The person that the request insists on.
fn expected_person(
    cx: &Cx,
    asked: &AuthorizationRequest,
    row: &AuthorizeRow,
) -> Result<Option<UserId>, AuthorizeError> {
    let Some(token) = &asked.id_token_hint else { return Ok(asked.demanded_sub) };
    let sealed = row.client.as_ref().and_then(|c| c.secret_sealed.as_deref());
    let hint = hint::verify(cx, token, Some(&asked.client), sealed);
    let hint = hint
        .ok_or_else(|| asked.refuse("invalid_request", "id_token_hint is not an ID token of this issuer"))?;
    match asked.demanded_sub {
        Some(sub) if sub != hint.user_id => {
            Err(asked.refuse("invalid_request", "id_token_hint and claims ask for different people"))
        }
        _ => Ok(Some(hint.user_id)),
    }
}

/// Who in a browser is meant.
pub(crate) enum Choice<'a> {
    /// This person.
    Person(&'a AuthnContext),
    /// Nobody who is here.
    Nobody,
    /// One of several; they say which.
    Several,
}

fn choose<'a>(
    asked: &AuthorizationRequest,
    people: &'a [AuthnContext],
    expected: Option<UserId>,
    open: Option<&Open>,
) -> Choice<'a> {
    let mut possible = people.iter().filter(|p| expected.is_none_or(|e| p.user_id() == e));
    if let Some(session) = progress(open).session {
        return possible.find(|p| p.session_id() == session).map_or(Choice::Nobody, Choice::Person);
    }
    let possible: Vec<&AuthnContext> = possible.collect();
    if asked.prompt.select_account && !possible.is_empty() {
        return Choice::Several;
    }
    let named = asked.login_hint.as_deref().and_then(IdentifierKey::fold);
    if let Some(key) = named.filter(|_| expected.is_none()) {
        let mut hinted = possible.iter().filter(|p| {
            p.profile().login_names().any(|(_, n)| IdentifierKey::fold(n).as_ref() == Some(&key))
        });
        return hinted.next().map_or(Choice::Nobody, |p| Choice::Person(p));
    }
    among(&possible)
}

/// The person who is meant where nothing tells them apart.
pub(crate) fn among<'a>(possible: &[&'a AuthnContext]) -> Choice<'a> {
    match possible {
        [] => Choice::Nobody,
        [one] => Choice::Person(one),
        _ => Choice::Several,
    }
}

/// Whether the person proved who they are as recently as the request wants: within max_age, and for prompt=login since this very
/// request began. A code that was given uses that proof up, so that coming back to an old request proves nothing.
fn is_fresh(cx: &Cx, asked: &AuthorizationRequest, person: &AuthnContext, open: Option<&Open>) -> bool {
    let since_request = open.is_some_and(|o| {
        let from = o.progress.code.map_or(o.created_at, |(_, at)| at);
        person.auth_time() >= from
    });
    since_request || (!asked.prompt.login && person.is_young(cx.now, asked.max_age))
}

/// Whether what can be granted was allowed and still is, or nobody is asked.
fn is_covered(asked: &AuthorizationRequest, person: &AuthnContext) -> bool {
    let wanted = Asked { scope: asked.grantable_scope(person), claims: asked.single_claims() };
    wanted.is_covered(&asked.client, person)
}

/// Whether an earlier consent does not do.
fn is_asked_anew(asked: &AuthorizationRequest) -> bool {
    let client = &asked.client;
    // RFC 8252 §8.6: requests "without user consent or interaction" only "when the identity of the client can be assured".
    !client.settings.skip_consent && (asked.prompt.consent || !client.is_assured_at(asked.redirect.as_str()))
}

impl AuthorizationRequest {
    /// The scope that can be granted to this person. OpenID Connect Core §11: without prompt=consent, `offline_access` is ignored
    /// "unless other conditions for processing the request permitting offline access … are in place": an earlier consent or an
    /// administrator's.
    pub(crate) fn grantable_scope(&self, person: &AuthnContext) -> usher_types::Scope {
        let offline = self.prompt.consent
            || self.client.settings.skip_consent
            || person.consented_scope().contains("offline_access");
        self.scope.filtered(|s| s != "offline_access" || offline)
    }

    /// Whether this person's grant has a refresh token.
    pub(crate) fn refresh_for(&self, person: &AuthnContext) -> Refresh {
        match self.refresh {
            Refresh::Given if !self.grantable_scope(person).contains("offline_access") => {
                Refresh::Withheld(Withheld::NoConsent)
            }
            other => other,
        }
    }

    /// The single claims that the scope does not yield anyway.
    pub(crate) fn single_claims(&self) -> Vec<String> {
        let yielded: Vec<&str> = usher_core::claims::of_scope(&self.client, &self.scope).collect();
        self.claims.all().into_iter().filter(|c| !yielded.contains(c)).map(str::to_owned).collect()
    }
}
