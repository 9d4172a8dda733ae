//! For a while.
#[path = "suite/access/mod.rs"]
mod access;
