//! The management socket: whose it is, and what it makes of things that are no commands.

use super::support::Managed;
use std::os::unix::fs::PermissionsExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use usher_store::Engine;

/// Sends bytes and reads the answer to its end.
async fn raw(m: &Managed, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(m.data().join("usher.sock")).await.unwrap();
    // The server may answer and close before everything is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST / HTTP/1.1\r\nHost: usher\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

#[tokio::test]
async fn only_the_servers_user_can_open_it() {
    let m = Managed::on(Engine::Sqlite).await;
    let mode = |name: &str| std::fs::metadata(m.data().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("usher.sock"), 0o600);
    assert_eq!(mode(""), 0o700);
}

#[tokio::test]
async fn what_is_no_command_is_refused_and_changes_nothing() {
    let m = Managed::on(Engine::Sqlite).await;
    let before = m.t.app.store.counts().batches;
    let secret = "a-secret-that-nobody-must-see-0123456789";
    let deep = "[".repeat(100_000);
    for (body, status) in [
        (String::new(), 400),
        ("null".to_owned(), 400),
        ("{}".to_owned(), 400),
        ("not json".to_owned(), 400),
        (deep, 400),
        (r#"{"pool":null,"command":"explode"}"#.to_owned(), 400),
        (r#"{"pool":null,"command":{"app":{"explode":{}}}}"#.to_owned(), 400),
        (r#"{"pool":null,"command":{"app":{"list":{"after":null,"limit":1}}},"more":1}"#.to_owned(), 400),
        (r#"{"pool":null,"command":{"app":{"list":{"after":null,"limit":1,"x":1}}}}"#.to_owned(), 400),
        (format!(r#"{{"pool":null,"command":{{"app":{{"set":{{"client_secret":["{secret}"]}}}}}}}}"#), 400),
        (r#"{"pool":null,"command":{"app":{"list":{"after":null,"limit":0}}}}"#.to_owned(), 422),
        (r#"{"pool":null,"command":{"app":{"list":{"after":null,"limit":100000}}}}"#.to_owned(), 422),
        (r#"{"pool":"main","command":{"pool":{"list":{"after":null,"limit":1}}}}"#.to_owned(), 422),
        (r#"{"pool":null,"command":{"app":{"create":{"client_id":"a b","changes":[]}}}}"#.to_owned(), 422),
        (r#"{"pool":null,"command":{"app":{"set":{"client_id":"web","changes":[{"name":"client_secret","action":{"set":"x"}}],"version":null}}}}"#.to_owned(), 422),
        (r#"{"pool":null,"command":{"app":{"set":{"client_id":"web","changes":[{"name":"logo_digest","action":{"set":"x"}}],"version":null}}}}"#.to_owned(), 422),
        (r#"{"pool":null,"command":{"app":{"set":{"client_id":"web","changes":[],"logo":{"put":"!!"},"version":null}}}}"#.to_owned(), 422),
        (r#"{"pool":null,"command":{"app":{"show":{"client_id":"no\u0000body"}}}}"#.to_owned(), 422),
        (r#"{"pool":"no\u0000where","command":{"app":{"list":{"after":null,"limit":1}}}}"#.to_owned(), 422),
        (r#"{"pool":null,"command":{"user":{"list":{"page":{"after":"no\u0000body","limit":1},"find":"a"}}}}"#.to_owned(), 422),
    ] {
        let answer = raw(&m, &post(&body)).await;
        let shown = body.get(..80).unwrap_or(&body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {answer}");
        assert!(answer.contains("\"message\"") && !answer.contains(secret), "{answer}");
    }
    assert_eq!(m.t.app.store.counts().batches, before);
}

#[tokio::test]
async fn what_is_too_large_or_no_post_is_refused() {
    let m = Managed::on(Engine::Sqlite).await;
    let large = format!("\"{}\"", "x".repeat(usher_types::limits::COMMAND_BYTES));
    assert!(raw(&m, &post(&large)).await.starts_with("HTTP/1.1 413"));
    let get = b"GET / HTTP/1.1\r\nHost: usher\r\nContent-Type: application/json\r\n\r\n";
    assert!(raw(&m, get).await.starts_with("HTTP/1.1 405"));
    let elsewhere = b"POST /x HTTP/1.1\r\nHost: usher\r\nContent-Length: 0\r\n\r\n";
    assert!(raw(&m, elsewhere).await.starts_with("HTTP/1.1 404"));
    // What a page in a browser could send, if it could reach the socket.
    let form = b"POST / HTTP/1.1\r\nHost: usher\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}";
    assert!(raw(&m, form).await.starts_with("HTTP/1.1 415"));
    let head = [b"POST / HTTP/1.1\r\nHost: ".as_slice(), &vec![b'x'; 64 * 1024], b"\r\n\r\n"].concat();
    let answer = raw(&m, &head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(raw(&m, b"\x16\x03\x01 no HTTP at all\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    m.run(&["app", "list"]).await;
}
