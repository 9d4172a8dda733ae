//! Signing in with a login name and a password. Whether the name is known, the account disabled or without a password, or too many
//! tries were made: the same statements run and exactly one hash of today's cost is computed.

use crate::audit::About;
use crate::browser::Browser;
use crate::guesses::{Counters, Standing};
use crate::hashing::{Busy, Check, Checked};
use crate::interaction::{self, Open, Progress};
use crate::metrics::PasswordOutcome;
use crate::profile::Profile;
use crate::session::{ACR_ONE_FACTOR, is_alive};
use crate::trail::{Event, Party};
use crate::{Cx, Fault};
use usher_store::tables::write::session::BrowserSecret;
use usher_store::tables::{AuditEvent, AuthorizeRow, LoginRow, NewSession, UserRow, write};
use usher_store::{Applied, Batch};
use usher_types::fold::IdentifierKey;
use usher_types::page::SignInProblem;
use usher_types::{Secret, SessionId, Span, UserId, limits};

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
}

/// Tries to sign a person in to the interaction's browser.
pub async fn sign_in(cx: &Cx, place: Place<'_>, attempt: Attempt, stay: Stay) -> Result<Outcome, Fault> {
    match check(cx, attempt).await? {
        Verdict::Right(proven) => store_session(cx, place, &proven, stay).await,
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
    cx.app.metrics.password(PasswordOutcome::of(&verdict));
    Ok(verdict)
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
    let kind = attempt.kind;
    let read = async || {
        let read = cx.store().login(cx.pool.id, key.as_str(), counters.by_name, counters.by_source).await?;
        // A name of another kind than the one that was said is nobody's.
        match kind.is_none_or(|kind| is_of_kind(&read, &key, kind)) {
            true => Ok::<_, Fault>(read),
            false => Ok(LoginRow { user: None, by_person: None, ..read }),
        }
    };
    let mut login = read().await?;
    // A person has one counter for all their names, beside that of the name; for a name that is nobody's as much is written in vain.
    let nobody = usher_crypto::sha256(&counters.by_name);
    let person = login.user.as_ref().map_or_else(|| nobody.to_vec(), |u| u.id.as_bytes().to_vec());
    let by_person = guesses.announce(cx.pool.id, usher_crypto::sha256(&person));
    if guesses.failures() != before {
        login = read().await?;
    }
    // Telling about the source tells nothing about any account, so it needs no hash.
    match by_source.standing(login.by_source, attempt.source.limit(), cx.now) {
        Standing::Free => {}
        Standing::Crowded => return Ok(busy()),
        Standing::MustWait(wait) => return Ok(too_many(wait)),
    }
    let name_may = by_name.standing(login.by_name, limits::FAILURES_BY_ACCOUNT, cx.now);
    let person_may = by_person.standing(login.by_person, limits::FAILURES_BY_ACCOUNT, cx.now);

    let stored = login.user.as_ref().filter(|u| u.enabled).and_then(|u| u.password_hash.clone());
    let may_be_evaluated = name_may == Standing::Free && person_may == Standing::Free;
    // Invariant: a try beyond the limit is never evaluated, but costs the same hash, so that it looks the same.
    let check = Check { password: attempt.password, stored: stored.filter(|_| may_be_evaluated) };
    let checked = match cx.app.hashing.check(&cx.peer.network(), check).await {
        Ok(checked) => checked,
        Err(Busy) => return Ok(busy()),
    };
    // Only the typed name's own counter is told about. What other names of the same person have used up looks like any wrong password,
    // else one name would tell that another belongs to the same account.
    match name_may {
        Standing::Free => {}
        Standing::Crowded => return Ok(busy()),
        Standing::MustWait(wait) => return Ok(too_many(wait)),
    }
    let (user_id, cause) = refusal(login.user.as_ref(), person_may);
    match (checked, login.user) {
        (Checked::Right(renewed), Some(user)) => {
            Ok(Verdict::Right(Proven { user, renewed, name: counters.by_name }))
        }
        _ => {
            let mut batch = Batch::new();
            let (pool, window) = (cx.pool.id, limits::FAILURE_WINDOW);
            write::throttle::count(&mut batch, pool, &counters.by_name, cx.now, window);
            write::throttle::count(&mut batch, pool, &person, cx.now, window);
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
        (true, Some(_)) if person_may != Standing::Free => "sign_in: too many tries by other names of the person",
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
        write::throttle::reset(batch, cx.pool.id, self.user.id.as_bytes());
        write::throttle::reset(batch, cx.pool.id, &self.name);
    }
}

/// One batch: the browser's new secret, the session, the interaction's progress, the counter, the audit row.
async fn store_session(
    cx: &Cx,
    Place { open, browser, here }: Place<'_>,
    proven: &Proven,
    stay: Stay,
) -> Result<Outcome, Fault> {
    let pool = cx.pool.id;
    let user_id = proven.user.id;
    let settings = &cx.pool.settings;
    let remember = stay == Stay::Remembered;
    let lifetime = if remember { settings.session_remembered() } else { settings.session_absolute() };
    // A form sent twice carries the secret that the first sending replaced: this sign-in begins a browser of its own.
    let nobody = AuthorizeRow { browser_hash: None, present: Vec::new(), ..here.clone() };
    let (here, renewed) = match open.standing {
        interaction::Standing::Former => (&nobody, Browser::new(cx)),
        interaction::Standing::Bound | interaction::Standing::Moved => (here, browser.renewed(cx)),
    };
    let keep_until = here
        .present
        .iter()
        .map(|p| p.session.expires_at)
        .chain([cx.now.plus(lifetime)])
        .max()
        .unwrap_or(cx.now);
    let secret = BrowserSecret { id: renewed.id, hash: renewed.hash, expires_at: keep_until };

    let mut batch = Batch::new();
    match here.browser_hash {
        Some(_) => write::session::rotate_browser(&mut batch, BROWSER, pool, &secret, browser.hash),
        None => write::session::insert_browser(&mut batch, BROWSER, pool, &secret, cx.now),
    }
    proven.stands(cx, &mut batch);

    let known = here
        .present
        .iter()
        .filter(|p| browser.is(here.browser_hash) && is_alive(&p.session, &cx.pool, cx.now));
    let known: Vec<_> = known.map(|p| &p.session).collect();
    let earlier = known.iter().find(|s| s.user_id == user_id);
    let session = NewSession {
        id: earlier.map_or_else(|| SessionId::new(cx.now, cx.random()), |s| s.id),
        user_id,
        sid: earlier.map_or_else(|| new_sid(cx), |s| s.sid.clone()),
        amr: "pwd".to_owned(),
        acr: ACR_ONE_FACTOR.to_owned(),
        remembered: remember,
        expires_at: cx.now.plus(lifetime),
    };
    let session_id = session.id;
    if earlier.is_some() {
        write::session::renew(&mut batch, SESSION, pool, renewed.id, session, cx.now);
    } else {
        if known.len() >= limits::SESSIONS_PER_BROWSER
            && let Some(oldest) = known.iter().min_by_key(|s| s.seen_at)
        {
            write::session::end(&mut batch, pool, browser.id, oldest.id, cx.now);
            write::grant::revoke_of_session(&mut batch, pool, oldest.id, cx.now);
        }
        write::session::insert(&mut batch, pool, renewed.id, session, cx.now);
    }
    let progress = Progress { session: Some(session_id), code: open.progress.code, ..Progress::default() };
    open.record(cx, &mut batch, &progress, &renewed);
    let event = AuditEvent {
        event: Event::SignIn.name(),
        client_id: Some(open.interaction.client_id.clone()),
        user_id: Some(user_id),
        network: Some(cx.peer.network()),
        detail: r#"{"amr":"pwd"}"#.to_owned(),
    };
    let about = About { target: Some(Party::Session(session_id)), ..About::default() };
    cx.audit_about(&mut batch, event, about);

    match cx.store().apply(batch).await? {
        Applied::Done => {
            cx.app.metrics.sign_ins.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tracing::info!(request.id = %cx.request_id(), user.id = %user_id, client.id = open.interaction.client_id, "signed in");
            let keep_seconds =
                keeps_cookie(here, browser, stay).then(|| keep_until.since(cx.now).as_seconds());
            Ok(Outcome::SignedIn { browser: renewed, keep_seconds })
        }
        Applied::Refused { guard } if guard == USER => {
            cx.refused("sign_in: disabled or changed meanwhile", "", &open.interaction.client_id);
            Ok(Outcome::Refused(SignInProblem::Mismatch, None))
        }
        Applied::Refused { .. } => Ok(Outcome::Overtaken),
    }
}

/// Whether the cookie outlives the browser: someone in it asked to be remembered.
fn keeps_cookie(here: &AuthorizeRow, browser: &Browser, stay: Stay) -> bool {
    stay == Stay::Remembered
        || (browser.is(here.browser_hash)
            && here.present.iter().any(|p| p.session.remembered && p.session.ended_at.is_none()))
}

const BROWSER: &str = "the browser's secret is still the one it showed";
const SESSION: &str = "the session goes on";
/// The guard by which a batch is refused whose password is not the person's any more.
pub const USER: &str = "the person may sign in by this password";

fn new_sid(cx: &Cx) -> String {
    let mut bytes = [0; 16];
    cx.random().fill(&mut bytes);
    usher_types::opaque::base64url(&bytes)
}
