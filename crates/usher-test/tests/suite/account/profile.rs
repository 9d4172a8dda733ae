//! A person's own claims: what they may change, what it must look like, and that what was typed is not lost.

use super::support::{at_home, browser_of, grow_stale, recorded, send, visit};
use usher_test::{PASSWORD, TestServer};
use usher_types::Endpoint;
use usher_types::page::AccountPlace;

const PROFILE: Endpoint = Endpoint::AccountProfile;

async fn what_is_saved_is_what_applications_see(t: TestServer) {
    let web = t.application("web");
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Profile).await;
    assert!(page.words().contains("alice@example.com") && !page.has("input[name=email]"));
    let fixed = page.answer.text().matches("<dt>").count();
    assert_eq!(page.words().contains("To change this, ask"), fixed > 0, "{}", page.words());
    let fields = [
        ("name", "  Alice Moreau "),
        ("given_name", ""),
        ("birthdate", "1990-04-23"),
        ("website", "https://alice.example"),
        ("address.locality", "Paris"),
    ];
    let answer = send(&mut browser, &page, PROFILE, &fields).await;
    let page = at_home(browser.follow("", answer).await.page());
    assert!(page.has("#notice.good"));
    assert_eq!(page.attribute("#address-locality", "value").unwrap(), "Paris");
    let tokens = web.sign_in(&mut browser, "alice", "openid profile email address orders").await;
    let claims = web.userinfo(&tokens.access).await.json();
    assert_eq!(claims["name"], "Alice Moreau");
    assert!(claims.get("given_name").is_none());
    assert_eq!(claims["family_name"], "Arden", "what the form does not name stays");
    assert_eq!(
        (&claims["address"]["locality"], &claims["birthdate"]),
        (&"Paris".into(), &"1990-04-23".into())
    );
    assert_eq!((&claims["email_verified"], &claims["customer_number"]), (&true.into(), &4711.into()));
    assert_eq!(recorded(&t, "profile_changed").await, 1);
    // The same once more changes nothing.
    let page = visit(&mut browser, AccountPlace::Profile).await;
    send(&mut browser, &page, PROFILE, &[("name", "Alice Moreau")]).await;
    assert_eq!(recorded(&t, "profile_changed").await, 1);
}
both_engines!(
    what_is_saved_is_what_applications_see_on_sqlite,
    what_is_saved_is_what_applications_see_on_postgres,
    what_is_saved_is_what_applications_see
);

#[tokio::test]
async fn a_claim_has_its_form_and_what_was_typed_stays() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Profile).await;
    for (name, id, wrong) in [
        ("birthdate", "birthdate", "23.04.1990"),
        ("website", "website", "javascript:alert(1)"),
        ("picture", "picture", "//evil.test/x.png"),
        ("locale", "locale", "English, please"),
        ("zoneinfo", "zoneinfo", "../../etc/passwd"),
        ("nickname", "nickname", "a\u{7}b"),
    ] {
        let page = at_home({
            let answer = send(&mut browser, &page, PROFILE, &[("name", "Somebody"), (name, wrong)]).await;
            browser.follow("", answer).await.page()
        });
        assert!(page.has(&format!("#{id}[aria-invalid=true]")), "{name}");
        assert_eq!(page.attribute("#name", "value").unwrap(), "Somebody");
    }
    assert_eq!(recorded(&t, "profile_changed").await, 0);
}

#[tokio::test]
async fn what_was_typed_survives_a_sign_in_in_between_and_is_stored_only_then() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Profile).await;
    grow_stale(&t);
    let answer = send(&mut browser, &page, PROFILE, &[("name", "Alice Typed")]).await;
    let sign_in = browser.follow("", answer).await.page();
    assert!(sign_in.has("button#sign-in"));
    assert_eq!(sign_in.attribute("#identifier", "value").unwrap(), "alice");
    let fields = [("identifier", "alice"), ("password", PASSWORD)];
    let back = at_home(browser.submit(&sign_in, &fields).await.page());
    assert_eq!(back.attribute("#name", "value").unwrap(), "Alice Typed");
    assert!(back.has("#notice") && !back.has("#notice.good"));
    assert_eq!(recorded(&t, "profile_changed").await, 0);
    let answer = send(&mut browser, &back, PROFILE, &[("name", "Alice Typed")]).await;
    assert!(browser.follow("", answer).await.page().words().contains("Alice Typed"));
}

#[tokio::test]
async fn what_one_person_typed_is_not_shown_to_another_who_signs_in_instead() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Profile).await;
    grow_stale(&t);
    let answer = send(&mut browser, &page, PROFILE, &[("name", "Alice Typed")]).await;
    let sign_in = browser.follow("", answer).await.page();
    let fields = [("identifier", "bob"), ("password", PASSWORD)];
    let back = at_home(browser.submit(&sign_in, &fields).await.page());
    assert_eq!(back.attribute("#name", "value").unwrap(), "Bob Brook");
}

#[tokio::test]
async fn a_pool_says_what_people_may_change() {
    let settings = "name = \"main\"\nsettings = { profile_editable = [\"nickname\"] }\n";
    let t = TestServer::builder().edit("name = \"main\"\n", settings).start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Profile).await;
    assert!(page.has("input[name=nickname]") && !page.has("input[name=name]"));
    assert_eq!(send(&mut browser, &page, PROFILE, &[("name", "x")]).await.status, 400);
    assert_eq!(send(&mut browser, &page, PROFILE, &[("nickname", "Ali")]).await.status, 303);
    let settings = "name = \"main\"\nsettings = { profile_editable = [] }\n";
    let t = TestServer::builder().edit("name = \"main\"\n", settings).start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Profile).await;
    assert!(!page.has("#save") && page.words().contains("Alice Arden"));
    assert!(page.words().contains("To change this, ask"), "{}", page.words());
}
