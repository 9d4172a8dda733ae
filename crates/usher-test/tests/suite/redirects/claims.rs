//! The `claims` parameter (OpenID Connect Core §5.5): it yields what some scope of the application's could, and nothing else.

use super::{browser_of, is_told, leads_to, told};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use usher_test::{Application, Browser, TestServer};

/// What a request for claims yields: the ID token's claims, and userinfo's.
async fn yielded(
    application: &Application,
    browser: &mut Browser,
    scope: &str,
    claims: &Value,
) -> (Value, Value) {
    let changes = [("scope", scope), ("claims", &claims.to_string())];
    let callback = application.authorize(browser, "alice", &changes).await;
    let tokens = application.exchange(callback.code()).await.tokens();
    let id = application.verify(tokens.id.as_deref().unwrap(), &application.client_id).await;
    (id, application.userinfo(&tokens.access).await.json())
}

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn single_claims_come_where_they_were_asked_for() {
    let t = TestServer::start().await;
    let asked = json!({
        "userinfo": { "given_name": { "essential": true }, "email": null, "nickname": null, "http://other.test/claim": null },
        "id_token": { "name": { "values": ["x", "y"] }, "auth_time": { "essential": true }, "customer_number": null },
        "other": { "name": null },
    });
    let (id, userinfo) = yielded(&t.application("web"), &mut t.browser(), "openid", &asked).await;
    assert_eq!(userinfo, json!({ "sub": id["sub"], "given_name": "Alice", "email": "alice@example.com" }));
    assert_eq!((&id["name"], &id["customer_number"]), (&json!("Alice Arden"), &json!(4711)));
    assert_eq!((id.get("email"), id.get("given_name")), (None, None));
}

#[tokio::test]
async fn claims_beyond_every_scope_of_the_application_are_not_given() {
    let t =
        TestServer::builder().application("post", "scope = \"openid profile offline_access\"").start().await;
    let everything = json!({ "email": { "essential": true }, "phone_number": null, "customer_number": null, "username": null, "password": null,
        "name": null, "password_hash": null, "enabled": null });
    let asked = json!({ "userinfo": everything, "id_token": everything });
    let (id, userinfo) = yielded(&t.application("post"), &mut t.browser(), "openid", &asked).await;
    assert_eq!(names(&userinfo), ["name", "sub"]);
    let own = [
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "exp",
        "iat",
        "iss",
        "name",
        "nonce",
        "sid",
        "sub",
    ];
    assert_eq!(names(&id), own);
}

#[tokio::test]
async fn the_protocols_own_claims_cannot_be_asked_away() {
    let t = TestServer::start().await;
    let wish = json!({ "value": "https://evil.test", "essential": true });
    let asked: Value =
        ["iss", "aud", "azp", "exp", "iat", "nonce", "sid", "amr", "at_hash", "client_id", "scope"]
            .into_iter()
            .map(|name| (name.to_owned(), wish.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
    let (id, userinfo) = yielded(
        &t.application("web"),
        &mut t.browser(),
        "openid",
        &json!({ "id_token": asked, "userinfo": asked }),
    )
    .await;
    assert!(!id.to_string().contains("evil.test") && !userinfo.to_string().contains("evil.test"));
    assert_eq!((&id["aud"], &id["nonce"]), (&json!("web"), &json!("a nonce")));
    assert_eq!(names(&userinfo), ["sub"]);
}

#[tokio::test]
async fn single_claims_are_consented_to_one_by_one_and_per_application() {
    let t = TestServer::start().await;
    let (web, post) = (t.application("web"), t.application("post"));
    let mut browser = t.browser();
    let email = json!({ "userinfo": { "email": null } });
    yielded(&web, &mut browser, "openid", &email).await;
    let silently = |claims: &Value| [("prompt", "none".to_owned()), ("claims", claims.to_string())];
    let ask = |application: &Application, claims: &Value| {
        let changes = silently(claims);
        application.request(&changes.each_ref().map(|(n, v)| (*n, v.as_str())))
    };
    told(&browser.get(&ask(&web, &email)).await).code();
    told(&browser.get(&ask(&web, &json!({ "id_token": { "email": null } }))).await).code();
    let more = json!({ "userinfo": { "email": null, "phone_number": null } });
    is_told(&browser.get(&ask(&web, &more)).await, "consent_required", &t.issuer());
    is_told(&browser.get(&ask(&post, &email)).await, "consent_required", &t.issuer());
    // Consent to a claim is not consent to the scope that holds it.
    is_told(
        &browser.get(&web.request(&[("prompt", "none"), ("scope", "openid email")])).await,
        "consent_required",
        &t.issuer(),
    );
}

#[tokio::test]
async fn the_consent_page_names_the_single_claims() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let plain = browser.open(&web.request(&[])).await.page().words();
    let claims =
        json!({ "id_token": { "customer_number": null }, "userinfo": { "username": null } }).to_string();
    let asked = browser.open(&web.request(&[("claims", &claims)])).await.page().words();
    assert!(!plain.contains("customer_number") && asked.contains("customer_number"), "{asked}");
    assert!(!asked.contains("username"), "{asked}");
}

#[tokio::test]
async fn an_essential_class_that_cannot_be_reached_is_a_failed_sign_in() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let acr = |wish: Value| json!({ "id_token": { "acr": wish } }).to_string();
    let (one, several) = ("urn:usher:acr:one-factor", "urn:usher:acr:several-factors");
    for reachable in [
        acr(json!({ "essential": true, "values": [several, one] })),
        acr(json!({ "essential": true, "value": one })),
        acr(json!({ "essential": true })),
        acr(json!({ "values": [several] })),
        acr(json!({ "essential": false, "value": "urn:unknown" })),
        acr(Value::Null),
    ] {
        told(&browser.get(&own.request(&[("claims", &reachable)])).await).code();
    }
    for beyond in [
        acr(json!({ "essential": true, "value": several })),
        acr(json!({ "essential": true, "values": [several, "urn:usher:acr:phishing-resistant"] })),
        acr(json!({ "essential": true, "value": "urn:unknown" })),
        acr(json!({ "essential": true, "value": "" })),
    ] {
        is_told(
            &browser.get(&own.request(&[("claims", &beyond)])).await,
            "unmet_authentication_requirements",
            &t.issuer(),
        );
        let callback = own.authorize(&mut t.browser(), "alice", &[("claims", &beyond)]).await;
        assert_eq!(callback.error(), "unmet_authentication_requirements");
    }
    for nonsense in
        [acr(json!({ "essential": true, "value": 3 })), acr(json!({ "essential": true, "values": [null] }))]
    {
        let callback = told(&browser.get(&own.request(&[("claims", &nonsense)])).await);
        assert!(!callback.params.contains_key("code"), "{nonsense} demands what nobody can reach");
    }
}

#[tokio::test]
async fn what_is_no_request_for_claims_is_refused_in_words_that_a_redirect_may_carry() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let deep = format!("{}1{}", "{\"a\":".repeat(600), "}".repeat(600));
    let nested = format!("{{\"id_token\":{{\"a\":{}1{}}}}}", "[".repeat(1500), "]".repeat(1500));
    let many: String = (0..101).map(|n| format!("\"c{n}\":null")).collect::<Vec<_>>().join(",");
    for claims in [
        "x",
        "null",
        "[]",
        "\"\"",
        "1",
        "{",
        "{}{}",
        "{\"id_token\":1}",
        "{\"userinfo\":[]}",
        "{\"userinfo\":\"email\"}",
        "{\"id_token\":{\"email\":true}}",
        "{\"id_token\":{\"\\\"é\\\\\\u0007<b>\":1}}",
        "{\"id_token\":{\"a\":{\"values\":\"x\"}}}",
        "{\"userinfo\":{},\"userinfo\":{}}",
        "{\"userinfo\":{\"a\":null,\"a\":null}}",
        "{'userinfo':{}}",
        &deep,
        &nested,
        &format!("{{\"userinfo\":{{{many}}}}}"),
    ] {
        let callback = is_told(
            &t.browser().get(&web.request(&[("claims", claims)])).await,
            "invalid_request",
            &t.issuer(),
        );
        // RFC 6749 §4.1.2.1: "Values for the "error_description" parameter MUST NOT include characters outside the set %x20-21 /
        // %x23-5B / %x5D-7E."
        let description = &callback.params["error_description"];
        assert!(
            description.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
            "{description:?}"
        );
    }
    for fine in [
        "{}",
        "{\"userinfo\":null}",
        "{\"id_token\":{}}",
        "{\"verified_claims\":{\"x\":[1]}}",
        " {\"id_token\" : { } } ",
    ] {
        leads_to(&t.browser().get(&web.request(&[("claims", fine)])).await, "/sign-in");
    }
}

#[tokio::test]
async fn garbage_of_many_kinds_is_one_refusal_in_the_audit_trail() {
    let t = TestServer::start().await;
    let web = t.application("web");
    for n in 0..20 {
        let claims = format!("{{\"id_token\":{{\"garbage {n}\":{n}}}}}");
        is_told(&t.browser().get(&web.request(&[("claims", &claims)])).await, "invalid_request", &t.issuer());
        t.browser().get(&web.request(&[("redirect_uri", &format!("https://evil.test/{n}"))])).await;
        t.browser().get(&web.request(&[("client_id", &format!("nobody-{n}"))])).await;
        t.browser()
            .get(&format!(
                "/oidc/session/end?client_id=web&post_logout_redirect_uri=https%3A%2F%2Fevil.test%2F{n}"
            ))
            .await;
        t.browser().get(&format!("/oidc/session/end?client_id=nobody-{n}")).await;
    }
    let refused = t.refusals().await;
    let kinds: BTreeSet<_> = refused.iter().map(|sum| (&sum.cause, &sum.client_id)).collect();
    // Invariant: what somebody outside makes up does not become rows: a cause is one of a few sentences.
    assert!(kinds.len() <= 5, "{} kinds: {refused:#?}", kinds.len());
    assert_eq!(refused.iter().map(|sum| sum.times).sum::<i64>(), 100);
}
