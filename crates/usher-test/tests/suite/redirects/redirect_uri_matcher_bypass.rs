//! Attack classes "redirect_uri matcher bypass" and "path traversal in the accepted redirect": RFC 9700 §4.1.3 "exact string matching",
//! except that RFC 8252 §7.3 lets the port of a native application's loopback address vary.

use super::{is_error_page, leads_to};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use usher_core::Client;
use usher_test::TestServer;

/// Registered shapes: with and without path, query, port, escapes, trailing slash; loopback addresses; a scheme of its own.
const SHAPES: [&str; 14] = [
    "https://app.test/cb",
    "https://app.test",
    "https://app.test/",
    "https://app.test/deep/cb/",
    "https://app.test:8443/cb",
    "https://app.test/cb?tenant=a&x=%2F",
    "https://app.test/a%2Fb",
    "https://xn--bcher-kva.test/cb",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:9000/nine?x=1",
    "http://[::1]/cb",
    "http://localhost:3000/cb",
    "com.example.app:/cb",
    "com.example.app://cb",
];

/// Ways in which `https://app.test/cb` was written to get past other servers.
const WRITTEN: &[&str] = &[
    // Userinfo, several @, and what parsers take for the end of a host.
    "https://app.test@evil.test/cb",
    "https://app.test:443@evil.test/cb",
    "https://app.test:x@evil.test/cb",
    "https://evil.test@app.test/cb",
    "https://a@b@app.test/cb",
    "https://app.test@b@evil.test/cb",
    "https://@app.test/cb",
    "https://:@app.test/cb",
    "https://app.test%40evil.test/cb",
    "https://app.test%2540evil.test/cb",
    "https://evil.test#@app.test/cb",
    "https://evil.test?@app.test/cb",
    "https://evil.test/@app.test/cb",
    "https://evil.test;@app.test/cb",
    "https://evil.test\\@app.test/cb",
    "https://app.test\\@evil.test/cb",
    "https://app.test\\.evil.test/cb",
    "https://app.test%5c.evil.test/cb",
    "https://app.test%5C@evil.test/cb",
    "https:\\\\app.test\\cb",
    "https:/\\app.test/cb",
    "https:\\/app.test/cb",
    "https://app.test\\cb",
    "https://app.test/\\cb",
    // Hosts that begin or end alike, dots as any character.
    "https://app.test.evil.test/cb",
    "https://evilapp.test/cb",
    "https://appxtest/cb",
    "https://app-test/cb",
    "https://app.testing/cb",
    "https://sub.app.test/cb",
    "https://app.test./cb",
    "https://app.test../cb",
    "https://.app.test/cb",
    "https://app..test/cb",
    "https://app.test.:443/cb",
    "https://app%2etest/cb",
    "https://app%2Etest/cb",
    "https://%61pp.test/cb",
    "https://app.test%00.evil.test/cb",
    "https://app.test%0d%0a.evil.test/cb",
    "https://app.test%2fcb",
    "https://app.test%2f@evil.test/cb",
    "https://app.test%23@evil.test/cb",
    "https://app.test%3f@evil.test/cb",
    "https://app.test%09.evil.test/cb",
    "https://app。test/cb",
    "https://app．test/cb",
    "https://ａｐｐ.test/cb",
    "https://аpp.test/cb",
    "https://xn--pp-8ia.test/cb",
    "https://app.te\u{ad}st/cb",
    "https://app.te\u{200b}st/cb",
    "https://app.teſt/cb",
    "https://APP.test/cb",
    "https://app.TEST/cb",
    "HTTPS://app.test/cb",
    "hTTps://app.test/cb",
    // Ports.
    "https://app.test:443/cb",
    "https://app.test:/cb",
    "https://app.test:80/cb",
    "https://app.test:8080/cb",
    "https://app.test:0443/cb",
    "https://app.test:65536/cb",
    "https://app.test:443:443/cb",
    "https://app.test:-1/cb",
    "https://app.test:443.evil.test/cb",
    "https://app.test:%34%34%33/cb",
    "https://app.test:８４４３/cb",
    "https://app.test:08443/cb",
    "https://app.test:8443:/cb",
    // Schemes.
    "http://app.test/cb",
    "ftp://app.test/cb",
    "https:app.test/cb",
    "https:/app.test/cb",
    "https:///app.test/cb",
    "https:////app.test/cb",
    "//app.test/cb",
    "/cb",
    "cb",
    "app.test/cb",
    "httpss://app.test/cb",
    "xhttps://app.test/cb",
    "https://https://app.test/cb",
    "view-source:https://app.test/cb",
    "blob:https://app.test/cb",
    "javascript:https://app.test/cb",
    "javascript://app.test/%0aalert(1)",
    "data:text/html,https://app.test/cb",
    "feed:https://app.test/cb",
    "intent://app.test/cb#Intent;scheme=https;end",
    // Path traversal, path parameters, escapes once and twice.
    "https://app.test/cb/",
    "https://app.test/cb/.",
    "https://app.test/cb/..",
    "https://app.test/./cb",
    "https://app.test/x/../cb",
    "https://app.test/cb/../evil",
    "https://app.test/cb/..;/evil",
    "https://app.test/cb/..;x=y/evil",
    "https://app.test/cb/.;/evil",
    "https://app.test/..;/cb",
    "https://app.test/cb;jsessionid=1",
    "https://app.test/cb;",
    "https://app.test/;/cb",
    "https://app.test/cb/%2e%2e/evil",
    "https://app.test/cb/%2E%2E/evil",
    "https://app.test/cb/%2e./evil",
    "https://app.test/cb/.%2e/evil",
    "https://app.test/cb/..%2fevil",
    "https://app.test/cb/..%5cevil",
    "https://app.test/cb%2f..%2fevil",
    "https://app.test/cb/%252e%252e/evil",
    "https://app.test/cb/..%252fevil",
    "https://app.test/cb/%c0%ae%c0%ae/evil",
    "https://app.test/cb/..%00/evil",
    "https://app.test/cb\\..\\evil",
    "https://app.test/cb/\\../evil",
    "https://app.test//cb",
    "https://app.test/cb//",
    "https://app.test/%63b",
    "https://app.test/c%62",
    "https://app.test/%2fcb",
    "https://app.test/CB",
    "https://app.test/cb%20",
    "https://app.test/cb%00",
    "https://app.test/cb%0a",
    "https://app.test/cb%0d%0aSet-Cookie:x=1",
    "https://app.test/cb%ff",
    "https://app.test/cb%",
    "https://app.test/cb%2",
    "https://app.test/cb%zz",
    "https://app.test/cbx",
    "https://app.test/c",
    "https://app.test/cb.evil",
    "https://app.test/cb*",
    "https://app.test*",
    "https://*.test/cb",
    "*",
    "https://app.test/.*",
    "https://app.test/a/b",
    "https://app.test/a%2fb",
    "https://app.test/a%252Fb",
    "https://app.test/deep/cb",
    "https://app.test/deep//cb/",
    // Queries and fragments.
    "https://app.test/cb?",
    "https://app.test/cb?x",
    "https://app.test/cb?code=x",
    "https://app.test/cb?next=https://evil.test",
    "https://app.test/cb&x=1",
    "https://app.test/cb#",
    "https://app.test/cb#x",
    "https://app.test/cb#access_token=x",
    "https://app.test/cb%23",
    "https://app.test/cb%3fx",
    "https://app.test?/cb",
    "https://app.test#/cb",
    "https://app.test/#/cb",
    "https://app.test/cb?tenant=a",
    "https://app.test/cb?tenant=a&x=/",
    "https://app.test/cb?tenant=a&x=%2f",
    "https://app.test/cb?x=%2F&tenant=a",
    "https://app.test/cb?tenant=a&x=%2F&",
    "https://app.test/cb?tenant=a&x=%2F&y",
    "https://app.test/cb?tenant=a;x=%2F",
    "https://app.test/cb?tenant=a&amp;x=%2F",
    "https://app.test/cb?tenant=b&x=%2F",
    "https://app.test/cb?tenant=a&tenant=b&x=%2F",
    // Spaces, controls, line breaks around and inside.
    " https://app.test/cb",
    "https://app.test/cb ",
    "https://app.test/cb\t",
    "\thttps://app.test/cb",
    "https://app.test/cb\n",
    "https://app.test/cb\r\n",
    "\nhttps://app.test/cb",
    "ht\ntps://app.test/cb",
    "https://app.test/c\tb",
    "https://app\t.test/cb",
    "https:// app.test/cb",
    "https://app.test /cb",
    "https://app.test/cb\u{0}",
    "https://app.test/cb\u{0}.evil",
    "https://app.test/cb\u{b}",
    "https://app.test/cb\u{85}",
    "https://app.test/cb\u{a0}",
    "https://app.test/cb\u{2028}",
    "\u{feff}https://app.test/cb",
    "https://app.test/cb\u{feff}",
    "https://app.test/cb https://evil.test",
    "https://app.test/cb,https://evil.test",
    "https://evil.test,https://app.test/cb",
    "https://evil.test https://app.test/cb",
    "<https://app.test/cb>",
    "\"https://app.test/cb\"",
    "'https://app.test/cb'",
    "%68ttps://app.test/cb",
    "https%3A%2F%2Fapp.test%2Fcb",
    // Elsewhere.
    "https://evil.test/cb",
    "https://evil.test",
    "https://evil.test/https://app.test/cb",
    "https://evil.test/?https://app.test/cb",
    "https://evil.test/#https://app.test/cb",
    "https://post.test/cb",
    "https://bücher.test/cb",
    "https://xn--bcher-kva.test./cb",
    "https://XN--BCHER-KVA.test/cb",
    // Loopback addresses that are not the registered one.
    "https://127.0.0.1/cb",
    "http://127.0.0.1",
    "http://127.0.0.1/",
    "http://127.0.0.1/cb/",
    "http://127.0.0.1/cb?x=1",
    "http://127.0.0.1/nine",
    "http://127.0.0.1:9000/nine?x=2",
    "http://127.0.0.1:/cb",
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:00080/cb",
    "http://127.0.0.1:080/cb",
    "http://127.0.0.1:65536/cb",
    "http://127.0.0.1:99999/cb",
    "http://127.0.0.1:+80/cb",
    "http://127.0.0.1:-80/cb",
    "http://127.0.0.1:80:80/cb",
    "http://127.0.0.1:80x/cb",
    "http://127.0.0.1:0x50/cb",
    "http://127.0.0.1:８０/cb",
    "http://127.0.0.1:80@evil.test/cb",
    "http://127.0.0.1:80#@evil.test/cb",
    "http://127.0.0.1:80\\@evil.test/cb",
    "http://127.0.0.1:80%2f@evil.test/cb",
    "http://127.0.0.1@evil.test/cb",
    "http://user@127.0.0.1:80/cb",
    "http://127.0.0.1:80 /cb",
    "http://127.0.0.1:80/../cb",
    "http://127.0.0.1:80//cb",
    "http://127.0.0.1:80/cb;x",
    "http://127.0.0.1:80/%63b",
    "http://127.0.0.1:80/cb#x",
    "http://127.0.0.1.evil.test/cb",
    "http://127.0.0.1.:80/cb",
    "http://127.0.0.2:80/cb",
    "http://127.1/cb",
    "http://127.0.1/cb",
    "http://2130706433/cb",
    "http://0x7f000001/cb",
    "http://0x7f.0.0.1/cb",
    "http://0177.0.0.1/cb",
    "http://017700000001/cb",
    "http://127.0.0.01/cb",
    "http://127。0。0。1/cb",
    "http://１２７.0.0.1/cb",
    "http://0.0.0.0/cb",
    "http://0/cb",
    "HTTP://127.0.0.1:80/cb",
    "http:/127.0.0.1:80/cb",
    "http:127.0.0.1:80/cb",
    "http:\\\\127.0.0.1:80/cb",
    "http://[::1]",
    "http://[::1]:/cb",
    "http://[::1]:0/cb",
    "http://[::1]:65536/cb",
    "http://[::1]:80@evil.test/cb",
    "http://[::1].evil.test/cb",
    "http://[::1]evil.test/cb",
    "http://[::1%25lo]/cb",
    "http://[::1%lo]:80/cb",
    "http://[0:0:0:0:0:0:0:1]/cb",
    "http://[0::1]:80/cb",
    "http://[::0001]/cb",
    "http://[::ffff:127.0.0.1]/cb",
    "http://[::127.0.0.1]/cb",
    "http://[::2]:80/cb",
    "http://::1/cb",
    "https://[::1]/cb",
    "http://localhost/cb",
    "http://localhost:3001/cb",
    "http://localhost:03000/cb",
    "http://localhost.:3000/cb",
    "http://LOCALHOST:3000/cb",
    "http://localhost.evil.test:3000/cb",
    "http://localhost:3000@evil.test/cb",
    "http://localhos%74:3000/cb",
    "https://localhost:3000/cb",
    // An application's own scheme.
    "com.example.app:cb",
    "com.example.app:///cb",
    "com.example.app:/cb/",
    "com.example.app:/cb?x",
    "com.example.app:/cb#x",
    "com.example.app:/%63b",
    "com.example.app:/x/../cb",
    "com.example.app://evil/cb",
    "com.example.app://cb/",
    "com.example.app://cb:80",
    "com.example.app://x@cb",
    "com.example.app:",
    "COM.example.app:/cb",
    "com.example.App:/cb",
    "com.example.apps:/cb",
    "com.example.app.evil:/cb",
    "xcom.example.app:/cb",
    "com-example-app:/cb",
    "com.example.app%3a/cb",
];

/// What is written above, and every shape with something added, taken away or doubled; nothing that is registered.
fn hostile() -> BTreeSet<String> {
    let mut all: BTreeSet<String> = WRITTEN.iter().map(|u| (*u).to_owned()).collect();
    for shape in SHAPES {
        for (before, after) in [
            (" ", ""), ("", " "), ("", "/"), ("", "."), ("", "?"), ("", "#"), ("", "&x=y"), ("", "%20"), ("", "%00"), ("", "/.."), ("", "@evil.test"),
            ("", ".evil.test"), ("", "\\"), ("", ";x"), ("", "*"), ("https://evil.test/", ""), ("https://evil.test/?", ""), ("https://evil.test#", ""),
        ] {
            all.insert(format!("{before}{shape}{after}"));
        }
        all.insert(shape[..shape.len() - 1].to_owned());
        all.insert(shape.to_uppercase());
        all.insert(shape.replacen("://", ":/", 1));
        all.insert(shape.replacen("://", "://evil.test@", 1));
        all.insert(shape.replace('/', "\\"));
        all.insert(shape.replace('/', "%2F"));
        all.insert(format!("{shape}{shape}"));
        all.insert(format!("{shape} {shape}"));
    }
    for registered in SHAPES {
        all.remove(registered);
    }
    all
}

/// One application with all shapes registered, and others with their own addresses.
async fn server() -> TestServer {
    let shapes = |keep: fn(&str) -> bool| SHAPES.iter().filter(|s| keep(s)).map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ");
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
    for application in [t.application_of("shapes", "app"), t.application_of("shapes", "site"), t.application("native"), t.application("web")] {
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
    for uri in ["https://evil.test/cb", "https://app.test@evil.test/cb", "http://127.0.0.1:80@evil.test/cb", "https://app.test/cb/..;/evil"] {
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
            is_error_page(&browser.get(&app.request(&[("redirect_uri", uri), (name, value)])).await, &format!("{uri} {name}={value}"));
        }
        let fields = [("client_id", "app"), ("redirect_uri", uri), ("response_type", "code"), ("scope", "openid")];
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
        "http://127.0.0.1:1/cb", "http://127.0.0.1:80/cb", "http://127.0.0.1:65535/cb", "http://[::1]:49152/cb", "http://127.0.0.1/nine?x=1",
        "http://127.0.0.1:49152/nine?x=1",
    ] {
        leads_to(&browser.get(&app.request(&[("redirect_uri", uri)])).await, "/shapes/sign-in");
        is_error_page(&browser.get(&site.request(&[("redirect_uri", uri)])).await, uri);
    }
    leads_to(&browser.get(&site.request(&[("redirect_uri", "http://127.0.0.1/cb")])).await, "/shapes/sign-in");
    // RFC 8252 §8.3: the name localhost is no loopback address unless the application says so.
    is_error_page(&browser.get(&app.request(&[("redirect_uri", "http://localhost:3001/cb")])).await, "localhost");
}

#[tokio::test]
async fn localhost_with_any_port_is_a_switch_of_the_application() {
    let edit = ("redirect_uris = [\"http://127.0.0.1/cb\"", "allow_localhost_any_port = true\nredirect_uris = [\"http://localhost/cb\", \"http://127.0.0.1/cb\"");
    let t = TestServer::builder().edit(edit.0, edit.1).start().await;
    let native = t.application("native");
    let mut browser = t.browser();
    leads_to(&browser.get(&native.request(&[("redirect_uri", "http://localhost:5000/cb")])).await, "/sign-in");
    for uri in ["http://localhost.evil.test:5000/cb", "http://localhost:5000@evil.test/cb", "http://localhost:5000/cbx", "https://localhost:5000/cb", "http://LOCALHOST:5000/cb"] {
        is_error_page(&browser.get(&native.request(&[("redirect_uri", uri)])).await, uri);
    }
}

#[tokio::test]
async fn the_token_endpoint_wants_the_very_address_that_was_sent() {
    let t = TestServer::start().await;
    let native = t.application("native");
    let sent = "http://127.0.0.1:5001/cb";
    for wrong in ["", "http://127.0.0.1/cb", "http://127.0.0.1:5002/cb", "http://127.0.0.1:5001/cb/", "http://[::1]:5001/cb"] {
        let callback = native.authorize(&mut t.browser(), "alice", &[("redirect_uri", sent)]).await;
        assert!(callback.target.starts_with("http://127.0.0.1:5001/cb?"), "{}", callback.target);
        native.exchange_with(callback.code(), &[("redirect_uri", wrong)]).await.refused("invalid_grant");
    }
    let callback = native.authorize(&mut t.browser(), "alice", &[("redirect_uri", sent)]).await;
    assert!(native.exchange_with(callback.code(), &[("redirect_uri", sent)]).await.tokens().id.is_some());
}

/// An application with all shapes.
fn client(application_type: &str) -> Client {
    let shapes: Vec<&str> = SHAPES.into_iter().filter(|s| application_type == "native" || s.starts_with("http")).collect();
    let method = if application_type == "web" { "client_secret_basic" } else { "none" };
    let settings = serde_json::json!({ "client_id": "app", "client_name": "App", "application_type": application_type, "redirect_uris": shapes,
        "token_endpoint_auth_method": method });
    Client::new(serde_json::from_value(settings).unwrap())
}

static WEB: LazyLock<Client> = LazyLock::new(|| client("web"));
static NATIVE: LazyLock<Client> = LazyLock::new(|| client("native"));

/// Whether a native application's address is one of the registered loopback ones with a port written in the one right way.
fn is_loopback_with_a_port(uri: &str) -> bool {
    [("http://127.0.0.1", "/cb"), ("http://127.0.0.1", "/nine?x=1"), ("http://[::1]", "/cb")].into_iter().any(|(before, after)| {
        let port = uri.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        port.is_some_and(|port| {
            let number = port.strip_prefix(':').and_then(|n| n.parse::<u16>().ok()).filter(|n| *n > 0);
            port.is_empty() || number.is_some_and(|n| port == format!(":{n}"))
        })
    })
}

/// A registered address with a few characters put in, taken out or replaced, or parts of several put together, or anything.
fn nearly_registered() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9.:/?#@%\\\\;&=*\\[\\] -]{0,3}",
        proptest::sample::select(vec!["..", "%2e", "%2f", "@evil.test", ":80", ":0", ":65535", ":65536", "http://127.0.0.1", "[::1]", "/cb", "\t", "\u{0}", "é"])
            .prop_map(str::to_owned),
    ];
    let edited = (proptest::sample::select(SHAPES.to_vec()), any::<prop::sample::Index>(), 0..4_usize, piece).prop_map(|(shape, at, take, piece)| {
        let at = at.index(shape.len() + 1);
        let end = (at + take).min(shape.len());
        format!("{}{piece}{}", &shape[..at], &shape[end..])
    });
    let halves = (proptest::sample::select(SHAPES.to_vec()), proptest::sample::select(SHAPES.to_vec()), any::<prop::sample::Index>(), any::<prop::sample::Index>())
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
