//! The `claims` parameter (OpenID Connect Core §5.5): a JSON object with the members `userinfo` and `id_token`.

use serde_json::{Map, Value};
use usher_core::grant::RequestedClaims;
use usher_crypto::jose::parse_unique_object;

/// Claims named in one request; more is refused.
const MOST: usize = 100;

/// What the parameter asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimsParameter {
    /// Claims by name, for the ID token and for userinfo.
    pub requested: RequestedClaims,
    /// The person that is demanded: the value of `sub`.
    pub sub: Option<String>,
    /// Authentication context classes of which one is demanded: the values of an essential `acr`.
    pub essential_acr: Vec<String>,
}

/// Where a claim is to go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Userinfo,
    IdToken,
}

/// Reads the parameter. §5.5: "Other members MAY be present … Any members used that are not understood MUST be ignored."
pub fn parse(text: &str) -> Result<ClaimsParameter, String> {
    let object = parse_unique_object(text.as_bytes()).map_err(|e| e.to_string())?;
    let mut parameter = ClaimsParameter::default();
    for (member, place) in [("userinfo", Place::Userinfo), ("id_token", Place::IdToken)] {
        let asked = match object.get(member) {
            None | Some(Value::Null) => continue,
            Some(Value::Object(asked)) => asked,
            Some(_) => return Err(format!("{member} must be an object")),
        };
        if asked.len() > MOST {
            return Err(format!("at most {MOST} claims can be asked for"));
        }
        read(asked, place, &mut parameter)?;
    }
    Ok(parameter)
}

fn read(asked: &Map<String, Value>, place: Place, parameter: &mut ClaimsParameter) -> Result<(), String> {
    for (name, wish) in asked {
        let values = match wish {
            Value::Null => Vec::new(),
            Value::Object(wish) => values(wish)?,
            _ => return Err("what is asked of a claim must be null or an object".to_owned()),
        };
        let essential = wish.get("essential").and_then(Value::as_bool).unwrap_or(false);
        match name.as_str() {
            // §5.5.1: a value of sub asks for that very person, and nobody else will do.
            "sub" => demand(&mut parameter.sub, values)?,
            // §5.5.1.1: an essential acr with values that cannot be met makes the sign-in fail.
            "acr" if place == Place::IdToken && essential => parameter.essential_acr = values,
            "acr" | "auth_time" | "amr" | "sid" => {}
            _ if place == Place::IdToken => parameter.requested.id_token.push(name.clone()),
            _ => parameter.requested.userinfo.push(name.clone()),
        }
    }
    Ok(())
}

fn demand(sub: &mut Option<String>, values: Vec<String>) -> Result<(), String> {
    let mut values = values.into_iter();
    let Some(value) = values.next() else { return Ok(()) };
    if values.next().is_some() || sub.as_ref().is_some_and(|s| *s != value) {
        return Err("several people are asked for".to_owned());
    }
    *sub = Some(value);
    Ok(())
}

/// `value` or `values` of one wish, as texts.
fn values(wish: &Map<String, Value>) -> Result<Vec<String>, String> {
    let text = |v: &Value| {
        v.as_str().map(str::to_owned).ok_or("a value that is asked for must be a string".to_owned())
    };
    match (wish.get("value"), wish.get("values")) {
        (Some(value), _) => Ok(vec![text(value)?]),
        (None, Some(Value::Array(values))) => values.iter().map(text).collect(),
        (None, None) => Ok(Vec::new()),
        (None, Some(_)) => Err("values must be an array".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_values_and_essential_acr_are_read() {
        let text = r#"{"userinfo":{"given_name":{"essential":true},"nickname":null},"id_token":{"email":null,"sub":{"value":"x"},"acr":{"essential":true,"values":["a","b"]}},"other":1}"#;
        let parameter = parse(text).unwrap();
        assert_eq!(parameter.requested.userinfo, ["given_name", "nickname"]);
        assert_eq!(parameter.requested.id_token, ["email"]);
        assert_eq!(parameter.sub.as_deref(), Some("x"));
        assert_eq!(parameter.essential_acr, ["a", "b"]);
    }

    #[test]
    fn what_is_no_such_object_is_refused() {
        for wrong in [
            "",
            "1",
            "[]",
            "{",
            r#"{"userinfo":1}"#,
            r#"{"id_token":{"a":1}}"#,
            r#"{"id_token":{"a":{"values":1}}}"#,
            r#"{"a":1,"a":2}"#,
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
