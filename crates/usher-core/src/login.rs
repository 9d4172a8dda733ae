//! Signing in with a login name and a password. Whether the name is known, the account disabled or without a password, or too many
//! tries were made: the same statements run and exactly one hash of today's cost is computed.

mod store;

use crate::audit::About;
use crate::browser::Browser;
use crate::guesses::{Counters, Standing};
use crate::hashing::{Busy, Check, Checked};
use crate::interaction::Open;
use crate::known_device::KnownDevice;
use crate::metrics::PasswordOutcome;
use crate::profile::Profile;
use crate::trail::{Event, Party};
use crate::{Cx, Fault};
use usher_store::Batch;
use usher_store::tables::{AuditEvent, AuthorizeRow, LoginKeys, LoginRow, UserRow, write};
use usher_types::fold::IdentifierKey;
use usher_types::page::SignInProblem;
use usher_types::{DeviceId, Secret, Span, UserId, limits};

/// What a person typed.
pub struct Attempt {
    /// The login name.
    pub identifier: String,
    /// What kind of name it must be; any, where a person typed it without saying so.
    pub kind: Option<NameKind>,
    /// The password.
    pub password: Secret,
    /// Where it comes from.
    pub source: Source,
    /// The device that the browser's cookie presents; none where no person's browser asks.
    pub device: Option<KnownDevice>,
}

/// Whose wrong tries are counted together, beside those for the name and for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Those of the network at the other end, which is the person's.
    Network,
    /// Those of an application with credentials, by its `client_id`: the other end is its backend, through which everybody's tries come.
    Application(String),
}

impl Source {
    /// How many wrong tries of this source are looked at.
    const fn limit(&self) -> u32 {
        match self {
            Self::Network => limits::FAILURES_BY_NETWORK,
            Self::Application(_) => limits::FAILURES_BY_APPLICATION,
        }
    }
}

/// The kinds of login names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A user name.
    Username,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

impl NameKind {
    /// As it is stored beside a name.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

/// What came of checking a name and a password.
pub enum Verdict {
    /// They go together.
    Right(Proven),
    /// They do not, or it was not looked at.
    Refused(SignInProblem, Option<Span>),
}

/// How a person wants to be signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Until the browser closes.
    ThisTime,
    /// For longer.
    Remembered,
}

/// What came of it.
pub enum Outcome {
    /// Signed in: the browser's new cookie.
    SignedIn {
        /// The browser with its new secret.
        browser: Browser,
        /// Seconds that the cookie is kept beyond the browser's end.
        keep_seconds: Option<i64>,
        /// The Set-Cookie value by which the device is known from now on.
        device: String,
    },
    /// Not signed in; the status tells 429 from the rest.
    Refused(SignInProblem, Option<Span>),
    /// Another tab of this browser signed in at the same time: decide again.
    Overtaken,
}

/// Where somebody signs in.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The interaction.
    pub open: &'a Open,
    /// Its browser.
    pub browser: &'a Browser,
    /// What was read about both.
    pub here: &'a AuthorizeRow,
    /// The browser and its system by name, where they are known.
    pub browser_name: Option<&'a str>,
}

/// Tries to sign a person in to the interaction's browser.
pub async fn sign_in(cx: &Cx, place: Place<'_>, attempt: Attempt, stay: Stay) -> Result<Outcome, Fault> {
    match check(cx, attempt).await? {
        Verdict::Right(proven) => store::store_session(cx, place, &proven, stay).await,
        Verdict::Refused(problem, wait) => {
            if let Some(cause) = cause(problem) {
                cx.refused(cause, "", &place.open.interaction.client_id);
            }
            Ok(Outcome::Refused(problem, wait))
        }
    }
}

/// The sentence for the log of a refusal that counts as one.
pub const fn cause(problem: SignInProblem) -> Option<&'static str> {
    match problem {
        SignInProblem::Mismatch => Some("sign_in: name and password do not go together"),
        SignInProblem::TooManyTries { .. } => Some("sign_in: too many tries"),
        _ => None,
    }
}

/// Finds out whether a name and a password go together: the one way for every door that takes a password, with the same counters, the
/// same statements and exactly one hash whatever is true.
pub async fn check(cx: &Cx, attempt: Attempt) -> Result<Verdict, Fault> {
    let verdict = look(cx, attempt).await?;
    cx.app.metrics.password(counted_as(&verdict));
    Ok(verdict)
}

/// What a verdict is counted as.
const fn counted_as(verdict: &Verdict) -> PasswordOutcome {
    match verdict {
        Verdict::Right(_) => PasswordOutcome::Right,
        Verdict::Refused(SignInProblem::Mismatch, _) => PasswordOutcome::Wrong,
        Verdict::Refused(SignInProblem::TooManyTries { .. }, _) => PasswordOutcome::Throttled,
        Verdict::Refused(SignInProblem::Busy, _) => PasswordOutcome::Busy,
        Verdict::Refused(..) => PasswordOutcome::Refused,
    }
}

async fn look(cx: &Cx, attempt: Attempt) -> Result<Verdict, Fault> {
    if attempt.password.expose().len() > limits::PASSWORD_BYTES {
        return Ok(Verdict::Refused(SignInProblem::Mismatch, None));
    }
    let Some(key) = IdentifierKey::fold(&attempt.identifier) else {
        return Ok(Verdict::Refused(SignInProblem::IdentifierMissing, None));
    };
    let counters = Counters::new(&cx.app.keys.counters, cx.pool.id, &key, source(cx, &attempt.source));
    let guesses = &cx.app.guesses;
    let by_name = guesses.announce(cx.pool.id, counters.by_name);
    let by_source = guesses.announce(cx.pool.id, counters.by_source);
    let before = guesses.failures();
    let presented = attempt.device.as_ref().map(|device| device.id);
    let keys = LoginKeys {
        identifier_key: key.as_str(),
        by_name: counters.by_name,
        by_source: counters.by_source,
        device: presented,
    };
    let kind = attempt.kind;
    let read = async || {
        let read = cx.store().login(cx.pool.id, keys).await?;
        // A name of another kind than the one that was said is nobody's.
        match kind.is_none_or(|kind| is_of_kind(&read, &key, kind)) {
            true => Ok::<_, Fault>(read),
            false => Ok(read.of_nobody()),
        }
    };
    let mut login = read().await?;
    // A person has one counter for all their names, beside that of the name; for a name that is nobody's as much is written in vain.
    let nobody = usher_crypto::sha256(&counters.by_name);
    let person = login.user.as_ref().map_or_else(|| nobody.to_vec(), |u| u.id.as_bytes().to_vec());
    let by_person = guesses.announce(cx.pool.id, usher_crypto::sha256(&person));
    let on_device = [presented.as_ref().map_or(&[0; 16], DeviceId::as_bytes).as_slice(), person.as_slice()];
    let by_device = guesses.announce(cx.pool.id, usher_crypto::sha256_parts(&on_device));
    if guesses.failures() != before {
        login = read().await?;
    }
    // Whoever signed in on this device before is not kept out by those who guess elsewhere.
    let known = login.acquaintance.filter(|known| {
        known.expires_at > cx.now && attempt.device.as_ref().is_some_and(|device| device.is(known))
    });
    let is_known = known.is_some_and(|known| !by_device.reaches(known.failures, limits::FAILURES_BY_DEVICE));
    // Telling about the source tells nothing about any account, so it needs no hash.
    match by_source.standing(login.by_source, attempt.source.limit(), cx.now) {
        Standing::Crowded if !is_known => return Ok(busy()),
        Standing::MustWait(wait) if !is_known => return Ok(too_many(wait)),
        _ => {}
    }
    let name_may = by_name.standing(login.by_name, limits::FAILURES_BY_ACCOUNT, cx.now);
    let person_may = by_person.standing(login.by_person, limits::FAILURES_BY_ACCOUNT, cx.now);
    // SP 800-63B-4 §3.2.2: "the verifier SHALL limit consecutive failed authentication attempts … to no more than 100".
    let has_tries_left = !by_person.reaches(login.in_a_row, limits::FAILURES_IN_A_ROW);

    let stored = login.user.as_ref().filter(|u| u.enabled).and_then(|u| u.password_hash.clone());
    let may_be_evaluated =
        is_known || (name_may == Standing::Free && person_may == Standing::Free && has_tries_left);
    // Invariant: a try beyond the limit is never evaluated, but costs the same hash, so that it looks the same.
    let check = Check { password: attempt.password, stored: stored.filter(|_| may_be_evaluated) };
    let checked = match cx.app.hashing.check(&cx.peer.network(), check).await {
        Ok(checked) => checked,
        Err(Busy) => return Ok(busy()),
    };
    // Only the typed name's own counter is told about. What other names of the same person have used up looks like any wrong password,
    // else one name would tell that another belongs to the same account.
    match name_may {
        Standing::Crowded if !is_known => return Ok(busy()),
        Standing::MustWait(wait) if !is_known => return Ok(too_many(wait)),
        _ => {}
    }
    let (user_id, cause) = refusal(login.user.as_ref(), person_may);
    match (checked, login.user) {
        (Checked::Right(renewed), Some(user)) => {
            let device = match (attempt.device, known) {
                (None, _) => KnownDevice::new(cx),
                (Some(device), None) => device.renewed(cx),
                (Some(device), Some(_)) => device,
            };
            Ok(Verdict::Right(Proven { user, renewed, name: counters.by_name, device }))
        }
        (_, user) => {
            let mut batch = Batch::new();
            let (pool, window) = (cx.pool.id, limits::FAILURE_WINDOW);
            match user {
                Some(user) => write::throttle::count_of_person(&mut batch, pool, user.id, cx.now, window),
                None => write::throttle::count(&mut batch, pool, &person, cx.now, window),
            }
            write::throttle::count(&mut batch, pool, &counters.by_name, cx.now, window);
            write::throttle::count(&mut batch, pool, &counters.by_source, cx.now, window);
            let event = AuditEvent {
                event: Event::SignInRefused.name(),
                client_id: None,
                user_id,
                network: Some(cx.peer.network()),
                detail: "{}".to_owned(),
            };
            let target = Some(user_id.map_or(Party::Pool(pool), Party::User));
            let about = About { actor: Some(Party::Unknown), target, cause: Some(cause) };
            cx.audit_about(&mut batch, event, about);
            // A cookie that is not the device's counts on nothing: a stranger must not make a device unknown.
            let counted = presented.filter(|_| is_known).unwrap_or(DeviceId::from_bytes([0; 16]));
            write::known_device::count(&mut batch, pool, counted, &person);
            let _ = cx.store().apply(batch).await?;
            guesses.stored_failure();
            Ok(Verdict::Refused(SignInProblem::Mismatch, None))
        }
    }
}

/// Who was meant by a try that is not let in, and the real reason, which only the audit trail tells.
fn refusal(user: Option<&UserRow>, person_may: Standing) -> (Option<UserId>, &'static str) {
    let Some(user) = user else { return (None, "sign_in: nobody has this name") };
    let cause = match (user.enabled, &user.password_hash) {
        (false, _) => "sign_in: the person is disabled",
        (true, None) => "sign_in: the person has no password",
        (true, Some(_)) if person_may != Standing::Free => {
            "sign_in: too many tries by other names of the person"
        }
        (true, Some(_)) => "sign_in: the password is wrong",
    };
    (Some(user.id), cause)
}

/// The kind of the source's counter, and of whom it is.
fn source(cx: &Cx, source: &Source) -> (&'static [u8], String) {
    match source {
        Source::Network => (b"network", cx.peer.network()),
        Source::Application(client_id) => (b"application", client_id.clone()),
    }
}

/// Whether a name is one of the person's of this kind. A user name may be the e-mail address too: it is stored once, as a user name.
fn is_of_kind(read: &LoginRow, key: &IdentifierKey, kind: NameKind) -> bool {
    let Some(user) = read.user.as_ref().filter(|_| read.kind.as_deref() != Some(kind.as_str())) else {
        return read.kind.as_deref() == Some(kind.as_str());
    };
    Profile::parse(&user.profile)
        .login_names()
        .any(|(of, name)| of == kind.as_str() && IdentifierKey::fold(name).as_ref() == Some(key))
}

/// In a moment it can be tried again.
fn busy() -> Verdict {
    Verdict::Refused(SignInProblem::Busy, Some(Span::seconds(5)))
}

fn too_many(wait: Span) -> Verdict {
    Verdict::Refused(SignInProblem::TooManyTries { minutes: minutes(wait) }, Some(wait))
}

/// Minutes of a wait, rounded up.
pub const fn minutes(wait: Span) -> i64 {
    (wait.as_seconds() + 59) / 60
}

/// A person whose password was right a moment ago. Made by [`check`] only.
pub struct Proven {
    user: UserRow,
    renewed: Option<String>,
    name: [u8; 32],
    /// The device that it was typed on, as it is known from now on.
    device: KnownDevice,
}

impl Proven {
    /// The person, as read with the password's hash.
    pub const fn user(&self) -> &UserRow {
        &self.user
    }

    /// Refuses the batch by [`USER`] where the password that was checked is not the person's any more, or the person may not sign in any
    /// more; forgets the wrong tries; stores the hash at today's cost where it was weaker.
    pub fn stands(&self, cx: &Cx, batch: &mut Batch) {
        let hash = self.user.password_hash.as_deref().unwrap_or_default();
        match &self.renewed {
            Some(renewed) => write::user::rehash(batch, USER, cx.pool.id, self.user.id, hash, renewed),
            None => write::user::password_stands(batch, USER, cx.pool.id, self.user.id, hash),
        }
        self.forget_tries(cx, batch);
    }

    /// Forgets the wrong tries.
    pub(crate) fn forget_tries(&self, cx: &Cx, batch: &mut Batch) {
        write::throttle::forget_person(batch, cx.pool.id, self.user.id);
        write::throttle::reset(batch, cx.pool.id, &self.name);
    }
}

/// The guard by which a batch is refused whose password is not the person's any more.
pub const USER: &str = "the person may sign in by this password";
