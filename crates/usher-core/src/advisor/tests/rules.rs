//! Every rule of the examination: an application that breaks it, and that the fix which is offered heals it.

use crate::advisor::kit::quoted;
use crate::advisor::{Finding, Rule, Severity, examine, examine_key};
use crate::client::ClientSettings;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// An application without a fault, with these settings changed.
fn changed(changes: &Value) -> Map<String, Value> {
    let sound = json!({
        "client_id": "shop",
        "client_name": "Shop",
        "redirect_uris": ["https://shop.test/cb"],
        "require_pkce": true,
    });
    let mut object = sound.as_object().unwrap().clone();
    apply(&mut object, changes.as_object().unwrap().iter().map(|(n, v)| (n.as_str(), v)));
    object
}

/// What `usher app set` does: a value for each name, null for the default.
fn apply<'a>(object: &mut Map<String, Value>, changes: impl Iterator<Item = (&'a str, &'a Value)>) {
    for (name, value) in changes {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.to_owned(), value.clone()),
        };
    }
}

fn settings(object: &Map<String, Value>) -> ClientSettings {
    serde_json::from_value(Value::Object(object.clone())).unwrap()
}

fn found(changes: &Value) -> Vec<Finding> {
    examine(&settings(&changed(changes)))
}

/// A rule, the setting that its finding names, and a change that makes the sound application break it.
type Breach = (Rule, &'static str, Value);

fn breaches() -> Vec<Breach> {
    [of_modes(), of_credentials(), of_lifetimes()].concat()
}

fn of_modes() -> Vec<Breach> {
    let spa = "single_page";
    vec![
        (
            Rule::ImplicitNotNeeded,
            "grant_types",
            json!({"grant_types": ["implicit"], "response_types": ["id_token token"]}),
        ),
        (
            Rule::ImplicitNotNeeded,
            "grant_types",
            json!({"application_type": spa, "grant_types": ["implicit", "authorization_code"], "response_types": ["code", "id_token token"]}),
        ),
        (
            Rule::ImplicitOn,
            "grant_types",
            json!({"application_type": spa, "grant_types": ["implicit"], "response_types": ["id_token token"]}),
        ),
        (
            Rule::AccessTokenInFront,
            "response_types",
            json!({"grant_types": ["authorization_code", "implicit"], "response_types": ["code token", "code id_token"]}),
        ),
        (
            Rule::AccessTokenInFront,
            "response_types",
            json!({"grant_types": ["authorization_code", "implicit"], "response_types": ["code id_token token"]}),
        ),
        (
            Rule::PasswordNotNeeded,
            "grant_types",
            json!({"first_party": true, "grant_types": ["authorization_code", "password"]}),
        ),
        (
            Rule::PasswordOn,
            "grant_types",
            json!({"first_party": true, "redirect_uris": [], "grant_types": ["password"]}),
        ),
        (
            Rule::InsecureRedirects,
            "allow_insecure_redirect_uris",
            json!({"allow_insecure_redirect_uris": true}),
        ),
        (
            Rule::LoopbackCallback,
            "redirect_uris",
            json!({"redirect_uris": ["https://shop.test/cb", "http://localhost:3000/cb"]}),
        ),
        (
            Rule::LocalhostAnyPort,
            "allow_localhost_any_port",
            json!({"application_type": "native", "allow_localhost_any_port": true}),
        ),
        (Rule::UnusedRedirects, "redirect_uris", json!({"grant_types": ["client_credentials"]})),
        (
            Rule::ResponseWithoutGrant,
            "response_types",
            json!({"grant_types": ["authorization_code"], "response_types": ["code", "code id_token"]}),
        ),
        (
            Rule::GrantWithoutResponse,
            "grant_types",
            json!({"grant_types": ["authorization_code", "implicit"], "response_types": ["code"]}),
        ),
        (
            Rule::RefreshWithoutSource,
            "grant_types",
            json!({"redirect_uris": [], "grant_types": ["client_credentials", "refresh_token"]}),
        ),
    ]
}

fn of_credentials() -> Vec<Breach> {
    vec![
        (
            Rule::SecretInPublicProgram,
            "token_endpoint_auth_method",
            json!({"application_type": "native", "token_endpoint_auth_method": "client_secret_basic"}),
        ),
        (
            Rule::SecretInPublicProgram,
            "token_endpoint_auth_method",
            json!({
                "application_type": "native", "token_endpoint_auth_method": "client_secret_basic",
                "introspection_endpoint_auth_method": "client_secret_basic", "refresh_token_rotation": false,
                "id_token_signed_response_alg": "HS256", "first_party": true,
                "grant_types": ["authorization_code", "password"]
            }),
        ),
        (Rule::WebWithoutSecret, "token_endpoint_auth_method", json!({"token_endpoint_auth_method": "none"})),
        (
            Rule::PublicClientCredentials,
            "grant_types",
            json!({"application_type": "native", "grant_types": ["authorization_code", "client_credentials"], "client_credentials_scope": "orders"}),
        ),
        (
            Rule::KeysUnderPublic,
            "grant_types",
            json!({"application_type": "native", "grant_types": ["authorization_code", "client_credentials"]}),
        ),
        (Rule::PkceNotRequired, "require_pkce", json!({"require_pkce": false})),
        (
            Rule::SecretInBody,
            "token_endpoint_auth_method",
            json!({"token_endpoint_auth_method": "client_secret_post"}),
        ),
        (
            Rule::SecretInBody,
            "revocation_endpoint_auth_method",
            json!({"revocation_endpoint_auth_method": "client_secret_post"}),
        ),
        (
            Rule::SharedSecretAssertion,
            "token_endpoint_auth_method",
            json!({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS256"}),
        ),
        (
            Rule::SymmetricIdToken,
            "id_token_signed_response_alg",
            json!({"id_token_signed_response_alg": "HS256"}),
        ),
        (
            Rule::ConsentSkipped,
            "skip_consent",
            json!({"application_type": "native", "redirect_uris": ["com.example.shop:/cb"], "first_party": true, "skip_consent": true}),
        ),
        (
            Rule::EveryResource,
            "client_credentials_scope",
            json!({"grant_types": ["authorization_code", "client_credentials"], "client_credentials_scope": "orders:read *:read"}),
        ),
        (Rule::AccessKeyAsAudience, "access_key_as_audience", json!({"access_key_as_audience": true})),
        (
            Rule::Impersonation,
            "token_exchange",
            json!({
                "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange"],
                "token_exchange": {"impersonation": true}
            }),
        ),
    ]
}

fn of_lifetimes() -> Vec<Breach> {
    vec![
        (Rule::LongCode, "code_lifetime", json!({"code_lifetime": 61})),
        (Rule::LongAccessToken, "access_token_lifetime", json!({"access_token_lifetime": 3601})),
        (Rule::LongIdToken, "id_token_lifetime", json!({"id_token_lifetime": 3601})),
        (
            Rule::LongRefresh,
            "refresh_token_idle_lifetime",
            json!({"refresh_token_idle_lifetime": 90 * 86_400 + 1}),
        ),
        (
            Rule::LongRefresh,
            "refresh_token_absolute_lifetime",
            json!({"refresh_token_absolute_lifetime": 365 * 86_400 + 1}),
        ),
        (
            Rule::LongRefreshInBrowser,
            "refresh_token_idle_lifetime",
            json!({"application_type": "single_page", "token_endpoint_auth_method": "none"}),
        ),
        (Rule::RotationOff, "refresh_token_rotation", json!({"refresh_token_rotation": false})),
        (Rule::LongGrace, "refresh_token_grace", json!({"refresh_token_grace": 31})),
    ]
}

#[test]
fn a_sound_application_has_no_findings() {
    assert_eq!(found(&json!({})), []);
    assert_eq!(found(&json!({"application_type": "native"})), []);
    let at_the_bounds = json!({
        "code_lifetime": 60, "access_token_lifetime": 3600, "id_token_lifetime": 3600, "refresh_token_grace": 30,
        "refresh_token_idle_lifetime": 90 * 86_400, "refresh_token_absolute_lifetime": 365 * 86_400,
    });
    assert_eq!(found(&at_the_bounds), []);
}

#[test]
fn every_rule_is_broken_by_its_case_and_names_its_setting() {
    let mut seen = HashSet::new();
    for (rule, setting, changes) in breaches() {
        let findings = found(&changes);
        let named: Vec<&str> = findings.iter().filter(|f| f.rule == rule).map(|f| f.setting).collect();
        assert_eq!(named, [setting], "{rule:?} {changes}: {findings:?}");
        seen.insert(rule);
    }
    assert_eq!(seen.len(), Rule::ALL.len(), "{:?}", Rule::ALL.iter().find(|r| !seen.contains(r)));
}

#[test]
fn every_fix_heals_what_it_is_for_and_leaves_settings_that_can_be_registered() {
    for (rule, _, changes) in breaches() {
        let mut object = changed(&changes);
        let findings = examine(&settings(&object));
        let finding = findings.iter().find(|f| f.rule == rule).unwrap();
        apply(&mut object, finding.fix.iter().map(|s| (s.name, &s.value)));
        let healed = settings(&object);
        healed.check().unwrap_or_else(|e| panic!("{rule:?}: {e}"));
        assert!(examine(&healed).iter().all(|f| f.rule != rule), "{rule:?}: {object:?}");
    }
}

#[test]
fn fixing_one_finding_after_the_other_ends_with_none() {
    for (rule, _, changes) in breaches() {
        let mut object = changed(&changes);
        for _ in 0..10 {
            let Some(finding) = examine(&settings(&object)).into_iter().next() else { break };
            apply(&mut object, finding.fix.iter().map(|s| (s.name, &s.value)));
        }
        assert_eq!(examine(&settings(&object)), [], "{rule:?}");
    }
}

#[test]
fn the_most_serious_finding_comes_first() {
    let findings = found(
        &json!({"require_pkce": false, "code_lifetime": 600, "allow_insecure_redirect_uris": true, "refresh_token_grace": 60}),
    );
    let severities: Vec<Severity> = findings.iter().map(|f| f.rule.severity()).collect();
    assert!(severities.len() == 4 && severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
}

#[test]
fn a_fix_is_a_command_that_a_shell_reads_as_it_is_meant() {
    let finding = &found(&json!({"require_pkce": false}))[0];
    assert_eq!(finding.command("shop"), "usher app set shop require_pkce=true");
    assert_eq!(finding.command("it's;x"), r"usher app set 'it'\''s;x' require_pkce=true");
    let hybrid = json!({"grant_types": ["authorization_code", "implicit"], "response_types": ["code id_token", "code token"]});
    let finding = &found(&hybrid)[0];
    assert_eq!(finding.command("shop"), "usher app set shop response_types='code id_token'");
    let long = &found(&json!({"code_lifetime": 600}))[0];
    assert_eq!(long.command("shop"), "usher app set shop code_lifetime=");
    let commas = json!({"redirect_uris": ["https://shop.test/cb?a=1,2", "http://localhost/cb"]});
    let list = r#"redirect_uris='["https://shop.test/cb?a=1,2"]'"#;
    assert_eq!(found(&commas)[0].command("shop"), format!("usher app set shop {list}"));
    let idle = json!({"grant_types": ["refresh_token"], "redirect_uris": []});
    assert_eq!(found(&idle)[0].command("shop"), "usher app set shop grant_types='[]'");
}

#[test]
fn an_access_key_that_reaches_every_resource_is_found_and_put_right() {
    for (scope, fixed) in [("*", ""), ("orders:*:read *:read", "orders:*:read"), ("*:17:read a", "a")] {
        let finding = examine_key(scope).unwrap();
        assert_eq!((finding.rule, finding.setting), (Rule::EveryResource, "scope"));
        let command = finding.key_command("ak1");
        assert_eq!(command, format!("usher access-key set ak1 scope={}", quoted(fixed)), "{scope}");
        assert_eq!(examine_key(fixed), None);
    }
    assert_eq!(examine_key("orders orders:*:read users:*"), None);
}
