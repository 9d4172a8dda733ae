//! Attack class "fragment leak": a browser carries the fragment of an address over a redirect whose target has none (RFC 9110 §10.2.2),
//! so an attacker's fragment must not arrive beside a code.

use super::{browser_of, is_error_page, is_told, raw, told};
use usher_test::TestServer;

/// Where a browser arrives that follows a redirect from an address with a fragment. RFC 9110 §10.2.2: "If the Location value provided in a
/// 3xx (Redirection) response does not have a fragment component, a user agent MUST process the redirection as if the value inherits the
/// fragment component of the URI reference used to generate the target URI."
fn arrival(location: &str, fragment: &str) -> url::Url {
    let mut url = url::Url::parse(location).unwrap();
    if url.fragment().is_none() {
        url.set_fragment(Some(fragment));
    }
    url
}

#[tokio::test]
async fn an_attackers_fragment_does_not_arrive_with_a_code_or_an_error() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    for prompt in ["none", "none login"] {
        let location = browser.get(&own.request(&[("prompt", prompt)])).await.location();
        let arrived = arrival(&location, "access_token=attackers&state=a%20state");
        assert_eq!(arrived.fragment().unwrap_or_default(), "", "{location}");
        assert!(arrived.query_pairs().any(|(name, _)| name == "code" || name == "error"), "{location}");
    }
}

#[tokio::test]
async fn a_fragment_in_the_request_line_is_no_part_of_the_request() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let browser = browser_of(&t, &["alice"]).await;
    let (name, value) = browser.cookies.first_key_value().unwrap();
    for fragment in ["#access_token=x", "#&redirect_uri=https://evil.test"] {
        let target = format!("{}{fragment}", own.request(&[]));
        let answer = raw(&t, &format!("GET {target} HTTP/1.1\r\nHost: {{host}}\r\nCookie: {name}={value}\r\nConnection: close\r\n\r\n")).await;
        let location = answer.lines().find_map(|l| l.strip_prefix("location: ")).unwrap_or_default();
        assert!(
            location.starts_with("https://own.test/cb?code=") || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
        assert!(!location.contains("evil.test") && !location.contains("access_token"), "{answer}");
    }
}

#[tokio::test]
async fn an_address_with_a_fragment_is_not_the_registered_one() {
    let t = TestServer::start().await;
    let web = t.application("web");
    for uri in [
        "https://web.test/cb#",
        "https://web.test/cb#x=1",
        "https://web.test/cb#/cb",
        "https://web.test/cb%23x",
    ] {
        is_error_page(&t.browser().get(&web.request(&[("redirect_uri", uri)])).await, uri);
    }
}

#[tokio::test]
async fn a_fragment_in_state_stays_inside_it() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let answer = t.browser().get(&web.request(&[("state", "x#access_token=y"), ("prompt", "none")])).await;
    is_told(&answer, "login_required", &t.issuer());
    assert_eq!(told(&answer).params["state"], "x#access_token=y");
    assert!(!answer.location().trim_end_matches('#').contains('#'), "{}", answer.location());
}
