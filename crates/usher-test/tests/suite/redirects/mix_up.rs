//! Attack class "mix-up": every authorization response says who made it (RFC 9207 §2), in every mode, success and error, pool by pool.

use super::{browser_of, page, told};
use usher_test::{Application, Browser, TestServer};

/// The parameters of a posted response.
async fn posted(
    browser: &mut Browser,
    application: &Application,
    changes: &[(&str, &str)],
) -> Vec<(String, String)> {
    let changes: Vec<(&str, &str)> =
        [("response_mode", "form_post")].into_iter().chain(changes.iter().copied()).collect();
    page(&browser.get(&application.request(&changes)).await).form().1
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    fields.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect()
}

#[tokio::test]
async fn every_response_names_its_issuer_once() {
    let t = TestServer::start().await;
    let staff = format!("{}/staff/oidc", t.origin());
    for (application, issuer) in
        [(t.application("web"), t.issuer()), (t.application_of("staff", "web"), staff)]
    {
        let mut browser = t.browser();
        let success = application.authorize(&mut browser, "alice", &[]).await;
        let error = told(&browser.get(&application.request(&[("response_type", "token")])).await);
        for callback in [success, error] {
            assert_eq!(callback.params["iss"], issuer);
        }
        let success = posted(&mut browser, &application, &[]).await;
        let error = posted(&mut browser, &application, &[("prompt", "none login")]).await;
        assert_eq!(
            (value(&success, "iss"), value(&error, "iss")),
            (vec![issuer.as_str()], vec![issuer.as_str()])
        );
        assert_eq!((value(&success, "code").len(), value(&error, "error")), (1, vec!["invalid_request"]));
        // RFC 9207 §2.4: what a client compares it with.
        let metadata = application.get("/oidc/.well-known/openid-configuration").await.json();
        assert_eq!(
            (&metadata["issuer"], &metadata["authorization_response_iss_parameter_supported"]),
            (&issuer.into(), &true.into())
        );
    }
}

#[tokio::test]
async fn a_code_of_one_issuer_is_nothing_at_the_other() {
    let t = TestServer::start().await;
    let (web, staff) = (t.application("web"), t.application_of("staff", "web"));
    let callback = web.authorize(&mut t.browser(), "alice", &[]).await;
    staff.exchange(callback.code()).await.refused("invalid_grant");
    web.exchange(callback.code()).await.tokens();
    let callback = staff.authorize(&mut t.browser(), "alice", &[]).await;
    web.exchange(callback.code()).await.refused("invalid_grant");
}

#[tokio::test]
async fn a_session_of_one_pool_is_nobody_in_the_other() {
    let t = TestServer::start().await;
    let mut browser = browser_of(&t, &["alice"]).await;
    let answer = browser.get(&t.application_of("staff", "web").request(&[("prompt", "none")])).await;
    assert_eq!(told(&answer).error(), "login_required");
    // Nor is its cookie under the other pool's name.
    let (_, value) = browser.cookies.pop_first().unwrap();
    let port = t.address.port();
    browser.cookies.insert(format!("usher-staff-{port}"), value);
    let answer = browser.get(&t.application_of("staff", "web").request(&[("prompt", "none")])).await;
    assert_eq!(told(&answer).error(), "login_required");
}
