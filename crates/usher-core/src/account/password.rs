//! A person's own password: the present one is checked as at every door, by the same counters; the new one is stored as everywhere.

use crate::browser::Browser;
use crate::known_device::KnownDevice;
use crate::login::{self, Attempt, Proven, Source, Verdict};
use crate::new_password::{self, NewPassword, Twice};
use crate::{AuthnContext, Cx, Fault};
use usher_store::tables::write::session::BrowserSecret;
use usher_store::tables::{AuthorizeRow, write};
use usher_types::page::{NewPasswordProblem, OwnPasswordProblem, SignInProblem};
use usher_types::{Secret, Span};

/// Whose password changes, and where.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    /// The person.
    pub person: &'a AuthnContext,
    /// The browser.
    pub browser: &'a Browser,
    /// What was read about it.
    pub here: &'a AuthorizeRow,
}

/// What came of it.
pub enum Outcome {
    /// It is the person's password from now on: the browser with its new secret.
    Changed(Browser, Option<i64>),
    /// It cannot be: all that is wrong with what was typed, and how long to wait where that helps.
    Refused(Vec<OwnPasswordProblem>, Option<Span>),
    /// The person or the browser changed meanwhile.
    Overtaken,
}

/// Replaces a person's password by another. Their other sessions and all their grants end, and this browser gets a new secret.
pub async fn change(
    cx: &Cx,
    own: Own<'_>,
    (present, device): (&str, Option<KnownDevice>),
    typed: Twice<'_>,
) -> Result<Outcome, Fault> {
    let new = new_password::check_twice(cx, typed, own.person.profile()).await;
    let (proven, password) = match (prove(cx, own.person, present, device).await?, new) {
        (Ok(proven), Ok(password)) => (proven, password),
        (present, new) => {
            let (present, wait) = present.err().unzip();
            let new = new.err().unwrap_or_default();
            let wait = wait.flatten().or_else(|| wait_for(&new));
            let problems = present.into_iter().chain(new.into_iter().map(OwnPasswordProblem::New));
            return Ok(Outcome::Refused(problems.collect(), wait));
        }
    };
    let Some(hash) =
        proven.user().password_hash.as_deref().filter(|_| proven.user().id == own.person.user_id())
    else {
        return Ok(Outcome::Overtaken);
    };
    let renewed = own.browser.renewed(cx);
    let (secret, keep_seconds) = own.secret(cx, &renewed);
    let new =
        NewPassword { person: own.person, user: proven.user(), present: hash, password, client_id: None };
    let stored = new_password::replace(cx, new, |batch| {
        proven.forget_tries(cx, batch);
        write::session::rotate_browser(batch, BROWSER, cx.pool.id, &secret, own.browser.hash);
    });
    Ok(match stored.await? {
        new_password::Outcome::Changed => Outcome::Changed(renewed, keep_seconds),
        new_password::Outcome::Refused(problems) => {
            let wait = wait_for(&problems);
            Outcome::Refused(problems.into_iter().map(OwnPasswordProblem::New).collect(), wait)
        }
        new_password::Outcome::Overtaken => Outcome::Overtaken,
    })
}

/// The present password, as it is checked at every door; else what is wrong with it, and how long to wait where that helps.
async fn prove(
    cx: &Cx,
    person: &AuthnContext,
    present: &str,
    device: Option<KnownDevice>,
) -> Result<Result<Proven, (OwnPasswordProblem, Option<Span>)>, Fault> {
    if present.is_empty() {
        return Ok(Err((OwnPasswordProblem::Present, None)));
    }
    let attempt = Attempt {
        identifier: person.profile().login_name().unwrap_or_default().to_owned(),
        kind: None,
        password: Secret::from(present),
        source: Source::Network,
        device,
    };
    Ok(match login::check(cx, attempt).await? {
        Verdict::Right(proven) => Ok(proven),
        Verdict::Refused(problem, wait) => {
            if let Some(cause) = login::cause(problem) {
                cx.refused(cause, "the present password, at the account", "");
            }
            Err((refusal(problem), wait))
        }
    })
}

/// How long to wait where the machine has too much to do.
fn wait_for(problems: &[NewPasswordProblem]) -> Option<Span> {
    problems.contains(&NewPasswordProblem::Busy).then(|| Span::seconds(5))
}

impl Own<'_> {
    /// The browser's new secret as it is stored, and how long its cookie is kept beyond the browser's end: as long as before.
    fn secret(&self, cx: &Cx, renewed: &Browser) -> (BrowserSecret, Option<i64>) {
        let ends = self.here.present.iter().map(|p| p.session.expires_at);
        let expires_at = ends.max().unwrap_or(cx.now);
        let kept = self.here.present.iter().any(|p| p.session.remembered && p.session.ended_at.is_none());
        let keep_seconds = kept.then(|| expires_at.since(cx.now).as_seconds());
        (BrowserSecret { id: renewed.id, hash: renewed.hash, expires_at }, keep_seconds)
    }
}

const fn refusal(problem: SignInProblem) -> OwnPasswordProblem {
    match problem {
        SignInProblem::TooManyTries { minutes } => OwnPasswordProblem::TooManyTries { minutes },
        SignInProblem::Busy => OwnPasswordProblem::New(NewPasswordProblem::Busy),
        _ => OwnPasswordProblem::Present,
    }
}

const BROWSER: &str = "the browser's secret is still the one it showed";
