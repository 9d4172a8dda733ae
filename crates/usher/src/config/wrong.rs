//! What is wrong with a setting, as the types say it, and where it is written. [`super::sentence`] makes the sentence of it.

use serde::de::{self, Expected, Unexpected};
use std::fmt;
use std::ops::Range;

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// At this place of the file.
    File(Range<usize>),
    /// In this variable.
    Variable(String),
    /// Not known yet.
    Nowhere,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A type's own sentence, which says what it expects.
    Said(String),
    /// A value that does not fit.
    Value {
        /// As it was written.
        given: String,
        /// What the type expects.
        expected: &'static str,
    },
    /// None of the words that are allowed.
    Word {
        /// As it was written.
        given: String,
        /// Those that are.
        allowed: &'static [&'static str],
    },
    /// A key that nothing reads, among these.
    Key(&'static [&'static str]),
    /// A key of the table that must be there.
    Missing(&'static str),
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    /// What.
    pub(super) what: What,
    /// The keys and numbers from the top to the value; to the table, where a key of it is missing.
    pub(super) path: Vec<String>,
    /// Where.
    pub(super) origin: Origin,
}

impl Wrong {
    /// The same, in what stands below a key.
    pub(super) fn below(mut self, key: &str, origin: &Origin) -> Self {
        self.path.insert(0, key.to_owned());
        self.at(origin)
    }

    /// The same, at a place where none is known yet.
    pub(super) fn at(mut self, origin: &Origin) -> Self {
        if self.origin == Origin::Nowhere {
            self.origin = origin.clone();
        }
        self
    }

    /// The keys and numbers to the setting itself, also where it is missing.
    pub(super) fn setting(&self) -> Vec<String> {
        let missing = match self.what {
            What::Missing(key) => Some(key.to_owned()),
            _ => None,
        };
        self.path.iter().cloned().chain(missing).collect()
    }

    /// A value that a type cannot take.
    pub(super) fn value(given: &Unexpected<'_>, expected: &dyn Expected) -> Self {
        What::Value { given: shown(given), expected: in_words(&expected.to_string()) }.into()
    }

    /// A value that should be one of some words.
    pub(super) fn word(given: &Unexpected<'_>, allowed: &'static [&'static str]) -> Self {
        What::Word { given: shown(given), allowed }.into()
    }
}

impl From<What> for Wrong {
    fn from(what: What) -> Self {
        Self { what, path: Vec::new(), origin: Origin::Nowhere }
    }
}

impl From<toml::de::Error> for Wrong {
    fn from(error: toml::de::Error) -> Self {
        let origin = error.span().map_or(Origin::Nowhere, Origin::File);
        Self { what: What::Said(error.message().to_owned()), path: Vec::new(), origin }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        What::Said(message.to_string()).into()
    }

    fn invalid_type(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::value(&given, expected)
    }

    fn invalid_value(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::value(&given, expected)
    }

    fn unknown_variant(given: &str, allowed: &'static [&'static str]) -> Self {
        Self::word(&Unexpected::Str(given), allowed)
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        What::Key(known).into()
    }

    fn missing_field(key: &'static str) -> Self {
        What::Missing(key).into()
    }
}

/// A value as somebody wrote it.
fn shown(given: &Unexpected<'_>) -> String {
    match given {
        Unexpected::Bool(flag) => flag.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Float(number) => number.to_string(),
        Unexpected::Str(text) => format!("{text:?}"),
        Unexpected::Map => "a table".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Other(words) => (*words).to_owned(),
        _ => "this".to_owned(),
    }
}

/// What the types expect, in words for people.
fn in_words(expected: &str) -> &'static str {
    match expected {
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "path string" => "a path",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        _ => "text",
    }
}
