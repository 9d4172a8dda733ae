//! The relying party of `usher demo`: small applications, one of each kind, that walk through every mode and show every message on the way,
//! and what usher says to those who take the wrong one. It is an ordinary OAuth 2.0 and OpenID Connect client over HTTP and knows
//! nothing of the server's insides; starting the server and choosing the ports is left to the program.

mod action;
mod app;
mod callback;
mod clients;
mod clock;
mod codes;
mod connection;
mod device;
mod direct;
mod glossary;
mod kind;
mod listeners;
mod mailbox;
mod mails;
mod message;
mod native;
mod options;
mod pages;
mod portrait;
mod provider;
mod random;
mod reply;
mod request;
mod server;
mod settle;
mod spa;
mod start;
mod tokens;
mod verify;
mod view;
mod walk;
mod walks;
mod ways;
mod wire;
mod wrong;

pub use app::{Demo, Person};
pub use clients::{AccessKey, Clients, KeyClient, Partner, PublicClient, SecretClient};
pub use mailbox::{Mail, Mailbox};
pub use server::serve;
