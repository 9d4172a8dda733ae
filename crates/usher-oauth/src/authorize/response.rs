//! What an authorization response may carry and how it travels: `response_type` and `response_mode` (OAuth 2.0 Multiple Response Types
//! §2, §3, OpenID Connect Core §3.2.2.1, §3.3.2.1).

use crate::redirect::RegisteredRedirect;
use crate::response_mode::ResponseMode;
use usher_core::Client;
use usher_core::client::ResponseType;
use usher_crypto::jose::parse_unique_object;
use usher_types::opaque::base64url_decode;
use usher_types::{Params, Scope};

/// An error's code and its sentence for the application's developer.
type Refusal = (&'static str, String);

/// How a response travels.
pub(super) struct Delivery {
    /// The mode, or why the one that was asked for cannot be.
    pub(super) mode: Result<ResponseMode, String>,
    /// The mode by which errors travel, whatever is wrong with the request.
    pub(super) for_errors: ResponseMode,
}

impl Delivery {
    /// Reads `response_mode`, with the default that `response_type` brings.
    pub(super) fn of(params: &Params, redirect: &RegisteredRedirect) -> Self {
        let kind = params.first("response_type").unwrap_or_default();
        let by_front_channel = kind.split(' ').any(|word| matches!(word, "id_token" | "token"));
        // Multiple Response Types §5: "the fragment encoding" is the default of those types, and "the query encoding MUST NOT be used".
        let default = if by_front_channel { ResponseMode::Fragment } else { ResponseMode::Query };
        let mode = match params.one("response_mode") {
            Err(repeated) => Err(repeated.to_string()),
            Ok(None) => Ok(requested_in_object(params, redirect).unwrap_or(default)),
            Ok(Some(name)) => match ResponseMode::parse(name) {
                None => Err(format!("response_mode must be one of: {}", ResponseMode::NAMES.join(", "))),
                Some(ResponseMode::Query) if by_front_channel => {
                    Err("response_mode=query cannot carry tokens: fragment, form_post and web_message can"
                        .to_owned())
                }
                Some(ResponseMode::WebMessage) if redirect.origin().is_none() => {
                    Err("response_mode=web_message needs a redirect_uri with an origin".to_owned())
                }
                Some(mode) => Ok(mode),
            },
        };
        let for_errors = mode.as_ref().copied().unwrap_or(default);
        Self { mode, for_errors }
    }
}

/// The response mode that a request object asks for. Request objects are not taken, but the application hears so in the way in which it
/// expects the answer. Nothing else of the object is believed.
fn requested_in_object(params: &Params, redirect: &RegisteredRedirect) -> Option<ResponseMode> {
    let payload = params.first("request")?.split('.').nth(1)?;
    let claims = parse_unique_object(&base64url_decode(payload)?).ok()?;
    let mode = ResponseMode::parse(claims.get("response_mode")?.as_str()?)?;
    match mode {
        ResponseMode::Query => None,
        ResponseMode::WebMessage if redirect.origin().is_none() => None,
        mode => Some(mode),
    }
}

/// Reads `response_type` and checks that it is switched on.
pub(super) fn response_type(
    params: &Params,
    client: &Client,
    redirect: &RegisteredRedirect,
) -> Result<ResponseType, Refusal> {
    let text = params.one("response_type").map_err(|e| ("invalid_request", e.to_string()))?;
    let text = text.ok_or_else(|| ("invalid_request", "response_type is missing".to_owned()))?;
    let kind = ResponseType::parse(text).ok_or_else(|| {
        let names = ResponseType::ALL.map(|t| format!("\"{}\"", t.as_str())).join(", ");
        ("unsupported_response_type", format!("response_type must be one of: {names}"))
    })?;
    if !client.may_respond(kind) {
        // RFC 6749 §4.1.2.1, unauthorized_client: "The client is not authorized to request an authorization code using this method."
        let description =
            format!("the response type \"{}\" is not switched on for this application", kind.as_str());
        return Err(("unauthorized_client", description));
    }
    if kind.has_token() && !client.settings.may_receive_tokens(redirect.as_str()) {
        return Err(("invalid_request", "tokens by the front channel go to https callbacks only".to_owned()));
    }
    Ok(kind)
}

/// What an ID token by the front channel needs.
pub(super) fn check_id_token(
    kind: ResponseType,
    asked: &Scope,
    client: &Client,
    nonce: Option<&str>,
) -> Result<(), Refusal> {
    if !kind.has_id_token() {
        return Ok(());
    }
    if !asked.contains("openid") || !client.scope.contains("openid") {
        return Err(("invalid_scope", "an ID token needs the scope openid".to_owned()));
    }
    // OpenID Connect Core §3.2.2.1 and §3.3.2.11, nonce: "REQUIRED".
    match nonce {
        Some(_) => Ok(()),
        None => Err((
            "invalid_request",
            "nonce is missing: an ID token by the front channel needs one".to_owned(),
        )),
    }
}
