//! Attack class "Host and Forwarded header injection" behind proxies: networks of them, from which one thing is believed and nothing else, and
//! an open address without TLS, where nobody but they is answered.

use http::Request;
use http_body_util::Full;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use usher_test::{Builder, TestServer, send};

const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";

fn behind(proxies: &str) -> Builder {
    TestServer::builder()
        .edit("development = true", &format!("development = true\ntrusted_proxies = {proxies}"))
}

/// What is said of a request beside the request, evil and malformed.
const SAID: [(&str, &str); 22] = [
    ("x-forwarded-host", "evil.test"),
    ("x-forwarded-host", "evil.test, localhost"),
    ("x-forwarded-host", ""),
    ("x-forwarded-server", "evil.test"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-proto", "javascript"),
    ("x-forwarded-scheme", "https"),
    ("x-forwarded-port", "443"),
    ("x-forwarded-port", "x"),
    ("x-forwarded-prefix", "//evil.test"),
    ("x-forwarded-uri", "/oidc/session/end"),
    ("forwarded", "for=127.0.0.1;host=evil.test;proto=https"),
    ("forwarded", "host=\"evil.test\";;;=,"),
    ("forwarded", "\u{1f}for"),
    ("x-original-url", "/oidc/session/end"),
    ("x-original-uri", "https://evil.test/"),
    ("x-original-host", "evil.test"),
    ("x-original-method", "DELETE"),
    ("x-rewrite-url", "/signed-out"),
    ("x-real-ip", "127.0.0.1"),
    ("true-client-ip", "evil"),
    ("x-http-host-override", "evil.test"),
];

#[tokio::test]
async fn from_trusted_and_untrusted_peers_issuer_links_and_cookies_stay_what_they_are() {
    for proxies in ["[\"127.0.0.0/8\", \"fd00::/8\"]", "[\"192.0.2.0/24\"]"] {
        let t = behind(proxies).start().await;
        let web = t.application("web");
        let host = t.origin().strip_prefix("http://").unwrap().to_owned();
        let get = async |path: &str, said: Option<(&str, &str)>| {
            let mut request = Request::get(path).header("host", &host);
            if let Some((name, value)) = said {
                request = request.header(name, value.replace('\u{1f}', "\t"));
            }
            send(t.address, request.body(Full::default()).unwrap()).await
        };
        let usual = get(DISCOVERY, None).await;
        assert_eq!(usual.json()["issuer"], t.issuer());
        for said in SAID {
            assert_eq!(get(DISCOVERY, Some(said)).await.body, usual.body, "{proxies} {said:?}");
            let answer = get(&web.request(&[]), Some(said)).await;
            assert!(answer.location().starts_with("/sign-in"), "{said:?}: {}", answer.location());
            let cookie = answer.header("set-cookie").to_lowercase();
            assert!(
                !cookie.contains("domain") && !cookie.contains("evil") && !cookie.contains("secure"),
                "{cookie}"
            );
            let refused = get(&web.request(&[("prompt", "none")]), Some(said)).await.location();
            assert!(refused.starts_with("https://web.test/cb?") && !refused.contains("evil"), "{refused}");
        }
        for host in ["evil.test", "localhost@evil.test", "localhost:1"] {
            let request =
                Request::get(DISCOVERY).header("host", host).header("x-forwarded-host", "evil.test");
            let answer = send(t.address, request.body(Full::default()).unwrap()).await;
            assert_eq!(answer.status, 421, "{host}");
            assert!(!answer.text().contains("evil.test") && !answer.headers.contains_key("set-cookie"));
        }
    }
}

#[tokio::test]
async fn what_a_proxy_of_a_trusted_network_says_of_the_peer_must_be_addresses() {
    let t = behind("[\"127.0.0.0/8\"]").start().await;
    let host = t.origin().strip_prefix("http://").unwrap().to_owned();
    let status = async |value: &str| {
        let request = Request::get(DISCOVERY).header("host", &host).header("x-forwarded-for", value);
        send(t.address, request.body(Full::default()).unwrap()).await.status.as_u16()
    };
    for right in [
        "198.51.100.7",
        "198.51.100.7, 127.0.0.9",
        "2001:db8::1",
        "::ffff:192.0.2.1",
        "198.51.100.7:80",
        "[2001:db8::1]:80",
    ] {
        assert_eq!(status(right).await, 200, "{right}");
    }
    for wrong in [
        "",
        "evil.test",
        "198.51.100.7:http",
        "[2001:db8::1]",
        "198.51.100.0/24",
        "198.51.100.7;",
        "1.2.3.4,,",
    ] {
        assert_eq!(status(wrong).await, 400, "{wrong:?}");
    }
    let t = behind("[\"192.0.2.0/24\"]").start().await;
    let host = t.origin().strip_prefix("http://").unwrap().to_owned();
    let request = Request::get(DISCOVERY).header("host", host).header("x-forwarded-for", "nonsense");
    assert_eq!(
        send(t.address, request.body(Full::default()).unwrap()).await.status,
        200,
        "nobody asked them"
    );
}

/// A connection from another address of this machine.
async fn from(address: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

#[tokio::test]
async fn on_an_open_address_without_tls_nobody_but_a_trusted_proxy_is_answered() {
    let t = behind("[\"127.0.0.2\"]").edit("listen = \"127.0.0.1:", "listen = \"0.0.0.0:").start().await;
    let host = t.origin().strip_prefix("http://").unwrap().to_owned();
    let request = format!("GET {DISCOVERY} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    let mut proxy = from("127.0.0.2", t.address).await;
    proxy.write_all(request.as_bytes()).await.unwrap();
    proxy.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    // Nothing is sent, so that the answer can only come before anything was read.
    let mut other = from("127.0.0.3", t.address).await;
    let mut answer = String::new();
    other.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403") && answer.len() < 256, "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {}", body.len())), "{answer}");
    assert_eq!(t.app.metrics.connections.refused.load(std::sync::atomic::Ordering::Relaxed), 1);
}
