//! Every setting by its name: how its value is written, what it is without one, and what it means. The types that settings are stored in
//! say which there are; a test holds these tables equal to them.

mod access_key;
mod application;
mod pool;
#[cfg(test)]
mod tests;
mod user;

pub use access_key::{ACCESS_KEY, AccountSettings};
pub use application::APPLICATION;
pub use pool::POOL;
pub use user::USER;

use crate::error::AdminError;
use serde_json::{Map, Value};

/// The settings of one kind of thing.
pub struct Table {
    /// What has them, as in "an application".
    pub owner: &'static str,
    /// The settings, the most needed first.
    pub settings: &'static [Setting],
    /// The least that makes one: what must be given.
    least: fn() -> Map<String, Value>,
    /// Reads a whole, so that the types decide what is allowed.
    read: Read,
}

/// Reads a whole as a type wants it, and writes it again; or what the type says.
type Read = fn(Map<String, Value>) -> Result<Map<String, Value>, String>;

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name, in the specifications' words where they have one.
    pub name: &'static str,
    /// How its value is written.
    pub kind: Kind,
    /// What it is where nothing is given and the types do not say it.
    pub otherwise: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text as it is.
    Text,
    /// A whole number.
    Number,
    /// Seconds, or a number with s, m, h or d.
    Seconds,
    /// `true` or `false`.
    Flag,
    /// Texts with commas between them, or a JSON array of texts.
    List,
    /// Words with spaces or commas between them.
    Words,
    /// JSON.
    Json,
    /// A JSON array of objects, of which one is told by this member.
    Objects(&'static str),
    /// A JSON object whose members can be set one by one: `NAME.MEMBER=TEXT`.
    Members,
    /// A picture's file.
    Picture,
    /// A secret: from a file or from standard input, never written out.
    Secret,
}

impl Kind {
    /// In words for people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Seconds => "seconds, or 10m, 12h, 30d",
            Self::Flag => "true or false",
            Self::List => "list, comma separated",
            Self::Words => "words",
            Self::Json => "JSON or @file",
            Self::Objects(_) => "JSON array or @file",
            Self::Members => "JSON object, or one member by NAME.MEMBER=TEXT",
            Self::Picture => "file",
            Self::Secret => "@file, or - for standard input",
        }
    }
}

impl Table {
    /// The setting that a name means, and the member where the name has one.
    pub fn find<'a>(&self, name: &'a str) -> Result<(&'static Setting, Option<&'a str>), AdminError> {
        if let Some(setting) = self.settings.iter().find(|s| s.name == name) {
            return Ok((setting, None));
        }
        let by_member = name.split_once('.').and_then(|(of, member)| {
            let setting = self.settings.iter().find(|s| s.name == of && s.kind == Kind::Members)?;
            (!member.is_empty()).then_some((setting, Some(member)))
        });
        by_member.ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> AdminError {
        let hint = did_you_mean(name, self.settings.iter().map(|s| s.name));
        AdminError::Wrong(format!("{name}: {} has no such setting{hint}", self.owner))
    }

    /// Whether a setting must be given.
    pub fn is_needed(&self, setting: &Setting) -> bool {
        (self.least)().contains_key(setting.name)
    }

    /// What is in force where nothing is given, setting by setting; null where there is nothing.
    pub fn defaults(&self) -> Map<String, Value> {
        (self.read)((self.least)()).unwrap_or_default()
    }

    /// What a setting is where nothing is given, in words.
    pub fn default_in_words(&self, setting: &Setting) -> String {
        if self.is_needed(setting) {
            return "—".to_owned();
        }
        match self.defaults().get(setting.name) {
            Some(Value::Array(list)) if !list.is_empty() => {
                list.iter().map(|v| v.as_str().unwrap_or("…")).collect::<Vec<_>>().join(",")
            }
            Some(Value::String(text)) if !text.is_empty() => text.clone(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Number(number)) => number.to_string(),
            _ => setting.otherwise.to_owned(),
        }
    }

    /// The values that a setting may have, where they are few: as the types name them when they are given another.
    pub fn allowed(&self, setting: &Setting) -> Vec<String> {
        let wrong = Value::from("\u{1}");
        let value = match setting.kind {
            Kind::Text => wrong,
            Kind::List => Value::Array(vec![wrong]),
            _ => return Vec::new(),
        };
        let Err(message) = self.check(setting.name, value) else { return Vec::new() };
        let Some((_, expected)) = message.split_once("expected") else { return Vec::new() };
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// Whether the types take a value for a setting, all others being the default; else what they say.
    pub fn check(&self, name: &str, value: Value) -> Result<(), String> {
        let mut whole = (self.least)();
        whole.insert(name.to_owned(), value);
        (self.read)(whole).map(|_| ())
    }

    /// Reads a whole as the types want it.
    pub(crate) fn read(&self, whole: Map<String, Value>) -> Result<Map<String, Value>, AdminError> {
        (self.read)(whole).map_err(AdminError::Wrong)
    }
}

/// "; did you mean …?" with the names that are like one that nothing has; nothing where none is.
pub fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut near: Vec<(f64, &str)> = known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<&str> = near.iter().take(3).map(|(_, name)| *name).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!("; did you mean {}?", names.join(" or ")),
    }
}

/// A whole of a type, read strictly and written again.
fn through<T: serde::de::DeserializeOwned + serde::Serialize>(
    whole: Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let read: T = serde_json::from_value(Value::Object(whole)).map_err(|e| e.to_string())?;
    match serde_json::to_value(&read) {
        Ok(Value::Object(written)) => Ok(written),
        Ok(_) => Err("an object is expected".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

const fn setting(name: &'static str, kind: Kind, otherwise: &'static str, meaning: &'static str) -> Setting {
    Setting { name, kind, otherwise, meaning }
}
