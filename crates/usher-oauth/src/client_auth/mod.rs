//! Client authentication (RFC 6749 §2.3): which application calls, and the proof that it does. Credentials are read from the request
//! first; the proof is made once the application's row was read, in the statement that the request makes anyway.

mod access_key;
pub mod assertion;
mod client_secret_jwt;
mod private_key_jwt;
mod secret_basic;
mod secret_post;

pub use access_key::{AuthenticatedKey, Caller};
pub use secret_basic::parse as parse_basic;

use crate::OauthError;
use std::sync::Arc;
use usher_core::client::{AuthMethod, GrantType};
use usher_core::{Client, Cx, Request};
use usher_store::tables::ClientSecrets;
use usher_types::{Endpoint, Params, Secret, Timestamp};

/// Credentials as presented: nothing is proven.
pub struct Presented {
    /// The client identifier.
    pub client_id: String,
    /// The secret, where one was sent.
    pub secret: Option<Secret>,
    /// The assertion, where one was sent.
    pub assertion: Option<String>,
    /// How they were sent.
    pub method: AuthMethod,
}

/// An application that proved who it is, or a public one that named itself. Made by [`Presented::authenticate`] only.
pub struct AuthenticatedClient {
    client: Arc<Client>,
    secrets: ClientSecrets,
}

impl Presented {
    /// The form and the credentials of a request that an application makes itself.
    pub fn of_call(request: &Request) -> Result<(Params, Self), OauthError> {
        let params = request.form()?;
        let presented = Self::read(request, &params)?;
        Ok((params, presented))
    }

    /// Reads credentials from a request. RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
    pub fn read(request: &Request, params: &Params) -> Result<Self, OauthError> {
        let basic = secret_basic::read(request)?;
        let post = secret_post::read(params)?;
        if let Some(presented) = assertion::read(params)? {
            return match (basic, post) {
                (None, None | Some(Self { secret: None, .. })) => Ok(presented),
                _ => Err(OauthError::invalid_request(
                    "credentials are sent twice, by an assertion and by a secret: send one of them",
                )),
            };
        }
        match (basic, post) {
            (Some(_), Some(Self { secret: Some(_), .. })) => Err(OauthError::invalid_request(
                "credentials are sent twice, by the Authorization header and in the body: send them once",
            )),
            (Some(basic), Some(post)) if basic.client_id != post.client_id => {
                Err(OauthError::invalid_request(
                    "the client_id in the body is not the one in the Authorization header",
                ))
            }
            (Some(basic), _) => Ok(basic),
            (None, Some(post)) => Ok(post),
            (None, None) => Err(OauthError::InvalidClient { cause: "no credentials were sent" }),
        }
    }

    /// Proves them against what is stored, by the way that is registered for the endpoint. An unknown application costs the same
    /// comparison.
    ///
    /// Invariant: an assertion is used when this returns, in a batch of its own, so that no refusal that follows and no batch that fails
    /// leaves it to be used again.
    pub async fn authenticate(
        self,
        cx: &Cx,
        endpoint: Endpoint,
        secrets: Option<ClientSecrets>,
    ) -> Result<AuthenticatedClient, OauthError> {
        let presented = self.secret.as_ref().map(|s| usher_crypto::sha256(s.expose())).unwrap_or_default();
        let present = secrets.as_ref().and_then(|s| s.secret_hash);
        let right = is_live(present, secrets.as_ref().and_then(|s| s.previous), &presented, cx.now);
        let (Some(client), Some(secrets)) = (cx.pool.clients.get(&self.client_id), secrets) else {
            return failed("unknown client_id");
        };
        if !secrets.enabled {
            return failed("the application is disabled");
        }
        let registered = client.settings.auth_method_at(endpoint);
        if self.method != registered {
            return failed("another way of authentication than the registered one");
        }
        let assertion = self.assertion.as_deref().unwrap_or_default();
        let checked = match registered {
            AuthMethod::None => None,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost if right => None,
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => {
                return failed("wrong client_secret");
            }
            AuthMethod::PrivateKeyJwt => Some(
                private_key_jwt::check(cx, endpoint, client, assertion)
                    .map_err(|cause| OauthError::InvalidClient { cause })?,
            ),
            AuthMethod::ClientSecretJwt => {
                Some(client_secret_jwt::check(cx, endpoint, client, &secrets, assertion)?)
            }
        };
        if let Some(assertion) = checked
            && !assertion.is_first_use(cx).await?
        {
            return failed(assertion::FIRST_USE);
        }
        Ok(AuthenticatedClient { client: Arc::clone(client), secrets })
    }
}

/// A failed authentication; the cause is for the log.
fn failed<T>(cause: &'static str) -> Result<T, OauthError> {
    Err(OauthError::InvalidClient { cause })
}

/// Whether a secret's hash is that of the present secret, or of the one before it within the overlap. Where there is none, it is
/// compared all the same.
fn is_live(
    present: Option<[u8; 32]>,
    previous: Option<([u8; 32], Timestamp)>,
    presented: &[u8; 32],
    now: Timestamp,
) -> bool {
    let is_present = usher_crypto::matches(&present.unwrap_or_default(), presented) && present.is_some();
    let is_previous =
        previous.is_some_and(|(hash, until)| usher_crypto::matches(&hash, presented) && until > now);
    is_present || is_previous
}

/// Checks that a grant is switched on for an application. RFC 6749 §5.2, `unauthorized_client`: "The authenticated client is not
/// authorized to use this authorization grant type."
fn check_grant(client: &Client, grant: GrantType) -> Result<(), OauthError> {
    if client.may_use(grant) {
        return Ok(());
    }
    Err(OauthError::refused(
        "unauthorized_client",
        format!("the grant {} is not switched on for this application", grant.as_str()),
    ))
}

impl AuthenticatedClient {
    /// The application.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Its sealed secret, where ID tokens are signed by it.
    pub fn secret_sealed(&self) -> Option<&[u8]> {
        self.secrets.secret_sealed.as_deref()
    }

    /// Checks that a grant is switched on.
    pub fn may_use(&self, grant: GrantType) -> Result<(), OauthError> {
        check_grant(&self.client, grant)
    }
}
