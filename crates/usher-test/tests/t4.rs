//! A temporary target.
#[path = "suite/browser/mod.rs"]
mod browser;
