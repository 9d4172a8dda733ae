//! Provider metadata (OpenID Connect Discovery §3, RFC 8414 §2) and the key set (RFC 7517 §5): serialised once per snapshot.

use crate::grant::SUPPORTED;
use crate::response_mode::ResponseMode;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use usher_core::client::{AuthMethod, GrantType, ResponseType, STANDARD_SCOPES};
use usher_core::reply::Caching;
use usher_core::snapshot::Document;
use usher_core::{Cx, Pool, Reply, Request, claims, session};
use usher_crypto::jose::SigningAlgorithm;
use usher_types::{Endpoint, Locale, Span, limits};

/// Seconds for which metadata and keys may be kept.
const KEEP: u32 = 300;

// A key signs long after everybody who may keep the key set has read it again.
const _: () = assert!(Span::seconds(KEEP).as_millis() * 2 < limits::KEY_AHEAD.as_millis());

/// Answers the provider's metadata.
pub fn discovery(cx: &Cx, request: &Request) -> Reply {
    let document = cx.pool.documents.discovery.get_or_init(|| Document::new(&metadata(cx)));
    answer(request, document, "application/json")
}

/// Answers the key set.
pub fn jwks(cx: &Cx, request: &Request) -> Reply {
    let document =
        cx.pool.documents.jwks.get_or_init(|| Document::new(&json!({ "keys": cx.pool.keys.public() })));
    answer(request, document, "application/jwk-set+json")
}

fn answer(request: &Request, document: &Document, media_type: &'static str) -> Reply {
    // RFC 9110 §13.1.2: If-None-Match holds entity tags or `*`, compared weakly.
    let known = request.header(&header::IF_NONE_MATCH).is_some_and(|tags| {
        tags.split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == document.etag)
    });
    let reply = match known {
        true => Reply::empty(StatusCode::NOT_MODIFIED),
        false => Reply::bytes(StatusCode::OK, media_type, Bytes::clone(&document.bytes)),
    };
    let reply = reply.cached(Caching::Public(KEEP));
    match HeaderValue::try_from(&document.etag) {
        Ok(etag) => reply.with(header::ETAG, etag),
        Err(_) => reply,
    }
}

/// The response types that some application of the pool may use. What nobody may use is not offered.
fn response_types(pool: &Pool) -> Vec<&'static str> {
    let used = |kind: &ResponseType| {
        *kind == ResponseType::Code || pool.clients.values().any(|c| c.may_respond(*kind))
    };
    ResponseType::ALL.iter().filter(|kind| used(kind)).map(|kind| kind.as_str()).collect()
}

/// The grants that some application of the pool may use; the authorization code and refresh tokens in any case.
fn grant_types(pool: &Pool) -> Vec<&'static str> {
    let always = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let used = |grant: &GrantType| always.contains(grant) || pool.clients.values().any(|c| c.may_use(*grant));
    let there = |grant: &GrantType| SUPPORTED.contains(grant) || *grant == GrantType::Implicit;
    GrantType::ALL.iter().filter(|grant| there(grant) && used(grant)).map(|grant| grant.as_str()).collect()
}

fn metadata(cx: &Cx) -> Value {
    let pool: &Pool = &cx.pool;
    let algorithms: Vec<&str> = pool.algorithms.iter().map(|a| a.as_str()).collect();
    // RFC 8414 §2: "The value "none" MUST NOT be used."
    let assertions = SigningAlgorithm::ALL.map(SigningAlgorithm::as_str);
    let methods: Vec<&str> = AuthMethod::ALL.iter().map(|m| m.as_str()).collect();
    let confidential: Vec<&str> =
        AuthMethod::ALL.iter().filter(|m| **m != AuthMethod::None).map(|m| m.as_str()).collect();
    let mut scopes: Vec<&str> = STANDARD_SCOPES.to_vec();
    let mut own: Vec<&str> =
        pool.clients.values().flat_map(|c| c.settings.scopes.iter().map(|s| s.name.as_str())).collect();
    own.sort_unstable();
    own.dedup();
    scopes.extend(own);
    json!({
        "issuer": pool.issuer,
        "authorization_endpoint": cx.url(Endpoint::Authorize),
        "token_endpoint": cx.url(Endpoint::Token),
        "userinfo_endpoint": cx.url(Endpoint::Userinfo),
        "jwks_uri": cx.url(Endpoint::Jwks),
        "introspection_endpoint": cx.url(Endpoint::Introspection),
        "revocation_endpoint": cx.url(Endpoint::Revocation),
        "device_authorization_endpoint": cx.url(Endpoint::DeviceAuthorization),
        "end_session_endpoint": cx.url(Endpoint::EndSession),
        "scopes_supported": scopes,
        "response_types_supported": response_types(pool),
        "response_modes_supported": ResponseMode::NAMES,
        "grant_types_supported": grant_types(pool),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": confidential,
        "token_endpoint_auth_signing_alg_values_supported": assertions,
        "revocation_endpoint_auth_signing_alg_values_supported": assertions,
        "introspection_endpoint_auth_signing_alg_values_supported": assertions,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": claims::supported(),
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "acr_values_supported": session::ACR_VALUES,
        "prompt_values_supported": prompts(cx),
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "ui_locales_supported": Locale::ALL.map(Locale::tag),
        "authorization_response_iss_parameter_supported": true,
    })
}

/// The values of `prompt`; `create` where people can make accounts for themselves.
fn prompts(cx: &Cx) -> Vec<&'static str> {
    let mut values = vec!["none", "login", "consent", "select_account"];
    values.extend(cx.signs_up().then_some("create"));
    values
}
