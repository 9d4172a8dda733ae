//! What only a real browser shows of the other modes: answers behind the `#`, messages between windows, a device that waits, and the
//! refusals in the page of the single-page application.

use super::chromium::chromium;
use super::walker::Walker;
use serde_json::json;

#[tokio::test]
async fn a_script_reads_the_answer_behind_the_number_sign_and_takes_it_out_of_the_address() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.ask("implicit", &[]).await;
    w.sign_in_and_allow().await;
    let found = w.text("#found").await;
    assert!(w.address().await.as_str().ends_with("/implicit/callback"), "nothing is left in the address");
    for parameter in ["access_token", "id_token", "state", "iss", "expires_in"] {
        assert!(found.contains(parameter), "{parameter} is not in {found}");
    }
    w.click("#go-on").await;
    let result = w.text("#result").await;
    assert!(result.starts_with("Signed in"), "{result}");
    assert_eq!(w.texts(".checks li.wrong").await, Vec::<String>::new());
    assert_eq!(w.texts("#yields li.came strong").await, ["Access token", "ID token"]);
    assert_eq!(w.console().await, Vec::<String>::new(), "no error, no violated policy");
    w.click("#try-query").await;
    assert!(w.text("#wrong-query .verdict").await.starts_with("Refused, as it should be"));
}

#[tokio::test]
async fn a_message_of_ushers_window_reaches_the_page_that_opened_it() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.begin("hybrid", &[("response_type", "code id_token token"), ("response_mode", "web_message")]).await;
    let page = w.tabs().await.remove(0);
    w.click("#go").await;
    let window = w.another_tab(&page).await;
    w.turn_to(window).await;
    w.sign_in_and_allow().await;
    w.turn_to(page).await;
    let messages = w.text("#messages .parameters").await;
    for parameter in ["code", "access_token", "id_token", "state", "iss"] {
        assert!(messages.contains(parameter), "{parameter} is not in {messages}");
    }
    assert_eq!(w.tabs().await.len(), 1, "the window is closed again");
    w.click("#go-on").await;
    assert!(w.text("#callback .address").await.starts_with("postMessage to"));
    let checks = w.text("#beside").await;
    for hash in ["at_hash", "c_hash"] {
        assert!(checks.contains(hash), "{hash} was not checked: {checks}");
    }
    assert!(w.text("#result").await.starts_with("Signed in"));
}

#[tokio::test]
async fn a_message_of_anybody_else_is_thrown_away() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.begin("implicit", &[("response_mode", "web_message")]).await;
    let forged =
        "postMessage({ type: 'authorization_response', response: { state: 's', access_token: 'a' } }, '*')";
    w.see("#messages").await;
    w.run(forged, vec![]).await;
    assert!(w.text("#messages .noted").await.contains("was thrown away"));
    assert_eq!(w.property("#answer", "hidden").await, "true");
    // A frame at another site has no cookies, and nothing to show: the answer is a message all the same.
    w.click("#frame").await;
    assert!(w.text("#messages .parameters").await.contains("login_required"));
    w.click("#go-on").await;
    w.see("#problem[data-error='login_required']").await;
}

#[tokio::test]
async fn a_device_goes_on_by_itself_when_somebody_agreed_in_another_tab() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.begin("device", &[]).await;
    let code = w.text("#user-code").await;
    assert_eq!(w.property(".screen img", "complete").await, "true");
    assert_ne!(w.property(".screen img", "naturalWidth").await, "0", "the picture was drawn");
    let device = w.open_in_another_tab(&w.property("#go", "href").await).await;
    assert_eq!(w.property("#user_code", "value").await, code);
    w.click("#continue").await;
    w.sign_in_and_allow().await;
    w.see("#device-done").await;
    w.turn_to(device).await;
    let result = w.text("#result").await;
    assert!(result.starts_with("Signed in"), "{result}");
    assert_eq!(w.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_application_in_the_browser_shows_what_goes_wrong_with_another_mode() {
    let Some(w) = Walker::start(chromium()).await else { return };
    w.open(&w.party("/spa")).await;
    for (name, error) in [
        ("implicit", "unauthorized_client"),
        ("no-proof-key", "invalid_request"),
        ("plain", "invalid_request"),
        ("password", "unauthorized_client"),
    ] {
        w.click(&format!("#try-{name}")).await;
        let verdict = w.text(&format!("#wrong-{name} .verdict")).await;
        assert!(
            verdict.starts_with("Refused, as it should be") && verdict.ends_with(error),
            "{name}: {verdict}"
        );
    }
    assert_eq!(w.run("return document.querySelectorAll('.wrongs > li').length", vec![]).await, json!(4));
    assert_eq!(w.console().await, Vec::<String>::new());
}
