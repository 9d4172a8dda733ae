//! Accounts that people make for themselves: nothing is there but a ticket until the link that was sent to the address is followed.
//!
//! Whether the address has an account already, only the mail says. The link makes the account by a click in the browser that began; in
//! another one whoever clicks must know the password too, else somebody could have the owner of an address confirm an account to which
//! somebody else holds the password.

use super::link::{self, Purpose};
use super::reset::{full, seal_context};
use super::{Post, Reason};
use crate::browser::Browser;
use crate::guesses::counter;
use crate::hashing::{Busy, Check, Checked};
use crate::new_password::{self, Twice};
use crate::password::{Password, normalised};
use crate::profile::{Claims, Profile};
use crate::registration::{UserSettings, check_user, insert_user};
use crate::trail::Event;
use crate::{Cx, Fault};
use serde::{Deserialize, Serialize};
use usher_store::tables::write::throttle::Bound;
use usher_store::tables::{AuditEvent, NewTicket, TicketRow, UserRow, write};
use usher_store::{Applied, Batch};
use usher_types::fold::IdentifierKey;
use usher_types::mail::Letter;
use usher_types::opaque::{base64url, base64url_decode};
use usher_types::page::{NewPasswordProblem, SignUpProblem};
use usher_types::{Secret, Span, UserId, limits};

/// What a person typed.
pub struct Wanted<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// Their password, twice.
    pub password: Twice<'a>,
}

/// What came of asking for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A mail is on its way, whatever it says.
    Yes,
    /// It cannot be: all that is wrong with what was typed.
    Refused(Vec<SignUpProblem>),
    /// Too much was asked from this network: for so long nothing is done.
    MustWait(Span),
}

/// What stands in the ticket.
#[derive(Serialize, Deserialize)]
struct Payload {
    name: String,
    email: String,
    password_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interaction: Option<String>,
}

impl Cx {
    /// Whether people can make accounts for themselves in this pool.
    pub fn signs_up(&self) -> bool {
        self.app.world.mailer.is_some() && self.pool.settings.sign_up
    }
}

/// Asks for an account. Three reads, one hash, one batch.
pub async fn ask(
    cx: &Cx,
    browser: &Browser,
    wanted: Wanted<'_>,
    interaction: Option<&str>,
) -> Result<Asked, Fault> {
    let (name, email) = (wanted.name.trim(), wanted.email.trim());
    let (key, password) = match look(cx, name, email, wanted.password).await {
        Ok(looked) => looked,
        Err(problems) => return Ok(Asked::Refused(problems)),
    };
    let pool = cx.pool.id;
    let by_network = cx.mails_by_network();
    if let Some(wait) = full(cx.store().throttle(pool, &by_network).await?, limits::MAILS_BY_NETWORK, cx.now)
    {
        cx.refused("sign_up: too many from this network", "", "");
        return Ok(Asked::MustWait(wait));
    }
    let holder = cx.store().user_by_identifier(pool, key.as_str()).await?;
    let by_address = counter(&cx.app.keys.counters, pool, b"sign-ups by address", key.as_str());
    let asked = cx.store().throttle(pool, &by_address).await?;
    let is_full = full(asked, limits::MAILS_BY_PERSON, cx.now).is_some();
    let hashed = cx.app.hashing.hash(&cx.peer.network(), password).await;
    let Ok(password_hash) = hashed else {
        return Ok(Asked::Refused(vec![SignUpProblem::Password(NewPasswordProblem::Busy)]));
    };
    let payload = Payload {
        name: name.to_owned(),
        email: email.to_owned(),
        password_hash,
        interaction: interaction.map(|handle| {
            base64url(&cx.app.keys.interactions.seal(&seal_context(pool), handle.as_bytes(), cx.random()))
        }),
    };
    let letter = letter(holder.as_ref(), &key, is_full);

    // Of many at once some may find the counter full only when they write: these send nothing.
    for letter in [letter, Letter::Nothing] {
        let mut batch = Batch::new();
        let bound = |limit| (cx.now, Bound { limit, window: limits::MAIL_WINDOW });
        write::throttle::count_at_most(
            &mut batch,
            NETWORK,
            pool,
            &by_network,
            bound(limits::MAILS_BY_NETWORK),
        );
        match letter {
            Letter::Nothing => {
                write::throttle::count(&mut batch, pool, &by_address, cx.now, limits::MAIL_WINDOW);
            }
            _ => {
                let bound = bound(limits::MAILS_BY_PERSON);
                write::throttle::count_at_most(&mut batch, ADDRESS, pool, &by_address, bound);
            }
        }
        let about = holder.as_ref().filter(|_| letter == Letter::AlreadyHere).map(|user| user.id);
        let expires_at = cx.now.plus(limits::SIGN_UP_LINK);
        let ticket =
            link::ticket(&cx.app.keys.links, pool, Purpose::SignUp, (cx.now, expires_at), cx.random());
        let post = Post {
            letter,
            recipient: email.to_owned(),
            locale: cx.locale,
            ticket: Some(ticket.id),
            expires_at: Some(expires_at),
            reason: Reason { identifier: email.to_owned(), network: cx.peer.network(), user: about },
        };
        let ticket = NewTicket {
            browser: Some((browser.id, browser.hash)),
            payload: serde_json::to_string(&payload).unwrap_or_default(),
            ..ticket
        };
        write::ticket::insert(&mut batch, pool, Purpose::SignUp.kind(), ticket);
        cx.queue_mail(&mut batch, post);
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

/// The address as a login name, and the password; else all that is wrong with what was typed.
async fn look(
    cx: &Cx,
    name: &str,
    email: &str,
    password: Twice<'_>,
) -> Result<(IdentifierKey, Password), Vec<SignUpProblem>> {
    let mut problems = Vec::new();
    if name.is_empty() || name.len() > NAME_BYTES || name.chars().any(char::is_control) {
        problems.push(SignUpProblem::Name);
    }
    let key = IdentifierKey::fold(email).filter(|_| is_address(email));
    if key.is_none() {
        problems.push(SignUpProblem::Email);
    }
    let about = Claims { name: Some(name.to_owned()), email: Some(email.to_owned()), ..Claims::default() };
    match (new_password::check_twice(cx, password, &Profile::new(&about, None, cx.now)).await, key) {
        (Ok(password), Some(key)) if problems.is_empty() => return Ok((key, password)),
        (Ok(_), _) => {}
        (Err(found), _) => problems.extend(found.into_iter().map(SignUpProblem::Password)),
    }
    Err(problems)
}

/// What the owner of an address is told. An address that is a login name of somebody with another address is nobody's to be told about.
fn letter(holder: Option<&UserRow>, key: &IdentifierKey, is_full: bool) -> Letter {
    let has_it = |user: &UserRow| {
        let profile = Profile::parse(&user.profile);
        profile
            .login_names()
            .any(|(kind, name)| kind == "email" && IdentifierKey::fold(name).as_ref() == Some(key))
    };
    match holder {
        _ if is_full => Letter::Nothing,
        None => Letter::SignUp,
        Some(user) if has_it(user) => Letter::AlreadyHere,
        Some(_) => Letter::Nothing,
    }
}

/// Whether a text has the form of an address: what a mail server makes of it, the mail tells.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '@' | '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')' | '\\')
    };
    !local.is_empty()
        && local.len() <= 64
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.len() <= 253
        && domain
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

/// A link that was followed, and is good.
pub struct Followed {
    ticket: TicketRow,
    payload: Payload,
}

/// How the browser stands to a link that was followed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The account was asked for in it.
    Here,
    /// It was not: the password has to be typed again.
    Elsewhere,
}

/// The link of a token, if it is good. One read.
pub async fn follow(cx: &Cx, token: &str) -> Result<Option<Followed>, Fault> {
    if !cx.signs_up() {
        return Ok(None);
    }
    let Some(ticket) = link::find(cx, Purpose::SignUp, token).await? else { return Ok(None) };
    let payload = link::payload(&ticket)?;
    Ok(Some(Followed { ticket, payload }))
}

impl Followed {
    /// The name and the address.
    pub fn account(&self) -> (&str, &str) {
        (&self.payload.name, &self.payload.email)
    }

    /// How the browser stands to it.
    pub fn standing(&self, browser: &Browser) -> Standing {
        let here = self.ticket.browser_id == Some(browser.id) && browser.is(self.ticket.browser_hash);
        if here { Standing::Here } else { Standing::Elsewhere }
    }

    /// The interaction to go on with.
    pub fn interaction(&self, cx: &Cx) -> Option<String> {
        let sealed = base64url_decode(self.payload.interaction.as_deref()?)?;
        let handle = cx.app.keys.interactions.open(&seal_context(cx.pool.id), &sealed).ok()?;
        String::from_utf8(handle.expose().to_vec()).ok()
    }
}

/// What came of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The account is there.
    Yes,
    /// The password is not the one that was typed at the beginning.
    WrongPassword,
    /// More people are signing in than the machine can check.
    Busy,
    /// The link was used, or the address has an account by now.
    Gone,
}

/// Makes the account, for a click in a browser; elsewhere than where it began with the password.
pub async fn make(
    cx: &Cx,
    followed: &Followed,
    browser: &Browser,
    password: Option<&str>,
) -> Result<Made, Fault> {
    let network = cx.peer.network();
    let Payload { name, email, password_hash, .. } = &followed.payload;
    if followed.standing(browser) == Standing::Elsewhere {
        let typed = password.unwrap_or_default();
        if typed.is_empty() || typed.len() > limits::PASSWORD_BYTES {
            return Ok(Made::WrongPassword);
        }
        // Each try is counted before it is looked at, so that of many at once no more than these are.
        let mut batch = Batch::new();
        let ticket = followed.ticket.id.to_string();
        let tries = counter(&cx.app.keys.counters, cx.pool.id, b"tries at a sign-up", &ticket);
        let bound = Bound { limit: limits::FAILURES_BY_ACCOUNT, window: limits::SIGN_UP_LINK };
        write::throttle::count_at_most(&mut batch, TRIES, cx.pool.id, &tries, (cx.now, bound));
        if let Applied::Refused { .. } = cx.store().apply(batch).await? {
            return Ok(Made::Gone);
        }
        let check =
            Check { password: Secret::from(normalised(typed).as_str()), stored: Some(password_hash.clone()) };
        match cx.app.hashing.check(&network, check).await {
            Ok(Checked::Right(_)) => {}
            Ok(Checked::Wrong) => return Ok(Made::WrongPassword),
            Err(Busy) => return Ok(Made::Busy),
        }
    }
    let claims = Claims {
        name: Some(name.clone()),
        email: Some(email.clone()),
        email_verified: Some(true),
        locale: Some(cx.locale.tag().to_owned()),
        ..Claims::default()
    };
    let wanted = UserSettings { username: None, password: None, enabled: true, claims };
    if let Err(error) = check_user(&wanted, &new_password::rule(cx)) {
        return Err(Fault::bug(&format!("a stored account: {error}")));
    }
    let profile = Profile::new(&wanted.claims, None, cx.now);
    let id = UserId::new(cx.now, cx.random());
    let row = UserRow {
        id,
        enabled: true,
        password_hash: Some(password_hash.clone()),
        must_change_password: false,
        profile: profile.to_text(),
        version: 1,
    };
    let mut batch = Batch::new();
    write::ticket::spend(&mut batch, LINK, cx.pool.id, Purpose::SignUp.kind(), followed.ticket.id, cx.now);
    insert_user(&mut batch, TAKEN, cx.pool.id, (row, &profile), cx.now);
    let event = AuditEvent {
        event: Event::SignedUp.name(),
        client_id: None,
        user_id: Some(id),
        network: Some(network),
        detail: "{}".to_owned(),
    };
    cx.audit(&mut batch, event);
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(Made::Yes),
        Applied::Refused { .. } => Ok(Made::Gone),
    }
}

/// Bytes of a person's name.
const NAME_BYTES: usize = 200;

const TRIES: &str = "the password was not typed wrongly too often";
const NETWORK: &str = "the network has asked for few mails";
const ADDRESS: &str = "the address has been sent few mails";
const LINK: &str = "the link was not used";
const TAKEN: &str = "the address is nobody's";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_other_texts() {
        for right in ["a@b.example", "a.b+c@mail.example.org", "o'neil@x-y.example"] {
            assert!(is_address(right), "{right}");
        }
        for wrong in [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b",
            "a@b..example",
            "a b@c.example",
            "a@b.example\r\nBcc: c@d.example",
            "a@b@c.example",
            "<a@b.example>",
            "a@b.example,c@d.example",
            "a@[127.0.0.1]",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
