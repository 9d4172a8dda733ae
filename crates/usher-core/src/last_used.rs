//! When access keys were last used: kept in memory and written at most once a minute, so that a request by one writes nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use usher_store::tables::write;
use usher_store::{Batch, Fault, Store};
use usher_types::{PoolId, Timestamp, limits};

/// Keys written in one batch.
const STEP: usize = 200;

/// Uses that wait to be written: one moment for each key, so that no more wait than there are keys.
#[derive(Debug, Default)]
pub struct LastUsed(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    uses: HashMap<(PoolId, String), Timestamp>,
    written_at: Option<Timestamp>,
}

impl LastUsed {
    /// Notes a use of an access key that was authenticated.
    pub fn note(&self, pool: PoolId, access_key: &str, at: Timestamp) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = waiting.uses.entry((pool, access_key.to_owned())).or_insert(at);
        *used = at.max(*used);
    }

    /// Whether it is time to write again; the answer yes is given once.
    fn is_due(&self, now: Timestamp) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = waiting.written_at.is_none_or(|at| now.since(at) >= limits::LAST_USED);
        if due && !waiting.uses.is_empty() {
            waiting.written_at = Some(now);
        }
        due
    }

    fn take(&self) -> Vec<((PoolId, String), Timestamp)> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<_> = waiting.uses.keys().take(STEP).cloned().collect();
        some.into_iter().filter_map(|key| waiting.uses.remove_entry(&key)).collect()
    }

    /// Writes the uses that wait, where the last writing was long enough ago.
    pub async fn flush(&self, store: &Store, now: Timestamp) -> Result<(), Fault> {
        match self.is_due(now) {
            true => self.write(store).await,
            false => Ok(()),
        }
    }

    /// Writes the uses that wait.
    pub async fn write(&self, store: &Store) -> Result<(), Fault> {
        loop {
            let some = self.take();
            if some.is_empty() {
                return Ok(());
            }
            let mut batch = Batch::new();
            for ((pool, access_key), at) in &some {
                write::access_key::used(&mut batch, *pool, access_key, *at);
            }
            if let Err(fault) = store.apply(batch).await {
                for ((pool, access_key), at) in some {
                    self.note(pool, &access_key, at);
                }
                return Err(fault);
            }
        }
    }
}
