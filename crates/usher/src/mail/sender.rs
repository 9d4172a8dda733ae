//! The job that sends what waits: on every node, a few mails at a time, each of which one node has for itself.

use crate::spell::{Spell, Turn};
use std::sync::Arc;
use tokio::task::{JoinHandle, JoinSet};
use usher_core::mail::{Due, MailError};
use usher_core::{App, Fault};
use usher_pages::render;
use usher_types::limits;

/// Sends mails for as long as it runs. Where none can be sent, what was queued all the same is given up in time.
pub fn sender(app: &Arc<App>) -> JoinHandle<()> {
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let pause = if app.world.mailer.is_some() { limits::MAIL_POLL } else { limits::MAIL_WAIT };
        let mut spell = Spell::default();
        loop {
            let sent = send_due(&app).await;
            // Where some were due, there may be more.
            let waits = !matches!(sent, Ok(due) if due > 0);
            match spell.take(sent) {
                Some(Turn::Begins(fault)) => tracing::warn!(%fault, "mails that wait could not be looked at"),
                Some(Turn::Ends) => tracing::warn!("mails that wait can be looked at again"),
                None => {}
            }
            if waits {
                tokio::time::sleep(pause.to_std()).await;
            }
        }
    })
}

/// Settings that were switched on and do nothing, since no mail can be sent.
pub fn say_what_is_missing(app: &App) {
    for pool in app.snapshot().pools().filter(|_| app.world.mailer.is_none()) {
        let settings = pool.settings.needing_mail().join(" ");
        if !settings.is_empty() {
            tracing::warn!(
                pool = pool.name,
                settings,
                "settings do nothing without [mail], by which mails are sent"
            );
        }
    }
}

/// Sends some of the mails that are due, and says how many were: where some were, there may be more.
pub async fn send_due(app: &Arc<App>) -> Result<usize, Fault> {
    let taken = app.take_mails().await?;
    let due = taken.due;
    let mut under_way = JoinSet::new();
    for due in taken.mails {
        let app = Arc::clone(app);
        under_way.spawn(async move { send(&app, due).await });
    }
    while let Some(ended) = under_way.join_next().await {
        ended.map_err(|e| Fault::bug(&format!("a mail: {e}")))??;
    }
    Ok(due)
}

async fn send(app: &App, due: Due) -> Result<(), Fault> {
    let sent = match (&app.world.mailer, render::mail(&due.mail())) {
        (Some(mailer), Ok(words)) => mailer.send(due.message(words.subject, words.text, words.html)).await,
        (None, _) => Err(MailError::Passing("there is no mail server".to_owned())),
        (_, Err(bug)) => Err(MailError::Lasting(bug)),
    };
    due.settle(sent).await
}
