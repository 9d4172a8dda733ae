//! Each limit of the table where a request can reach it: what is just allowed is answered, and one more is refused.

use super::support::{browser_of, guess, post_with, sign_in_page};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use usher_test::{Arrival, Callback, TestServer, send};
use usher_types::limits;

/// Sends bytes as they are and reads what comes, however it ends; gives the status, 0 where none came.
async fn raw(t: &TestServer, bytes: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(t.address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    status(&answer)
}

fn status(answer: &[u8]) -> u16 {
    String::from_utf8_lossy(answer).split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn a_body_has_at_most_64_kib() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let with = async |bytes: usize| {
        let token = "t".repeat(bytes - "token=".len());
        let request = Request::post("/oidc/token/introspection")
            .header(header::HOST, t.origin().split_once("://").unwrap().1)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(format!("token={token}"))));
        send(t.address, request.unwrap()).await
    };
    assert_eq!(with(limits::BODY_BYTES).await.status, 401);
    let refused = with(limits::BODY_BYTES + 1).await;
    assert_eq!(refused.status, 413);
    assert_eq!(refused.header("connection"), "close");
    // The same for every endpoint that takes a body, known pool or not.
    for path in [
        "/oidc/token",
        "/oidc/token/revocation",
        "/oidc/me",
        "/oidc/auth",
        "/oidc/session/end",
        "/sign-in",
        "/staff/consent",
        "/sign-out",
    ] {
        let long = "x".repeat(limits::BODY_BYTES);
        let answer = post_with(&mut t.browser(), path, &[("token", &long)], &[]).await;
        assert_eq!(answer.status, 413, "{path}");
    }
    assert_eq!(web.get("/oidc/.well-known/jwks.json").await.status, 200);
}

#[tokio::test]
async fn a_body_that_comes_in_pieces_is_measured_as_it_comes() {
    let t = TestServer::start().await;
    let host = t.origin().split_once("://").unwrap().1.to_owned();
    let mut stream = TcpStream::connect(t.address).await.unwrap();
    let head = format!(
        "POST /oidc/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    for _ in 0..9 {
        let _ = stream.write_all(piece.as_bytes()).await;
    }
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).await.unwrap();
    assert_eq!(status(&answer[..read]), 413);
}

#[tokio::test]
async fn line_and_headers_have_at_most_16_kib() {
    let t = TestServer::start().await;
    let host = t.origin().split_once("://").unwrap().1.to_owned();
    let request = |path: &str, header: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{header}Connection: close\r\n\r\n")
    };
    let jwks = "/oidc/.well-known/jwks.json";
    let long = "x".repeat(limits::HEAD_BYTES);
    let most = "x".repeat(limits::HEAD_BYTES - 1024);
    assert_eq!(raw(&t, request(jwks, &format!("X: {most}\r\n")).as_bytes()).await, 200);
    assert_eq!(raw(&t, request(&format!("{jwks}?{most}"), "").as_bytes()).await, 200);
    let many = (0..2000).map(|n| format!("X-{n}: y\r\n")).collect::<Vec<_>>().concat();
    for (path, header) in [
        (jwks.to_owned(), format!("X: {long}\r\n")),
        (format!("{jwks}?{long}"), String::new()),
        (format!("/{long}"), String::new()),
        (jwks.to_owned(), format!("Cookie: {long}\r\n")),
        (jwks.to_owned(), many),
    ] {
        let status = raw(&t, request(&path, &header).as_bytes()).await;
        assert!((400..500).contains(&status), "{status}");
    }
}

#[tokio::test]
async fn what_is_no_http_gets_no_answer_that_tells_more_than_that() {
    let t = TestServer::start().await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
    ] {
        let status = raw(&t, garbage).await;
        assert!(status == 0 || (400..500).contains(&status) || status == 505, "{status}");
    }
    assert_eq!(t.application("web").get("/oidc/.well-known/jwks.json").await.status, 200);
}

#[tokio::test]
async fn a_request_has_at_most_100_parameters() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let there = own.request(&[]).matches('=').count();
    let with = |n: usize| {
        let more = (there..n).map(|i| format!("&p{i}=1")).collect::<Vec<_>>().concat();
        format!("{}{more}", own.request(&[]))
    };
    Callback::parse(&browser.open(&with(limits::PARAMETERS)).await.elsewhere()).code();
    let page = browser.open(&with(limits::PARAMETERS + 1)).await.page();
    assert_eq!((page.answer.status.as_u16(), page.error().as_str()), (400, "invalid_request"));
    let names: Vec<String> = (0..101).map(|i| format!("p{i}")).collect();
    let fields: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "1")).collect();
    own.post("/oidc/token", &fields).await.refused("invalid_request");
    for path in ["/sign-in", "/oidc/auth", "/oidc/session/end", "/consent"] {
        assert_eq!(browser.post(path, &fields).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn parameters_of_an_authorization_request_have_lengths_of_their_own() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    let tokens: Vec<String> = (0..=limits::SCOPE_TOKENS).map(|n| format!("s{n}")).collect();
    let (scope, more_scope) = (tokens[1..].join(" "), tokens.join(" "));
    let (text, more_text) = ("x".repeat(limits::STATE_BYTES), "x".repeat(limits::STATE_BYTES + 1));
    let name = "a".repeat(limits::IDENTIFIER_BYTES + 1);
    let deep = |n: usize| format!("{}null{}", r#"{"userinfo":"#.repeat(n), "}".repeat(n));
    let (depth, more_depth) = (deep(1), deep(limits::JSON_DEPTH + 1));
    for (param, most) in [("scope", &scope), ("state", &text), ("nonce", &text), ("claims", &depth)] {
        let callback = Callback::parse(&browser.open(&own.request(&[(param, most)])).await.elsewhere());
        assert!(callback.params.contains_key("code"), "{param}: {}", callback.target);
    }
    for (param, more, error) in [
        ("scope", &more_scope, "invalid_scope"),
        ("state", &more_text, "invalid_request"),
        ("nonce", &more_text, "invalid_request"),
        ("login_hint", &name, "invalid_request"),
        ("claims", &more_depth, "invalid_request"),
        ("max_age", &"9".repeat(17), "invalid_request"),
    ] {
        let callback = Callback::parse(&browser.open(&own.request(&[(param, more)])).await.elsewhere());
        assert_eq!(callback.error(), error, "{param}");
        assert_eq!(callback.params.contains_key("state"), param != "state", "{param}");
    }
    let long = format!("https://own.test/{}", "c".repeat(limits::URI_BYTES));
    let Arrival::Page(page) = browser.open(&own.request(&[("redirect_uri", &long)])).await else {
        panic!("left")
    };
    assert_eq!(page.answer.status, 400);
}

#[tokio::test]
async fn a_name_has_at_most_320_bytes() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = t.browser();
    let page = sign_in_page(&mut browser, &own).await;
    guess(&mut browser, &page, &"a".repeat(limits::IDENTIFIER_BYTES), "a wrong password").await;
    assert_eq!(t.app.hashing.hashes(), 1);
    let refused =
        guess(&mut browser, &page, &"a".repeat(limits::IDENTIFIER_BYTES + 1), "a wrong password").await;
    assert_eq!(refused.status, 200);
    assert!(refused.text().contains("id=\"problem\""));
    assert_eq!(t.app.hashing.hashes(), 1);
}

/// Clients that say half of something are let go in time, and cost the others nothing.
#[tokio::test]
async fn who_stalls_is_let_go() {
    let t = TestServer::start().await;
    let host = t.origin().split_once("://").unwrap().1.to_owned();
    let beginning = std::time::Instant::now();
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100";
    let stalls = [
        (String::new(), limits::HEAD_TIME),
        (format!("GET /oidc/me HTTP/1.1\r\nHost: {host}\r\n"), limits::HEAD_TIME),
        (
            format!("POST /oidc/token HTTP/1.1\r\nHost: {host}\r\n{form}\r\n\r\ngrant_type="),
            limits::BODY_TIME,
        ),
    ];
    let mut stalled = tokio::task::JoinSet::new();
    for (text, within) in stalls {
        for _ in 0..100 {
            let mut stream = TcpStream::connect(t.address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            stalled.spawn(async move {
                let mut answer = Vec::new();
                let _ = stream.read_to_end(&mut answer).await;
                (status(&answer), within, beginning.elapsed())
            });
        }
    }
    assert_eq!(t.application("web").get("/oidc/.well-known/jwks.json").await.status, 200);
    assert!(beginning.elapsed() < limits::HEAD_TIME.to_std(), "everybody else is answered meanwhile");
    for (status, within, took) in stalled.join_all().await {
        assert!(status == 0 || status == 408, "{status}");
        assert!(took >= within.to_std().mul_f32(0.9), "{took:?} of {within:?}");
        assert!(took < within.to_std() + std::time::Duration::from_secs(5), "{took:?} of {within:?}");
    }
}
