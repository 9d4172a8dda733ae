//! The wrong ways of the applications that go straight to the token endpoint, with why each is one and what to do instead.

use super::by_browser::{BY_ITSELF, BY_PASSWORD};
use super::{Attempt, Back, Flaw, PAGE, Wrong, redirected};
use crate::kind::Kind;
use crate::options::AUDIENCE;

pub(super) const PASSWORD: &[Wrong] = &[
    Wrong {
        name: "wrong-password",
        words: "Send a wrong password",
        why: "The answer is the same for a wrong name, and guesses are counted: after a few, usher stops listening for a while.",
        instead: "Ask the person again.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::WrongPassword),
    },
    Wrong {
        name: "another",
        words: "Have the Web Shop send a password",
        why: "The mode is off for that application: it has a better one.",
        instead: "The code: usher asks for the password on its own page.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::FormOf(Kind::Web, BY_PASSWORD)),
    },
    Wrong {
        name: "code",
        words: "Send the browser to usher instead",
        why: "This application registered no callback, so there is no address to which usher would send an answer.",
        instead: "Register a callback and the grant authorization_code: it is the better mode.",
        expected: PAGE,
        attempt: redirected("http://127.0.0.1:9/password/callback"),
    },
];

pub(super) const DEVICE: &[Wrong] = &[
    Wrong {
        name: "impatient",
        words: "Ask twice at once",
        why: "A thousand televisions that ask ten times a second would be too many. Whoever asks too soon has to wait longer from then on.",
        instead: "Wait for the interval that came with the codes.",
        expected: "slow_down",
        attempt: Attempt::Back(Back::ImpatientDevice),
    },
    Wrong {
        name: "stolen-device-code",
        words: "Have another application ask with the device code",
        why: "The codes belong to the application that asked for them, and that other one has this mode switched off, too.",
        instead: "Each device asks for codes of its own.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::StolenCodes),
    },
    Wrong {
        name: "another",
        words: "Have the Web Shop ask for a device's codes",
        why: "The mode is off for that application. It has a browser at hand, and codes that can be read aloud can be talked out of people.",
        instead: "The code by redirect, wherever there is a browser.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::DeviceOfAnother),
    },
];

pub(super) const MACHINE: &[Wrong] = &[
    Wrong {
        name: "disabled",
        words: "Use the key that was switched off",
        why: "Whether a key is enabled is read for each request and never remembered: a key that is switched off is refused at once.",
        instead: "Give the caller a new key.",
        expected: "invalid_client",
        attempt: Attempt::Back(Back::Key(2)),
    },
    Wrong {
        name: "wrong-secret",
        words: "Use a wrong secret key",
        why: "The answer is the same for a key that does not exist.",
        instead: "Rotate the key where its secret was lost; both work for a while.",
        expected: "invalid_client",
        attempt: Attempt::Back(Back::WrongSecret),
    },
    Wrong {
        name: "another",
        words: "Have the Web Shop ask without a person",
        why: "The mode is off for that application: its tokens speak for people.",
        instead: "An access key for the program that has no person.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::FormOf(Kind::Web, BY_ITSELF)),
    },
    Wrong {
        name: "userinfo",
        words: "Ask who signed in",
        why: "Nobody did. The token is the program's own.",
        instead: "Introspection says to whom the token belongs.",
        expected: "invalid_token",
        attempt: Attempt::Back(Back::Userinfo),
    },
];

pub(super) const EXCHANGE: &[Wrong] = &[
    Wrong {
        name: "audience",
        words: "Ask for a token for another API",
        why: "Which APIs a token can be exchanged for is named in the application's settings, and this one is not among them.",
        instead: "Name it in token_exchange.audiences, if it shall be so.",
        expected: "invalid_target",
        attempt: Attempt::Back(Back::Exchange {
            by: Kind::Exchange,
            audience: "urn:demo:payroll",
            subject_token: None,
            scope: "",
        }),
    },
    Wrong {
        name: "wider",
        words: "Ask for more than the first token may",
        why: "An exchange only ever narrows: what the person did not allow the first application, no other one gets.",
        instead: "Ask the person for it when they sign in.",
        expected: "invalid_scope",
        attempt: Attempt::Back(Back::Exchange {
            by: Kind::Exchange,
            audience: AUDIENCE,
            subject_token: None,
            scope: "stock:read email",
        }),
    },
    Wrong {
        name: "garbage",
        words: "Bring something that is no token",
        why: "Only a living token of this server and this pool counts.",
        instead: "The access token that the API was called with, as it came.",
        expected: "invalid_request",
        attempt: Attempt::Back(Back::Exchange {
            by: Kind::Exchange,
            audience: AUDIENCE,
            subject_token: Some("something-that-is-no-token"),
            scope: "stock:read",
        }),
    },
    Wrong {
        name: "another",
        words: "Have the Web Shop exchange the token",
        why: "The mode is off for that application: it has the person at hand.",
        instead: "Its own token, which the person gave it.",
        expected: "unauthorized_client",
        attempt: Attempt::Back(Back::Exchange {
            by: Kind::Web,
            audience: AUDIENCE,
            subject_token: None,
            scope: "stock:read",
        }),
    },
];

pub(super) const ASSERTION: &[Wrong] = &[
    Wrong {
        name: "stranger",
        words: "Bring a statement signed by a stranger",
        why: "Anybody can write the partner's name into a statement; only the registered key shows that it is the partner's.",
        instead: "A statement by a key of assertion_issuers.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::Statement(Flaw::Signature)),
    },
    Wrong {
        name: "audience",
        words: "Bring a statement made for another server",
        why: "Otherwise that server could pass it on and come in here as the person.",
        instead: "aud is this issuer, or its token endpoint.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::Statement(Flaw::Audience)),
    },
    Wrong {
        name: "expired",
        words: "Bring yesterday's statement",
        why: "A statement is for a few minutes. An old one may have been lying about anywhere.",
        instead: "A new one for each request.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::Statement(Flaw::Expired)),
    },
    Wrong {
        name: "twice",
        words: "Bring the same statement twice",
        why: "The first time it gives tokens, the second time nothing: its jti is used up, on every node.",
        instead: "A new one, with a new jti, for each request.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::Statement(Flaw::Twice)),
    },
    Wrong {
        name: "nobody",
        words: "Bring a statement about somebody unknown",
        why: "The answer is the same as for every other reason, so that nobody learns who exists.",
        instead: "Create the person first.",
        expected: "invalid_grant",
        attempt: Attempt::Back(Back::Statement(Flaw::Subject)),
    },
];
