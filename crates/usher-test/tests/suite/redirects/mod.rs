//! The authorization endpoint as applications and attackers meet it: how strictly a request is read, where a response may go and how
//! it is delivered, what is published about the server, and who may ask for it from where. Grants and sessions have tests of their own.

mod claims;
mod cors_from_unverified_data;
mod cross_site_request_forgery;
mod denial_by_parsing;
mod form_post;
mod fragment_leak;
mod hints;
mod host_header_injection;
mod hostile_addresses;
mod http_smuggling;
mod markup_in_pages;
mod metadata;
mod methods;
mod mix_up;
mod offline;
mod open_redirects;
mod parameter_pollution;
mod parameters;
mod posting;
mod prompts;
mod redirect_uri_matcher_bypass;
mod script_schemes;

use http::Request;
use http_body_util::Full;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use usher_test::{Answer, Browser, Callback, Page, TestServer};

/// A page made of an answer.
fn page(answer: &Answer) -> Page {
    Page { path: String::new(), answer: answer.clone() }
}

/// Asserts that an answer is an error page for people that leads nowhere.
#[track_caller]
fn is_error_page(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 400, "{what}: {}", answer.text());
    assert!(!answer.headers.contains_key("location"), "{what} was redirected");
    assert!(!answer.headers.contains_key("refresh"), "{what} was redirected");
    assert_eq!(page(answer).error(), "invalid_request", "{what}");
}

/// The authorization response in an answer's redirect.
#[track_caller]
fn told(answer: &Answer) -> Callback {
    Callback::parse(&answer.location())
}

/// Asserts that the application was told an error of this code, with its state and the issuer.
#[track_caller]
fn is_told(answer: &Answer, error: &str, issuer: &str) -> Callback {
    let callback = told(answer);
    assert_eq!(callback.error(), error, "{}", callback.target);
    assert_eq!(callback.params.get("iss").map(String::as_str), Some(issuer), "{}", callback.target);
    assert!(!callback.params.contains_key("code"), "{}", callback.target);
    callback
}

/// Asserts that an answer sends the browser to one of the server's own pages.
#[track_caller]
fn leads_to(answer: &Answer, path: &str) {
    let target = answer.location();
    assert_eq!(target.split('?').next(), Some(path), "{target}");
}

/// A browser in which these people are signed in, by way of an application that asks nobody for consent.
async fn browser_of(t: &TestServer, people: &[&str]) -> Browser {
    let own = t.application("first-party");
    let mut browser = t.browser();
    for person in people {
        own.authorize(&mut browser, person, &[("prompt", "select_account")]).await.code();
    }
    browser
}

/// One request by a method with headers, by a browser without cookies.
async fn request(t: &TestServer, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    t.browser().exchange(request.body(Full::default()).unwrap()).await
}

/// What a server says on one connection to bytes as they are, until it closes; `{host}` stands for its name. A server that does not close
/// within five seconds is a failure.
async fn raw(t: &TestServer, text: &str) -> String {
    let mut stream = TcpStream::connect(t.address).await.unwrap();
    let text = text.replace("{host}", t.origin().strip_prefix("http://").unwrap());
    let mut answer = Vec::new();
    // Where the server has seen enough before everything was sent, writing fails; what it said counts.
    let _ = stream.write_all(text.as_bytes()).await;
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(read.is_ok(), "the connection stays open after: {answer}");
    answer
}

/// What people write where they hope that it becomes markup.
const HOSTILE_TEXTS: [&str; 24] = [
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" onfocus=alert(1) autofocus x=\"",
    "</form><form action=//evil.test><input name=code>",
    "</title></head><body onload=alert(1)>",
    "</script><script src=//evil.test></script>",
    "</style><svg/onload=alert(1)>",
    "<!--",
    "--!><b>",
    "]]><b>",
    "&quot;&gt;&lt;b&gt;",
    "&#34;&#62;<b>",
    "{{ 7 * 7 }}",
    "{% include 'layout.html' %}",
    "{# x #}",
    "javascript:alert(1)",
    "\r\nLocation: https://evil.test\r\n\r\n<b>",
    "\u{1}\u{7f}\u{85}<b>",
    "\u{2028}\u{2029}<b>",
    "\u{202e}<b>\u{2066}",
    "\u{feff}\u{200b}<b>",
    "<\u{0}b>",
    "ＪａｖａＳｃｒｉｐｔ＜b＞",
    "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
];
