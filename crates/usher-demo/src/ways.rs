//! The ways that each kind of application must not take: what is asked, why it is wrong, and what to do instead. Trying them is left to
//! [`crate::wrong`].

mod by_browser;
mod straight;

use crate::kind::Kind;
use serde::Serialize;

pub(crate) use by_browser::STOLEN_CODE;

/// A way that must not be taken.
#[derive(Debug, Serialize)]
pub(crate) struct Wrong {
    /// Its name in addresses, unique within its kind.
    pub(crate) name: &'static str,
    /// What the button says.
    pub(crate) words: &'static str,
    /// Why usher refuses.
    pub(crate) why: &'static str,
    /// What to do instead.
    pub(crate) instead: &'static str,
    /// The error that is right, or [`PAGE`].
    pub(crate) expected: &'static str,
    #[serde(skip)]
    pub(crate) attempt: Attempt,
}

/// The refusal that sends the browser nowhere: a page for the person.
pub(crate) const PAGE: &str = "page";

/// The request of a wrong way.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attempt {
    /// An authorization request with parameters changed or left out.
    Front(Front),
    /// A request to an endpoint that the application calls itself.
    Back(Back),
}

/// An authorization request, and what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Front {
    /// Parameters that replace the usual ones; an empty value leaves one out.
    pub(crate) changed: &'static [(&'static str, &'static str)],
    /// Where the answer is said to go.
    pub(crate) redirect: Redirect,
    /// Who asks.
    pub(crate) by: Asker,
}

/// The `redirect_uri` of a wrong request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Redirect {
    /// The registered one.
    Own,
    /// Another one.
    Other(&'static str),
}

/// The `client_id` of a wrong request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asker {
    /// The application that walks.
    Walker,
    /// The application without the exception for callbacks without TLS.
    Strict,
}

/// A wrong request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Back {
    /// The application that walks sends these parameters to the token endpoint.
    Form(&'static [(&'static str, &'static str)]),
    /// Another application does.
    FormOf(Kind, &'static [(&'static str, &'static str)]),
    /// The application's name with a secret that is not its own.
    WrongSecret,
    /// The walk's code, sent by another application.
    StolenCode,
    /// A refresh token that nobody gave, with the access token in its place.
    AccessTokenAsRefreshToken,
    /// Access key number n.
    Key(usize),
    /// An access key where a person is expected.
    Userinfo,
    /// A person's name with a wrong password.
    WrongPassword,
    /// A proof signed by a stranger's key.
    StrangersProof,
    /// The same proof twice.
    ProofTwice,
    /// The client's identifier as a secret, in the body.
    SecretForProof,
    /// The device code, sent by another application.
    StolenCodes,
    /// Two questions at once.
    ImpatientDevice,
    /// An application without devices asks for a device's codes.
    DeviceOfAnother,
    /// A token exchange for this API, with this subject token where it is not a real one.
    Exchange { by: Kind, audience: &'static str, subject_token: Option<&'static str>, scope: &'static str },
    /// A statement that is wrong in one thing.
    Statement(Flaw),
}

/// What is wrong with a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flaw {
    /// Signed by a stranger's key.
    Signature,
    /// Made for another server.
    Audience,
    /// From yesterday.
    Expired,
    /// Brought twice.
    Twice,
    /// About nobody.
    Subject,
}

/// A wrong authorization request of the application itself, to its own callback.
const fn front(changed: &'static [(&'static str, &'static str)]) -> Attempt {
    Attempt::Front(Front { changed, redirect: Redirect::Own, by: Asker::Walker })
}

/// A right request with another callback.
const fn redirected(uri: &'static str) -> Attempt {
    Attempt::Front(Front { changed: &[], redirect: Redirect::Other(uri), by: Asker::Walker })
}

/// The wrong ways of a kind.
pub(crate) const fn of(kind: Kind) -> &'static [Wrong] {
    match kind {
        Kind::Web => by_browser::WEB,
        Kind::Bank => by_browser::BANK,
        Kind::Native => by_browser::NATIVE,
        Kind::Spa => by_browser::SPA,
        Kind::Implicit => by_browser::IMPLICIT,
        Kind::Hybrid => by_browser::HYBRID,
        Kind::Password => straight::PASSWORD,
        Kind::Device => straight::DEVICE,
        Kind::Machine => straight::MACHINE,
        Kind::Exchange => straight::EXCHANGE,
        Kind::Assertion => straight::ASSERTION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_wrong_ways_and_none_of_them_twice() {
        for kind in Kind::ALL {
            let ways = of(kind);
            assert!(ways.len() >= 3, "{kind:?}");
            for (i, way) in ways.iter().enumerate() {
                assert!(ways.iter().skip(i + 1).all(|other| other.name != way.name), "{kind:?} {}", way.name);
                assert!(way.why.ends_with('.') && way.instead.ends_with('.'), "{kind:?} {}", way.name);
                assert!(way.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", way.name);
            }
        }
    }
}
