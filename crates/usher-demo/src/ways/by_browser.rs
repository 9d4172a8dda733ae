//! The wrong ways of the applications that send a browser to usher, with why each is one and what to do instead.

use super::{Asker, Attempt, Back, Front, PAGE, Redirect, Wrong, front, redirected};

/// The way that ends the tokens of the walk in which it is tried.
pub(crate) const STOLEN_CODE: &str = "stolen-code";

/// Name and password of somebody who is there.
pub(super) const BY_PASSWORD: &[(&str, &str)] =
    &[("grant_type", "password"), ("username", "alice"), ("password", "correct horse battery staple")];
/// No person at all.
pub(super) const BY_ITSELF: &[(&str, &str)] = &[("grant_type", "client_credentials")];

pub(super) const WEB: &[Wrong] = &[
    Wrong {
        name: "implicit",
        words: "Ask for tokens in the address (implicit)",
        why: "The implicit mode is off for this application, as it is for everyone until someone turns it on: its tokens would pass through the browser, where its server has no way to protect them.",
        instead: "response_type=code: the server fetches the tokens.",
        expected: "unauthorized_client",
        attempt: front(&[("response_type", "id_token token")]),
    },
    Wrong {
        name: "password",
        words: "Send a person's password",
        why: "The password mode is off for this application: an application that never sees a password cannot lose one.",
        instead: "Send the browser to usher, which asks for the password on its own page.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::Form(BY_PASSWORD)),
    },
    Wrong {
        name: "client-credentials",
        words: "Ask for a token without a person",
        why: "Client credentials are off for this application. Its tokens speak for people who signed in.",
        instead: "Give the program that runs at night an access key of its own.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::Form(BY_ITSELF)),
    },
    Wrong {
        name: "callback",
        words: "Name a callback that is not registered",
        why: "Whoever could name any address would get everybody's codes. An address that is not registered, byte by byte, gets nothing, not even the error.",
        instead: "Register every callback, exactly as it is sent.",
        expected: PAGE,
        attempt: redirected("http://127.0.0.1:9/web/callback"),
    },
    Wrong {
        name: "wrong-secret",
        words: "Call with another secret",
        why: "Everybody knows the client_id; only the secret shows that it is this application. What was asked for is not even looked at.",
        instead: "Keep the secret on the server, and rotate it when it may have been seen.",
        expected: "invalid_client",
        attempt: Attempt::Back(Back::WrongSecret),
    },
    Wrong {
        name: STOLEN_CODE,
        words: "Have another application send this walk's code",
        why: "A code belongs to the application that asked for it. One that was used already also ends the tokens that it gave.",
        instead: "Each application takes its own walk.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::StolenCode),
    },
];

pub(super) const BANK: &[Wrong] = &[
    Wrong {
        name: "secret",
        words: "Send a secret in place of the proof",
        why: "This application registered private_key_jwt and nothing else: a weaker way in beside the strong one would be the one that is used.",
        instead: "Sign a client_assertion with the registered key.",
        expected: "invalid_client",
        attempt: Attempt::Back(Back::SecretForProof),
    },
    Wrong {
        name: "stranger",
        words: "Sign the proof with another key",
        why: "Only the registered key counts. A key in the proof itself, or an address of one, is never looked at.",
        instead: "Register the public half of the key in jwks.",
        expected: "invalid_client",
        attempt: Attempt::Back(Back::StrangersProof),
    },
    Wrong {
        name: "twice",
        words: "Send the same proof twice",
        why: "The first request fails for another reason, and still its proof is used up: a proof is for one request, so whoever sees it has nothing.",
        instead: "Make a new one, with a new jti, for each request.",
        expected: "invalid_client",
        attempt: Attempt::Back(Back::ProofTwice),
    },
    Wrong {
        name: "implicit",
        words: "Ask for tokens in the address (implicit)",
        why: "The implicit mode is off for this application.",
        instead: "response_type=code: the server fetches the tokens.",
        expected: "unauthorized_client",
        attempt: front(&[("response_type", "id_token")]),
    },
];

pub(super) const NATIVE: &[Wrong] = &[
    Wrong {
        name: "no-proof-key",
        words: "Ask without a proof key",
        why: "Without one, any program on this computer that catches the code could use it: there is no secret that would stop it.",
        instead: "code_challenge and code_verifier (PKCE), new for each request.",
        expected: "invalid_request",
        attempt: front(&[("code_challenge", ""), ("code_challenge_method", "")]),
    },
    Wrong {
        name: "other-host",
        words: "Wait for the answer on another machine",
        why: "Only the port of a loopback address may differ from what is registered. Anywhere else, the answer would leave this computer.",
        instead: "127.0.0.1 or [::1], with any port.",
        expected: PAGE,
        attempt: redirected("http://192.0.2.1:8080/native/callback"),
    },
    Wrong {
        name: "password",
        words: "Send a person's password",
        why: "The password mode is only for applications that can keep a secret. This one cannot even prove that it is itself.",
        instead: "Open the system's browser at usher.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::Form(BY_PASSWORD)),
    },
    Wrong {
        name: "client-credentials",
        words: "Ask for a token without a person",
        why: "RFC 6749 §4.4 gives this mode to confidential clients only: this client_id is no secret, so anybody could send it, and it proves nothing.",
        instead: "Sign in a person, or call from a server with an access key.",
        expected: "invalid_client",
        attempt: Attempt::Back(Back::Form(BY_ITSELF)),
    },
];

pub(super) const SPA: &[Wrong] = &[
    Wrong {
        name: "implicit",
        words: "Ask for tokens in the address (implicit)",
        why: "This browser has Web Crypto, so the code with a proof key works, and the implicit mode stays off.",
        instead: "response_type=code with PKCE.",
        expected: "unauthorized_client",
        attempt: front(&[
            ("response_type", "id_token token"),
            ("code_challenge", ""),
            ("code_challenge_method", ""),
        ]),
    },
    Wrong {
        name: "no-proof-key",
        words: "Ask without a proof key",
        why: "A public client has nothing else that ties the code to whoever asked for it.",
        instead: "code_challenge and code_verifier (PKCE), new for each request.",
        expected: "invalid_request",
        attempt: front(&[("code_challenge", ""), ("code_challenge_method", "")]),
    },
    Wrong {
        name: "plain",
        words: "Send the verifier itself (plain)",
        why: "Whoever sees the request would see the secret. RFC 9700 asks for S256, and usher knows nothing else.",
        instead: "code_challenge_method=S256.",
        expected: "invalid_request",
        attempt: front(&[("code_challenge_method", "plain")]),
    },
    Wrong {
        name: "password",
        words: "Send a person's password",
        why: "The password mode is only for applications that can keep a secret, and everybody can read this one.",
        instead: "Send the browser to usher, and come back with a code.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::Form(BY_PASSWORD)),
    },
];

pub(super) const IMPLICIT: &[Wrong] = &[
    Wrong {
        name: "query",
        words: "Have the tokens in the query",
        why: "Browsers send a query to servers and tell it to the next site as referrer; a fragment stays where it is.",
        instead: "fragment, form_post or web_message.",
        expected: "invalid_request",
        attempt: front(&[("response_mode", "query")]),
    },
    Wrong {
        name: "no-nonce",
        words: "Leave out the nonce",
        why: "Nothing else ties the ID token to this request: a token from another sign-in could be slipped in.",
        instead: "A random nonce, compared with the one in the ID token.",
        expected: "invalid_request",
        attempt: front(&[("nonce", "")]),
    },
    Wrong {
        name: "token",
        words: "Ask for an access token alone",
        why: "Nothing would say for whom the token was made. A token that was made for another application could be slipped in, and this one would take its owner for the visitor.",
        instead: "id_token token: the ID token vouches for the access token by at_hash.",
        expected: "unsupported_response_type",
        attempt: front(&[("response_type", "token")]),
    },
    Wrong {
        name: "code",
        words: "Ask for a code",
        why: "This application has the implicit mode and no other: without Web Crypto it could not make a proof key.",
        instead: "Register it for the code with PKCE as soon as its browsers can do it.",
        expected: "unauthorized_client",
        attempt: front(&[("response_type", "code")]),
    },
    Wrong {
        name: "refresh",
        words: "Refresh the access token",
        why: "The implicit mode never gives a refresh token, and an access token is none.",
        instead: "Ask again with prompt=none while the session goes on; or the code with PKCE.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::AccessTokenAsRefreshToken),
    },
];

pub(super) const HYBRID: &[Wrong] = &[
    Wrong {
        name: "query",
        words: "Have code and tokens in the query",
        why: "As soon as there is a token in the answer, the query is no place for it: servers and other sites would see it.",
        instead: "fragment, form_post or web_message.",
        expected: "invalid_request",
        attempt: front(&[("response_mode", "query")]),
    },
    Wrong {
        name: "no-nonce",
        words: "Leave out the nonce",
        why: "The ID token by the browser needs it: nothing else ties it to this request.",
        instead: "A random nonce, compared with the one in both ID tokens.",
        expected: "invalid_request",
        attempt: front(&[("nonce", "")]),
    },
    Wrong {
        name: "implicit",
        words: "Ask for tokens without a code (implicit)",
        why: "Each response type is switched on by itself, and this one is not.",
        instead: "What is switched on: code id_token, code token, code id_token token.",
        expected: "unauthorized_client",
        attempt: front(&[("response_type", "id_token token")]),
    },
    Wrong {
        name: "http-callback",
        words: "Have tokens sent to a callback without TLS",
        why: "An application that is registered in the same way, but without the exception for development, asks for the same callback: tokens travel to https only.",
        instead: "https for the callback; or a code alone, for development.",
        expected: "invalid_request",
        attempt: Attempt::Front(Front { changed: &[], redirect: Redirect::Own, by: Asker::Strict }),
    },
    Wrong {
        name: STOLEN_CODE,
        words: "Have another application send this walk's code",
        why: "A code belongs to the application that asked for it. One that was used already also ends the tokens that it gave.",
        instead: "Each application takes its own walk.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::StolenCode),
    },
];
