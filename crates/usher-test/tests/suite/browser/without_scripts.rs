//! Every page without scripts: signing in, choosing, allowing, the answer by a form, signing out.

use super::chromium::chromium;
use super::walker::Walker;

#[tokio::test]
async fn everything_works_with_scripts_switched_off() {
    let Some(w) = Walker::start(chromium().without_scripts()).await else { return };
    w.open(&w.party("/spa")).await;
    assert!(w.text("noscript").await.contains("scripts are switched off"), "they are off");

    w.ask("web", &[("response_mode", "form_post")]).await;
    w.sign_in_and_allow().await;
    // The answer cannot post itself, so it waits for a press of its button.
    w.see("noscript button").await;
    assert!(w.address().await.as_str().starts_with("http://localhost:"));
    w.click("noscript button").await;
    w.sees_verified_tokens().await;

    w.ask("web", &[("prompt", "select_account")]).await;
    assert!(w.text("button.account").await.contains("Alice Arden"));
    w.click("button.account").await;
    w.sees_verified_tokens().await;

    w.open(&w.usher("/session/end")).await;
    assert!(w.text(".account").await.contains("Alice Arden"));
    w.click("#sign-out").await;
    w.see("#signed-out").await;
    w.ask("web", &[]).await;
    w.see("#identifier").await;
}
