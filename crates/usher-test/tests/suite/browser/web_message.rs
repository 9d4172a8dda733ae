//! `web_message` as a browser has it: the window that opened usher's page, or holds it in a frame, gets the response if it is of the
//! registered address's origin, and nobody else gets anything.

use super::chromium::{Chromium, chromium};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use usher_test::{Application, PASSWORD, TestServer};

/// A page that keeps every message that it gets, with its sender.
const PARTY: &str = "<!doctype html><title>party</title><p id=\"party\">here</p>\
    <script>window.got=[];addEventListener('message',(m)=>got.push({origin:m.origin,data:m.data}))</script>";

/// Serves the page at every address of a port until the test ends. Gives the port.
async fn party() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{PARTY}",
                    PARTY.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    port
}

struct Scene {
    t: TestServer,
    app: Application,
    browser: Chromium,
    /// The registered page, on usher's own site.
    ours: String,
    /// A page of another origin on the same site, and one of another site.
    others: [String; 2],
}

async fn scene() -> Option<Scene> {
    let browser = chromium().start().await?;
    let (ours, other) = (party().await, party().await);
    let registered = format!("http://localhost:{ours}/cb");
    let settings = "allow_insecure_redirect_uris = true\ngrant_types = [\"authorization_code\", \"implicit\"]\nresponse_types = [\"code\", \"id_token token\"]";
    let t = TestServer::builder()
        .application("first-party", settings)
        .edit("[\"https://own.test/cb\"]", &format!("[\"{registered}\"]"))
        .start()
        .await;
    let app = t.application("first-party");
    let others = [format!("http://localhost:{other}/"), format!("http://127.0.0.1:{other}/")];
    Some(Scene { t, app, browser, ours: format!("http://localhost:{ours}/"), others })
}

impl Scene {
    fn request(&self, changes: &[(&str, &str)]) -> String {
        let changes: Vec<_> =
            [("response_mode", "web_message")].into_iter().chain(changes.iter().copied()).collect();
        format!("{}{}", self.t.origin(), self.app.request(&changes))
    }

    /// What the page has got, as soon as there is something.
    async fn got(&self) -> Vec<Value> {
        let wait = "return new Promise((done) => { \
            const look = () => got.length ? done(got) : setTimeout(look, 20); look() })";
        self.browser.run(wait, Vec::new()).await.as_array().unwrap().clone()
    }

    /// Opens usher in a popup and signs in there.
    async fn sign_in_by_popup(&self, request: &str) {
        let here = self.browser.tabs().await;
        self.browser
            .run("window.open(arguments[0], 'usher', 'width=500,height=700')", vec![json!(request)])
            .await;
        let popup = self.browser.tabs().await.into_iter().find(|tab| !here.contains(tab)).expect("a popup");
        self.browser.turn_to(popup).await;
        self.browser.fill("#identifier", "alice").await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("#sign-in").await;
        self.browser.see("#response").await;
        self.browser.turn_to(here[0].clone()).await;
    }
}

#[tokio::test]
async fn a_page_that_opened_a_popup_gets_the_response_from_ushers_origin() {
    let Some(s) = scene().await else { return };
    for (kind, given) in [
        ("code", vec!["code", "iss", "state"]),
        (
            "id_token token",
            vec!["access_token", "expires_in", "id_token", "iss", "scope", "state", "token_type"],
        ),
    ] {
        s.browser.open(&s.ours).await;
        s.sign_in_by_popup(&s.request(&[("response_type", kind), ("prompt", "login")])).await;
        let [message] = s.got().await.try_into().expect("one message");
        assert_eq!(
            (&message["origin"], &message["data"]["type"]),
            (&json!(s.t.origin()), &json!("authorization_response"))
        );
        let response = message["data"]["response"].as_object().unwrap();
        let mut names: Vec<&str> = response.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, given);
        assert_eq!((&response["state"], &response["iss"]), (&json!("a state"), &json!(s.t.issuer())));
        if kind == "code" {
            assert!(s.app.exchange(response["code"].as_str().unwrap()).await.tokens().id.is_some());
        } else {
            assert_eq!(s.app.userinfo(response["access_token"].as_str().unwrap()).await.status, 200);
            s.app.verify(response["id_token"].as_str().unwrap(), "first-party").await;
        }
        let popup = s.browser.tabs().await.pop().unwrap();
        s.browser.turn_to(popup).await;
        assert_eq!(s.browser.console().await, Vec::<String>::new(), "no violated policy, no failed message");
        s.browser.run("window.close()", Vec::new()).await;
        let first = s.browser.tabs().await.remove(0);
        s.browser.turn_to(first).await;
    }
}

/// Puts a request into a frame of the present page, without anything to see.
const FRAME: &str = "const f=document.createElement('iframe');f.src=arguments[0];document.body.append(f);\
    return new Promise((done)=>{f.onload=()=>done(true)})";

#[tokio::test]
async fn a_frame_on_the_same_site_renews_tokens_without_a_page() {
    let Some(s) = scene().await else { return };
    s.browser.open(&s.ours).await;
    let silent = s.request(&[("response_type", "id_token token"), ("prompt", "none")]);
    s.browser.run(FRAME, vec![json!(silent)]).await;
    let [message] = s.got().await.try_into().expect("one message");
    assert_eq!(message["data"]["response"]["error"], "login_required", "nobody is signed in yet");

    s.browser.open(&s.ours).await;
    s.sign_in_by_popup(&s.request(&[])).await;
    s.browser.open(&s.ours).await;
    s.browser.run(FRAME, vec![json!(silent)]).await;
    let [message] = s.got().await.try_into().expect("one message");
    assert_eq!(message["origin"], s.t.origin());
    let token = message["data"]["response"]["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(s.app.userinfo(&token).await.status, 200);
    assert_eq!(s.browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_page_of_another_origin_gets_nothing() {
    let Some(s) = scene().await else { return };
    // Signed in, so that there would be something to get.
    s.browser.open(&s.ours).await;
    s.sign_in_by_popup(&s.request(&[])).await;
    s.got().await;
    for other in &s.others {
        for prompt in ["", "none login"] {
            let request = s.request(&[("response_type", "id_token token"), ("prompt", prompt)]);
            s.browser.open(other).await;
            s.browser.console().await;
            // In a frame the page is not even shown.
            s.browser.run(FRAME, vec![json!(request)]).await;
            let console = s.browser.console().await.join("\n");
            assert!(console.contains("frame-ancestors"), "the browser says who forbade it: {console:?}");
            // In a popup it is, and its message is for another origin.
            let here = s.browser.tabs().await;
            s.browser.run("window.open(arguments[0], 'other')", vec![json!(request)]).await;
            let popup = s.browser.tabs().await.into_iter().find(|tab| !here.contains(tab)).expect("a popup");
            s.browser.turn_to(popup).await;
            s.browser.see("#response").await;
            s.browser.run("window.close()", Vec::new()).await;
            s.browser.turn_to(here[0].clone()).await;
            // What the page sends itself comes after whatever else was sent to it.
            let last = "return new Promise((done) => { addEventListener('message', (m) => \
                m.data === 'last' && done(got.map((m) => m.data))); postMessage('last', '*') })";
            assert_eq!(s.browser.run(last, Vec::new()).await, json!(["last"]), "{other}");
        }
    }
}
