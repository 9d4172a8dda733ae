//! Targets for what an administrator writes: an application's settings as JSON, and the whole configuration file.

use crate::input::utf8;
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use usher::config;
use usher_core::client::{ApplicationType, AuthMethod, GrantType, STANDARD_SCOPES};
use usher_core::{Client, ClientSettings, seed};
use usher_crypto::jose::SigningAlgorithm;
use usher_types::endpoint::is_pool_name;
use usher_types::fold::IdentifierKey;
use usher_types::limits;
use usher_types::uri::{Localhost, RedirectUri, WebUrl};

/// Settings that pass their check: within bounds, free of contradictions, and stored and read again as the same.
pub fn client_settings(data: &[u8]) {
    let Ok(settings) = serde_json::from_slice::<ClientSettings>(data) else { return };
    if settings.check().is_err() {
        return;
    }
    let stored = stored(&settings);
    let again = serde_json::from_value::<ClientSettings>(stored.clone());
    assert!(again.as_ref().is_ok_and(|again| self::stored(again) == stored), "{stored}: {:?}", again.err());
    if let Ok(again) = again {
        assert_eq!(again.check(), Ok(()));
    }
    holds(settings);
}

/// Settings as the database keeps them, without the digest, which is the server's own.
fn stored(settings: &ClientSettings) -> Value {
    let mut stored = serde_json::to_value(settings).unwrap_or_default();
    if let Some(members) = stored.as_object_mut() {
        assert!(!members.contains_key("client_secret"), "a secret is never among the settings");
        members.remove("logo_digest");
    }
    stored
}

/// What every part of the server relies on once an application's settings were checked.
fn holds(settings: ClientSettings) {
    let public = settings.auth_method() == AuthMethod::None;
    assert!(!settings.client_id.is_empty() && settings.client_id.bytes().all(|b| b.is_ascii_graphic()));
    assert!(!settings.client_id.contains(':'), "RFC 7617 §2: a user name has no colon");
    assert!(!settings.client_name.trim().is_empty() && !settings.client_name.chars().any(char::is_control));
    assert!(settings.client_secret.is_none() || !public);
    assert!(settings.client_secret.as_ref().is_none_or(|s| s.expose().len() >= 32));
    assert!(settings.first_party || !settings.skip_consent);
    assert!(settings.access_token_signed_response_alg != SigningAlgorithm::Hs256);
    assert!(settings.id_token_signed_response_alg != SigningAlgorithm::Hs256 || !public);
    assert!(settings.refresh_token_rotation || !public);
    assert!(settings.scope.iter().all(|s| STANDARD_SCOPES.contains(&s)));
    assert!(
        !settings.grant_types.contains(&GrantType::AuthorizationCode) || !settings.redirect_uris.is_empty()
    );
    let native = settings.application_type == ApplicationType::Native;
    assert!(settings.redirect_uris.len() <= limits::REGISTERED_URIS);
    let both = settings.redirect_uris.iter().chain(&settings.post_logout_redirect_uris);
    assert!(both.clone().all(|u| RedirectUri::parse(u.as_str()).as_ref() == Ok(u)));
    assert!(both.clone().all(|u| native || u.origin().is_some()), "a scheme of a website's own");
    let links = [&settings.client_uri, &settings.policy_uri, &settings.tos_uri];
    assert!(links.into_iter().flatten().all(|l| WebUrl::parse(l.as_str()).as_ref() == Ok(l)));

    let client = Client::new(settings);
    assert!(
        client.settings.scopes.iter().all(|own| client.scope.contains(&own.name)),
        "a scope of its own is lost"
    );
    assert!(client.settings.scope.is_within(&client.scope) && client.is_public() == public);
    assert!(client.needs_pkce() || !public);
    for uri in &client.settings.redirect_uris {
        assert_eq!(client.redirect(uri.as_str()), Some(uri), "what is registered is found");
        let longer = [
            format!("{uri}/"),
            format!("{uri}.evil.example"),
            format!("{uri}@evil.example"),
            format!("{uri}#x"),
        ];
        for other in longer {
            let found = client.redirect(&other);
            let by_port = |u: &RedirectUri| u.matches_with_any_port(&other, Localhost::Counts) && native;
            assert!(
                found.is_none_or(|u| u.as_str() == other || by_port(u)),
                "{other} is taken for {found:?}"
            );
        }
    }
    let spans = [
        client.code_lifetime(),
        client.access_token_lifetime(),
        client.refresh_idle(),
        client.refresh_absolute(),
    ];
    assert!(spans.iter().all(|span| span.as_millis() > 0));
}

/// The configuration file: an error is sentences with lines that exist; what is accepted holds together.
pub fn config(data: &[u8]) {
    let Some(text) = utf8(data) else { return };
    let loaded = match config::parse(text, Path::new("usher.toml")) {
        Ok(loaded) => loaded,
        Err(e) => return has_a_place(&e, text),
    };
    let server = &loaded.config.server;
    assert!(server.public_url.is_https() || server.public_url.origin().starts_with("http://"));
    let pools = &loaded.config.pools;
    // A logo is a file, and an input of this kind must not make anybody read one.
    if pools.iter().flat_map(|p| &p.applications).any(|a| a.logo.is_some()) {
        return;
    }
    if let Err(e) = seed::check(pools, loaded.base()) {
        return has_a_place(&loaded.seed_error(&e), text);
    }
    for (number, pool) in pools.iter().enumerate() {
        assert!(is_pool_name(&pool.name));
        assert!(pools.iter().take(number).all(|other| other.name != pool.name));
        for application in &pool.applications {
            let confidential = application.auth_method() != AuthMethod::None;
            assert_eq!(application.client_secret.is_some(), confidential);
            holds(application.clone());
        }
        let mut taken = HashMap::new();
        for (at, user) in pool.users.iter().enumerate() {
            let names = [&user.username, &user.claims.email, &user.claims.phone_number];
            let filled = names.into_iter().flatten().filter(|n| !n.is_empty());
            assert!(filled.clone().count() > 0, "nobody can sign in without a name");
            for name in filled {
                let key = IdentifierKey::fold(name);
                assert!(key.is_some(), "{name:?}");
                let first = *taken.entry(key).or_insert(at);
                assert_eq!(first, at, "{name:?} is two people's");
            }
            let length = user.password.as_ref().map(|p| p.expose().len());
            assert!(length.is_none_or(|l| (1..=limits::PASSWORD_BYTES).contains(&l)));
        }
    }
}

fn has_a_place(error: &config::ConfigError, text: &str) {
    let message = error.to_string();
    let lines = text.bytes().filter(|b| *b == b'\n').count() + 1;
    assert!(!message.is_empty());
    for sentence in message.split('\n') {
        let line = sentence.strip_prefix("usher.toml:").and_then(|rest| rest.split(':').next());
        let line = line.and_then(|line| line.parse::<usize>().ok());
        assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{message:?}");
    }
}
