//! A temporary target.
#[path = "suite/browser/mod.rs"]
mod browser;
#[path = "suite/demo/mod.rs"]
mod demo;
