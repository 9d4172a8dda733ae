//! A configuration that is wrong is refused before anything is written, with file, line, key and what is allowed.

use usher::config;

/// A file that is right; each case below makes one thing of it wrong.
const RIGHT: &str = r##"[server]
public_url = "https://login.example"
listen = "127.0.0.1:8443"
trusted_proxies = ["127.0.0.1"]
development = false

[storage]
folder = "data"

[[pools]]
name = "main"

[pools.settings]
default_locale = "en"
session_idle_lifetime = 3600
password_min_characters = 15

[[pools.applications]]
client_id = "web"
client_secret = "web-secret-0123456789-0123456789-0123456789"
client_name = "Web Shop"
application_type = "web"
redirect_uris = ["https://web.test/cb"]
post_logout_redirect_uris = ["https://web.test/out"]
token_endpoint_auth_method = "client_secret_basic"
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile"
first_party = false
skip_consent = false
id_token_signed_response_alg = "RS256"
access_token_signed_response_alg = "RS256"
access_token_format = "jwt"
access_token_lifetime = 600
refresh_token_rotation = true
colour = "#0b6e4f"

[[pools.applications]]
client_id = "spa"
client_name = "Photo Album"
application_type = "single_page"
redirect_uris = ["https://spa.test/cb"]

[[pools.users]]
username = "alice"
password = "correct horse battery staple"
claims = { name = "Alice", email = "alice@example.com" }
"##;

/// What is replaced, by what, the key that the error names, and words of what is allowed.
pub(super) type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// The last line of the first pool.
const ALICE: &str = "claims = { name = \"Alice\", email = \"alice@example.com\" }\n";

const CASES: &[Case] = &[
    // What is not known.
    ("development = false", "developmnet = false", "developmnet", &["development"]),
    ("folder = \"data\"", "dir = \"data\"", "dir", &["folder", "url"]),
    ("first_party = false", "firstparty = false", "firstparty", &["first_party"]),
    ("default_locale = \"en\"", "locale = \"en\"", "locale", &["default_locale"]),
    ("username = \"alice\"", "user_name = \"alice\"", "user_name", &["username"]),
    ("claims = { name = \"Alice\",", "claims = { nmae = \"Alice\",", "nmae", &["name", "did you mean"]),
    // What is of the wrong kind.
    ("development = false", "development = \"no\"", "development", &["true or false"]),
    ("access_token_lifetime = 600", "access_token_lifetime = \"10m\"", "access_token_lifetime", &[]),
    ("access_token_lifetime = 600", "access_token_lifetime = -1", "access_token_lifetime", &[]),
    (
        "redirect_uris = [\"https://web.test/cb\"]",
        "redirect_uris = \"https://web.test/cb\"",
        "redirect_uris",
        &[],
    ),
    ("listen = \"127.0.0.1:8443\"", "listen = \"8443\"", "listen", &["address"]),
    // What is none of the values.
    (
        "application_type = \"web\"",
        "application_type = \"webapp\"",
        "application_type",
        &["web", "single_page", "native"],
    ),
    (
        "grant_types = [\"authorization_code\", ",
        "grant_types = [\"code\", ",
        "grant_types",
        &["authorization_code"],
    ),
    (
        "= \"client_secret_basic\"",
        "= \"basic\"",
        "token_endpoint_auth_method",
        &["client_secret_basic", "client_secret_post", "none"],
    ),
    (
        "id_token_signed_response_alg = \"RS256\"",
        "id_token_signed_response_alg = \"none\"",
        "id_token_signed_response_alg",
        &["RS256", "ES256", "HS256"],
    ),
    (
        "access_token_format = \"jwt\"",
        "access_token_format = \"JWT\"",
        "access_token_format",
        &["jwt", "opaque"],
    ),
    ("default_locale = \"en\"", "default_locale = \"fr\"", "default_locale", &["en", "zh-Hans"]),
    ("scope = \"openid profile\"", "scope = \"openid orders\"", "scope", &["openid", "email", "scopes"]),
    ("scope = \"openid profile\"", "scope = \"openid pro\\\"file\"", "scope", &[]),
    // Addresses.
    ("\"https://login.example\"", "\"login.example\"", "public_url", &["https://"]),
    ("\"https://login.example\"", "\"http://login.example\"", "public_url", &["https"]),
    ("\"https://login.example\"", "\"https://login.example/path\"", "public_url", &[]),
    ("folder = \"data\"", "url = \"mysql://x\"", "url", &["postgresql://"]),
    ("[\"https://web.test/cb\"]", "[\"http://web.test/cb\"]", "redirect_uris", &["https", "127.0.0.1"]),
    ("[\"https://web.test/cb\"]", "[\"https://web.test/cb#x\"]", "redirect_uris", &["fragment"]),
    ("[\"https://web.test/cb\"]", "[\"https://a@web.test/cb\"]", "redirect_uris", &["user name"]),
    ("[\"https://web.test/cb\"]", "[\"javascript:alert(1)\"]", "redirect_uris", &["javascript"]),
    ("[\"https://web.test/cb\"]", "[\"https://web.test/*/../cb\"]", "redirect_uris", &["dot segments"]),
    ("[\"https://web.test/cb\"]", "[\"/cb\"]", "redirect_uris", &["https://"]),
    ("[\"https://web.test/cb\"]", "[\"com.example.app:/cb\"]", "redirect_uris", &["native"]),
    ("[\"https://web.test/cb\"]", "[]", "redirect_uris", &["at least one"]),
    ("[\"https://web.test/out\"]", "[\"http://web.test/out\"]", "post_logout_redirect_uris", &["https"]),
    (
        "[\"https://web.test/cb\"]",
        "[\n  \"https://web.test/ok\",\n  \"http://web.test/cb\",\n]",
        "redirect_uris",
        &["https"],
    ),
    ("trusted_proxies = [\"127.0.0.1\"]", "trusted_proxies = [\"proxy\"]", "trusted_proxies", &["address"]),
    ("trusted_proxies = [\"127.0.0.1\"]\n", "", "public_url", &["trusted_proxies"]),
    // Domains of pools.
    (
        "name = \"main\"\n",
        "name = \"main\"\ndomain = \"login.main.example\"\n",
        "domain",
        &["first pool", "public_url"],
    ),
    (
        ALICE,
        "claims = { name = \"Alice\" }\n[[pools]]\nname = \"staff\"\ndomain = \"127.0.0.1\"\n",
        "domain",
        &["IP address"],
    ),
    (
        ALICE,
        "claims = { name = \"Alice\" }\n[[pools]]\nname = \"staff\"\ndomain = \"staff\"\n",
        "domain",
        &["single word"],
    ),
    (
        ALICE,
        "claims = { name = \"Alice\" }\n[[pools]]\nname = \"staff\"\ndomain = \"https://staff.example\"\n",
        "domain",
        &["name alone"],
    ),
    (
        ALICE,
        "claims = { name = \"Alice\" }\n[[pools]]\nname = \"staff\"\ndomain = \"*.staff.example\"\n",
        "domain",
        &["name alone"],
    ),
    (
        ALICE,
        "claims = { name = \"Alice\" }\n[[pools]]\nname = \"staff\"\ndomain = \"login.example\"\n",
        "domain",
        &["public_url"],
    ),
    (
        ALICE,
        "[[pools]]\nname = \"staff\"\ndomain = \"a.example\"\n[[pools]]\nname = \"club\"\ndomain = \"A.example\"\n",
        "domain",
        &["a.example", "above"],
    ),
    // Settings that contradict one another.
    ("skip_consent = false", "skip_consent = true", "skip_consent", &["first_party = true"]),
    (
        "access_token_signed_response_alg = \"RS256\"",
        "access_token_signed_response_alg = \"HS256\"",
        "access_token_signed_response_alg",
        &["ID tokens only"],
    ),
    (
        "client_name = \"Photo Album\"",
        "client_name = \"Photo Album\"\nid_token_signed_response_alg = \"HS256\"",
        "id_token_signed_response_alg",
        &["client secret"],
    ),
    (
        "client_name = \"Photo Album\"",
        "client_name = \"Photo Album\"\nclient_secret = \"spa-secret-0123456789-0123456789-0123456789\"",
        "client_secret",
        &["public"],
    ),
    (
        "client_name = \"Photo Album\"",
        "client_name = \"Photo Album\"\nrefresh_token_rotation = false",
        "refresh_token_rotation",
        &["always rotate"],
    ),
    (
        "client_secret = \"web-secret-0123456789-0123456789-0123456789\"\n",
        "",
        "client_secret",
        &["32 to 256"],
    ),
    // Bounds.
    ("\"web-secret-0123456789-0123456789-0123456789\"", "\"too short\"", "client_secret", &["32 to 256"]),
    (
        "access_token_lifetime = 600",
        "access_token_lifetime = 86401",
        "access_token_lifetime",
        &["1 to 86400"],
    ),
    ("session_idle_lifetime = 3600", "session_idle_lifetime = 59", "session_idle_lifetime", &["60 to"]),
    ("password_min_characters = 15", "password_min_characters = 7", "password_min_characters", &["8 to 128"]),
    ("\"correct horse battery staple\"", "\"fourteen chars\"", "password", &["at least 15"]),
    ("colour = \"#0b6e4f\"", "colour = \"green\"", "colour", &["#rrggbb"]),
    ("colour = \"#0b6e4f\"", "colour = \"#0b6e4f;}\"", "colour", &["#rrggbb"]),
    ("client_name = \"Web Shop\"", "client_name = \"  \"", "client_name", &["1 to 256"]),
    ("client_id = \"web\"", "client_id = \"we b\"", "client_id", &["1 to 128"]),
    ("client_id = \"web\"", "client_id = \"a:b\"", "client_id", &["colon"]),
    // Names.
    ("client_id = \"spa\"", "client_id = \"web\"", "client_id", &["declared above"]),
    ("name = \"main\"", "name = \"Main\"", "name", &["a-z"]),
    ("name = \"main\"", "name = \"oidc\"", "name", &["oidc"]),
    ("name = \"main\"", "name = \"admin\"", "name", &["path"]),
    ("username = \"alice\"", "username = \"\u{200b}\"", "username", &["cannot be a login name"]),
    ("colour = \"#0b6e4f\"", "logo = \"nowhere.png\"", "logo", &["nowhere.png"]),
];

fn load(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usher.toml");
    std::fs::write(&path, text).unwrap();
    let loaded = config::load(&path).map(|_| ()).map_err(|e| e.to_string());
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "checking writes nothing");
    loaded
}

/// The lines at which an error may point: those that the change has touched, or the table that they stand in.
fn lines(text: &str, to: &str) -> std::ops::RangeInclusive<usize> {
    // The last place: what is declared twice is wrong where it is declared again.
    let at = text.rfind(to).unwrap();
    let first = text[..at].matches('\n').count() + 1;
    first..=first + to.matches('\n').count()
}

#[test]
fn the_file_that_the_cases_change_is_right() {
    load(RIGHT).unwrap();
}

/// Asserts that each mistake is told with file, line, key and what is allowed.
pub(super) fn each_is_told(cases: &[Case]) {
    let mut failures = Vec::new();
    for (from, to, key, words) in cases {
        assert_eq!(RIGHT.matches(from).count(), 1, "{from}");
        let text = RIGHT.replace(from, to);
        let Err(error) = load(&text) else {
            failures.push(format!("{to:?} was accepted"));
            continue;
        };
        let place = error.split_once("usher.toml:").and_then(|(_, rest)| rest.split_once(": "));
        let line: Option<usize> = place.and_then(|(line, _)| line.parse().ok());
        let in_place =
            line.is_some_and(|line| lines(&text, to).contains(&line) || (to.is_empty() && line > 1));
        // A key stands behind its section, `[[pools.users]] username`.
        let told = place.is_some_and(|(_, rest)| {
            let named =
                rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(rest, |(_, key)| key);
            named.starts_with(&format!("{key}: "))
        });
        let missing: Vec<_> = words.iter().filter(|w| !error.contains(**w)).collect();
        if !in_place || !told || !missing.is_empty() {
            failures.push(format!(
                "{to:?}: expected line {:?}, key {key}, words {words:?}; told: {error}",
                lines(&text, to)
            ));
        }
    }
    assert!(failures.is_empty(), "{} cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_mistake_is_told_with_file_line_key_and_what_is_allowed() {
    each_is_told(CASES);
}

#[test]
fn an_error_never_repeats_a_secret() {
    let secret = "hunter2-hunter2-hunter2-hunter2-hunter2-hunter2";
    let places = [
        (
            "client_secret = \"web-secret-0123456789-0123456789-0123456789\"",
            format!("client_secret = [\"{secret}\"]"),
        ),
        (
            "client_name = \"Photo Album\"",
            format!("client_name = \"Photo Album\"\nclient_secret = \"{secret}\""),
        ),
        ("password = \"correct horse battery staple\"", "password = \"hunter2\"".to_owned()),
        ("password = \"correct horse battery staple\"", format!("pasword = \"{secret}\"")),
        ("folder = \"data\"", "url = \"mysql://usher:hunter2@db/usher\"".to_owned()),
    ];
    for (from, to) in places {
        let error = load(&RIGHT.replace(from, &to)).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn a_file_that_is_no_toml_or_is_not_there_is_told_by_its_name() {
    for text in [
        "[server",
        "public_url = ",
        "\u{0}",
        "[server]\npublic_url = \"https://a.test\"\npublic_url = \"https://b.test\"\n",
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains("usher.toml:"), "{error}");
    }
    for text in ["", "[server]\npublic_url = \"https://a.test\"\n"] {
        let error = load(text).unwrap_err();
        assert!(
            error.contains("usher.toml") && (error.contains("pools") || error.contains("server")),
            "{error}"
        );
    }
    let nowhere = config::load(std::path::Path::new("/nowhere/usher.toml")).err().unwrap().to_string();
    assert!(nowhere.contains("/nowhere/usher.toml"), "{nowhere}");
}

#[test]
fn at_most_a_hundred_addresses_are_registered_and_none_is_longer_than_2048_bytes() {
    let with = |n: usize| {
        let uris: Vec<String> = (0..n).map(|i| format!("\"https://web.test/cb/{i}\"")).collect();
        load(&RIGHT.replace("[\"https://web.test/cb\"]", &format!("[{}]", uris.join(", "))))
    };
    with(100).unwrap();
    assert!(with(101).unwrap_err().contains("100"));
    let long = |bytes: usize| {
        let uri = format!("https://web.test/{}", "c".repeat(bytes - 17));
        load(&RIGHT.replace("[\"https://web.test/cb\"]", &format!("[\"{uri}\"]")))
    };
    long(2048).unwrap();
    assert!(long(2049).unwrap_err().contains("2048"));
}

#[test]
fn a_logo_is_a_picture_by_its_content_and_not_too_large() {
    let with = |content: &[u8], name: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), content).unwrap();
        let path = folder.path().join("usher.toml");
        std::fs::write(&path, RIGHT.replace("colour = \"#0b6e4f\"", &format!("logo = \"{name}\""))).unwrap();
        config::load(&path).map(|_| ()).map_err(|e| e.to_string())
    };
    let png = b"\x89PNG\r\n\x1a\n".to_vec();
    let padded = |bytes: usize| [png.clone(), vec![0; bytes - png.len()]].concat();
    with(&padded(64), "logo.png").unwrap();
    with(&padded(64), "logo.svg").unwrap();
    with(&padded(128 * 1024), "logo.png").unwrap();
    assert!(with(&padded(128 * 1024 + 1), "logo.png").unwrap_err().contains("131072"));
    for wrong in [
        &b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"[..],
        b"GIF89a",
        b"",
        b"RIFF....WAVE",
    ] {
        assert!(with(wrong, "logo.png").unwrap_err().contains("PNG, JPEG or WebP"));
    }
}
