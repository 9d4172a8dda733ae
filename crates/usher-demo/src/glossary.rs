//! What parameters, errors and steps mean, in a sentence each. The single-page application is given the same tables as JSON.

use serde_json::{Value, json};

/// The parameters of authorization requests and responses.
const PARAMETERS: &[(&str, &str)] = &[
    (
        "response_type",
        "What should come back: a code, which is worth nothing to whoever sees it on the way, tokens, or both.",
    ),
    ("client_id", "The application that asks. It is a name, not a secret."),
    (
        "redirect_uri",
        "Where the answer shall go. usher compares it, byte by byte, with what the application registered; only the port of a native application's loopback address may differ.",
    ),
    ("scope", "What the application would like to know or do. The person may refuse."),
    (
        "state",
        "A random value that must come back unchanged: an answer without it was not asked for by this browser.",
    ),
    ("nonce", "A random value that must stand in the ID token: it ties the token to this request."),
    (
        "code_challenge",
        "The SHA-256 of a secret that the application keeps (PKCE). Whoever steals the code cannot use it without the secret.",
    ),
    ("code_challenge_method", "How the challenge was made from the secret."),
    ("prompt", "What usher shall ask the person, whether or not it would have to."),
    ("response_mode", "How the answer travels."),
    ("max_age", "The person must have signed in within this many seconds, or is asked again."),
    ("login_hint", "Who probably wants to sign in: it fills in the name."),
    ("code", "The authorization code. It lives for a minute and works once."),
    ("access_token", "What an API is called with. Whoever has it may do what it allows."),
    ("id_token", "Who signed in, signed by usher, for this application alone."),
    ("token_type", "How the access token is used: Bearer means that having it is enough."),
    ("expires_in", "Seconds that the access token lives."),
    ("iss", "Who answers (RFC 9207). It keeps one server's answer from being taken for another's."),
    ("error", "What went wrong, in the specification's words."),
    ("error_description", "The same for developers. Never shown to people as it is."),
    ("error_uri", "Where there is more to read about it."),
    ("session_state", "A value by which a page can notice that the session changed."),
];

/// Error codes: what they mean, and what to do.
const ERRORS: &[(&str, &str, &str)] = &[
    (
        "access_denied",
        "The person refused, or may not use this application.",
        "Nothing is broken. A real application says so kindly and offers to try again.",
    ),
    (
        "login_required",
        "Nobody is signed in, and prompt=none forbids asking.",
        "Start again without prompt=none; the sign-in page will appear.",
    ),
    (
        "consent_required",
        "The person has not agreed yet, and prompt=none forbids asking.",
        "Start again without prompt=none; the consent page will appear.",
    ),
    (
        "interaction_required",
        "The person would have to be asked something, and prompt=none forbids it.",
        "Start again without prompt=none.",
    ),
    (
        "account_selection_required",
        "Several people are signed in, and prompt=none forbids asking which.",
        "Start again without prompt=none, or with a login_hint.",
    ),
    (
        "unmet_authentication_requirements",
        "The person could not sign in as strongly as was demanded.",
        "Ask for less, or let the person add another factor.",
    ),
    (
        "invalid_request",
        "A parameter is missing, given twice or not understood.",
        "Compare the request in step 1 with the description beside the error.",
    ),
    (
        "invalid_scope",
        "A scope is unknown, or this application may not ask for it.",
        "Start again with fewer scopes.",
    ),
    (
        "unauthorized_client",
        "The application may not use this mode: it is not switched on for it.",
        "Use the mode that it is registered for.",
    ),
    (
        "unsupported_response_type",
        "The server does not give this kind of answer to anybody.",
        "Use a response_type of its discovery document.",
    ),
    ("server_error", "Something broke on usher's side.", "Try again, and look at usher's log."),
    ("temporarily_unavailable", "usher is busy.", "Try again in a moment."),
    (
        "invalid_client",
        "The client's identifier or secret is wrong.",
        "Restart the demo, so that both sides know the same secret.",
    ),
    (
        "invalid_grant",
        "What was to be changed for tokens is wrong, spent, expired, revoked, or was made for somebody else. usher says the same for every cause; the log knows which.",
        "Start a new walk.",
    ),
    ("invalid_token", "The access token is not, or no longer, valid.", "Refresh it, or start a new walk."),
    (
        "insufficient_scope",
        "The access token does not allow this.",
        "Start a new walk with the scope openid.",
    ),
    ("authorization_pending", "The person has not answered yet.", "Ask again after the interval."),
    ("slow_down", "The device asks too often.", "Wait five seconds longer between two questions."),
    ("expired_token", "The device's codes have expired.", "Start a new walk."),
    (
        "invalid_target",
        "The API for which the token shall be is not one that this application may name.",
        "Name one of token_exchange.audiences.",
    ),
    (
        "unsupported_grant_type",
        "The server knows no such grant, or has it switched off for everyone.",
        "Use a grant of its discovery document.",
    ),
];

/// What a parameter means; empty where it is not known.
pub(crate) fn parameter(name: &str) -> &'static str {
    PARAMETERS.iter().find(|(n, _)| *n == name).map_or("", |(_, meaning)| meaning)
}

/// What an error code means, and what to do.
pub(crate) fn error(code: &str) -> (&'static str, &'static str) {
    let known = ERRORS.iter().find(|(c, _, _)| *c == code).map(|(_, meaning, advice)| (*meaning, *advice));
    known.unwrap_or((
        "usher answered with an error that this demo does not know.",
        "The description beside it says more.",
    ))
}

/// Both tables.
pub(crate) fn tables() -> Value {
    let parameters: serde_json::Map<String, Value> =
        PARAMETERS.iter().map(|(n, m)| ((*n).to_owned(), json!(m))).collect();
    let errors: serde_json::Map<String, Value> =
        ERRORS.iter().map(|(c, m, a)| ((*c).to_owned(), json!([m, a]))).collect();
    json!({ "parameters": parameters, "errors": errors })
}
