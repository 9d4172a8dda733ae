//! Callers that are access keys: the access key is sent as `client_id`, the secret key as `client_secret`, in either of the two ways of
//! RFC 6749 §2.3.1. Where a name is an application's, the application is meant.

use super::{AuthenticatedClient, Presented, check_grant, failed, is_live};
use crate::OauthError;
use std::sync::Arc;
use usher_core::client::{AuthMethod, GrantType};
use usher_core::{Client, Cx};
use usher_store::tables::{AccessKeySecrets, Credentials};
use usher_types::Endpoint;

/// An access key that proved who it is. Made by [`Presented::authenticate_caller`] only.
pub struct AuthenticatedKey {
    access_key: String,
    client: Arc<Client>,
    secrets: AccessKeySecrets,
}

/// Whoever may call an endpoint that takes access keys beside applications.
pub enum Caller {
    /// An application by its own credentials, or a public one that named itself.
    Client(AuthenticatedClient),
    /// An access key.
    Key(AuthenticatedKey),
}

impl Presented {
    /// Proves credentials that may be an access key's. A name that nobody has costs the same comparison.
    pub async fn authenticate_caller(
        self,
        cx: &Cx,
        endpoint: Endpoint,
        read: Credentials,
    ) -> Result<Caller, OauthError> {
        match read {
            Credentials { client: None, key: Some(key) } => self.authenticate_key(cx, key).map(Caller::Key),
            Credentials { client, .. } => self.authenticate(cx, endpoint, client).await.map(Caller::Client),
        }
    }

    fn authenticate_key(self, cx: &Cx, key: AccessKeySecrets) -> Result<AuthenticatedKey, OauthError> {
        let presented = self.secret.as_ref().map(|s| usher_crypto::sha256(s.expose())).unwrap_or_default();
        let right = is_live(Some(key.secret_hash), key.previous, &presented, cx.now);
        let Some(client) = cx.pool.clients.get(&key.client_id) else {
            return failed("an access key of an application that is not there");
        };
        if !matches!(self.method, AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) {
            return failed("an access key without its secret key");
        }
        if !right {
            return failed("wrong secret key");
        }
        if !key.enabled {
            return failed("the access key is disabled");
        }
        if !key.client_enabled {
            return failed("the access key's application is disabled");
        }
        cx.app.last_used.note(cx.pool.id, &self.client_id, cx.now);
        Ok(AuthenticatedKey { access_key: self.client_id, client: Arc::clone(client), secrets: key })
    }
}

impl AuthenticatedKey {
    /// The access key.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// What was read of it.
    pub fn secrets(&self) -> &AccessKeySecrets {
        &self.secrets
    }
}

impl Caller {
    /// The application: the caller itself, or the one that the access key belongs to.
    pub fn client(&self) -> &Client {
        match self {
            Self::Client(client) => client.client(),
            Self::Key(key) => &key.client,
        }
    }

    /// Checks that a grant is switched on.
    pub fn may_use(&self, grant: GrantType) -> Result<(), OauthError> {
        check_grant(self.client(), grant)
    }

    /// The caller, if it proved who it is: a public application only named itself.
    pub fn confidential(self) -> Result<Self, OauthError> {
        match &self {
            Self::Client(client) if client.client().is_public() => {
                failed("a public application, where credentials are needed")
            }
            _ => Ok(self),
        }
    }

    /// Whether a token without a person is its own: one that was issued to it, or to one of its access keys. A public application only
    /// named itself, so its access keys' tokens are not in its hands.
    pub fn owns(&self, account: &str, client_id: &str) -> bool {
        match self {
            Self::Client(client) => !client.client().is_public() && client.client().id() == client_id,
            Self::Key(key) => key.access_key == account && key.client.id() == client_id,
        }
    }
}
