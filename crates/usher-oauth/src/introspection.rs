//! Token introspection (RFC 7662). Confidential callers only; a token is active only for the application or access key it was issued to,
//! for an access key's application, or for an application that it names as an audience; everybody else, and everything else, gets exactly `{"active":false}`.

use crate::access_token::{Alive, Holder};
use crate::client_auth::{Caller, Presented};
use crate::{OauthError, access_token, mint};
use http::StatusCode;
use serde_json::{Value, json};
use usher_core::grant::{Granted, RefreshToken};
use usher_core::{Cx, Reply, Request};
use usher_store::tables::{Credentials, Inspected};
use usher_types::{Endpoint, Params};

/// Answers what a token is.
pub async fn introspect(cx: &Cx, request: Request) -> Reply {
    let (params, presented) = match Presented::of_call(&request) {
        Ok(call) => call,
        Err(error) => return error.into_reply(cx, ""),
    };
    let client_id = presented.client_id.clone();
    answer(cx, &params, presented).await.unwrap_or_else(|error| error.into_reply(cx, &client_id))
}

async fn answer(cx: &Cx, params: &Params, presented: Presented) -> Result<Reply, OauthError> {
    let token = params.one("token")?.ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    // RFC 7662 §2.1: a hint only speeds the search; the forms of our tokens tell them apart.
    params.one("token_type_hint")?;
    if let Some(refresh) = RefreshToken::parse(token) {
        let read = cx.store().inspect(cx.pool.id, Some(&presented.client_id), Some(refresh.grant)).await?;
        let caller = confidential(presented, cx, read.caller).await?;
        let alive = read.inspected.filter(|i| is_current(cx, &caller, refresh, i));
        return Ok(alive.and_then(|i| refresh_answer(cx, &i)).unwrap_or_else(inactive));
    }
    let read = access_token::read(cx, token, Some(&presented.client_id)).await?;
    let caller = confidential(presented, cx, read.caller).await?;
    Ok(read
        .token
        .ok()
        .filter(|alive| may_see(&caller, alive))
        .map_or_else(inactive, |alive| access_answer(&alive)))
}

/// RFC 7662 §2.1: "To prevent token scanning attacks, the endpoint MUST also require some form of authorization to access this endpoint".
async fn confidential(presented: Presented, cx: &Cx, read: Credentials) -> Result<Caller, OauthError> {
    presented.authenticate_caller(cx, Endpoint::Introspection, read).await?.confidential()
}

/// The token is the caller's own, or names the caller as an API. An access key sees its own tokens only.
fn may_see(caller: &Caller, alive: &Alive) -> bool {
    let claims = &alive.claims;
    let own = match (&alive.holder, claims.azp.as_deref()) {
        (Holder::Account, Some(application)) => caller.owns(&claims.client_id, application),
        (Holder::Account, None) => false,
        (Holder::Person(_), _) => is_application(caller, &claims.client_id),
    };
    own || match caller {
        Caller::Client(client) => {
            client.client().settings.api_identifiers.iter().any(|api| claims.aud.names(api))
        }
        Caller::Key(_) => false,
    }
}

/// Whether the caller is this application itself.
fn is_application(caller: &Caller, client_id: &str) -> bool {
    match caller {
        Caller::Client(client) => client.client().id() == client_id,
        Caller::Key(_) => false,
    }
}

fn access_answer(alive: &Alive) -> Reply {
    let claims = &alive.claims;
    let mut content = json!({
        "active": true,
        "iss": claims.iss,
        "aud": claims.aud,
        "client_id": claims.client_id,
        "scope": claims.scope,
        "token_type": "Bearer",
        "iat": claims.iat,
        "exp": claims.exp,
        "jti": claims.jti,
    });
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            mint::put(&mut content, name, value);
        }
    };
    set("sub", claims.sub.clone().map(Value::from));
    set("azp", claims.azp.clone().map(Value::from));
    if let Holder::Person(person) = &alive.holder {
        if let Some(auth_time) = person.granted.auth_time {
            set("auth_time", Some(auth_time.seconds().into()));
            set("acr", Some(person.granted.acr.as_str().into()));
        }
        // The API sees who acts (RFC 8693 §4.1).
        set("act", person.granted.act.clone());
    }
    Reply::json(StatusCode::OK, &content)
}

/// A refresh token is active for its own application, while it is the current one of a living grant.
fn is_current(cx: &Cx, caller: &Caller, token: RefreshToken, inspected: &Inspected) -> bool {
    let grant = &inspected.grant;
    token.stands_for(&cx.app, cx.pool.id, grant)
        && is_application(caller, &grant.client_id)
        && grant.offline
        && grant.generation == i64::from(token.generation)
        && grant.revoked_at.is_none()
        && grant.idle_expires_at > cx.now
        && grant.expires_at > cx.now
        && inspected.user_enabled
}

fn refresh_answer(cx: &Cx, inspected: &Inspected) -> Option<Reply> {
    let grant = &inspected.grant;
    let granted = Granted::parse(&grant.payload).ok()?;
    let content = json!({
        "active": true,
        "iss": cx.pool.issuer,
        "sub": grant.user_id,
        "client_id": grant.client_id,
        "scope": granted.scope,
        "iat": grant.rotated_at.seconds(),
        "exp": grant.idle_expires_at.min(grant.expires_at).seconds(),
    });
    Some(Reply::json(StatusCode::OK, &content))
}

fn inactive() -> Reply {
    Reply::json(StatusCode::OK, &json!({ "active": false }))
}
