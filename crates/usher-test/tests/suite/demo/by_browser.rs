//! Walks that send the browser to usher: code, implicit, hybrid and none, in every response mode.

use super::visitor::Visitor;

/// What every ID token by the browser is bound by.
const BOUND: [&str; 3] = ["iss: who answers", "signature", "nonce: it answers this very request"];

#[tokio::test]
async fn a_code_travels_in_every_response_mode() {
    let mut v = Visitor::arrive().await;
    for (mode, travelled) in [
        ("", "with the answer in the address"),
        ("form_post", "a form that posted itself"),
        ("fragment", "behind the #"),
        ("web_message", "posted the answer to this page"),
    ] {
        let page = v.walk("web", &[("response_mode", mode)]).await;
        page.is_verified().yields("++-").shows("#callback", &[travelled, "state", "iss"]);
        page.shows("#exchange", &["grant_type=authorization_code", "code_verifier=", "authorization: Basic"]);
    }
}

#[tokio::test]
async fn a_refresh_token_comes_when_it_is_asked_for_and_agreed_to_and_usher_says_why_it_does_not() {
    let mut v = Visitor::arrive().await;
    v.walk("web", &[("scope", "email")]).await.yields("+--");
    let offline = [("scope", "email"), ("scope", "offline_access"), ("offline_consent", "left_out")];
    let page = v.walk("web", &offline).await;
    page.yields("+--").shows("#withheld", &["asked for and withheld", "offline_access", "prompt=consent"]);
    let page = v.walk("web", &[("scope", "offline_access")]).await;
    page.yields("+-+");
    assert_eq!(page.count("#withheld"), 0);
    let walk = page.url.path().to_owned();
    let page = v.submit(&page, &format!("{walk}/refresh"), &[]).await;
    page.shows("#next", &["grant_type=refresh_token", "rotation"]);
}

#[tokio::test]
async fn nothing_but_a_yes_is_asked_for_by_response_type_none() {
    let mut v = Visitor::arrive().await;
    let page = v.walk("web", &[("response_type", "none")]).await;
    page.shows("#result", &["The person said yes"]);
    assert_eq!(page.count("#tokens, #exchange, #problem"), 0);
    assert!(!page.text("#callback .parameters").contains("code"));
}

#[tokio::test]
async fn a_key_takes_the_place_of_the_secret() {
    let mut v = Visitor::arrive().await;
    let page = v.walk("bank", &[]).await;
    page.is_verified().yields("++-");
    page.shows("#exchange", &["client_assertion_type=", "\"sub\": \"corner-bank\"", "\"jti\""]);
    assert!(!page.text("#exchange").contains("authorization: Basic"));
    let walk = page.url.path().to_owned();
    let page = v.submit(&page, &format!("{walk}/introspect"), &[]).await;
    page.shows("#next", &["client_assertion=", "\"active\": true"]);
}

#[tokio::test]
async fn a_native_application_waits_on_a_port_of_its_own() {
    let mut v = Visitor::arrive().await;
    let page = v.walk("native", &[]).await;
    page.is_verified().yields("++-").shows("#callback", &["/native/callback", "is closed now"]);
}

#[tokio::test]
async fn tokens_come_at_once_by_the_implicit_mode_and_never_a_refresh_token() {
    let mut v = Visitor::arrive().await;
    for (mode, travelled) in [
        ("", "behind the #"),
        ("form_post", "a form that posted itself"),
        ("web_message", "posted the answer"),
    ] {
        let page = v.walk("implicit", &[("response_type", "id_token token"), ("response_mode", mode)]).await;
        page.is_verified().yields("++-").shows("#callback", &[travelled, "access_token", "id_token"]);
        page.shows(".checks", &BOUND).shows("#tokens", &["at_hash: it belongs to this access token"]);
        assert_eq!(page.count("#exchange, #refresh"), 0);
    }
    let page = v.walk("implicit", &[("response_type", "id_token")]).await;
    page.is_verified().yields("-+-").shows("#tokens", &["There is no access token here"]);
    let page = v.walk("implicit", &[("prompt", "none")]).await;
    // Anybody could wait at that address, so the person is asked each time.
    page.shows("#problem", &["consent_required"]);
    let page = v.walk("implicit", &[("scope", "offline_access"), ("response_type", "id_token token")]).await;
    page.shows("#problem", &["invalid_scope"]);
}

#[tokio::test]
async fn a_hybrid_answer_is_bound_together_by_its_hashes() {
    let mut v = Visitor::arrive().await;
    for (kind, beside) in [
        ("code id_token", &["c_hash: it belongs to this code", "There is no access token here"][..]),
        ("code token", &["There is no ID token here"][..]),
        (
            "code id_token token",
            &["c_hash: it belongs to this code", "at_hash: it belongs to this access token"][..],
        ),
    ] {
        for mode in ["", "form_post", "web_message"] {
            let page = v.walk("hybrid", &[("response_type", kind), ("response_mode", mode)]).await;
            page.is_verified().yields("++-").shows("#beside", beside);
            page.shows("#tokens", &["sub"]).shows("#exchange", &["code_verifier="]);
        }
    }
    let page = v.walk("hybrid", &[("response_type", "code id_token"), ("scope", "offline_access")]).await;
    page.shows("#problem", &["invalid_scope"]);
}

#[tokio::test]
async fn the_landing_page_leads_to_every_walk_and_to_the_advisor() {
    let mut v = Visitor::arrive().await;
    let home = v.open("/").await;
    home.shows("#which + p", &["advisor"]).shows("main", &["implicit", "never", "only through the code"]);
    for kind in [
        "web",
        "bank",
        "spa",
        "native",
        "implicit",
        "hybrid",
        "device",
        "password",
        "machine",
        "exchange",
        "assertion",
    ] {
        assert_eq!(home.count(&format!(".card a.button[href='/{kind}']")), 1, "{kind}");
        let page = v.open(&format!("/{kind}")).await;
        assert!(page.status.is_success() && page.count("form") > 0, "{kind}");
    }
    let advisor = home.attribute("#which + p a", "href").unwrap();
    let page = v.open(&advisor).await;
    assert!(page.status.is_success(), "{advisor}: {}", page.status);
}
