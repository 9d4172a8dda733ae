//! Attack class "Host and Forwarded header injection": the server knows its own address; what a request says of it changes nothing.

use super::{leads_to, raw, request};
use std::collections::BTreeMap;
use usher_test::TestServer;

const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";

#[tokio::test]
async fn another_host_is_told_the_right_address_and_nothing_else() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let port = t.address.port();
    for host in [
        "evil.test".to_owned(),
        format!("evil.test:{port}"),
        "localhost".to_owned(),
        format!("localhost:{}", port.wrapping_add(1).max(1)),
        format!("localhost:{port}.evil.test"),
        format!("localhost.:{port}"),
        format!("127.0.0.1:{port}"),
        format!("evil.test@localhost:{port}"),
        format!("localhost:{port}@evil.test"),
        format!("localhost:{port}/evil.test"),
        format!("localhost:{port},evil.test"),
        format!("localhost:0{port}"),
        String::new(),
    ] {
        for path in [
            DISCOVERY.to_owned(),
            web.request(&[]),
            web.request(&[("prompt", "none")]),
            "/oidc/token".to_owned(),
            "/nothing".to_owned(),
        ] {
            let answer = request(&t, "GET", &path, &[("host", &host)]).await;
            // RFC 9110 §15.5.20, or 400 where the value is no host at all.
            assert!(matches!(answer.status.as_u16(), 421 | 400), "{host} {path}: {}", answer.status);
            for name in ["location", "set-cookie", "etag"] {
                assert!(!answer.headers.contains_key(name), "{host} {path}: {name}");
            }
            assert!(!answer.text().contains("evil.test"), "{host} {path}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn a_page_at_the_wrong_address_links_to_the_right_one() {
    let t = TestServer::start().await;
    let answer = request(&t, "GET", "/sign-in?x=y", &[("host", "evil.test")]).await;
    assert_eq!(super::page(&answer).attribute("#back", "href"), Some(format!("{}/sign-in", t.origin())));
}

#[tokio::test]
async fn forwarded_headers_change_neither_issuer_nor_redirects_nor_cookies() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let usual = request(&t, "GET", DISCOVERY, &[]).await;
    for (name, value) in [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-host", "evil.test, localhost"),
        ("x-forwarded-server", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-prefix", "//evil.test"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "not an address, , ;"),
        ("x-real-ip", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1;host=evil.test;proto=https"),
        ("forwarded", "host=\"evil.test\";;;=,"),
        ("x-original-url", "/oidc/session/end"),
        ("x-original-uri", "https://evil.test/"),
        ("x-rewrite-url", "/signed-out"),
        ("x-host", "evil.test"),
        ("x-http-host-override", "evil.test"),
        ("true-client-ip", "127.0.0.1"),
        ("via", "evil.test"),
    ] {
        assert_eq!(request(&t, "GET", DISCOVERY, &[(name, value)]).await.body, usual.body, "{name}: {value}");
        let answer = request(&t, "GET", &web.request(&[]), &[(name, value)]).await;
        leads_to(&answer, "/sign-in");
        let cookie = answer.header("set-cookie");
        assert!(
            !cookie.to_lowercase().contains("domain")
                && !cookie.contains("Secure")
                && !cookie.contains("evil"),
            "{name}: {cookie}"
        );
        let refused =
            super::told(&request(&t, "GET", &web.request(&[("prompt", "none")]), &[(name, value)]).await);
        assert_eq!(refused.params["iss"], t.issuer(), "{name}: {value}");
    }
}

/// How often each network was refused, ascending; in whichever minutes that was.
async fn by_network(t: &TestServer) -> Vec<i64> {
    let mut times = BTreeMap::new();
    for sum in t.refusals().await {
        *times.entry(sum.network).or_insert(0) += sum.times;
    }
    let mut times: Vec<i64> = times.into_values().collect();
    times.sort_unstable();
    times
}

#[tokio::test]
async fn guesses_are_counted_by_who_is_at_the_other_end_whatever_is_forwarded() {
    let t = TestServer::start().await;
    let mut browser = t.browser();
    for n in 0..8 {
        let path = t.application("web").request(&[("prompt", "none")]);
        let request = http::Request::get(path)
            .header("x-forwarded-for", format!("192.0.{n}.1"))
            .body(http_body_util::Full::default());
        browser.exchange(request.unwrap()).await;
    }
    // One network.
    assert_eq!(by_network(&t).await, [8]);
}

#[tokio::test]
async fn a_proxy_that_the_operator_named_is_believed_about_who_asks_and_about_nothing_else() {
    let t = TestServer::builder()
        .edit("development = true", "development = true\ntrusted_proxies = [\"127.0.0.1\"]")
        .start()
        .await;
    let web = t.application("web");
    for n in 0..4 {
        let who = format!("192.0.{n}.1");
        let headers = [
            ("x-forwarded-for", who.as_str()),
            ("x-forwarded-host", "evil.test"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "host=evil.test"),
        ];
        let told = super::told(&request(&t, "GET", &web.request(&[("prompt", "none")]), &headers).await);
        assert_eq!((told.error(), &told.params["iss"]), ("login_required", &t.issuer()));
        // What stands before the proxy's own word came from whoever asked.
        let lie = format!("10.9.8.{n}, 192.0.2.7");
        request(&t, "GET", &web.request(&[("prompt", "none")]), &[("x-forwarded-for", &lie)]).await;
    }
    assert_eq!(by_network(&t).await, [1, 1, 1, 5], "four networks, the third of them five times");
    for malformed in [
        "",
        "unknown",
        "192.0.2.1:http",
        "192.0.2.1;",
        "192.0.2.1 192.0.2.2",
        "[2001:db8::1]",
        "evil.test",
        "192.0.2.1, ",
        "\u{e9}",
    ] {
        for path in [web.request(&[]), "/sign-in".to_owned(), DISCOVERY.to_owned()] {
            let mut asked = http::Request::get(&path);
            asked = asked.header("x-forwarded-for", malformed.as_bytes());
            let answer = t.browser().exchange(asked.body(http_body_util::Full::default()).unwrap()).await;
            assert_eq!(answer.status, 400, "{malformed:?} {path}");
            assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("location"));
        }
    }
}

#[tokio::test]
async fn the_cookie_over_https_is_bound_to_the_host() {
    let t = TestServer::builder()
        .edit("public_url = \"http://localhost:", "public_url = \"https://localhost:")
        .start()
        .await;
    let path =
        "/oidc/auth?client_id=web&redirect_uri=https%3A%2F%2Fweb.test%2Fcb&response_type=code&scope=openid";
    let answer = request(&t, "GET", path, &[("host", &format!("localhost:{}", t.address.port()))]).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-usher-main="), "{cookie}");
    for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain") && !cookie.contains("Max-Age"), "{cookie}");
    assert!(answer.header("strict-transport-security").contains("max-age="));
}

#[tokio::test]
async fn one_request_names_one_host() {
    let t = TestServer::start().await;
    let status = |answer: String| answer.split(' ').nth(1).unwrap_or_default().to_owned();
    let good = "Host: {host}\r\n";
    // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host header
    // field and to any request message that contains more than one Host header field line or a Host header field with an invalid field
    // value."
    for hosts in [
        String::new(),
        format!("{good}Host: evil.test\r\n"),
        format!("Host: evil.test\r\n{good}"),
        format!("{good}{good}"),
        "Host: localhost evil.test\r\n".to_owned(),
    ] {
        let answer = raw(&t, &format!("GET {DISCOVERY} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n")).await;
        assert!(matches!(status(answer.clone()).as_str(), "400" | "421"), "{hosts:?}: {answer}");
    }
    for target in ["http://evil.test", "https://evil.test", "http://{host}@evil.test", "http://evil.test:80"]
    {
        let answer =
            raw(&t, &format!("GET {target}{DISCOVERY} HTTP/1.1\r\n{good}Connection: close\r\n\r\n")).await;
        assert!(matches!(status(answer.clone()).as_str(), "400" | "421"), "{target}: {answer}");
    }
    let answer =
        raw(&t, &format!("GET http://{{host}}{DISCOVERY} HTTP/1.1\r\n{good}Connection: close\r\n\r\n")).await;
    assert_eq!(status(answer), "200");
}

#[tokio::test]
async fn a_domains_name_is_compared_whole_and_nobody_else_lives_there() {
    let t = TestServer::builder()
        .edit("name = \"staff\"\n", "name = \"staff\"\ndomain = \"staff.localhost\"\n")
        .start()
        .await;
    let port = t.address.port();
    let staff = format!("http://staff.localhost:{port}/oidc");
    for host in [format!("staff.localhost:{port}"), format!("STAFF.LocalHost:{port}")] {
        let answer = request(&t, "GET", DISCOVERY, &[("host", &host)]).await;
        assert_eq!(answer.json()["issuer"], staff, "{host}");
    }
    for host in [
        "staff.localhost".to_owned(),
        format!("staff.localhost:{}", port.wrapping_add(1).max(1)),
        format!("staff.localhost:0{port}"),
        format!("staff.localhost.:{port}"),
        format!("evil.staff.localhost:{port}"),
        format!("staff.localhost.evil.test:{port}"),
        format!("xstaff.localhost:{port}"),
        format!("staff:{port}"),
        format!("evil.test@staff.localhost:{port}"),
        format!("staff.localhost:{port}@evil.test"),
        format!("staff.localhost:{port}/evil.test"),
        format!("staff.localhost:{port},localhost:{port}"),
        format!("st\u{e4}ff.localhost:{port}"),
    ] {
        for path in [DISCOVERY, "/oidc/token", "/sign-in", "/staff/oidc/token", "/nothing"] {
            let asked = http::Request::get(path).header("host", host.as_bytes());
            let answer = t.browser().exchange(asked.body(http_body_util::Full::default()).unwrap()).await;
            assert!(matches!(answer.status.as_u16(), 421 | 400), "{host} {path}: {}", answer.status);
            let text = answer.text();
            assert!(
                !text.contains("evil.test") && !text.contains("staff.localhost"),
                "{host} {path}: {text}"
            );
            assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("location"));
        }
    }
    // What a proxy says of the host changes nothing either.
    for (name, value) in [("x-forwarded-host", "staff.localhost"), ("forwarded", "host=staff.localhost")] {
        assert_eq!(request(&t, "GET", DISCOVERY, &[(name, value)]).await.json()["issuer"], t.issuer());
    }
}
