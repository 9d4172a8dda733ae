//! Access tokens without a person, of an access key or an application itself (RFC 9068 §2.2), and the answer that they go out with.

use super::access_token::{Token, audience, write_token};
use crate::OauthError;
use serde_json::{Value, json};
use usher_core::{Client, Cx, Fault};
use usher_store::Batch;
use usher_store::tables::Holder;
use usher_types::{Scope, Span, TokenId};

/// An account that gets a token.
pub(crate) struct Account<'a> {
    /// The application.
    pub(crate) client: &'a Client,
    /// The access key, or the application's own identifier.
    pub(crate) id: &'a str,
    /// What is granted.
    pub(crate) scope: &'a Scope,
    /// Life of the token.
    pub(crate) lifetime: Span,
}

impl Account<'_> {
    /// The answer of the token endpoint (RFC 6749 §4.4.3); what must be stored is added to the batch.
    pub(crate) fn answer(&self, cx: &Cx, batch: &mut Batch) -> Result<Value, OauthError> {
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": self.lifetime.as_seconds(),
            "scope": self.scope,
            "access_token": self.access_token(cx, batch)?,
        }))
    }

    fn access_token(&self, cx: &Cx, batch: &mut Batch) -> Result<String, Fault> {
        let id = TokenId::new(cx.now, cx.random());
        let expires_at = cx.now.plus(self.lifetime);
        let mut content = json!({
            "iss": cx.pool.issuer,
            "client_id": self.id,
            "azp": self.client.id(),
            "iat": cx.now.seconds(),
            "exp": expires_at.seconds(),
            "jti": id,
            "scope": self.scope,
        });
        if self.client.settings.access_key_as_audience {
            super::put(&mut content, "aud", self.id.into());
        } else {
            // RFC 9068 §2.2: "In cases of access tokens obtained through grants where no resource owner is involved, such as the client
            // credentials grant, the value of "sub" SHOULD correspond to an identifier the authorization server uses to indicate the
            // client application."
            super::put(&mut content, "sub", self.id.into());
            super::put(&mut content, "aud", audience(cx, self.client, self.scope));
        }
        write_token(
            cx,
            self.client,
            Token { id, holder: Holder::Client(self.id.to_owned()), content, expires_at },
            batch,
        )
    }
}
