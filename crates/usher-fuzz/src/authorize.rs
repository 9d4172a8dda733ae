//! Targets for structured parameters of an authorization request.

use crate::input::utf8;
use serde_json::Value;
use usher_oauth::authorize::{parse_claims_parameter, parse_prompt};

/// Names that the `claims` parameter can mention and that are no claims to be given on request.
const NEVER_GIVEN: &[&str] = &["sub", "acr", "auth_time", "amr", "sid"];

/// The `claims` parameter: nothing is asked for that is not written there.
pub fn claims_parameter(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(parameter) = parse_claims_parameter(text) else { return };
    let object = serde_json::from_str::<Value>(text);
    assert!(object.as_ref().is_ok_and(Value::is_object), "{text}");
    let Ok(object) = object else { return };
    let asked = |member: &str| object.get(member).and_then(Value::as_object);
    let requested =
        [("id_token", &parameter.requested.id_token), ("userinfo", &parameter.requested.userinfo)];
    for (member, names) in requested {
        assert!(names.len() <= 100);
        assert!(names.iter().all(|n| asked(member).is_some_and(|a| a.contains_key(n))), "{text}");
        assert!(names.iter().all(|n| !NEVER_GIVEN.contains(&n.as_str())), "{text}");
        let written =
            asked(member).map_or(0, |a| a.keys().filter(|n| !NEVER_GIVEN.contains(&n.as_str())).count());
        assert_eq!(names.len(), written, "nothing is lost: {text}");
    }
    let mentioned = |value: &str| {
        let all = ["id_token", "userinfo"].into_iter().filter_map(asked).flat_map(|a| a.values());
        all.flat_map(|wish| [wish.get("value"), wish.get("values")]).flatten().any(|v| {
            v.as_str() == Some(value)
                || v.as_array().is_some_and(|a| a.iter().any(|v| v.as_str() == Some(value)))
        })
    };
    assert!(parameter.sub.as_deref().is_none_or(mentioned), "{text}");
    assert!(parameter.essential_acr.iter().all(|acr| mentioned(acr)), "{text}");
    let acr = asked("id_token").and_then(|a| a.get("acr"));
    let essential = acr.and_then(|a| a.get("essential")).and_then(Value::as_bool) == Some(true);
    assert!(essential || parameter.essential_acr.is_empty(), "{text}");
}

/// The `prompt` parameter: each value that is there and no other, and none beside `none`.
pub fn prompt(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let values: Vec<&str> = text.split(' ').filter(|v| !v.is_empty()).collect();
    let has = |value| values.contains(&value);
    let known = values.iter().all(|v| ["none", "login", "consent", "select_account", "create"].contains(v));
    let alone = !has("none") || values.iter().all(|v| *v == "none");
    let prompt = parse_prompt(text);
    assert_eq!(prompt.is_ok(), known && alone, "{text}");
    if let Ok(prompt) = prompt {
        let flags = [prompt.none, prompt.login, prompt.consent, prompt.select_account, prompt.create];
        assert_eq!(flags, ["none", "login", "consent", "select_account", "create"].map(has));
    }
}
