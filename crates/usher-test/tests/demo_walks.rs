//! A temporary target.
#[path = "suite/demo/mod.rs"]
mod demo;
