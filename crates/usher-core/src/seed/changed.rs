//! Which settings a declaration changes, for the audit trail: by the names that the command line has for them, never with their values.

use crate::pool::PoolSettings;
use crate::profile::Profile;
use crate::registration::read_settings;
use serde::Serialize;
use serde_json::{Map, Value};
use usher_store::tables::{AccessKeyAccount, AccessKeyRow, ClientRow, UserRow};

/// What a row of the trail tells of a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    settings: Vec<String>,
    others: Vec<&'static str>,
}

impl Changed {
    fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let mut settings: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
        settings.sort();
        settings.dedup();
        settings.retain(|name| value(before, name) != value(after, name));
        Self { settings, others: Vec::new() }
    }

    /// Between two stored forms of a pool's settings. What this version adds with its default is no change.
    pub(super) fn of_pool(before: &str, after: &str) -> Self {
        let read = |text: &str| members(&PoolSettings::stored(text).unwrap_or_default());
        Self::between(&read(before), &read(after))
    }

    /// Between two forms of an application.
    pub(super) fn of_application(before: &ClientRow, after: &ClientRow) -> Self {
        let read = |row: &ClientRow| match read_settings(&row.settings) {
            Ok(settings) => members(&settings),
            Err(_) => serde_json::from_str(&row.settings).unwrap_or_default(),
        };
        let (mut before_members, mut after_members) = (read(before), read(after));
        let logos = (before_members.remove("logo_digest"), after_members.remove("logo_digest"));
        for (row, members) in [(before, &mut before_members), (after, &mut after_members)] {
            members.remove("logo");
            members.insert("enabled".to_owned(), row.enabled.into());
        }
        let mut changed = Self::between(&before_members, &after_members);
        if before.secret_hash != after.secret_hash
            || before.secret_sealed.is_some() != after.secret_sealed.is_some()
        {
            changed.others.push("secret");
        }
        if logos.0.filter(|l| !l.is_null()) != logos.1.filter(|l| !l.is_null()) {
            changed.others.push("logo");
        }
        changed
    }

    /// Between two forms of an access key; its secret key is `secret`.
    pub(super) fn of_access_key(before: &AccessKeyRow, after: (&AccessKeyAccount, &[u8; 32])) -> Self {
        let read = |account: &AccessKeyAccount| {
            Map::from_iter([
                ("enabled".to_owned(), account.enabled.into()),
                ("label".to_owned(), account.label.clone().into()),
                ("scope".to_owned(), account.scope.clone().into()),
                ("access_token_lifetime".to_owned(), account.access_token_lifetime.into()),
            ])
        };
        let mut changed = Self::between(&read(&before.account), &read(after.0));
        if !usher_crypto::matches(&before.secret_hash, after.1) {
            changed.others.push("secret");
        }
        changed
    }

    /// Between two forms of a person.
    pub(super) fn of_user(before: &UserRow, after: &UserRow) -> Self {
        let read = |row: &UserRow| {
            let (claims, username) = Profile::parse(&row.profile).declared();
            let mut members = members(&claims);
            if let Some(Value::Object(custom)) = members.remove("custom") {
                members.extend(custom.into_iter().map(|(name, value)| (format!("custom.{name}"), value)));
            }
            members.insert("username".to_owned(), username.into());
            members.insert("enabled".to_owned(), row.enabled.into());
            members
        };
        Self::between(&read(before), &read(after))
    }

    /// The detail of a row.
    pub(super) fn detail(self) -> String {
        let mut detail = Map::new();
        detail.insert("by".to_owned(), "configuration".into());
        if !self.settings.is_empty() {
            detail.insert("settings".to_owned(), self.settings.into());
        }
        detail.extend(self.others.into_iter().map(|what| (what.to_owned(), "changed".into())));
        Value::Object(detail).to_string()
    }
}

/// What is absent and what is null are the same.
fn value<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

fn members(settings: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
