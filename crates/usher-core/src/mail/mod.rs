//! Mails: what is queued, with the batch of what it tells; and who takes it from there. How a mail reads is the pages' crate's affair,
//! how it travels the program's.
//!
//! A link in a mail is a ticket whose secret is derived from its id ([`link`]), so that it lies nowhere until it is sent.

mod bound;
pub mod link;
mod outbox;
pub mod reset;
pub mod sign_up;
pub mod verify;

pub use crate::mailer::{MailError, Mailer, Message, Sending};
pub use outbox::{Due, Post, Reason, Taken, queue};
