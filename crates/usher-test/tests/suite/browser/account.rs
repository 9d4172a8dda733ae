//! The pages of an account in a browser with its scripts switched off.

use super::chromium::chromium;
use usher_test::{PASSWORD, TestServer};

#[tokio::test]
async fn an_account_is_managed_without_scripts_in_every_width() {
    let Some(browser) = chromium().without_scripts().start().await else { return };
    let t = TestServer::start().await;
    let web = t.application("web");
    let mut elsewhere = t.browser();
    web.sign_in(&mut elsewhere, "alice", "openid email offline_access").await;

    browser.open(&format!("{}/account/sessions", t.origin())).await;
    browser.fill("#identifier", "alice").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.see("#sessions li.current").await;
    assert!(browser.text("#sessions li.current h2").await.contains("Chrome on Linux"));
    for width in [320, 360, 1280] {
        browser.resize(width, 800).await;
        for place in ["", "/profile", "/password", "/sessions", "/applications"] {
            browser.open(&format!("{}/account{place}", t.origin())).await;
            browser.see("nav a[aria-current]").await;
            let wide: i64 = browser.property("html", "scrollWidth").await.parse().unwrap();
            let seen: i64 = browser.property("html", "clientWidth").await.parse().unwrap();
            assert!(wide <= seen, "{place} at {width}: {wide} of {seen}");
            for scheme in ["light", "dark"] {
                browser.prefer(scheme).await;
                browser.picture(&format!("account{}-{scheme}-{width}", place.replace('/', "-"))).await;
            }
        }
    }
    browser.click("button[value=remove]").await;
    browser.see("#notice.good").await;
    assert_eq!(browser.count("#applications li").await, 0);
    browser.open(&format!("{}/account/sessions", t.origin())).await;
    browser.click("button[value=end]").await;
    browser.see("#notice.good").await;
    assert_eq!(browser.count("#sessions li").await, 1);
    browser.open(&format!("{}/account/profile", t.origin())).await;
    browser.fill("#birthdate", "yesterday").await;
    browser.fill("#nickname", "Ali").await;
    browser.click("#save").await;
    browser.see("#problem").await;
    assert_eq!(browser.property("#nickname", "value").await, "Ali");
    browser.fill("#birthdate", "1990-04-23").await;
    browser.click("#save").await;
    browser.see("#notice.good").await;
    browser.open(&format!("{}/account/password", t.origin())).await;
    let new = "an entirely new pass phrase";
    browser.fill("#password", PASSWORD).await;
    browser.fill("#new-password", new).await;
    browser.fill("#new-password-again", new).await;
    browser.click("#change-password").await;
    browser.see("#notice.good").await;
    browser.click("#sign-out").await;
    browser.see("#signed-out").await;
}
