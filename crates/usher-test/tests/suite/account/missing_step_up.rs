//! Attack class "missing step-up for account change" (and CSRF): generated from the list of endpoints, so that a new one fails until its
//! forms stand here.

use super::support::{browser_of, grow_stale, send, session_of, trail, visit};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use usher_test::{PASSWORD, TestServer};
use usher_types::Endpoint;
use usher_types::page::AccountPlace;

const NEW: &str = "an entirely new pass phrase";

/// The endpoints of accounts that take forms.
pub(super) fn endpoints() -> impl Iterator<Item = Endpoint> {
    Endpoint::ALL.into_iter().filter(|e| e.path().starts_with("/account") && e.methods().contains(&"POST"))
}

/// Every change that an endpoint can make, as fields; `id` is another session of the person's.
pub(super) fn changes(endpoint: Endpoint, id: &str) -> Vec<Vec<(&'static str, String)>> {
    let form = |fields: &[(&'static str, &str)]| {
        fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    match endpoint {
        // Leaving needs no proof.
        Endpoint::Account => Vec::new(),
        Endpoint::AccountProfile => vec![form(&[("name", "Mallory")])],
        Endpoint::AccountPassword => {
            vec![form(&[("password", PASSWORD), ("new_password", NEW), ("new_password_again", NEW)])]
        }
        Endpoint::AccountSessions => {
            vec![form(&[("decision", "end"), ("id", id)]), form(&[("decision", "end-others")])]
        }
        Endpoint::AccountApplications => vec![form(&[("decision", "remove"), ("client_id", "web")])],
        other => panic!("{other:?} takes forms and is not tested"),
    }
}

pub(super) fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn every_change_needs_a_sign_in_of_the_last_minutes() {
    let t = TestServer::start().await;
    let mut other = browser_of(&t, "alice").await;
    let id = session_of(&visit(&mut other, AccountPlace::Overview).await);
    let mut browser = browser_of(&t, "alice").await;
    t.application("web").sign_in(&mut browser, "alice", "openid").await;
    let page = visit(&mut browser, AccountPlace::Overview).await;
    grow_stale(&t);
    let before = trail(&t).await.len();
    for endpoint in endpoints() {
        for fields in changes(endpoint, &id) {
            let answer = send(&mut browser, &page, endpoint, &borrowed(&fields)).await;
            assert!(answer.location().contains("/account/resume?"), "{endpoint:?} {}", answer.status);
            let asked = browser.follow("", answer).await.page();
            assert!(asked.has("button#sign-in"), "{endpoint:?}");
            assert_eq!(asked.attribute("#identifier", "value").unwrap(), "alice");
            assert_eq!(trail(&t).await.len(), before, "{endpoint:?} {fields:?}");
        }
    }
    // The page for a password is not even shown.
    assert!(browser.open("/account/password").await.page().has("button#sign-in"));
    visit(&mut other, AccountPlace::Overview).await;
}

#[tokio::test]
async fn every_change_is_made_by_our_own_form_only() {
    let t = TestServer::start().await;
    let mut other = browser_of(&t, "alice").await;
    let id = session_of(&visit(&mut other, AccountPlace::Overview).await);
    let mut browser = browser_of(&t, "alice").await;
    t.application("web").sign_in(&mut browser, "alice", "openid").await;
    let page = visit(&mut browser, AccountPlace::Overview).await;
    let session = session_of(&page);
    let token = page.attribute("input[name=form_token]", "value").unwrap();
    let theirs = visit(&mut other, AccountPlace::Overview).await;
    let theirs = theirs.attribute("input[name=form_token]", "value").unwrap();
    let before = trail(&t).await.len();
    for endpoint in endpoints() {
        let mut all = changes(endpoint, &id);
        if endpoint == Endpoint::Account {
            all.push(vec![("decision", "sign-out".to_owned())]);
        }
        for fields in all {
            for wrong in ["", "x", &theirs, &token[1..], &token.to_lowercase()] {
                let mut all = borrowed(&fields);
                all.extend([("session", session.as_str()), ("form_token", wrong)]);
                let answer = browser.post(endpoint.path(), &all).await;
                assert!(answer.location().contains("/account/resume?"), "{endpoint:?} {wrong:?}");
            }
            let mut all = borrowed(&fields);
            all.extend([("session", session.as_str()), ("form_token", token.as_str())]);
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&all).finish();
            for (name, value) in [
                ("origin", "https://evil.test"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
            ] {
                let request = Request::post(endpoint.path())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header(name, value)
                    .body(Full::new(Bytes::from(body.clone())))
                    .unwrap();
                assert_eq!(browser.exchange(request).await.status, 403, "{endpoint:?} {value}");
            }
            browser.get(&format!("{}?{body}", endpoint.path())).await;
            browser.post_from_elsewhere(endpoint.path(), &all).await;
            assert_eq!(trail(&t).await.len(), before, "{endpoint:?} {fields:?}");
        }
        let shown = browser.get(endpoint.path()).await;
        assert_eq!(shown.header("x-frame-options"), "DENY");
        assert!(shown.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
    visit(&mut browser, AccountPlace::Overview).await;
}

#[tokio::test]
async fn what_the_server_alone_may_set_and_what_nobody_knows_is_refused() {
    let settings = "name = \"main\"\nsettings = { profile_editable = [\"name\", \"email\"] }\n";
    let t = TestServer::builder().edit("name = \"main\"\n", settings).start().await;
    let mut browser = browser_of(&t, "alice").await;
    let page = visit(&mut browser, AccountPlace::Overview).await;
    for endpoint in endpoints() {
        for name in [
            "email_verified",
            "phone_number_verified",
            "phone_number",
            "updated_at",
            "sub",
            "id_token",
            "enabled",
            "must_change_password",
            "password_hash",
            "custom",
            "custom.customer_number",
            "address",
            "address.x",
            "user_id",
            "x",
            "",
        ] {
            let mut fields = vec![(name, "true")];
            if endpoint == Endpoint::AccountProfile {
                fields.push(("name", "Mallory"));
            }
            assert_eq!(send(&mut browser, &page, endpoint, &fields).await.status, 400, "{endpoint:?} {name}");
        }
    }
    let twice = [("name", "a"), ("name", "b")];
    assert_eq!(send(&mut browser, &page, Endpoint::AccountProfile, &twice).await.status, 400);
    assert!(visit(&mut browser, AccountPlace::Profile).await.words().contains("Alice Arden"));
}
