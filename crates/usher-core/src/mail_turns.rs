//! Whose turn it is among pools whose mails wait, as this node goes round, and of which pools it has said that they reached their bounds.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use usher_types::{PoolId, Timestamp};

/// The turns of one node.
#[derive(Debug)]
pub struct MailTurns(Mutex<State>);

#[derive(Debug)]
struct State {
    last: PoolId,
    told: HashMap<(PoolId, &'static str), Timestamp>,
}

impl Default for MailTurns {
    fn default() -> Self {
        Self(Mutex::new(State { last: PoolId::from_bytes([0; 16]), told: HashMap::new() }))
    }
}

impl MailTurns {
    /// The pool that had its turn last.
    pub(crate) fn last(&self) -> PoolId {
        self.state().last
    }

    /// A pool has had its turn.
    pub(crate) fn had(&self, pool: PoolId) {
        self.state().last = pool;
    }

    /// Whether it is not yet said that mails of a pool wait until then, by this bound.
    pub(crate) fn is_news(&self, pool: PoolId, bound: &'static str, until: Timestamp) -> bool {
        self.state().told.insert((pool, bound), until) != Some(until)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
