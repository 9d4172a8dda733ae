//! What can be tried once there are tokens: userinfo (OpenID Connect Core §5.3), refresh (RFC 6749 §6), introspection (RFC 7662),
//! revocation (RFC 7009), a code or refresh token used twice, and signing out (RP-Initiated Logout §2).

use crate::app::App;
use crate::clients::Post;
use crate::random::unguessable;
use crate::reply::Reply;
use crate::settle;
use crate::tokens::{self, Source};
use crate::walk::{Step, Tokens, Walk};
use crate::wire::{self, Exchange, Outgoing};
use crate::{glossary, message};
use http::Method;
use serde_json::Value;

/// Something to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Userinfo,
    Refresh,
    /// The refresh token before the present one, once more.
    ReuseRefreshToken,
    Introspect,
    RevokeAccessToken,
    RevokeRefreshToken,
    /// The code, once more.
    ReplayCode,
}

impl Action {
    /// The one of this name in an address.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "userinfo" => Self::Userinfo,
            "refresh" => Self::Refresh,
            "reuse" => Self::ReuseRefreshToken,
            "introspect" => Self::Introspect,
            "revoke-access" => Self::RevokeAccessToken,
            "revoke-refresh" => Self::RevokeRefreshToken,
            "replay" => Self::ReplayCode,
            _ => return None,
        })
    }
}

/// Tries something with the tokens of a walk, and shows what went over the wire.
pub(crate) async fn run(app: &App, id: &str, browser: Option<&str>, action: Action) -> Reply {
    let walk = app.walks().find(id, browser).cloned();
    let Some(walk) = walk else { return message::no_walk(app, id) };
    let Some(tokens) = walk.tokens() else { return Reply::see_other(walk.path()) };
    let done = perform(app, &walk, tokens, action).await;
    let mut walks = app.walks();
    let Some(kept) = walks.find(id, browser) else { return message::no_walk(app, id) };
    let numbers: Vec<usize> =
        done.exchanges.into_iter().map(|exchange| kept.record(Step::Later, exchange)).collect();
    if let Some(tokens) = kept.tokens_mut() {
        // New tokens are alive, whatever was said of the old ones.
        if let Some(new) = done.tokens {
            *tokens = new;
        }
        tokens.ended = done.ended.or(tokens.ended);
    }
    let place = numbers.first().map_or_else(|| "#next".to_owned(), |number| format!("#exchange-{number}"));
    Reply::see_other(format!("{}{place}", kept.path()))
}

/// What came of an action.
#[derive(Default)]
struct Done {
    exchanges: Vec<Exchange>,
    /// The tokens from now on, where they changed.
    tokens: Option<Tokens>,
    /// Why they are dead from now on.
    ended: Option<&'static str>,
}

async fn perform(app: &App, walk: &Walk, tokens: &Tokens, action: Action) -> Done {
    match action {
        Action::Userinfo => Done { exchanges: vec![userinfo(walk, tokens).await], ..Done::default() },
        Action::Refresh => refresh(app, walk, tokens).await,
        Action::ReuseRefreshToken => reuse(walk, tokens).await,
        Action::Introspect => introspect(walk, tokens).await,
        Action::RevokeAccessToken => match &tokens.access_token {
            Some(token) => revoke(walk, tokens, ("access_token", token)).await,
            None => Done::default(),
        },
        Action::RevokeRefreshToken => match &tokens.refresh_token {
            Some(token) => revoke(walk, tokens, ("refresh_token", token)).await,
            None => Done::default(),
        },
        Action::ReplayCode => replay(walk, tokens).await,
    }
}

async fn userinfo(walk: &Walk, tokens: &Tokens) -> Exchange {
    let token = tokens.access_token.as_deref().unwrap_or_default();
    let mut exchange = wire::send(Outgoing {
        title: "Userinfo",
        method: Method::GET,
        url: &walk.provider.userinfo_endpoint,
        authorization: Some(format!("Bearer {token}")),
        form: Vec::new(),
        secrets: vec![token.to_owned()],
    })
    .await;
    let subject =
        exchange.json().and_then(|claims| claims.get("sub").and_then(Value::as_str).map(str::to_owned));
    exchange.note = match (exchange.is_success(), &tokens.subject, subject) {
        (false, _, _) => explain(&exchange),
        // Core §5.3.2: "The sub Claim in the UserInfo Response MUST be verified to exactly match the sub Claim in the ID Token; if they do
        // not match, the UserInfo Response values MUST NOT be used."
        (true, Some(expected), Some(found)) if *expected == found => {
            "What the granted scopes allow to know. The sub is the one of the ID token, so this is about the same person.".to_owned()
        }
        (true, Some(_), _) => "The sub is not the one of the ID token: nothing of this may be used.".to_owned(),
        (true, None, _) => "What the granted scopes allow to know. There is no ID token to compare the sub with.".to_owned(),
    };
    exchange
}

async fn send_refresh_token(walk: &Walk, title: &'static str, token: &str) -> Exchange {
    let form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    let url = &walk.provider.token_endpoint;
    walk.credentials.post(Post { title, url, form, secrets: &[token] }).await
}

async fn refresh(app: &App, walk: &Walk, tokens: &Tokens) -> Done {
    let Some(token) = &tokens.refresh_token else { return Done::default() };
    let mut exchange = send_refresh_token(walk, "Refresh", token).await;
    let Some(answer) = exchange.json().filter(|_| exchange.is_success()) else {
        exchange.note = explain(&exchange);
        return Done { exchanges: vec![exchange], ..Done::default() };
    };
    let (_, new) = tokens::read(app, walk, &answer, Source::Refresh(tokens)).await;
    exchange.say(match new.as_ref().map(|n| n.refresh_token == tokens.refresh_token) {
        Some(false) => "A new access token, and a new refresh token: the old one is spent (rotation), so a stolen copy is noticed when it is used. The new tokens are shown above.",
        Some(true) => "A new access token. The refresh token stays the same.",
        None => "An answer without tokens that can be used.",
    });
    Done { exchanges: vec![exchange], tokens: new, ended: None }
}

async fn reuse(walk: &Walk, tokens: &Tokens) -> Done {
    let Some(spent) = &tokens.spent_refresh_token else { return Done::default() };
    let mut exchange = send_refresh_token(walk, "A spent refresh token, again", spent).await;
    if exchange.is_success() {
        exchange.say("Accepted, with the very same successor: within a few seconds, and while the successor was not used, a repeat is taken for an answer that got lost, not for a theft. Wait ten seconds and try again.");
        return Done { exchanges: vec![exchange], ..Done::default() };
    }
    exchange.note = format!(
        "{} Somebody used a token that was spent, so a copy must be about: usher ends all tokens of this sign-in.",
        explain(&exchange)
    );
    let is_grant_over = exchange.error().as_deref() == Some("invalid_grant");
    let ended = is_grant_over
        .then_some("A spent refresh token was used again, so usher ended all tokens of this sign-in.");
    Done { exchanges: vec![exchange, userinfo(walk, tokens).await], ended, tokens: None }
}

async fn introspect(walk: &Walk, tokens: &Tokens) -> Done {
    let Some(token) = tokens.access_token.as_deref() else { return Done::default() };
    let form = vec![("token", token), ("token_type_hint", "access_token")];
    let url = &walk.provider.introspection_endpoint;
    let mut exchange =
        walk.credentials.post(Post { title: "Introspection", url, form, secrets: &[token] }).await;
    let active = exchange.json().and_then(|answer| answer.get("active").and_then(Value::as_bool));
    exchange.note = match active {
        Some(true) => "Alive, and this is what it allows. An API asks this when it wants to know about revocation at once, or cannot read the token itself.".to_owned(),
        Some(false) => "Not alive. Nobody learns whether it is unknown, expired, revoked, or somebody else's.".to_owned(),
        None => explain(&exchange),
    };
    Done { exchanges: vec![exchange], ..Done::default() }
}

async fn revoke(walk: &Walk, tokens: &Tokens, (kind, token): (&'static str, &str)) -> Done {
    let form = vec![("token", token), ("token_type_hint", kind)];
    let url = &walk.provider.revocation_endpoint;
    let mut exchange =
        walk.credentials.post(Post { title: "Revocation", url, form, secrets: &[token] }).await;
    if !exchange.is_success() {
        exchange.note = explain(&exchange);
        return Done { exchanges: vec![exchange], ..Done::default() };
    }
    exchange.say("Done. The answer is empty and would be the same for a token that never was. What follows shows that the tokens are dead.");
    let mut exchanges = vec![exchange];
    if tokens.access_token.is_some() {
        exchanges.push(userinfo(walk, tokens).await);
    }
    if let Some(token) = &tokens.refresh_token {
        let mut refused = send_refresh_token(walk, "Refresh", token).await;
        refused.note = explain(&refused);
        exchanges.push(refused);
    }
    Done {
        exchanges,
        tokens: None,
        ended: Some("You revoked a token, and usher ended all tokens of this sign-in with it."),
    }
}

async fn replay(walk: &Walk, tokens: &Tokens) -> Done {
    let Some(code) = walk.code() else { return Done::default() };
    let mut exchange = settle::send_code(walk, code).await;
    exchange.title = "The same code, again";
    if exchange.is_success() {
        exchange.say("Accepted a second time, which must not happen: RFC 6749 §4.1.2 forbids it.");
        return Done { exchanges: vec![exchange], ..Done::default() };
    }
    exchange.note = format!(
        "{} A code that comes twice was seen by somebody else, so usher also ends the tokens that it gave.",
        explain(&exchange)
    );
    let ended = (exchange.error().as_deref() == Some("invalid_grant"))
        .then_some("The code was sent again, so usher ended the tokens that it gave.");
    Done { exchanges: vec![exchange, userinfo(walk, tokens).await], tokens: None, ended }
}

/// What a refusal means.
pub(crate) fn explain(exchange: &Exchange) -> String {
    match (&exchange.outcome, exchange.error()) {
        (Err(cause), _) => format!("usher cannot be reached ({cause}). See whether it is still running."),
        (Ok(_), _) if exchange.is_success() => "Accepted.".to_owned(),
        (Ok(_), Some(code)) => {
            let (meaning, _) = glossary::error(&code);
            format!("Refused with {code}. {meaning}")
        }
        (Ok(answer), None) => format!("Refused with status {}.", answer.status),
    }
}

/// Sends the browser to usher to sign out, with the ID token as the hint of whom.
pub(crate) fn sign_out(app: &App, id: &str, browser: Option<&str>) -> Reply {
    let mut walks = app.walks();
    let Some(walk) = walks.find(id, browser) else { return message::no_walk(app, id) };
    let state = unguessable();
    let back = format!("{}/signed-out", app.demo.base);
    let mut query = vec![
        ("client_id", walk.credentials.client_id()),
        ("post_logout_redirect_uri", &back),
        ("state", &state),
    ];
    query.extend(walk.tokens().and_then(|t| t.id_token.as_deref()).map(|token| ("id_token_hint", token)));
    let url = format!("{}?{}", walk.provider.end_session_endpoint, wire::encode(&query));
    walk.logout_state = Some(state);
    Reply::see_other(url)
}

/// The browser comes back from signing out. Gives the walk's page, if the state is the one that went out.
pub(crate) fn signed_out(app: &App, state: &str, browser: Option<&str>) -> Option<String> {
    let mut walks = app.walks();
    let walk = walks.find_by_logout_state(state, browser)?;
    walk.logout_state = None;
    let path = walk.path();
    // With offline_access the tokens go on: that is what it is for.
    if let Some(tokens) = walk.tokens_mut().filter(|tokens| tokens.refresh_token.is_none()) {
        tokens.ended = tokens
            .ended
            .or(Some("You signed out, and without offline_access the tokens ended with the session."));
    }
    Some(path)
}
