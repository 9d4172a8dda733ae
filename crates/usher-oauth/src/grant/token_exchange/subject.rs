//! What a subject token must be: of this pool, alive, and issued to an application, or for an API, that the exchanging application may
//! speak for.

use super::{ExchangeRequest, TokenKind};
use crate::access_token::{self, Alive, Audience, Holder, Person};
use serde::Deserialize;
use serde_json::Value;
use usher_core::client::Client;
use usher_core::grant::Granted;
use usher_core::{Cx, Fault, session};
use usher_crypto::jose::{self, AcceptedType};
use usher_store::tables::{ClientSecrets, Demand, IdTokenNames, IdTokenRead, SessionRow};
use usher_types::{GrantId, Opaque, Scope, SessionId, Span, Timestamp, UserId};

/// The person on whose behalf a token is asked for, and what may at most be had for them.
pub(super) struct Subject {
    pub(super) user_id: UserId,
    pub(super) profile: String,
    /// Whether they must choose another password before anything else.
    pub(super) must_change_password: bool,
    /// What was granted: the scope of the token, not of its grant.
    pub(super) granted: Granted,
    pub(super) session_id: Option<SessionId>,
    /// The grant that the token came from.
    pub(super) grant: GrantId,
    /// The application whose words the scope is in: whom an access token was issued to, and the exchanging one where the scope is what
    /// the person has consented to for it.
    pub(super) scope_of: String,
    /// The end that no new token outlives.
    pub(super) until: Timestamp,
    pub(super) may_act: Option<Value>,
    /// The consent that the scope rests on, where it does.
    pub(super) consent: Option<String>,
}

/// The one who acts.
pub(super) struct Actor {
    pub(super) sub: String,
    /// The grant of a person's token.
    pub(super) grant: Option<GrantId>,
}

/// What was read of a subject token; nothing is judged.
pub(crate) enum SubjectRead {
    /// An access token.
    Access(access_token::Read),
    /// An ID token: its claims if this pool signed it, and its person, session, application and grant.
    Id(Option<IdClaims>, IdTokenRead),
}

/// The claims of an ID token that count here.
#[derive(Debug, Deserialize)]
pub(crate) struct IdClaims {
    iss: String,
    sub: UserId,
    aud: Audience,
    iat: i64,
    exp: i64,
    sid: Option<String>,
    may_act: Option<Value>,
}

impl IdClaims {
    /// Whose it is, of which session, and the one application that it was issued to.
    fn names(&self) -> Option<IdTokenNames<'_>> {
        let Audience::One(client_id) = &self.aud else { return None };
        let made_before = Timestamp::from_seconds(self.iat).plus(Span::seconds(1));
        Some(IdTokenNames { user_id: self.sub, sid: self.sid.as_deref()?, client_id, made_before })
    }
}

impl SubjectRead {
    pub(super) async fn of(cx: &Cx, request: &ExchangeRequest, client_id: &str) -> Result<Self, Fault> {
        let token = &request.subject_token;
        match request.subject_kind {
            TokenKind::AccessToken | TokenKind::Jwt => {
                access_token::read(cx, token, Some(client_id)).await.map(Self::Access)
            }
            TokenKind::IdToken => {
                // One that an application's secret signed could be made by the application itself.
                let verified = jose::verify(token, cx.pool.keys.verifying(), AcceptedType::Is(&["JWT"]));
                let claims = verified.and_then(|v| v.claims::<IdClaims>()).ok();
                let names = claims.as_ref().and_then(IdClaims::names);
                let read = cx.store().id_token(cx.pool.id, client_id, names, cx.now).await?;
                Ok(Self::Id(claims, read))
            }
        }
    }

    /// The application's credentials.
    pub(crate) fn client(&self) -> Option<ClientSecrets> {
        match self {
            Self::Access(read) => read.caller.client.clone(),
            Self::Id(_, read) => read.asserted.client.clone(),
        }
    }

    /// The subject, or why the token is not acceptable.
    pub(super) fn subject(
        self,
        cx: &Cx,
        client: &Client,
        request: &ExchangeRequest,
    ) -> Result<Subject, &'static str> {
        match self {
            Self::Access(_)
                if request.subject_kind == TokenKind::Jwt
                    && Opaque::parse(&request.subject_token).is_ok() =>
            {
                Err("an opaque token is no JWT")
            }
            Self::Access(read) => of_access_token(client, read.token?),
            Self::Id(claims, read) => of_id_token(cx, client, claims, read),
        }
    }
}

fn may_speak_for(client: &Client, issued_to: &str) -> bool {
    issued_to == client.id()
        || client.settings.token_exchange.subject_clients.iter().any(|id| id == issued_to)
}

fn of_access_token(client: &Client, alive: Alive) -> Result<Subject, &'static str> {
    let Alive { claims, holder } = alive;
    let Holder::Person(person) = holder else { return Err("the subject token is no person's") };
    let Person { granted, inspected } = *person;
    let is_for_us = client.settings.api_identifiers.iter().any(|api| claims.aud.names(api));
    if !is_for_us && !may_speak_for(client, &claims.client_id) {
        return Err(
            "the subject token is neither for the application nor issued to one that it may speak for",
        );
    }
    let grant = inspected.grant;
    Ok(Subject {
        user_id: grant.user_id,
        profile: inspected.profile,
        must_change_password: inspected.demand == Demand::NewPassword,
        granted: Granted { scope: claims.scope, ..granted },
        scope_of: claims.client_id,
        // What outlives its session is not ended by it.
        session_id: grant.session_id.filter(|_| !grant.offline),
        grant: grant.id,
        until: Timestamp::from_seconds(claims.exp).min(grant.expires_at),
        may_act: claims.may_act,
        consent: None,
    })
}

/// An ID token says who is there and not what was allowed: the scope is what the person has consented to for the application. It is worth
/// something as long as what it came from stands.
fn of_id_token(
    cx: &Cx,
    client: &Client,
    claims: Option<IdClaims>,
    read: IdTokenRead,
) -> Result<Subject, &'static str> {
    let claims = claims.ok_or("not an ID token of this pool with a session")?;
    if claims.iss != cx.pool.issuer {
        return Err("another issuer's token");
    }
    let until = Timestamp::from_seconds(claims.exp);
    if until <= cx.now {
        return Err("the token has expired");
    }
    let issued_to_ours = match &claims.aud {
        Audience::One(one) => may_speak_for(client, one),
        Audience::Many(_) => false,
    };
    if !issued_to_ours {
        return Err("the ID token was issued to an application that this one may not speak for");
    }
    if !read.client_enabled {
        return Err("the application that it was issued to is not there or disabled");
    }
    let person = read.asserted.person.filter(|p| p.enabled).ok_or("its person is not there or disabled")?;
    let going_on = |s: &SessionRow| session::is_alive(s, &cx.pool, cx.now);
    let session = read.session.filter(going_on).ok_or("its session has ended")?;
    let (grant, end) = read.grant.ok_or("no grant stands that it could have come from")?;
    let (scope, consent) = match person.consented_scope {
        _ if client.asks_nobody() => (client.scope.clone(), None),
        Some(text) => (Scope::parse(&text).unwrap_or_default(), Some(text)),
        None => return Err("the person has consented to nothing for the application"),
    };
    let granted = Granted {
        scope,
        auth_time: Some(session.auth_time),
        amr: session.amr,
        acr: session.acr,
        sid: Some(session.sid),
        ..Granted::default()
    };
    Ok(Subject {
        user_id: person.id,
        profile: person.profile,
        must_change_password: person.must_change_password,
        granted,
        scope_of: client.id().to_owned(),
        session_id: Some(session.id),
        grant,
        // Invariant: a token that was exchanged ends before the row of its origin may be swept.
        until: until.min(end),
        may_act: claims.may_act,
        consent,
    })
}
