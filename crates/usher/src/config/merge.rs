//! One tree of settings from two sources, read by the types that the file alone would be read by: what the environment gives stands in
//! place of what the file says. The types decide how a variable's text is read, so that no setting can be forgotten. Every error knows
//! where its value comes from.

use super::environment::Given;
use super::wrong::{Origin, What, Wrong};
use serde::de::value::{MapAccessDeserializer, SeqDeserializer, StrDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with its source.
#[derive(Clone)]
pub(super) enum Node<'a> {
    /// One value as the file has it.
    Written(DeValue<'a>),
    /// As the environment has it.
    Given { variable: String, text: String },
    /// A list of the file's; each entry's key is its number.
    List(Vec<Entry<'a>>),
    /// A table of both.
    Table(Vec<Entry<'a>>),
}

/// A value below a key.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    key: String,
    origin: Origin,
    node: Node<'a>,
}

/// The file's table with the environment's settings in it.
pub(super) fn merge<'a>(table: DeTable<'a>, given: &[Given]) -> Result<Node<'a>, Wrong> {
    let mut root = entries(table);
    for one in given {
        insert(&mut root, &one.path, one)?;
    }
    Ok(Node::Table(root))
}

impl<'a> From<DeValue<'a>> for Node<'a> {
    fn from(value: DeValue<'a>) -> Self {
        match value {
            DeValue::Table(table) => Self::Table(entries(table)),
            DeValue::Array(list) => {
                let entry = |(number, value): (usize, Spanned<DeValue<'a>>)| Entry {
                    key: number.to_string(),
                    origin: Origin::File(value.span()),
                    node: value.into_inner().into(),
                };
                Self::List(list.into_iter().enumerate().map(entry).collect())
            }
            one => Self::Written(one),
        }
    }
}

fn entries(table: DeTable<'_>) -> Vec<Entry<'_>> {
    let mut all: Vec<Entry<'_>> = Vec::new();
    for (key, value) in table {
        let origin = Origin::File(key.span());
        all.push(Entry { key: key.into_inner().into_owned(), origin, node: value.into_inner().into() });
    }
    all
}

fn insert(table: &mut Vec<Entry<'_>>, path: &[String], given: &Given) -> Result<(), Wrong> {
    let Some((key, below)) = path.split_first() else { return Ok(()) };
    let origin = Origin::Variable(given.variable.clone());
    if below.is_empty() {
        let node = Node::Given { variable: given.variable.clone(), text: given.text.clone() };
        table.retain(|entry| entry.key != *key);
        table.push(Entry { key: key.clone(), origin, node });
        return Ok(());
    }
    let at = table.iter().position(|entry| entry.key == *key);
    let (origin, mut inner) = match at.map(|at| table.remove(at)) {
        None => (origin, Vec::new()),
        Some(Entry { origin, node: Node::Table(inner), .. }) => (origin, inner),
        Some(Entry { origin, .. }) => {
            let what = What::Said("a table is expected, not one value".to_owned());
            return Err(Wrong::from(what).below(key, &origin));
        }
    };
    insert(&mut inner, below, given).map_err(|wrong| wrong.below(key, &origin))?;
    table.push(Entry { key: key.clone(), origin, node: Node::Table(inner) });
    Ok(())
}

impl Node<'_> {
    /// Takes a value out, or as much as stands around it by itself; `false` where that is the whole.
    pub(super) fn take(&mut self, path: &[String]) -> bool {
        let (Self::List(entries) | Self::Table(entries)) = self else { return false };
        let Some((key, below)) = path.split_first() else { return false };
        let Some(at) = entries.iter().position(|entry| entry.key == *key) else { return false };
        let inner = entries.get_mut(at).is_some_and(|entry| entry.node.take(below));
        if !inner {
            entries.remove(at);
        }
        true
    }

    /// What stands here, in a few words.
    fn in_short(&self) -> Unexpected<'_> {
        match self {
            Self::Written(DeValue::String(text)) => Unexpected::Str(text),
            Self::Written(DeValue::Boolean(flag)) => Unexpected::Bool(*flag),
            Self::Written(DeValue::Integer(number)) => Unexpected::Other(number.as_str()),
            Self::Written(DeValue::Float(number)) => Unexpected::Other(number.as_str()),
            Self::Written(_) => Unexpected::Other("a date"),
            Self::Given { text, .. } => Unexpected::Str(text),
            Self::List(_) => Unexpected::Seq,
            Self::Table(_) => Unexpected::Map,
        }
    }
}

/// One value of the file, as it is.
fn one<'de, V: Visitor<'de>>(value: DeValue<'de>, visitor: V) -> Result<V::Value, Wrong> {
    match value {
        DeValue::String(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
        DeValue::String(Cow::Owned(text)) => visitor.visit_string(text),
        DeValue::Boolean(flag) => visitor.visit_bool(flag),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => visitor.visit_i64(number),
            Err(_) => Err(Wrong::value(&Unexpected::Other(number.as_str()), &visitor)),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => visitor.visit_f64(number),
            Err(_) => Err(Wrong::value(&Unexpected::Other(number.as_str()), &visitor)),
        },
        DeValue::Datetime(date) => Err(Wrong::value(&Unexpected::Other(&date.to_string()), &visitor)),
        other @ (DeValue::Array(_) | DeValue::Table(_)) => Node::from(other).deserialize_any(visitor),
    }
}

/// A variable's text as a number.
fn number<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Wrong> {
    match text.trim().parse() {
        Ok(number) => visitor.visit_i64(number),
        Err(_) => Err(Wrong::value(&Unexpected::Str(text), &visitor)),
    }
}

/// Reads a variable's text as the type wants it, and what the file has as it is.
macro_rules! by_source {
    ($($method:ident => |$text:ident, $visitor:ident| $read:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match self {
                Self::Given { variable, text: $text } => {
                    let $visitor = visitor;
                    let read: Result<V::Value, Wrong> = $read;
                    read.map_err(|wrong| wrong.at(&Origin::Variable(variable)))
                }
                written => written.deserialize_any(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Self::Written(value) => one(value, visitor),
            Self::Given { variable, text } => {
                let read: Result<V::Value, Wrong> = visitor.visit_string(text);
                read.map_err(|wrong| wrong.at(&Origin::Variable(variable)))
            }
            Self::List(entries) => visitor.visit_seq(Entries::new(entries)),
            Self::Table(entries) => visitor.visit_map(Entries::new(entries)),
        }
    }

    by_source! {
        deserialize_bool => |text, visitor| match text.trim() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(Wrong::value(&Unexpected::Str(&text), &visitor)),
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
            Err(_) => Err(Wrong::value(&Unexpected::Str(&text), &visitor)),
        };
        deserialize_f64 => |text, visitor| match text.trim().parse() {
            Ok(number) => visitor.visit_f64(number),
            Err(_) => Err(Wrong::value(&Unexpected::Str(&text), &visitor)),
        };
        deserialize_map => |text, visitor| Err(Wrong::value(&Unexpected::Str(&text), &visitor));
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        let Self::Given { variable, text } = self else { return self.deserialize_any(visitor) };
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items = items.map(|item| Node::Given { variable: variable.clone(), text: item.to_owned() });
        let read = visitor.visit_seq(SeqDeserializer::<_, Wrong>::new(items));
        read.map_err(|wrong| wrong.at(&Origin::Variable(variable)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Self::Table(entries) => visitor.visit_map(Entries::new(entries)),
            Self::Given { variable, .. } => {
                let what = What::Said("a table is expected, which only the file can hold".to_owned());
                Err(Wrong::from(what).at(&Origin::Variable(variable)))
            }
            // Invariant: a table has names. The types would take a list of its values, too.
            other => Err(Wrong::value(&other.in_short(), &visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self {
            Self::Given { variable, text } => {
                let text: StringDeserializer<Wrong> = text.into_deserializer();
                visitor.visit_enum(text).map_err(|wrong| wrong.at(&Origin::Variable(variable)))
            }
            Self::Written(DeValue::String(text)) => {
                let text: StringDeserializer<Wrong> = text.into_owned().into_deserializer();
                visitor.visit_enum(text)
            }
            Self::Table(entries) => visitor.visit_enum(MapAccessDeserializer::new(Entries::new(entries))),
            other => Err(Wrong::word(&other.in_short(), variants)),
        }
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Wrong> for Node<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The entries of a table or a list, one by one.
struct Entries<'a> {
    left: std::vec::IntoIter<Entry<'a>>,
    value: Option<Entry<'a>>,
}

impl<'a> Entries<'a> {
    fn new(entries: Vec<Entry<'a>>) -> Self {
        Self { left: entries.into_iter(), value: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some(entry) = self.left.next() else { return Ok(None) };
        let name: StrDeserializer<'_, Wrong> = entry.key.as_str().into_deserializer();
        let read = seed.deserialize(name).map_err(|wrong| wrong.below(&entry.key, &entry.origin));
        self.value = Some(entry);
        read.map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        let Some(Entry { key, origin, node }) = self.value.take() else {
            return Err(What::Said("a value without its key".to_owned()).into());
        };
        seed.deserialize(node).map_err(|wrong| wrong.below(&key, &origin))
    }
}

impl<'de> SeqAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some(Entry { key, origin, node }) = self.left.next() else { return Ok(None) };
        seed.deserialize(node).map(Some).map_err(|wrong| wrong.below(&key, &origin))
    }
}
