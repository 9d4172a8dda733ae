//! The relying party of `usher demo`: three small applications (with a server, in the browser, on a desktop) that sign people in
//! through usher and show every message on the way. It is an ordinary OAuth 2.0 and OpenID Connect client over HTTP and knows
//! nothing of the server's insides; starting the server and choosing the ports is left to the program.

mod action;
mod app;
mod callback;
mod clock;
mod connection;
mod exchange;
mod glossary;
mod listeners;
mod message;
mod native;
mod options;
mod pages;
mod provider;
mod random;
mod reply;
mod request;
mod server;
mod spa;
mod start;
mod verify;
mod view;
mod walk;
mod wire;

pub use app::{Demo, Person, PublicClient, WebClient};
pub use server::serve;
