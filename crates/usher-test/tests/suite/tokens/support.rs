//! What the tests of this folder share: requests as they are, tokens taken apart, many things at once.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use usher_test::{Answer, Application, Browser, TestServer, Tokens, send};
pub(super) use usher_test::{at_once, members, part};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The host that requests name.
pub(super) fn host(t: &TestServer) -> String {
    t.origin().split_once("://").unwrap().1.to_owned()
}

/// One form POST with exactly these headers, beside Host and Content-Type, and these fields.
pub(super) async fn post(
    t: &TestServer,
    path: &str,
    headers: &[(&str, &str)],
    fields: &[(&str, &str)],
) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    post_body(t, path, FORM, headers, body).await
}

/// One POST of a body as it is.
pub(super) async fn post_body(
    t: &TestServer,
    path: &str,
    media_type: &str,
    headers: &[(&str, &str)],
    body: String,
) -> Answer {
    let mut request =
        Request::post(path).header(header::HOST, host(t)).header(header::CONTENT_TYPE, media_type);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(t.address, request.body(Full::new(Bytes::from(body))).unwrap()).await
}

/// One GET with exactly these headers beside Host.
pub(super) async fn get(t: &TestServer, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path).header(header::HOST, host(t));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(t.address, request.body(Full::default()).unwrap()).await
}

/// The Authorization header of RFC 6749 §2.3.1, both halves encoded.
pub(super) fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

/// The same of RFC 7617, nothing encoded.
pub(super) fn plain_basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A code for Alice; the browser signs in where it has not yet.
pub(super) async fn code(app: &Application, browser: &mut Browser, changes: &[(&str, &str)]) -> String {
    app.authorize(browser, "alice", changes).await.code().to_owned()
}

/// Tokens for Alice, a refresh token among them.
pub(super) async fn offline(app: &Application, browser: &mut Browser) -> Tokens {
    let tokens = app.sign_in(browser, "alice", "openid offline_access").await;
    assert!(tokens.refresh.is_some(), "no refresh token: {}", tokens.answer);
    tokens
}

/// The refresh token.
#[track_caller]
pub(super) fn refresh_token(tokens: &Tokens) -> &str {
    tokens.refresh.as_deref().expect("a refresh token")
}

/// The ID token.
#[track_caller]
pub(super) fn id_token(tokens: &Tokens) -> &str {
    tokens.id.as_deref().expect("an ID token")
}

/// The number of a refresh token: the four bytes after its grant's id.
pub(super) fn generation(refresh_token: &str) -> u32 {
    let bytes = URL_SAFE_NO_PAD.decode(refresh_token).unwrap();
    u32::from_be_bytes(bytes[16..20].try_into().unwrap())
}

/// The parameters of an address.
pub(super) fn fields(address: &str) -> Vec<(String, String)> {
    let (_, query) = address.split_once('?').unwrap_or_else(|| panic!("no query in {address}"));
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Signs Alice out in a browser by an ID token of hers.
pub(super) async fn sign_out(browser: &mut Browser, id_token: &str) -> Answer {
    browser.get(&format!("/oidc/session/end?id_token_hint={id_token}")).await
}
