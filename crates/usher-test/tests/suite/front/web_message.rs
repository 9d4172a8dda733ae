//! The page that gives a response to the window that opened or holds it: it can do that and nothing else, for one origin and no other.
//! What browsers make of it is in `suite/browser`.

use super::support::{TYPES, builder, directive, expected, response, server, signed_in};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::jwk::ThumbprintHash;
use scraper::{Html, Selector};
use usher_store::Engine;
use usher_test::{Answer, TestServer};

const ALL: [(&str, &str); 1] = [("response_mode", "web_message")];

fn texts(answer: &Answer, selector: &str) -> Vec<String> {
    let html = Html::parse_document(&answer.text());
    html.select(&Selector::parse(selector).unwrap()).map(|e| e.text().collect()).collect()
}

/// Tags and attribute names of a page, in order: what must not change with what people write.
fn structure(answer: &Answer) -> Vec<String> {
    let html = Html::parse_document(&answer.text());
    html.select(&Selector::parse("*").unwrap())
        .map(|element| {
            let value = element.value();
            let names: Vec<&str> = value.attrs().map(|(name, _)| name).collect();
            format!("{} {}", value.name(), names.join(" "))
        })
        .collect()
}

#[tokio::test]
async fn the_page_has_exactly_one_script_whose_hash_its_policy_names() {
    let t = server().await;
    let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
    for kind in TYPES {
        for prompt in ["", "none login"] {
            let changes = [("response_mode", "web_message"), ("response_type", kind), ("prompt", prompt)];
            let answer = browser.get(&own.request(&changes)).await;
            assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            let [script] = texts(&answer, "script").try_into().expect("one script");
            let digest =
                (DEFAULT_PROVIDER.key_utils.compute_digest)(script.as_bytes(), ThumbprintHash::SHA256)
                    .unwrap();
            assert_eq!(directive(&answer, "script-src"), format!("'sha256-{}'", STANDARD.encode(digest)));
            assert_eq!(directive(&answer, "frame-ancestors"), "https://owned.test");
            for (name, value) in
                [("default-src", "'none'"), ("form-action", "'none'"), ("base-uri", "'none'")]
            {
                assert_eq!(directive(&answer, name), value);
            }
            assert!(!answer.header("content-security-policy").contains("unsafe"));
            // The application's page may frame it, so no header beside the policy forbids that.
            assert!(!answer.headers.contains_key("x-frame-options"));
            assert!(!answer.headers.contains_key("cross-origin-opener-policy"), "it needs its opener");
            assert!(
                !script.contains("'*'") && !script.contains("\"*\""),
                "the target origin is never everybody"
            );
            let nothing = "a, button, iframe, object, embed, base, form, meta[http-equiv], [onload], [onclick], [style], [src]";
            assert_eq!(texts(&answer, nothing), Vec::<String>::new(), "nothing to click, nothing that loads");
        }
    }
}

#[tokio::test]
async fn the_target_is_the_origin_of_the_registered_address_whatever_else_is_in_it() {
    let modes = "grant_types = [\"authorization_code\", \"implicit\"]\nresponse_types = [\"code\", \"id_token token\"]";
    let uris = [
        ("https://own.test/cb", "https://own.test"),
        ("https://own.test:8443/a/b?x=https://evil.test", "https://own.test:8443"),
        ("https://own.test/cb?keep=1", "https://own.test"),
        ("http://127.0.0.1:4001/cb", "http://127.0.0.1:4001"),
    ];
    let list = uris.map(|(uri, _)| format!("\"{uri}\"")).join(", ");
    let t = TestServer::builder()
        .application("first-party", modes)
        .edit("[\"https://own.test/cb\"]", &format!("[{list}]"))
        .start()
        .await;
    let own = t.application("first-party");
    for (uri, origin) in uris {
        let changes = [ALL[0], ("redirect_uri", uri), ("prompt", "none")];
        let answer = t.browser().get(&own.request(&changes)).await;
        let r = response(&answer);
        assert_eq!((r.mode, r.target.as_str(), r.error()), ("web_message", origin, "login_required"));
        assert_eq!(directive(&answer, "frame-ancestors"), origin);
    }
}

#[tokio::test]
async fn an_address_without_an_origin_is_refused_by_the_usual_way() {
    let modes = "grant_types = [\"authorization_code\", \"implicit\"]\nresponse_types = [\"code\", \"id_token token\"]";
    let t = TestServer::builder().application("native", modes).start().await;
    let native = t.application("native");
    for (kind, way) in [("code", "query"), ("id_token token", "fragment")] {
        let changes = [ALL[0], ("redirect_uri", "com.example.notes:/cb"), ("response_type", kind)];
        let r = native.respond_at_once(&mut t.browser(), &changes).await;
        assert_eq!((r.mode, r.error()), (way, "invalid_request"), "{kind}");
        assert!(r.get("error_description").contains("web_message"));
        assert_eq!(r.target, "com.example.notes:/cb");
    }
    let changes = [ALL[0], ("redirect_uri", "https://evil.test/cb")];
    let answer = t.browser().get(&native.request(&changes)).await;
    assert_eq!(answer.status, 400);
    assert!(
        texts(&answer, "script").is_empty()
            && answer.header("content-security-policy").contains("frame-ancestors 'none'")
    );
}

/// Attack class 6: what somebody wrote becomes markup or script of the page.
#[tokio::test]
async fn hostile_state_and_names_stay_text() {
    let hostile = [
        "\"><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "</div><script src=//evil.test></script>",
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "-->",
        "]]><b>",
        "\" name=\"code",
        "\" data-origin=\"https://evil.test",
        "'+alert(1)+'",
        "\\u003cscript>",
        "\u{2028}alert(1)\u{2029}",
        "{{ 7 * 7 }}",
        "{% include 'layout.html' %}",
        "__proto__",
        "*",
        "javascript:alert(1)",
        "\r\n\r\n<b>",
        "&quot;&gt;",
    ];
    let t = builder(Engine::Sqlite)
        .edit("client_name = \"Every Mode of Ours\"", "client_name = \"</script><script>alert(1)</script>\"")
        .start()
        .await;
    let usual = server().await;
    for kind in ["code", "code id_token token"] {
        for prompt in ["", "none login"] {
            let changes = [ALL[0], ("response_type", kind), ("prompt", prompt), ("state", "plain")];
            let plain =
                signed_in(&usual, "alice").await.get(&usual.application("own").request(&changes)).await;
            let (own, mut browser) = (t.application("own"), signed_in(&t, "alice").await);
            for state in hostile {
                let changes = [
                    ALL[0],
                    ("response_type", kind),
                    ("prompt", prompt),
                    ("state", state),
                    ("scope", "openid"),
                ];
                let answer = browser.get(&own.request(&changes)).await;
                assert_eq!(structure(&answer), structure(&plain), "{state:?}");
                assert_eq!(
                    answer.header("content-security-policy"),
                    plain.header("content-security-policy"),
                    "{state:?}"
                );
                assert_eq!(texts(&answer, "script"), texts(&plain, "script"));
                let r = response(&answer);
                assert_eq!(
                    (r.get("state"), r.target.as_str()),
                    (state.replace("\r\n", "\n").as_str(), "https://owned.test")
                );
            }
        }
        let changes = [ALL[0], ("response_type", kind), ("scope", "openid \"><script>alert(1)</script>")];
        let answer = t.browser().get(&t.application("own").request(&changes)).await;
        assert_eq!(response(&answer).error(), "invalid_scope");
        assert_eq!(texts(&answer, "script").len(), 1);
    }
}

#[tokio::test]
async fn after_questions_the_response_comes_by_the_page_too() {
    let t = server().await;
    for kind in TYPES {
        let r = t
            .application("every")
            .respond(&mut t.browser(), "alice", &[ALL[0], ("response_type", kind)])
            .await;
        assert_eq!((r.mode, r.target.as_str()), ("web_message", "https://every.test"));
        r.has_exactly(&expected(kind));
    }
}
