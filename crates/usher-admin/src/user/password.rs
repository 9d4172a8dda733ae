//! Passwords that a command gives, and links by which people choose their own or show an address to be theirs.

use super::{CHANGED, FirstPassword, answer, recorded};
use crate::error::AdminError;
use crate::link::{made_link, queue_verification, with_link};
use crate::outcome::Outcome;
use crate::work::Work;
use usher_core::mail::verify::Queued;
use usher_core::password::{Password, Rule};
use usher_core::pool::PoolSettings;
use usher_core::profile::Profile;
use usher_core::registration::{change_password, check_password};
use usher_core::trail::Event;
use usher_store::tables::{PoolRecord, UserRecord, UserRow};
use usher_store::{Batch, Fault};
use usher_types::Secret;

pub(super) async fn set_password(
    work: &Work<'_>,
    pool: &PoolRecord,
    record: UserRecord,
    (password, must_change): (FirstPassword, bool),
) -> Result<Outcome, AdminError> {
    if matches!(password, FirstPassword::Link) {
        let message = "a link takes no password away: usher user link makes one".to_owned();
        return Err(AdminError::Wrong(message));
    }
    let profile = Profile::parse(&record.user.profile);
    let (hash, drawn) = hashed(work, password, rule(work, pool)?, &profile).await?;
    let id = record.user.id;
    let mut batch = Batch::new();
    let row = UserRow { password_hash: hash, must_change_password: must_change, ..record.user };
    change_password(&mut batch, CHANGED, pool.pool.id, row, work.now);
    work.audit(&mut batch, pool.pool.id, recorded(Event::PasswordChanged, id, Vec::new()));
    work.apply(batch, |_| AdminError::conflict("this person")).await?;
    let mut outcome = answer(work, pool.pool.id, id, drawn).await?;
    outcome.notes.push("their sessions and grants have ended".to_owned());
    Ok(outcome)
}

pub(super) async fn send_verification(
    work: &Work<'_>,
    pool: &PoolRecord,
    record: UserRecord,
) -> Result<Outcome, AdminError> {
    let id = record.user.id;
    let mut batch = Batch::new();
    if queue_verification(work, &mut batch, pool, &settings(pool)?, &record.user) == Queued::Nothing {
        let (claims, _) = Profile::parse(&record.user.profile).declared();
        return Err(AdminError::Wrong(match claims.email {
            Some(email) => format!("{email} is verified already: there is nothing to send"),
            None => "this person has no e-mail address: set email first".to_owned(),
        }));
    }
    work.audit(&mut batch, pool.pool.id, recorded(Event::EmailVerificationSent, id, Vec::new()));
    work.apply(batch, |_| AdminError::conflict("this person")).await?;
    let mut outcome = answer(work, pool.pool.id, id, None).await?;
    outcome
        .notes
        .push("a mail is on its way to their address, where the server has a [mail] section".to_owned());
    Ok(outcome)
}

pub(super) async fn link(
    work: &Work<'_>,
    pool: &PoolRecord,
    record: UserRecord,
) -> Result<Outcome, AdminError> {
    if !record.user.enabled {
        let message = "this person may not sign in: enabled=true first, then a link".to_owned();
        return Err(AdminError::Wrong(message));
    }
    let id = record.user.id;
    let mut batch = Batch::new();
    let made = made_link(work, &mut batch, pool, &record.user)?;
    work.audit(&mut batch, pool.pool.id, recorded(Event::PasswordLinkMade, id, Vec::new()));
    work.apply(batch, |_| AdminError::conflict("this person")).await?;
    Ok(with_link(answer(work, pool.pool.id, id, None).await?, made))
}

/// A password's hash, and the password where it was drawn.
pub(super) async fn hashed(
    work: &Work<'_>,
    password: FirstPassword,
    rule: Rule,
    about: &Profile,
) -> Result<(Option<String>, Option<Secret>), AdminError> {
    match password {
        FirstPassword::None | FirstPassword::Link | FirstPassword::Given { password: None } => {
            Ok((None, None))
        }
        FirstPassword::Given { password: Some(password) } => {
            let about = about.clone();
            let checked = tokio::task::spawn_blocking(move || check_password(&password, &rule, &about)).await;
            let password = checked.map_err(|lost| Fault::bug(&lost.to_string()))??;
            Ok((Some(work.hash(password).await?), None))
        }
        FirstPassword::Drawn => {
            let drawn = work.new_secret();
            let hash = work.hash(Password::drawn(drawn.clone())).await?;
            Ok((Some(hash), Some(drawn)))
        }
    }
}

pub(super) fn rule(work: &Work<'_>, pool: &PoolRecord) -> Result<Rule, AdminError> {
    Ok(Rule::new(&settings(pool)?, &pool.pool.name).with_known(work.admin.world.known_passwords.clone()))
}

pub(super) fn settings(pool: &PoolRecord) -> Result<PoolSettings, AdminError> {
    let unreadable = |e: serde_json::Error| Fault::bug(&format!("settings of pool {}: {e}", pool.pool.name));
    Ok(serde_json::from_str(&pool.pool.settings).map_err(unreadable)?)
}
