//! Refusals that wait to be written, summed up per cause, application, network and minute, and bounded in number.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use usher_store::tables::Refusal;
use usher_types::limits;

/// Different sums kept until they are written; what does not fit is only logged.
const SUMS: usize = 10_000;
/// Sums written in one batch.
const STEP: usize = 200;

/// Refusals that wait to be written.
#[derive(Debug, Default)]
pub struct RefusalLog(Mutex<Sums>);

#[derive(Debug, Default)]
struct Sums {
    waiting: HashMap<Refusal, i64>,
    /// By cause, since the start.
    causes: BTreeMap<String, u64>,
}

impl Sums {
    fn wait(&mut self, refusal: Refusal, times: i64) {
        if self.waiting.len() < SUMS || self.waiting.contains_key(&refusal) {
            *self.waiting.entry(refusal).or_insert(0) += times;
        }
    }
}

/// What refusals of causes beyond [`limits::REFUSAL_CAUSES`] are counted as.
const OTHER: &str = "other";

impl RefusalLog {
    pub(crate) fn add(&self, refusal: Refusal) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = sums.causes.get_mut(&refusal.cause) {
            *times += 1;
        } else {
            let cause = if sums.causes.len() < limits::REFUSAL_CAUSES { &refusal.cause } else { OTHER };
            *sums.causes.entry(cause.to_owned()).or_insert(0) += 1;
        }
        sums.wait(refusal, 1);
    }

    /// Has sums wait again that could not be written.
    pub(crate) fn put_back(&self, some: Vec<(Refusal, i64)>) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (refusal, times) in some {
            sums.wait(refusal, times);
        }
    }

    pub(crate) fn take(&self) -> Vec<(Refusal, i64)> {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let some: Vec<Refusal> = sums.waiting.keys().take(STEP).cloned().collect();
        some.into_iter().filter_map(|r| sums.waiting.remove_entry(&r)).collect()
    }

    /// Refusals since the start, by cause.
    pub fn by_cause(&self) -> Vec<(String, u64)> {
        let sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sums.causes.iter().map(|(cause, times)| (cause.clone(), *times)).collect()
    }
}
