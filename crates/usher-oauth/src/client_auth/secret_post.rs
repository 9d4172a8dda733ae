//! `client_secret_post` (RFC 6749 §2.3.1), and `none`: a public application names itself by `client_id` alone (§3.2.1).

use super::Presented;
use crate::OauthError;
use usher_core::client::AuthMethod;
use usher_types::Params;

pub(super) fn read(params: &Params) -> Result<Option<Presented>, OauthError> {
    let client_id = params.one("client_id")?;
    let secret = params.one("client_secret")?;
    match (client_id, secret) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(OauthError::invalid_request("client_secret without client_id")),
        (Some(id), None) => Ok(Some(Presented {
            client_id: id.to_owned(),
            secret: None,
            assertion: None,
            method: AuthMethod::None,
        })),
        (Some(id), Some(secret)) => Ok(Some(Presented {
            client_id: id.to_owned(),
            secret: Some(secret.into()),
            assertion: None,
            method: AuthMethod::ClientSecretPost,
        })),
    }
}
