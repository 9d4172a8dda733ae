//! The settings of a person: login name, whether they may sign in, and the claims of OpenID Connect Core §5.1.

use super::{Kind, Setting, Table, setting};
use serde_json::{Map, Value};
use usher_core::profile::Claims;

/// The settings of a person.
pub const USER: Table = Table { owner: "a person", settings: SETTINGS, least: Map::new, read };

/// User name and whether they may sign in stand beside the claims.
fn read(mut whole: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let username = match whole.remove("username") {
        None | Some(Value::Null) => Value::Null,
        Some(Value::String(name)) => Value::String(name),
        Some(_) => return Err("a text is expected".to_owned()),
    };
    let mut flag = |name: &str, otherwise: bool| match whole.remove(name) {
        None => Ok(Value::Bool(otherwise)),
        Some(Value::Bool(flag)) => Ok(Value::Bool(flag)),
        Some(_) => Err("true or false is expected".to_owned()),
    };
    let enabled = flag("enabled", true)?;
    let must_change = flag("must_change_password", false)?;
    let mut written = super::through::<Claims>(whole)?;
    written.insert("username".to_owned(), username);
    written.insert("enabled".to_owned(), enabled);
    written.insert("must_change_password".to_owned(), must_change);
    Ok(written)
}

const SETTINGS: &[Setting] = &[
    setting(
        "username",
        Kind::Text,
        "the name that the command gives",
        "A login name; email and phone_number are others.",
    ),
    setting(
        "enabled",
        Kind::Flag,
        "",
        "Whether the person may sign in; their grants and sessions end when they may not.",
    ),
    setting(
        "must_change_password",
        Kind::Flag,
        "",
        "Whether the person must choose another password at the next sign-in.",
    ),
    setting("name", Kind::Text, "none", "Full name."),
    setting("given_name", Kind::Text, "none", "Given name(s)."),
    setting("family_name", Kind::Text, "none", "Surname(s)."),
    setting("middle_name", Kind::Text, "none", "Middle name(s)."),
    setting("nickname", Kind::Text, "none", "Casual name."),
    setting("preferred_username", Kind::Text, "the user name", "Shorthand name."),
    setting("email", Kind::Text, "none", "E-mail address; a login name."),
    setting(
        "email_verified",
        Kind::Flag,
        "false",
        "Whether it has been verified; false again when the address changes.",
    ),
    setting("phone_number", Kind::Text, "none", "Telephone number, E.164; a login name."),
    setting(
        "phone_number_verified",
        Kind::Flag,
        "false",
        "Whether it has been verified; false again when the number changes.",
    ),
    setting("profile", Kind::Text, "none", "Profile page."),
    setting("picture", Kind::Text, "none", "Picture."),
    setting("website", Kind::Text, "none", "Web page."),
    setting("gender", Kind::Text, "none", "female, male, or other words."),
    setting("birthdate", Kind::Text, "none", "YYYY-MM-DD."),
    setting("zoneinfo", Kind::Text, "none", "Time zone, such as Europe/Paris."),
    setting("locale", Kind::Text, "none", "Language, BCP 47."),
    setting(
        "address",
        Kind::Members,
        "none",
        "Postal address: formatted, street_address, locality, region, postal_code, country.",
    ),
    setting("custom", Kind::Members, "none", "Fields of the pool's own."),
];
