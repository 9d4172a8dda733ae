//! Attack classes "redirect_uri matcher bypass" and "path traversal in the accepted redirect": RFC 9700 §4.1.3 "exact string matching",
//! except that RFC 8252 §7.3 lets the port of a native application's loopback address vary.

use super::hostile_addresses::{SHAPES, hostile};
use super::{is_error_page, leads_to};
use proptest::prelude::*;
use std::sync::LazyLock;
use usher_core::Client;
use usher_test::TestServer;

/// One application with all shapes registered, and others with their own addresses.
async fn server() -> TestServer {
    let shapes = |keep: fn(&str) -> bool| {
        SHAPES.iter().filter(|s| keep(s)).map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ")
    };
    let (every, web) = (shapes(|_| true), shapes(|s| s.starts_with("http")));
    let more = format!(
        "\n[[pools]]\nname = \"shapes\"\n\n[[pools.applications]]\nclient_id = \"app\"\nclient_name = \"App\"\napplication_type = \"native\"\n\
         redirect_uris = [{every}]\n\n[[pools.applications]]\nclient_id = \"site\"\nclient_secret = \"site-secret-0123456789-0123456789-0123456789\"\n\
         client_name = \"Site\"\nredirect_uris = [{web}]\n"
    );
    TestServer::builder().more(&more).start().await
}

#[tokio::test]
async fn of_hundreds_of_hostile_addresses_none_is_ever_redirected_to() {
    let t = server().await;
    let hostile = hostile();
    assert!(hostile.len() >= 200, "{}", hostile.len());
    let mut browser = t.browser();
    for application in [
        t.application_of("shapes", "app"),
        t.application_of("shapes", "site"),
        t.application("native"),
        t.application("web"),
    ] {
        for uri in &hostile {
            // Refused at once, refused where the request has another mistake, and refused without any page.
            let answer = browser.get(&application.request(&[("redirect_uri", uri)])).await;
            is_error_page(&answer, &format!("{}: {uri:?}", application.client_id));
        }
    }
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
}

#[tokio::test]
async fn no_other_mistake_of_a_request_makes_a_hostile_address_good() {
    let t = server().await;
    let app = t.application_of("shapes", "app");
    let mut browser = t.browser();
    for uri in [
        "https://evil.test/cb",
        "https://app.test@evil.test/cb",
        "http://127.0.0.1:80@evil.test/cb",
        "https://app.test/cb/..;/evil",
    ] {
        for (name, value) in [
            ("response_type", "token"),
            ("response_type", ""),
            ("response_mode", "form_post"),
            ("response_mode", "nonsense"),
            ("prompt", "none"),
            ("prompt", "none login"),
            ("request", "a.b.c"),
            ("request_uri", uri),
            ("registration", "{}"),
            ("scope", "\""),
            ("claims", "x"),
            ("max_age", "x"),
            ("id_token_hint", "x"),
            ("code_challenge", ""),
            ("display", "x"),
        ] {
            is_error_page(
                &browser.get(&app.request(&[("redirect_uri", uri), (name, value)])).await,
                &format!("{uri} {name}={value}"),
            );
        }
        let fields =
            [("client_id", "app"), ("redirect_uri", uri), ("response_type", "code"), ("scope", "openid")];
        is_error_page(&super::posting::post(&mut browser, "/shapes/oidc/auth", &fields).await, uri);
    }
}

#[tokio::test]
async fn every_registered_address_is_good_and_loopback_with_any_port_for_native_applications_only() {
    let t = server().await;
    let (app, site) = (t.application_of("shapes", "app"), t.application_of("shapes", "site"));
    let mut browser = t.browser();
    for uri in SHAPES {
        leads_to(&browser.get(&app.request(&[("redirect_uri", uri)])).await, "/shapes/sign-in");
    }
    for uri in [
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:80/cb",
        "http://127.0.0.1:65535/cb",
        "http://[::1]:49152/cb",
        "http://127.0.0.1/nine?x=1",
        "http://127.0.0.1:49152/nine?x=1",
    ] {
        leads_to(&browser.get(&app.request(&[("redirect_uri", uri)])).await, "/shapes/sign-in");
        is_error_page(&browser.get(&site.request(&[("redirect_uri", uri)])).await, uri);
    }
    leads_to(
        &browser.get(&site.request(&[("redirect_uri", "http://127.0.0.1/cb")])).await,
        "/shapes/sign-in",
    );
    // RFC 8252 §8.3: the name localhost is no loopback address unless the application says so.
    is_error_page(
        &browser.get(&app.request(&[("redirect_uri", "http://localhost:3001/cb")])).await,
        "localhost",
    );
}

#[tokio::test]
async fn localhost_with_any_port_is_a_switch_of_the_application() {
    let edit = (
        "redirect_uris = [\"http://127.0.0.1/cb\"",
        "allow_localhost_any_port = true\nredirect_uris = [\"http://localhost/cb\", \"http://127.0.0.1/cb\"",
    );
    let t = TestServer::builder().edit(edit.0, edit.1).start().await;
    let native = t.application("native");
    let mut browser = t.browser();
    leads_to(
        &browser.get(&native.request(&[("redirect_uri", "http://localhost:5000/cb")])).await,
        "/sign-in",
    );
    for uri in [
        "http://localhost.evil.test:5000/cb",
        "http://localhost:5000@evil.test/cb",
        "http://localhost:5000/cbx",
        "https://localhost:5000/cb",
        "http://LOCALHOST:5000/cb",
    ] {
        is_error_page(&browser.get(&native.request(&[("redirect_uri", uri)])).await, uri);
    }
}

#[tokio::test]
async fn the_token_endpoint_wants_the_very_address_that_was_sent() {
    let t = TestServer::start().await;
    let native = t.application("native");
    let sent = "http://127.0.0.1:5001/cb";
    for wrong in [
        "",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:5002/cb",
        "http://127.0.0.1:5001/cb/",
        "http://[::1]:5001/cb",
    ] {
        let callback = native.authorize(&mut t.browser(), "alice", &[("redirect_uri", sent)]).await;
        assert!(callback.target.starts_with("http://127.0.0.1:5001/cb?"), "{}", callback.target);
        native.exchange_with(callback.code(), &[("redirect_uri", wrong)]).await.refused("invalid_grant");
    }
    let callback = native.authorize(&mut t.browser(), "alice", &[("redirect_uri", sent)]).await;
    assert!(native.exchange_with(callback.code(), &[("redirect_uri", sent)]).await.tokens().id.is_some());
}

/// An application with all shapes.
fn client(application_type: &str) -> Client {
    let shapes: Vec<&str> =
        SHAPES.into_iter().filter(|s| application_type == "native" || s.starts_with("http")).collect();
    let method = if application_type == "web" { "client_secret_basic" } else { "none" };
    let settings = serde_json::json!({ "client_id": "app", "client_name": "App", "application_type": application_type, "redirect_uris": shapes,
        "token_endpoint_auth_method": method });
    Client::new(serde_json::from_value(settings).unwrap())
}

static WEB: LazyLock<Client> = LazyLock::new(|| client("web"));
static NATIVE: LazyLock<Client> = LazyLock::new(|| client("native"));

/// Whether a native application's address is one of the registered loopback ones with a port written in the one right way.
fn is_loopback_with_a_port(uri: &str) -> bool {
    [("http://127.0.0.1", "/cb"), ("http://127.0.0.1", "/nine?x=1"), ("http://[::1]", "/cb")].into_iter().any(
        |(before, after)| {
            let port = uri.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            port.is_some_and(|port| {
                let number = port.strip_prefix(':').and_then(|n| n.parse::<u16>().ok()).filter(|n| *n > 0);
                port.is_empty() || number.is_some_and(|n| port == format!(":{n}"))
            })
        },
    )
}

/// A registered address with a few characters put in, taken out or replaced, or parts of several put together, or anything.
fn nearly_registered() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9.:/?#@%\\\\;&=*\\[\\] -]{0,3}",
        proptest::sample::select(vec![
            "..",
            "%2e",
            "%2f",
            "@evil.test",
            ":80",
            ":0",
            ":65535",
            ":65536",
            "http://127.0.0.1",
            "[::1]",
            "/cb",
            "\t",
            "\u{0}",
            "é"
        ])
        .prop_map(str::to_owned),
    ];
    let edited = (proptest::sample::select(SHAPES.to_vec()), any::<prop::sample::Index>(), 0..4_usize, piece)
        .prop_map(|(shape, at, take, piece)| {
            let at = at.index(shape.len() + 1);
            let end = (at + take).min(shape.len());
            format!("{}{piece}{}", &shape[..at], &shape[end..])
        });
    let halves = (
        proptest::sample::select(SHAPES.to_vec()),
        proptest::sample::select(SHAPES.to_vec()),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(a, b, i, j)| format!("{}{}", &a[..i.index(a.len() + 1)], &b[j.index(b.len() + 1)..]));
    let port = (proptest::sample::select(SHAPES.to_vec()), "[0-9]{0,6}").prop_map(|(shape, port)| {
        let (scheme, rest) = shape.split_once("://").unwrap_or((shape, ""));
        let host = rest.find(['/', '?']).unwrap_or(rest.len());
        format!("{scheme}://{}:{port}{}", &rest[..host], &rest[host..])
    });
    prop_oneof![4 => edited, 2 => halves, 2 => port, 1 => ".*"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn what_is_accepted_of_a_web_application_is_registered(uri in nearly_registered()) {
        let accepted = WEB.redirect(&uri).is_some();
        prop_assert_eq!(accepted, SHAPES.iter().any(|s| *s == uri && s.starts_with("http")));
    }

    #[test]
    fn what_is_accepted_of_a_native_application_is_registered_apart_from_a_loopback_port(uri in nearly_registered()) {
        let accepted = NATIVE.redirect(&uri).map(|u| u.as_str().to_owned());
        prop_assert_eq!(accepted.is_some(), SHAPES.contains(&uri.as_str()) || is_loopback_with_a_port(&uri));
        // The browser that follows it arrives at the host that was registered.
        if let Some(registered) = accepted {
            let (registered, uri) = (url::Url::parse(&registered).unwrap(), url::Url::parse(&uri).unwrap());
            prop_assert_eq!((registered.scheme(), registered.host(), registered.path()), (uri.scheme(), uri.host(), uri.path()));
            prop_assert_eq!(uri.username(), "");
        }
    }
}
