//! Management of an installation from the command line of its machine: by a socket while a server runs, else with the database in hand.

mod client;
mod socket;

pub(crate) use client::OTHERS_WRITE;
pub use client::{Unanswered, ask};
pub use socket::{Socket, SocketError, may_manage, path_in};
