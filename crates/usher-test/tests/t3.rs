//! A temporary target.

#[path = "suite/people/mod.rs"]
mod people;
