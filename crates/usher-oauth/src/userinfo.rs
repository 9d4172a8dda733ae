//! The UserInfo endpoint (OpenID Connect Core §5.3), by GET and POST, with a bearer token (RFC 6750 §2.1, §2.2).

use crate::access_token::{Holder, Person};
use crate::{OauthError, access_token};
use http::{StatusCode, header};
use serde_json::Map;
use usher_core::client::Client;
use usher_core::profile::Profile;
use usher_core::{Cx, Reply, Request, claims};
use usher_types::Scope;

/// Answers who the token's person is.
pub async fn userinfo(cx: &Cx, request: Request) -> Reply {
    match answer(cx, &request).await {
        Ok(reply) => reply,
        Err(error) => error.into_reply(cx, ""),
    }
}

async fn answer(cx: &Cx, request: &Request) -> Result<Reply, OauthError> {
    let token = bearer(request)?;
    let read = access_token::read(cx, &token, None).await?;
    let alive = read.token.map_err(invalid_token)?;
    // Core §5.3: the token must be for this endpoint; RFC 9068 §4: "The resource server MUST validate that the "aud" claim contains a
    // resource indicator value corresponding to an identifier the resource server expects for itself."
    if !alive.claims.aud.names(&cx.pool.issuer) {
        return Err(invalid_token("the token is for another audience"));
    }
    let Holder::Person(person) = &alive.holder else {
        return Err(invalid_token("a token without a person"));
    };
    if !alive.claims.scope.contains("openid") {
        return Err(OauthError::Bearer {
            status: StatusCode::FORBIDDEN,
            error: Some("insufficient_scope"),
            description: "the token was not granted the scope openid",
            cause: "userinfo without openid",
        });
    }
    let client = cx
        .pool
        .clients
        .get(&alive.claims.client_id)
        .ok_or_else(|| invalid_token("its application is not there"))?;
    let mut content = Map::new();
    content.insert("sub".to_owned(), person.inspected.grant.user_id.to_string().into());
    let profile = Profile::parse(&person.inspected.profile);
    claims::select(&profile, names(client, person, &alive.claims.scope).into_iter(), &mut content);
    Ok(Reply::json(StatusCode::OK, &content))
}

/// What the token's scope yields, and the single claims that were asked for from userinfo.
fn names<'a>(client: &'a Client, person: &'a Person, scope: &'a Scope) -> Vec<&'a str> {
    let single = person
        .granted
        .claims
        .userinfo
        .iter()
        .map(String::as_str)
        .filter(|c| claims::is_within_reach(client, c));
    claims::of_scope(client, scope).chain(single).collect()
}

fn invalid_token(cause: &'static str) -> OauthError {
    OauthError::Bearer {
        status: StatusCode::UNAUTHORIZED,
        error: Some("invalid_token"),
        description: "the access token is expired, revoked, or not one of this issuer",
        cause,
    }
}

/// The one token of a request. RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request." The
/// query is not read at all.
fn bearer(request: &Request) -> Result<String, OauthError> {
    let bad = |description| OauthError::Bearer {
        status: StatusCode::BAD_REQUEST,
        error: Some("invalid_request"),
        description,
        cause: "a malformed bearer token request",
    };
    let header = match request.headers.contains_key(header::AUTHORIZATION) {
        false => None,
        true => {
            let value = request
                .header(&header::AUTHORIZATION)
                .ok_or_else(|| bad("the Authorization header is malformed or repeated"))?;
            let (scheme, token) = value
                .split_once(' ')
                .ok_or_else(|| bad("the Authorization header must read: Bearer <token>"))?;
            let token = Some(token.trim()).filter(|t| scheme.eq_ignore_ascii_case("Bearer") && !t.is_empty());
            Some(token.ok_or_else(|| bad("the Authorization header must read: Bearer <token>"))?.to_owned())
        }
    };
    let is_form = request.method == http::Method::POST && request.is_form();
    let body = match is_form {
        false => None,
        true => {
            let form = request.form().map_err(|_| bad("the form cannot be read"))?;
            form.one("access_token")
                .map_err(|_| bad("access_token is given more than once"))?
                .map(str::to_owned)
        }
    };
    match (header, body) {
        (Some(_), Some(_)) => Err(bad("the token is sent twice: send it once")),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        // RFC 6750 §3.1: "If the request lacks any authentication information …, the resource server SHOULD NOT include an error code".
        (None, None) => Err(OauthError::Bearer {
            status: StatusCode::UNAUTHORIZED,
            error: None,
            description: "",
            cause: "userinfo without a token",
        }),
    }
}
