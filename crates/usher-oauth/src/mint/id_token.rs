//! ID tokens (OpenID Connect Core §2, §3.1.3.6, §3.2.2.10, §3.3.2.11).

use super::Mint;
use serde_json::{Map, Value};
use usher_core::profile::Profile;
use usher_core::{Cx, Fault, claims};
use usher_crypto::jose::SigningKey;

/// What goes out together with an ID token: each is bound to it by a half hash.
#[derive(Clone, Copy, Default)]
pub(crate) struct Beside<'a> {
    /// The access token.
    pub(crate) access_token: Option<&'a str>,
    /// The code.
    pub(crate) code: Option<&'a str>,
    /// The request's state.
    pub(crate) state: Option<&'a str>,
    /// Whether the ID token carries what the scope yields.
    pub(crate) claims_of_scope: ClaimsOfScope,
}

/// Where the claims of a scope are to be had.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ClaimsOfScope {
    /// At the UserInfo endpoint.
    #[default]
    AtUserinfo,
    /// In the ID token. OpenID Connect Core §5.4: "when a response_type value is used that does not result in an Access Token being
    /// issued … the resulting Claims are returned in the ID Token".
    InIdToken,
}

/// An ID token. From a refresh it keeps auth_time, sid and nonce (§12.2).
pub(super) fn id_token(cx: &Cx, mint: &Mint<'_>, beside: &Beside<'_>) -> Result<String, Fault> {
    let client = mint.client;
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
    if let Some(auth_time) = granted.auth_time {
        set("auth_time", auth_time.seconds().into());
        set("acr", granted.acr.as_str().into());
        set("amr", granted.amr.split(' ').filter(|m| !m.is_empty()).collect());
    }
    if let Some(sid) = &granted.sid {
        set("sid", sid.as_str().into());
    }
    // Core §3.3.2.11 and Financial-grade API 1.0, part 2, §5.1.1: at_hash, c_hash and s_hash.
    for (name, value) in [("at_hash", beside.access_token), ("c_hash", beside.code), ("s_hash", beside.state)]
    {
        if let Some(value) = value {
            set(name, algorithm.half_hash(value.as_bytes()).into());
        }
    }
    if let Some(nonce) = &granted.nonce {
        set("nonce", nonce.as_str().into());
    }
    let of_scope = match beside.claims_of_scope {
        ClaimsOfScope::AtUserinfo => Vec::new(),
        // Nobody can ask the UserInfo endpoint then, so what was asked of it is given here too.
        ClaimsOfScope::InIdToken => claims::of_scope(client, mint.scope)
            .chain(granted.claims.userinfo.iter().map(String::as_str))
            .collect(),
    };
    let wanted: Vec<&str> = granted.claims.id_token.iter().map(String::as_str).chain(of_scope).collect();
    if !wanted.is_empty() {
        claims::select(&Profile::parse(mint.profile), wanted.into_iter(), &mut content);
    }
    let failed = |e: usher_crypto::jose::JoseError| Fault::bug(&format!("signing: {e}"));
    if algorithm.is_symmetric() {
        let sealed = mint
            .secret_sealed
            .ok_or_else(|| Fault::bug("an application that signs by HS256 without a sealed secret"))?;
        let secret = usher_core::seed::open_secret(&cx.app.master, cx.pool.id, client, sealed)?;
        let key = SigningKey::from_secret(secret.expose())
            .map_err(|e| Fault::bug(&format!("a client secret as a key: {e}")))?;
        return key.sign("JWT", &content).map_err(failed);
    }
    cx.pool.keys.signing(algorithm, cx.now)?.sign("JWT", &content).map_err(failed)
}
