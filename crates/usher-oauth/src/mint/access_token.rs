//! Access tokens: JWTs by RFC 9068, or handles whose claims stay here.

use super::Mint;
use serde_json::{Value, json};
use usher_core::client::AccessTokenFormat;
use usher_core::{Client, Cx, Fault};
use usher_store::Batch;
use usher_store::tables::{Holder, NewAccessToken, write};
use usher_types::{Opaque, Scope, ScopeItem, Timestamp, TokenId};

/// A person's access token (RFC 9068 §2.2), and the grant that decides whether it is alive.
pub(super) fn of_person(cx: &Cx, mint: &Mint<'_>, batch: &mut Batch) -> Result<String, Fault> {
    let id = TokenId::new(cx.now, cx.random());
    let expires_at = mint.access_token_end(cx);
    let granted = mint.granted;
    let audience = match granted.audience.is_empty() {
        true => audience(cx, mint.client, mint.scope),
        false => one_or_many(granted.audience.iter().map(String::as_str).collect()),
    };
    let mut content = json!({
        "iss": cx.pool.issuer,
        "sub": mint.user_id,
        "aud": audience,
        "client_id": mint.client.id(),
        "iat": cx.now.seconds(),
        "exp": expires_at.seconds(),
        "jti": id,
        "scope": mint.scope,
        "gid": mint.grant_id,
    });
    // RFC 9068 §2.2.1: what is said of an authentication is true for the one that led here; where there was none, nothing is said.
    if let Some(auth_time) = granted.auth_time {
        super::put(&mut content, "auth_time", auth_time.seconds().into());
        super::put(&mut content, "acr", granted.acr.as_str().into());
        super::put(&mut content, "amr", granted.amr.split(' ').filter(|m| !m.is_empty()).collect());
    }
    if let Some(act) = &granted.act {
        super::put(&mut content, "act", act.clone());
    }
    write_token(
        cx,
        mint.client,
        Token { id, holder: Holder::Grant(mint.grant_id), content, expires_at },
        batch,
    )
}

/// A token that was made up and waits to be written.
pub(super) struct Token {
    /// Its id.
    pub(super) id: TokenId,
    /// Whose it is.
    pub(super) holder: Holder,
    /// Its claims.
    pub(super) content: Value,
    /// Its end.
    pub(super) expires_at: Timestamp,
}

/// Writes a token in the form that the application's settings name.
pub(super) fn write_token(
    cx: &Cx,
    client: &Client,
    token: Token,
    batch: &mut Batch,
) -> Result<String, Fault> {
    match client.settings.access_token_format {
        AccessTokenFormat::Jwt => {
            let key = cx.pool.keys.signing(client.settings.access_token_signed_response_alg, cx.now)?;
            // RFC 9068 §2.1: "It is RECOMMENDED that the "application/" prefix be omitted. Therefore, the "typ" value used SHOULD be
            // "at+jwt"."
            key.sign("at+jwt", &token.content).map_err(|e| Fault::bug(&format!("signing: {e}")))
        }
        AccessTokenFormat::Opaque => {
            let handle = Opaque::new(*token.id.as_bytes(), cx.random());
            let row = NewAccessToken {
                id: token.id,
                secret_hash: usher_crypto::sha256(handle.secret().expose()),
                holder: token.holder,
                payload: token.content.to_string(),
                expires_at: token.expires_at,
            };
            write::access_token::insert(batch, cx.pool.id, row, cx.now);
            Ok(handle.reveal())
        }
    }
}

/// RFC 9068 §3: the API identifiers of the granted scopes; and the issuer, where a scope is not an API's. §2.2.3: "all the individual
/// scope strings in the "scope" claim MUST have meaning for the resources indicated in the "aud" claim."
pub(crate) fn audience(cx: &Cx, client: &Client, scope: &Scope) -> Value {
    let mut audience: Vec<&str> = Vec::new();
    let mut issuer = scope.is_empty();
    // offline_access is asked of the authorization server and is no resource's.
    for token in scope.iter().filter(|token| *token != "offline_access") {
        match api_of(cx, client, token) {
            Some(api) if audience.contains(&api) => {}
            Some(api) => audience.push(api),
            None => issuer = true,
        }
    }
    if issuer {
        audience.push(&cx.pool.issuer);
    }
    one_or_many(audience)
}

/// The API that a scope, or a scope item by its resource, is for: as the application itself declares it, else as others of the pool do.
pub(crate) fn api_of<'a>(cx: &'a Cx, client: &'a Client, token: &str) -> Option<&'a str> {
    let declared = |name: &str| match client.own_scope(name) {
        Some(own) => Some(own.audience.as_deref()),
        None => cx.pool.audiences.get(name).map(|api| Some(api.as_str())),
    };
    let resource = || ScopeItem::parse(token).ok().and_then(|item| declared(item.resource()));
    declared(token).or_else(resource).flatten()
}

fn one_or_many(audience: Vec<&str>) -> Value {
    match audience.as_slice() {
        [one] => (*one).into(),
        _ => audience.into(),
    }
}
