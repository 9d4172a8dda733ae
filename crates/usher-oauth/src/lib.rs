//! The OpenID Connect and OAuth 2 door. It parses requests, asks usher-core, and answers as the specifications say. What it
//! leaves to others: pages (a door of their own, reached by redirects) and everything that is true whichever door was used.

pub mod access_token;
pub mod authorize;
pub mod client_auth;
pub mod device;
pub mod end_session;
mod error;
pub mod grant;
pub mod hint;
pub mod introspection;
pub mod metadata;
mod mint;
mod posted;
mod redirect;
mod response_mode;
pub mod revocation;
pub mod token;
pub mod userinfo;

pub use error::OauthError;
