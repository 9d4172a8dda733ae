//! Modes that contradict one another, or lack what they need, are refused before anything is written, with file, line, key and what is
//! allowed.

use super::declarations::{Case, each_is_told};

const GRANTS: &str = "grant_types = [\"authorization_code\", \"refresh_token\"]";
const METHOD: &str = "token_endpoint_auth_method = \"client_secret_basic\"";
const PUBLIC: &str = "client_name = \"Photo Album\"";
/// The table of the public application from its first line on, for what is missing from it.
const TABLE: &str = "[[pools.applications]]\nclient_id = \"spa\"\nclient_name = \"Photo Album\"\n";

const RESPONSE_TYPES: &[Case] = &[
    (
        GRANTS,
        "grant_types = [\"authorization_code\", \"implicit\"]",
        "grant_types",
        &["implicit", "response_types"],
    ),
    (
        GRANTS,
        "grant_types = [\"authorization_code\"]\nresponse_types = []",
        "grant_types",
        &["authorization_code", "response_types"],
    ),
    (
        GRANTS,
        "grant_types = [\"authorization_code\"]\nresponse_types = [\"code\", \"id_token\"]",
        "response_types",
        &["\"id_token\"", "implicit", "grant_types"],
    ),
    (
        GRANTS,
        "grant_types = [\"implicit\"]\nresponse_types = [\"id_token code\"]",
        "response_types",
        &["\"code id_token\"", "authorization_code"],
    ),
    (
        GRANTS,
        "grant_types = [\"implicit\"]\nresponse_types = [\"id_token\", \"code\"]",
        "response_types",
        &["\"code\"", "authorization_code"],
    ),
    (
        GRANTS,
        "grant_types = [\"implicit\"]\nresponse_types = [\"token\"]",
        "response_types",
        &["`token`", "`id_token token`", "`none`"],
    ),
    (GRANTS, "response_types = [\"code code\"]", "response_types", &["`code code`"]),
    (GRANTS, "response_types = \"code\"", "response_types", &[]),
    (
        "redirect_uris = [\"https://spa.test/cb\"]",
        "grant_types = [\"implicit\"]\nresponse_types = [\"id_token token\"]\nredirect_uris = [\"http://localhost:3000/cb\"]",
        "redirect_uris",
        &["https", "allow_insecure_redirect_uris"],
    ),
    (
        "redirect_uris = [\"https://spa.test/cb\"]",
        "grant_types = [\"implicit\"]\nresponse_types = [\"id_token\"]\nredirect_uris = []",
        "redirect_uris",
        &["implicit", "at least one"],
    ),
];

const GRANT_TYPES: &[Case] = &[
    (
        GRANTS,
        "grant_types = [\"authorization_code\", \"password\"]",
        "grant_types",
        &["password", "first_party = true"],
    ),
    (GRANTS, "grant_types = [\"authorization_code\", \"ciba\"]", "grant_types", &["ciba", "password"]),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nfirst_party = true\ngrant_types = [\"authorization_code\", \"password\"]",
        "grant_types",
        &["password", "credentials"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nclient_credentials_scope = \"orders\"\ngrant_types = [\"authorization_code\", \"client_credentials\"]",
        "grant_types",
        &["client_credentials", "credentials"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\ngrant_types = [\"authorization_code\", \"urn:ietf:params:oauth:grant-type:token-exchange\"]",
        "grant_types",
        &["token-exchange", "credentials"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\ngrant_types = [\"authorization_code\", \"urn:ietf:params:oauth:grant-type:jwt-bearer\"]",
        "grant_types",
        &["jwt-bearer", "credentials"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\ndevice_code_lifetime = 29",
        "device_code_lifetime",
        &["30 to 1800"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\ndevice_code_lifetime = 1801",
        "device_code_lifetime",
        &["30 to 1800"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nclient_credentials_scope = \"orders:1:read:more\"",
        "client_credentials_scope",
        &[],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\ntoken_exchange = { impersonate = true }",
        "impersonate",
        &["token_exchange", "impersonation"],
    ),
    (
        GRANTS,
        "grant_types = [\"authorization_code\", \"urn:ietf:params:oauth:grant-type:token-exchange\"]\ntoken_exchange = { audiences = [] }",
        "token_exchange",
        &["impersonation", "delegation"],
    ),
    (
        GRANTS,
        "grant_types = [\"authorization_code\", \"urn:ietf:params:oauth:grant-type:jwt-bearer\"]\nassertion_issuers = []",
        "assertion_issuers",
        &["at least one"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nassertion_issuers = [{ issuer = \"\", jwks = { keys = [{ kty = \"OKP\", crv = \"Ed25519\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }] } }]",
        "assertion_issuers",
        &["empty"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nassertion_issuers = [{ issuer = \"https://a.test\", signing_alg = \"HS256\", jwks = { keys = [{ kty = \"OKP\", crv = \"Ed25519\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }] } }]",
        "assertion_issuers",
        &["HS256"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nassertion_issuers = [{ issuer = \"https://a.test\", jwks = { keys = [{ kty = \"oct\", k = \"AAAA\" }] } }]",
        "assertion_issuers",
        &["https://a.test", "key number 1"],
    ),
];

const METHODS: &[Case] = &[
    (
        METHOD,
        "token_endpoint_auth_method = \"client_secret_basic\"\nintrospection_endpoint_auth_method = \"none\"",
        "introspection_endpoint_auth_method",
        &["credentials"],
    ),
    (
        METHOD,
        "token_endpoint_auth_method = \"client_secret_basic\"\nrevocation_endpoint_auth_method = \"none\"",
        "revocation_endpoint_auth_method",
        &["credentials"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nintrospection_endpoint_auth_method = \"client_secret_basic\"",
        "introspection_endpoint_auth_method",
        &["public", "credentials"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nrevocation_endpoint_auth_method = \"client_secret_post\"",
        "revocation_endpoint_auth_method",
        &["public", "credentials"],
    ),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\nintrospection_endpoint_auth_method = \"basic\"",
        "introspection_endpoint_auth_method",
        &["client_secret_basic", "private_key_jwt"],
    ),
    (
        METHOD,
        "token_endpoint_auth_method = \"client_secret_basic\"\ntoken_endpoint_auth_signing_alg = \"HS256\"",
        "token_endpoint_auth_signing_alg",
        &["client_secret_jwt"],
    ),
    (
        METHOD,
        "token_endpoint_auth_method = \"client_secret_basic\"\ntoken_endpoint_auth_signing_alg = \"RS256\"",
        "token_endpoint_auth_signing_alg",
        &["private_key_jwt"],
    ),
    (
        METHOD,
        "token_endpoint_auth_method = \"client_secret_jwt\"\ntoken_endpoint_auth_signing_alg = \"ES256\"",
        "token_endpoint_auth_signing_alg",
        &["HS256"],
    ),
    (PUBLIC, "client_name = \"Photo Album\"\njwks = { keys = [] }", "jwks", &["1 to 16"]),
    (
        PUBLIC,
        "client_name = \"Photo Album\"\njwks = { keys = [{ kty = \"oct\", k = \"AAAA\" }] }",
        "jwks",
        &["key number 1", "RSA"],
    ),
    (
        TABLE,
        "[[pools.applications]]\nclient_id = \"spa\"\nclient_name = \"Photo Album\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n",
        "jwks",
        &["public keys"],
    ),
    (
        TABLE,
        "[[pools.applications]]\nclient_id = \"spa\"\nclient_name = \"Photo Album\"\ntoken_endpoint_auth_method = \"client_secret_post\"\n",
        "client_secret",
        &["client_secret_post", "32 to 256"],
    ),
    // The message names the way that needs the secret, not the one of the token endpoint that does not.
    (
        TABLE,
        "[[pools.applications]]\nclient_id = \"spa\"\nclient_name = \"Photo Album\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\nintrospection_endpoint_auth_method = \"client_secret_basic\"\njwks = { keys = [{ kty = \"OKP\", crv = \"Ed25519\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }] }\n",
        "client_secret",
        &["client_secret_basic", "32 to 256"],
    ),
    (
        TABLE,
        "[[pools.applications]]\nclient_id = \"spa\"\nclient_name = \"Photo Album\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\nid_token_signed_response_alg = \"HS256\"\njwks = { keys = [{ kty = \"OKP\", crv = \"Ed25519\", x = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\" }] }\n",
        "client_secret",
        &["HS256", "32 to 256"],
    ),
];

#[test]
fn response_types_need_their_grants_and_safe_addresses() {
    each_is_told(RESPONSE_TYPES);
}

#[test]
fn grants_need_what_they_live_on() {
    each_is_told(GRANT_TYPES);
}

#[test]
fn ways_of_authentication_need_credentials_that_fit() {
    each_is_told(METHODS);
}
