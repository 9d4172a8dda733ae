//! All walks, kept in memory. A walk belongs to the browser that began it; its answer is found by the unguessable `state`, because a form
//! that usher's page posts here arrives without our cookie.

use crate::walk::{Callback, Progress, Walk};
use std::collections::VecDeque;
use usher_crypto::matches;

/// Walks that are kept; the oldest goes when one more begins.
const WALKS: usize = 1_000;

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

    /// The walks of a browser, newest first.
    pub(crate) fn list(&self, browser: &str) -> impl Iterator<Item = &Walk> {
        self.0.iter().rev().filter(move |w| matches(w.owner.as_bytes(), browser.as_bytes()))
    }

    /// Whether there is a walk of this name, whoever began it.
    pub(crate) fn exists(&self, id: &str) -> bool {
        self.0.iter().any(|w| matches(w.id.as_bytes(), id.as_bytes()))
    }

    /// The walk that sent this state.
    pub(crate) fn find_by_state(&mut self, state: &str) -> Option<&mut Walk> {
        let sent = |w: &Walk| w.request().is_some_and(|r| matches(r.state.as_bytes(), state.as_bytes()));
        self.0.iter_mut().find(|w| sent(w))
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
    use crate::app::App;
    use crate::app::tests::demo;
    use crate::kind::Kind;
    use crate::options::{AuthorizationRequest, Options, To};
    use crate::provider::Provider;
    use crate::walk::{Ask, Travel};

    fn walk(owner: &str) -> Walk {
        let app = App::new(demo());
        let to = To {
            endpoint: "http://localhost:1/a",
            client_id: "shop",
            redirect_uri: "http://127.0.0.1:2/cb".to_owned(),
        };
        let request = AuthorizationRequest::new(to, &Options::default());
        Walk::new(owner, Kind::Web, app.credentials(Kind::Web), Provider::default(), Ask::Browser(request))
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
        assert!(walks.find_by_state(&mine.request().unwrap().state).is_some());
        assert!(walks.find_by_state("").is_none());
        assert_eq!((walks.list("mine").count(), walks.list("yours").count()), (1, 0));
    }

    #[test]
    fn the_oldest_walk_goes_when_there_are_too_many() {
        let mut walks = Walks::default();
        let first = walk("mine");
        walks.insert(first.clone());
        let another = walk("mine");
        for _ in 1..WALKS {
            walks.insert(another.clone());
        }
        assert!(walks.exists(&first.id));
        walks.insert(another);
        assert!(!walks.exists(&first.id));
        assert_eq!(walks.0.len(), WALKS);
    }

    #[test]
    fn an_answer_is_taken_once() {
        let mut walks = Walks::default();
        let mut mine = walk("mine");
        mine.progress = Progress::Returned(Callback {
            travel: Travel::Query,
            parameters: vec![("code".to_owned(), "c".to_owned())],
        });
        let id = mine.id.clone();
        walks.insert(mine);
        assert!(walks.take(&id, Some("yours")).is_none());
        assert_eq!(walks.take(&id, Some("mine")).unwrap().1.one("code"), Some("c"));
        assert!(walks.take(&id, Some("mine")).is_none());
    }
}
