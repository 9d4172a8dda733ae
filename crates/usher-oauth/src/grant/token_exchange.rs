//! Token exchange (RFC 8693): an application brings a token about a person and gets an access token for an API that its settings name.
//! The new grant hangs on the old one: what ends that, ends this. What a subject token must be is judged in `subject`.

mod subject;

use crate::OauthError;
use crate::access_token::{self, Holder};
use crate::client_auth::AuthenticatedClient;
use crate::grant;
use crate::grant::birth::{self, Birth, Refresh};
use crate::mint::{self, ACCESS_TOKEN};
use serde_json::{Value, json};
pub(crate) use subject::SubjectRead;
use subject::{Actor, Subject};
use usher_core::client::{GrantType, STANDARD_SCOPES};
use usher_core::grant::Granted;
use usher_core::{Cx, Fault, Reply};
use usher_store::tables::{Demand, write};
use usher_store::{Applied, Batch};
use usher_types::{GrantId, Params, Scope, limits};

const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What kind of token is brought (RFC 8693 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token of either form.
    AccessToken,
    /// An access token that is a JWT.
    Jwt,
    /// An ID token.
    IdToken,
}

/// The parameters of an exchange (RFC 8693 §2.1).
#[derive(Debug, Clone)]
pub struct ExchangeRequest {
    /// The token of the person on whose behalf the request is made.
    pub subject_token: String,
    /// Its kind.
    pub subject_kind: TokenKind,
    /// The token of the one who acts.
    pub actor_token: Option<String>,
    /// The scope that is asked for.
    pub scope: Option<Scope>,
    /// `resource` and `audience`: where the token is to be used, each once.
    pub targets: Vec<String>,
}

impl ExchangeRequest {
    /// Reads the parameters.
    pub fn parse(params: &Params) -> Result<Self, OauthError> {
        let wrong = |description: &str| OauthError::invalid_request(description);
        // RFC 8693 §2.1: "subject_token REQUIRED", "subject_token_type REQUIRED".
        let subject_token = params.one("subject_token")?.ok_or_else(|| wrong("subject_token is missing"))?;
        let subject_kind = match params.one("subject_token_type")? {
            Some(ACCESS_TOKEN) => TokenKind::AccessToken,
            Some(ID_TOKEN) => TokenKind::IdToken,
            Some(JWT) => TokenKind::Jwt,
            _ => {
                return Err(wrong(&format!(
                    "subject_token_type must be {ACCESS_TOKEN}, {ID_TOKEN} or {JWT}"
                )));
            }
        };
        let actor_token = params.one("actor_token")?;
        // §2.1: actor_token_type "is REQUIRED when the actor_token parameter is present in the request but MUST NOT be included
        // otherwise."
        match (actor_token, params.one("actor_token_type")?) {
            (None, None) | (Some(_), Some(ACCESS_TOKEN | JWT)) => {}
            (None, Some(_)) => return Err(wrong("actor_token_type without actor_token")),
            (Some(_), _) => return Err(wrong(&format!("actor_token_type must be {ACCESS_TOKEN} or {JWT}"))),
        }
        if params.one("requested_token_type")?.is_some_and(|kind| kind != ACCESS_TOKEN) {
            return Err(wrong(&format!("requested_token_type must be {ACCESS_TOKEN}")));
        }
        let scope = params.one("scope")?.map(Scope::parse).transpose();
        let mut targets: Vec<String> = Vec::new();
        for target in params.all("resource").chain(params.all("audience")) {
            if targets.iter().all(|known| known != target) {
                targets.push(target.to_owned());
            }
        }
        Ok(Self {
            subject_token: subject_token.to_owned(),
            subject_kind,
            actor_token: actor_token.map(str::to_owned),
            scope: scope.map_err(|e| OauthError::refused("invalid_scope", e.to_string()))?,
            targets,
        })
    }

    /// The read of the subject token, together with the application's credentials.
    pub(crate) async fn read(&self, cx: &Cx, client_id: &str) -> Result<SubjectRead, Fault> {
        SubjectRead::of(cx, self, client_id).await
    }
}

/// RFC 8693 §2.2.2: "if either the subject_token or actor_token are invalid for any reason, or are unacceptable based on policy, the
/// authorization server MUST construct an error response … The value of the error parameter MUST be the invalid_request error code."
fn unacceptable(cause: &'static str) -> OauthError {
    OauthError::Refused {
        error: "invalid_request",
        description:
            "the subject_token or the actor_token is not valid, or the application may not exchange it"
                .to_owned(),
        cause: Some(cause),
    }
}

/// The guards.
const GRANT: &str = "the subject token's grant was revoked while it was exchanged";
const ACTOR: &str = "the actor token's grant was revoked while it was exchanged";
const USER: &str = "the person was disabled, or has to choose another password, since the token was brought";
const SESSION: &str = "the session ended while the token was exchanged";
const CONSENT: &str = "the consent changed while the token was exchanged";

/// Exchanges a token.
pub(crate) async fn exchange(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &ExchangeRequest,
    read: SubjectRead,
) -> Result<Reply, OauthError> {
    let subject = read.subject(cx, client.client(), request).map_err(unacceptable)?;
    if subject.must_change_password {
        return Err(grant::new_password_first());
    }
    let actor = match &request.actor_token {
        Some(token) => Some(actor(cx, client, token).await?),
        None => None,
    };
    let act = act(cx, client, &subject, actor.as_ref()).map_err(unacceptable)?;
    let exchanges = subject.granted.exchanges.saturating_add(1);
    if usize::from(exchanges) > limits::EXCHANGES {
        return Err(unacceptable("the token was exchanged too often"));
    }
    let (scope, audience) = reach(cx, client, request, &subject)?;
    let granted = Granted {
        scope,
        audience,
        act,
        exchanges,
        parent: Some(subject.grant),
        until: Some(subject.until),
        auth_time: subject.granted.auth_time,
        amr: subject.granted.amr.clone(),
        acr: subject.granted.acr.clone(),
        sid: subject.granted.sid.clone(),
        ..Granted::default()
    };
    let mut batch = Batch::new();
    write::grant::still_there(&mut batch, GRANT, cx.pool.id, subject.grant);
    if let Some(grant) = actor.and_then(|actor| actor.grant) {
        write::grant::still_there(&mut batch, ACTOR, cx.pool.id, grant);
    }
    if let Some(consented) = &subject.consent {
        write::consent::stands(
            &mut batch,
            CONSENT,
            cx.pool.id,
            subject.user_id,
            client.client().id(),
            consented,
        );
    }
    write::user::may_be_spoken_for(&mut batch, USER, cx.pool.id, subject.user_id);
    if let Some(session) = subject.session_id {
        write::session::still_there(&mut batch, SESSION, cx.pool.id, session);
    }
    let birth = Birth {
        client,
        by: GrantType::TokenExchange,
        id: GrantId::new(cx.now, cx.random()),
        user_id: subject.user_id,
        session_id: subject.session_id,
        granted: &granted,
        profile: &subject.profile,
        refresh: Refresh::NotAsked,
    };
    let answer = birth::give(cx, &mut batch, &birth)?;
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(answer),
        Applied::Refused { guard } => Err(unacceptable(guard)),
    }
}

/// The one who acts, a person or an account: named by a living access token that was issued to the very application that brings it.
async fn actor(cx: &Cx, client: &AuthenticatedClient, token: &str) -> Result<Actor, OauthError> {
    let read = access_token::read(cx, token, None).await?;
    let alive = read.token.map_err(unacceptable)?;
    let claims = alive.claims;
    let (issued_to, sub, grant) = match alive.holder {
        Holder::Person(person) if person.inspected.demand == Demand::NewPassword => {
            return Err(grant::new_password_first());
        }
        Holder::Person(person) => {
            let grant = person.inspected.grant;
            (claims.client_id, grant.user_id.to_string(), Some(grant.id))
        }
        Holder::Account => (claims.azp.unwrap_or_default(), claims.client_id, None),
    };
    if issued_to != client.client().id() {
        return Err(unacceptable("the actor token was issued to another application"));
    }
    Ok(Actor { sub, grant })
}

/// Who the new token says is acting: RFC 8693 §4.1. Whoever acted before stays named.
fn act(
    cx: &Cx,
    client: &AuthenticatedClient,
    subject: &Subject,
    actor: Option<&Actor>,
) -> Result<Option<Value>, &'static str> {
    let (application, policy) = (client.client().id(), &client.client().settings.token_exchange);
    let acting = actor.map_or(application, |actor| &actor.sub);
    // §4.4: "The may_act claim makes a statement that one party is authorized to become the actor and act on behalf of another party."
    // A member that is not understood could be the one that forbids it.
    let may = |may_act: &Value| {
        may_act.as_object().is_some_and(|members| {
            !members.is_empty()
                && members.iter().all(|(name, value)| match name.as_str() {
                    "sub" => value == acting,
                    "iss" => *value == cx.pool.issuer,
                    "client_id" => value == application,
                    _ => false,
                })
        })
    };
    if subject.may_act.as_ref().is_some_and(|may_act| !may(may_act)) {
        return Err("may_act of the subject token names somebody else");
    }
    let before = subject.granted.act.as_ref();
    match actor {
        Some(_) if !policy.delegation => Err("delegation is not switched on for the application"),
        Some(actor) if actor.sub == subject.user_id.to_string() => Err("nobody acts for themself"),
        None if policy.impersonation => Ok(before.cloned()),
        None if !policy.delegation => Err("impersonation is not switched on for the application"),
        Some(_) | None => Ok(Some(match before {
            // §4.1: "A chain of delegation can be expressed by nesting one "act" claim within another."
            Some(before) => json!({ "sub": acting, "act": before }),
            None => json!({ "sub": acting }),
        })),
    }
}

/// Scope and audience of the new token: never more than the subject token has and the application may, and only for APIs that its
/// settings name.
fn reach(
    cx: &Cx,
    client: &AuthenticatedClient,
    request: &ExchangeRequest,
    subject: &Subject,
) -> Result<(Scope, Vec<String>), OauthError> {
    let application = client.client();
    // RFC 8693 §2.2.2: "If the authorization server is unwilling or unable to issue a token for any target service indicated by the
    // resource or audience parameters, the invalid_target error code SHOULD be used in the error response."
    let listed = &application.settings.token_exchange.audiences;
    let may_reach = |targets: &[String]| match targets {
        [_, ..] if targets.iter().all(|target| listed.contains(target)) => Ok(()),
        _ => Err(OauthError::refused(
            "invalid_target",
            "the application may not get a token for this target: name one by resource or audience that its settings list",
        )),
    };
    if !request.targets.is_empty() {
        may_reach(&request.targets)?;
    }
    let means_something = |token: &str| {
        let own = application.own_scope(token).and_then(|own| own.audience.as_deref());
        match own {
            _ if request.targets.is_empty() => true,
            Some(api) => request.targets.iter().any(|target| target == api),
            None if STANDARD_SCOPES.contains(&token) => request.targets.contains(&cx.pool.issuer),
            None => true,
        }
    };
    // Two applications may call two things by one name. A person who allowed the one has not allowed the other.
    let spoken_by = cx.pool.clients.get(&subject.scope_of);
    let is_the_same = |token: &str| {
        spoken_by.is_some_and(|other| mint::api_of(cx, other, token) == mint::api_of(cx, application, token))
    };
    // RFC 9068 §2.2.3: "All the individual scope strings in the "scope" claim MUST have meaning for the resources indicated in the "aud"
    // claim." A refresh token is never given.
    let most = subject.granted.scope.filtered(|token| {
        token != "offline_access"
            && application.scope.contains(token)
            && is_the_same(token)
            && means_something(token)
    });
    let scope = match &request.scope {
        None => most,
        Some(asked) if asked.is_within(&most) => asked.clone(),
        Some(_) => {
            return Err(OauthError::refused(
                "invalid_scope",
                "the scope holds what the subject token or the application does not have, what means something else to each of them, or nothing to the target",
            ));
        }
    };
    let audience = match request.targets.is_empty() {
        false => request.targets.clone(),
        true => match mint::audience(cx, application, &scope) {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
            _ => Vec::new(),
        },
    };
    may_reach(&audience)?;
    Ok((scope, audience))
}
