//! Reading and verifying an answer with tokens, whichever way it came: from the token endpoint (RFC 6749 §5.1), or from the
//! authorization endpoint (OpenID Connect Core §3.2.2.5, §3.3.2.5).

use crate::app::App;
use crate::clock::now;
use crate::provider;
use crate::verify::{self, Beside, Expected};
use crate::walk::{Callback, Tokens, Walk};
use crate::wire::Exchange;
use serde_json::{Map, Value};
use usher_crypto::jose::VerifyingKey;

/// Where tokens came from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// The token endpoint, for the first time.
    TokenEndpoint,
    /// The token endpoint, after these had come by the front channel.
    AfterFrontChannel(&'a Tokens),
    /// The token endpoint, in place of these.
    Refresh(&'a Tokens),
    /// The authorization endpoint.
    FrontChannel(&'a Callback),
}

impl Source<'_> {
    /// The `sub` that an ID token from here must have.
    fn subject(&self) -> Option<&str> {
        match self {
            Self::AfterFrontChannel(before) | Self::Refresh(before) => before.subject.as_deref(),
            Self::TokenEndpoint | Self::FrontChannel(_) => None,
        }
    }
}

/// Reads an answer, with a look at the key set. No tokens where there is nothing that could be used.
pub(crate) async fn read(
    app: &App,
    walk: &Walk,
    answer: &Map<String, Value>,
    source: Source<'_>,
) -> (Exchange, Option<Tokens>) {
    let (exchange, keys) = provider::keys(&walk.provider).await;
    (exchange, understand(app, walk, answer, source, &keys))
}

fn understand(
    app: &App,
    walk: &Walk,
    answer: &Map<String, Value>,
    source: Source<'_>,
    keys: &[VerifyingKey],
) -> Option<Tokens> {
    let text =
        |name: &str| answer.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(str::to_owned);
    // RFC 6749 §7.1: "The client MUST NOT use an access token if it does not understand the token type."
    let is_bearer = text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer"));
    let access_token = text("access_token");
    match (&access_token, source) {
        (Some(_), _) if !is_bearer => return None,
        (None, Source::FrontChannel(_)) if text("id_token").is_some() => {}
        (None, _) => return None,
        (Some(_), _) => {}
    }
    let mut tokens = Tokens {
        // A fragment has no numbers, only text.
        expires_in: answer.get("expires_in").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok())),
        scope: text("scope"),
        rejected_scope: text("rejected_scope"),
        refresh_token_withheld: text("refresh_token_withheld"),
        id_token: text("id_token"),
        // No answer by the front channel has one; were it there, it would not be looked at.
        refresh_token: text("refresh_token").filter(|_| !matches!(source, Source::FrontChannel(_))),
        ..Tokens::default()
    };
    if let Some(id_token) = &tokens.id_token {
        let request = walk.request();
        let access = access_token.as_deref();
        let beside = match source {
            Source::FrontChannel(callback) => Beside::FrontChannel {
                access_token: access,
                code: callback.one("code"),
                state: request.map_or("", |r| r.state.as_str()),
            },
            _ => Beside::TokenEndpoint(access.unwrap_or_default()),
        };
        let expected = Expected {
            issuer: &app.demo.issuer,
            client_id: walk.credentials.client_id(),
            nonce: request.and_then(|r| r.nonce.as_deref()),
            beside,
            max_age: request.and_then(|r| r.max_age).filter(|_| !matches!(source, Source::Refresh(_))),
            subject: source.subject(),
            now: now(),
        };
        let (report, subject) = verify::id_token(id_token, keys, &expected);
        (tokens.id_report, tokens.subject) = (Some(report), subject);
    }
    tokens.access_report = access_token.as_deref().and_then(|token| verify::access_token(token, keys));
    tokens.access_token = access_token;
    if let Source::Refresh(before) = source {
        // RFC 6749 §6: without a new refresh token the old one goes on; likewise what was said about the person and the scope.
        tokens.spent_refresh_token = before.refresh_token.clone().filter(|_| tokens.refresh_token.is_some());
        tokens.refresh_token = tokens.refresh_token.or_else(|| before.refresh_token.clone());
        tokens.scope = tokens.scope.or_else(|| before.scope.clone());
        if tokens.id_token.is_none() {
            (tokens.id_token, tokens.id_report) = (before.id_token.clone(), before.id_report.clone());
            tokens.subject.clone_from(&before.subject);
        }
    }
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::demo;
    use crate::kind::Kind;
    use crate::provider::Provider;
    use crate::walk::{Ask, Travel};
    use serde_json::json;

    fn read(answer: &Value, source: Source<'_>) -> Option<Tokens> {
        let app = App::new(demo());
        let ask = Ask::Direct("openid".to_owned());
        let walk =
            Walk::new("mine", Kind::Password, app.credentials(Kind::Password), Provider::default(), ask);
        understand(&app, &walk, answer.as_object().unwrap(), source, &[])
    }

    #[test]
    fn an_access_token_of_an_unknown_type_is_not_used() {
        let answer = |kind: &str| json!({ "access_token": "a", "token_type": kind, "expires_in": 60 });
        assert_eq!(read(&answer("bearer"), Source::TokenEndpoint).unwrap().expires_in, Some(60));
        assert!(read(&answer("DPoP"), Source::TokenEndpoint).is_none());
        assert!(read(&json!({ "access_token": "a" }), Source::TokenEndpoint).is_none());
        assert!(read(&json!({ "id_token": "a.b.c" }), Source::TokenEndpoint).is_none());
    }

    #[test]
    fn an_answer_by_the_front_channel_may_be_an_id_token_alone_and_has_no_refresh_token() {
        let callback = Callback { travel: Travel::Fragment, parameters: Vec::new() };
        let tokens = read(
            &json!({ "id_token": "a.b.c", "refresh_token": "r", "expires_in": "60" }),
            Source::FrontChannel(&callback),
        );
        let tokens = tokens.unwrap();
        assert!(tokens.access_token.is_none() && tokens.refresh_token.is_none() && tokens.subject.is_none());
        assert_eq!(tokens.expires_in, Some(60));
    }

    #[test]
    fn what_a_refresh_does_not_say_again_goes_on() {
        let before = Tokens {
            refresh_token: Some("old".to_owned()),
            scope: Some("openid".to_owned()),
            subject: Some("alice".to_owned()),
            ..Tokens::default()
        };
        let answer = json!({ "access_token": "a", "token_type": "Bearer", "refresh_token": "new" });
        let tokens = read(&answer, Source::Refresh(&before)).unwrap();
        assert_eq!(tokens.refresh_token.as_deref(), Some("new"));
        assert_eq!(tokens.spent_refresh_token.as_deref(), Some("old"));
        assert_eq!((tokens.scope.as_deref(), tokens.subject.as_deref()), (Some("openid"), Some("alice")));
    }
}
