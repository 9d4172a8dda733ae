//! What the identity server says about itself: its discovery document (OpenID Connect Discovery §4) and its key set (RFC 7517 §5).

use crate::wire::{self, Exchange, Outgoing};
use http::Method;
use serde_json::{Map, Value};
use usher_crypto::jose::{PublicJwk, SigningAlgorithm, VerifyingKey};

/// The addresses that a client needs.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct Provider {
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
    pub(crate) userinfo_endpoint: String,
    pub(crate) introspection_endpoint: String,
    pub(crate) revocation_endpoint: String,
    pub(crate) end_session_endpoint: String,
    /// Absent where the server knows no devices.
    pub(crate) device_authorization_endpoint: Option<String>,
}

/// Asks the issuer for its metadata. The exchange is there either way; its note says what was wrong.
pub(crate) async fn discover(issuer: &str) -> (Exchange, Option<Provider>) {
    let url = format!("{issuer}/.well-known/openid-configuration");
    let mut exchange = fetch("Discovery", &url).await;
    let read = match &exchange.outcome {
        Err(cause) => Err(format!("usher did not answer: {cause}.")),
        Ok(answer) if answer.status != 200 => Err(format!("{url} answered {}.", answer.status)),
        Ok(_) => exchange
            .json()
            .ok_or_else(|| format!("{url} is not a JSON object."))
            .and_then(|m| read(&m, issuer)),
    };
    match read {
        Ok(provider) => {
            exchange.say("Every address below comes from this document: a client is configured with nothing but the issuer.");
            (exchange, Some(provider))
        }
        Err(wrong) => {
            exchange.note = wrong;
            (exchange, None)
        }
    }
}

fn read(metadata: &Map<String, Value>, issuer: &str) -> Result<Provider, String> {
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    // OpenID Connect Discovery §4.3: "The issuer value returned MUST be identical to the Issuer URL that was used as the prefix to
    // /.well-known/openid-configuration to retrieve the configuration information."
    if text("issuer") != Some(issuer) {
        return Err(format!(
            "the document calls its issuer {:?}, but {issuer:?} was asked for.",
            text("issuer").unwrap_or_default()
        ));
    }
    let address =
        |name: &str| text(name).map(str::to_owned).ok_or_else(|| format!("the document has no {name}."));
    Ok(Provider {
        authorization_endpoint: address("authorization_endpoint")?,
        token_endpoint: address("token_endpoint")?,
        jwks_uri: address("jwks_uri")?,
        userinfo_endpoint: address("userinfo_endpoint")?,
        introspection_endpoint: address("introspection_endpoint")?,
        revocation_endpoint: address("revocation_endpoint")?,
        end_session_endpoint: address("end_session_endpoint")?,
        device_authorization_endpoint: text("device_authorization_endpoint").map(str::to_owned),
    })
}

/// Fetches the keys that verify. One that cannot be used is left out: another may be the right one.
pub(crate) async fn keys(provider: &Provider) -> (Exchange, Vec<VerifyingKey>) {
    let mut exchange = fetch("Key set", &provider.jwks_uri).await;
    let keys = exchange.json().map(|set| usable_keys(&set)).unwrap_or_default();
    exchange.note = match keys.len() {
        0 => "No key in it can be used, so no signature can be checked.".to_owned(),
        n => format!(
            "{n} public key{} to check signatures with. An application keeps them and asks again when it meets an unknown kid.",
            plural(n)
        ),
    };
    (exchange, keys)
}

const fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The keys of a key set, each for the one algorithm that its `alg` names.
pub(crate) fn usable_keys(set: &Map<String, Value>) -> Vec<VerifyingKey> {
    let listed = set.get("keys").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(usable_key).collect()
}

fn usable_key(jwk: &Value) -> Option<VerifyingKey> {
    let algorithm = SigningAlgorithm::parse(jwk.get("alg")?.as_str()?)?;
    let jwk = PublicJwk::parse(jwk.to_string().as_bytes(), algorithm).ok()?;
    VerifyingKey::from_jwk(&jwk).ok()
}

async fn fetch(title: &'static str, url: &str) -> Exchange {
    wire::send(Outgoing {
        title,
        method: Method::GET,
        url,
        authorization: None,
        form: Vec::new(),
        secrets: Vec::new(),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_of_another_issuer_is_not_believed() {
        let mut document = json!({ "issuer": "http://localhost:1/oidc" });
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "userinfo_endpoint",
            "introspection_endpoint",
            "revocation_endpoint",
            "end_session_endpoint",
        ] {
            document[name] = format!("http://localhost:1/{name}").into();
        }
        let document = document.as_object().unwrap();
        assert_eq!(
            read(document, "http://localhost:1/oidc").unwrap().jwks_uri,
            "http://localhost:1/jwks_uri"
        );
        assert!(read(document, "http://localhost:2/oidc").unwrap_err().contains("localhost:1"));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/oidc", listener.local_addr().unwrap());
        drop(listener);
        let (exchange, provider) = discover(&issuer).await;
        assert!(provider.is_none());
        assert!(exchange.note.contains("did not answer"), "{}", exchange.note);
    }
}
