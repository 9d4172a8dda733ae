//! Where a test server's mails arrive.

use std::sync::{Mutex, PoisonError};
use usher_core::mail::{MailError, Mailer, Message, Sending};

/// A mailbox that takes every mail, or none while it is told to refuse.
#[derive(Debug, Default)]
pub struct Mailbox(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    arrived: Vec<Message>,
    refusal: Option<MailError>,
}

impl Mailbox {
    /// Refuses from now on; takes again where nothing is said.
    pub fn refuse(&self, refusal: Option<MailError>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).refusal = refusal;
    }

    /// What has arrived since the last look.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).arrived)
    }
}

impl Mailer for Mailbox {
    fn send(&self, message: Message) -> Sending<'_> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = state.refusal.clone().map_or_else(|| Ok("250 taken".to_owned()), Err);
        if outcome.is_ok() {
            state.arrived.push(message);
        }
        Box::pin(std::future::ready(outcome))
    }
}
