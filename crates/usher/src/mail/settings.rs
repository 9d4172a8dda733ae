//! The `[mail]` section of `usher.toml`.

use lettre::message::Mailbox;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;
use usher_types::Secret;

/// The mail server by which mails are sent, and from whom they come.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSection {
    /// The mail server's name, which its certificate must have.
    pub host: String,
    /// Its port; 465 for `tls`, 587 for `starttls`, 25 for `none` where nothing is said.
    pub port: Option<u16>,
    /// How the connection is secured.
    #[serde(default)]
    pub security: Security,
    /// The name to sign in with, where the server wants one.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// The sender: an address, or a name and an address in angle brackets.
    pub from: String,
    /// Where answers go, where that is not the sender.
    pub reply_to: Option<String>,
    /// A file of certificates (PEM) of authorities that are trusted beside those of the machine.
    pub authorities: Option<PathBuf>,
}

/// How the connection to a mail server is secured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (RFC 8314 §3.3).
    #[default]
    Tls,
    /// TLS after a command in the clear (RFC 3207); without it nothing is sent.
    Starttls,
    /// Not at all: to this machine only.
    None,
}

impl MailSection {
    /// The port.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Tls => 465,
            Security::Starttls => 587,
            Security::None => 25,
        })
    }

    /// Checks what the types cannot: the key that is wrong, and why.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if self.port == Some(0) {
            return Err(("port", "1 to 65535 are allowed".to_owned()));
        }
        let host = self.host.trim_matches(['[', ']']);
        let is_loopback =
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let is_name = !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'_'));
        if !is_name {
            let message = "the name of a mail server alone is expected, such as smtp.example.com".to_owned();
            return Err(("host", message));
        }
        if self.security == Security::None && !is_loopback {
            let message = "\"none\" is for a mail server on this machine (localhost, 127.0.0.1, ::1) only: \"tls\" or \"starttls\" is needed";
            return Err(("security", message.to_owned()));
        }
        if self.username.is_some() != self.password.is_some() {
            let key = if self.username.is_some() { "username" } else { "password" };
            return Err((key, "username and password go together: give both or neither".to_owned()));
        }
        self.mailboxes().map(|_| ())
    }

    /// The sender, and where answers go.
    pub(super) fn mailboxes(&self) -> Result<(Mailbox, Option<Mailbox>), (&'static str, String)> {
        let read = |key, text: &str| {
            let wrong =
                format!("{text:?}: an address is expected, such as \"Example <no-reply@example.com>\"");
            text.parse::<Mailbox>().map_err(|_| (key, wrong))
        };
        let reply_to = self.reply_to.as_deref().map(|text| read("reply_to", text)).transpose()?;
        Ok((read("from", &self.from)?, reply_to))
    }
}
