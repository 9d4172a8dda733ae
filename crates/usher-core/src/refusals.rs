//! Refusals that wait to be written, summed up per cause, application, network and minute, and bounded in number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use usher_store::tables::Refusal;

/// Different sums kept until they are written; what does not fit is only logged.
const SUMS: usize = 10_000;
/// Sums written in one batch.
const STEP: usize = 200;

/// Refusals that wait to be written.
#[derive(Debug, Default)]
pub struct RefusalLog(Mutex<HashMap<Refusal, i64>>);

impl RefusalLog {
    pub(crate) fn add(&self, refusal: Refusal) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sums.len() < SUMS || sums.contains_key(&refusal) {
            *sums.entry(refusal).or_insert(0) += 1;
        }
    }

    pub(crate) fn take(&self) -> Vec<(Refusal, i64)> {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<Refusal> = sums.keys().take(STEP).cloned().collect();
        some.into_iter().filter_map(|r| sums.remove_entry(&r)).collect()
    }
}
