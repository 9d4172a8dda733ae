//! The device authorization endpoint (RFC 8628 §3.1, §3.2): an application asks for the two codes, one to poll with, one to show.

use crate::OauthError;
use crate::client_auth::Presented;
use http::StatusCode;
use serde_json::json;
use usher_core::client::GrantType;
use usher_core::device::Beginning;
use usher_core::{Cx, Reply, Request, device};
use usher_types::{Endpoint, Params, Scope, limits};

/// Answers a device authorization request.
pub async fn device_authorization(cx: &Cx, request: Request) -> Reply {
    let (params, presented) = match Presented::of_call(&request) {
        Ok(call) => call,
        Err(error) => return error.into_reply(cx, ""),
    };
    let client_id = presented.client_id.clone();
    answer(cx, &params, presented).await.unwrap_or_else(|error| error.into_reply(cx, &client_id))
}

async fn answer(cx: &Cx, params: &Params, presented: Presented) -> Result<Reply, OauthError> {
    // RFC 8628 §3.1: "The client authentication requirements of Section 3.2.1 of [RFC6749] apply to requests on this endpoint".
    let read = cx.store().code_exchange(cx.pool.id, &presented.client_id, device::KIND, None).await?;
    let client = presented.authenticate(cx, Endpoint::DeviceAuthorization, read.client).await?;
    client.may_use(GrantType::DeviceCode)?;
    let client = client.client();
    let scope = params.one("scope")?.map(Scope::parse).transpose();
    let scope = scope.map_err(|e| OauthError::refused("invalid_scope", e.to_string()))?.unwrap_or_default();
    let scope = scope.filtered(|s| client.scope.contains(s));
    let begun = match device::begin(cx, client, scope).await? {
        Beginning::Begun(begun) => begun,
        Beginning::MustWait(wait) => {
            return Err(OauthError::Later { wait: Some(wait), cause: "device: too many requests" });
        }
    };
    let page = cx.url(Endpoint::Device);
    let complete = format!("{page}?user_code={}", begun.user_code);
    let answer = json!({
        "device_code": begun.device_code,
        "user_code": begun.user_code.to_string(),
        "verification_uri": page,
        "verification_uri_complete": complete,
        "expires_in": client.device_code_lifetime().as_seconds(),
        "interval": limits::DEVICE_POLL.as_seconds(),
    });
    Ok(Reply::json(StatusCode::OK, &answer))
}
