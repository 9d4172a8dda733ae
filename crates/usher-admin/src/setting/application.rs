//! The settings of an application.

use super::{Kind, Setting, Table, setting, through};
use serde_json::{Map, Value};
use usher_core::ClientSettings;

/// The settings of an application.
pub const APPLICATION: Table = Table { owner: "an application", settings: SETTINGS, least, read };

fn least() -> Map<String, Value> {
    Map::from_iter([("client_id".to_owned(), "x".into()), ("client_name".to_owned(), "x".into())])
}

/// Whether it is enabled is a column of its own and not among what is stored as settings.
fn read(mut whole: Map<String, Value>) -> Result<Map<String, Value>, String> {
    // The digest of a logo is the server's own.
    whole.remove("logo_digest");
    let enabled = whole.get("enabled").cloned().unwrap_or(Value::Bool(true));
    let mut written = through::<ClientSettings>(whole)?;
    written.remove("logo_digest");
    written.insert("enabled".to_owned(), enabled);
    Ok(written)
}

const SETTINGS: &[Setting] = &[
    setting("client_id", Kind::Text, "", "Its client identifier (RFC 6749 §2.2); cannot be changed."),
    setting("client_name", Kind::Text, "", "What people see."),
    setting(
        "client_secret",
        Kind::Secret,
        "generated",
        "Its secret, where the public cannot read its code; stored hashed, or sealed where it is needed as it is.",
    ),
    setting("enabled", Kind::Flag, "true", "Whether it may do anything."),
    setting("application_type", Kind::Text, "", "What kind of program it is."),
    setting(
        "redirect_uris",
        Kind::List,
        "none",
        "Where authorization responses may go; compared byte by byte.",
    ),
    setting("post_logout_redirect_uris", Kind::List, "none", "Where the browser may go after sign-out."),
    setting("grant_types", Kind::List, "none", "The modes that are switched on."),
    setting(
        "response_types",
        Kind::List,
        "code, with authorization_code",
        "What its authorization responses may carry.",
    ),
    setting(
        "token_endpoint_auth_method",
        Kind::Text,
        "client_secret_basic for web, else none",
        "How it proves who it is.",
    ),
    setting(
        "introspection_endpoint_auth_method",
        Kind::Text,
        "as at the token endpoint",
        "The same for introspection.",
    ),
    setting(
        "revocation_endpoint_auth_method",
        Kind::Text,
        "as at the token endpoint",
        "The same for revocation.",
    ),
    setting(
        "token_endpoint_auth_signing_alg",
        Kind::Text,
        "each key's own",
        "The one algorithm of its authentication assertions.",
    ),
    setting("jwks", Kind::Json, "none", "Its public keys, a JWK Set, for private_key_jwt."),
    setting("scope", Kind::Words, "none", "The standard scopes that it may ask for."),
    setting(
        "scopes",
        Kind::Objects("name"),
        "none",
        "Scopes of its own: objects of name, description, claims, audience.",
    ),
    setting(
        "client_credentials_scope",
        Kind::Words,
        "none",
        "The scope items (resource[:instance][:action]) that it has of its own by the grant client_credentials.",
    ),
    setting(
        "access_key_as_audience",
        Kind::Flag,
        "",
        "Whether access tokens without a person name the access key as aud and have no sub.",
    ),
    setting(
        "api_identifiers",
        Kind::List,
        "none",
        "The identifiers under which it is an API: tokens for these it may introspect.",
    ),
    setting(
        "require_pkce",
        Kind::Flag,
        "",
        "Whether PKCE is demanded of a confidential application; of public ones it always is.",
    ),
    setting("first_party", Kind::Flag, "", "Whether it belongs to the pool's owner."),
    setting(
        "skip_consent",
        Kind::Flag,
        "",
        "Whether people are not asked for consent; only for first-party applications.",
    ),
    setting("id_token_signed_response_alg", Kind::Text, "", "How ID tokens are signed."),
    setting(
        "access_token_signed_response_alg",
        Kind::Text,
        "",
        "How JWT access tokens are signed; never HS256.",
    ),
    setting(
        "access_token_format",
        Kind::Text,
        "",
        "jwt (RFC 9068), or opaque: a handle that only introspection and userinfo can read.",
    ),
    setting("access_token_lifetime", Kind::Seconds, "600", "Life of its access tokens; 1 second to 1 day."),
    setting("id_token_lifetime", Kind::Seconds, "600", "Life of its ID tokens; 1 second to 1 day."),
    setting("code_lifetime", Kind::Seconds, "60", "Life of its codes; at most 10 minutes."),
    setting(
        "device_code_lifetime",
        Kind::Seconds,
        "600",
        "Life of its device codes; 30 seconds to 30 minutes.",
    ),
    setting(
        "refresh_token_rotation",
        Kind::Flag,
        "",
        "Whether refresh tokens rotate; those of public applications always do.",
    ),
    setting(
        "refresh_token_idle_lifetime",
        Kind::Seconds,
        "2592000",
        "How long a refresh token lives without use.",
    ),
    setting(
        "refresh_token_absolute_lifetime",
        Kind::Seconds,
        "15552000",
        "How long after the grant the last refresh token ends.",
    ),
    setting(
        "refresh_token_grace",
        Kind::Seconds,
        "10",
        "How long after its use a refresh token still gets its successor again; 0 to 120.",
    ),
    setting(
        "default_max_age",
        Kind::Seconds,
        "none",
        "How old a sign-in may be where the request does not say it.",
    ),
    setting(
        "token_exchange",
        Kind::Json,
        "nothing",
        "What it may exchange by the grant token-exchange: an object of subject_clients, audiences, impersonation, delegation.",
    ),
    setting(
        "assertion_issuers",
        Kind::Objects("issuer"),
        "none",
        "Whose assertions it may bring by the grant jwt-bearer: objects of issuer, jwks, signing_alg, subject.",
    ),
    setting(
        "allow_insecure_redirect_uris",
        Kind::Flag,
        "",
        "Whether tokens may leave by the front channel to callbacks without TLS: for development only.",
    ),
    setting(
        "allow_localhost_any_port",
        Kind::Flag,
        "",
        "Whether http://localhost counts as a loopback address of a native application.",
    ),
    setting("client_uri", Kind::Text, "none", "Its home page."),
    setting("policy_uri", Kind::Text, "none", "Its privacy policy."),
    setting("tos_uri", Kind::Text, "none", "Its terms of service."),
    setting("logo", Kind::Picture, "none", "A PNG, JPEG or WebP file of at most 128 KiB."),
    setting("colour", Kind::Text, "none", "#rrggbb, corrected on pages until it can be read."),
];
