//! Every wrong way of every kind of application is refused by the real server, for the reason that the page names.

use super::visitor::Visitor;

/// Presses every button of "What goes wrong" on the page of a walk, and compares what came of each.
async fn every_way_is_refused(v: &mut Visitor, walk: &str, expected: &[(&str, &str)]) {
    let mut page = v.open(walk).await;
    let walk = page.url.path().to_owned();
    assert_eq!(
        page.count(".wrongs > li"),
        expected.len(),
        "each wrong way is in the table: {}",
        page.text(".wrongs")
    );
    for (name, error) in expected {
        page = v.submit(&page, &format!("{walk}/wrong/{name}"), &[]).await;
        let entry = format!("#wrong-{name}");
        assert_eq!(page.count(&format!("{entry} .verdict.refused")), 1, "{name}: {}", page.text(&entry));
        assert_eq!(page.attribute(&format!("{entry} .verdict"), "data-expected").unwrap(), *error, "{name}");
        page.shows(&entry, &["Refused, as it should be", "Why:", "Instead:", "HTTP/1.1 "]);
        if *error != "page" {
            page.shows(&format!("{entry} details[open]"), &[error]);
        }
    }
}

/// A walk of this kind, gone to its end.
async fn gone(v: &mut Visitor, kind: &str, choices: &[(&str, &str)]) -> String {
    let page = v.walk(kind, choices).await;
    page.is_verified();
    page.url.path().to_owned()
}

/// A walk of this kind that needs no browser.
async fn straight(v: &mut Visitor, kind: &str) -> String {
    let form = v.open(&format!("/{kind}")).await;
    let page = v.submit(&form, &format!("/{kind}/start"), &[]).await;
    assert_eq!(page.count("#problem"), 0, "{}", page.text("#problem"));
    page.url.path().to_owned()
}

#[tokio::test]
async fn the_application_with_a_server_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = gone(&mut v, "web", &[]).await;
    let ways = [
        ("implicit", "unauthorized_client"),
        ("password", "unauthorized_client"),
        ("client-credentials", "unauthorized_client"),
        ("callback", "page"),
        ("wrong-secret", "invalid_client"),
        ("stolen-code", "invalid_grant"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
    v.open(&walk).await.shows("#result", &["The tokens are dead"]);
}

#[tokio::test]
async fn the_application_with_a_key_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = gone(&mut v, "bank", &[]).await;
    let ways = [
        ("secret", "invalid_client"),
        ("stranger", "invalid_client"),
        ("twice", "invalid_client"),
        ("implicit", "unauthorized_client"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_application_on_a_desktop_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = gone(&mut v, "native", &[]).await;
    let ways = [
        ("no-proof-key", "invalid_request"),
        ("other-host", "page"),
        ("password", "unauthorized_client"),
        ("client-credentials", "invalid_client"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_application_in_an_old_browser_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = gone(&mut v, "implicit", &[]).await;
    let ways = [
        ("query", "invalid_request"),
        ("no-nonce", "invalid_request"),
        ("token", "unsupported_response_type"),
        ("code", "unauthorized_client"),
        ("refresh", "unauthorized_client"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_application_with_a_server_and_a_script_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = gone(&mut v, "hybrid", &[]).await;
    let ways = [
        ("query", "invalid_request"),
        ("no-nonce", "invalid_request"),
        ("implicit", "unauthorized_client"),
        ("http-callback", "invalid_request"),
        ("stolen-code", "invalid_grant"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_application_with_the_password_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = straight(&mut v, "password").await;
    let ways = [("wrong-password", "invalid_grant"), ("another", "unauthorized_client"), ("code", "page")];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_program_without_a_person_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = straight(&mut v, "machine").await;
    let ways = [
        ("disabled", "invalid_client"),
        ("wrong-secret", "invalid_client"),
        ("another", "unauthorized_client"),
        ("userinfo", "invalid_token"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_device_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = straight(&mut v, "device").await;
    let ways = [
        ("impatient", "slow_down"),
        ("stolen-device-code", "unauthorized_client"),
        ("another", "unauthorized_client"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_api_that_exchanges_tokens_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = straight(&mut v, "exchange").await;
    let ways = [
        ("audience", "invalid_target"),
        ("wider", "invalid_scope"),
        ("garbage", "invalid_request"),
        ("another", "unauthorized_client"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}

#[tokio::test]
async fn the_application_with_a_partners_word_takes_no_other_way() {
    let mut v = Visitor::arrive().await;
    let walk = straight(&mut v, "assertion").await;
    let ways = [
        ("stranger", "invalid_grant"),
        ("audience", "invalid_grant"),
        ("expired", "invalid_grant"),
        ("twice", "invalid_grant"),
        ("nobody", "invalid_grant"),
    ];
    every_way_is_refused(&mut v, &walk, &ways).await;
}
