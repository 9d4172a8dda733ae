//! A new password in place of one that has to be changed: checked, hashed, and stored together with the end of everything that the old
//! one had opened, except the session at hand.

use crate::hashing::{Busy, Check, Checked};
use crate::interaction::Open;
use crate::password::{Password, Problem, Rule};
use crate::profile::Profile;
use crate::registration::void_unspent;
use crate::trail::Event;
use crate::{AuthnContext, Cx, Fault};
use usher_store::tables::write::user::PasswordChange;
use usher_store::tables::{AuditEvent, UserRow, write};
use usher_store::{Applied, Batch};
use usher_types::limits;
use usher_types::page::NewPasswordProblem;

/// What came of it.
pub enum Outcome {
    /// It is the person's password from now on.
    Changed,
    /// It cannot be: all that is wrong with it.
    Refused(Vec<NewPasswordProblem>),
    /// The person, the password or the interaction changed meanwhile: decide again.
    Overtaken,
}

/// Checks whether a text can be the password of somebody of this pool, about whom the profile says what is known. No statement; the work
/// is done by the threads that hash, in turn with other networks'.
pub async fn check(cx: &Cx, text: &str, about: &Profile) -> Result<Password, NewPasswordProblem> {
    let (rule, text, about) = (rule(cx), text.to_owned(), about.clone());
    let looked = cx.app.hashing.look(&cx.peer.network(), move || rule.check(&text, &about)).await;
    let checked = looked.map_err(|Busy| NewPasswordProblem::Busy)?;
    checked.map_err(|problem| match problem {
        Problem::Password(problem) => problem,
        Problem::Unreadable(why) => {
            tracing::error!(request.id = %cx.request_id(), why, "the list of passwords cannot be read");
            NewPasswordProblem::Busy
        }
    })
}

/// A password as it was typed, and once more.
#[derive(Clone, Copy)]
pub struct Twice<'a> {
    /// The one.
    pub password: &'a str,
    /// The other, which must be the same.
    pub again: &'a str,
}

/// The same for what was typed twice: all that is wrong with the two.
pub(crate) async fn check_twice(
    cx: &Cx,
    typed: Twice<'_>,
    about: &Profile,
) -> Result<Password, Vec<NewPasswordProblem>> {
    let is_same = typed.again == typed.password;
    let mut problems = match check(cx, typed.password, about).await {
        Ok(password) if is_same => return Ok(password),
        Ok(_) => Vec::new(),
        Err(NewPasswordProblem::Busy) => return Err(vec![NewPasswordProblem::Busy]),
        Err(problem) => vec![problem],
    };
    if !is_same {
        problems.push(NewPasswordProblem::Different);
    }
    Err(problems)
}

/// The rule of the request's pool, with its address and the names of its applications.
pub(crate) fn rule(cx: &Cx) -> Rule {
    let applications = cx.pool.clients.values().take(limits::PASSWORD_APPLICATIONS);
    let names = applications.map(|client| client.settings.client_name.clone());
    Rule::new(&cx.pool.settings, &cx.pool.name)
        .with_known(cx.app.world.known_passwords.clone())
        .with_names([cx.pool.origin().to_owned()])
        .with_names(names)
}

/// Stores a new password for a person who has to choose one, who proved lately who they are.
pub async fn change(
    cx: &Cx,
    open: &Open,
    browser: &crate::browser::Browser,
    person: &AuthnContext,
    typed: Twice<'_>,
) -> Result<Outcome, Fault> {
    if !person.must_change_password() || cx.now.since(person.auth_time()) > limits::FRESH_SIGN_IN {
        return Ok(Outcome::Overtaken);
    }
    let stored = cx.store().user_by_id(cx.pool.id, person.user_id()).await?;
    let Some(stored) = stored.filter(|u| u.enabled) else { return Ok(Outcome::Overtaken) };
    let Some(present) = stored.password_hash.as_deref() else { return Ok(Outcome::Overtaken) };
    let password = match check_twice(cx, typed, &Profile::parse(&stored.profile)).await {
        Ok(password) => password,
        Err(problems) => return Ok(Outcome::Refused(problems)),
    };
    let new =
        NewPassword { person, user: &stored, present, password, client_id: open.interaction.application() };
    replace(cx, new, |batch| open.record(cx, batch, &open.progress, browser)).await
}

/// A password that is to take the place of another.
pub(crate) struct NewPassword<'a> {
    /// Whose it is.
    pub(crate) person: &'a AuthnContext,
    /// The person as stored.
    pub(crate) user: &'a UserRow,
    /// The present one's hash.
    pub(crate) present: &'a str,
    /// The new one.
    pub(crate) password: Password,
    /// The application on whose behalf the page is shown.
    pub(crate) client_id: Option<String>,
}

/// Stores a new password that [`check`] let pass, and ends everything that the old one had opened, except the session at hand: the one
/// way for every page. `more` adds what else belongs to the batch.
pub(crate) async fn replace(
    cx: &Cx,
    new: NewPassword<'_>,
    more: impl FnOnce(&mut Batch),
) -> Result<Outcome, Fault> {
    let NewPassword { person, user: row, present, password, client_id } = new;
    let network = cx.peer.network();
    let busy = |_: Busy| Outcome::Refused(vec![NewPasswordProblem::Busy]);
    let same = Check { password: password.secret().clone(), stored: Some(present.to_owned()) };
    match cx.app.hashing.check(&network, same).await {
        Ok(Checked::Wrong) => {}
        Ok(Checked::Right(_)) => return Ok(Outcome::Refused(vec![NewPasswordProblem::Same])),
        Err(e) => return Ok(busy(e)),
    }
    let hash = match cx.app.hashing.hash(&network, password).await {
        Ok(hash) => hash,
        Err(e) => return Ok(busy(e)),
    };
    let (pool, user) = (cx.pool.id, person.user_id());
    let mut batch = Batch::new();
    void_unspent(&mut batch, pool, user, cx.now);
    let change = PasswordChange { user, from: present, to: &hash };
    write::user::change_password(&mut batch, USER, pool, &change, cx.now);
    void_unspent(&mut batch, pool, user, cx.now);
    write::session::still_there(&mut batch, SESSION, pool, person.session_id());
    write::session::end_others(&mut batch, pool, user, person.session_id(), cx.now);
    write::grant::revoke_of_user(&mut batch, pool, user, cx.now);
    write::known_device::forget_others(&mut batch, pool, user, person.auth_time());
    more(&mut batch);
    let event = AuditEvent {
        event: Event::PasswordChanged.name(),
        client_id,
        user_id: Some(user),
        network: Some(network),
        detail: "{}".to_owned(),
    };
    cx.audit(&mut batch, event);
    cx.tell_of_new_password(&mut batch, row);
    match cx.store().apply(batch).await? {
        Applied::Done => Ok(Outcome::Changed),
        Applied::Refused { .. } => Ok(Outcome::Overtaken),
    }
}

const USER: &str = "the person still has the password that was read";
const SESSION: &str = "the session goes on";
