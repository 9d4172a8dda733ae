//! Walks that go straight to the token endpoint.

use super::visitor::{Page, Visitor};

/// A walk whose form is the whole of it.
async fn walk(v: &mut Visitor, kind: &str, fields: &[(&str, &str)]) -> Page {
    let form = v.open(&format!("/{kind}")).await;
    v.submit(&form, &format!("/{kind}/start"), fields).await
}

#[tokio::test]
async fn a_password_goes_to_the_token_endpoint() {
    let mut v = Visitor::arrive().await;
    let page = walk(&mut v, "password", &[]).await;
    page.is_verified().yields("++-").shows("#exchange", &["grant_type=password", "username=alice"]);
    assert_eq!(page.count("#callback, #sign-out"), 0);
    let page = walk(&mut v, "password", &[("scope", "offline_access")]).await;
    page.yields("+-+");
    let path = page.url.path().to_owned();
    let page = v.submit(&page, &format!("{path}/revoke-refresh"), &[]).await;
    page.shows("#result", &["The tokens are dead"]).shows("#next", &["invalid_grant"]);
    let page = walk(&mut v, "password", &[("password", "something else entirely")]).await;
    page.shows("#problem", &["invalid_grant"]);
}

#[tokio::test]
async fn a_program_gets_what_its_key_has_and_is_told_what_it_has_not() {
    let mut v = Visitor::arrive().await;
    let page = walk(&mut v, "machine", &[("scope", "orders:17:read orders:write payroll openid")]).await;
    page.is_verified().yields("+--");
    page.shows("#rejected", &["payroll", "openid"])
        .shows("#tokens", &["Granted: orders:17:read orders:write"]);
    page.shows("#tokens", &["\"sub\": \"night-robot\"", "\"client_id\": \"night-robot\""]);
    let path = page.url.path().to_owned();
    let page = v.submit(&page, &format!("{path}/introspect"), &[]).await;
    page.shows("#next", &["\"active\": true"]);
    let page = v.submit(&page, &format!("{path}/revoke-access"), &[]).await;
    page.shows("#result", &["The tokens are dead"]);
    let page = v.submit(&page, &format!("{path}/introspect"), &[]).await;
    page.shows("#next", &["\"active\": false"]);

    let page = walk(&mut v, "machine", &[("key", "day-screen"), ("scope", "")]).await;
    page.yields("+--").shows("#tokens", &["orders:*:read", "It lives for 60 seconds"]);
    assert_eq!(page.count("#rejected"), 0);
    let page = walk(&mut v, "machine", &[("key", "lost-robot")]).await;
    page.shows("#problem", &["invalid_client"]);
}

#[tokio::test]
async fn an_api_exchanges_a_token_and_is_named_in_the_new_one() {
    let mut v = Visitor::arrive().await;
    let page = walk(&mut v, "exchange", &[]).await;
    page.is_verified().yields("+--").shows("#request", &["grant_type=password"]);
    page.shows("#exchange", &["token-exchange", "subject_token="]);
    page.shows(
        "#tokens",
        &["\"act\": { \"sub\": \"order-api\" }", "\"aud\": \"urn:demo:stock\"", "stock:read"],
    );
    // A walk of this browser's own may be what is exchanged.
    v.walk("web", &[("scope", "stock:read")]).await.yields("+--");
    let form = v.open("/exchange").await;
    let own = form.attribute("input[name='subject'][checked]", "value").unwrap();
    let page = v.submit(&form, "/exchange/start", &[("subject", &own)]).await;
    page.is_verified().shows("#tokens", &["\"act\": { \"sub\": \"order-api\" }"]);
    assert!(!page.text("#request").contains("grant_type=password"));
}

#[tokio::test]
async fn a_partners_word_gives_tokens_for_the_person_whom_it_names() {
    let mut v = Visitor::arrive().await;
    for name in ["alice", "bob"] {
        let page = walk(&mut v, "assertion", &[("subject", name)]).await;
        page.is_verified().yields("+--").shows("#exchange", &[&format!("\"sub\": \"{name}\""), "assertion="]);
        let path = page.url.path().to_owned();
        let page = v.submit(&page, &format!("{path}/userinfo"), &[]).await;
        page.shows("#next", &[&format!("{name}@example.com")]);
    }
}

#[tokio::test]
async fn a_device_shows_a_code_and_gets_tokens_when_somebody_agrees_elsewhere() {
    let mut v = Visitor::arrive().await;
    let page = walk(&mut v, "device", &[]).await;
    let code = page.text("#user-code");
    assert_eq!(code.len(), 9, "{code}");
    let picture = v.open(&page.attribute(".screen img", "src").unwrap()).await;
    assert!(picture.status.is_success());
    let poll = format!("{}/poll", page.url.path());
    let waiting = v.submit(&page, &poll, &[]).await;
    waiting.shows("#exchange", &["authorization_pending", "device_code="]);

    let typed = v.open(&page.attribute("#go", "href").unwrap()).await;
    let asked = v.submit(&typed, "", &[]).await;
    let done = v.answer_usher(asked).await;
    assert_eq!(done.count("#device-done"), 1, "{}", done.text("main"));
    let mut page = waiting;
    for _ in 0..3 {
        if page.count("#poll") > 0 {
            page = v.submit(&page, &poll, &[]).await;
        }
    }
    // Asked three times within a second: usher may want more patience first.
    assert!(page.count("#result") + page.count("#poll") == 1, "{}", page.text("main"));
}
