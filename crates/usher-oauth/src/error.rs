//! Errors of the endpoints that applications call directly, and the one place that turns them into bytes (RFC 6749 §5.2). The public
//! text says what the caller did; the real cause goes to the log and the audit trail.

use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use usher_core::request::FormError;
use usher_core::{Cx, Fault, Reply};
use usher_types::{ParamsError, Span};

/// An error of an endpoint that answers JSON.
#[derive(Debug)]
pub enum OauthError {
    /// The caller's mistake.
    Refused {
        /// The specification's code.
        error: &'static str,
        /// What the caller may know.
        description: String,
        /// What is true, for the log; the description where there is nothing to hide.
        cause: Option<&'static str>,
    },
    /// RFC 6749 §5.2: "If the client attempted to authenticate via the "Authorization" request header field, the authorization
    /// server MUST respond with an HTTP 401 (Unauthorized) status code and include the "WWW-Authenticate" response header".
    InvalidClient {
        /// What is true, for the log.
        cause: &'static str,
    },
    /// Not now (RFC 6585 §4).
    Later {
        /// How long to wait, where that is known.
        wait: Option<Span>,
        /// What is true, for the log.
        cause: &'static str,
    },
    /// RFC 6750 §3: an error of a resource that takes bearer tokens.
    Bearer {
        /// 400, 401 or 403.
        status: StatusCode,
        /// The code; none where no token was sent.
        error: Option<&'static str>,
        /// What the caller may know.
        description: &'static str,
        /// What is true, for the log.
        cause: &'static str,
    },
    /// Our mistake or the world's.
    Fault(Fault),
}

impl OauthError {
    /// `invalid_request`.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::Refused { error: "invalid_request", description: description.into(), cause: None }
    }

    /// `invalid_grant`: the same public text for every cause.
    pub fn invalid_grant(cause: &'static str) -> Self {
        let description = "the code or token is not valid: unknown, expired, used, revoked, or made for another application or request".to_owned();
        Self::Refused { error: "invalid_grant", description, cause: Some(cause) }
    }

    /// Another code of RFC 6749 §5.2 with nothing to hide.
    pub fn refused(error: &'static str, description: impl Into<String>) -> Self {
        Self::Refused { error, description: description.into(), cause: None }
    }

    /// The answer; logs once.
    pub fn into_reply(self, cx: &Cx, client_id: &str) -> Reply {
        match self {
            Self::Refused { error, description, cause } => {
                cx.refused(cause.unwrap_or(error), &description, client_id);
                Reply::json(
                    StatusCode::BAD_REQUEST,
                    &json!({ "error": error, "error_description": description }),
                )
            }
            Self::InvalidClient { cause } => {
                cx.refused(cause, "invalid_client", client_id);
                let description = "the application could not be authenticated: check client_id, client_secret and how they are sent";
                let content = json!({ "error": "invalid_client", "error_description": description });
                let challenge = HeaderValue::from_static("Basic realm=\"usher\", charset=\"UTF-8\"");
                Reply::json(StatusCode::UNAUTHORIZED, &content).with(header::WWW_AUTHENTICATE, challenge)
            }
            Self::Later { wait, cause } => {
                cx.refused(cause, "too many requests", client_id);
                let description = "too many tries: wait for as long as Retry-After says, then try again";
                let content = json!({ "error": "temporarily_unavailable", "error_description": description });
                let seconds = wait.map_or(1, |w| w.as_seconds().max(1));
                Reply::json(StatusCode::TOO_MANY_REQUESTS, &content)
                    .with(header::RETRY_AFTER, HeaderValue::from(seconds))
            }
            Self::Bearer { status, error, description, cause } => {
                cx.refused(cause, error.unwrap_or("no token"), client_id);
                let challenge = match error {
                    None => "Bearer realm=\"usher\"".to_owned(),
                    Some(error) => format!(
                        "Bearer realm=\"usher\", error=\"{error}\", error_description=\"{description}\""
                    ),
                };
                let reply = match error {
                    None => Reply::empty(status),
                    Some(error) => {
                        Reply::json(status, &json!({ "error": error, "error_description": description }))
                    }
                };
                match HeaderValue::try_from(challenge) {
                    Ok(value) => reply.with(header::WWW_AUTHENTICATE, value),
                    Err(_) => reply,
                }
            }
            Self::Fault(fault) => fault_reply(cx, &fault),
        }
    }
}

/// Logs a fault once and answers without telling what it was.
pub(crate) fn fault_reply(cx: &Cx, fault: &Fault) -> Reply {
    tracing::error!(request.id = %cx.request_id(), fault = %fault, "a request failed");
    let (status, error) = match fault.is_passing() {
        true => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        false => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    };
    let description =
        format!("the server could not answer; its log has more under request {}", cx.request_id());
    Reply::json(status, &json!({ "error": error, "error_description": description }))
}

impl From<Fault> for OauthError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ParamsError> for OauthError {
    fn from(error: ParamsError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<FormError> for OauthError {
    fn from(error: FormError) -> Self {
        Self::invalid_request(error.to_string())
    }
}
