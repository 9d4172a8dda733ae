//! What a client checks before it believes a token (OpenID Connect Core §3.1.3.7, §3.1.3.8, §3.2.2.9 and §3.3.2.10), one check a line,
//! to be shown.

use serde_json::{Map, Value};
use usher_crypto::jose::{AcceptedType, JoseError, SigningAlgorithm, VerifyingKey, verify};
use usher_types::Timestamp;
use usher_types::opaque::base64url_decode;

/// Seconds by which two clocks may differ.
const SKEW: i64 = 60;

/// One check and its result.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Check {
    /// What is checked.
    pub(crate) name: &'static str,
    /// "right", "wrong", or "absent" where there was nothing to check.
    pub(crate) verdict: &'static str,
    /// What was found.
    pub(crate) says: String,
}

impl Check {
    /// A check with two ends.
    pub(crate) fn new(name: &'static str, holds: Result<String, String>) -> Self {
        match holds {
            Ok(says) => Self { name, verdict: "right", says },
            Err(says) => Self { name, verdict: "wrong", says },
        }
    }

    /// Nothing to check, for this reason.
    pub(crate) fn absent(name: &'static str, says: &str) -> Self {
        Self { name, verdict: "absent", says: says.to_owned() }
    }

    /// Whether it failed.
    pub(crate) fn is_wrong(&self) -> bool {
        self.verdict == "wrong"
    }
}

/// A token taken apart.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct Report {
    /// Its header, as JSON text.
    pub(crate) header: String,
    /// Its payload, as JSON text.
    pub(crate) payload: String,
    pub(crate) checks: Vec<Check>,
}

impl Report {
    /// Whether every check held.
    pub(crate) fn is_right(&self) -> bool {
        !self.checks.is_empty() && !self.checks.iter().any(Check::is_wrong)
    }
}

/// What a signature stands behind: by which algorithm, and which claims.
type Believed = (SigningAlgorithm, Map<String, Value>);

/// What an ID token is compared with.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) beside: Beside<'a>,
    pub(crate) max_age: Option<u32>,
    /// The `sub` of the first ID token, when this one comes from a refresh.
    pub(crate) subject: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// What an ID token came with, which its hashes bind it to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Beside<'a> {
    /// From the token endpoint, with this access token.
    TokenEndpoint(&'a str),
    /// From the authorization endpoint, in an answer to the request of this state.
    FrontChannel { access_token: Option<&'a str>, code: Option<&'a str>, state: &'a str },
}

/// Checks an ID token, and gives its `sub` if nothing was wrong.
pub(crate) fn id_token(
    token: &str,
    keys: &[VerifyingKey],
    expected: &Expected<'_>,
) -> (Report, Option<String>) {
    let mut report = take_apart(token);
    let (signature, believed) = signature(token, keys, AcceptedType::IsOrAbsent(&["JWT"]));
    report.checks.push(signature);
    // Nothing of a token whose signature is wrong is worth a look.
    let Some((algorithm, claims)) = believed else { return (report, None) };
    report.checks.extend(claim_checks(algorithm, &claims, expected));
    let subject = text(&claims, "sub").filter(|_| report.is_right()).map(str::to_owned);
    (report, subject)
}

fn claim_checks(
    algorithm: SigningAlgorithm,
    claims: &Map<String, Value>,
    expected: &Expected<'_>,
) -> Vec<Check> {
    let mut checks = vec![
        // "The Issuer Identifier for the OpenID Provider … MUST exactly match the value of the iss (issuer) Claim."
        same("iss: who issued it", text(claims, "iss"), expected.issuer),
        audience(claims, expected.client_id),
        authorized_party(claims, expected.client_id),
        expiry(claims, expected.now),
        nonce(claims, expected.nonce),
    ];
    checks.extend(hashes(algorithm, claims, expected.beside));
    checks.extend(expected.max_age.map(|max_age| age(claims, max_age, expected.now)));
    // Core §12.2: "its sub Claim Value MUST be the same as in the ID Token issued when the original authentication occurred".
    checks.extend(
        expected.subject.map(|subject| same("sub: the same person as before", text(claims, "sub"), subject)),
    );
    if expected.subject.is_none() {
        let subject = text(claims, "sub").filter(|s| !s.is_empty());
        let says = subject
            .map(|s| format!("{s}: what the application knows this person by"))
            .ok_or_else(|| "there is none".to_owned());
        checks.push(Check::new("sub: who signed in", says));
    }
    checks
}

/// Takes an access token apart, if it is a JWT. Its checks are the API's to make (RFC 9068 §4), not the application's.
pub(crate) fn access_token(token: &str, keys: &[VerifyingKey]) -> Option<Report> {
    if token.split('.').count() != 3 {
        return None;
    }
    let mut report = take_apart(token);
    // RFC 9068 §4: "verify that the "typ" header value is "at+jwt" or "application/at+jwt"": an ID token is not an access token.
    report.checks.push(signature(token, keys, AcceptedType::Is(&["at+jwt"])).0);
    Some(report)
}

fn signature(token: &str, keys: &[VerifyingKey], accepted: AcceptedType<'_>) -> (Check, Option<Believed>) {
    const NAME: &str = "signature";
    let read = verify(token, keys, accepted)
        .and_then(|verified| Ok((verified.claims::<Map<String, Value>>()?, verified.header)));
    match read {
        Ok((claims, header)) => {
            let says = format!(
                "{}, by the key {:?} of usher's key set",
                header.alg.as_str(),
                header.kid.unwrap_or_default()
            );
            (Check::new(NAME, Ok(says)), Some((header.alg, claims)))
        }
        Err(JoseError::UnknownKey) => {
            (Check::new(NAME, Err("the key set has no key with this kid and algorithm".to_owned())), None)
        }
        Err(error) => (Check::new(NAME, Err(error.to_string())), None),
    }
}

/// "The Client MUST validate that the aud (audience) Claim contains its client_id value".
fn audience(claims: &Map<String, Value>, client_id: &str) -> Check {
    let named = match claims.get("aud") {
        Some(Value::String(one)) => one == client_id,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(client_id)),
        _ => false,
    };
    let holds = if named {
        Ok(format!("{client_id}: this application"))
    } else {
        Err(format!("it is not meant for {client_id}"))
    };
    Check::new("aud: for whom it is", holds)
}

/// "If an azp (authorized party) Claim is present, the Client SHOULD verify that its client_id is the Claim Value."
fn authorized_party(claims: &Map<String, Value>, client_id: &str) -> Check {
    const NAME: &str = "azp: who asked for it";
    match text(claims, "azp") {
        Some(party) => same(NAME, Some(party), client_id),
        None => Check::absent(NAME, "absent, and needed only where there are several audiences"),
    }
}

/// "The current time MUST be before the time represented by the exp Claim."
fn expiry(claims: &Map<String, Value>, now: Timestamp) -> Check {
    let left = number(claims, "exp").map(|exp| exp.saturating_sub(now.seconds()));
    let born = number(claims, "iat").is_some_and(|iat| iat <= now.seconds() + SKEW);
    Check::new(
        "exp and iat: when it is valid",
        match left {
            Some(left) if left > -SKEW && born => Ok(format!("for another {} seconds", left.max(0))),
            Some(left) if left <= -SKEW => Err("it has expired".to_owned()),
            Some(_) => Err("it was issued in the future".to_owned()),
            None => Err("it never expires".to_owned()),
        },
    )
}

/// "If a nonce value was sent in the Authentication Request, a nonce Claim MUST be present and its value checked to verify that it is
/// the same value as the one that was sent".
fn nonce(claims: &Map<String, Value>, sent: Option<&str>) -> Check {
    const NAME: &str = "nonce: it answers this very request";
    match sent {
        Some(sent) => same(NAME, text(claims, "nonce"), sent),
        None => Check::absent(NAME, "none was sent"),
    }
}

/// The hashes that bind an ID token to what came with it (§3.1.3.8, §3.2.2.9, §3.3.2.10).
fn hashes(algorithm: SigningAlgorithm, claims: &Map<String, Value>, beside: Beside<'_>) -> Vec<Check> {
    const ACCESS_TOKEN: &str = "at_hash: it belongs to this access token";
    const CODE: &str = "c_hash: it belongs to this code";
    const STATE: &str = "s_hash: it belongs to this state";
    let bound =
        |name, claim, value: &str| same(name, text(claims, claim), &algorithm.half_hash(value.as_bytes()));
    match beside {
        Beside::TokenEndpoint(access_token) => match text(claims, "at_hash") {
            Some(_) => vec![bound(ACCESS_TOKEN, "at_hash", access_token)],
            None => vec![Check::absent(ACCESS_TOKEN, "absent, which is allowed from the token endpoint")],
        },
        // Here the hashes are demanded: the pieces travelled where anybody could have swapped them.
        Beside::FrontChannel { access_token, code, state } => {
            let mut checks = Vec::new();
            checks.extend(access_token.map(|token| bound(ACCESS_TOKEN, "at_hash", token)));
            checks.extend(code.map(|code| bound(CODE, "c_hash", code)));
            checks.extend(text(claims, "s_hash").map(|_| bound(STATE, "s_hash", state)));
            checks
        }
    }
}

/// "If the auth_time Claim was requested … the Client SHOULD check the auth_time Claim value and request re-authentication if it
/// determines too much time has elapsed since the last End-User authentication."
fn age(claims: &Map<String, Value>, max_age: u32, now: Timestamp) -> Check {
    let age = number(claims, "auth_time").map(|at| now.seconds().saturating_sub(at));
    Check::new(
        "auth_time: no older than max_age",
        match age {
            Some(age) if age <= i64::from(max_age) + SKEW => {
                Ok(format!("the person signed in {} seconds ago", age.max(0)))
            }
            Some(age) => Err(format!("the person signed in {age} seconds ago, which is too long")),
            None => Err("it is missing".to_owned()),
        },
    )
}

fn same(name: &'static str, found: Option<&str>, expected: &str) -> Check {
    Check::new(
        name,
        match found {
            Some(found) if found == expected => Ok(found.to_owned()),
            Some(found) => Err(format!("{found}, but {expected} was expected")),
            None => Err(format!("absent, but {expected} was expected")),
        },
    )
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn number(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    claims.get(name).and_then(Value::as_i64)
}

/// Header and payload as they are written, true or not.
fn take_apart(token: &str) -> Report {
    let mut parts = token.split('.').map(|part| {
        let bytes = base64url_decode(part).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    Report {
        header: parts.next().unwrap_or_default(),
        payload: parts.next().unwrap_or_default(),
        checks: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
