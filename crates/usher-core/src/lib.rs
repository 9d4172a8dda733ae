//! What an identity provider knows whichever door a request came through: pools, applications, people, sign-in, sessions,
//! consent, claims, keys, audit. No protocol's parameters and no HTML: those are the doors'.

pub mod advisor;
pub mod app;
pub mod audit;
pub mod browser;
pub mod claims;
pub mod client;
pub mod consent;
pub mod data_keys;
pub mod device;
pub mod domain;
pub mod grant;
pub mod guesses;
pub mod hashing;
pub mod health;
pub mod interaction;
mod interaction_cache;
pub mod keys;
mod last_used;
pub mod login;
pub mod logout;
pub mod metrics;
pub mod new_password;
pub mod pool;
pub mod profile;
mod refusals;
pub mod registration;
pub mod reply;
pub mod request;
pub mod reseal;
pub mod seed;
pub mod session;
pub mod settings;
pub mod snapshot;
pub mod sweep;
pub mod trail;
pub mod verified;
pub mod world;

pub use app::{App, Cx};
pub use client::{Client, ClientSettings};
pub use reply::Reply;
pub use request::Request;
pub use session::AuthnContext;
pub use settings::{ServerSettings, TrustedProxies};
pub use snapshot::{Pool, Snapshot};
pub use usher_store::Fault;
