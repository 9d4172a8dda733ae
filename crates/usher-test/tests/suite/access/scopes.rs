//! What an account gets of what it asks for: scope items by patterns, what is dropped and told, and the APIs that a token is for.

use super::support::{everything, nightly, parcels, part, server, token};
use serde_json::{Value, json};
use usher_store::Engine;
use usher_test::{Application, TestServer};

/// What is asked for, granted and rejected.
type Case = (&'static str, &'static str, &'static str);

/// `ak-nightly` holds `orders:*:read customers invoices:17:*`.
const NIGHTLY: &[Case] = &[
    ("", "orders:*:read customers invoices:17:*", ""),
    ("customers", "customers", ""),
    ("customers customers", "customers", ""),
    ("customers:4:write", "customers:4:write", ""),
    ("orders:17:read customers", "orders:17:read customers", ""),
    ("orders:read", "orders:read", ""),
    ("orders:*:read", "orders:*:read", ""),
    ("orders", "", "orders"),
    ("orders:*", "", "orders:*"),
    ("orders:17:write", "", "orders:17:write"),
    ("orders:write orders:read parcels", "orders:read", "orders:write parcels"),
    ("invoices:17:pay invoices:18:pay invoices:pay", "invoices:17:pay", "invoices:18:pay invoices:pay"),
    ("*", "", "*"),
    ("*:*:read", "", "*:*:read"),
    ("Customers", "", "Customers"),
    ("customers:", "", "customers:"),
    ("customers:a:b:c customers", "customers", "customers:a:b:c"),
    ("custom*", "", "custom*"),
    ("openid customers offline_access profile", "customers", "openid offline_access profile"),
];

/// `ak-everything` holds `*`, and still no person.
const EVERYTHING: &[Case] = &[
    ("", "*", ""),
    ("anything:at:all", "anything:at:all", ""),
    ("*:*:read", "*:*:read", ""),
    ("openid", "", "openid"),
    ("offline_access x openid", "x", "offline_access openid"),
];

/// The application `web` holds `invoices:*:read` and its own scope `orders`.
const WEB: &[Case] = &[
    ("", "invoices:*:read orders", ""),
    ("orders", "orders", ""),
    ("orders:5:write invoices:read", "orders:5:write invoices:read", ""),
    ("invoices", "", "invoices"),
    ("customers openid", "", "customers openid"),
];

async fn assert_cases(t: &TestServer, caller: &Application, cases: &[Case]) {
    for (asked, granted, rejected) in cases {
        let answer = caller.client_credentials(asked).await.tokens().answer;
        assert_eq!(answer["scope"], *granted, "{} asked for {asked:?}", caller.client_id);
        let told = answer.get("rejected_scope").map(|s| s.as_str().unwrap());
        assert_eq!(told, (!rejected.is_empty()).then_some(*rejected), "only where something was dropped");
        // The token says the same to those that read it, and introspection to those that ask.
        let access = answer["access_token"].as_str().unwrap();
        let seen = caller.introspect(access).await;
        assert_eq!((&seen["active"], &seen["scope"]), (&json!(true), &json!(granted)), "{asked:?}");
        if access.split('.').count() == 3 {
            assert_eq!(part(access, 1)["scope"], *granted);
        }
        assert_eq!(seen["iss"], t.issuer());
    }
}

async fn what_is_not_held_is_dropped_and_told(engine: Engine) {
    for format in ["jwt", "opaque"] {
        let t =
            server(engine).application("web", &format!("access_token_format = \"{format}\"")).start().await;
        assert_cases(&t, &nightly(&t), NIGHTLY).await;
        assert_cases(&t, &everything(&t), EVERYTHING).await;
        assert_cases(&t, &t.application("web"), WEB).await;
    }
}

#[tokio::test]
async fn a_scope_that_breaks_the_grammar_is_an_error() {
    let t = server(Engine::Sqlite).start().await;
    let many = (0..65).map(|i| format!("r{i}")).collect::<Vec<_>>().join(" ");
    for wrong in ["a\"b", "a\\b", "a\tb", "é", many.as_str()] {
        nightly(&t).client_credentials(wrong).await.refused("invalid_scope");
    }
    let twice = [("grant_type", "client_credentials"), ("scope", "customers"), ("scope", "customers")];
    nightly(&t).post("/oidc/token", &twice).await.refused("invalid_request");
}

/// A scope of 64 of an application's own and its items together are still given whole; one more is refused when it is declared.
#[tokio::test]
async fn everything_that_may_be_held_can_be_given() {
    let items = (0..63).map(|i| format!("r{i}")).collect::<Vec<_>>().join(" ");
    let t = server(Engine::Sqlite)
        .edit(
            "client_credentials_scope = \"invoices:*:read\"",
            &format!("client_credentials_scope = \"{items}\""),
        )
        .start()
        .await;
    let answer = t.application("web").client_credentials("").await.tokens().answer;
    assert_eq!(answer["scope"].as_str().unwrap().split(' ').count(), 64);
}

/// The audience of a token for a scope.
async fn audience(caller: &Application, scope: &str) -> Value {
    part(&token(caller, scope).await, 1)["aud"].clone()
}

#[tokio::test]
async fn a_token_is_for_the_apis_of_its_items_and_else_for_the_issuer() {
    let t = server(Engine::Sqlite).start().await;
    let (issuer, orders) = (json!(t.issuer()), json!("https://orders.test"));
    let (web, nightly, all) = (t.application("web"), nightly(&t), everything(&t));
    assert_eq!(audience(&nightly, "orders:17:read").await, orders);
    assert_eq!(audience(&nightly, "orders:1:read orders:2:read").await, orders);
    assert_eq!(audience(&web, "orders").await, orders);
    assert_eq!(audience(&nightly, "customers").await, issuer);
    assert_eq!(audience(&nightly, "parcels").await, issuer, "nothing was granted");
    assert_eq!(audience(&all, "*").await, issuer);
    assert_eq!(audience(&nightly, "customers orders:read").await, json!([orders, issuer]));
    // The scope is declared by another application of the pool.
    assert_eq!(audience(&parcels(&t), "orders:read").await, orders);
    // Where two declare it, each one's own declaration is its own.
    let t = server(Engine::Sqlite)
        .application(
            "post",
            "scopes = [{ name = \"orders\", audience = \"https://post.test\" }, { name = \"orders:print\", audience = \"https://print.test\" }, { name = \"customers\" }]",
        )
        .start()
        .await;
    assert_eq!(audience(&parcels(&t), "orders:read").await, "https://post.test");
    assert_eq!(
        audience(&parcels(&t), "orders:print").await,
        "https://print.test",
        "the item before its resource"
    );
    assert_eq!(audience(&t.application("web"), "orders:read").await, "https://orders.test");
    let post = t.application("post");
    assert_eq!(audience(&post, "customers").await, json!(t.issuer()), "declared to be nobody's API");
}

#[tokio::test]
async fn a_star_in_the_name_of_a_scope_of_its_own_is_no_pattern() {
    let t = server(Engine::Sqlite)
        .application("post", "scopes = [{ name = \"*\" }, { name = \"a*b\" }, { name = \"x\" }]")
        .start()
        .await;
    let answer = t.application("post").client_credentials("x y * a*b").await.tokens().answer;
    assert_eq!((&answer["scope"], &answer["rejected_scope"]), (&json!("x"), &json!("y * a*b")));
}

mod scope_growth {
    use super::super::support::{everything, nightly, server};
    use usher_store::Engine;

    /// Whatever else is sent, nobody signs in: there is no ID token, no refresh token, and no scope that means a person.
    #[tokio::test]
    async fn no_parameter_makes_it_more_than_an_access_token() {
        let t = server(Engine::Sqlite).start().await;
        let more: &[&[(&str, &str)]] = &[
            &[("scope", "openid offline_access")],
            &[
                ("scope", "openid"),
                ("prompt", "consent"),
                ("nonce", "n"),
                ("response_type", "code id_token token"),
            ],
            &[("scope", "openid offline_access *"), ("username", "alice"), ("sub", "alice")],
            &[("refresh_token", "x"), ("code", "x"), ("redirect_uri", "https://web.test/cb")],
            &[("audience", "https://orders.test"), ("resource", "https://orders.test")],
            &[("claims", r#"{"id_token":{"email":null}}"#), ("acr_values", "1")],
        ];
        for caller in [nightly(&t), everything(&t), t.application("web")] {
            for fields in more {
                let mut all = vec![("grant_type", "client_credentials")];
                all.extend(*fields);
                let tokens = caller.post("/oidc/token", &all).await.tokens();
                assert_eq!((tokens.id, tokens.refresh), (None, None), "{fields:?}");
                let granted = tokens.answer["scope"].as_str().unwrap().split(' ');
                assert!(granted.clone().all(|s| s != "openid" && s != "offline_access"), "{}", tokens.answer);
                assert_eq!(caller.userinfo(&tokens.access).await.status, 401);
            }
        }
    }
}

on_both_engines! { what_is_not_held_is_dropped_and_told }
