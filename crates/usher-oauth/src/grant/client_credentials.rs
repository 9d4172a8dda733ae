//! The client credentials grant (RFC 6749 §4.4): tokens for a caller that is no person, an access key or an application itself. Nobody
//! signs in, so there is no ID token, no refresh token and no grant to store.

use crate::OauthError;
use crate::client_auth::Caller;
use crate::mint::{self, Account};
use usher_core::client::SCOPES_OF_PEOPLE;
use usher_core::{Cx, Fault, Reply};
use usher_store::Batch;
use usher_store::tables::Credentials;
use usher_types::scope_item::{Narrowed, narrow};
use usher_types::{Params, Scope, ScopeItem, Span};

/// The parameters of a request for client credentials.
pub(crate) struct ClientCredentialsRequest {
    scope: Option<Scope>,
}

impl ClientCredentialsRequest {
    pub(crate) fn parse(params: &Params) -> Result<Self, OauthError> {
        let scope = params.one("scope")?.map(Scope::parse).transpose();
        Ok(Self { scope: scope.map_err(|e| OauthError::refused("invalid_scope", e.to_string()))? })
    }

    /// The one read of the grant.
    pub(crate) async fn read(&self, cx: &Cx, caller: &str) -> Result<Credentials, Fault> {
        cx.store().credentials(cx.pool.id, caller).await
    }
}

/// Gives an access token. RFC 6749 §4.4.3: "A refresh token SHOULD NOT be included."
pub(crate) async fn give(
    cx: &Cx,
    caller: &Caller,
    request: &ClientCredentialsRequest,
) -> Result<Reply, OauthError> {
    let client = caller.client();
    let (id, lifetime, Narrowed { granted, rejected }) = match caller {
        Caller::Client(_) => {
            (client.id(), client.access_token_lifetime(), narrowed(&client.items, request.scope.as_ref()))
        }
        Caller::Key(key) => {
            let stored = key.secrets();
            // What is stored was checked before: what cannot be read allows nothing.
            let items = ScopeItem::parse_all(&stored.scope).unwrap_or_default();
            let lifetime = stored.access_token_lifetime.map_or(client.access_token_lifetime(), Span::seconds);
            (key.access_key(), lifetime, narrowed(&items, request.scope.as_ref()))
        }
    };
    let mut batch = Batch::new();
    let account = Account { client, id, scope: &granted, lifetime };
    let mut answer = account.answer(cx, &mut batch)?;
    // What the account does not have is left out and told, so that a caller can do with less.
    if !rejected.is_empty() {
        mint::put(&mut answer, "rejected_scope", rejected.to_string().into());
    }
    let _ = cx.store().apply(batch).await?;
    Ok(mint::reply(&answer))
}

/// What an account gets of what it asked for. Scopes that mean a person are covered by no pattern, `*` included.
fn narrowed(held: &[ScopeItem], asked: Option<&Scope>) -> Narrowed {
    let of_people = |token: &str| SCOPES_OF_PEOPLE.contains(&token);
    let Narrowed { granted, rejected } = narrow(held, asked);
    Narrowed {
        rejected: match asked {
            Some(asked) => asked.filtered(|token| of_people(token) || rejected.contains(token)),
            None => rejected,
        },
        granted: granted.filtered(|token| !of_people(token)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_a_person_is_rejected_in_its_place_whatever_is_held() {
        let everything = ScopeItem::parse_all("* openid").unwrap();
        let asked = Scope::parse("a openid b:*x offline_access openid:read").unwrap();
        let got = narrowed(&everything, Some(&asked));
        assert_eq!(got.granted.to_string(), "a openid:read");
        assert_eq!(got.rejected.to_string(), "openid b:*x offline_access");
        assert_eq!(narrowed(&everything, None).granted.to_string(), "*");
    }
}
