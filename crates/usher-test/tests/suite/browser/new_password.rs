//! The page where a password has to be changed, in a real browser: a keyboard is enough, a password manager knows its fields, and it can
//! be read in the light, in the dark, and on a phone.

use super::chromium::{Chromium, Key, chromium};
use serde_json::json;
use usher_store::Batch;
use usher_store::tables::{UserRow, write};
use usher_test::{PASSWORD, TestServer};
use usher_types::fold::IdentifierKey;

const NEW: &str = "an entirely new pass phrase";

/// A server whose Alice has to choose another password.
async fn server() -> TestServer {
    let t = TestServer::start().await;
    let pool = t.app.snapshot().pool(None).unwrap().id;
    let key = IdentifierKey::fold("alice").unwrap();
    let user = t.app.store.user_by_identifier(pool, key.as_str()).await.unwrap().unwrap();
    let mut batch = Batch::new();
    let row = UserRow { must_change_password: true, ..user };
    write::user::update(&mut batch, "unchanged", pool, row, t.app.world.clock.now());
    assert_eq!(t.app.store.apply(batch).await.unwrap(), usher_store::Applied::Done);
    t
}

async fn to_the_page(browser: &Chromium, t: &TestServer) {
    browser.open(&format!("{}{}", t.origin(), t.application("web").request(&[]))).await;
    browser.fill("#identifier", "alice").await;
    browser.fill("#password", PASSWORD).await;
    browser.press(Key::Enter).await;
    browser.see("#change-password").await;
}

#[tokio::test]
async fn a_keyboard_is_enough_to_change_a_password() {
    let Some(browser) = chromium().start().await else { return };
    let t = server().await;
    to_the_page(&browser, &t).await;
    assert_eq!(browser.focus().await, "new-password");
    browser.keys("too short").await;
    browser.press(Key::Tab).await;
    assert_eq!(browser.focus().await, "new-password-again");
    browser.keys("too short").await;
    browser.press(Key::Enter).await;

    browser.see("#problem").await;
    assert_eq!(browser.focus().await, "problem", "what went wrong is read out first");
    assert!(browser.title().await.starts_with("Error"));
    assert_eq!(browser.property("#new-password", "value").await, "", "no password stands in the page");
    // The sum's link leads into the field.
    browser.press(Key::Tab).await;
    browser.press(Key::Enter).await;
    assert_eq!(browser.focus().await, "new-password");
    browser.keys(NEW).await;
    browser.press(Key::Tab).await;
    browser.keys("something else than that").await;
    browser.press(Key::Enter).await;

    browser.see("#new-password-again-problem").await;
    browser.press(Key::Tab).await;
    browser.press(Key::Enter).await;
    assert_eq!(browser.focus().await, "new-password-again", "the link leads to the field that is meant");
    browser.fill("#new-password", NEW).await;
    browser.press(Key::Tab).await;
    browser.keys(NEW).await;
    browser.press(Key::Tab).await;
    assert_eq!(browser.focus().await, "change-password");
    browser.press(Key::Enter).await;
    browser.see("#allow").await;
    assert_eq!(browser.console().await, Vec::<String>::new());

    // The new one is hers from now on.
    browser.open(&format!("{}{}", t.origin(), t.application("web").request(&[("prompt", "login")]))).await;
    for (password, seen) in [(PASSWORD, "#problem"), (NEW, "#allow")] {
        browser.fill("#identifier", "alice").await;
        browser.fill("#password", password).await;
        browser.press(Key::Enter).await;
        browser.see(seen).await;
    }
}

#[tokio::test]
async fn a_password_manager_knows_whose_password_is_changed_and_to_what() {
    let Some(browser) = chromium().start().await else { return };
    let t = server().await;
    to_the_page(&browser, &t).await;
    for (selector, kind) in [
        ("[name=username]", "username"),
        ("#new-password", "new-password"),
        ("#new-password-again", "new-password"),
    ] {
        assert_eq!(browser.property(selector, "autocomplete").await, kind);
    }
    assert_eq!(browser.property("[name=username]", "value").await, "alice");
    // It is there for the manager, not for people.
    assert_eq!(browser.style("[name=username]", "clip-path").await, "inset(50%)");
    assert_eq!(browser.property("[name=username]", "tabIndex").await, "-1");
}

#[tokio::test]
async fn it_can_be_read_in_the_light_in_the_dark_and_on_a_phone() {
    let Some(browser) = chromium().start().await else { return };
    let t = server().await;
    to_the_page(&browser, &t).await;
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        for (width, height) in [(1280, 800), (360, 740), (320, 640)] {
            browser.resize(width, height).await;
            let wide = browser.run("return document.documentElement.scrollWidth", Vec::new()).await;
            assert!(wide.as_f64().unwrap() <= f64::from(width), "{scheme}, {width}: it is {wide} wide");
            for selector in ["#new-password", "#new-password-again", "#change-password"] {
                let high = "return document.querySelector(arguments[0]).getBoundingClientRect().height";
                let high = browser.run(high, vec![json!(selector)]).await.as_f64().unwrap();
                assert!(high >= 44.0, "{selector} is {high} high at {width}");
            }
            browser.picture(&format!("change-password-{scheme}-{width}")).await;
        }
    }
    let (ink, paper) = (browser.style("h1", "color").await, browser.style(".card", "background-color").await);
    assert_ne!(ink, paper);
}
