//! Another password by a link: asked for by whoever forgot theirs and sent to their address, or made by an administrator's command.
//!
//! Whether the name that was typed is somebody's, and whether a mail goes out, changes no answer and no number of statements. A link is
//! good for one use, for one person as they are now (any change of their account ends it), and in one browser: the one that asked, or
//! the one in which somebody said by a click that they mean it.

use super::link::{self, Purpose};
use super::{Post, Reason};
use crate::browser::Browser;
use crate::guesses::{counter, counter_of_name};
use crate::hashing::Busy;
use crate::known_device::KnownDevice;
use crate::new_password::{self, Twice};
use crate::profile::Profile;
use crate::registration::change_password;
use crate::trail::Event;
use crate::{Cx, Fault};
use serde::{Deserialize, Serialize};
use usher_store::tables::write::throttle::Bound;
use usher_store::tables::write::ticket::StateChange;
use usher_store::tables::{AuditEvent, NewTicket, Throttle, TicketRow, UserRow, write};
use usher_store::{Applied, Batch};
use usher_types::fold::IdentifierKey;
use usher_types::mail::Letter;
use usher_types::opaque::{base64url, base64url_decode};
use usher_types::page::NewPasswordProblem;
use usher_types::{PoolId, Random, Span, Timestamp, limits};

/// What came of asking for a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// If there is such a person with a verified address, they get a mail.
    Yes,
    /// What was typed can be nobody's name.
    NoName,
    /// Too much was asked from this network: for so long nothing is done.
    MustWait(Span),
}

/// What stands in the ticket of a link.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Payload {
    /// The person's version when the link was made: any change ends it.
    version: i64,
    /// The network that asked; none where an administrator did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// The interaction to go on with, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interaction: Option<String>,
}

impl Cx {
    /// Whether people of this pool can have another password by mail.
    pub fn resets_passwords(&self) -> bool {
        self.app.world.mailer.is_some() && self.pool.settings.password_reset != Some(false)
    }

    /// How a request to send a mail, by this network, stands; counted under a name of its own.
    pub(super) fn mails_by_network(&self) -> [u8; 32] {
        counter(&self.app.keys.counters, self.pool.id, b"mails by network", &self.peer.network())
    }
}

/// Asks for a link for whoever has this login name. Three reads, one batch.
pub async fn ask(cx: &Cx, browser: &Browser, typed: &str, interaction: Option<&str>) -> Result<Asked, Fault> {
    let Some(key) = IdentifierKey::fold(typed) else { return Ok(Asked::NoName) };
    let pool = cx.pool.id;
    let by_network = cx.mails_by_network();
    if let Some(wait) = full(cx.store().throttle(pool, &by_network).await?, limits::MAILS_BY_NETWORK, cx.now)
    {
        cx.refused("password_reset: too many from this network", "", "");
        return Ok(Asked::MustWait(wait));
    }
    let user = cx.store().user_by_identifier(pool, key.as_str()).await?;
    // A person has one counter for all their names; a name that is nobody's has its own.
    let who = user.as_ref().map_or_else(|| key.as_str().to_owned(), |u| u.id.to_string());
    let by_person = counter(&cx.app.keys.counters, pool, b"resets by person", &who);
    let is_full =
        full(cx.store().throttle(pool, &by_person).await?, limits::MAILS_BY_PERSON, cx.now).is_some();
    let to = user.as_ref().filter(|_| !is_full).and_then(|user| Some((user, recipient(user)?)));

    // Of many at once some may find the counter full only when they write: these do the same for nobody.
    for to in [to, None] {
        let mut batch = Batch::new();
        let bound = |limit| (cx.now, Bound { limit, window: limits::MAIL_WINDOW });
        write::throttle::count_at_most(
            &mut batch,
            NETWORK,
            pool,
            &by_network,
            bound(limits::MAILS_BY_NETWORK),
        );
        match &to {
            Some(_) => {
                let bound = bound(limits::MAILS_BY_PERSON);
                write::throttle::count_at_most(&mut batch, PERSON, pool, &by_person, bound);
            }
            None => write::throttle::count(&mut batch, pool, &by_person, cx.now, limits::MAIL_WINDOW),
        }
        let ticket = reset_ticket(cx, browser, to.as_ref().map(|(user, _)| *user), interaction);
        let post = post(cx, &ticket, to.as_ref());
        write::ticket::insert(&mut batch, pool, Purpose::Password.kind(), ticket);
        cx.queue_mail(&mut batch, post);
        let event = AuditEvent {
            event: Event::PasswordResetAsked.name(),
            client_id: None,
            user_id: to.as_ref().map(|(user, _)| user.id),
            network: Some(cx.peer.network()),
            detail: "{}".to_owned(),
        };
        cx.audit(&mut batch, event);
        match cx.store().apply(batch).await? {
            Applied::Done => break,
            Applied::Refused { guard } if guard == NETWORK => {
                return Ok(Asked::MustWait(limits::MAIL_WINDOW));
            }
            Applied::Refused { .. } => {}
        }
    }
    Ok(Asked::Yes)
}

/// For how long a counter is full.
pub(super) fn full(stored: Option<Throttle>, limit: u32, now: Timestamp) -> Option<Span> {
    let stored = stored.filter(|t| t.since > now.minus(limits::MAIL_WINDOW) && t.since <= now)?;
    (stored.failures >= i64::from(limit)).then(|| stored.since.plus(limits::MAIL_WINDOW).since(now))
}

/// The address that a link for this person is sent to: a verified one, of somebody who may sign in and does so by a password.
fn recipient(user: &UserRow) -> Option<String> {
    let may = user.enabled && user.password_hash.is_some();
    Profile::parse(&user.profile).verified_email().filter(|_| may).map(str::to_owned)
}

fn reset_ticket(cx: &Cx, browser: &Browser, user: Option<&UserRow>, interaction: Option<&str>) -> NewTicket {
    let expires_at = cx.now.plus(limits::RESET_LINK);
    let ticket =
        link::ticket(&cx.app.keys.links, cx.pool.id, Purpose::Password, (cx.now, expires_at), cx.random());
    let sealed = |handle: &str| {
        base64url(&cx.app.keys.interactions.seal(&seal_context(cx.pool.id), handle.as_bytes(), cx.random()))
    };
    let payload = Payload {
        version: user.map_or(0, |u| u.version),
        network: Some(cx.peer.network()),
        interaction: interaction.map(sealed),
    };
    NewTicket {
        user_id: user.map(|u| u.id),
        browser: Some((browser.id, browser.hash)),
        payload: serde_json::to_string(&payload).unwrap_or_default(),
        ..ticket
    }
}

/// What the handle of an interaction is sealed for: it opens for nothing else.
pub(super) fn seal_context(pool: PoolId) -> String {
    format!("interaction to go on with {pool}")
}

fn post(cx: &Cx, ticket: &NewTicket, to: Option<&(&UserRow, String)>) -> Post {
    let name = |user: &UserRow| Profile::parse(&user.profile).login_name().unwrap_or_default().to_owned();
    Post {
        letter: to.map_or(Letter::Nothing, |_| Letter::Reset),
        recipient: to.map(|(_, address)| address.clone()).unwrap_or_default(),
        locale: cx.locale,
        ticket: Some(ticket.id),
        expires_at: Some(ticket.expires_at),
        reason: Reason {
            identifier: to.map(|(user, _)| name(user)).unwrap_or_default(),
            network: cx.peer.network(),
            user: to.map(|(user, _)| user.id),
        },
    }
}

/// Where an administrator's links are made.
pub struct Desk<'a> {
    /// The pool.
    pub pool: PoolId,
    /// Makes the secret.
    pub key: &'a [u8; 32],
    /// Randomness.
    pub random: &'a dyn Random,
    /// Now.
    pub now: Timestamp,
}

/// Adds a link by which a person chooses a password to a batch, as an administrator's command makes it; earlier ones end. Gives its path
/// below the pool's base, and its end.
pub fn link_by_command(batch: &mut Batch, desk: &Desk<'_>, user: &UserRow) -> (String, Timestamp) {
    let expires_at = desk.now.plus(limits::FIRST_PASSWORD_LINK);
    let ticket = link::ticket(desk.key, desk.pool, Purpose::Password, (desk.now, expires_at), desk.random);
    let token = link::token(desk.key, desk.pool, Purpose::Password, ticket.id);
    let payload = Payload { version: user.version, ..Payload::default() };
    let payload = serde_json::to_string(&payload).unwrap_or_default();
    let kind = Purpose::Password.kind();
    write::ticket::void_of_user(batch, desk.pool, kind, user.id, desk.now);
    write::ticket::insert(batch, desk.pool, kind, NewTicket { user_id: Some(user.id), payload, ..ticket });
    (link::address(Purpose::Password.page().path(), &token), expires_at)
}

/// A link that was followed, and is good.
pub struct Followed {
    ticket: TicketRow,
    user: UserRow,
    payload: Payload,
}

/// How the browser stands to a link that was followed in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is the one that the link is for.
    Here,
    /// It is not, or nobody said yet which one is.
    Elsewhere {
        /// The network that asked; none where an administrator made the link.
        network: Option<String>,
        /// Whole minutes since then.
        minutes: i64,
    },
}

/// The link of a token, if it is good. Two reads.
pub async fn follow(cx: &Cx, token: &str) -> Result<Option<Followed>, Fault> {
    let Some(ticket) = link::find(cx, Purpose::Password, token).await? else { return Ok(None) };
    let payload: Payload = link::payload(&ticket)?;
    let Some(user_id) = ticket.user_id else { return Ok(None) };
    let user = cx.store().user_by_id(cx.pool.id, user_id).await?;
    let user = user.filter(|u| u.enabled && u.version == payload.version);
    Ok(user.map(|user| Followed { ticket, user, payload }))
}

impl Followed {
    /// How the browser stands to it.
    pub fn standing(&self, cx: &Cx, browser: &Browser) -> Standing {
        if self.ticket.browser_id == Some(browser.id) && browser.is(self.ticket.browser_hash) {
            return Standing::Here;
        }
        let minutes = cx.now.since(self.ticket.created_at).as_seconds() / 60;
        Standing::Elsewhere { network: self.payload.network.clone(), minutes }
    }

    /// The person whose link it is.
    pub fn profile(&self) -> Profile {
        Profile::parse(&self.user.profile)
    }

    /// Whether the person never had a password.
    pub const fn is_first(&self) -> bool {
        self.user.password_hash.is_none()
    }

    /// The interaction to go on with.
    pub fn interaction(&self, cx: &Cx) -> Option<String> {
        let sealed = base64url_decode(self.payload.interaction.as_deref()?)?;
        let handle = cx.app.keys.interactions.open(&seal_context(cx.pool.id), &sealed).ok()?;
        String::from_utf8(handle.expose().to_vec()).ok()
    }

    /// Lets the link go on in this browser, whose person said that they mean it.
    pub async fn confirm(&self, cx: &Cx, browser: &Browser) -> Result<Applied, Fault> {
        let mut batch = Batch::new();
        let change = StateChange {
            id: self.ticket.id,
            from: self.ticket.state.clone(),
            to: format!("{}+", self.ticket.state),
            browser: (browser.id, browser.hash),
        };
        write::ticket::set_state(&mut batch, LINK, cx.pool.id, Purpose::Password.kind(), change, cx.now);
        cx.store().apply(batch).await
    }
}

/// What came of choosing a password.
pub enum Chosen {
    /// It is the person's from now on; everything that the old one had opened has ended.
    Changed {
        /// The Set-Cookie value by which the browser is a known device from now on.
        device: String,
    },
    /// It cannot be: all that is wrong with it.
    Refused(Vec<NewPasswordProblem>),
    /// The link was used or the person changed meanwhile.
    Gone,
}

/// Stores the password that was chosen by a link in the browser that it is for.
pub async fn choose(
    cx: &Cx,
    followed: &Followed,
    browser: &Browser,
    typed: Twice<'_>,
) -> Result<Chosen, Fault> {
    if followed.standing(cx, browser) != Standing::Here {
        return Ok(Chosen::Gone);
    }
    let about = Profile::parse(&followed.user.profile);
    let password = match new_password::check_twice(cx, typed, &about).await {
        Ok(password) => password,
        Err(problems) => return Ok(Chosen::Refused(problems)),
    };
    let network = cx.peer.network();
    let hash = match cx.app.hashing.hash(&network, password).await {
        Ok(hash) => hash,
        Err(Busy) => return Ok(Chosen::Refused(vec![NewPasswordProblem::Busy])),
    };
    let (pool, user) = (cx.pool.id, &followed.user);
    let kind = Purpose::Password.kind();
    let mut batch = Batch::new();
    write::ticket::spend(&mut batch, LINK, pool, kind, followed.ticket.id, cx.now);
    write::ticket::void_of_user(&mut batch, pool, kind, user.id, cx.now);
    let row = UserRow { password_hash: Some(hash), must_change_password: false, ..user.clone() };
    change_password(&mut batch, USER, pool, row, cx.now);
    let by = if followed.payload.network.is_some() { "mail" } else { "command" };
    let event = AuditEvent {
        event: Event::PasswordChanged.name(),
        client_id: None,
        user_id: Some(user.id),
        network: Some(network),
        detail: serde_json::json!({ "link": by }).to_string(),
    };
    cx.audit(&mut batch, event);
    cx.tell_of_new_password(&mut batch, user);
    // Whoever guesses at this person meanwhile must not keep them from signing in with what they chose.
    for (_, name) in Profile::parse(&user.profile).login_names() {
        if let Some(name) = IdentifierKey::fold(name) {
            write::throttle::reset(&mut batch, pool, &counter_of_name(&cx.app.keys.counters, pool, &name));
        }
    }
    let device = KnownDevice::new(cx);
    device.remember(cx, &mut batch, user.id);
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(Chosen::Changed { device: device.set_cookie(cx) }),
        Applied::Refused { .. } => Ok(Chosen::Gone),
    }
}

impl Cx {
    /// Queues, in the batch that changes a person's password, the mail that tells them; nothing where there is nobody to send it or no
    /// verified address.
    pub fn tell_of_new_password(&self, batch: &mut Batch, user: &UserRow) {
        self.tell(batch, Letter::PasswordChanged, user);
    }

    /// Queues a mail to the verified address that a person has had until now; nothing where there is nobody to send it or no such
    /// address.
    pub(crate) fn tell(&self, batch: &mut Batch, letter: Letter, user: &UserRow) {
        let profile = Profile::parse(&user.profile);
        let Some(address) = profile.verified_email().filter(|_| self.app.world.mailer.is_some()) else {
            return;
        };
        let post = Post {
            letter,
            recipient: address.to_owned(),
            locale: self.locale,
            ticket: None,
            expires_at: None,
            reason: Reason {
                identifier: profile.login_name().unwrap_or_default().to_owned(),
                network: self.peer.network(),
                user: Some(user.id),
            },
        };
        self.queue_mail(batch, post);
    }
}

const NETWORK: &str = "the network has asked for few mails";
const PERSON: &str = "the person has been sent few mails";
const LINK: &str = "the link was not used and is as it was read";
const USER: &str = "the person is as they were read";
