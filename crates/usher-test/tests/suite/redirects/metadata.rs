//! What is published about the server: OpenID Connect Discovery §3 and §4, RFC 8414 §3, the key set, and how long it may be kept.

use super::request;
use serde_json::Value;
use usher_test::TestServer;

const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";
const JWKS: &str = "/oidc/.well-known/jwks.json";
/// Both documents at all their addresses, in the first pool and in another.
const ADDRESSES: [&str; 6] = [
    DISCOVERY,
    "/.well-known/oauth-authorization-server/oidc",
    JWKS,
    "/staff/oidc/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/staff/oidc",
    "/staff/oidc/.well-known/jwks.json",
];

#[tokio::test]
async fn both_addresses_of_a_pool_give_the_same_document_about_that_pool() {
    let t = TestServer::start().await;
    for (base, beside) in [
        ("", "/.well-known/oauth-authorization-server/oidc"),
        ("/staff", "/.well-known/oauth-authorization-server/staff/oidc"),
    ] {
        let answer = request(&t, "GET", &format!("{base}{DISCOVERY}"), &[]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.body, request(&t, "GET", beside, &[]).await.body);
        let metadata = answer.json();
        let issuer = format!("{}{base}/oidc", t.origin());
        assert_eq!(metadata["issuer"], issuer);
        for (name, path) in [
            ("authorization_endpoint", "/auth"),
            ("token_endpoint", "/token"),
            ("userinfo_endpoint", "/me"),
            ("jwks_uri", "/.well-known/jwks.json"),
            ("introspection_endpoint", "/token/introspection"),
            ("revocation_endpoint", "/token/revocation"),
            ("device_authorization_endpoint", "/device/auth"),
            ("end_session_endpoint", "/session/end"),
        ] {
            assert_eq!(metadata[name], format!("{issuer}{path}"), "{name}");
        }
    }
}

#[tokio::test]
async fn the_document_says_what_is_built_and_nothing_else() {
    let t = TestServer::start().await;
    let metadata = request(&t, "GET", DISCOVERY, &[]).await.json();
    for (name, value) in [
        ("response_types_supported", serde_json::json!(["code"])),
        ("grant_types_supported", serde_json::json!(["authorization_code", "refresh_token"])),
        ("code_challenge_methods_supported", serde_json::json!(["S256"])),
        ("subject_types_supported", serde_json::json!(["public"])),
        ("claims_parameter_supported", true.into()),
        ("request_parameter_supported", false.into()),
        ("request_uri_parameter_supported", false.into()),
        ("authorization_response_iss_parameter_supported", true.into()),
        ("ui_locales_supported", serde_json::json!(["en", "zh-Hans"])),
    ] {
        assert_eq!(metadata[name], value, "{name}");
    }
    let holds = |name: &str, value: &str| metadata[name].as_array().unwrap().iter().any(|v| v == value);
    assert!(holds("id_token_signing_alg_values_supported", "RS256"));
    assert!(!holds("introspection_endpoint_auth_methods_supported", "none"));
    for (name, value) in [
        ("scopes_supported", "offline_access"),
        ("claims_supported", "email"),
        ("acr_values_supported", "urn:usher:acr:one-factor"),
    ] {
        assert!(holds(name, value), "{name}");
    }
    // What is listed as a response mode or a scope is taken, one by one.
    let web = t.application("web");
    for mode in metadata["response_modes_supported"].as_array().unwrap() {
        let answer = t.browser().get(&web.request(&[("response_mode", mode.as_str().unwrap())])).await;
        super::leads_to(&answer, "/sign-in");
    }
    for prompt in metadata["prompt_values_supported"].as_array().unwrap().iter().filter(|p| *p != "none") {
        super::leads_to(
            &t.browser().get(&web.request(&[("prompt", prompt.as_str().unwrap())])).await,
            "/sign-in",
        );
    }
}

#[tokio::test]
async fn a_pool_has_exactly_one_issuer_and_other_spellings_nothing() {
    let t = TestServer::start().await;
    for path in [
        "/main/oidc/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/main/oidc",
        "/nobody/oidc/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/nobody/oidc",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/oidc/.well-known/openid-configuration/",
        "/OIDC/.well-known/openid-configuration",
        "/oidc/.well-known/openid%2dconfiguration",
        "//oidc/.well-known/openid-configuration",
        "/oidc//.well-known/openid-configuration",
        "/x/../oidc/.well-known/openid-configuration",
        "/staff/staff/oidc/.well-known/jwks.json",
        "/Staff/oidc/.well-known/jwks.json",
        "/staff;x/oidc/.well-known/jwks.json",
    ] {
        assert_eq!(request(&t, "GET", path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_document_that_is_known_already_is_not_sent_again() {
    let t = TestServer::start().await;
    for address in ADDRESSES {
        let answer = request(&t, "GET", address, &[]).await;
        let etag = answer.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10, "{etag}");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        for known in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"x\", {etag}"),
            format!("{etag},\"y\""),
            "*".to_owned(),
        ] {
            let again = request(&t, "GET", address, &[("if-none-match", &known)]).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{address} {known}");
            // RFC 9110 §15.4.5: what a 200 would have said about caching.
            assert_eq!(
                (again.header("etag"), again.header("cache-control")),
                (etag.as_str(), "public, max-age=300")
            );
            assert_eq!(again.header("access-control-allow-origin"), "*");
        }
        for unknown in ["\"x\"", "x", "", &etag[1..], &format!("\"~{}", &etag[2..]), &etag.replace('"', "")] {
            assert_eq!(
                request(&t, "GET", address, &[("if-none-match", unknown)]).await.status,
                200,
                "{address} {unknown}"
            );
        }
    }
}

#[tokio::test]
async fn head_says_what_get_would_without_the_content() {
    let t = TestServer::start().await;
    for address in ADDRESSES {
        let (get, head) = (request(&t, "GET", address, &[]).await, request(&t, "HEAD", address, &[]).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{address}");
        for name in ["content-type", "etag", "cache-control", "access-control-allow-origin"] {
            assert_eq!(head.header(name), get.header(name), "{address} {name}");
        }
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{address}");
        let etag = get.header("etag").to_owned();
        assert_eq!(request(&t, "HEAD", address, &[("if-none-match", &etag)]).await.status, 304);
    }
}

#[tokio::test]
async fn the_key_set_is_public_halves_only_and_differs_from_pool_to_pool() {
    let t = TestServer::start().await;
    let answer = request(&t, "GET", JWKS, &[]).await;
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    let (ours, theirs) =
        (answer.json(), request(&t, "GET", "/staff/oidc/.well-known/jwks.json", &[]).await.json());
    let keys = ours["keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private} is published");
        }
        assert!(key["kid"].is_string() && key["alg"] == "RS256" && key["use"] == "sig", "{key}");
    }
    let ids =
        |set: &Value| set["keys"].as_array().unwrap().iter().map(|k| k["kid"].clone()).collect::<Vec<_>>();
    assert!(ids(&ours).iter().all(|id| !ids(&theirs).contains(id)));
}

#[tokio::test]
async fn only_keys_of_algorithms_in_use_are_published_and_a_change_shows_at_once() {
    let mut t = TestServer::start().await;
    let before = request(&t, "GET", JWKS, &[]).await;
    let discovery = request(&t, "GET", DISCOVERY, &[]).await;
    let marker = "client_id = \"web\"\n";
    t.reseed(marker, &format!("{marker}id_token_signed_response_alg = \"ES256\"\n")).await;
    let after = request(&t, "GET", JWKS, &[("if-none-match", before.header("etag"))]).await;
    assert_eq!(after.status, 200);
    let algorithms =
        |set: &Value| set["keys"].as_array().unwrap().iter().map(|k| k["alg"].clone()).collect::<Vec<_>>();
    assert_eq!((algorithms(&before.json()).len(), algorithms(&after.json()).len()), (1, 2));
    assert!(algorithms(&after.json()).contains(&"ES256".into()));
    let listed = request(&t, "GET", DISCOVERY, &[("if-none-match", discovery.header("etag"))]).await.json();
    assert!(listed["id_token_signing_alg_values_supported"].as_array().unwrap().contains(&"ES256".into()));
    // An application that signs by its secret adds no key.
    let marker = "client_id = \"post\"\n";
    t.reseed(marker, &format!("{marker}id_token_signed_response_alg = \"HS256\"\n")).await;
    assert_eq!(algorithms(&request(&t, "GET", JWKS, &[]).await.json()).len(), 2);
}

#[tokio::test]
async fn any_page_may_read_what_is_public_and_never_with_credentials() {
    let t = TestServer::start().await;
    for address in ADDRESSES {
        for origin in ["https://spa.test", "https://evil.test", "null"] {
            let answer = request(&t, "GET", address, &[("origin", origin), ("cookie", "x=y")]).await;
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert!(
                !answer.headers.contains_key("access-control-allow-credentials")
                    && !answer.headers.contains_key("set-cookie")
            );
            assert_eq!(answer.headers.get_all("access-control-allow-origin").iter().count(), 1);
        }
    }
}
