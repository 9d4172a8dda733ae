//! People as they are stored: claims as JSON, login names folded, the password as its hash. What can be a password, `password` says.

use crate::client::SettingError;
use crate::password::{Password, Rule};
use crate::profile::{self, Claims, Profile};
use serde::Deserialize;
use usher_store::Batch;
use usher_store::tables::{UserRow, kind, write};
use usher_types::fold::IdentifierKey;
use usher_types::{PoolId, Secret, Timestamp, UserId};

/// A person as declared or as an administrator wants them. A declared password is set when the person is created and left alone afterwards.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSettings {
    /// A login name; the e-mail address and the telephone number among the claims are others.
    pub username: Option<String>,
    /// The first password.
    pub password: Option<Secret>,
    /// Whether the person may sign in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The person's claims.
    #[serde(default)]
    pub claims: Claims,
}

const fn yes() -> bool {
    true
}

/// The login names of a person: the setting that each comes from, the name, and its folded form.
pub fn login_keys(user: &UserSettings) -> Vec<(&'static str, &str, IdentifierKey)> {
    let declared =
        [("username", &user.username), ("claims", &user.claims.email), ("claims", &user.claims.phone_number)];
    let named = declared.into_iter().filter_map(|(key, name)| Some((key, name.as_deref()?)));
    named.filter_map(|(key, name)| Some((key, name, IdentifierKey::fold(name)?))).collect()
}

/// Checks a person: names that can be folded, at least one of them, and a password that the pool accepts.
pub fn check_user(user: &UserSettings, rule: &Rule) -> Result<(), SettingError> {
    let profile = Profile::new(&user.claims, user.username.as_deref(), Timestamp::from_millis(0));
    if profile.to_text().contains("\\u0000") {
        return Err(SettingError::new("claims", "the character U+0000 is not allowed"));
    }
    if let Some(name) = user.claims.custom.keys().find(|name| profile::is_reserved(name)) {
        let message = format!("{name:?} has a meaning of its own and cannot name a field under `custom`");
        return Err(SettingError::new("claims", message));
    }
    if let Some((name, problem)) = profile::check::first_problem(&user.claims) {
        return Err(SettingError::new("claims", format!("{name} {}", profile::check::in_words(problem))));
    }
    let mut names = 0;
    for (kind, name) in profile.login_names() {
        names += 1;
        if IdentifierKey::fold(name).is_none() {
            return Err(SettingError::new("username", format!("{name:?} cannot be a login name ({kind})")));
        }
    }
    if names == 0 {
        return Err(SettingError::new(
            "username",
            "a person needs a username, an email or a phone_number to sign in with",
        ));
    }
    if let Some(password) = &user.password {
        check_password(password, rule, &profile)?;
    }
    Ok(())
}

/// Checks a password by a pool's rule.
pub fn check_password(password: &Secret, rule: &Rule, about: &Profile) -> Result<Password, SettingError> {
    let wrong = |message: String| SettingError::new("password", message);
    let text = std::str::from_utf8(password.expose()).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    rule.check(text, about).map_err(|problem| wrong(rule.in_words(&problem)))
}

/// Stores a new person and their login names; refused by `taken` where one of these is somebody's.
pub fn insert_user(
    batch: &mut Batch,
    taken: &'static str,
    pool: PoolId,
    (row, profile): (UserRow, &Profile),
    now: Timestamp,
) {
    let id = row.id;
    write::user::insert(batch, pool, row, now);
    give_names(batch, taken, pool, (id, profile));
}

/// Replaces a person and their login names; refused by the first guard where their version is not the one that was read, by the second
/// where a login name is somebody else's. What a disabled person had ends.
pub fn update_user(
    batch: &mut Batch,
    (changed, taken): (&'static str, &'static str),
    pool: PoolId,
    (row, profile): (UserRow, &Profile),
    now: Timestamp,
) {
    let (id, enabled) = (row.id, row.enabled);
    if !enabled {
        void_unspent(batch, pool, id, now);
    }
    write::user::update(batch, changed, pool, row, now);
    write::user::delete_identifiers(batch, pool, id);
    give_names(batch, taken, pool, (id, profile));
    if !enabled {
        end_everything(batch, pool, id, now);
    }
}

/// Gives a person another password, which ends their sessions and grants: whoever knew the old one is out. Refused by `guard` where the
/// person's version is not the one that was read.
pub fn change_password(batch: &mut Batch, guard: &'static str, pool: PoolId, row: UserRow, now: Timestamp) {
    let id = row.id;
    void_unspent(batch, pool, id, now);
    write::user::update(batch, guard, pool, row, now);
    write::throttle::forget_person(batch, pool, id);
    end_everything(batch, pool, id, now);
}

/// Removes a person, which ends their sessions and grants, and with them their links and the mails that wait; refused by `guard` where
/// their version is not the one that was read.
pub fn delete_user(batch: &mut Batch, guard: &'static str, pool: PoolId, row: &UserRow, now: Timestamp) {
    // Before the person's row and after it, for the same reason as codes.
    delete_links(batch, pool, row.id);
    void_unspent(batch, pool, row.id, now);
    write::manage::user::delete(batch, guard, pool, row.id, row.version);
    write::user::delete_identifiers(batch, pool, row.id);
    write::throttle::forget_person(batch, pool, row.id);
    end_everything(batch, pool, row.id, now);
    delete_links(batch, pool, row.id);
    write::outbox::delete_of_user(batch, pool, row.id);
}

fn delete_links(batch: &mut Batch, pool: PoolId, id: UserId) {
    for kind in [kind::PASSWORD_LINK, kind::VERIFY_LINK] {
        write::ticket::delete_of_user(batch, pool, kind, id);
    }
}

/// Voids what a person allowed and nobody has fetched yet: authorization codes, and requests of devices.
///
/// A batch that shuts somebody out does this twice. First of all, since whoever fetches spends the ticket before touching the person, and
/// two batches take the same rows in the same order; and again once it holds the person's row, for what was allowed in between.
pub(crate) fn void_unspent(batch: &mut Batch, pool: PoolId, id: UserId, now: Timestamp) {
    for kind in [kind::CODE, kind::DEVICE_CODE] {
        write::ticket::void_of_user(batch, pool, kind, id, now);
    }
}

/// For a batch that has changed the person's row and began with [`void_unspent`].
fn end_everything(batch: &mut Batch, pool: PoolId, id: UserId, now: Timestamp) {
    void_unspent(batch, pool, id, now);
    write::grant::revoke_of_user(batch, pool, id, now);
    write::session::end_of_user(batch, pool, id, now);
    write::known_device::forget(batch, pool, id);
}

fn give_names(batch: &mut Batch, taken: &'static str, pool: PoolId, (id, profile): (UserId, &Profile)) {
    for (kind, key) in folded_names(profile) {
        write::user::insert_identifier(batch, taken, pool, id, key.as_str(), kind);
    }
}

/// The folded login names of a profile. A user name that is the e-mail address too is one login name.
pub(crate) fn folded_names(profile: &Profile) -> Vec<(&'static str, IdentifierKey)> {
    let mut names: Vec<(&'static str, IdentifierKey)> = Vec::new();
    for (kind, name) in profile.login_names() {
        if let Some(key) = IdentifierKey::fold(name)
            && names.iter().all(|(_, known)| *known != key)
        {
            names.push((kind, key));
        }
    }
    names
}
