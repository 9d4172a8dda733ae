//! The one mint: every token is made here. [`access_token`] by RFC 9068 or opaque, [`account`] those without a person, [`id_token`] by OpenID Connect Core §2, and the
//! answer of the token endpoint (RFC 6749 §5.1, Core §3.1.3.3). What must be stored is added to the batch that stores the grant.

mod access_token;
mod account;
mod id_token;

pub(crate) use access_token::{api_of, audience};
pub(crate) use account::Account;
pub(crate) use id_token::{Beside, ClaimsOfScope};

use crate::OauthError;
use http::StatusCode;
use serde_json::{Value, json};
use usher_core::grant::Granted;
use usher_core::{Client, Cx, Fault, Reply};
use usher_store::Batch;
use usher_types::{GrantId, Scope, Timestamp, UserId};

/// The URN of access tokens (RFC 8693 §3).
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// For whom tokens are made, and under which grant.
pub(crate) struct Mint<'a> {
    /// The application.
    pub(crate) client: &'a Client,
    /// Its sealed secret, where ID tokens are signed by it.
    pub(crate) secret_sealed: Option<&'a [u8]>,
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
}

impl Mint<'_> {
    /// An access token; what must be stored is added to the batch.
    pub(crate) fn access_token(&self, cx: &Cx, batch: &mut Batch) -> Result<String, Fault> {
        access_token::of_person(cx, self, batch)
    }

    /// An ID token beside what else goes out with it.
    pub(crate) fn id_token(&self, cx: &Cx, beside: &Beside<'_>) -> Result<String, Fault> {
        id_token::id_token(cx, self, beside)
    }

    /// The end of an access token that is made now.
    fn access_token_end(&self, cx: &Cx) -> Timestamp {
        let end = cx.now.plus(self.client.access_token_lifetime());
        self.granted.until.map_or(end, |until| end.min(until))
    }

    /// The answer of the token endpoint to an exchange (RFC 8693 §2.2.1): an access token and nothing else.
    pub(crate) fn exchanged(&self, cx: &Cx, batch: &mut Batch) -> Result<Value, OauthError> {
        let (mut answer, access_token) = self.with_access_token(cx, batch)?;
        put(&mut answer, "issued_token_type", ACCESS_TOKEN.into());
        put(&mut answer, "access_token", access_token.into());
        Ok(answer)
    }

    fn with_access_token(&self, cx: &Cx, batch: &mut Batch) -> Result<(Value, String), OauthError> {
        let access_token = self.access_token(cx, batch)?;
        let answer = json!({
            "token_type": "Bearer",
            "expires_in": self.access_token_end(cx).since(cx.now).as_seconds(),
            "scope": self.scope,
        });
        Ok((answer, access_token))
    }

    /// The answer of the token endpoint with everything that the scope yields.
    pub(crate) fn answer(
        &self,
        cx: &Cx,
        batch: &mut Batch,
        refresh_token: Option<String>,
    ) -> Result<Value, OauthError> {
        let (mut answer, access_token) = self.with_access_token(cx, batch)?;
        // An ID token only where openid was granted, and only where there is an authentication that it can tell of.
        if self.scope.contains("openid") && self.granted.auth_time.is_some() {
            let beside = Beside { access_token: Some(&access_token), ..Beside::default() };
            put(&mut answer, "id_token", self.id_token(cx, &beside)?.into());
        }
        put(&mut answer, "access_token", access_token.into());
        if let Some(token) = refresh_token {
            put(&mut answer, "refresh_token", token.into());
        }
        Ok(answer)
    }
}

/// An answer of the token endpoint. RFC 6749 §5.1: "Cache-Control … "no-store"" and "Pragma … "no-cache"".
pub(crate) fn reply(answer: &Value) -> Reply {
    Reply::json(StatusCode::OK, answer).with(http::header::PRAGMA, http::HeaderValue::from_static("no-cache"))
}

/// Adds a member to an answer.
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(name.to_owned(), value);
    }
}
