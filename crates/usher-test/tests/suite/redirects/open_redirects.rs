//! Attack class "open redirect": every parameter that could name an address, at every endpoint that a browser visits; only registered
//! addresses leave this server.

use super::{browser_of, is_error_page};
use usher_test::{Answer, TestServer};
use usher_types::Endpoint;

/// Names by which other servers take an address to go on to.
const NAMES: [&str; 24] = [
    "next",
    "rd",
    "redirect",
    "redirect_to",
    "redirect_uri",
    "redirect_url",
    "return",
    "return_to",
    "returnTo",
    "returnUrl",
    "url",
    "uri",
    "u",
    "goto",
    "continue",
    "dest",
    "target",
    "kc_uri",
    "wreply",
    "RelayState",
    "post_logout_redirect_uri",
    "state",
    "back",
    "referrer",
];

const TARGETS: [&str; 7] = [
    "https://evil.test/",
    "//evil.test",
    "/\\evil.test",
    "https:evil.test",
    "\thttps://evil.test",
    "https://localhost@evil.test",
    "javascript:alert(1)",
];

/// Asserts that a browser stays on this server.
#[track_caller]
fn stays(t: &TestServer, answer: &Answer, what: &str) {
    let location = answer.header("location");
    let here = location.is_empty()
        || (location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\"));
    assert!(here || location.starts_with(&format!("{}/", t.origin())), "{what} leads to {location}");
    assert!(!answer.headers.contains_key("refresh"), "{what}");
    let text = answer.text();
    assert!(
        !text.contains("href=\"https://evil")
            && !text.contains("href=\"//evil")
            && !text.contains("href=\"javascript"),
        "{what}"
    );
    assert!(!text.contains("action=\"https://evil") && !text.contains("action=\"//evil"), "{what}");
}

#[tokio::test]
async fn no_endpoint_follows_an_address_in_its_query_or_form() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for endpoint in Endpoint::ALL {
        for target in TARGETS {
            let query = NAMES.map(|name| format!("{name}={}&", encode(target))).concat();
            if endpoint.methods().contains(&"GET") {
                stays(
                    &t,
                    &browser.get(&format!("{}?{query}", endpoint.path())).await,
                    &format!("GET {endpoint:?} {target}"),
                );
            }
            let fields: Vec<(&str, &str)> = NAMES.iter().map(|name| (*name, target)).collect();
            stays(&t, &browser.post(endpoint.path(), &fields).await, &format!("POST {endpoint:?} {target}"));
        }
    }
}

#[tokio::test]
async fn the_forms_of_a_sign_in_lead_back_to_their_own_request_only() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    let sign_in = browser.open(&web.request(&[])).await.page();
    let more: Vec<(&str, &str)> = NAMES.iter().map(|name| (*name, "https://evil.test/")).collect();
    let fields: Vec<(&str, &str)> = [("identifier", "alice"), ("password", usher_test::PASSWORD)]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let consent = browser.submit(&sign_in, &fields).await.page();
    assert!(consent.has("#allow"));
    let fields: Vec<(&str, &str)> = [("decision", "allow")].into_iter().chain(more).collect();
    let target = browser.submit(&consent, &fields).await.elsewhere();
    assert!(target.starts_with("https://web.test/cb?"), "{target}");
}

#[tokio::test]
async fn a_sign_out_leaves_for_registered_addresses_only() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let hostile = [
        "https://evil.test/out",
        "https://web.test/out/",
        "https://web.test/out#",
        "https://web.test/out?",
        "https://web.test/out?keep=2",
        "https://web.test/out?keep=1&x",
        "https://web.test:443/out",
        "https://WEB.test/out",
        "HTTPS://web.test/out",
        "http://web.test/out",
        "https://web.test@evil.test/out",
        "https://web.test.evil.test/out",
        "https://web.test\\out",
        "https://web.test/./out",
        "https://web.test/x/../out",
        "https://web.test/out/..;/evil",
        "https://web.test/%6fut",
        "https://web.test/out%00",
        " https://web.test/out",
        "https://web.test/out\r\n",
        "//web.test/out",
        "/out",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://web.test/cb",
        "https://web.test/out,https://evil.test",
    ];
    for uri in hostile {
        let mut browser = browser_of(&t, &["alice"]).await;
        let callback = web.authorize(&mut browser, "alice", &[]).await;
        let hint = web.exchange(callback.code()).await.tokens().id.unwrap();
        for (name, value) in [("client_id", "web"), ("id_token_hint", hint.as_str())] {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([(name, value), ("post_logout_redirect_uri", uri)])
                .finish();
            is_error_page(&browser.get(&format!("/oidc/session/end?{query}")).await, uri);
            let fields = [(name, value), ("post_logout_redirect_uri", uri)];
            is_error_page(&super::posting::post(&mut browser, "/oidc/session/end", &fields).await, uri);
        }
        // Nobody was signed out by a request that was refused.
        let answer = browser.get(&web.request(&[("prompt", "none")])).await;
        assert!(answer.location().contains("code="), "{uri}: {}", answer.location());
    }
}

#[tokio::test]
async fn a_sign_out_address_needs_an_application_and_is_that_applications_own() {
    let t = TestServer::start().await;
    let (web, post) = (t.application("web"), t.application("post"));
    let out = "https%3A%2F%2Fweb.test%2Fout";
    let mut browser = browser_of(&t, &["alice"]).await;
    is_error_page(
        &browser.get(&format!("/oidc/session/end?post_logout_redirect_uri={out}")).await,
        "nobody's",
    );
    is_error_page(
        &browser.get(&format!("/oidc/session/end?client_id=post&post_logout_redirect_uri={out}")).await,
        "another's",
    );
    let hint =
        post.exchange(post.authorize(&mut browser, "alice", &[]).await.code()).await.tokens().id.unwrap();
    is_error_page(
        &browser.get(&format!("/oidc/session/end?id_token_hint={hint}&post_logout_redirect_uri={out}")).await,
        "another's hint",
    );
    is_error_page(
        &browser
            .get(&format!(
                "/oidc/session/end?client_id=web&id_token_hint={hint}&post_logout_redirect_uri={out}"
            ))
            .await,
        "both",
    );
    is_error_page(
        &browser
            .get(&format!(
                "/oidc/session/end?client_id=web&id_token_hint=x.y.z&post_logout_redirect_uri={out}"
            ))
            .await,
        "no hint",
    );
    let question =
        browser.open(&format!("/oidc/session/end?client_id=web&post_logout_redirect_uri={out}")).await.page();
    assert!(question.has("#sign-out"));
    let hint =
        web.exchange(web.authorize(&mut browser, "alice", &[]).await.code()).await.tokens().id.unwrap();
    let target = browser
        .get(&format!("/oidc/session/end?id_token_hint={hint}&post_logout_redirect_uri={out}"))
        .await
        .location();
    assert_eq!(target.trim_end_matches('#'), "https://web.test/out");
}
