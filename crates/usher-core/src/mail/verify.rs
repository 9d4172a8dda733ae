//! Showing that an e-mail address is one's own: a link that is sent there. It is good for that very address while the account has it.

use super::link::{self, Purpose};
use super::reset::{Desk, full};
use super::{Post, Reason, queue};
use crate::browser::Browser;
use crate::guesses::counter;
use crate::profile::Profile;
use crate::registration::update_user;
use crate::trail::Event;
use crate::{AuthnContext, Cx, Fault};
use serde::{Deserialize, Serialize};
use usher_store::tables::{AuditEvent, NewTicket, TicketRow, UserRow, write};
use usher_store::{Applied, Batch};
use usher_types::fold::IdentifierKey;
use usher_types::mail::Letter;
use usher_types::{Locale, SessionId, TicketId, UserId, limits};

/// What stands in the ticket.
#[derive(Serialize, Deserialize)]
struct Payload {
    email: String,
    /// Where the address is to be another one: the one until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instead_of: Option<Former>,
}

#[derive(Serialize, Deserialize)]
struct Former {
    email: Option<String>,
    /// What the password was then: another one ends the link.
    password: [u8; 32],
}

impl Payload {
    /// Whether the person is as the link needs them: what is verified is the address that the mail went to, and no other.
    fn stands(&self, user: &UserRow) -> bool {
        let profile = Profile::parse(&user.profile);
        match &self.instead_of {
            None => profile.unverified_email() == Some(self.email.as_str()),
            Some(former) => {
                profile.email() == former.email.as_deref() && digest_of_password(user) == former.password
            }
        }
    }
}

/// Tells passwords apart, without being of use to whoever reads it.
fn digest_of_password(user: &UserRow) -> [u8; 32] {
    usher_crypto::sha256(user.password_hash.as_deref().unwrap_or_default().as_bytes())
}

/// Adds, to a batch, a mail by which a person verifies their address; earlier links end. Nothing where there is no address, or it is
/// verified.
pub fn queue_mail(batch: &mut Batch, desk: &Desk<'_>, user: &UserRow, locale: Locale) -> Queued {
    let profile = Profile::parse(&user.profile);
    let Some(email) = profile.unverified_email() else { return Queued::Nothing };
    let payload = Payload { email: email.to_owned(), instead_of: None };
    send(batch, desk, (user, payload), (Letter::VerifyEmail, locale, String::new()));
    Queued::Mail
}

/// The same for an address that a person wants instead of theirs, so often within a while and no more. Nothing here asks whether
/// somebody has it.
pub(crate) async fn queue_change(
    cx: &Cx,
    batch: &mut Batch,
    user: &UserRow,
    email: &str,
) -> Result<AddressAsked, Fault> {
    let pool = cx.pool.id;
    let by_person = counter(&cx.app.keys.counters, pool, b"verifications by person", &user.id.to_string());
    let address = IdentifierKey::fold(email).map_or_else(|| email.to_owned(), |key| key.as_str().to_owned());
    let by_address = counter(&cx.app.keys.counters, pool, b"verifications by address", &address);
    let by_network = cx.mails_by_network();
    let mut is_full = [false; 3];
    for (full_one, (counter, limit)) in is_full.iter_mut().zip([
        (&by_person, limits::MAILS_BY_PERSON),
        (&by_network, limits::MAILS_BY_NETWORK),
        (&by_address, limits::MAILS_BY_PERSON),
    ]) {
        *full_one = full(cx.store().throttle(pool, counter).await?, limit, cx.now).is_some();
    }
    // That others have asked for mails to an address is nobody's business: the same is done, and nothing is sent.
    let letter = match is_full {
        [false, false, false] => Letter::VerifyEmail,
        [false, false, true] => Letter::Nothing,
        _ => return Ok(AddressAsked::TooMany),
    };
    for counter in [&by_person, &by_network, &by_address] {
        write::throttle::count(batch, pool, counter, cx.now, limits::MAIL_WINDOW);
    }
    let desk = Desk { pool, key: &cx.app.keys.links, random: cx.random(), now: cx.now };
    let email_now = Profile::parse(&user.profile).email().map(str::to_owned);
    let former = Former { email: email_now, password: digest_of_password(user) };
    let payload = Payload { email: email.to_owned(), instead_of: Some(former) };
    send(batch, &desk, (user, payload), (letter, cx.locale, cx.peer.network()));
    if letter == Letter::VerifyEmail {
        cx.audit(batch, told(cx, Event::EmailVerificationSent, user.id, "{}"));
    }
    Ok(AddressAsked::Mail)
}

/// What came of asking for another address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressAsked {
    /// A mail is in the batch, or as many have gone to that address as may.
    Mail,
    /// The person, or their network, has asked for as many mails as they may in an hour.
    TooMany,
}

fn send(
    batch: &mut Batch,
    desk: &Desk<'_>,
    (user, payload): (&UserRow, Payload),
    (letter, locale, network): (Letter, Locale, String),
) {
    let expires_at = desk.now.plus(limits::VERIFY_LINK);
    let ticket = link::ticket(desk.key, desk.pool, Purpose::VerifyEmail, (desk.now, expires_at), desk.random);
    let identifier = Profile::parse(&user.profile).login_name().unwrap_or_default().to_owned();
    let post = Post {
        letter,
        recipient: payload.email.clone(),
        locale,
        ticket: Some(ticket.id),
        expires_at: Some(expires_at),
        reason: Reason { identifier, network, user: Some(user.id) },
    };
    let kind = Purpose::VerifyEmail.kind();
    let payload = serde_json::to_string(&payload).unwrap_or_default();
    write::ticket::void_of_user(batch, desk.pool, kind, user.id, desk.now);
    write::ticket::insert(batch, desk.pool, kind, NewTicket { user_id: Some(user.id), payload, ..ticket });
    queue(batch, desk.pool, post, (desk.now, desk.random));
}

fn told(cx: &Cx, event: Event, user: UserId, detail: &str) -> AuditEvent {
    AuditEvent {
        event: event.name(),
        client_id: None,
        user_id: Some(user),
        network: Some(cx.peer.network()),
        detail: detail.to_owned(),
    }
}

/// Whether there was an address to be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queued {
    /// A mail is in the batch.
    Mail,
    /// Nothing is.
    Nothing,
}

/// The way back to a link that was followed before, on this server: its secret lies nowhere meanwhile.
pub fn way_back(cx: &Cx, link: TicketId) -> String {
    let token = link::token(&cx.app.keys.links, cx.pool.id, Purpose::VerifyEmail, link);
    link::address(&cx.path(Purpose::VerifyEmail.page()), &token)
}

/// A link that was followed, and is good.
pub struct Followed {
    ticket: TicketRow,
    user: UserRow,
    /// The address that it is about.
    pub email: String,
    /// Whether it is to be another one than the account has.
    pub is_change: bool,
}

/// Who may say that an address is the person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmer {
    /// Whoever reads what is sent there: it is the account's already.
    Reader,
    /// The person, signed in. An account gets another address by whoever is signed in to it alone: else the owner of an address could be
    /// led to give it to somebody else's account.
    Person(SessionId),
}

/// The link of a token, if it is good. Two reads.
pub async fn follow(cx: &Cx, token: &str) -> Result<Option<Followed>, Fault> {
    let Some(ticket) = link::find(cx, Purpose::VerifyEmail, token).await? else { return Ok(None) };
    let payload: Payload = link::payload(&ticket)?;
    let Some(user_id) = ticket.user_id else { return Ok(None) };
    let user = cx.store().user_by_id(cx.pool.id, user_id).await?.filter(|u| u.enabled && payload.stands(u));
    let Payload { email, instead_of } = payload;
    Ok(user.map(|user| Followed { ticket, user, email, is_change: instead_of.is_some() }))
}

/// Another address that a person asked for, and that waits for its link to be followed.
pub(crate) struct Waiting {
    pub(crate) email: String,
    link: TicketId,
}

/// The one of a person. One read, two where there is one.
pub(crate) async fn waiting(cx: &Cx, user: UserId) -> Result<Option<Waiting>, Fault> {
    let (pool, kind) = (cx.pool.id, Purpose::VerifyEmail.kind());
    let Some(ticket) = cx.store().latest_ticket_of_user(pool, kind, user, cx.now).await? else {
        return Ok(None);
    };
    let payload: Payload = link::payload(&ticket)?;
    if payload.instead_of.is_none() {
        return Ok(None);
    }
    let user = cx.store().user_by_id(pool, user).await?.filter(|u| payload.stands(u));
    Ok(user.map(|_| Waiting { email: payload.email, link: ticket.id }))
}

impl Waiting {
    /// Ends its link, in a batch that is refused where it was used meanwhile.
    pub(crate) fn end(&self, cx: &Cx, batch: &mut Batch) {
        write::ticket::spend(batch, LINK, cx.pool.id, Purpose::VerifyEmail.kind(), self.link, cx.now);
    }
}

/// What came of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The address is the person's.
    Done,
    /// It belongs to another account.
    Taken,
    /// The link was used, or the person changed meanwhile.
    Gone,
}

impl Followed {
    /// The name by which the person whose link it is signs in.
    pub fn account(&self) -> String {
        Profile::parse(&self.user.profile).login_name().unwrap_or_default().to_owned()
    }

    /// The person whose link it is.
    pub const fn person(&self) -> UserId {
        self.user.id
    }

    /// The link, without its secret.
    pub const fn link(&self) -> TicketId {
        self.ticket.id
    }

    /// Who in this browser may say that the address is the person's. One read, for another address than the account has.
    pub async fn confirmer(&self, cx: &Cx, browser: Option<&Browser>) -> Result<Option<Confirmer>, Fault> {
        if !self.is_change {
            return Ok(Some(Confirmer::Reader));
        }
        let row = cx.store().people_here(cx.here(browser)).await?;
        let people = AuthnContext::all(cx, browser, &row);
        let person = people.iter().find(|person| person.user_id() == self.user.id);
        Ok(person.map(|person| Confirmer::Person(person.session_id())))
    }

    /// Stores that the address is the person's, as somebody who may do so said by a click.
    pub async fn confirm(self, cx: &Cx, by: Confirmer) -> Result<Confirmed, Fault> {
        let (pool, user) = (cx.pool.id, self.user);
        let (before, id) = (Profile::parse(&user.profile), user.id);
        let mut batch = Batch::new();
        if let Confirmer::Person(session) = by {
            write::session::still_there(&mut batch, SESSION, pool, session);
        }
        write::ticket::spend(&mut batch, LINK, pool, Purpose::VerifyEmail.kind(), self.ticket.id, cx.now);
        cx.audit(&mut batch, told(cx, Event::EmailVerified, id, "{}"));
        if self.is_change {
            cx.tell(&mut batch, Letter::EmailChanged, &user);
            cx.audit(&mut batch, told(cx, Event::ProfileChanged, id, r#"{"claims":["email"]}"#));
        }
        let profile = before.with_email(&self.email, cx.now);
        let row = UserRow { profile: profile.to_text(), ..user };
        update_user(&mut batch, (USER, TAKEN), pool, (row, &profile), cx.now);
        Ok(match cx.store().apply(batch).await? {
            Applied::Done => Confirmed::Done,
            Applied::Refused { guard: TAKEN } => Confirmed::Taken,
            Applied::Refused { .. } => Confirmed::Gone,
        })
    }
}

const LINK: &str = "the link was not used";
const SESSION: &str = "the session goes on";
const USER: &str = "the person is as they were read";
const TAKEN: &str = "the login name is free";
