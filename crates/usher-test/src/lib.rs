//! What end-to-end tests are written with: a server in this process on its own database, clock and port; browsers with cookies;
//! applications that check what they get with other people's code. A test reads as sentences.

mod application;
mod browser;
mod clock;
mod mailbox;
mod measure;
mod nodes;
mod process;
mod response;
mod server;
mod signing;
mod wire;

pub use application::{ASSERTION_TYPE, Application, Callback, Tokens, VERIFIER};
pub use browser::{Arrival, Browser, Page};
pub use clock::TestClock;
pub use mailbox::Mailbox;
pub use measure::{at_once, cost, members};
pub use nodes::behind_a_round_robin;
pub use process::{ServerProcess, serve_as_a_process};
pub use response::Response;
pub use server::{Builder, Elsewhere, PASSWORD, TestServer};
pub use signing::{KeyPair, changed, encode, forgeries, mac, part};
pub use wire::{Answer, send};
