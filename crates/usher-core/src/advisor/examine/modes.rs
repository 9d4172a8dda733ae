//! Findings about modes: grants, response types and callbacks.

use super::super::kit::Setting;
use super::{Finding, Rule};
use crate::client::{ApplicationType, ClientSettings, GrantType, ResponseType};
use serde_json::{Value, json};

pub(super) fn look(settings: &ClientSettings, findings: &mut Vec<Finding>) {
    let has = |grant| settings.grant_types.contains(&grant);
    implicit(settings, findings);
    if has(GrantType::Password) {
        let redirects = has(GrantType::AuthorizationCode) || has(GrantType::DeviceCode);
        if redirects {
            let grants = without(settings, GrantType::Password);
            findings.push(Finding::new(Rule::PasswordNotNeeded, "grant_types", vec![grant_types(&grants)]));
        } else {
            // The device grant is the way out that needs no callback.
            let mut grants = without(settings, GrantType::Password);
            grants.push(GrantType::DeviceCode);
            findings.push(Finding::new(Rule::PasswordOn, "grant_types", vec![grant_types(&grants)]));
        }
    }
    redirects(settings, findings);
    pairs(settings, findings);
    let source = [
        GrantType::AuthorizationCode,
        GrantType::Password,
        GrantType::DeviceCode,
        GrantType::TokenExchange,
        GrantType::JwtBearer,
    ];
    if has(GrantType::RefreshToken) && !source.into_iter().any(has) {
        let grants = without(settings, GrantType::RefreshToken);
        findings.push(Finding::new(Rule::RefreshWithoutSource, "grant_types", vec![grant_types(&grants)]));
    }
    let exchange = &settings.token_exchange;
    if has(GrantType::TokenExchange) && exchange.impersonation {
        let mut policy = exchange.clone();
        policy.impersonation = false;
        policy.delegation = true;
        let value = serde_json::to_value(policy).unwrap_or(Value::Null);
        findings.push(Finding::new(
            Rule::Impersonation,
            "token_exchange",
            vec![Setting::new("token_exchange", value)],
        ));
    }
}

/// Implicit and the hybrid response types.
fn implicit(settings: &ClientSettings, findings: &mut Vec<Finding>) {
    let has = |grant| settings.grant_types.contains(&grant);
    let types = settings.response_types();
    let front = |t: &ResponseType| !t.has_code() && t.has_token();
    let only_hybrid = has(GrantType::AuthorizationCode) && !types.iter().any(front);
    if has(GrantType::Implicit) && !only_hybrid {
        let could = settings.application_type != ApplicationType::SinglePage;
        let rule = if could || has(GrantType::AuthorizationCode) {
            Rule::ImplicitNotNeeded
        } else {
            Rule::ImplicitOn
        };
        let mut grants = without(settings, GrantType::Implicit);
        if !grants.contains(&GrantType::AuthorizationCode) {
            grants.push(GrantType::AuthorizationCode);
        }
        findings.push(Finding::new(
            rule,
            "grant_types",
            vec![grant_types(&grants), Setting::new("response_types", json!(["code"]))],
        ));
    } else if types.iter().any(|t| t.has_code() && t.has_access_token()) {
        let kept: Vec<ResponseType> = types.iter().copied().filter(|t| !t.has_access_token()).collect();
        let kept = if kept.is_empty() { vec![ResponseType::Code] } else { kept };
        let mut fix = vec![response_types(&kept)];
        if kept.iter().all(|t| !t.grants().contains(&GrantType::Implicit)) && has(GrantType::Implicit) {
            fix.push(grant_types(&without(settings, GrantType::Implicit)));
        }
        findings.push(Finding::new(Rule::AccessTokenInFront, "response_types", fix));
    }
}

/// Callbacks.
fn redirects(settings: &ClientSettings, findings: &mut Vec<Finding>) {
    if settings.allow_insecure_redirect_uris {
        findings.push(Finding::new(
            Rule::InsecureRedirects,
            "allow_insecure_redirect_uris",
            vec![Setting::new("allow_insecure_redirect_uris", json!(false))],
        ));
    }
    let used = !settings.response_types().is_empty();
    // RedirectUri admits http on loopback only, so a callback by plain http beyond it cannot be registered at all. Where every callback
    // is on loopback, the application is still being developed.
    let (local, kept): (Vec<_>, Vec<_>) = settings.redirect_uris.iter().partition(|u| u.is_plain_http());
    if used && settings.application_type != ApplicationType::Native && !local.is_empty() && !kept.is_empty() {
        let kept: Vec<&str> = kept.iter().map(|u| u.as_str()).collect();
        findings.push(Finding::new(
            Rule::LoopbackCallback,
            "redirect_uris",
            vec![Setting::new("redirect_uris", json!(kept))],
        ));
    }
    if settings.allow_localhost_any_port {
        findings.push(Finding::new(
            Rule::LocalhostAnyPort,
            "allow_localhost_any_port",
            vec![Setting::new("allow_localhost_any_port", json!(false))],
        ));
    }
    if !used && !settings.redirect_uris.is_empty() {
        findings.push(Finding::new(
            Rule::UnusedRedirects,
            "redirect_uris",
            vec![Setting::new("redirect_uris", json!([]))],
        ));
    }
}

/// Grants and response types that belong together.
fn pairs(settings: &ClientSettings, findings: &mut Vec<Finding>) {
    let has = |grant: &GrantType| settings.grant_types.contains(grant);
    let types = settings.response_types();
    let whole: Vec<ResponseType> = types.iter().copied().filter(|t| t.grants().iter().all(has)).collect();
    if whole.len() < types.len() {
        findings.push(Finding::new(
            Rule::ResponseWithoutGrant,
            "response_types",
            vec![response_types(&whole)],
        ));
    }
    for grant in [GrantType::AuthorizationCode, GrantType::Implicit] {
        if has(&grant) && !types.iter().any(|t| t.grants().contains(&grant)) {
            findings.push(Finding::new(
                Rule::GrantWithoutResponse,
                "grant_types",
                vec![grant_types(&without(settings, grant))],
            ));
        }
    }
}

fn without(settings: &ClientSettings, grant: GrantType) -> Vec<GrantType> {
    settings.grant_types.iter().copied().filter(|g| *g != grant).collect()
}

fn grant_types(grants: &[GrantType]) -> Setting {
    let names: Vec<&str> = grants.iter().map(|g| g.as_str()).collect();
    Setting::new("grant_types", json!(names))
}

fn response_types(types: &[ResponseType]) -> Setting {
    let names: Vec<&str> = types.iter().map(|t| t.as_str()).collect();
    Setting::new("response_types", json!(names))
}
