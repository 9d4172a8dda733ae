//! The one mint: every token that a person's grant yields is made here. Access tokens by RFC 9068 or opaque, ID tokens by OpenID
//! Connect Core §2, and the answer of the token endpoint (RFC 6749 §5.1, Core §3.1.3.3).

use crate::OauthError;
use crate::client_auth::AuthenticatedClient;
use http::StatusCode;
use serde_json::{Map, Value, json};
use usher_core::client::AccessTokenFormat;
use usher_core::grant::Granted;
use usher_core::profile::Profile;
use usher_core::{Client, Cx, Fault, Reply, claims};
use usher_crypto::jose::SigningKey;
use usher_store::Batch;
use usher_store::tables::{NewAccessToken, write};
use usher_types::{GrantId, Opaque, Scope, TokenId, UserId};

/// For whom tokens are made, and under which grant.
pub(crate) struct Mint<'a> {
    /// The application that authenticated.
    pub(crate) client: &'a AuthenticatedClient,
    /// The grant.
    pub(crate) grant_id: GrantId,
    /// The person.
    pub(crate) user_id: UserId,
    /// What was granted.
    pub(crate) granted: &'a Granted,
    /// The scope of these tokens: the granted one or a part of it.
    pub(crate) scope: &'a Scope,
    /// The person's profile, as stored.
    pub(crate) profile: &'a str,
    /// The refresh token that goes with them.
    pub(crate) refresh_token: Option<String>,
}

/// Makes the tokens and the answer. What must be stored is added to the batch; nothing is answered before that is.
pub(crate) fn mint(cx: &Cx, mint: Mint<'_>, batch: &mut Batch) -> Result<Reply, OauthError> {
    let client = mint.client.client();
    let access_token = access_token(cx, &mint, batch)?;
    let mut answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": client.access_token_lifetime().as_seconds(),
        "scope": mint.scope,
    });
    // An ID token only where openid was granted.
    if mint.scope.contains("openid") {
        put(&mut answer, "id_token", id_token(cx, &mint, &access_token)?.into());
    }
    if let Some(token) = mint.refresh_token {
        put(&mut answer, "refresh_token", token.into());
    }
    Ok(Reply::json(StatusCode::OK, &answer)
        .with(http::header::PRAGMA, http::HeaderValue::from_static("no-cache")))
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(name.to_owned(), value);
    }
}

/// An access token's claims (RFC 9068 §2.2), and the grant that decides whether it is alive.
fn access_token(cx: &Cx, mint: &Mint<'_>, batch: &mut Batch) -> Result<String, Fault> {
    let client = mint.client.client();
    let id = TokenId::new(cx.now, cx.random());
    let expires_at = cx.now.plus(client.access_token_lifetime());
    let content = json!({
        "iss": cx.pool.issuer,
        "sub": mint.user_id,
        "aud": audience(cx, client, mint.scope),
        "client_id": client.id(),
        "iat": cx.now.seconds(),
        "exp": expires_at.seconds(),
        "jti": id,
        "scope": mint.scope,
        "auth_time": mint.granted.auth_time.seconds(),
        "acr": mint.granted.acr,
        "amr": mint.granted.amr.split(' ').collect::<Vec<_>>(),
        "gid": mint.grant_id,
    });
    match client.settings.access_token_format {
        AccessTokenFormat::Jwt => {
            let key = cx.pool.keys.signing(client.settings.access_token_signed_response_alg)?;
            // RFC 9068 §2.1: "It is RECOMMENDED that the "application/" prefix be omitted. Therefore, the "typ" value used SHOULD be
            // "at+jwt"."
            key.sign("at+jwt", &content).map_err(|e| Fault::bug(&format!("signing: {e}")))
        }
        AccessTokenFormat::Opaque => {
            let token = Opaque::new(*id.as_bytes(), cx.random());
            let row = NewAccessToken {
                id,
                secret_hash: usher_crypto::sha256(token.secret().expose()),
                grant_id: mint.grant_id,
                payload: content.to_string(),
                expires_at,
            };
            write::access_token::insert(batch, cx.pool.id, row, cx.now);
            Ok(token.reveal())
        }
    }
}

/// RFC 9068 §3: the API identifiers of the granted scopes; and the issuer, where a scope is not an API's. §2.2.3: "all the individual
/// scope strings in the "scope" claim MUST have meaning for the resources indicated in the "aud" claim."
fn audience(cx: &Cx, client: &Client, scope: &Scope) -> Value {
    let mut audience: Vec<&str> = Vec::new();
    let mut issuer = scope.is_empty();
    // offline_access is asked of the authorization server and is no resource's.
    for token in scope.iter().filter(|token| *token != "offline_access") {
        match client.own_scope(token).and_then(|own| own.audience.as_deref()) {
            Some(api) if audience.contains(&api) => {}
            Some(api) => audience.push(api),
            None => issuer = true,
        }
    }
    if issuer {
        audience.push(&cx.pool.issuer);
    }
    match audience.as_slice() {
        [one] => (*one).into(),
        _ => audience.into(),
    }
}

/// An ID token (OpenID Connect Core §2, §3.1.3.6). From a refresh it keeps auth_time, sid and nonce (§12.2).
fn id_token(cx: &Cx, mint: &Mint<'_>, access_token: &str) -> Result<String, Fault> {
    let client = mint.client.client();
    let algorithm = client.settings.id_token_signed_response_alg;
    let mut content = Map::new();
    let granted = mint.granted;
    let mut set = |name: &str, value: Value| content.insert(name.to_owned(), value);
    set("iss", cx.pool.issuer.as_str().into());
    set("sub", mint.user_id.to_string().into());
    set("aud", client.id().into());
    set("azp", client.id().into());
    set("iat", cx.now.seconds().into());
    set("exp", cx.now.plus(client.id_token_lifetime()).seconds().into());
    set("auth_time", granted.auth_time.seconds().into());
    set("acr", granted.acr.as_str().into());
    set("amr", granted.amr.split(' ').collect::<Vec<_>>().into());
    set("sid", granted.sid.as_str().into());
    set("at_hash", algorithm.half_hash(access_token.as_bytes()).into());
    if let Some(nonce) = &granted.nonce {
        set("nonce", nonce.as_str().into());
    }
    if !granted.claims.id_token.is_empty() {
        let wanted = granted.claims.id_token.iter().map(String::as_str);
        claims::select(&Profile::parse(mint.profile), wanted, &mut content);
    }
    let failed = |e: usher_crypto::jose::JoseError| Fault::bug(&format!("signing: {e}"));
    if algorithm.is_symmetric() {
        let sealed = mint
            .client
            .secret_sealed()
            .ok_or_else(|| Fault::bug("an application that signs by HS256 without a sealed secret"))?;
        let secret = usher_core::seed::open_secret(&cx.app.master, cx.pool.id, client, sealed)?;
        let key = SigningKey::from_secret(secret.expose())
            .map_err(|e| Fault::bug(&format!("a client secret as a key: {e}")))?;
        return key.sign("JWT", &content).map_err(failed);
    }
    cx.pool.keys.signing(algorithm)?.sign("JWT", &content).map_err(failed)
}
