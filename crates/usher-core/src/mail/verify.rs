//! Showing that an e-mail address is one's own: a link that is sent there. It is good for that very address while the account has it.

use super::link::{self, Purpose};
use super::reset::{Desk, full};
use super::{Post, Reason, queue};
use crate::guesses::counter;
use crate::profile::Profile;
use crate::trail::Event;
use crate::{Cx, Fault};
use serde::{Deserialize, Serialize};
use usher_store::tables::{AuditEvent, NewTicket, TicketRow, UserRow, write};
use usher_store::{Applied, Batch};
use usher_types::mail::Letter;
use usher_types::{Locale, limits};

/// What stands in the ticket.
#[derive(Serialize, Deserialize)]
struct Payload {
    email: String,
}

/// Adds, to a batch, a mail by which a person verifies their address; earlier links end. Nothing where there is no address, or it is
/// verified.
pub fn queue_mail(batch: &mut Batch, desk: &Desk<'_>, user: &UserRow, locale: Locale) -> Queued {
    let profile = Profile::parse(&user.profile);
    let Some(email) = profile.unverified_email() else { return Queued::Nothing };
    let expires_at = desk.now.plus(limits::VERIFY_LINK);
    let ticket = link::ticket(desk.key, desk.pool, Purpose::VerifyEmail, (desk.now, expires_at), desk.random);
    let payload = serde_json::to_string(&Payload { email: email.to_owned() }).unwrap_or_default();
    let post = Post {
        letter: Letter::VerifyEmail,
        recipient: email.to_owned(),
        locale,
        ticket: Some(ticket.id),
        expires_at: Some(expires_at),
        reason: Reason { identifier: email.to_owned(), network: String::new(), user: Some(user.id) },
    };
    let kind = Purpose::VerifyEmail.kind();
    write::ticket::void_of_user(batch, desk.pool, kind, user.id, desk.now);
    write::ticket::insert(batch, desk.pool, kind, NewTicket { user_id: Some(user.id), payload, ..ticket });
    queue(batch, desk.pool, post, (desk.now, desk.random));
    Queued::Mail
}

/// The same at the person's own wish, so often within a while and no more.
pub(crate) async fn queue_own_mail(cx: &Cx, batch: &mut Batch, user: &UserRow) -> Result<(), Fault> {
    let pool = cx.pool.id;
    let by_person = counter(&cx.app.keys.counters, pool, b"verifications by person", &user.id.to_string());
    if full(cx.store().throttle(pool, &by_person).await?, limits::MAILS_BY_PERSON, cx.now).is_some() {
        return Ok(());
    }
    write::throttle::count(batch, pool, &by_person, cx.now, limits::MAIL_WINDOW);
    let desk = Desk { pool, key: &cx.app.keys.links, random: cx.random(), now: cx.now };
    let _ = queue_mail(batch, &desk, user, cx.locale);
    Ok(())
}

/// Whether there was an address to be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// A mail is in the batch.
    Mail,
    /// Nothing is.
    Nothing,
}

/// A link that was followed, and is good.
pub struct Followed {
    ticket: TicketRow,
    user: UserRow,
    /// The address that it is about.
    pub email: String,
}

/// The link of a token, if it is good. Two reads.
pub async fn follow(cx: &Cx, token: &str) -> Result<Option<Followed>, Fault> {
    let Some(ticket) = link::find(cx, Purpose::VerifyEmail, token).await? else { return Ok(None) };
    let Payload { email } = link::payload(&ticket)?;
    let Some(user_id) = ticket.user_id else { return Ok(None) };
    let user = cx.store().user_by_id(cx.pool.id, user_id).await?;
    // Invariant: what is verified is the address that the mail went to, and no other.
    let user =
        user.filter(|u| u.enabled && Profile::parse(&u.profile).unverified_email() == Some(email.as_str()));
    Ok(user.map(|user| Followed { ticket, user, email }))
}

impl Followed {
    /// Stores that the address is the person's, who said so by a click.
    pub async fn confirm(self, cx: &Cx) -> Result<Applied, Fault> {
        let (pool, user) = (cx.pool.id, self.user);
        let mut batch = Batch::new();
        write::ticket::spend(&mut batch, LINK, pool, Purpose::VerifyEmail.kind(), self.ticket.id, cx.now);
        let profile = Profile::parse(&user.profile).with_verified_email(cx.now).to_text();
        let id = user.id;
        write::user::update(&mut batch, USER, pool, UserRow { profile, ..user }, cx.now);
        let event = AuditEvent {
            event: Event::EmailVerified.name(),
            client_id: None,
            user_id: Some(id),
            network: Some(cx.peer.network()),
            detail: "{}".to_owned(),
        };
        cx.audit(&mut batch, event);
        cx.store().apply(batch).await
    }
}

const LINK: &str = "the link was not used";
const USER: &str = "the person is as they were read";
