//! How strictly the parameters of an authorization request are read (RFC 6749 §3.1, §4.1.2.1; OpenID Connect Core §3.1.2.1, §3.1.2.6).

use super::{is_error_page, is_told, leads_to, told};
use usher_test::{Application, TestServer};
use usher_types::limits;

/// Every parameter that the endpoint knows, except the two that decide where errors go, with a value that is right.
const KNOWN: [(&str, &str); 16] = [
    ("response_type", "code"),
    ("scope", "openid"),
    ("state", "a state"),
    ("nonce", "a nonce"),
    ("response_mode", "query"),
    ("prompt", "login"),
    ("max_age", "60"),
    ("login_hint", "alice"),
    ("id_token_hint", "a.b.c"),
    ("ui_locales", "en"),
    ("claims_locales", "en"),
    ("acr_values", "urn:usher:acr:one-factor"),
    ("display", "page"),
    ("claims", "{}"),
    ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ("code_challenge_method", "S256"),
];

/// A request with more at its end, as it is.
fn with(web: &Application, changes: &[(&str, &str)], more: &str) -> String {
    format!("{}{more}", web.request(changes))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn every_known_parameter_given_twice_is_refused_even_when_one_is_empty() {
    let t = TestServer::start().await;
    let web = t.application("web");
    for (name, value) in KNOWN {
        let value = encoded(value);
        for more in [
            format!("&{name}={value}&{name}={value}"),
            format!("&{name}={value}&{name}="),
            format!("&{name}&{name}="),
        ] {
            let answer = t.browser().get(&with(&web, &[(name, "")], &more)).await;
            let callback = is_told(&answer, "invalid_request", &t.issuer());
            assert!(callback.params["error_description"].contains(name), "{name}: {}", callback.target);
            assert_eq!(callback.params.contains_key("state"), name != "state", "{}", callback.target);
            assert!(callback.target.starts_with("https://web.test/cb?"), "{}", callback.target);
        }
    }
}

#[tokio::test]
async fn an_application_or_an_address_given_twice_gets_an_error_page() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let callback = encoded("https://web.test/cb");
    for more in [
        "&client_id=web",
        "&client_id=",
        "&client_id=post",
        "&redirect_uri=",
        "&redirect_uri=https%3A%2F%2Fevil.test",
        "&%72edirect_uri=https%3A%2F%2Fevil.test",
        &format!("&redirect_uri={callback}"),
    ] {
        is_error_page(&t.browser().get(&with(&web, &[], more)).await, more);
        let (path, query) =
            web.request(&[]).split_once('?').map(|(p, q)| (p.to_owned(), q.to_owned())).unwrap();
        let first = format!("{path}?{}&{query}", more.trim_start_matches('&'));
        is_error_page(&t.browser().get(&first).await, &first);
    }
}

#[tokio::test]
async fn unknown_parameters_change_nothing_even_when_repeated() {
    let t = TestServer::start().await;
    let web = t.application("web");
    for more in [
        "&client-request-id=1&client-request-id=2",
        "&x&x&x=&=y&=z",
        "&resource=https%3A%2F%2Fa.test&resource=https%3A%2F%2Fb.test&audience=a&audience=b",
        "&STATE=other&Redirect_Uri=https%3A%2F%2Fevil.test&client_id%00=x"
            .trim_end_matches("&client_id%00=x"),
        "&code=x&iss=https%3A%2F%2Fevil.test&error=access_denied",
        "&posted=x&interaction=y&form_token=z&decision=allow",
    ] {
        leads_to(&t.browser().get(&with(&web, &[], more)).await, "/sign-in");
    }
    let callback = web
        .authorize(&mut t.browser(), "alice", &[("code", "x"), ("iss", "https://evil.test"), ("error", "e")])
        .await;
    assert_eq!(callback.params["iss"], t.issuer());
    assert_eq!(callback.params.keys().collect::<Vec<_>>(), ["code", "iss", "state"]);
}

#[tokio::test]
async fn an_empty_parameter_is_an_absent_one() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let empty = "&prompt=&max_age=&display=&claims=&request=&request_uri=&registration=&login_hint=&id_token_hint=&ui_locales=\
                 &code_challenge=&code_challenge_method=&response_mode=&acr_values=&claims_locales";
    leads_to(&t.browser().get(&with(&web, &[], empty)).await, "/sign-in");
    for (name, error) in [("response_type", "invalid_request"), ("prompt", "")] {
        let answer = t.browser().get(&with(&web, &[(name, "")], &format!("&{name}="))).await;
        match error {
            "" => leads_to(&answer, "/sign-in"),
            error => drop(is_told(&answer, error, &t.issuer())),
        }
    }
    let stateless =
        told(&t.browser().get(&with(&web, &[("state", ""), ("prompt", "none")], "&state=")).await);
    assert!(!stateless.params.contains_key("state"), "{}", stateless.target);
    is_error_page(
        &t.browser().get(&with(&web, &[("client_id", "")], "&client_id=")).await,
        "an empty client_id",
    );
    is_error_page(
        &t.browser().get(&with(&web, &[("redirect_uri", "")], "&redirect_uri=")).await,
        "an empty redirect_uri",
    );
    // RFC 7636 §4.4.1: a public application that sends an empty challenge sends none.
    let spa = t.application("spa");
    let answer = t.browser().get(&with(&spa, &[("code_challenge", "")], "&code_challenge=")).await;
    is_told(&answer, "invalid_request", &t.issuer());
}

#[tokio::test]
async fn what_is_not_taken_has_a_code_of_its_own() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let unsigned =
        "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwudGVzdCIsInByb21wdCI6Im5vbmUifQ.";
    for (name, value, error) in [
        ("request", unsigned, "request_not_supported"),
        ("request_uri", "https://evil.test/request.jwt", "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
    ] {
        let callback = is_told(&t.browser().get(&web.request(&[(name, value)])).await, error, &t.issuer());
        assert_eq!(callback.params["state"], "a state");
        let twice = format!("&{name}={value}&{name}={value}");
        is_told(&t.browser().get(&with(&web, &[], &twice)).await, error, &t.issuer());
    }
}

#[tokio::test]
async fn a_response_type_is_known_or_not_and_switched_on_or_not() {
    let t = TestServer::builder().application("post", "grant_types = [\"refresh_token\"]").start().await;
    let web = t.application("web");
    for off in ["id_token", "code token", "code id_token", "code id_token token", "id_token token", "none"] {
        let answer = t.browser().get(&web.request(&[("response_type", off), ("nonce", "n")])).await;
        is_told(&answer, "unauthorized_client", &t.issuer());
    }
    for other in ["token", "CODE", "code code", " code", "none code", "id_token  token", "id_token,token"] {
        is_told(
            &t.browser().get(&web.request(&[("response_type", other)])).await,
            "unsupported_response_type",
            &t.issuer(),
        );
    }
    is_told(&t.browser().get(&web.request(&[("response_type", "")])).await, "invalid_request", &t.issuer());
    is_told(&t.browser().get(&t.application("post").request(&[])).await, "unauthorized_client", &t.issuer());
    // An application without any address has nowhere to be told.
    is_error_page(
        &t.browser().get(&t.application("api").request(&[("redirect_uri", "https://web.test/cb")])).await,
        "the API",
    );
}

#[tokio::test]
async fn values_that_mean_nothing_are_refused_to_the_application() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let long = "x".repeat(limits::STATE_BYTES + 1);
    let name = "x".repeat(limits::IDENTIFIER_BYTES + 1);
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let s256 = ("code_challenge_method", "S256");
    let wrong: Vec<Vec<(&str, &str)>> = vec![
        vec![("display", "huge")],
        vec![("max_age", "-1")],
        vec![("max_age", "+1")],
        vec![("max_age", "1.5")],
        vec![("max_age", "0x1")],
        vec![("max_age", " 1")],
        vec![("max_age", "4294967296")],
        vec![("max_age", "99999999999999999999")],
        vec![("max_age", "١")],
        vec![("prompt", "create")],
        vec![("prompt", "LOGIN")],
        vec![("prompt", "login,consent")],
        vec![("response_mode", "web-message")],
        vec![("response_mode", "query.jwt")],
        vec![("response_mode", "QUERY")],
        vec![("state", &long)],
        vec![("nonce", &long)],
        vec![("login_hint", &name)],
        vec![("code_challenge", challenge)],
        vec![("code_challenge", challenge), ("code_challenge_method", "plain")],
        vec![("code_challenge", challenge), ("code_challenge_method", "s256")],
        vec![("code_challenge", &challenge[1..]), s256],
        vec![("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), s256],
        vec![s256],
    ];
    for changes in wrong {
        let callback =
            is_told(&t.browser().get(&web.request(&changes)).await, "invalid_request", &t.issuer());
        assert_eq!(
            callback.params.contains_key("state"),
            changes.iter().all(|(n, _)| *n != "state"),
            "{}",
            callback.target
        );
    }
    for scope in ["openid \"", "openid back\\slash", "openid caf\u{e9}", "openid\topenid", "openid\nprofile"]
    {
        is_told(&t.browser().get(&web.request(&[("scope", scope)])).await, "invalid_scope", &t.issuer());
    }
}

#[tokio::test]
async fn a_scope_that_the_application_may_not_have_is_left_out_and_named_nowhere() {
    let t = TestServer::start().await;
    let post = t.application("post");
    let tokens = post.sign_in(&mut t.browser(), "alice", "openid orders admin email").await;
    assert_eq!(tokens.answer["scope"], "openid email");
}

#[tokio::test]
async fn state_comes_back_as_it_was_sent() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    web.authorize(&mut browser, "alice", &[]).await.code();
    let longest = "x".repeat(limits::STATE_BYTES);
    let states = [
        "a b",
        "a+b",
        "a%20b",
        "a&b=c",
        "a=b&code=x",
        "#fragment",
        "\"quoted\"",
        "<b>",
        "\r\n\t",
        "é 漢字 🎉",
        "\u{1}\u{7f}",
        "%00",
        "?",
        "/../",
        " leading and trailing ",
        "{\"json\":[1]}",
        "'",
        ";",
        &longest,
    ];
    for state in states {
        let success = told(&browser.get(&web.request(&[("state", state)])).await);
        assert_eq!(success.params["state"], state);
        success.code();
        let error = told(&browser.get(&web.request(&[("state", state), ("prompt", "none login")])).await);
        assert_eq!((error.error(), error.params["state"].as_str()), ("invalid_request", state));
    }
}

#[tokio::test]
async fn a_nonce_comes_back_as_it_was_sent_and_only_where_it_was() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    for nonce in ["a b+c%20", "\"é\\ 🎉", ""] {
        let callback = web.authorize(&mut browser, "alice", &[("nonce", nonce)]).await;
        let tokens = web.exchange(callback.code()).await.tokens();
        let id = web.verify(tokens.id.as_deref().unwrap(), "web").await;
        assert_eq!(id["nonce"].as_str().unwrap_or_default(), nonce);
        assert_eq!(id.get("nonce").is_some(), !nonce.is_empty());
    }
}

#[tokio::test]
async fn text_that_two_parsers_could_read_differently_gets_an_error_page() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let many = (0..limits::PARAMETERS).map(|n| format!("&p{n}=1")).collect::<Vec<_>>().concat();
    for more in ["&x=%ff", "&x=%c0%af", "&x=%ed%a0%80", "&x=%00", "&%00=x", "&state%00=x", &many] {
        is_error_page(&t.browser().get(&with(&web, &[], more)).await, more);
    }
    is_error_page(&t.browser().get(&web.path("/oidc/auth")).await, "no parameters");
    is_error_page(&t.browser().get(&web.request(&[("client_id", "nobody")])).await, "an unknown application");
    is_error_page(&t.browser().get(&web.request(&[("client_id", "WEB")])).await, "another spelling");
    is_error_page(&t.browser().get(&web.request(&[("client_id", "web ")])).await, "a space after it");
}

#[tokio::test]
async fn an_error_page_tells_developers_why_only_in_development() {
    let wrong = [("redirect_uri", "https://evil.test/cb")];
    let t = TestServer::start().await;
    let development = t.browser().get(&t.application("web").request(&wrong)).await.text();
    assert!(development.contains("evil.test") && development.contains("https://web.test/cb"));
    let t = TestServer::builder().production().start().await;
    let production = t.browser().get(&t.application("web").request(&wrong)).await.text();
    assert!(!production.contains("evil.test") && !production.contains("web.test"), "{production}");
}

#[tokio::test]
async fn a_disabled_application_gets_no_code_and_no_page() {
    let mut t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    web.authorize(&mut browser, "alice", &[]).await.code();
    t.disable_application("web").await;
    is_told(&browser.get(&web.request(&[])).await, "unauthorized_client", &t.issuer());
    is_told(&t.browser().get(&web.request(&[])).await, "unauthorized_client", &t.issuer());
}

#[tokio::test]
async fn without_openid_the_only_registered_address_may_go_unnamed() {
    let t = TestServer::start().await;
    let spa = t.application("spa");
    let unnamed = [("redirect_uri", ""), ("scope", "profile")];
    let callback = spa.authorize(&mut t.browser(), "alice", &unnamed).await;
    assert!(callback.target.starts_with("https://spa.test/cb?"), "{}", callback.target);
    let tokens = spa.exchange_with(callback.code(), &[("redirect_uri", "")]).await.tokens();
    assert_eq!((tokens.id, tokens.answer["scope"].as_str()), (None, Some("profile")));
    // OpenID Connect Core §3.1.2.1: redirect_uri is REQUIRED; RFC 6749 §3.1.2.3: so it is where several are registered.
    is_error_page(
        &t.browser().get(&spa.request(&[("redirect_uri", "")])).await,
        "openid without redirect_uri",
    );
    is_error_page(
        &t.browser().get(&spa.request(&[("redirect_uri", ""), ("scope", "x openid")])).await,
        "openid as the second",
    );
    is_error_page(&t.browser().get(&t.application("web").request(&unnamed)).await, "several registered");
}
