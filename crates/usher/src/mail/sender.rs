//! The job that sends what waits: on every node, a few mails at a time, each of which one node has for itself.

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
        loop {
            match send_due(&app).await {
                // There may be more.
                Ok(due) if due > 0 => {}
                Ok(_) => tokio::time::sleep(pause.to_std()).await,
                Err(fault) => {
                    tracing::warn!(%fault, "mails that wait could not be looked at");
                    tokio::time::sleep(pause.to_std()).await;
                }
            }
        }
    })
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
