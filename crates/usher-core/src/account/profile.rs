//! A person's own claims: which of them they may change here, and the change. A claim that says whether an address is verified is never
//! theirs to set. An e-mail address is a login name: theirs is another one once they have followed a link that was sent there, so that
//! nobody takes an address that is not theirs, and the answer tells nobody whether somebody has it.

pub use crate::mail::verify::AddressAsked;
use crate::mail::verify::{self, queue_change};
use crate::profile::check::problem;
use crate::profile::{CHANGEABLE, Claims, Profile};
use crate::registration::update_user;
use crate::trail::Event;
use crate::{AuthnContext, Cx, Fault};
use serde_json::{Map, Value};
use usher_store::tables::{AuditEvent, UserRow, write};
use usher_store::{Applied, Batch};
use usher_types::fold::IdentifierKey;
use usher_types::mail::Letter;
use usher_types::page::FieldProblem;

/// Those that people may change where the pool does not say so: no login name, and not the name by which applications may know them.
const USUAL: [&str; 13] = [
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "nickname",
    "gender",
    "birthdate",
    "locale",
    "zoneinfo",
    "website",
    "profile",
    "picture",
    "address",
];

/// The members of the address (OpenID Connect Core §5.1.1).
const ADDRESS: [&str; 6] = [
    "address.street_address",
    "address.postal_code",
    "address.locality",
    "address.region",
    "address.country",
    "address.formatted",
];

/// The names of the fields that people may fill in in this pool, in order.
pub fn fields(cx: &Cx) -> Vec<&'static str> {
    let declared = cx.pool.settings.profile_editable.as_ref();
    let may = |claim: &str| match declared {
        Some(declared) => declared.iter().any(|d| d == claim),
        None => USUAL.contains(&claim),
    };
    // Nobody can show that a telephone number is theirs, and an address only where mails are sent.
    let can_prove =
        |claim: &str| claim != "phone_number" && (claim != "email" || cx.app.world.mailer.is_some());
    let claims = CHANGEABLE.into_iter().filter(|claim| may(claim) && can_prove(claim));
    claims.flat_map(|claim| if claim == "address" { ADDRESS.to_vec() } else { vec![claim] }).collect()
}

/// The standard claims of a person that these fields do not hold: name and value.
pub fn fixed(profile: &Profile, fields: &[&str]) -> Vec<(String, String)> {
    let others = CHANGEABLE.into_iter().filter(|claim| *claim != "address" && !fields.contains(claim));
    others.filter_map(|claim| Some((claim.to_owned(), text(profile, claim)?))).collect()
}

/// What a person's profile holds for a field.
pub fn text(profile: &Profile, field: &str) -> Option<String> {
    let value = match field.split_once('.') {
        Some((claim, member)) => profile.claim(claim)?.get(member)?,
        None => profile.claim(field)?,
    };
    value.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

/// What came of a change.
#[derive(Debug)]
pub enum Outcome {
    /// It is stored; an address is once it is shown to be theirs, by a mail that was sent.
    Done {
        /// What came of the address, where it was to be another one.
        address: Option<AddressAsked>,
    },
    /// It cannot be: the fields and why.
    Refused(Vec<(String, FieldProblem)>),
    /// The person was changed meanwhile: look again.
    Overtaken,
}

/// Changes what was typed into fields; a field that is not named stays as it is, an empty one is forgotten. Whether the person may fill
/// in these fields was seen to before ([`fields`]).
pub async fn change(cx: &Cx, person: &AuthnContext, typed: &[(String, String)]) -> Result<Outcome, Fault> {
    let (pool, user) = (cx.pool.id, person.user_id());
    let Some(row) = cx.store().user_by_id(pool, user).await?.filter(|u| u.enabled) else {
        return Ok(Outcome::Overtaken);
    };
    let before = Profile::parse(&row.profile);
    let changed: Vec<(&str, &str)> = typed
        .iter()
        .map(|(field, value)| (field.as_str(), value.trim()))
        .filter(|(field, value)| text(&before, field).unwrap_or_default() != *value)
        .collect();
    if changed.is_empty() {
        return Ok(Outcome::Done { address: None });
    }
    let mut problems: Vec<(String, FieldProblem)> = Vec::new();
    for (field, value) in changed.iter().filter(|(_, value)| !value.is_empty()) {
        problems.extend(problem(field, value).map(|p| ((*field).to_owned(), p)));
    }
    let (address, changed): (Vec<_>, Vec<_>) =
        changed.into_iter().partition(|(field, value)| *field == "email" && !value.is_empty());
    let address = address.first().map(|(_, address)| *address);
    let (claims, username) = before.declared();
    let claims = with(&claims, &changed)?;
    let after = Profile::new(&claims, username.as_deref(), cx.now);
    let names: Vec<&str> = after.login_names().map(|(_, name)| name).collect();
    let nobody_s = |name: &&str| IdentifierKey::fold(name).is_none();
    let logins = || changed.iter().filter(|(field, _)| LOGIN_NAMES.contains(field));
    if problems.is_empty() && (names.is_empty() || names.iter().any(nobody_s)) {
        problems.extend(logins().map(|(field, _)| ((*field).to_owned(), FieldProblem::Needed)));
    }
    if !problems.is_empty() {
        return Ok(Outcome::Refused(problems));
    }
    let mut batch = Batch::new();
    let address = match address {
        None => None,
        Some(address) => Some(queue_change(cx, &mut batch, &row, address).await?),
    };
    write::session::still_there(&mut batch, SESSION, pool, person.session_id());
    if !changed.is_empty() {
        let claims: Vec<&str> = changed.iter().map(|(field, _)| *field).collect();
        let event = AuditEvent {
            event: Event::ProfileChanged.name(),
            client_id: None,
            user_id: Some(user),
            network: Some(cx.peer.network()),
            detail: serde_json::json!({ "claims": claims }).to_string(),
        };
        cx.audit(&mut batch, event);
        if claims.contains(&"email") {
            cx.tell(&mut batch, Letter::EmailChanged, &row);
        }
        let row = UserRow { profile: after.to_text(), ..row };
        update_user(&mut batch, (CHANGED, TAKEN), pool, (row, &after), cx.now);
    }
    Ok(match cx.store().apply(batch).await? {
        Applied::Done => Outcome::Done { address },
        Applied::Refused { .. } => Outcome::Overtaken,
    })
}

/// Another address that the person asked for, and that waits for its link to be followed. One read, two where there is one.
pub async fn waiting(cx: &Cx, person: &AuthnContext) -> Result<Option<String>, Fault> {
    Ok(verify::waiting(cx, person.user_id()).await?.map(|waiting| waiting.email))
}

/// Takes back that the person asked for another address: its link ends.
pub async fn withdraw(cx: &Cx, person: &AuthnContext) -> Result<super::Outcome, Fault> {
    let Some(waiting) = verify::waiting(cx, person.user_id()).await? else {
        return Ok(super::Outcome::NotThere);
    };
    let mut batch = Batch::new();
    write::session::still_there(&mut batch, SESSION, cx.pool.id, person.session_id());
    waiting.end(cx, &mut batch);
    Ok(match cx.store().apply(batch).await? {
        Applied::Done => super::Outcome::Done,
        Applied::Refused { .. } => super::Outcome::NotThere,
    })
}

/// Claims that are login names, too.
const LOGIN_NAMES: [&str; 2] = ["email", "phone_number"];

const CHANGED: &str = "the person is as they were read";
const TAKEN: &str = "the login name is free";
const SESSION: &str = "the session goes on";

/// Claims with some fields changed. What was verified was another address.
fn with(claims: &Claims, changed: &[(&str, &str)]) -> Result<Claims, Fault> {
    let custom = claims.custom.clone();
    let Ok(Value::Object(mut map)) = serde_json::to_value(claims) else {
        return Err(Fault::bug("claims are an object"));
    };
    for (field, value) in changed {
        match field.split_once('.') {
            None => put(&mut map, field, value),
            Some((claim, member)) => {
                let mut members = match map.remove(claim) {
                    Some(Value::Object(members)) => members,
                    _ => Map::new(),
                };
                put(&mut members, member, value);
                if !members.is_empty() {
                    map.insert(claim.to_owned(), Value::Object(members));
                }
            }
        }
        if LOGIN_NAMES.contains(field) {
            map.remove(&format!("{field}_verified"));
        }
    }
    let mut claims: Claims = serde_json::from_value(Value::Object(map))
        .map_err(|e| Fault::bug(&format!("changed claims cannot be read: {e}")))?;
    claims.custom = custom;
    Ok(claims)
}

fn put(map: &mut Map<String, Value>, name: &str, value: &str) {
    if value.is_empty() {
        map.remove(name);
    } else {
        map.insert(name.to_owned(), value.into());
    }
}
