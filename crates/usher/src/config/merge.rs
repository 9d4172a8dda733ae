//! One tree of settings from two sources, read by the types that the file alone would be read by: what the environment gives stands in
//! place of what the file says. The types decide how a variable's text is read, so that no setting can be forgotten. Every error knows
//! where its value comes from.

use super::environment::Given;
use serde::de::value::{MapAccessDeserializer, SeqDeserializer, StrDeserializer, StringDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// At this place of the file.
    File(Range<usize>),
    /// In this variable.
    Variable(String),
    /// Nowhere: it is missing.
    Nowhere,
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    /// What.
    pub(super) message: String,
    /// Where.
    pub(super) origin: Origin,
}

/// A value with its source.
pub(super) enum Node<'a> {
    /// As the file has it.
    Written(Spanned<DeValue<'a>>),
    /// As the environment has it.
    Given { variable: String, text: String },
    /// A table of both.
    Table(Vec<(String, Origin, Node<'a>)>),
}

/// The file's table with the environment's settings in it.
pub(super) fn merge<'a>(table: DeTable<'a>, given: &[Given]) -> Result<Node<'a>, Wrong> {
    let mut root = entries(table);
    for one in given {
        insert(&mut root, &one.path, one)?;
    }
    Ok(Node::Table(root))
}

fn entries(table: DeTable<'_>) -> Vec<(String, Origin, Node<'_>)> {
    let entry = |(key, value): (Spanned<DeString<'_>>, _)| {
        let at = Origin::File(key.span());
        (key.into_inner().into_owned(), at, Node::Written(value))
    };
    table.into_iter().map(entry).collect()
}

fn insert(table: &mut Vec<(String, Origin, Node<'_>)>, path: &[String], given: &Given) -> Result<(), Wrong> {
    let Some((key, below)) = path.split_first() else { return Ok(()) };
    let variable = || Origin::Variable(given.variable.clone());
    let leaf = || Node::Given { variable: given.variable.clone(), text: given.text.clone() };
    let at = table.iter().position(|(name, ..)| name == key);
    if below.is_empty() {
        table.retain(|(name, ..)| name != key);
        table.push((key.clone(), variable(), leaf()));
        return Ok(());
    }
    let (origin, mut inner) = match at.map(|at| table.remove(at)) {
        None => (variable(), Vec::new()),
        Some((_, origin, Node::Table(inner))) => (origin, inner),
        Some((_, origin, Node::Written(value))) => match value.into_inner() {
            DeValue::Table(inner) => (origin, entries(inner)),
            _ => return Err(Wrong { message: format!("{key} is a table"), origin }),
        },
        Some((_, origin, Node::Given { .. })) => {
            return Err(Wrong { message: format!("{key} is a table, not one value"), origin });
        }
    };
    insert(&mut inner, below, given)?;
    table.push((key.clone(), origin, Node::Table(inner)));
    Ok(())
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), origin: Origin::Nowhere }
    }
}

impl From<toml::de::Error> for Wrong {
    fn from(error: toml::de::Error) -> Self {
        let origin = error.span().map_or(Origin::Nowhere, Origin::File);
        Self { message: error.message().to_owned(), origin }
    }
}

impl Wrong {
    /// The same, at a place where none is known yet.
    fn at(mut self, origin: &Origin) -> Self {
        if self.origin == Origin::Nowhere {
            self.origin = origin.clone();
        }
        self
    }
}

/// Hands a call on to the file's own reader, or reads one text as the type wants it.
macro_rules! by_source {
    ($($method:ident => |$text:ident, $visitor:ident| $read:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match self {
                Self::Written(value) => Ok(ValueDeserializer::from(value).$method(visitor)?),
                Self::Table(entries) => visitor.visit_map(Entries::new(entries)),
                Self::Given { variable, text: $text } => {
                    let $visitor = visitor;
                    let read: Result<V::Value, Wrong> = $read;
                    read.map_err(|wrong| wrong.at(&Origin::Variable(variable)))
                }
            }
        })*
    };
}

fn number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Wrong> {
    let text = text.trim();
    if let Ok(number) = text.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    match text.parse::<i64>() {
        Ok(number) => visitor.visit_i64(number),
        Err(_) => Err(de::Error::custom("a whole number is expected")),
    }
}

fn one_value<T>() -> Result<T, Wrong> {
    Err(de::Error::custom("a table is expected, which only the file can hold"))
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Wrong;

    by_source! {
        deserialize_any => |text, visitor| visitor.visit_string(text);
        deserialize_bool => |text, visitor| match text.trim() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(de::Error::custom("true or false is expected")),
        };
        deserialize_i8 => |text, visitor| number(&text, visitor);
        deserialize_i16 => |text, visitor| number(&text, visitor);
        deserialize_i32 => |text, visitor| number(&text, visitor);
        deserialize_i64 => |text, visitor| number(&text, visitor);
        deserialize_u8 => |text, visitor| number(&text, visitor);
        deserialize_u16 => |text, visitor| number(&text, visitor);
        deserialize_u32 => |text, visitor| number(&text, visitor);
        deserialize_u64 => |text, visitor| number(&text, visitor);
        deserialize_f32 => |text, visitor| match text.trim().parse() {
            Ok(number) => visitor.visit_f64(number),
            Err(_) => Err(de::Error::custom("a number is expected")),
        };
        deserialize_f64 => |text, visitor| match text.trim().parse() {
            Ok(number) => visitor.visit_f64(number),
            Err(_) => Err(de::Error::custom("a number is expected")),
        };
        deserialize_char => |text, visitor| visitor.visit_string(text);
        deserialize_str => |text, visitor| visitor.visit_string(text);
        deserialize_string => |text, visitor| visitor.visit_string(text);
        deserialize_bytes => |text, visitor| visitor.visit_string(text);
        deserialize_byte_buf => |text, visitor| visitor.visit_string(text);
        deserialize_unit => |text, visitor| visitor.visit_string(text);
        deserialize_identifier => |text, visitor| visitor.visit_string(text);
        deserialize_ignored_any => |text, visitor| visitor.visit_string(text);
        deserialize_map => |_text, _visitor| one_value();
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Self::Written(value) => Ok(ValueDeserializer::from(value).deserialize_seq(visitor)?),
            Self::Table(entries) => visitor.visit_map(Entries::new(entries)),
            Self::Given { variable, text } => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                let items =
                    items.map(|item| Node::Given { variable: variable.clone(), text: item.to_owned() });
                let read = visitor.visit_seq(SeqDeserializer::<_, Wrong>::new(items));
                read.map_err(|wrong| wrong.at(&Origin::Variable(variable)))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Self::Written(value) => {
                Ok(ValueDeserializer::from(value).deserialize_newtype_struct(name, visitor)?)
            }
            other => visitor.visit_newtype_struct(other),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Self::Written(value) => {
                Ok(ValueDeserializer::from(value).deserialize_struct(name, fields, visitor)?)
            }
            other => other.deserialize_map(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Self::Written(value) => {
                Ok(ValueDeserializer::from(value).deserialize_enum(name, variants, visitor)?)
            }
            Self::Given { variable, text } => {
                let text: StringDeserializer<Wrong> = text.into_deserializer();
                visitor.visit_enum(text).map_err(|wrong| wrong.at(&Origin::Variable(variable)))
            }
            Self::Table(entries) => visitor.visit_enum(MapAccessDeserializer::new(Entries::new(entries))),
        }
    }
}

impl<'de> IntoDeserializer<'de, Wrong> for Node<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The entries of a table, one by one.
struct Entries<'a> {
    left: std::vec::IntoIter<(String, Origin, Node<'a>)>,
    value: Option<(Origin, Node<'a>)>,
}

impl<'a> Entries<'a> {
    fn new(entries: Vec<(String, Origin, Node<'a>)>) -> Self {
        Self { left: entries.into_iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some((key, origin, node)) = self.left.next() else { return Ok(None) };
        let name: StrDeserializer<'_, Wrong> = key.as_str().into_deserializer();
        let read = seed.deserialize(name).map_err(|wrong| wrong.at(&innermost(&origin, &node)));
        self.value = Some((origin, node));
        read.map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        let Some((origin, node)) = self.value.take() else {
            return Err(de::Error::custom("a value without its key"));
        };
        seed.deserialize(node).map_err(|wrong| wrong.at(&origin))
    }
}

/// Where a key is written: a table that the environment made is written where its first setting is.
fn innermost(origin: &Origin, node: &Node<'_>) -> Origin {
    match node {
        Node::Given { variable, .. } => Origin::Variable(variable.clone()),
        _ => origin.clone(),
    }
}
