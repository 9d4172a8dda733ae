//! `client_secret_jwt` (OpenID Connect Core §9): "Clients that have received a client_secret value from the Authorization Server create a
//! JWT using an HMAC SHA algorithm … The HMAC … is calculated using the octets of the UTF-8 representation of the client_secret as the
//! shared key." The secret is kept sealed for this.

use super::assertion::{self, InTime};
use crate::OauthError;
use usher_core::{Client, Cx};
use usher_crypto::jose::VerifyingKey;
use usher_store::tables::ClientSecrets;
use usher_types::Endpoint;

/// The assertion, if it was made by the application's secret, or by the one before it within the overlap.
pub(super) fn check(
    cx: &Cx,
    endpoint: Endpoint,
    client: &Client,
    secrets: &ClientSecrets,
    text: &str,
) -> Result<InTime, OauthError> {
    let overlaps = secrets.previous.is_some_and(|(_, until)| until > cx.now);
    let previous = secrets.previous_sealed.as_deref().filter(|_| overlaps);
    let mut keys = Vec::with_capacity(2);
    for sealed in secrets.secret_sealed.as_deref().into_iter().chain(previous) {
        let secret = usher_core::seed::open_secret(&cx.app.master, cx.pool.id, client, sealed)?;
        keys.extend(VerifyingKey::from_secret(secret.expose()));
    }
    assertion::of_client(cx, endpoint, client.id(), text, &keys)
        .map_err(|cause| OauthError::InvalidClient { cause })
}
