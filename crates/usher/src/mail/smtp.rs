//! The mail server: one connection for each mail, over TLS whose certificate must fit the server's name, with a time for everything.

use super::settings::{MailSection, Security};
use crate::system;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use usher_core::mail::{MailError, Mailer, Message, Sending};
use usher_types::{Clock, limits};

/// A mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    clock: Arc<dyn Clock>,
}

impl Smtp {
    /// The mail server of a configuration, of which nothing is asked yet; or the key that is wrong, and why. Paths start from `base`.
    /// `here` is the name by which this server greets it.
    pub fn new(
        section: &MailSection,
        base: &Path,
        here: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, (&'static str, String)> {
        section.check()?;
        let (from, reply_to) = section.mailboxes()?;
        let host = section.host.trim_matches(['[', ']']).to_owned();
        let tls = match section.security {
            Security::None => Tls::None,
            Security::Tls => Tls::Wrapper(tls(section, base, host.clone())?),
            Security::Starttls => Tls::Required(tls(section, base, host.clone())?),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(section.port())
            .tls(tls)
            .timeout(Some(limits::MAIL_TIME.to_std()))
            .hello_name(ClientId::Domain(here.to_owned()));
        if let (Some(name), Some(password)) = (&section.username, &section.password) {
            let password = String::from_utf8_lossy(password.expose()).into_owned();
            transport = transport.credentials(Credentials::new(name.clone(), password));
        }
        Ok(Self { transport: transport.build(), from, reply_to, clock })
    }

    fn compose(&self, message: Message) -> Result<(Envelope, Vec<u8>), MailError> {
        let lasting =
            |what: &str, error: &dyn std::fmt::Display| MailError::Lasting(format!("{what}: {error}"));
        let to: Address = message.to.parse().map_err(|e| lasting("not an address", &e))?;
        let mut from = self.from.clone();
        // A header is one line, whatever somebody wrote.
        let line = |text: String| -> String { text.chars().filter(|c| !c.is_control()).collect() };
        if let Some(name) = message.from_name {
            from.name = Some(line(name));
        }
        let envelope = Envelope::new(Some(from.email.clone()), vec![to.clone()])
            .map_err(|e| lasting("not an envelope", &e))?;
        let millis = u64::try_from(self.clock.now().millis()).unwrap_or(0);
        let mut builder = lettre::Message::builder()
            .message_id(Some(format!("<{}@{}>", message.id, from.email.domain())))
            .date(SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(millis))
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(line(message.subject))
            // RFC 3834 §5: so that no vacation answers come back.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let content = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(message.text))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(message.html));
        let composed = builder.multipart(content).map_err(|e| lasting("not a mail", &e))?;
        Ok((envelope, composed.formatted()))
    }
}

impl Mailer for Smtp {
    fn send(&self, message: Message) -> Sending<'_> {
        Box::pin(async move {
            let (envelope, composed) = self.compose(message)?;
            let sending = self.transport.send_raw(&envelope, &composed);
            match tokio::time::timeout(limits::MAIL_TIME.to_std(), sending).await {
                Err(_) => Err(MailError::Passing(format!(
                    "the mail server did not take it within {} seconds",
                    limits::MAIL_TIME.as_seconds()
                ))),
                Ok(Ok(response)) => Ok(in_words(&response.code().to_string(), response.message())),
                Ok(Err(error)) => Err(failed(&error)),
            }
        })
    }
}

/// What a mail server answered, on one line.
fn in_words<'a>(code: &str, lines: impl Iterator<Item = &'a str>) -> String {
    let text: String = lines.collect::<Vec<_>>().join(" ");
    let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
    format!("{code} {text}").trim_end().to_owned()
}

/// Whether it can be tried again. A server that wants other credentials can be satisfied by the operator.
fn failed(error: &Error) -> MailError {
    let mut why = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !why.contains(&inner_text) {
            why = format!("{why}: {inner_text}");
        }
        source = inner.source();
    }
    let why: String = why.chars().filter(|c| !c.is_control()).take(400).collect();
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    match error.is_permanent() && !code.starts_with("53") {
        true => MailError::Lasting(why),
        false => MailError::Passing(why),
    }
}

fn tls(section: &MailSection, base: &Path, host: String) -> Result<TlsParameters, (&'static str, String)> {
    let mut builder = TlsParameters::builder(host);
    if let Some(path) = &section.authorities {
        let path = base.join(path);
        let wrong = |why: &dyn std::fmt::Display| {
            ("authorities", format!("{}: {why}; PEM certificates are expected", path.display()))
        };
        let pem = std::fs::read(&path).map_err(|e| wrong(&system::why(&e)))?;
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(wrong(&"no certificate is in it"));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|e| wrong(&e))?);
    }
    builder.build_rustls().map_err(|e| ("host", format!("TLS cannot be used: {e}")))
}
