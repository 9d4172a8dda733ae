//! Programmatic access: the grant client_credentials by access keys and by applications themselves, from declaration to the end of its
//! tokens; on both engines where the database decides.

mod callers;
mod costs;
mod declarations;
mod life;
mod races;
mod scopes;
mod support;
mod tokens;
