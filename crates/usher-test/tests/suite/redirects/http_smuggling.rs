//! Attack class "HTTP smuggling and slow bodies": where two readers could see different requests there is one answer and the connection
//! ends (RFC 9112 §6.1, §6.3); whoever stalls costs a connection and nobody else's answer.

use super::{raw, request};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use usher_test::TestServer;
use usher_types::{Span, limits};

/// A request that must never be answered when it comes hidden in another one's body.
const HIDDEN: &str = "GET /oidc/.well-known/jwks.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";

/// How many answers came, and the status of the first.
fn answers(text: &str) -> (usize, String) {
    (text.matches("HTTP/1.1 ").count(), text.split(' ').nth(1).unwrap_or_default().to_owned())
}

fn post(headers: &str, body: &str) -> String {
    format!(
        "POST /oidc/token HTTP/1.1\r\nHost: {{host}}\r\nContent-Type: application/x-www-form-urlencoded\r\n{headers}\r\n{body}"
    )
}

#[tokio::test]
async fn a_length_and_chunks_together_get_one_answer() {
    let t = TestServer::start().await;
    let real = HIDDEN.replace("{host}", t.origin().strip_prefix("http://").unwrap());
    let length = 5 + real.len();
    for headers in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n".to_owned(),
        format!("Transfer-Encoding: gzip, chunked\r\nContent-Length: {length}\r\n"),
    ] {
        // RFC 9112 §6.1: "A server MAY reject a request that contains both Content-Length and Transfer-Encoding or process such a request in
        // accordance with the Transfer-Encoding alone. Regardless, the server MUST close the connection after responding to such a request".
        let answer = raw(&t, &post(&headers, &format!("0\r\n\r\n{HIDDEN}"))).await;
        assert_eq!(answers(&answer).0, 1, "{headers}: {answer}");
        assert!(!answer.contains("jwk-set"), "{headers}");
    }
}

#[tokio::test]
async fn lengths_and_encodings_that_readers_disagree_on_are_refused_and_the_connection_ends() {
    let t = TestServer::start().await;
    for headers in [
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 4\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: -3\r\n",
        "Content-Length: 0x3\r\n",
        "Content-Length: 3 \x0b\r\n",
        "Content-Length: three\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Content-Length : 3\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n",
        "X: y\rTransfer-Encoding: chunked\r\n",
    ] {
        let answer = raw(&t, &post(headers, &format!("abc{HIDDEN}"))).await;
        let (count, status) = answers(&answer);
        assert!(count <= 1 && !answer.contains("jwk-set"), "{headers:?}: {answer}");
        assert!(count == 0 || status.starts_with('4') || status.starts_with('5'), "{headers:?}: {answer}");
    }
    for body in [
        "zz\r\nabc\r\n0\r\n\r\n",
        "-1\r\nabc\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3 abc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
    ] {
        let answer = raw(&t, &post("Transfer-Encoding: chunked\r\n", &format!("{body}{HIDDEN}"))).await;
        assert!(!answer.contains("jwk-set"), "{body:?}: {answer}");
        assert!(!answer.contains(" 200 "), "{body:?}: {answer}");
    }
}

#[tokio::test]
async fn a_request_whose_method_takes_no_body_leaves_none_behind() {
    let t = TestServer::start().await;
    let real = HIDDEN.replace("{host}", t.origin().strip_prefix("http://").unwrap());
    for path in ["/oidc/.well-known/openid-configuration", "/oidc/token", "/nothing"] {
        let text = format!(
            "GET {path} HTTP/1.1\r\nHost: {{host}}\r\nContent-Length: {}\r\n\r\n{HIDDEN}",
            real.len()
        );
        let closing = format!("{text}GET /nothing HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n");
        let answer = raw(&t, &closing).await;
        assert!(!answer.contains("jwk-set"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn another_protocol_is_not_spoken() {
    let t = TestServer::start().await;
    for text in [
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}",
        "nonsense\r\n\r\n",
        "GET  /  HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(t.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer))
            .await
            .expect("the connection ends")
            .ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(!answer.contains(" 200 "), "{text:?}: {answer}");
    }
    // An upgrade is not taken.
    let upgrade = "GET /oidc/.well-known/jwks.json HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n\r\n";
    assert!(!raw(&t, upgrade).await.contains(" 101 "));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_read() {
    let t = TestServer::start().await;
    let body = limits::BODY_BYTES + 1;
    let declared = raw(&t, &post(&format!("Content-Length: {body}\r\n"), &"x".repeat(body))).await;
    assert!(answers(&declared).1 == "413" || declared.is_empty(), "{declared}");
    let chunk = format!("{:x}\r\n{}\r\n", 8192, "x".repeat(8192));
    let chunked =
        raw(&t, &post("Transfer-Encoding: chunked\r\n", &format!("{}0\r\n\r\n", chunk.repeat(9)))).await;
    assert!(answers(&chunked).1 == "413" || chunked.is_empty(), "{chunked}");
    for head in [
        format!("GET /{} HTTP/1.1\r\nHost: {{host}}\r\n\r\n", "x".repeat(limits::HEAD_BYTES)),
        format!("GET / HTTP/1.1\r\nHost: {{host}}\r\nX: {}\r\n\r\n", "x".repeat(limits::HEAD_BYTES)),
        format!("GET / HTTP/1.1\r\nHost: {{host}}\r\n{}\r\n", "X: y\r\n".repeat(limits::HEAD_BYTES / 6)),
        format!(
            "GET / HTTP/1.1\r\nHost: {{host}}\r\nCookie: {}\r\n\r\n",
            "a=b; ".repeat(limits::HEAD_BYTES / 5)
        ),
    ] {
        let answer = raw(&t, &head).await;
        assert!(
            answer.is_empty() || ["414", "431", "400"].contains(&answers(&answer).1.as_str()),
            "{answer}"
        );
    }
    // As much as is allowed is read.
    let form = format!("grant_type=x&padding={}", "x".repeat(limits::BODY_BYTES - 100));
    let fine =
        raw(&t, &post(&format!("Connection: close\r\nContent-Length: {}\r\n", form.len()), &form)).await;
    assert_eq!(answers(&fine).1, "401", "{fine}");
}

#[tokio::test]
async fn stalled_connections_keep_nobody_from_an_answer() {
    let t = TestServer::start().await;
    let mut stalled = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(t.address).await.unwrap();
        let text = match n % 4 {
            0 => String::new(),
            1 => "GET /oidc/.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nX-Half".to_owned(),
            2 => post("Content-Length: 1000\r\n", "grant_type=")
                .replace("{host}", t.origin().strip_prefix("http://").unwrap()),
            _ => post("Transfer-Encoding: chunked\r\n", "5\r\nab")
                .replace("{host}", t.origin().strip_prefix("http://").unwrap()),
        };
        stream.write_all(text.as_bytes()).await.unwrap();
        stalled.push(stream);
    }
    let answer =
        tokio::time::timeout(Duration::from_secs(5), request(&t, "GET", "/oidc/.well-known/jwks.json", &[]))
            .await;
    assert_eq!(answer.expect("an answer while others stall").status, 200);
    let tokens = t.application("web").sign_in(&mut t.browser(), "alice", "openid").await;
    assert!(tokens.id.is_some());
    // None of the stalled ones was answered or cut off early.
    for stream in &mut stalled {
        let mut byte = [0];
        assert!(tokio::time::timeout(Duration::ZERO, stream.read(&mut byte)).await.is_err());
    }
}

#[test]
fn a_head_and_a_body_have_little_time() {
    assert!(limits::HEAD_TIME <= Span::seconds(10) && limits::BODY_TIME <= Span::seconds(20));
}

#[tokio::test]
async fn a_head_or_a_body_that_never_ends_is_cut_off() {
    let t = TestServer::start().await;
    let host = t.origin().strip_prefix("http://").unwrap().to_owned();
    let head = "GET /oidc/.well-known/jwks.json HTTP/1.1\r\nHost: x\r\nX-Half".to_owned();
    let body = post("Content-Length: 1000\r\n", "grant_type=").replace("{host}", &host);
    let chunks = post("Transfer-Encoding: chunked\r\n", "5\r\nab").replace("{host}", &host);
    let waits = [
        (String::new(), limits::HEAD_TIME, ""),
        (head, limits::HEAD_TIME, ""),
        (body, limits::BODY_TIME, "408"),
        (chunks, limits::BODY_TIME, "408"),
    ];
    let cut = waits.map(|(text, within, status)| async move {
        let mut stream = TcpStream::connect(t.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let patience = within.to_std() + Duration::from_secs(3);
        tokio::time::timeout(patience, stream.read_to_end(&mut answer))
            .await
            .expect("the connection ends")
            .ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(status.is_empty() || answers(&answer).1 == status, "{text:?}: {answer}");
    });
    let [silent, head, body, chunks] = cut;
    tokio::join!(silent, head, body, chunks);
}
