//! Token revocation (RFC 7009). Whichever token of a grant is presented, the grant ends, and with it all its tokens. A token without a
//! person hangs on no grant: it alone is denied until its end.

use crate::OauthError;
use crate::access_token::{self, Claims, Found};
use crate::client_auth::{Caller, Presented};
use crate::grant::authorization_code::revoke;
use http::StatusCode;
use usher_core::audit::About;
use usher_core::grant::RefreshToken;
use usher_core::trail::{Event, Party};
use usher_core::{Cx, Fault, Reply, Request};
use usher_store::Batch;
use usher_store::tables::write::denied_token::Denied;
use usher_store::tables::{AuditEvent, Credentials, write};
use usher_types::{Endpoint, Params, Timestamp};

/// Revokes a token.
pub async fn revocation(cx: &Cx, request: Request) -> Reply {
    let (params, presented) = match Presented::of_call(&request) {
        Ok(call) => call,
        Err(error) => return error.into_reply(cx, ""),
    };
    let client_id = presented.client_id.clone();
    answer(cx, &params, presented).await.unwrap_or_else(|error| error.into_reply(cx, &client_id))
}

async fn answer(cx: &Cx, params: &Params, presented: Presented) -> Result<Reply, OauthError> {
    let token = params.one("token")?.ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    params.one("token_type_hint")?;
    let (read, found) = find(cx, token, &presented.client_id).await?;
    let caller = presented.authenticate_caller(cx, Endpoint::Revocation, read).await?;
    // RFC 7009 §2.1: "verifies whether the token was issued to the client making the revocation request. If this validation fails, the
    // request is refused and the client is informed of the error".
    let of_another =
        || OauthError::invalid_grant("a token of another application or access key is not revoked");
    match (found, &caller) {
        // §2.2: "The authorization server responds with HTTP status code 200 if the token has been revoked successfully or if the client
        // submitted an invalid token."
        (None, _) => {}
        (Some(Found::Grant(grant)), Caller::Client(client)) if grant.client_id == client.client().id() => {
            if grant.revoked_at.is_none() {
                revoke(cx, client, (grant.id, Some(grant.user_id)), (Event::TokenRevoked, None)).await?;
            }
        }
        (Some(Found::Account(claims)), _) => {
            let application = claims.azp.as_deref().filter(|azp| caller.owns(&claims.client_id, azp));
            deny(cx, &claims, application.ok_or_else(of_another)?).await?;
        }
        (Some(Found::Grant(_)), _) => return Err(of_another()),
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// A right token, alive or not, read together with the caller's credentials.
async fn find(cx: &Cx, token: &str, caller: &str) -> Result<(Credentials, Option<Found>), Fault> {
    let Some(refresh) = RefreshToken::parse(token) else {
        return access_token::read_to_revoke(cx, token, caller).await;
    };
    let read = cx.store().inspect(cx.pool.id, Some(caller), Some(refresh.grant)).await?;
    let grant = read.inspected.map(|i| i.grant).filter(|g| refresh.stands_for(&cx.app, cx.pool.id, g));
    Ok((read.caller, grant.map(|grant| Found::Grant(Box::new(grant)))))
}

/// Denies a token without a person until its end. One that is denied already is left alone.
async fn deny(cx: &Cx, claims: &Claims, application: &str) -> Result<(), Fault> {
    let mut batch = Batch::new();
    let token = Denied { id: claims.jti, expires_at: Timestamp::from_seconds(claims.exp) };
    write::denied_token::insert(&mut batch, "the token is not denied yet", cx.pool.id, &token, cx.now);
    let event = AuditEvent {
        event: Event::TokenRevoked.name(),
        client_id: Some(application.to_owned()),
        user_id: None,
        network: Some(cx.peer.network()),
        detail: serde_json::json!({ "token": claims.jti, "account": claims.client_id }).to_string(),
    };
    let about = About { target: Some(Party::Token(claims.jti)), ..About::default() };
    cx.audit_about(&mut batch, event, about);
    let _ = cx.store().apply(batch).await?;
    Ok(())
}
