//! The walks of the demo's applications with a server and on a desktop, from the landing page to signing out.

use super::chromium::chromium;
use super::walker::Walker;

#[tokio::test]
async fn a_person_signs_in_to_the_web_application_with_a_proof_key_and_signs_out() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.open(&w.party("/")).await;
    w.click("a[href='/web']").await;
    w.choose(&[("scope", "offline_access")]).await;
    w.click("form .button").await;
    assert!(w.text("#request").await.contains("code_challenge_method"));
    w.click("#go").await;
    w.see("#identifier").await;
    assert!(w.address().await.as_str().starts_with("http://localhost:"), "usher is another site");
    w.sign_in_and_allow().await;
    w.sees_verified_tokens().await;
    assert!(w.text("#callback").await.contains("GET http://127.0.0.1:"));
    assert!(w.text("#exchange").await.contains("code_verifier="));

    w.tries("userinfo", &["Userinfo 200"]).await;
    assert!(w.text("#next").await.contains("alice@example.com"));
    w.tries("refresh", &["Refresh 200"]).await;
    w.sees_verified_tokens().await;
    w.tries("introspect", &["Introspection 200"]).await;
    assert!(w.text("#next").await.contains("\"active\": true"));
    w.tries("revoke-access", &["Revocation 200", "Userinfo 401", "Refresh 400"]).await;
    w.tries("introspect", &["Introspection 200"]).await;
    assert!(w.text("#next").await.contains("\"active\": false"));
    assert_eq!(refusals(&w.console().await), Vec::<String>::new());

    w.click("#sign-out").await;
    assert_eq!(w.text("#message h1").await, "Signed out");
    assert!(w.text("#message").await.contains("The state is the one that went out."));
    w.ask("web", &[]).await;
    w.see("#identifier").await;
}

#[tokio::test]
async fn a_person_signs_in_without_a_proof_key_and_the_answer_comes_by_a_form() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.open(&w.party("/")).await;
    w.click("a[href='/web?pkce=none']").await;
    w.choose(&[("response_mode", "form_post")]).await;
    w.click("form .button").await;
    let request = w.text("#request").await;
    assert!(!request.contains("code_challenge") && request.contains("form_post"), "{request}");
    w.click("#go").await;
    w.sign_in_and_allow().await;
    w.sees_verified_tokens().await;
    assert!(w.text("#callback").await.contains("POST http://127.0.0.1:"));
    assert!(!w.text("#exchange").await.contains("code_verifier"));
    assert_eq!(refusals(&w.console().await), Vec::<String>::new());

    w.tries("userinfo", &["Userinfo 200"]).await;
    assert_eq!(w.count("#refresh").await, 0, "offline_access was not asked for");
    w.click("#sign-out").await;
    assert_eq!(w.text("#message h1").await, "Signed out");
    w.click("#message .button").await;
    w.tries("userinfo", &["Userinfo 401"]).await;
}

#[tokio::test]
async fn a_person_signs_in_to_the_native_application_over_the_loopback_address() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("native", &[("scope", "offline_access")]).await;
    w.sign_in_and_allow().await;
    w.sees_verified_tokens().await;
    let callback = w.text("#callback .address").await;
    assert!(callback.contains("/native/callback"), "{callback}");
    assert!(!callback.contains(&w.party("/")), "the answer goes to a port of its own: {callback}");

    w.tries("userinfo", &["Userinfo 200"]).await;
    w.tries("refresh", &["Refresh 200"]).await;
    w.tries("revoke-refresh", &["Revocation 200", "Userinfo 401", "Refresh 400"]).await;
    w.click("#sign-out").await;
    assert_eq!(w.text("#message h1").await, "Signed out");
}

#[tokio::test]
async fn a_person_refuses_and_the_application_says_so() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("web", &[]).await;
    w.sign_in().await;
    w.click("#deny").await;
    assert!(w.text("#problem[data-error='access_denied']").await.starts_with("You said no"));
    assert_eq!(w.count("#tokens").await, 0);
}

/// What of the console's lines is more than a remark.
fn refusals(console: &[String]) -> Vec<String> {
    console
        .iter()
        .filter(|line| line.starts_with("SEVERE") || line.contains("Security Policy"))
        .cloned()
        .collect()
}
