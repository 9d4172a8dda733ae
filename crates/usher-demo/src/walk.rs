//! A walk: one sign-in, from the request to the sign-out, with every message that went over the wire. All of them together are
//! [`crate::walks`].

use crate::clients::Credentials;
use crate::codes::Codes;
use crate::kind::Kind;
use crate::options::AuthorizationRequest;
use crate::provider::Provider;
use crate::random::unguessable;
use crate::verify::{Check, Report};
use crate::wire::Exchange;
use std::collections::VecDeque;

/// Exchanges that a walk keeps; the oldest goes when one more happens.
const EXCHANGES: usize = 40;

/// One sign-in.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    /// Its name in addresses.
    pub(crate) id: String,
    /// The cookie of the browser that began it.
    pub(crate) owner: String,
    pub(crate) kind: Kind,
    /// How the application says who it is.
    pub(crate) credentials: Credentials,
    pub(crate) provider: Provider,
    pub(crate) ask: Ask,
    pub(crate) progress: Progress,
    /// What went over the wire, oldest first.
    pub(crate) wire: VecDeque<Recorded>,
    exchanges: usize,
    /// The wrong ways that were tried, the latest of each.
    pub(crate) tried: Vec<Tried>,
    /// The state of a sign-out under way.
    pub(crate) logout_state: Option<String>,
}

/// What a walk asks usher with.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    /// An authorization request, by the browser.
    Browser(AuthorizationRequest),
    /// A request straight to the token endpoint, for this scope.
    Direct(String),
    /// A device's codes, asked for with this scope.
    Device(Codes, String),
}

/// An exchange in a walk's record.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// Its number in the walk, from one.
    pub(crate) number: usize,
    pub(crate) step: Step,
    pub(crate) exchange: Exchange,
}

/// The part of a walk to which an exchange belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Before the request: where is everything?
    Discovery,
    /// What a walk without an authorization request begins with.
    Beginning,
    /// The code, or whatever stands for it, for tokens.
    Exchange,
    /// The keys to check them.
    Verification,
    /// Whatever the person tried afterwards.
    Later,
}

/// How far a walk has come.
#[derive(Debug, Clone)]
pub(crate) enum Progress {
    /// The request is made; nothing came back yet.
    Asked,
    /// An answer arrived, and nobody has looked at it.
    Returned(Callback),
    /// Its code is on the way to the token endpoint. It can be sent once only.
    Exchanging(Callback),
    /// What came of it.
    Settled(Option<Judged>, Outcome),
}

/// How an authorization response travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Travel {
    /// In the query of the callback's address.
    Query,
    /// Posted by the browser.
    Form,
    /// Behind the `#` of the callback's address, and read by the page's script.
    Fragment,
    /// In a message between windows, received by the page's script.
    Message,
}

impl Travel {
    /// The way that a page's script names when it hands an answer on.
    pub(crate) fn by_script(name: &str) -> Option<Self> {
        match name {
            "fragment" => Some(Self::Fragment),
            "message" => Some(Self::Message),
            _ => None,
        }
    }
}

/// The authorization response (RFC 6749 §4.1.2, OAuth 2.0 Multiple Response Types §3), as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub(crate) travel: Travel,
    pub(crate) parameters: Vec<(String, String)>,
}

impl Callback {
    /// A parameter's only value.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        let mut values =
            self.parameters.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str());
        values.next().filter(|_| values.next().is_none())
    }
}

/// An authorization response that was looked at.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) callback: Callback,
    pub(crate) checks: Vec<Check>,
    /// The tokens that came beside a code.
    pub(crate) beside: Option<Box<Tokens>>,
}

/// What came of a walk.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// An error, or an answer that was not believed.
    Refused(Problem),
    /// There are tokens.
    Tokens(Box<Tokens>),
    /// The person said yes, and nothing else was asked for.
    Acknowledged,
}

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Problem {
    /// The specification's code, where there is one.
    pub(crate) code: String,
    /// The server's words for developers.
    pub(crate) description: String,
    /// What it means.
    pub(crate) meaning: String,
    /// What to do.
    pub(crate) advice: String,
}

/// The tokens of a walk, and what was found out about them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
    pub(crate) expires_in: Option<u64>,
    /// What was granted, where the server says so.
    pub(crate) scope: Option<String>,
    /// What was asked for and is not the caller's to have.
    pub(crate) rejected_scope: Option<String>,
    /// Why there is no refresh token although one was asked for.
    pub(crate) refresh_token_withheld: Option<String>,
    /// Who signed in, once the ID token was believed.
    pub(crate) subject: Option<String>,
    pub(crate) id_report: Option<Report>,
    pub(crate) access_report: Option<Report>,
    /// The refresh token before the present one.
    pub(crate) spent_refresh_token: Option<String>,
    /// What ended the tokens' life, in a sentence.
    pub(crate) ended: Option<&'static str>,
}

/// A wrong way that was tried.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    pub(crate) name: &'static str,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) verdict: Verdict,
}

/// What became of a wrong way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Refused for the right reason.
    Refused,
    /// Refused for another reason.
    Otherwise,
    /// Not refused.
    Accepted,
}

impl Walk {
    /// A walk whose request is made and not yet sent.
    pub(crate) fn new(
        owner: &str,
        kind: Kind,
        credentials: Credentials,
        provider: Provider,
        ask: Ask,
    ) -> Self {
        Self {
            id: unguessable(),
            owner: owner.to_owned(),
            kind,
            credentials,
            provider,
            ask,
            progress: Progress::Asked,
            wire: VecDeque::new(),
            exchanges: 0,
            tried: Vec::new(),
            logout_state: None,
        }
    }

    /// Its page.
    pub(crate) fn path(&self) -> String {
        format!("/walk/{}", self.id)
    }

    /// Its authorization request, where it makes one.
    pub(crate) const fn request(&self) -> Option<&AuthorizationRequest> {
        match &self.ask {
            Ask::Browser(request) => Some(request),
            Ask::Direct(_) | Ask::Device(..) => None,
        }
    }

    /// The scope that it asks for.
    pub(crate) fn scope(&self) -> &str {
        match &self.ask {
            Ask::Browser(request) => request.value("scope").unwrap_or_default(),
            Ask::Direct(scope) | Ask::Device(_, scope) => scope,
        }
    }

    /// Keeps what went over the wire, and gives its number.
    pub(crate) fn record(&mut self, step: Step, exchange: Exchange) -> usize {
        if self.wire.len() == EXCHANGES {
            self.wire.pop_front();
        }
        self.exchanges += 1;
        self.wire.push_back(Recorded { number: self.exchanges, step, exchange });
        self.exchanges
    }

    /// The tokens to go on with, where there are any.
    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        match &self.progress {
            Progress::Settled(_, Outcome::Tokens(tokens)) => Some(tokens),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn tokens_mut(&mut self) -> Option<&mut Tokens> {
        match &mut self.progress {
            Progress::Settled(_, Outcome::Tokens(tokens)) => Some(tokens),
            _ => None,
        }
    }

    /// The code that came back, spent or not.
    pub(crate) fn code(&self) -> Option<&str> {
        match &self.progress {
            Progress::Settled(Some(judged), _) => judged.callback.one("code"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_given_twice_has_no_value() {
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        let callback = Callback {
            travel: Travel::Query,
            parameters: vec![pair("code", "a"), pair("code", "b"), pair("state", "s"), pair("iss", "")],
        };
        assert_eq!(
            (callback.one("code"), callback.one("state"), callback.one("iss")),
            (None, Some("s"), None)
        );
    }
}
