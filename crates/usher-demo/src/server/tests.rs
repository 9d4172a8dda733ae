//! Tests of the module above.

use super::*;
use crate::app::tests::demo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use usher_types::limits;

/// A demo on a port of its own; gives its address.
async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let demo = Demo { base: format!("http://{address}"), ..demo() };
    tokio::spawn(serve(listener, demo, std::future::pending()));
    address
}

async fn send(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get(address: &str, path: &str) -> String {
    send(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}"), "").await
}

#[tokio::test]
async fn every_page_is_there_with_a_strict_policy_and_escaped() {
    let address = start().await;
    for path in [
        "/",
        "/web",
        "/web?pkce=none",
        "/bank",
        "/native",
        "/spa",
        "/implicit",
        "/hybrid",
        "/password",
        "/device",
        "/machine",
        "/exchange",
        "/assertion",
        "/implicit/callback",
        "/spa/callback",
        "/signed-out",
        "/spa/config.json",
        "/assets/demo.css",
        "/assets/spa.js",
    ] {
        let answer = get(&address, path).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        let policy = answer.lines().find_map(|l| l.strip_prefix("content-security-policy: ")).unwrap();
        assert!(
            policy.starts_with("default-src 'none'; ")
                && policy.contains("connect-src 'self' http://localhost:1;")
                && policy.contains("script-src 'self';"),
            "{policy}"
        );
        assert!(!answer.contains("<script>") && !answer.contains("<b>Example"), "{path}");
        assert!(!answer.contains(" style=\"") && !answer.contains(" onclick="), "{path}");
    }
    for path in
        ["/device/callback", "/native/callback", "/unknown", "/web/", "/spa/start", "/assets/look.css"]
    {
        assert!(get(&address, path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    let home = get(&address, "/").await;
    assert!(home.contains("&lt;b&gt;Example") && home.contains("{{ 7 * 7 }}"));
}

#[tokio::test]
async fn the_other_name_leads_to_the_right_address() {
    let address = start().await;
    let port = address.rsplit_once(':').unwrap().1;
    let answer = send(&address, &format!("GET /web HTTP/1.1\r\nHost: localhost:{port}"), "").await;
    assert!(
        answer.starts_with("HTTP/1.1 303") && answer.contains(&format!("location: http://{address}/web\r\n")),
        "{answer}"
    );
    let stranger = send(&address, "GET / HTTP/1.1\r\nHost: evil.example", "").await;
    assert!(stranger.starts_with("HTTP/1.1 421") && stranger.contains(&address), "{stranger}");
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_thrown_away() {
    let address = start().await;
    for path in [
        "/web/callback?code=c&state=s",
        "/web/callback?code=c",
        "/web/callback?code=c&state=s&state=s",
        "/hybrid/callback?code=c&state=s",
        "/implicit/callback?error=access_denied",
    ] {
        let answer = get(&address, path).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("state"), "{path}: {answer}");
    }
    let form = format!(
        "POST /web/callback HTTP/1.1\r\nHost: {address}\r\nOrigin: http://localhost:1\r\nContent-Type: application/x-www-form-urlencoded"
    );
    let answer = send(&address, &form, "code=c&state=s").await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("nobody asked"), "{answer}");
}

#[tokio::test]
async fn an_answer_that_no_query_holds_is_left_to_the_pages_script() {
    let address = start().await;
    let page = get(&address, "/implicit/callback").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("/assets/fragment.js"), "{page}");
    let form = format!(
        "Host: {address}\r\nOrigin: http://{address}\r\nContent-Type: application/x-www-form-urlencoded"
    );
    for (path, status) in [("fragment", "400"), ("message", "400"), ("query", "404")] {
        let answer =
            send(&address, &format!("POST /answer/{path} HTTP/1.1\r\n{form}"), "code=c&state=s").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
    }
    let strange = form.replace(&format!("Origin: http://{address}"), "Origin: http://evil.example");
    let answer =
        send(&address, &format!("POST /answer/fragment HTTP/1.1\r\n{strange}"), "code=c&state=s").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[tokio::test]
async fn a_form_of_another_site_presses_no_button() {
    let address = start().await;
    for (origin, status) in [("http://evil.example", "403"), ("null", "403"), ("http://localhost:1", "403")] {
        let head = format!("POST /web/start HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}");
        assert!(send(&address, &head, "").await.starts_with(&format!("HTTP/1.1 {status}")), "{origin}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_so() {
    let address = start().await;
    for kind in crate::kind::Kind::ALL {
        let path = if kind == crate::kind::Kind::Spa {
            "spa/wrong/implicit".to_owned()
        } else {
            format!("{}/start", kind.name())
        };
        let head = format!("POST /{path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}");
        let answer = send(&address, &head, "").await;
        assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("did not answer"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn too_much_is_refused() {
    let address = start().await;
    let head = format!(
        "POST /web/start HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded"
    );
    let answer = send(&address, &head, &"a".repeat(limits::BODY_BYTES + 1)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn it_ends_when_it_is_told_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    serve(listener, demo(), std::future::ready(())).await.unwrap();
}
