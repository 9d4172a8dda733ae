//! The token endpoint (RFC 6749 §3.2). It owns what all grants share: reading the form, client authentication, the right to the grant,
//! and the answer; so that a grant cannot forget it. A grant says for whom tokens may be made.

use crate::OauthError;
use crate::client_auth::Presented;
use crate::grant::{self, Grant};
use usher_core::client::GrantType;
use usher_core::{Cx, Reply, Request};
use usher_types::{Endpoint, Params};

/// Answers a token request.
pub async fn token(cx: &Cx, request: Request) -> Reply {
    let (params, presented) = match Presented::of_call(&request) {
        Ok(call) => call,
        Err(error) => return error.into_reply(cx, ""),
    };
    let client_id = presented.client_id.clone();
    answer(cx, &params, presented).await.unwrap_or_else(|error| error.into_reply(cx, &client_id))
}

async fn answer(cx: &Cx, params: &Params, presented: Presented) -> Result<Reply, OauthError> {
    let grant = Grant::parse(params)?;
    let by = grant.kind();
    let reply = by_grant(cx, grant, presented).await?;
    cx.app.metrics.tokens(by);
    Ok(reply)
}

async fn by_grant(cx: &Cx, grant: Grant, presented: Presented) -> Result<Reply, OauthError> {
    match grant {
        Grant::AuthorizationCode(request) => {
            let read = request.read(cx, &presented.client_id).await?;
            let client = presented.authenticate(cx, Endpoint::Token, read.client.clone()).await?;
            client.may_use(GrantType::AuthorizationCode)?;
            grant::authorization_code::exchange(cx, &client, &request, read).await
        }
        Grant::Password(request) => {
            let read = request.read(cx, &presented.client_id).await?;
            let client = presented.authenticate(cx, Endpoint::Token, read).await?;
            client.may_use(GrantType::Password)?;
            grant::password::sign_in(cx, &client, request).await
        }
        Grant::RefreshToken(request) => {
            let read = request.read(cx, &presented.client_id).await?;
            let client = presented.authenticate(cx, Endpoint::Token, read.client.clone()).await?;
            client.may_use(GrantType::RefreshToken)?;
            grant::refresh_token::refresh(cx, &client, &request, read).await
        }
        Grant::ClientCredentials(request) => {
            let read = request.read(cx, &presented.client_id).await?;
            // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
            let caller = presented.authenticate_caller(cx, Endpoint::Token, read).await?.confidential()?;
            caller.may_use(GrantType::ClientCredentials)?;
            grant::client_credentials::give(cx, &caller, &request).await
        }
        Grant::DeviceCode(request) => {
            let read = request.read(cx, &presented.client_id).await?;
            let client = presented.authenticate(cx, Endpoint::Token, read.client.clone()).await?;
            client.may_use(GrantType::DeviceCode)?;
            grant::device_code::poll(cx, &client, &request, read).await
        }
        Grant::JwtBearer(request) => {
            let read = request.read(cx, &presented.client_id).await?;
            let client = presented.authenticate(cx, Endpoint::Token, read.client.clone()).await?;
            client.may_use(GrantType::JwtBearer)?;
            grant::jwt_bearer::grant(cx, &client, &request, read).await
        }
        Grant::TokenExchange(request) => {
            let read = request.read(cx, &presented.client_id).await?;
            let client = presented.authenticate(cx, Endpoint::Token, read.client()).await?;
            client.may_use(GrantType::TokenExchange)?;
            grant::token_exchange::exchange(cx, &client, &request, read).await
        }
    }
}
