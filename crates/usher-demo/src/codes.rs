//! The two codes of a device (RFC 8628 §3.2): one to keep, one to show.

use crate::wire;
use serde_json::{Map, Value};

/// What the device authorization endpoint gave (RFC 8628 §3.2).
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct Codes {
    /// The code to keep.
    pub(crate) device_code: String,
    /// The code to show.
    pub(crate) user_code: String,
    /// Where the person types it.
    pub(crate) verification_uri: String,
    /// The same, with the code in it.
    pub(crate) verification_uri_complete: String,
    /// usher's picture of that address.
    pub(crate) picture: String,
    /// Seconds that both live.
    pub(crate) expires_in: u64,
    /// Seconds between two questions at least.
    pub(crate) interval: u64,
}

impl Codes {
    /// Reads the answer of the endpoint; nothing where a part is missing.
    pub(crate) fn read(answer: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let (user_code, verification_uri) = (text("user_code")?, text("verification_uri")?);
        let picture = format!("{verification_uri}/qr?{}", wire::encode(&[("user_code", &user_code)]));
        Some(Self {
            device_code: text("device_code")?,
            verification_uri_complete: text("verification_uri_complete")
                .unwrap_or_else(|| verification_uri.clone()),
            picture,
            user_code,
            verification_uri,
            expires_in: answer.get("expires_in").and_then(Value::as_u64)?,
            // RFC 8628 §3.2: "If no value is provided, clients MUST use 5 as the default."
            interval: answer.get("interval").and_then(Value::as_u64).unwrap_or(5),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_endpoint_leaves_out_has_its_default_and_what_must_be_there_must_be_there() {
        let mut answer = json!({
            "device_code": "d", "user_code": "BCDF-GHJK", "verification_uri": "http://localhost:1/device", "expires_in": 600
        });
        let codes = Codes::read(answer.as_object().unwrap()).unwrap();
        assert_eq!(
            (codes.interval, codes.verification_uri_complete.as_str()),
            (5, "http://localhost:1/device")
        );
        assert_eq!(codes.picture, "http://localhost:1/device/qr?user_code=BCDF-GHJK");
        for name in ["device_code", "user_code", "verification_uri", "expires_in"] {
            let kept = answer.as_object_mut().unwrap().remove(name).unwrap();
            assert!(Codes::read(answer.as_object().unwrap()).is_none(), "{name}");
            answer[name] = kept;
        }
    }
}
