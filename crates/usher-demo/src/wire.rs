//! A small HTTP client that keeps what it sent and what came back, to be shown. One request a connection, plain HTTP only: it
//! talks to an identity server on the same machine and to nothing else.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use std::time::Duration;
use tokio::net::TcpStream;
use url::Url;
use usher_types::opaque::base64url_decode;

/// A body that is there from the start.
pub(crate) type Body = Full<Bytes>;

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 256 * 1024;
/// Within this time the whole answer must be there.
const ANSWER_TIME: Duration = Duration::from_secs(15);

/// A request to be sent.
pub(crate) struct Outgoing<'a> {
    /// What it is for, in a few words.
    pub(crate) title: &'static str,
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) authorization: Option<String>,
    /// Parameters of a form.
    pub(crate) form: Vec<(&'static str, &'a str)>,
    /// Values that only the two ends may know.
    pub(crate) secrets: Vec<String>,
}

/// A request and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) title: &'static str,
    /// What the answer means; filled in by whoever asked.
    pub(crate) note: String,
    /// The request as text: line, headers, body.
    pub(crate) request: String,
    /// What came back, or why nothing did.
    pub(crate) outcome: Result<Answer, String>,
    /// Values in either text that only the two ends may know.
    pub(crate) secrets: Vec<String>,
    /// The tokens in it that are worth a look.
    pub(crate) apart: Vec<Apart>,
}

/// A signed token of a request, taken apart to be shown.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Apart {
    pub(crate) title: &'static str,
    /// Its header, as JSON text.
    pub(crate) header: String,
    /// Its payload, as JSON text.
    pub(crate) payload: String,
}

impl Apart {
    /// Takes a token apart; nothing where it is none.
    pub(crate) fn jwt(title: &'static str, token: &str) -> Option<Self> {
        let mut parts = token
            .split('.')
            .map(|part| base64url_decode(part).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        let (header, payload) = (parts.next()??, parts.next()??);
        parts.next()?;
        parts.next().is_none().then_some(Self { title, header, payload })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Exchange {
    /// Says what the answer means.
    pub(crate) fn say(&mut self, note: &str) {
        note.clone_into(&mut self.note);
    }

    /// Whether the answer's status is 2xx.
    pub(crate) fn is_success(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|answer| (200..300).contains(&answer.status))
    }

    /// A header of the answer.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let head = &self.outcome.as_ref().ok()?.head;
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value)
    }

    /// The answer's body, where it is a JSON object.
    pub(crate) fn json(&self) -> Option<Map<String, Value>> {
        let answer = self.outcome.as_ref().ok()?;
        usher_crypto::jose::parse_unique_object(answer.body.as_bytes()).ok()
    }

    /// The error code of a refusal (RFC 6749 §5.2), or of a refused bearer token (RFC 6750 §3.1).
    pub(crate) fn error(&self) -> Option<String> {
        let named = self.json().and_then(|body| body.get("error").and_then(Value::as_str).map(str::to_owned));
        let head = self.outcome.as_ref().map(|answer| answer.head.as_str()).unwrap_or_default();
        named.or_else(|| head.split_once("error=\"")?.1.split('"').next().map(str::to_owned))
    }
}

/// Sends a request. A failure is part of the record, not an error.
pub(crate) async fn send(outgoing: Outgoing<'_>) -> Exchange {
    let body = (outgoing.method == Method::POST).then(|| encode(&outgoing.form));
    let sent = tokio::time::timeout(ANSWER_TIME, roundtrip(&outgoing, body.clone())).await;
    let outcome =
        sent.unwrap_or_else(|_| Err(format!("nothing came back within {} seconds", ANSWER_TIME.as_secs())));
    let mut exchange = Exchange {
        title: outgoing.title,
        note: String::new(),
        request: describe(&outgoing, body.as_deref()),
        outcome,
        secrets: outgoing.secrets,
        apart: Vec::new(),
    };
    for name in ["access_token", "refresh_token", "id_token", "device_code"] {
        let token = exchange.json().and_then(|b| b.get(name).and_then(Value::as_str).map(str::to_owned));
        exchange.secrets.extend(token);
    }
    exchange
}

async fn roundtrip(outgoing: &Outgoing<'_>, body: Option<String>) -> Result<Answer, String> {
    let url = Url::parse(outgoing.url).map_err(|e| format!("{:?} is no address: {e}", outgoing.url))?;
    if url.scheme() != "http" {
        return Err(format!("the demo speaks plain HTTP only, not {}", url.scheme()));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, url.port_or_known_default().unwrap_or(80))).await;
    let stream = stream.map_err(|e| format!("no connection to {}: {e}", authority(&url)))?;
    let cut = |e: hyper::Error| format!("the connection broke: {e}");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(cut)?;
    let connection = AbortOnDrop(tokio::spawn(async move { drop(connection.await) }));
    let mut request = Request::builder().method(&outgoing.method).uri(target(&url));
    for (name, value) in headers(outgoing, &url, body.is_some()) {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body.unwrap_or_default())).map_err(|e| e.to_string())?;
    let response = sender.send_request(request).await.map_err(cut)?;
    let (head, body) = response.into_parts();
    let body =
        Limited::new(body, ANSWER_BYTES).collect().await.map_err(|e| format!("the answer broke off: {e}"))?;
    drop(connection);
    let reason = head.status.canonical_reason().unwrap_or_default();
    let status = head.status.as_u16();
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    Ok(Answer { status, head: format!("HTTP/1.1 {status} {reason}\n{}", lines(&head.headers)), body })
}

/// The request as text, as it went over the wire but for line ends.
fn describe(outgoing: &Outgoing<'_>, body: Option<&str>) -> String {
    let Ok(url) = Url::parse(outgoing.url) else { return format!("{} {}", outgoing.method, outgoing.url) };
    let mut lines = vec![format!("{} {} HTTP/1.1", outgoing.method, target(&url))];
    lines.extend(
        headers(outgoing, &url, body.is_some()).into_iter().map(|(name, value)| format!("{name}: {value}")),
    );
    if let Some(body) = body {
        lines.extend([format!("content-length: {}", body.len()), String::new(), body.to_owned()]);
    }
    lines.join("\n")
}

fn headers(outgoing: &Outgoing<'_>, url: &Url, has_body: bool) -> Vec<(header::HeaderName, String)> {
    let mut headers = vec![(header::HOST, authority(url)), (header::ACCEPT, "application/json".to_owned())];
    headers.extend(outgoing.authorization.clone().map(|value| (header::AUTHORIZATION, value)));
    headers.extend(has_body.then(|| (header::CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned())));
    headers
}

fn lines(headers: &HeaderMap) -> String {
    let line = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        [name.as_str(), ": ", &String::from_utf8_lossy(value.as_bytes()), "\n"].concat()
    };
    headers.iter().map(line).collect()
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Path and query.
fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// Parameters as `application/x-www-form-urlencoded` text.
pub(crate) fn encode(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// A task that ends with its owner.
#[derive(Debug)]
pub(crate) struct AbortOnDrop(pub(crate) tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
