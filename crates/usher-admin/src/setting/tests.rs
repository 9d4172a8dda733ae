//! The tables name exactly the fields of the types, and every kind fits its type.

use super::*;
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use std::collections::BTreeSet;
use usher_core::ClientSettings;
use usher_core::pool::PoolSettings;
use usher_core::profile::Claims;

/// A deserializer that reads nothing and tells which fields were asked for.
struct Fields(Option<&'static [&'static str]>);

#[derive(Debug)]
struct Enough;

impl std::fmt::Display for Enough {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
impl std::error::Error for Enough {}
impl de::Error for Enough {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for &mut Fields {
    type Error = Enough;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Enough> {
        Err(Enough)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Enough> {
        self.0 = Some(fields);
        Err(Enough)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields<T: DeserializeOwned>() -> BTreeSet<&'static str> {
    let mut seen = Fields(None);
    assert!(T::deserialize(&mut seen).is_err());
    seen.0.unwrap().iter().copied().collect()
}

fn names(table: &Table) -> BTreeSet<&'static str> {
    let names: BTreeSet<&str> = table.settings.iter().map(|s| s.name).collect();
    assert_eq!(names.len(), table.settings.len(), "a setting is there twice");
    names
}

#[test]
fn no_field_of_the_types_is_forgotten_and_none_is_invented() {
    let mut application = fields::<ClientSettings>();
    assert!(
        application.remove("access_keys"),
        "access keys are things of their own, with commands of their own"
    );
    assert_eq!(names(&APPLICATION), application);
    assert_eq!(names(&POOL), fields::<PoolSettings>());
    assert_eq!(names(&ACCESS_KEY), fields::<AccountSettings>());
    let mut user = fields::<Claims>();
    user.extend(["username", "enabled", "must_change_password"]);
    assert_eq!(names(&USER), user);
}

#[test]
fn every_setting_says_what_it_means_and_what_it_is_otherwise() {
    for table in [&APPLICATION, &POOL, &ACCESS_KEY, &USER] {
        for setting in table.settings {
            assert!(setting.meaning.ends_with('.'), "{}", setting.name);
            assert!(!table.default_in_words(setting).is_empty(), "{} has no default in words", setting.name);
        }
    }
}

#[test]
fn a_value_of_each_kind_is_taken_by_the_type_and_one_of_another_kind_is_not() {
    for table in [&APPLICATION, &POOL, &ACCESS_KEY, &USER] {
        for setting in table.settings {
            let wrong = match setting.kind {
                Kind::Text | Kind::Words => vec![Value::from(7), Value::Array(vec![])],
                Kind::Number | Kind::Seconds => vec!["7".into(), Value::from(-1), Value::from(u64::MAX)],
                Kind::Flag => vec!["true".into(), 1.into()],
                Kind::List | Kind::Objects(_) => vec!["x".into(), Value::Array(vec![7.into()])],
                Kind::Json | Kind::Members => vec!["x".into(), 7.into()],
                Kind::Picture | Kind::Secret => continue,
            };
            for value in wrong {
                assert!(table.check(setting.name, value.clone()).is_err(), "{}={value}", setting.name);
            }
            let right = match setting.kind {
                Kind::Number | Kind::Seconds => Value::from(100),
                Kind::Flag => Value::Bool(true),
                Kind::List | Kind::Objects(_) => Value::Array(vec![]),
                Kind::Members => Value::Object(Map::new()),
                _ => continue,
            };
            assert_eq!(table.check(setting.name, right), Ok(()), "{}", setting.name);
        }
    }
}

#[test]
fn the_allowed_values_are_those_that_the_types_name() {
    let allowed = |name: &str| APPLICATION.allowed(APPLICATION.find(name).unwrap().0);
    assert_eq!(allowed("application_type"), ["web", "single_page", "native"]);
    assert!(allowed("grant_types").contains(&"client_credentials".to_owned()));
    assert!(allowed("response_types").contains(&"code id_token".to_owned()));
    assert!(allowed("client_name").is_empty() && allowed("require_pkce").is_empty());
    let kinds = ["jwt", "opaque"];
    assert_eq!(allowed("access_token_format"), kinds);
}

#[test]
fn an_unknown_name_is_told_its_neighbours() {
    let message = |name: &str| APPLICATION.find(name).unwrap_err().to_string();
    assert!(message("redirect_uri").contains("did you mean redirect_uris"), "{}", message("redirect_uri"));
    assert!(message("client-name").contains("client_name"));
    assert!(!message("zzzzzzz").contains("did you mean"));
    assert!(USER.find("custom.").is_err() && USER.find("name.first").is_err());
    assert_eq!(USER.find("custom.a.b").unwrap().1, Some("a.b"));
}
