//! No page of usher can be put into a frame, where what a person clicks could be somebody else's wish.

use super::chromium::chromium;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use usher_test::TestServer;

/// Serves one page at every address of a port until the test ends: two frames, one of usher's and one of its own, and what is in the
/// latter. Gives the port.
async fn framer(framed: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let page = format!(
        "<!doctype html><title>frames</title><iframe src=\"{}\"></iframe><iframe src=\"/own\"></iframe><p id=\"own\">here</p>",
        framed.replace('&', "&amp;")
    );
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let page = page.clone();
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let read = stream.read(&mut head).await.unwrap_or_default();
                // A frame within the frame would have frames of its own, without an end.
                let body = if head[..read].starts_with(b"GET /own ") {
                    "<p id=\"own\">here</p>"
                } else {
                    page.as_str()
                };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn the_sign_in_page_refuses_to_be_framed() {
    let Some(browser) = chromium().start().await else { return };
    let t = TestServer::start().await;
    let request = format!("{}{}", t.origin(), t.application("web").request(&[]));
    browser.open(&request).await;
    browser.see("#sign-in").await;
    let page = browser.address().await;
    // The same site sends usher's cookies along, so the frame would hold the very form; another site begins anew.
    for host in ["localhost", "127.0.0.1"] {
        for framed in [page.as_str(), &request] {
            let port = framer(framed).await;
            browser.console().await;
            browser.open(&format!("http://{host}:{port}/")).await;
            browser.enter_frame(1).await;
            browser.see("#own").await;
            browser.leave_frame().await;
            browser.enter_frame(0).await;
            assert_eq!(browser.count(".card, form, input").await, 0, "{host} frames {framed}");
            browser.leave_frame().await;
            let console = browser.console().await.join("\n");
            assert!(console.contains("frame-ancestors"), "the browser says who forbade it: {console:?}");
        }
    }
}
