//! Token revocation (RFC 7009). Whichever token of a grant is presented, the grant ends, and with it all its tokens.

use crate::client_auth::Presented;
use crate::grant::authorization_code::revoke;
use crate::{OauthError, access_token};
use http::StatusCode;
use usher_core::grant::RefreshToken;
use usher_core::{Cx, Reply, Request};
use usher_store::tables::{ClientSecrets, GrantRow};
use usher_types::{Endpoint, Opaque, Params, Timestamp, TokenId};

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
    let (secrets, grant) = find(cx, token, &presented.client_id).await?;
    let client = presented.authenticate(cx, Endpoint::Revocation, secrets)?;
    // RFC 7009 §2.2: "The authorization server responds with HTTP status code 200 if the token has been revoked successfully or if the
    // client submitted an invalid token."
    let Some(grant) = grant else { return Ok(Reply::empty(StatusCode::OK)) };
    // §2.1: "verifies whether the token was issued to the client making the revocation request. If this validation fails, the request
    // is refused and the client is informed of the error".
    if grant.client_id != client.client().id() {
        return Err(OauthError::invalid_grant("a token of another application is not revoked"));
    }
    if grant.revoked_at.is_none() {
        revoke(cx, &client, grant.id, "token_revoked").await?;
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// The grant of a right token, alive or not, read together with the caller's credentials.
async fn find(
    cx: &Cx,
    token: &str,
    caller: &str,
) -> Result<(Option<ClientSecrets>, Option<GrantRow>), OauthError> {
    if let Some(refresh) = RefreshToken::parse(token) {
        let read = cx.store().inspect(cx.pool.id, Some(caller), Some(refresh.grant)).await?;
        let grant = read.inspected.map(|i| i.grant).filter(|g| refresh.stands_for(&cx.app, cx.pool.id, g));
        return Ok((read.client, grant));
    }
    if let Ok(opaque) = Opaque::parse(token) {
        let read =
            cx.store().inspect_opaque(cx.pool.id, Some(caller), TokenId::from_bytes(opaque.id())).await?;
        let hash = usher_crypto::sha256(opaque.secret().expose());
        let known = read.secret_hash.is_some_and(|stored| usher_crypto::matches(&stored, &hash))
            && read.expires_at.is_some_and(|end| end > cx.now);
        return Ok((read.token.client, read.token.inspected.filter(|_| known).map(|i| i.grant)));
    }
    let alive = |c: &access_token::Claims| c.iss == cx.pool.issuer && Timestamp::from_seconds(c.exp) > cx.now;
    // A token that has expired is not valid any more: who finds one in a log cannot end a session by it.
    let claims = access_token::verify(cx, token).filter(alive);
    let read = cx.store().inspect(cx.pool.id, Some(caller), claims.map(|c| c.gid)).await?;
    Ok((read.client, read.inspected.map(|i| i.grant)))
}
