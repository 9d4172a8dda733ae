//! `usher mail`: trying the mail server, with nothing in between.

use super::Failure;
use super::arguments::{MailArguments, MailCommand};
use crate::{config, world};
use std::sync::Arc;
use usher_core::mail::{Mailer as _, Message};
use usher_types::{RequestId, Timestamp};

/// Does it, and says in a sentence what came of it.
pub async fn run(arguments: MailArguments) -> Result<String, Failure> {
    let MailArguments { config, command: MailCommand::Test { to } } = arguments;
    let loaded = config::load(&config).map_err(|e| Failure::Written(e.to_string()))?;
    let world = world::system();
    let smtp = loaded.mailer(Arc::clone(&world.clock)).map_err(|e| Failure::Written(e.to_string()))?;
    let Some(smtp) = smtp else {
        let message = format!("{}: there is no [mail] section, so no mail can be sent", config.display());
        return Err(Failure::Written(message));
    };
    if to.parse::<lettre::Address>().is_err() {
        return Err(Failure::Written(format!("to: {to:?} is not an address, such as alice@example.com")));
    }
    let now: Timestamp = world.clock.now();
    let origin = loaded.config.server.public_url.origin();
    let text = format!("This is a test from the usher at {origin}. Its mails reach you.");
    let message = Message {
        id: RequestId::new(now, &*world.random).to_string(),
        from_name: None,
        to: to.clone(),
        subject: format!("A test from {origin}"),
        html: format!("<!doctype html><html lang=\"en\"><title>Test</title><p>{text}</p></html>\n"),
        text: format!("{text}\n"),
    };
    match smtp.send(message).await {
        Ok(answer) => Ok(format!("the mail server took the mail for {to}: {answer}")),
        Err(error) => Err(Failure::World(format!("the mail was not sent: {error}"))),
    }
}
