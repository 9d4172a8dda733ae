//! Attack class "quadratic and recursive parsing": the largest requests that are read at all cost little, and none of them is a fault.

use super::{is_told, request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use std::time::{Duration, Instant};
use usher_test::{Answer, TestServer};
use usher_types::limits;

/// What a request of this size may take at most on the slowest machine, without optimisation.
const BOUND: Duration = Duration::from_secs(5);

async fn form(t: &TestServer, path: &str, body: String) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(body)));
    t.browser().exchange(request.unwrap()).await
}

/// Asserts that a request is the caller's mistake, found soon.
async fn is_refused_soon(what: &str, answer: impl Future<Output = Answer>) -> Answer {
    let begun = Instant::now();
    let answer = answer.await;
    assert!(begun.elapsed() < BOUND, "{what} took {:?}", begun.elapsed());
    assert!(answer.status.is_client_error(), "{what}: {} {}", answer.status, answer.text());
    answer
}

#[tokio::test]
async fn a_scope_of_thousands_is_refused_soon() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let distinct = (0..1400).map(|n| format!("s{n} ")).collect::<Vec<_>>().concat();
    for scope in ["a ".repeat(100).as_str(), &distinct, &" ".repeat(7000), &"x".repeat(8000)] {
        let begun = Instant::now();
        let answer = t.browser().get(&web.request(&[("scope", scope)])).await;
        assert!(begun.elapsed() < BOUND && answer.status == 303, "{}", answer.status);
    }
    let many = (0..=limits::SCOPE_TOKENS).map(|n| format!("s{n} ")).collect::<Vec<_>>().concat();
    is_told(&t.browser().get(&web.request(&[("scope", &many)])).await, "invalid_scope", &t.issuer());
    for name in [
        "scope",
        "client_id",
        "redirect_uri",
        "code",
        "refresh_token",
        "grant_type",
        "token",
        "client_secret",
    ] {
        let body = format!("{name}={}", "a+".repeat(30_000));
        for path in ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation"] {
            is_refused_soon(name, form(&t, path, body.clone())).await;
        }
    }
    let hundred_thousand = (0..100_000).map(|n| format!("s{n}+")).collect::<Vec<_>>().concat();
    is_refused_soon("a hundred thousand scopes", form(&t, "/oidc/auth", format!("scope={hundred_thousand}")))
        .await;
}

#[tokio::test]
async fn as_many_parameters_as_fit_are_refused_soon() {
    let t = TestServer::start().await;
    for body in [
        "a&".repeat(30_000),
        "a=&".repeat(20_000),
        "&".repeat(60_000),
        "%41".repeat(20_000),
        "=".repeat(60_000),
        "+".repeat(60_000),
        "%".repeat(60_000),
        "state=x&".repeat(8_000),
    ] {
        for path in [
            "/oidc/token",
            "/oidc/token/introspection",
            "/oidc/token/revocation",
            "/sign-in",
            "/consent",
            "/choose-account",
            "/sign-out",
        ] {
            is_refused_soon(path, form(&t, path, body.clone())).await;
        }
    }
}

#[tokio::test]
async fn a_malformed_authorization_header_is_refused_the_same_way_everywhere() {
    let t = TestServer::start().await;
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let long = "A".repeat(limits::HEAD_BYTES - 1000);
    let values = [
        String::new(),
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic  ".to_owned(),
        "Basic !".to_owned(),
        "Basic ====".to_owned(),
        "Basic Og==".to_owned(),
        "Basic YQ".to_owned(),
        basic("web"),
        basic(":"),
        basic("web:"),
        basic(":secret"),
        basic("web:%zz"),
        basic("web:%ff"),
        basic("%00:x"),
        basic("web\0:x"),
        basic("web:x:y"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Digest username=\"web\"".to_owned(),
        "Negotiate TlRMTVNTUAAB".to_owned(),
        "Basic Basic Og==".to_owned(),
        "basic\tOg==".to_owned(),
        ",".to_owned(),
        "Basic,Bearer x".to_owned(),
        format!("Basic {long}"),
        format!("Bearer {long}"),
        format!("Bearer {}", ".".repeat(10_000)),
        format!("Bearer {}", "a.".repeat(5_000)),
        long,
    ];
    for value in &values {
        for path in ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation"] {
            let request = Request::post(path)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("authorization", value.as_bytes())
                .body(Full::new(Bytes::from_static(b"grant_type=authorization_code&code=x&token=x")));
            let answer = is_refused_soon(value, t.browser().exchange(request.unwrap())).await;
            // RFC 6749 §5.2: a client that tried the Authorization header gets 401 and WWW-Authenticate with the scheme it used.
            assert_eq!(
                (answer.status.as_u16(), &answer.json()["error"]),
                (401, &"invalid_client".into()),
                "{path} {value:.40}"
            );
            assert!(answer.header("www-authenticate").starts_with("Basic "), "{path} {value:.40}");
        }
        let answer =
            is_refused_soon(value, request(&t, "GET", "/oidc/me", &[("authorization", value)])).await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{value:.40}");
        assert!(answer.header("www-authenticate").starts_with("Bearer "), "{value:.40}");
    }
    let bytes = Request::get("/oidc/me")
        .header("authorization", b"Bearer \xff\xfe".as_slice())
        .body(Full::default())
        .unwrap();
    assert_eq!(t.browser().exchange(bytes).await.status, 400);
    let twice = Request::get("/oidc/me")
        .header("authorization", "Bearer a")
        .header("authorization", "Bearer b")
        .body(Full::default())
        .unwrap();
    assert_eq!(t.browser().exchange(twice).await.status, 400);
}

#[tokio::test]
async fn deep_and_wide_claims_are_refused_soon() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let deep = [
        "[".repeat(4000),
        "{\"a\":".repeat(900),
        format!("{{\"userinfo\":{}{}}}", "[".repeat(2000), "]".repeat(2000)),
        format!("{{\"x\":{}1{}}}", "{\"a\":".repeat(700), "}".repeat(700)),
        format!("{{\"id_token\":{{\"a\":{{\"value\":{}}}}}}}", "9".repeat(6000)),
        format!("{{\"id_token\":{{\"a\":{{\"value\":\"{}\"}}}}}}x", "\\".repeat(4000)),
        format!("{{{}}}", (0..600).map(|n| format!("\"m{n}\":1,")).collect::<Vec<_>>().concat()),
    ];
    for claims in &deep {
        let begun = Instant::now();
        let answer = t.browser().get(&web.request(&[("claims", claims)])).await;
        assert!(begun.elapsed() < BOUND, "{:.40} took {:?}", claims, begun.elapsed());
        is_told(&answer, "invalid_request", &t.issuer());
    }
    // Through a form: less deep than the parameter may be long, and deeper.
    for depth in [1_100, 4_500] {
        let claims = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(10));
        let fields = [
            ("client_id", "web"),
            ("redirect_uri", "https://web.test/cb"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("claims", &claims),
        ];
        is_told(
            &super::posting::post(&mut t.browser(), "/oidc/auth", &fields).await,
            "invalid_request",
            &t.issuer(),
        );
    }
}

#[tokio::test]
async fn headers_full_of_nonsense_are_answered_soon() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let full = limits::HEAD_BYTES - 2000;
    for (name, value) in [
        ("accept-language", "en;q=0.5,".repeat(full / 9)),
        ("accept-language", ";q=".repeat(full / 3)),
        ("accept-language", "-".repeat(full)),
        ("cookie", "a=b;".repeat(full / 4)),
        ("cookie", "=;".repeat(full / 2)),
        ("cookie", ";".repeat(full)),
        ("if-none-match", "\"x\",".repeat(full / 4)),
        ("origin", "https://".repeat(full / 8)),
        ("content-type", ";".repeat(full)),
    ] {
        for path in [web.request(&[]), "/oidc/.well-known/jwks.json".to_owned(), "/sign-in".to_owned()] {
            let begun = Instant::now();
            let answer = request(&t, "GET", &path, &[(name, &value)]).await;
            assert!(
                begun.elapsed() < BOUND && answer.status.as_u16() < 500,
                "{name} {path}: {}",
                answer.status
            );
        }
    }
}

#[tokio::test]
async fn a_corrupt_cookie_is_nobodys_and_no_fault() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let browser = super::browser_of(&t, &["alice"]).await;
    let (name, good) = browser.cookies.first_key_value().unwrap();
    let (id, secret) = good.split_once('.').unwrap();
    let other = t.browser().get(&own.request(&[])).await;
    let others = other.header("set-cookie").split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
    let (others_id, others_secret) = others.split_once('.').unwrap();
    let path = own.request(&[("prompt", "none")]);
    for value in [
        String::new(),
        ".".to_owned(),
        "x".to_owned(),
        id.to_owned(),
        format!("{id}."),
        format!("{id}.{}", "A".repeat(43)),
        format!("{others_id}.{secret}"),
        format!("{id}.{others_secret}"),
        format!("{good}A"),
        good[..good.len() - 1].to_owned(),
        good.to_lowercase(),
        format!("\"{good}\""),
        good.replace('.', "%2E"),
        format!("{good}.x"),
        format!("x{good}"),
        "\u{1}".to_owned(),
        "A".repeat(8000),
    ] {
        let cookie = format!("{name}={value}");
        let Ok(header) = http::HeaderValue::try_from(cookie.as_str()) else { continue };
        let request = Request::get(&path).header("cookie", header).body(Full::default()).unwrap();
        is_told(&t.browser().exchange(request).await, "login_required", &t.issuer());
    }
    // Two of one name are none: whoever can set cookies from a subdomain cannot put a session beside the real one.
    for twice in [
        format!("{name}={good}; {name}={others}"),
        format!("{name}={others}; {name}={good}"),
        format!("{name}={good}; {name}={good}"),
    ] {
        is_told(&request(&t, "GET", &path, &[("cookie", &twice)]).await, "login_required", &t.issuer());
    }
}
