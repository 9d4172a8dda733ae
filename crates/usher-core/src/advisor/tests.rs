//! Tests of the advisor: the decision over every combination of answers, what follows from each mode, and every rule.

mod advice;
mod decision;
mod rules;
mod words;
