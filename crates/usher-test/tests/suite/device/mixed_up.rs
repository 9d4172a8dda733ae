//! Attack class 15, one store for everything short-lived: what was made for a device is good for nothing else, and nothing else for it.

use super::support::{GRANT, ask, browser_of, consent, number, press, server};
use usher_store::Engine;
use usher_test::TestServer;
use usher_types::Opaque;

#[tokio::test]
async fn nothing_else_is_a_device_code() {
    let t = server(Engine::Sqlite).await;
    let boxed = t.application("box");
    let mut browser = browser_of(&t, &["alice"]).await;
    let changes = [("scope", "openid offline_access"), ("redirect_uri", "https://box.test/cb")];
    let code = boxed.authorize(&mut browser, "alice", &changes).await.code().to_owned();
    let waiting = boxed.request(&[("prompt", "login")]);
    let interaction = browser.get(&waiting).await.location().split_once("interaction=").unwrap().1.to_owned();
    let cookie = browser.cookies.values().next().unwrap().clone();
    let asked = ask(&boxed, "openid").await;
    let typed = ask(&boxed, "openid").await.user_code;
    // The id is right, the secret another's; and a ticket that is found by what people type is polled by nobody.
    let (id, secret) = asked.device_code.split_once('.').unwrap();
    let wrong_secret = format!(
        "{id}.{}",
        Opaque::new([1; 16], &usher_crypto::SystemRandom).reveal().split_once('.').unwrap().1
    );
    let stored =
        t.app.store.list("SELECT id FROM tickets WHERE kind = 'user_code'", Vec::new()).await.unwrap();
    let of_user_code: Vec<u8> = stored[0].get(0).unwrap();
    let as_handle = format!("{}.{secret}", usher_types::opaque::base64url(&of_user_code));
    for wrong in
        [&code, &interaction, &cookie, &typed, &wrong_secret, &as_handle, &id.to_owned(), &secret.to_owned()]
    {
        let fields = [("grant_type", GRANT), ("device_code", wrong.as_str())];
        boxed.post("/oidc/token", &fields).await.refused("invalid_grant");
    }
    boxed.exchange(&code).await.tokens();
}

#[tokio::test]
async fn a_device_code_is_nothing_else() {
    let t = server(Engine::Sqlite).await;
    let boxed = t.application("box");
    let asked = ask(&boxed, "openid").await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let code = asked.device_code.as_str();
    boxed.exchange(code).await.refused("invalid_grant");
    boxed.refresh(code).await.refused("invalid_grant");
    assert_eq!(boxed.userinfo(code).await.status, 401);
    for path in [
        "/sign-in",
        "/consent",
        "/choose-account",
        "/device/consent",
        "/device/resume",
        "/oidc/auth/resume",
        "/sign-out",
    ] {
        let page = browser.open(&format!("{path}?interaction={code}")).await.page();
        assert_eq!(page.error(), "invalid_request", "{path}");
    }
    let answer = browser.get(&format!("/oidc/auth?posted={code}")).await;
    assert!(answer.status.is_client_error());
    assert_eq!(number(&t, "SELECT COUNT(*) FROM grants").await, 0);
}

/// The doors keep their interactions apart: a device's is no authorization request, and the other way round.
#[tokio::test]
async fn an_interaction_goes_on_at_the_door_that_began_it() {
    let t: TestServer = server(Engine::Sqlite).await;
    let (tv, web) = (t.application("tv"), t.application("web"));
    let asked = ask(&tv, "openid").await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let of_device = consent(&mut browser, &asked.user_code, "alice").await;
    let of_web = browser.open(&web.request(&[])).await.page();
    assert!(of_web.has("#allow") && of_web.path.starts_with("/consent"), "{}", of_web.words());
    let handle = |page: &usher_test::Page| page.attribute("input[name=interaction]", "value").unwrap();
    let (device, authorize) = (handle(&of_device), handle(&of_web));
    assert_eq!(
        browser.open(&format!("/oidc/auth/resume?interaction={device}")).await.page().error(),
        "invalid_request"
    );
    assert_eq!(
        browser.open(&format!("/device/resume?interaction={authorize}")).await.page().error(),
        "invalid_request"
    );
    // On the other door's consent page each is led back to its own.
    assert!(
        browser
            .open(&format!("/consent?interaction={device}"))
            .await
            .page()
            .path
            .starts_with("/device/consent")
    );
    assert!(
        browser
            .open(&format!("/device/consent?interaction={authorize}"))
            .await
            .page()
            .path
            .starts_with("/consent")
    );
    for (page, path) in [(&of_device, "/consent"), (&of_web, "/device/consent")] {
        let mut fields = page.form().1;
        fields.push(("decision".to_owned(), "allow".to_owned()));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = browser.post(path, &fields).await;
        assert!(browser.follow(path, answer).await.page().has("#allow"), "{path}");
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM consents").await, 0);
    let answer = press(&mut browser, &of_device, &[("decision", "allow")]).await;
    assert!(browser.follow("/device/consent", answer).await.page().has("#device-done"));
}
