//! Targets for what presents a JWT: the claims of an assertion, and the parameters of a token exchange.

use crate::input::utf8;
use serde_json::Value;
use std::collections::BTreeSet;
use usher_crypto::jose::parse_unique_object;
use usher_oauth::client_auth::assertion::Claims;
use usher_oauth::grant::token_exchange::{ExchangeRequest, TokenKind};
use usher_types::{Params, Span, Timestamp, limits};

/// The moment at which claims are judged, in seconds.
const NOW: i64 = 1_300_819_320;
/// The audiences that mean the server.
const OURS: [&str; 2] = ["https://op.example", "https://op.example/token"];

/// Claims of an assertion: what is accepted is for the server alone, in its time by its own words, has an id, and has an end after which
/// it is not accepted any more.
pub fn assertion_claims(data: &[u8]) {
    let Ok(members) = parse_unique_object(data) else { return };
    let Ok(claims) = serde_json::from_value::<Claims>(Value::Object(members.clone())) else { return };
    let ours = OURS.map(str::to_owned);
    let now = Timestamp::from_seconds(NOW);
    let Ok(in_time) = claims.clone().check(&ours, now) else { return };
    let member = |name: &str| members.get(name).cloned().unwrap_or_default();
    assert_eq!((member("iss"), member("sub")), (in_time.issuer.into(), in_time.subject.into()));
    assert!(member("jti").as_str().is_some_and(|id| !id.is_empty()), "{members:?}");
    let is_ours = |aud: &Value| aud.as_str().is_some_and(|aud| OURS.contains(&aud));
    match member("aud") {
        Value::Array(many) => assert!(!many.is_empty() && many.iter().all(is_ours), "{members:?}"),
        one => assert!(is_ours(&one), "{members:?}"),
    }
    let seconds = |name: &str| member(name).as_f64();
    let (skew, most) = (60.0, 660.0);
    let passed = |name: &str| seconds(name).map(|at| at - 1_300_819_320.0);
    assert!(passed("exp").is_some_and(|ahead| ahead > -skew && ahead <= most + 1.0), "{members:?}");
    assert!(passed("nbf").is_none_or(|ahead| ahead < skew + 1.0), "{members:?}");
    assert!(passed("iat").is_none_or(|ahead| ahead < skew + 1.0 && ahead >= -most), "{members:?}");
    let later = claims.exp.0.plus(limits::CLOCK_SKEW);
    assert!(claims.clone().check(&ours, later).is_err(), "it ends: {members:?}");
    let another = ["https://other.example".to_owned()];
    assert!(claims.clone().check(&another, now).is_err(), "it is for nobody else: {members:?}");
    assert!(claims.check(&ours, now.minus(Span::days(1))).is_err(), "not a day before: {members:?}");
}

/// Parameters of a token exchange: what is accepted was given once, in a kind that is known, and each target once.
pub fn exchange_request(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let Ok(params) = Params::parse(text.trim_end().as_bytes()) else { return };
    let Ok(request) = ExchangeRequest::parse(&params) else { return };
    let one = |name| params.one(name).ok().flatten();
    assert_eq!(one("subject_token"), Some(request.subject_token.as_str()));
    let kind = match request.subject_kind {
        TokenKind::AccessToken => "access_token",
        TokenKind::Jwt => "jwt",
        TokenKind::IdToken => "id_token",
    };
    let urn = |kind: &str| format!("urn:ietf:params:oauth:token-type:{kind}");
    assert_eq!(one("subject_token_type"), Some(urn(kind).as_str()));
    assert_eq!(one("actor_token"), request.actor_token.as_deref());
    let actor_kinds = [urn("access_token"), urn("jwt")];
    assert_eq!(
        request.actor_token.is_some(),
        one("actor_token_type").is_some_and(|kind| actor_kinds.iter().any(|known| known == kind))
    );
    assert!(one("requested_token_type").is_none_or(|kind| kind == urn("access_token")));
    let given: BTreeSet<&str> = params.all("resource").chain(params.all("audience")).collect();
    let read: BTreeSet<&str> = request.targets.iter().map(String::as_str).collect();
    assert_eq!((&read, request.targets.len()), (&given, given.len()));
    assert!(
        !read.contains("") && request.scope.is_none_or(|scope| scope.iter().count() <= limits::SCOPE_TOKENS)
    );
}
