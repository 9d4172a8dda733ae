//! Attack class "parameter pollution": an address whose query already holds what the response adds; there is exactly one of each after.

use super::{browser_of, page, told};
use std::collections::BTreeMap;
use usher_test::TestServer;

const POLLUTED: &str = "https://web.test/cb?code=x&state=y&keep=1";
/// Registered in place of it: the same names in other spellings.
const SPELLED: &str = "https://web.test/cb?c%6Fde=x&%73tate=y&is%73=https://evil.test&error=e&error_description=d&keep=%2F&keep2";

/// How often each name is in a query, decoded as an application would.
fn counted(target: &str) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for (name, _) in url::Url::parse(target).unwrap().query_pairs() {
        *counted.entry(name.to_string()).or_insert(0) += 1;
    }
    counted
}

#[tokio::test]
async fn a_registered_query_keeps_its_own_and_gets_ours_once() {
    let t = TestServer::builder().edit(POLLUTED, SPELLED).start().await;
    let plain = TestServer::start().await;
    for (t, uri, kept) in
        [(&plain, POLLUTED, vec![("keep", "1")]), (&t, SPELLED, vec![("keep", "/"), ("keep2", "")])]
    {
        let web = t.application("web");
        let changes = [("redirect_uri", uri), ("state", "real")];
        let success = web.authorize(&mut t.browser(), "alice", &changes).await;
        let error = told(
            &t.browser()
                .get(&web.request(&[("redirect_uri", uri), ("state", "real"), ("prompt", "none")]))
                .await,
        );
        for callback in [&success, &error] {
            assert!(counted(&callback.target).values().all(|n| *n == 1), "{}", callback.target);
            assert_eq!((callback.params["state"].as_str(), &callback.params["iss"]), ("real", &t.issuer()));
            for (name, value) in &kept {
                assert_eq!(callback.params[*name], *value, "{}", callback.target);
            }
        }
        assert!(
            !success.params.contains_key("error") && !error.params.contains_key("code"),
            "{} {}",
            success.target,
            error.target
        );
        let tokens = web.exchange_with(success.code(), &[("redirect_uri", uri)]).await.tokens();
        assert!(tokens.id.is_some());
    }
}

#[tokio::test]
async fn without_state_the_registered_one_is_not_taken_for_it() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let callback = told(
        &t.browser()
            .get(&web.request(&[("redirect_uri", POLLUTED), ("state", ""), ("prompt", "none")]))
            .await,
    );
    assert!(!callback.params.contains_key("state"), "{}", callback.target);
}

#[tokio::test]
async fn a_posted_response_has_nothing_of_ours_in_the_address_that_it_is_posted_to() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    web.authorize(&mut browser, "alice", &[]).await.code();
    for prompt in ["", "none login"] {
        let changes = [
            ("redirect_uri", POLLUTED),
            ("response_mode", "form_post"),
            ("state", "real"),
            ("prompt", prompt),
        ];
        let (action, fields) = page(&browser.get(&web.request(&changes)).await).form();
        // An application that reads query and form together would find two.
        let query = counted(&action);
        assert_eq!(query.keys().collect::<Vec<_>>(), ["keep"], "{action}");
        assert_eq!(fields.iter().filter(|(name, _)| name == "state").count(), 1);
        assert!(action.starts_with("https://web.test/cb?"), "{action}");
    }
}

#[tokio::test]
async fn a_sign_out_adds_its_state_once() {
    let t = TestServer::builder()
        .edit("https://web.test/out?keep=1", "https://web.test/out?state=fixed&keep=1")
        .start()
        .await;
    let web = t.application("web");
    for (uri, kept) in [("https://web.test/out", false), ("https://web.test/out?state=fixed&keep=1", true)] {
        let mut browser = browser_of(&t, &["alice"]).await;
        let callback = web.authorize(&mut browser, "alice", &[]).await;
        let hint = web.exchange(callback.code()).await.tokens().id.unwrap();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("id_token_hint", hint.as_str()),
                ("post_logout_redirect_uri", uri),
                ("state", "real & new"),
            ])
            .finish();
        let target = browser.get(&format!("/oidc/session/end?{query}")).await.location();
        let callback = usher_test::Callback::parse(&target);
        assert_eq!(
            (callback.params["state"].as_str(), callback.params.contains_key("keep")),
            ("real & new", kept),
            "{target}"
        );
    }
}
