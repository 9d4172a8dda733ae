//! The queue: a mail is queued in the batch of what it tells, taken by one node at a time, tried until it is sent or given up, and
//! removed then. Between a mail server's yes and the removal a node may die: the mail is sent once more then, never not at all.

use super::bound;
use super::link::{self, Purpose};
use super::{MailError, Message};
use crate::trail::Event;
use crate::{App, Cx, Fault, request::Peer};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use usher_store::tables::{AuditEvent, NewOutboxRow, OutboxRow, write};
use usher_store::{Applied, Batch};
use usher_types::mail::{Letter, Mail};
use usher_types::{Locale, PoolId, Random, Span, TicketId, Timestamp, UserId, limits};

/// A mail to be queued.
pub struct Post {
    /// What it is about.
    pub letter: Letter,
    /// To whom.
    pub recipient: String,
    /// Its language.
    pub locale: Locale,
    /// The ticket of its link.
    pub ticket: Option<TicketId>,
    /// When the link is of no use any more.
    pub expires_at: Option<Timestamp>,
    /// What else it tells.
    pub reason: Reason,
}

/// What a mail tells beside its link.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reason {
    /// The name that the person signs in with, or the address that it is about.
    pub identifier: String,
    /// The network that the request came from.
    #[serde(default)]
    pub network: String,
    /// The person whom it is about: the mail goes when they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}

/// Queues a mail in the batch of what it tells.
pub fn queue(batch: &mut Batch, pool: PoolId, post: Post, (now, random): (Timestamp, &dyn Random)) {
    let given_up = now.plus(limits::MAIL_GIVEN_UP);
    let row = NewOutboxRow {
        id: TicketId::new(now, random),
        letter: post.letter.as_str(),
        recipient: post.recipient,
        locale: post.locale.tag(),
        ticket_id: post.ticket,
        payload: serde_json::to_string(&post.reason).unwrap_or_else(|_| "{}".to_owned()),
        expires_at: post.expires_at.map_or(given_up, |end| end.min(given_up)),
    };
    write::outbox::insert(batch, pool, row, now);
}

impl Cx {
    /// Queues a mail in the batch of what it tells.
    pub fn queue_mail(&self, batch: &mut Batch, post: Post) {
        queue(batch, self.pool.id, post, (self.now, self.random()));
    }
}

/// A mail that this node has for itself.
pub struct Due {
    row: OutboxRow,
    letter: Letter,
    reason: Reason,
    cx: Cx,
}

/// What a look at the queue came to.
#[derive(Default)]
pub struct Taken {
    /// Mails that this node has for itself.
    pub mails: Vec<Due>,
    /// How many were due, those that are not to be sent too: where some were, there may be more.
    pub due: usize,
}

/// The guard of a mail that is this node's for a while.
pub(super) const OURS: &str = "the mail is this node's";

impl App {
    /// Takes some of the mails that are due. What is not to be sent, or is of no use any more, is removed.
    pub async fn take_mails(self: &Arc<Self>) -> Result<Taken, Fault> {
        let now = self.world.clock.now();
        let mut taken = Taken::default();
        for mut row in self.store.outbox_due(now, limits::MAILS_AT_ONCE, self.mail_turns.last()).await? {
            taken.due += 1;
            self.mail_turns.had(row.pool_id);
            let until = now.plus(limits::MAIL_LEASE);
            let mut batch = Batch::new();
            write::outbox::take(&mut batch, OURS, &row, until);
            bound::count(self, &mut batch, &row, now);
            match self.store.apply(batch).await? {
                Applied::Done => {}
                Applied::Refused { guard: OURS } => continue,
                Applied::Refused { guard } => {
                    bound::wait(self, guard, &row, now).await?;
                    continue;
                }
            }
            row.due_at = until;
            row.attempts = row.attempts.saturating_add(1);
            // A pool of which this node has not heard yet has a name in a moment; one that was deleted has its rows removed.
            let snapshot = self.snapshot();
            let Some(pool) = snapshot.pools().find(|p| p.id == row.pool_id).map(Arc::clone) else { continue };
            let locale = Locale::from_tag(&row.locale).unwrap_or(pool.settings.default_locale);
            // Nobody is at the other end of anything.
            let peer = Peer(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            let cx = Cx::new(Arc::clone(self), pool, peer, locale);
            let reason: Reason = serde_json::from_str(&row.payload).unwrap_or_default();
            // Queued at the moment in which the person was deleted.
            let is_gone = match reason.user {
                Some(user) => self.store.user_by_id(row.pool_id, user).await?.is_none(),
                None => false,
            };
            match Letter::parse(&row.letter) {
                Some(_) if is_gone => remove(&cx, &row, None).await?,
                Some(Letter::Nothing) => remove(&cx, &row, None).await?,
                Some(letter) if row.expires_at > now => taken.mails.push(Due { row, letter, reason, cx }),
                _ => {
                    let event = given_up(&row, &reason, "it could not be sent in time");
                    remove(&cx, &row, Some(event)).await?;
                }
            }
        }
        Ok(taken)
    }
}

impl Due {
    /// The mail as data.
    pub fn mail(&self) -> Mail {
        let (cx, row) = (&self.cx, &self.row);
        let link = Purpose::of(self.letter).zip(row.ticket_id).map(|(purpose, id)| {
            let token = link::token(&cx.app.keys.links, cx.pool.id, purpose, id);
            link::address(&cx.url(purpose.page()), &token)
        });
        Mail {
            locale: cx.locale,
            letter: self.letter,
            pool: cx.pool.shown_name(),
            identifier: self.reason.identifier.clone(),
            network: self.reason.network.clone(),
            link,
            minutes: row.expires_at.since(row.created_at).as_seconds() / 60,
        }
    }

    /// The mail as it is sent, in these words.
    pub fn message(&self, subject: String, text: String, html: String) -> Message {
        Message {
            id: self.row.id.to_string(),
            from_name: self.cx.pool.settings.mail_from.clone(),
            to: self.row.recipient.clone(),
            subject,
            text,
            html,
        }
    }

    /// Remembers what came of sending it: it is removed where it was sent or never will be, and tried again later otherwise.
    pub async fn settle(self, sent: Result<String, MailError>) -> Result<(), Fault> {
        let Self { row, letter, reason, cx } = self;
        let letter = letter.as_str();
        match sent {
            Ok(_) => {
                tracing::info!(mail.id = %row.id, letter, attempts = row.attempts, "a mail was sent");
                remove(&cx, &row, None).await
            }
            Err(MailError::Lasting(why)) => {
                tracing::warn!(mail.id = %row.id, letter, why, "a mail cannot be sent and is given up");
                let event = given_up(&row, &reason, "it was refused");
                remove(&cx, &row, Some(event)).await
            }
            Err(MailError::Passing(why)) => {
                let until = cx.app.world.clock.now().plus(wait(row.attempts));
                tracing::warn!(mail.id = %row.id, letter, attempts = row.attempts, why, "a mail was not sent, and will be tried again");
                let mut batch = Batch::new();
                write::outbox::put_off(&mut batch, OURS, &row, until);
                let _ = cx.store().apply(batch).await?;
                Ok(())
            }
        }
    }
}

/// How long to wait after so many tries.
fn wait(attempts: i64) -> Span {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(16);
    let wait = (0..doublings).fold(limits::MAIL_WAIT, |wait, _| wait.and(wait));
    wait.min(limits::MAIL_LONGEST_WAIT)
}

/// Removes a mail that is this node's, with a row of the audit trail where somebody should know.
async fn remove(cx: &Cx, row: &OutboxRow, event: Option<AuditEvent>) -> Result<(), Fault> {
    let mut batch = Batch::new();
    write::outbox::delete(&mut batch, OURS, row);
    if let Some(event) = event {
        cx.audit(&mut batch, event);
    }
    let _ = cx.store().apply(batch).await?;
    Ok(())
}

fn given_up(row: &OutboxRow, reason: &Reason, why: &'static str) -> AuditEvent {
    let detail = serde_json::json!({ "letter": row.letter, "attempts": row.attempts, "why": why });
    AuditEvent {
        event: Event::MailGivenUp.name(),
        client_id: None,
        user_id: reason.user,
        network: None,
        detail: detail.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_an_hour() {
        let seconds: Vec<i64> = [1, 2, 3, 6, 7, 8, 1000].map(|n| wait(n).as_seconds()).into();
        assert_eq!(seconds, [60, 120, 240, 1920, 3600, 3600, 3600]);
    }
}
