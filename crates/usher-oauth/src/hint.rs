//! `id_token_hint` (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): an ID token that this pool issued, expired or not.

use serde::Deserialize;
use usher_core::{Client, Cx};
use usher_crypto::jose::{self, AcceptedType, VerifyingKey};
use usher_types::UserId;

/// What a valid hint says.
#[derive(Debug, Clone)]
pub struct Hint {
    /// The person.
    pub user_id: UserId,
    /// The session.
    pub sid: Option<String>,
    /// The application that the token was issued to.
    pub client_id: String,
}

/// An access token (RFC 9068 §2.1: "at+jwt") is signed by the same keys and is no hint.
const ID_TOKEN: AcceptedType<'static> = AcceptedType::IsOrAbsent(&["JWT"]);

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    sid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Verifies a hint. RP-Initiated Logout §2: "the OP SHOULD accept ID Tokens when the RP identified by the ID Token's aud claim and/or
/// sid claim has a current session or had a recent session at the OP, even when the exp time has passed." Tokens that an
/// application's own secret signed are verified where that secret is at hand; those of the pool's keys also when the key has been
/// followed by another and is not published any more.
pub fn verify(cx: &Cx, token: &str, client: Option<&Client>, sealed_secret: Option<&[u8]>) -> Option<Hint> {
    let secret = match (client, sealed_secret) {
        (Some(client), Some(sealed)) => {
            let plain = usher_core::seed::open_secret(&cx.app.master, cx.pool.id, client, sealed).ok()?;
            VerifyingKey::from_secret(plain.expose()).ok()
        }
        _ => None,
    };
    let by_pool = || jose::verify(token, cx.pool.keys.known(), ID_TOKEN);
    let verified = match &secret {
        Some(key) => jose::verify(token, std::slice::from_ref(key), ID_TOKEN).or_else(|_| by_pool()),
        None => by_pool(),
    };
    let claims: Claims = verified.ok()?.claims().ok()?;
    let client_id = match claims.aud {
        Audience::One(one) => one,
        Audience::Many(many) => many.into_iter().next()?,
    };
    let user_id = claims.sub.parse().ok()?;
    (claims.iss == cx.pool.issuer).then_some(Hint { user_id, sid: claims.sid, client_id })
}
