//! `private_key_jwt` (OpenID Connect Core §9): "Clients that have registered a public key sign a JWT using that key."

use super::assertion::{self, InTime};
use usher_core::{Client, Cx};
use usher_types::Endpoint;

/// The assertion, if a key of the application's own signed it.
pub(super) fn check(
    cx: &Cx,
    endpoint: Endpoint,
    client: &Client,
    text: &str,
) -> Result<InTime, &'static str> {
    assertion::of_client(cx, endpoint, client.id(), text, &client.verifying)
}
