//! The page of the mailbox: its mails, whose links to usher can be clicked.

use crate::app::App;
use crate::mailbox::Mail;
use crate::reply::Reply;
use crate::view;
use http::StatusCode;
use minijinja::context;
use minijinja::value::{Serde, Value};

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
}
