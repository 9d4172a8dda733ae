//! What the tests of this folder share: servers with applications that present JWTs, and requests by them.

use serde_json::{Value, json};
use usher_crypto::jose::SigningAlgorithm;
use usher_store::Engine;
use usher_test::{ASSERTION_TYPE, Answer, Application, Builder, KeyPair, TestServer};
pub(super) use usher_test::{at_once, cost};

pub(super) const INTROSPECTION: &str = "/oidc/token/introspection";
pub(super) const ENDPOINTS: [&str; 3] = ["/oidc/token", INTROSPECTION, "/oidc/token/revocation"];

/// The secret of the application `maced`.
pub(super) const SECRET: &str = "jwt-secret-0123456789-0123456789-0123456789";

/// The builder with more applications in the first pool.
pub(super) fn with_applications(builder: Builder, toml: &str) -> Builder {
    let staff = "[[pools]]\nname = \"staff\"";
    builder.edit(staff, &format!("{toml}\n{staff}"))
}

/// The declarations of `signed`, which authenticates by a key, and `maced`, which does by its secret.
pub(super) fn declared(key: &KeyPair) -> String {
    format!(
        r#"
[[pools.applications]]
client_id = "signed"
client_name = "Signed"
token_endpoint_auth_method = "private_key_jwt"
redirect_uris = ["https://signed.test/cb"]
{}

[[pools.applications]]
client_id = "maced"
client_secret = "{SECRET}"
client_name = "Maced"
token_endpoint_auth_method = "client_secret_jwt"
redirect_uris = ["https://maced.test/cb"]
"#,
        key.setting()
    )
}

/// A server with both, and the key of `signed`.
pub(super) async fn server(engine: Engine) -> (TestServer, KeyPair) {
    let key = KeyPair::new(SigningAlgorithm::Es256);
    let builder = with_applications(TestServer::builder().engine(engine), &declared(&key));
    (builder.start().await, key)
}

/// The application `signed` with its key, and `maced`.
pub(super) fn both(t: &TestServer, key: &KeyPair) -> [Application; 2] {
    [t.application("signed").with_key(key), t.application("maced")]
}

/// A request that is right in everything but perhaps its assertion.
pub(super) async fn present(app: &Application, endpoint: &str, assertion: &str) -> Answer {
    present_with(app, endpoint, assertion, &[]).await
}

/// The same with more fields.
pub(super) async fn present_with(
    app: &Application,
    endpoint: &str,
    assertion: &str,
    more: &[(&str, &str)],
) -> Answer {
    let mut fields = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", "unknown"),
        ("token", "unknown"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    fields.extend(more);
    app.post_bare(endpoint, &fields).await
}

/// Whether the caller was believed: its unknown token is then what is wrong, if anything is.
#[track_caller]
pub(super) fn is_authenticated(answer: &Answer) -> bool {
    match answer.status.as_u16() {
        200 => true,
        400 => {
            answer.refused("invalid_grant");
            true
        }
        status => {
            assert_eq!(status, 401, "{}", answer.text());
            answer.refused("invalid_client");
            false
        }
    }
}

/// Whether an assertion with these claims changed is believed at the introspection endpoint.
pub(super) async fn is_believed(app: &Application, changes: &Value) -> bool {
    is_authenticated(&present(app, INTROSPECTION, &app.assertion(changes)).await)
}

/// The seconds of the server's clock.
pub(super) fn now(app: &Application) -> i64 {
    app.claims("", "")["iat"].as_i64().unwrap()
}

/// The claims of an assertion at their bounds: what is changed, and whether it is still believed.
pub(super) fn times(now: i64) -> Vec<(Value, bool)> {
    vec![
        (json!({}), true),
        (json!({ "iat": null }), true),
        (json!({ "exp": null }), false),
        (json!({ "exp": now - 59 }), true),
        (json!({ "exp": now - 60 }), false),
        (json!({ "exp": now - 61 }), false),
        (json!({ "exp": 0 }), false),
        (json!({ "exp": -1 }), false),
        (json!({ "exp": now + 660 }), true),
        (json!({ "exp": now + 661 }), false),
        (json!({ "exp": now + 86_400 }), false),
        (json!({ "exp": i64::MAX }), false),
        (json!({ "exp": u64::MAX }), false),
        (json!({ "exp": 1e300 }), false),
        (json!({ "exp": (now + 60).to_string() }), false),
        (json!({ "exp": true }), false),
        (json!({ "exp": [now + 60] }), false),
        (json!({ "exp": { "n": now + 60 } }), false),
        (serde_json::from_str(&format!(r#"{{ "exp": {}.75 }}"#, now + 60)).unwrap(), true),
        (json!({ "nbf": now }), true),
        (json!({ "nbf": now + 60 }), true),
        (json!({ "nbf": now + 61 }), false),
        (json!({ "nbf": "soon" }), false),
        (json!({ "iat": now + 60 }), true),
        (json!({ "iat": now + 61 }), false),
        (json!({ "iat": now - 659 }), true),
        (json!({ "iat": now - 661 }), false),
        (json!({ "iat": 1 }), false),
        (json!({ "iat": "now" }), false),
        (json!({ "jti": null }), false),
        (json!({ "jti": "" }), false),
        (json!({ "jti": 1 }), false),
        (json!({ "jti": ["a"] }), false),
    ]
}

/// Audiences that mean this server, and others.
pub(super) fn audiences(t: &TestServer) -> Vec<(Value, bool)> {
    let (issuer, origin) = (t.issuer(), t.origin());
    let token = format!("{issuer}/token");
    vec![
        (json!(issuer), true),
        (json!(token), true),
        (json!([issuer]), true),
        (json!([issuer, token]), true),
        (json!([]), false),
        (json!([issuer, "https://other.test"]), false),
        (json!(["https://other.test", token]), false),
        (json!([issuer, 1]), false),
        (json!([[issuer]]), false),
        (json!({ "a": issuer }), false),
        (Value::Null, false),
        (json!(""), false),
        (json!(origin), false),
        (json!(format!("{origin}/")), false),
        (json!(format!("{issuer}/")), false),
        (json!(format!("{token}/")), false),
        (json!(format!("{token}?x=1")), false),
        (json!(format!("{issuer}/auth")), false),
        (json!(issuer.to_uppercase()), false),
        (json!(issuer.replace("localhost", "127.0.0.1")), false),
        (json!(format!("{origin}/staff/oidc")), false),
        (json!(format!("{origin}/staff/oidc/token")), false),
        (json!("https://other.test"), false),
        (json!(format!("{issuer} {token}")), false),
    ]
}

/// The grant jwt-bearer.
pub(super) const VOUCHED: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Those who vouch for people: by `sub`, user name, e-mail address, telephone number.
pub(super) const ISSUERS: [&str; 4] =
    ["https://sub.test", "https://name.test", "https://mail.test", "https://phone.test"];

/// The declarations of `vouched` and `trusted`, which bring assertions; for the second, an administrator has consented.
pub(super) fn declared_vouching(key: &KeyPair) -> String {
    let subjects = ["sub", "username", "email", "phone_number"];
    let issuers: Vec<String> = ISSUERS
        .iter()
        .zip(subjects)
        .map(|(issuer, subject)| {
            format!("{{ issuer = \"{issuer}\", jwks = {}, subject = \"{subject}\" }}", key.set())
        })
        .collect();
    let declare = |id: &str, more: &str| {
        format!(
            r#"
[[pools.applications]]
client_id = "{id}"
client_secret = "{id}-secret-0123456789-0123456789-0123456789"
client_name = "Somebody {id}"
redirect_uris = ["https://{id}.test/cb"]
grant_types = ["authorization_code", "refresh_token", "{VOUCHED}"]
scopes = [{{ name = "orders" }}]
assertion_issuers = [{}]
{more}
"#,
            issuers.join(", ")
        )
    };
    declare("vouched", "") + &declare("trusted", "first_party = true\nskip_consent = true")
}

/// A server with both, and the key of those who vouch.
pub(super) async fn vouching(engine: Engine) -> (TestServer, KeyPair) {
    let key = KeyPair::new(SigningAlgorithm::Es256);
    let builder = with_applications(TestServer::builder().engine(engine), &declared_vouching(&key));
    (builder.start().await, key)
}

/// Brings an assertion for a scope.
pub(super) async fn bring(app: &Application, assertion: &str, scope: &str) -> Answer {
    let fields = [("grant_type", VOUCHED), ("assertion", assertion), ("scope", scope)];
    app.post("/oidc/token", &fields).await
}

/// The `sub` of a person.
pub(super) async fn subject_of(t: &TestServer, username: &str) -> String {
    let app = t.application("first-party");
    let tokens = app.sign_in(&mut t.browser(), username, "openid").await;
    app.userinfo(&tokens.access).await.json()["sub"].as_str().unwrap().to_owned()
}

/// Token exchange.
pub(super) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(super) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub(super) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
pub(super) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The API that tokens are exchanged for.
pub(super) const ORDERS: &str = "https://orders.test";

/// The declarations of applications that exchange tokens: `gateway` impersonates, `agent` and `clerk` act for people.
pub(super) fn declared_exchanging() -> String {
    let declare = |id: &str, how: &str| {
        format!(
            r#"
[[pools.applications]]
client_id = "{id}"
client_secret = "{id}-secret-0123456789-0123456789-0123456789"
client_name = "The {id}"
redirect_uris = ["https://{id}.test/cb"]
grant_types = ["authorization_code", "refresh_token", "client_credentials", "{EXCHANGE}"]
scopes = [{{ name = "orders", audience = "{ORDERS}" }}, {{ name = "stock", audience = "https://stock.test" }}, {{ name = "any" }}]
token_exchange = {{ subject_clients = ["web", "gateway", "agent", "clerk"], audiences = ["{ORDERS}", "https://bills.test"], {how} = true }}
"#
        )
    };
    declare("gateway", "impersonation") + &declare("agent", "delegation") + &declare("clerk", "delegation")
}

/// A server with these.
pub(super) async fn exchanging(engine: Engine) -> TestServer {
    with_applications(TestServer::builder().engine(engine), &declared_exchanging()).start().await
}

/// Exchanges an access token for one for orders, with these fields changed (`""` takes one away).
pub(super) async fn exchange(app: &Application, subject_token: &str, changes: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("grant_type", EXCHANGE),
        ("subject_token", subject_token),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", ORDERS),
    ];
    for (name, _) in changes {
        fields.retain(|(n, _)| n != name);
    }
    fields.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    app.post("/oidc/token", &fields).await
}
