//! Whoever takes mails, as a seam to the world. What is sent, and when, is [`crate::mail`]'s.

use std::future::Future;
use std::pin::Pin;

/// A mail as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id: the same however often it is sent.
    pub id: String,
    /// The sender's name, where the pool has one of its own.
    pub from_name: Option<String>,
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Why a mail was not sent: a sentence without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It can be tried again.
    #[error("{0}")]
    Passing(String),
    /// It never will be.
    #[error("{0}")]
    Lasting(String),
}

/// What comes of a mail; with what the server said.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<String, MailError>> + Send + 'a>>;

/// Whoever takes mails: a seam to the world.
pub trait Mailer: Send + Sync {
    /// Sends a mail.
    fn send(&self, message: Message) -> Sending<'_>;
}
