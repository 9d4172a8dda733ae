//! A target of its own for the tests of tokens.
#[path = "suite/tokens/mod.rs"]
mod tokens;
