//! Strict JSON objects: every member once, at every depth, so that no two readers see different values. RFC 7515 §4 and
//! RFC 7519 §4 leave duplicates to the parser; this one refuses them, and what nests deeper than [`limits::JSON_DEPTH`].

use super::JoseError;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use usher_types::limits;

/// Reads a JSON object that fills the whole input.
pub fn parse_unique_object(bytes: &[u8]) -> Result<Map<String, Value>, JoseError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value =
        DuplicateFree { depth: limits::JSON_DEPTH }.deserialize(&mut reader).map_err(|_| JoseError::Json)?;
    reader.end().map_err(|_| JoseError::Json)?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(JoseError::Json),
    }
}

/// A value without duplicate members that nests at most this deep.
#[derive(Clone, Copy)]
struct DuplicateFree {
    depth: usize,
}

impl DuplicateFree {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for DuplicateFree {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DuplicateFree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate members")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        without_nul(value).map(|text| Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        without_nul(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            without_nul::<A::Error>(&name)?;
            let value = members.next_value_seed(inside)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member is there twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

/// U+0000 is refused wherever a string comes in: databases and C libraries end a text there.
fn without_nul<E: Error>(text: &str) -> Result<&str, E> {
    if text.contains('\0') { Err(E::custom("U+0000 in a string")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth))
    }

    #[test]
    fn an_object_reads_as_it_was_written() {
        let text =
            r#" {"a":1,"b":-2,"c":1.5,"d":"é\u00e9","e":[null,true,{"a":{}}],"":18446744073709551615} "#;
        let read = parse_unique_object(text.as_bytes()).unwrap();
        assert_eq!(Value::Object(read), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn a_member_twice_is_refused_at_every_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
            r#"{"x":[[{"y":{"a":null,"a":null}}]]}"#,
            r#"{"":1,"":2}"#,
        ] {
            assert_eq!(parse_unique_object(text.as_bytes()), Err(JoseError::Json), "{text}");
        }
        assert!(parse_unique_object(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for text in [
            "",
            " ",
            "1",
            "null",
            "[]",
            "[{}]",
            "\"{}\"",
            "{",
            "{}{}",
            "{} x",
            "{'a':1}",
            "{\"a\":01}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":1e999}",
            "{\"a\":NaN}",
        ] {
            assert_eq!(parse_unique_object(text.as_bytes()), Err(JoseError::Json), "{text}");
        }
        for bytes in [
            b"{\"a\":\"\xff\"}".as_slice(),
            b"{\"a\":\"\\ud800\"}",
            b"\xef\xbb\xbf{}",
            b"{\"a\":\"\\u0000\"}",
            b"{\"\\u0000\":1}",
            b"{\"a\":\"\n\"}",
        ] {
            assert_eq!(parse_unique_object(bytes), Err(JoseError::Json), "{bytes:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(parse_unique_object(nested(limits::JSON_DEPTH).as_bytes()).is_ok());
        for depth in [limits::JSON_DEPTH + 1, 100, 100_000] {
            assert_eq!(parse_unique_object(nested(depth).as_bytes()), Err(JoseError::Json));
        }
    }
}
