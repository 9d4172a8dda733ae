//! Plain OAuth requests, and when a refresh token is given: the grant switched on, `offline_access`, and consent to it (OpenID Connect
//! Core §11).

use super::{browser_of, is_told, leads_to, told};
use usher_test::{Application, Browser, Callback, TestServer};

/// Signs in with a scope and says whether a refresh token came of it.
async fn is_offline(application: &Application, browser: &mut Browser, scope: &str, prompt: &str) -> bool {
    let callback = application.authorize(browser, "alice", &[("scope", scope), ("prompt", prompt)]).await;
    let tokens = application.exchange(callback.code()).await.tokens();
    let named = tokens.answer["scope"].as_str().unwrap().split(' ').any(|s| s == "offline_access");
    assert_eq!(named, tokens.refresh.is_some(), "{}", tokens.answer);
    tokens.refresh.is_some()
}

/// Whether the audit trail tells an administrator that a refresh token was left out.
async fn is_recorded(t: &TestServer, client_id: &str) -> bool {
    t.refusals().await.iter().any(|sum| sum.client_id == client_id && sum.cause.contains("refresh token"))
}

#[tokio::test]
async fn offline_access_needs_consent_and_its_absence_is_told_to_the_administrator() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    assert!(!is_offline(&web, &mut browser, "openid", "").await);
    assert!(!is_recorded(&t, "web").await);
    // What was allowed before was openid only, and no page asks for more.
    let answer = browser.get(&web.request(&[("scope", "openid offline_access")])).await;
    let tokens = web.exchange(told(&answer).code()).await.tokens();
    assert_eq!((tokens.refresh, tokens.answer["scope"].as_str()), (None, Some("openid")));
    assert!(is_recorded(&t, "web").await);
    assert!(is_offline(&web, &mut browser, "openid offline_access", "consent").await);
}

#[tokio::test]
async fn consent_once_given_to_offline_access_stands() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = t.browser();
    assert!(is_offline(&web, &mut browser, "openid offline_access", "consent").await);
    let silently = [("scope", "openid offline_access"), ("prompt", "none")];
    let callback = told(&browser.get(&web.request(&silently)).await);
    assert!(web.exchange(callback.code()).await.tokens().refresh.is_some());
    assert!(!is_recorded(&t, "web").await);
    // It stands for this person and this application only.
    is_told(&browser.get(&t.application("post").request(&silently)).await, "consent_required", &t.issuer());
    let mut bobs = browser_of(&t, &["bob"]).await;
    is_told(&bobs.get(&web.request(&silently)).await, "consent_required", &t.issuer());
}

#[tokio::test]
async fn an_administrators_consent_counts() {
    let t = TestServer::start().await;
    let own = t.application("first-party");
    let mut browser = browser_of(&t, &["alice"]).await;
    assert!(is_offline(&own, &mut browser, "openid offline_access", "").await);
    assert!(is_offline(&own, &mut browser, "openid offline_access", "none").await);
    assert!(!is_offline(&own, &mut browser, "openid", "").await);
}

#[tokio::test]
async fn an_application_without_the_refresh_grant_gets_none_and_the_administrator_is_told() {
    let t = TestServer::builder()
        .application("web", "grant_types = [\"authorization_code\"]")
        .application("post", "scope = \"openid\"")
        .start()
        .await;
    for name in ["web", "post"] {
        assert!(
            !is_offline(&t.application(name), &mut t.browser(), "openid offline_access", "consent").await
        );
        assert!(is_recorded(&t, name).await, "{name}: {:?}", t.refusals().await);
    }
}

#[tokio::test]
async fn a_refused_consent_gives_nothing() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    let consent =
        browser.open(&web.request(&[("scope", "openid offline_access"), ("prompt", "consent")])).await.page();
    let target = browser.submit(&consent, &[("decision", "deny")]).await.elsewhere();
    assert_eq!(Callback::parse(&target).error(), "access_denied");
    is_told(
        &browser.get(&web.request(&[("scope", "openid offline_access"), ("prompt", "none")])).await,
        "consent_required",
        &t.issuer(),
    );
}

#[tokio::test]
async fn without_openid_there_is_no_id_token_and_no_userinfo() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "orders profile").await;
    assert_eq!((tokens.id.as_deref(), tokens.answer["scope"].as_str()), (None, Some("orders profile")));
    let access = web.verify(&tokens.access, "https://orders.test").await;
    // The scope profile is nothing to the API, so the issuer is named too (RFC 9068 §2.2.3).
    assert_eq!(access["aud"], serde_json::json!(["https://orders.test", t.issuer()]));
    let userinfo = web.userinfo(&tokens.access).await;
    assert!(matches!(userinfo.status.as_u16(), 401 | 403), "{}", userinfo.status);
    let tokens = web.sign_in(&mut t.browser(), "alice", "profile").await;
    assert_eq!(web.verify(&tokens.access, &t.issuer()).await["aud"], t.issuer());
    let userinfo = web.userinfo(&tokens.access).await;
    assert_eq!((userinfo.status.as_u16(), &userinfo.json()["error"]), (403, &"insufficient_scope".into()));
    assert!(userinfo.header("www-authenticate").contains("insufficient_scope"));
}

#[tokio::test]
async fn plain_oauth_can_be_offline_too() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let tokens = web.sign_in(&mut t.browser(), "alice", "orders offline_access").await;
    let again = web.refresh(tokens.refresh.as_deref().unwrap()).await.tokens();
    assert_eq!((again.id.as_deref(), again.answer["scope"].as_str()), (None, Some("orders offline_access")));
}

#[tokio::test]
async fn a_request_for_nothing_in_particular_still_asks_the_person_first() {
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut browser = browser_of(&t, &["alice"]).await;
    for scope in ["", "unknown", "offline_access"] {
        let answer = browser.get(&web.request(&[("scope", scope)])).await;
        // Its tokens tell who the person is (`sub`), which is what the scope openid asks consent for.
        assert!(!answer.location().contains("code="), "scope {scope:?} gave {}", answer.location());
        leads_to(&answer, "/consent");
        is_told(
            &browser.get(&web.request(&[("scope", scope), ("prompt", "none")])).await,
            "consent_required",
            &t.issuer(),
        );
    }
}
