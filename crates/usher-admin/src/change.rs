//! Changes of settings: read from what was written, checked one by one so that an error names its setting, and applied to what is there.

use crate::assignment::{Assignment, Operation};
use crate::error::AdminError;
use crate::setting::{Kind, Setting, Table};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A change of one setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The setting, or `SETTING.MEMBER`.
    pub name: String,
    /// What happens to it.
    pub action: Action,
}

/// What happens to a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// It is this from now on.
    Set(Value),
    /// These are added to it.
    Add(Vec<Value>),
    /// These are taken away from it.
    Remove(Vec<Value>),
    /// It is the default again.
    Reset,
}

/// Reads a change as it was written. Files are read, and secrets taken away, before.
pub fn read_change(table: &Table, written: Assignment<'_>) -> Result<Change, AdminError> {
    let (setting, member) = table.find(written.name)?;
    let name = written.name.to_owned();
    if written.text.is_empty() {
        return Ok(Change { name, action: Action::Reset });
    }
    if written.operation != Operation::Set {
        let values = several(setting, written)?;
        let action = match written.operation {
            Operation::Add => Action::Add(values),
            Operation::Set | Operation::Remove => Action::Remove(values),
        };
        return Ok(Change { name, action });
    }
    let value = match member {
        Some(_) => Value::from(written.text),
        None => value(setting, written.text)?,
    };
    Ok(Change { name, action: Action::Set(value) })
}

/// A value as its kind is written.
fn value(setting: &Setting, text: &str) -> Result<Value, AdminError> {
    let wrong = |what: &str| AdminError::setting(setting.name, what);
    match setting.kind {
        Kind::Text | Kind::Picture => Ok(text.into()),
        Kind::Number => text.parse::<u32>().map(Value::from).map_err(|_| wrong("a whole number is expected")),
        Kind::Seconds => read_seconds(text)
            .map(Value::from)
            .ok_or_else(|| wrong("seconds are expected, or a number with s, m, h or d, such as 10m")),
        Kind::Flag => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(wrong("true or false is expected")),
        },
        Kind::List => list(setting, text).map(Value::Array),
        Kind::Words => Ok(words(text).join(" ").into()),
        Kind::Json | Kind::Objects(_) | Kind::Members => {
            serde_json::from_str(text).map_err(|e| wrong(&format!("JSON or @file is expected ({e})")))
        }
        Kind::Secret => Err(wrong("a secret is never written out: give @file, or - for standard input")),
    }
}

/// Seconds, or a number with its unit.
pub fn read_seconds(text: &str) -> Option<u32> {
    let (number, unit) = match text.char_indices().last()? {
        (at, 's') => (text.get(..at)?, 1),
        (at, 'm') => (text.get(..at)?, 60),
        (at, 'h') => (text.get(..at)?, 3_600),
        (at, 'd') => (text.get(..at)?, 86_400),
        _ => (text, 1),
    };
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    number.parse::<u32>().ok().filter(|_| digits)?.checked_mul(unit)
}

fn list(setting: &Setting, text: &str) -> Result<Vec<Value>, AdminError> {
    if text.starts_with('[') {
        return serde_json::from_str(text)
            .map_err(|e| AdminError::setting(setting.name, &format!("a JSON array is expected ({e})")));
    }
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if parts.iter().any(|p| p.is_empty()) {
        return Err(AdminError::setting(setting.name, "an entry between two commas is empty"));
    }
    Ok(parts.into_iter().map(Value::from).collect())
}

fn words(text: &str) -> Vec<&str> {
    text.split([' ', ',']).filter(|w| !w.is_empty()).collect()
}

/// The values of an addition or a removal.
fn several(setting: &Setting, written: Assignment<'_>) -> Result<Vec<Value>, AdminError> {
    match (setting.kind, written.operation) {
        // Of objects one is told by its member, so a name is enough to take it away.
        (Kind::List, _) | (Kind::Objects(_), Operation::Remove) => list(setting, written.text),
        (Kind::Words, _) => Ok(words(written.text).into_iter().map(Value::from).collect()),
        (Kind::Objects(_), _) => match value(setting, written.text)? {
            Value::Array(values) => Ok(values),
            single => Ok(vec![single]),
        },
        _ => {
            let message =
                format!("{} is for lists; write {}=VALUE", written.operation.as_str(), setting.name);
            Err(AdminError::setting(setting.name, &message))
        }
    }
}

/// Applies changes to settings, and reads the whole strictly. The names of what was changed come with it.
pub(crate) fn apply(
    table: &Table,
    changes: &[Change],
    mut whole: Map<String, Value>,
) -> Result<Map<String, Value>, AdminError> {
    let defaults = table.defaults();
    for (at, change) in changes.iter().enumerate() {
        let (setting, member) = table.find(&change.name)?;
        if matches!(setting.kind, Kind::Secret | Kind::Picture) {
            return Err(AdminError::setting(setting.name, "it is given apart from the other settings"));
        }
        if changes.iter().take(at).any(|other| other.name == change.name && other.action_is_whole()) {
            return Err(AdminError::setting(setting.name, "it is given twice"));
        }
        if change.action == Action::Reset && table.is_needed(setting) {
            return Err(AdminError::setting(setting.name, "it is needed and cannot be empty"));
        }
        let default = defaults.get(setting.name).cloned().unwrap_or(Value::Null);
        let before = whole.get(setting.name).filter(|v| !v.is_null()).unwrap_or(&default).clone();
        let after = match member {
            Some(member) => with_member(setting, member, &change.action, before)?,
            None => changed(setting, &change.action, before, default)?,
        };
        if !after.is_null() {
            table
                .check(setting.name, after.clone())
                .map_err(|e| AdminError::setting(setting.name, &in_words(&e)))?;
        }
        match after {
            Value::Null => whole.remove(setting.name),
            after => whole.insert(setting.name.to_owned(), after),
        };
    }
    table.read(whole)
}

impl Change {
    const fn action_is_whole(&self) -> bool {
        matches!(self.action, Action::Set(_) | Action::Reset)
    }
}

fn changed(setting: &Setting, action: &Action, before: Value, default: Value) -> Result<Value, AdminError> {
    let wrong = |what: &str| AdminError::setting(setting.name, what);
    let mut entries = match (action, setting.kind, before) {
        (Action::Set(value), ..) => return Ok(value.clone()),
        (Action::Reset, ..) => return Ok(default),
        (_, Kind::List | Kind::Objects(_), Value::Array(entries)) => entries,
        (_, Kind::List | Kind::Objects(_) | Kind::Words, Value::Null) if setting.otherwise == "none" => {
            Vec::new()
        }
        (_, Kind::List, Value::Null) => {
            return Err(wrong(&format!(
                "it has its default ({}), to which nothing can be added and from which nothing can be taken: write all of it, {}=A,B",
                setting.otherwise, setting.name
            )));
        }
        (_, Kind::Words, Value::String(text)) => words(&text).into_iter().map(Value::from).collect(),
        _ => return Err(wrong("only lists can be added to and taken from")),
    };
    let key = |entry: &Value| match setting.kind {
        Kind::Objects(key) => entry.get(key).cloned().unwrap_or_else(|| entry.clone()),
        _ => entry.clone(),
    };
    match action {
        Action::Add(values) => {
            for value in values {
                entries.retain(|entry| key(entry) != key(value));
                entries.push(value.clone());
            }
        }
        Action::Remove(values) => {
            for value in values {
                let before = entries.len();
                entries.retain(|entry| key(entry) != key(value));
                if entries.len() == before {
                    return Err(wrong(&format!("{} is not among them", shown(value))));
                }
            }
        }
        Action::Set(_) | Action::Reset => {}
    }
    Ok(match setting.kind {
        Kind::Words => entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ").into(),
        _ => Value::Array(entries),
    })
}

/// An object with one member set or taken away.
fn with_member(setting: &Setting, member: &str, action: &Action, before: Value) -> Result<Value, AdminError> {
    let mut members = match before {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    match action {
        Action::Set(value) => {
            members.insert(member.to_owned(), value.clone());
        }
        Action::Reset => {
            members.remove(member);
        }
        Action::Add(_) | Action::Remove(_) => {
            return Err(AdminError::setting(setting.name, "only lists can be added to and taken from"));
        }
    }
    Ok(if members.is_empty() { Value::Null } else { Value::Object(members) })
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("{text:?}"))
}

/// What the types say, in the words of a command line: names without the quotes of code.
fn in_words(message: &str) -> String {
    message.replace('`', "").replace('\n', "; ").replace("unknown variant ", "unknown value ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::{APPLICATION, POOL, USER};
    use serde_json::json;

    fn applied(table: &Table, written: &[&str], before: Value) -> Result<Value, String> {
        let Value::Object(before) = before else { panic!("an object is needed") };
        let read = |text: &&str| {
            read_change(table, Assignment::parse(text).map_err(|e| AdminError::Wrong(e.to_string()))?)
        };
        let changes: Result<Vec<Change>, AdminError> = written.iter().map(read).collect();
        let after = changes.and_then(|changes| apply(table, &changes, before));
        after.map(Value::Object).map_err(|e| e.to_string())
    }

    fn shop() -> Value {
        json!({ "client_id": "shop", "client_name": "Shop", "redirect_uris": ["https://a.test/cb"] })
    }

    #[test]
    fn lists_are_set_added_to_taken_from_and_emptied() {
        let uris =
            |written: &[&str]| applied(&APPLICATION, written, shop()).unwrap()["redirect_uris"].clone();
        assert_eq!(
            uris(&["redirect_uris=https://b.test/cb,https://c.test/cb"]),
            json!(["https://b.test/cb", "https://c.test/cb"])
        );
        assert_eq!(
            uris(&["redirect_uris+=https://b.test/cb"]),
            json!(["https://a.test/cb", "https://b.test/cb"])
        );
        assert_eq!(uris(&["redirect_uris+=https://a.test/cb"]), json!(["https://a.test/cb"]));
        assert_eq!(uris(&["redirect_uris-=https://a.test/cb"]), json!([]));
        assert_eq!(uris(&["redirect_uris="]), json!([]));
        assert_eq!(
            uris(&[r#"redirect_uris=["https://a.test/cb?x=1,2"]"#]),
            json!(["https://a.test/cb?x=1,2"])
        );
    }

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        let whole = applied(
            &APPLICATION,
            &[
                "scope=openid,email",
                "access_token_lifetime=10m",
                "refresh_token_grace=0",
                "require_pkce=true",
                "grant_types=authorization_code,urn:ietf:params:oauth:grant-type:device_code",
                "response_types=code,code id_token",
                r#"scopes=[{"name":"orders","description":"See your orders"}]"#,
                "enabled=false",
            ],
            shop(),
        )
        .unwrap();
        assert_eq!(whole["scope"], "openid email");
        assert_eq!(whole["access_token_lifetime"], 600);
        assert_eq!(whole["refresh_token_grace"], 0);
        assert_eq!(whole["require_pkce"], true);
        assert_eq!(whole["grant_types"][1], "urn:ietf:params:oauth:grant-type:device_code");
        assert_eq!(whole["response_types"], json!(["code", "code id_token"]));
        assert_eq!(whole["scopes"][0]["name"], "orders");
        assert_eq!(whole["enabled"], false);
    }

    #[test]
    fn an_empty_value_is_the_default_again() {
        let mut before = shop();
        before["scope"] = "openid".into();
        before["access_token_lifetime"] = 60.into();
        let after = applied(&APPLICATION, &["scope=", "access_token_lifetime="], before).unwrap();
        assert_eq!(after["scope"], "openid profile email phone address offline_access");
        assert_eq!(after["access_token_lifetime"], Value::Null);
    }

    #[test]
    fn objects_are_told_by_their_name_and_words_one_by_one() {
        let mut before = shop();
        before["scopes"] = json!([{ "name": "a" }, { "name": "b" }]);
        let after = applied(
            &APPLICATION,
            &["scopes-=a", r#"scopes+={"name":"b","description":"new"}"#, "scope-=phone address"],
            before,
        );
        let after = after.unwrap();
        assert_eq!(after["scopes"].as_array().unwrap().len(), 1);
        assert_eq!(after["scopes"][0]["description"], "new");
        assert_eq!(after["scope"], Value::from("openid profile email offline_access"));
    }

    #[test]
    fn members_are_set_one_by_one() {
        let before = json!({ "address": { "locality": "Rome" }, "custom": { "a": 1 } });
        let after = applied(&USER, &["address.country=Italy", "custom.a=", "custom.b=x"], before).unwrap();
        assert_eq!(after["address"], json!({ "locality": "Rome", "country": "Italy" }));
        assert_eq!(after["custom"], json!({ "b": "x" }));
        assert!(applied(&USER, &["address.planet=Earth"], json!({})).unwrap_err().contains("address"));
    }

    #[test]
    fn a_wrong_value_names_its_setting_and_what_is_allowed() {
        for (table, written, words) in [
            (&APPLICATION, "application_type=webapp", &["application_type", "single_page"][..]),
            (&APPLICATION, "grant_types=code", &["grant_types", "authorization_code"]),
            (&APPLICATION, "require_pkce=yes", &["require_pkce", "true or false"]),
            (&APPLICATION, "code_lifetime=soon", &["code_lifetime", "10m"]),
            (&APPLICATION, "code_lifetime=99999999d", &["code_lifetime"]),
            (&APPLICATION, "jwks={", &["jwks", "JSON"]),
            (&APPLICATION, "redirect_uris=https://a.test/,", &["redirect_uris", "empty"]),
            (&APPLICATION, "redirect_uris=http://a.test/", &["redirect_uris", "https"]),
            (
                &APPLICATION,
                "redirect_uris-=https://b.test/",
                &["redirect_uris", "https://b.test/", "not among"],
            ),
            (&APPLICATION, "client_name+=x", &["client_name", "lists"]),
            (&POOL, "profile_editable+=email", &["it has its default", "profile_editable=A,B"]),
            (&POOL, "profile_editable-=nickname", &["it has its default", "profile_editable=A,B"]),
            (&APPLICATION, "client_secret=abc", &["client_secret", "@file"]),
            (&APPLICATION, "colour", &["NAME=VALUE"]),
            (&APPLICATION, "color=#123456", &["color", "colour"]),
            (&POOL, "default_locale=fr", &["default_locale", "zh-Hans"]),
            (&POOL, "password_min_characters=-1", &["password_min_characters", "number"]),
        ] {
            let error = applied(table, &[written], shop_or_nothing(table)).unwrap_err();
            assert!(words.iter().all(|w| error.contains(w)), "{written}: {error}");
            assert!(!error.contains('\n'), "{error:?}");
        }
    }

    fn shop_or_nothing(table: &Table) -> Value {
        if table.owner == APPLICATION.owner { shop() } else { json!({}) }
    }

    #[test]
    fn one_setting_given_twice_is_refused() {
        let error = applied(&APPLICATION, &["colour=#000000", "colour=#ffffff"], shop()).unwrap_err();
        assert!(error.contains("colour") && error.contains("twice"), "{error}");
    }

    #[test]
    fn spans_have_units_and_nothing_else() {
        for (text, expected) in
            [("0", 0), ("90", 90), ("90s", 90), ("10m", 600), ("24h", 86_400), ("30d", 2_592_000)]
        {
            assert_eq!(read_seconds(text), Some(expected), "{text}");
        }
        for wrong in ["", "m", "-1", "+1", "1.5h", "1w", "1 m", "٣m", "5000000000", "50000d", "1m1s"] {
            assert_eq!(read_seconds(wrong), None, "{wrong}");
        }
    }
}
