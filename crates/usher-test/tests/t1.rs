//! A temporary target.
#[path = "suite/redirects/mod.rs"]
mod redirects;
