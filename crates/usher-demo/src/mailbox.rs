//! The mailbox of everybody in the demo: what usher sends ends here. How it is shown is left to [`crate::mails`].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Mails that are kept; older ones go.
const KEPT: usize = 50;

/// The mails that usher has sent. Cloning it gives another handle to the same one.
#[derive(Debug, Clone, Default)]
pub struct Mailbox(Arc<Mutex<VecDeque<Mail>>>);

/// A mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Mailbox {
    /// Takes a mail.
    pub fn put(&self, mail: Mail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.push_front(mail);
        mails.truncate(KEPT);
    }

    /// The newest first.
    pub(crate) fn list(&self) -> Vec<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_newest_mails_only() {
        let mailbox = Mailbox::default();
        for n in 0..60 {
            mailbox.put(Mail { to: String::new(), subject: n.to_string(), text: String::new() });
        }
        let mails = mailbox.list();
        assert_eq!((mails.len(), mails[0].subject.as_str()), (50, "59"));
    }
}
