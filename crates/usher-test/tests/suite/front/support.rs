//! What the tests of this folder share: applications with every mode switched on, and halves of hashes by other people's code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::jwk::ThumbprintHash;
use serde_json::Value;
use std::fmt::Write as _;
use usher_store::tables::{UserRow, write};
use usher_store::{Applied, Batch, Engine};
pub(super) use usher_test::part;
use usher_test::{Answer, Browser, Builder, Response, TestServer};
use usher_types::fold::IdentifierKey;

/// Every response type.
pub(super) const TYPES: [&str; 7] =
    ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"];

/// Every response mode, and none said.
pub(super) const MODES: [&str; 5] = ["", "query", "fragment", "form_post", "web_message"];

/// Applications with every front-channel mode: `every` has a secret, `album` is public, `own` belongs to the pool's owner and asks
/// nobody, and may use passwords too.
const APPLICATIONS: &str = r#"
[[pools.applications]]
client_id = "every"
client_secret = "every-secret-0123456789-0123456789-0123456789"
client_name = "Every Mode"
redirect_uris = ["https://every.test/cb"]
grant_types = ["authorization_code", "refresh_token", "implicit"]
response_types = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"]

[[pools.applications]]
client_id = "album"
client_name = "Album of Every Mode"
application_type = "single_page"
redirect_uris = ["https://album.test/cb"]
grant_types = ["authorization_code", "refresh_token", "implicit"]
response_types = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"]

[[pools.applications]]
client_id = "own"
client_secret = "owned-secret-0123456789-0123456789-0123456789"
client_name = "Every Mode of Ours"
redirect_uris = ["https://owned.test/cb"]
first_party = true
skip_consent = true
grant_types = ["authorization_code", "refresh_token", "implicit", "password", "urn:ietf:params:oauth:grant-type:device_code"]
response_types = ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token", "none"]
scopes = [{ name = "orders", description = "See your orders", claims = ["customer_number"], audience = "https://orders.test" }]
"#;

/// A server with the applications above.
pub(super) fn builder(engine: Engine) -> Builder {
    with(TestServer::builder().engine(engine), APPLICATIONS)
}

/// A server with the applications above, on the embedded database.
pub(super) async fn server() -> TestServer {
    builder(Engine::Sqlite).start().await
}

/// More declarations in the first pool.
pub(super) fn with(builder: Builder, toml: &str) -> Builder {
    builder.edit("[[pools]]\nname = \"staff\"\n", &format!("{toml}\n[[pools]]\nname = \"staff\"\n"))
}

/// So many more people with the usual password: `p0`, `p1` and so on.
pub(super) fn with_people(builder: Builder, count: usize) -> Builder {
    let mut toml = String::new();
    for n in 0..count {
        write!(toml, "[[pools.users]]\nusername = \"p{n}\"\npassword = \"{}\"\n", usher_test::PASSWORD)
            .unwrap();
    }
    with(builder, &toml)
}

/// Whether a response type names an access token, an ID token or both.
pub(super) fn by_front_channel(kind: &str) -> bool {
    kind.split(' ').any(|word| word == "token" || word == "id_token")
}

/// The parameters of a success, by the specifications: OpenID Connect Core §3.1.2.5, §3.2.2.5 and §3.3.2.5, RFC 6749 §4.2.2, RFC 9207 §2.
pub(super) fn expected(kind: &str) -> Vec<&'static str> {
    let mut names = vec!["state", "iss"];
    for word in kind.split(' ') {
        match word {
            "code" => names.push("code"),
            "id_token" => names.push("id_token"),
            "token" => names.extend(["access_token", "token_type", "expires_in", "scope"]),
            other => assert_eq!(other, "none"),
        }
    }
    names
}

/// The way by which a response comes, whatever it tells.
pub(super) fn delivery(kind: &str, mode: &str) -> &'static str {
    match mode {
        "fragment" => "fragment",
        "form_post" => "form_post",
        "web_message" => "web_message",
        _ if by_front_channel(kind) => "fragment",
        _ => "query",
    }
}

/// The left half of a hash in base64url (OpenID Connect Core §3.1.3.6), by a digest that is not usher's own.
pub(super) fn half_hash(text: &str, algorithm: &str) -> String {
    let hash = if algorithm == "EdDSA" { ThumbprintHash::SHA512 } else { ThumbprintHash::SHA256 };
    let digest = (DEFAULT_PROVIDER.key_utils.compute_digest)(text.as_bytes(), hash).unwrap();
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}

/// The response in an answer.
#[track_caller]
pub(super) fn response(answer: &Answer) -> Response {
    if answer.status == 303 {
        return Response::of_redirect(&answer.location());
    }
    let page = usher_test::Page { path: String::new(), answer: answer.clone() };
    Response::of(&usher_test::Arrival::Page(page)).unwrap_or_else(|| panic!("no response: {}", answer.text()))
}

/// A browser in which somebody is signed in, by way of an application that asks nobody.
pub(super) async fn signed_in(t: &TestServer, username: &str) -> Browser {
    let mut browser = t.browser();
    t.application("own").authorize(&mut browser, username, &[]).await.code();
    browser
}

/// A person as stored.
pub(super) async fn user(t: &TestServer, username: &str) -> UserRow {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let key = IdentifierKey::fold(username).unwrap();
    t.app.store.user_by_identifier(pool, key.as_str()).await.unwrap().unwrap()
}

/// Demands of a person to choose another password, as an administrator who set the present one does.
pub(super) async fn demand_new_password(t: &TestServer, username: &str) {
    let row = UserRow { must_change_password: true, ..user(t, username).await };
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let mut batch = Batch::new();
    write::user::update(&mut batch, "unchanged", pool, row, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), Applied::Done);
}

/// Causes and details of the first pool's refusals, with the application's name.
pub(super) async fn refusals(t: &TestServer) -> Vec<(String, String)> {
    t.refusals().await.into_iter().map(|sum| (sum.cause, sum.client_id)).collect()
}

/// The details of the audit rows of one event, oldest first, each with the application.
pub(super) async fn audited(t: &TestServer, event: &str) -> Vec<(String, Value)> {
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let rows = t.app.store.audit_trail(pool).await.unwrap();
    // The trail begins with the newest.
    rows.into_iter()
        .rev()
        .filter(|row| row.event == event)
        .map(|row| (row.client_id.unwrap_or_default(), serde_json::from_str(&row.detail).unwrap()))
        .collect()
}

/// The values of one directive of a page's policy.
#[track_caller]
pub(super) fn directive(answer: &Answer, name: &str) -> String {
    let policy = answer.header("content-security-policy");
    let found: Vec<&str> =
        policy.split(';').filter_map(|d| d.trim().strip_prefix(name)?.strip_prefix(' ')).collect();
    assert_eq!(found.len(), 1, "{name} in {policy}");
    found[0].trim().to_owned()
}
