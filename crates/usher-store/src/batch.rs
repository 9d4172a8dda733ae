//! The one shape of every write: a list of statements with expected row counts, all or none, the same on both engines.

use crate::{Fault, Value};

/// Statements that are applied together or not at all.
///
/// A condition on what another batch may change is an UPDATE of that very row, added with [`Batch::must`]; a SELECT
/// cannot guard, since nothing holds what it saw.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    steps: Vec<Step>,
}

/// What became of a batch.
#[must_use = "a refused batch has changed nothing"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// Every statement took effect and is on disk.
    Done,
    /// A guard did not change exactly one row; nothing took effect.
    Refused {
        /// The name of the first such guard.
        guard: &'static str,
    },
}

/// One statement of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// The name of the guard, where the statement must change exactly one row.
    pub(crate) guard: Option<&'static str>,
    /// The statement, in the dialect.
    pub(crate) sql: &'static str,
    /// Its parameters.
    pub(crate) params: Vec<Value>,
}

impl Batch {
    /// A batch without statements. Applying it does nothing and succeeds.
    pub const fn new() -> Self {
        Self { steps: Vec::new() }
    }

    /// Adds a statement that must change exactly one row; else the whole batch is refused in the name of `guard`.
    pub fn must(&mut self, guard: &'static str, sql: &'static str, params: Vec<Value>) -> &mut Self {
        self.steps.push(Step { guard: Some(guard), sql, params });
        self
    }

    /// Adds a statement that may change any number of rows.
    pub fn then(&mut self, sql: &'static str, params: Vec<Value>) -> &mut Self {
        self.steps.push(Step { guard: None, sql, params });
        self
    }

    /// Whether it has no statements.
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The number of its statements.
    pub const fn len(&self) -> usize {
        self.steps.len()
    }

    /// Its statements in their order.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Refuses what the engines would treat differently, before either sees it.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.steps.iter().try_for_each(|step| check_params(&step.params))
    }
}

/// PostgreSQL has no U+0000 in text and SQLite's functions stop at it, so neither gets one.
pub(crate) fn check_params(params: &[Value]) -> Result<(), Fault> {
    match params.iter().position(|value| matches!(value, Value::Text(text) if text.contains('\0'))) {
        Some(at) => Err(Fault::bug(&format!("parameter ${} is a text with U+0000 in it", at + 1))),
        None => Ok(()),
    }
}
