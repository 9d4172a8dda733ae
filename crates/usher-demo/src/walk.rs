//! Walks: one sign-in each, from the request to the sign-out, kept in memory. A walk belongs to the browser that began it; its
//! answer is found by the unguessable `state`, because a form that usher's page posts here arrives without our cookie.

use crate::options::AuthorizationRequest;
use crate::provider::Provider;
use crate::random::unguessable;
use crate::verify::{Check, Report};
use crate::wire::Exchange;
use std::collections::VecDeque;
use usher_crypto::matches;

/// Walks that are kept; the oldest goes when one more begins.
const WALKS: usize = 1_000;
/// Exchanges that a walk keeps; the oldest goes when one more happens.
const EXCHANGES: usize = 40;

/// The kind of application that walks here. The single-page one keeps its walk in the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With a server that keeps a secret.
    Web,
    /// On a desktop.
    Native,
}

/// One sign-in.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    /// Its name in addresses.
    pub(crate) id: String,
    /// The cookie of the browser that began it.
    owner: String,
    pub(crate) kind: Kind,
    pub(crate) provider: Provider,
    pub(crate) request: AuthorizationRequest,
    pub(crate) progress: Progress,
    /// What went over the wire, oldest first.
    pub(crate) wire: VecDeque<Recorded>,
    exchanges: usize,
    /// The state of a sign-out under way.
    pub(crate) logout_state: Option<String>,
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
    /// The code for tokens.
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
    Settled(Callback, Vec<Check>, Outcome),
}

/// The authorization response (RFC 6749 §4.1.2), as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    /// How it travelled: "GET" or "POST".
    pub(crate) method: &'static str,
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

/// What came of an authorization response.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// It was an error, or it was not believed, or the token endpoint refused.
    Refused(Problem),
    /// There are tokens.
    Tokens(Box<Tokens>),
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
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
    pub(crate) expires_in: Option<u64>,
    /// What was granted, where the server says so.
    pub(crate) scope: Option<String>,
    /// Who signed in, once the ID token was believed.
    pub(crate) subject: Option<String>,
    pub(crate) id_report: Option<Report>,
    pub(crate) access_report: Option<Report>,
    /// The refresh token before the present one.
    pub(crate) spent_refresh_token: Option<String>,
    /// What ended the tokens' life, in a sentence.
    pub(crate) ended: Option<&'static str>,
}

impl Walk {
    /// A walk whose request is made and not yet sent.
    pub(crate) fn new(owner: &str, kind: Kind, provider: Provider, request: AuthorizationRequest) -> Self {
        let (id, owner) = (unguessable(), owner.to_owned());
        let (progress, wire) = (Progress::Asked, VecDeque::new());
        Self { id, owner, kind, provider, request, progress, wire, exchanges: 0, logout_state: None }
    }

    /// Its page.
    pub(crate) fn path(&self) -> String {
        format!("/walk/{}", self.id)
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

    /// The tokens, where there are any.
    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        match &self.progress {
            Progress::Settled(_, _, Outcome::Tokens(tokens)) => Some(tokens),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn tokens_mut(&mut self) -> Option<&mut Tokens> {
        match &mut self.progress {
            Progress::Settled(_, _, Outcome::Tokens(tokens)) => Some(tokens),
            _ => None,
        }
    }

    /// The code that came back, spent or not.
    pub(crate) fn code(&self) -> Option<&str> {
        match &self.progress {
            Progress::Settled(callback, ..) => callback.one("code"),
            _ => None,
        }
    }
}

/// All walks, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Walks(VecDeque<Walk>);

impl Walks {
    /// Keeps a new walk.
    pub(crate) fn insert(&mut self, walk: Walk) {
        if self.0.len() == WALKS {
            self.0.pop_front();
        }
        self.0.push_back(walk);
    }

    /// The walk of this name, if this browser began it.
    pub(crate) fn find(&mut self, id: &str, browser: Option<&str>) -> Option<&mut Walk> {
        let browser = browser?;
        let mut walks = self.0.iter_mut();
        walks.find(|w| {
            matches(w.id.as_bytes(), id.as_bytes()) && matches(w.owner.as_bytes(), browser.as_bytes())
        })
    }

    /// Whether there is a walk of this name, whoever began it.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.0.iter().any(|w| matches(w.id.as_bytes(), id.as_bytes()))
    }

    /// The walk that sent this state.
    pub(crate) fn find_by_state(&mut self, state: &str) -> Option<&mut Walk> {
        self.0.iter_mut().find(|w| matches(w.request.state.as_bytes(), state.as_bytes()))
    }

    /// The walk that began a sign-out with this state, if this browser owns it.
    pub(crate) fn find_by_logout_state(&mut self, state: &str, browser: Option<&str>) -> Option<&mut Walk> {
        let browser = browser?;
        let begun =
            |w: &Walk| w.logout_state.as_ref().is_some_and(|s| matches(s.as_bytes(), state.as_bytes()));
        self.0.iter_mut().find(|w| begun(w) && matches(w.owner.as_bytes(), browser.as_bytes()))
    }

    /// The answer that waits in a walk, taken so that nobody else sends its code: a code works once, and a second use ends its tokens.
    pub(crate) fn take(&mut self, id: &str, browser: Option<&str>) -> Option<(Walk, Callback)> {
        let walk = self.find(id, browser)?;
        let Progress::Returned(callback) = &walk.progress else { return None };
        let callback = callback.clone();
        walk.progress = Progress::Exchanging(callback.clone());
        Some((walk.clone(), callback))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    fn walk(owner: &str) -> Walk {
        let request = AuthorizationRequest::new(
            "http://localhost:1/a",
            "shop",
            "http://127.0.0.1:2/cb".to_owned(),
            &Options::default(),
        );
        Walk::new(owner, Kind::Web, Provider::default(), request)
    }

    #[test]
    fn a_walk_belongs_to_the_browser_that_began_it() {
        let mut walks = Walks::default();
        let mine = walk("mine");
        walks.insert(mine.clone());
        assert!(walks.find(&mine.id, Some("mine")).is_some());
        assert!(walks.find(&mine.id, Some("yours")).is_none());
        assert!(walks.find(&mine.id, None).is_none());
        assert!(walks.exists(&mine.id));
        assert!(walks.find_by_state(&mine.request.state).is_some());
        assert!(walks.find_by_state("").is_none());
    }

    #[test]
    fn the_oldest_walk_goes_when_there_are_too_many() {
        let mut walks = Walks::default();
        let first = walk("mine");
        walks.insert(first.clone());
        for _ in 1..WALKS {
            walks.insert(walk("mine"));
        }
        assert!(walks.exists(&first.id));
        walks.insert(walk("mine"));
        assert!(!walks.exists(&first.id));
        assert_eq!(walks.0.len(), WALKS);
    }

    #[test]
    fn an_answer_is_taken_once() {
        let mut walks = Walks::default();
        let mut mine = walk("mine");
        mine.progress = Progress::Returned(Callback {
            method: "GET",
            parameters: vec![("code".to_owned(), "c".to_owned())],
        });
        let id = mine.id.clone();
        walks.insert(mine);
        assert!(walks.take(&id, Some("yours")).is_none());
        assert_eq!(walks.take(&id, Some("mine")).unwrap().1.one("code"), Some("c"));
        assert!(walks.take(&id, Some("mine")).is_none());
    }

    #[test]
    fn a_parameter_given_twice_has_no_value() {
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        let callback = Callback {
            method: "GET",
            parameters: vec![pair("code", "a"), pair("code", "b"), pair("state", "s"), pair("iss", "")],
        };
        assert_eq!(
            (callback.one("code"), callback.one("state"), callback.one("iss")),
            (None, Some("s"), None)
        );
    }
}
