//! The sign-in page under hands: keyboard, focus, double clicks, back buttons and stale tabs.

use super::chromium::{Key, chromium};
use super::walker::Walker;

#[tokio::test]
async fn a_keyboard_is_enough_and_the_focus_is_where_it_is_needed() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("web", &[]).await;
    w.see("#sign-in").await;
    assert_eq!(w.focus().await, "identifier");
    w.keys("alice").await;
    w.press(Key::Tab).await;
    assert_eq!(w.focus().await, "password");
    w.keys("not the password").await;
    w.press(Key::Enter).await;

    w.see("#problem").await;
    assert_eq!(w.focus().await, "problem", "what went wrong is read out first");
    assert_eq!(w.property("#identifier", "value").await, "alice");
    assert_eq!(w.property("#password", "value").await, "");
    // The sum's link leads into the field.
    w.press(Key::Tab).await;
    w.press(Key::Enter).await;
    assert_eq!(w.focus().await, "identifier");
    w.press(Key::Tab).await;
    w.keys(w.password()).await;
    w.press(Key::Enter).await;

    w.see("#allow").await;
    for _ in 0..10 {
        if w.focus().await == "allow" {
            break;
        }
        w.press(Key::Tab).await;
    }
    assert_eq!(w.focus().await, "allow");
    w.press(Key::Enter).await;
    w.sees_verified_tokens().await;
}

#[tokio::test]
async fn an_empty_field_is_named_and_the_name_is_kept() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("web", &[]).await;
    w.fill("#identifier", "alice").await;
    w.press(Key::Enter).await;
    assert!(w.text("#problem").await.contains("Enter your password."));
    assert_eq!(w.text("#password-problem").await, "Enter your password.");
    assert!(w.title().await.starts_with("Error"));
    w.click("#problem a").await;
    assert_eq!(w.focus().await, "password");
    w.keys(w.password()).await;
    w.press(Key::Enter).await;
    w.click("#allow").await;
    w.sees_verified_tokens().await;
}

#[tokio::test]
async fn a_double_click_ends_signed_in() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("web", &[]).await;
    w.fill("#identifier", "alice").await;
    w.fill("#password", w.password()).await;
    w.double_click("#sign-in").await;
    w.see("#allow").await;
    w.double_click("#allow").await;
    w.sees_verified_tokens().await;
}

#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_ends_signed_in_both_times() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("web", &[]).await;
    w.fill("#identifier", "alice").await;
    w.fill("#password", w.password()).await;
    // Of two clicks a browser mostly sends the last. A form that aims at another tab first is sent by both, side by side.
    w.run(
        "const form = document.querySelector('form'); \
         for (const target of ['_blank', '']) { form.target = target; form.submit(); }",
        Vec::new(),
    )
    .await;
    w.see("#allow").await;
    let [here, other] = w.tabs().await.try_into().expect("two tabs");
    w.turn_to(other).await;
    w.see("#allow").await;
    w.turn_to(here).await;
    w.click("#allow").await;
    w.sees_verified_tokens().await;
}

#[tokio::test]
async fn a_form_that_is_sent_again_from_another_tab_goes_on_with_whom_is_there() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("web", &[]).await;
    w.see("#sign-in").await;
    let address = w.address().await;
    let first = w.open_in_another_tab(address.as_str()).await;
    w.sign_in().await;
    w.see("#allow").await;
    w.turn_to(first).await;
    w.sign_in().await;
    w.click("#allow").await;
    w.sees_verified_tokens().await;
}

#[tokio::test]
async fn a_back_button_after_signing_in_does_not_end_in_an_error() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("web", &[]).await;
    w.sign_in().await;
    w.see("#allow").await;
    w.back().await;
    // The page of before is not kept (no-store); asked again, usher goes on from where the person is.
    w.see("#identifier, #allow").await;
    if w.count("#identifier").await == 1 {
        w.sign_in().await;
    }
    w.click("#allow").await;
    w.sees_verified_tokens().await;
}
