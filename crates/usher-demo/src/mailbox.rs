//! The mailbox of everybody in the demo: what usher sends ends here, and its links can be clicked.

use crate::app::App;
use crate::reply::Reply;
use crate::view;
use http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};
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

/// A mail as the page shows it.
#[derive(serde::Serialize)]
struct Shown {
    to: String,
    subject: String,
    lines: Vec<Line>,
}

/// A line of it; a link to usher can be clicked, and nothing else.
#[derive(serde::Serialize)]
struct Line {
    text: String,
    link: bool,
}

impl Mailbox {
    /// Takes a mail.
    pub fn put(&self, mail: Mail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.push_front(mail);
        mails.truncate(KEPT);
    }

    /// The newest first.
    fn list(&self) -> Vec<Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// The page.
pub(crate) fn page(app: &App) -> Reply {
    let home = format!("{}/", app.issuer_origin());
    let shown: Vec<Shown> = app.demo.mailbox.list().into_iter().map(|mail| shown(mail, &home)).collect();
    view::page(app, StatusCode::OK, "mailbox.html", context! { mails => Value::from(Serde(shown)) })
}

fn shown(mail: Mail, home: &str) -> Shown {
    let lines = mail.text.lines().filter(|line| !line.trim().is_empty());
    let lines = lines.map(|line| Line { text: line.to_owned(), link: line.starts_with(home) }).collect();
    Shown { to: mail.to, subject: mail.subject, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_to_usher_can_be_clicked() {
        let text = "Hello\n\nhttp://localhost:1/new-password?token=a.b\nhttp://localhost:1.evil.example/\njavascript:alert(1)\n";
        let mail = Mail { to: "a@b.example".to_owned(), subject: "S".to_owned(), text: text.to_owned() };
        let links: Vec<bool> = shown(mail, "http://localhost:1/").lines.iter().map(|l| l.link).collect();
        assert_eq!(links, [false, true, false, false]);
    }

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
