//! Findings about who an application is: credentials, PKCE, consent, what it may do of its own.

use super::super::kit::Setting;
use super::{Finding, Rule};
use crate::client::{ApplicationType, AuthMethod, ClientSettings, GrantType};
use serde_json::{Value, json};
use usher_crypto::jose::SigningAlgorithm;
use usher_types::ScopeItem;

pub(super) fn look(settings: &ClientSettings, findings: &mut Vec<Finding>) {
    let has = |grant| settings.grant_types.contains(&grant);
    let public = settings.auth_method() == AuthMethod::None;
    let web = settings.application_type == ApplicationType::Web;
    let mut find = |rule, setting, fix| findings.push(Finding::new(rule, setting, fix));
    let method = "token_endpoint_auth_method";
    if !web && !public {
        find(Rule::SecretInPublicProgram, method, becoming_public(settings));
    }
    if web && public {
        find(Rule::WebWithoutSecret, method, vec![Setting::new(method, json!("client_secret_basic"))]);
    }
    if has(GrantType::ClientCredentials) && public {
        if settings.client_credentials_scope.is_empty() {
            let fix = vec![grants_without(settings, GrantType::ClientCredentials)];
            find(Rule::KeysUnderPublic, "grant_types", fix);
        } else {
            let fix = vec![
                grants_without(settings, GrantType::ClientCredentials),
                Setting::new("client_credentials_scope", json!("")),
            ];
            find(Rule::PublicClientCredentials, "grant_types", fix);
        }
    }
    if has(GrantType::AuthorizationCode) && !public && !settings.require_pkce {
        find(Rule::PkceNotRequired, "require_pkce", vec![Setting::new("require_pkce", json!(true))]);
    }
    by_method(settings, &mut find);
    if settings.id_token_signed_response_alg == SigningAlgorithm::Hs256 {
        let setting = "id_token_signed_response_alg";
        find(Rule::SymmetricIdToken, setting, vec![Setting::new(setting, json!("RS256"))]);
    }
    // A callback by https is claimed by its owner; any program on the device can claim the others.
    let assured = settings.redirect_uris.iter().all(|u| u.as_str().starts_with("https:"));
    if public && settings.skip_consent && !assured {
        find(Rule::ConsentSkipped, "skip_consent", vec![Setting::new("skip_consent", json!(false))]);
    }
    if let Some(kept) = without_wildcard(&settings.client_credentials_scope) {
        let setting = "client_credentials_scope";
        find(Rule::EveryResource, setting, vec![Setting::new(setting, json!(kept))]);
    }
    if settings.access_key_as_audience {
        let setting = "access_key_as_audience";
        find(Rule::AccessKeyAsAudience, setting, vec![Setting::new(setting, json!(false))]);
    }
}

/// The scope without the items that cover every resource, where there are such.
pub(super) fn without_wildcard(scope: &str) -> Option<String> {
    let items = ScopeItem::parse_all(scope).unwrap_or_default();
    let kept: Vec<&str> = items.iter().filter(|i| i.resource() != "*").map(ScopeItem::as_str).collect();
    (kept.len() < items.len()).then(|| kept.join(" "))
}

/// How the secret is shown, at whichever endpoint.
fn by_method(settings: &ClientSettings, find: &mut impl FnMut(Rule, &'static str, Vec<Setting>)) {
    let methods = [
        ("token_endpoint_auth_method", Some(settings.auth_method())),
        ("introspection_endpoint_auth_method", settings.introspection_endpoint_auth_method),
        ("revocation_endpoint_auth_method", settings.revocation_endpoint_auth_method),
    ];
    for (rule, wrong) in [
        (Rule::SecretInBody, AuthMethod::ClientSecretPost),
        (Rule::SharedSecretAssertion, AuthMethod::ClientSecretJwt),
    ] {
        let names = methods.iter().filter(|(_, m)| *m == Some(wrong)).map(|(name, _)| *name);
        let mut fix: Vec<Setting> =
            names.map(|name| Setting::new(name, json!("client_secret_basic"))).collect();
        let Some(first) = fix.first().map(|s| s.name) else { continue };
        if wrong == AuthMethod::ClientSecretJwt {
            fix = shared_secret_fix(settings, fix);
        }
        find(rule, first, fix);
    }
}

/// A key pair where the application has registered keys, else the secret in the header.
fn shared_secret_fix(settings: &ClientSettings, mut fix: Vec<Setting>) -> Vec<Setting> {
    if settings.jwks.is_some() {
        for setting in &mut fix {
            setting.value = json!("private_key_jwt");
        }
    }
    if settings.token_endpoint_auth_signing_alg.is_some() {
        fix.push(Setting::new("token_endpoint_auth_signing_alg", Value::Null));
    }
    fix
}

/// Without credentials, and without what needs them.
fn becoming_public(settings: &ClientSettings) -> Vec<Setting> {
    let mut fix = vec![Setting::new("token_endpoint_auth_method", json!("none"))];
    let mut undo = |name, is_set: bool| {
        if is_set {
            fix.push(Setting::new(name, Value::Null));
        }
    };
    undo("introspection_endpoint_auth_method", settings.introspection_endpoint_auth_method.is_some());
    undo("revocation_endpoint_auth_method", settings.revocation_endpoint_auth_method.is_some());
    undo("token_endpoint_auth_signing_alg", settings.token_endpoint_auth_signing_alg.is_some());
    undo("id_token_signed_response_alg", settings.id_token_signed_response_alg.is_symmetric());
    undo("refresh_token_rotation", !settings.refresh_token_rotation);
    let needs_credentials = |grant: &GrantType| {
        matches!(
            grant,
            GrantType::ClientCredentials
                | GrantType::Password
                | GrantType::TokenExchange
                | GrantType::JwtBearer
        )
    };
    if settings.grant_types.iter().any(needs_credentials) {
        let kept = settings.grant_types.iter().filter(|g| !needs_credentials(g));
        let names: Vec<&str> = kept.map(|g| g.as_str()).collect();
        fix.push(Setting::new("grant_types", json!(names)));
    }
    fix
}

fn grants_without(settings: &ClientSettings, grant: GrantType) -> Setting {
    let names: Vec<&str> = settings.grant_types.iter().filter(|g| **g != grant).map(|g| g.as_str()).collect();
    Setting::new("grant_types", json!(names))
}
