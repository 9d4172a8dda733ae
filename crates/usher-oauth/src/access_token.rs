//! Reading an access token that is presented: a JWT by its signature, an opaque one by its row; alive only as long as its grant, its
//! person, its application and, where it does not outlive it, its session are.

use serde::Deserialize;
use usher_core::grant::Granted;
use usher_core::{Cx, Fault};
use usher_crypto::jose::{self, AcceptedType};
use usher_store::tables::{ClientSecrets, Inspected, TokenRead};
use usher_types::{GrantId, Opaque, Scope, Timestamp, TokenId};

/// What an access token says.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The person.
    pub sub: String,
    /// For whom it is.
    pub aud: Audience,
    /// The application that it was issued to.
    pub client_id: String,
    /// Birth, in seconds.
    pub iat: i64,
    /// End, in seconds.
    pub exp: i64,
    /// Its id.
    pub jti: TokenId,
    /// What it allows.
    pub scope: Scope,
    /// Its grant.
    pub gid: GrantId,
}

/// One audience or several (RFC 7519 §4.1.3).
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// Whether it names this one.
    pub fn names(&self, who: &str) -> bool {
        match self {
            Self::One(one) => one == who,
            Self::Many(many) => many.iter().any(|one| one == who),
        }
    }
}

/// An access token that is alive.
pub struct Alive {
    /// What it says.
    pub claims: Claims,
    /// What was granted.
    pub granted: Granted,
    /// Grant, person and session.
    pub inspected: Inspected,
}

/// The outcome of a read: the caller's credentials, where a caller was named, and the token, where it is alive.
pub struct Read {
    /// The caller.
    pub client: Option<ClientSecrets>,
    /// The token, or why it is not alive: a sentence for the log.
    pub token: Result<Alive, &'static str>,
}

/// Reads a token in one statement, together with the credentials of the application that asks.
pub async fn read(cx: &Cx, token: &str, caller: Option<&str>) -> Result<Read, Fault> {
    match Opaque::parse(token) {
        Ok(opaque) => read_opaque(cx, &opaque, caller).await,
        Err(_) => {
            let claims = verify(cx, token);
            let read = cx.store().inspect(cx.pool.id, caller, claims.as_ref().map(|c| c.gid)).await?;
            let (client, token) = settle(cx, claims, read);
            Ok(Read { client, token })
        }
    }
}

/// The claims of a JWT access token of this pool, whether or not it is alive.
pub fn verify(cx: &Cx, token: &str) -> Option<Claims> {
    // RFC 9068 §4: "The resource server MUST verify that the "typ" header value is "at+jwt" or "application/at+jwt" and reject tokens
    // carrying any other value." An ID token is not an access token.
    let payload = cx.pool.verified.get_or_verify(token, || {
        let verified = jose::verify(token, cx.pool.keys.verifying(), AcceptedType::Is(&["at+jwt"])).ok()?;
        // Names that stand twice are found here, once for all later reads.
        verified.claims::<Claims>().ok()?;
        Some(verified.payload)
    })?;
    serde_json::from_slice(&payload).ok()
}

async fn read_opaque(cx: &Cx, token: &Opaque, caller: Option<&str>) -> Result<Read, Fault> {
    let read = cx.store().inspect_opaque(cx.pool.id, caller, TokenId::from_bytes(token.id())).await?;
    let hash = usher_crypto::sha256(token.secret().expose());
    let known = read.secret_hash.is_some_and(|stored| usher_crypto::matches(&stored, &hash));
    let claims = read.payload.filter(|_| known).and_then(|text| serde_json::from_str(&text).ok());
    let (client, token) = settle(cx, claims, read.token);
    Ok(Read { client, token })
}

fn settle(
    cx: &Cx,
    claims: Option<Claims>,
    read: TokenRead,
) -> (Option<ClientSecrets>, Result<Alive, &'static str>) {
    (read.client, alive(cx, claims, read.inspected))
}

fn alive(cx: &Cx, claims: Option<Claims>, inspected: Option<Inspected>) -> Result<Alive, &'static str> {
    let claims = claims.ok_or("not an access token of this issuer")?;
    let inspected = inspected.ok_or("its grant is not there")?;
    if claims.iss != cx.pool.issuer {
        return Err("another issuer's token");
    }
    if Timestamp::from_seconds(claims.exp) <= cx.now {
        return Err("the token has expired");
    }
    if inspected.grant.expires_at <= cx.now {
        return Err("its grant has come to its end");
    }
    if inspected.grant.revoked_at.is_some() {
        return Err("its grant is revoked");
    }
    if !inspected.user_enabled || !inspected.client_enabled {
        return Err("its person or application is disabled");
    }
    if !inspected.grant.offline && !inspected.session_goes_on {
        return Err("its session has ended");
    }
    let granted = Granted::parse(&inspected.grant.payload).map_err(|_| "its grant cannot be read")?;
    Ok(Alive { claims, granted, inspected })
}
