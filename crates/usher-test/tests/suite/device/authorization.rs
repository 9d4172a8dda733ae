//! The device authorization endpoint (RFC 8628 §3.1, §3.2).

use super::support::{GRANT, ask, at_once, builder, number, poll, server};
use std::collections::BTreeSet;
use usher_store::Engine;
use usher_test::TestServer;
use usher_types::{Opaque, Span, UserCode, limits};

async fn a_device_is_given_two_codes_and_told_where_and_how(engine: Engine) {
    let t = server(engine).await;
    let tv = t.application("tv");
    let answer = tv.post("/oidc/device/auth", &[("scope", "openid")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let answer = answer.json();
    let user_code = answer["user_code"].as_str().unwrap();
    assert_eq!(UserCode::fold(user_code).unwrap().to_string(), user_code);
    assert!(Opaque::parse(answer["device_code"].as_str().unwrap()).is_ok());
    let page = format!("{}/device", t.origin());
    assert_eq!(answer["verification_uri"], page.as_str());
    assert_eq!(answer["verification_uri_complete"], format!("{page}?user_code={user_code}"));
    assert_eq!((&answer["expires_in"], &answer["interval"]), (&600.into(), &5.into()));
    assert_eq!(answer.as_object().unwrap().len(), 6);
}

async fn a_network_may_ask_so_often_and_then_waits_for_the_window(engine: Engine) {
    let t = server(engine).await;
    let (tv, printer) = (t.application("tv"), t.application("printer"));
    ask(&tv, "openid").await;
    t.advance(Span::minutes(5));
    // All at once, so that nobody counts before the others have asked.
    let statuses = at_once(limits::DEVICE_REQUESTS_BY_NETWORK as usize + 20, |_| {
        let tv = tv.clone();
        async move { tv.post("/oidc/device/auth", &[("scope", "openid")]).await.status.as_u16() }
    })
    .await;
    let taken = statuses.iter().filter(|s| **s == 200).count();
    assert!(statuses.iter().all(|s| [200, 429].contains(s)), "{statuses:?}");
    assert_eq!(taken, limits::DEVICE_REQUESTS_BY_NETWORK as usize - 1);
    let rows = number(&t, "SELECT COUNT(*) FROM tickets").await;
    let refused = tv.post("/oidc/device/auth", &[("scope", "openid")]).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "600"));
    assert_eq!(refused.json()["error"], "temporarily_unavailable");
    assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, rows, "what is refused leaves nothing");
    // Another public application is at the same end of the same line; one that proves who it is stands for itself.
    assert_eq!(t.application("box").post("/oidc/device/auth", &[]).await.status, 429);
    ask(&printer, "openid").await;
    t.advance(Span::minutes(10));
    ask(&tv, "openid").await;
}

on_both_engines! {
    a_device_is_given_two_codes_and_told_where_and_how
    a_network_may_ask_so_often_and_then_waits_for_the_window
}

#[tokio::test]
async fn an_application_with_credentials_may_ask_as_often_from_one_place_as_a_backend_does() {
    let t = server(Engine::Sqlite).await;
    let printer = t.application("printer");
    for _ in 0..limits::DEVICE_REQUESTS_BY_APPLICATION {
        ask(&printer, "openid").await;
    }
    assert_eq!(printer.post("/oidc/device/auth", &[]).await.status, 429);
    ask(&t.application("tv"), "openid").await;
}

#[tokio::test]
async fn discovery_names_endpoint_and_grant_and_the_grant_is_off_by_default() {
    let t = server(Engine::Sqlite).await;
    let metadata = t.application("web").get("/oidc/.well-known/openid-configuration").await.json();
    let endpoint = format!("{}/oidc/device/auth", t.origin());
    assert_eq!(metadata["device_authorization_endpoint"], endpoint.as_str());
    assert!(metadata["grant_types_supported"].as_array().unwrap().contains(&GRANT.into()));
    for app in ["web", "post", "first-party", "spa", "native", "api"] {
        let app = t.application(app);
        app.post("/oidc/device/auth", &[]).await.refused("unauthorized_client");
        let fields = [("grant_type", GRANT), ("device_code", "x")];
        app.post("/oidc/token", &fields).await.refused("unauthorized_client");
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, 0);
}

#[tokio::test]
async fn a_confidential_application_authenticates_and_a_public_one_names_itself() {
    let t = server(Engine::Sqlite).await;
    ask(&t.application("printer"), "openid").await;
    // Without its secret it is nobody; nor is somebody unknown, or nobody at all.
    let tv = t.application("tv");
    for (client_id, secret) in [("printer", ""), ("printer", "wrong"), ("nobody", ""), ("", "")] {
        let mut other = tv.clone();
        client_id.clone_into(&mut other.client_id);
        let fields = [("client_secret", secret)];
        let answer = other.post("/oidc/device/auth", if secret.is_empty() { &[] } else { &fields }).await;
        assert_eq!(answer.refused("invalid_client").status, 401, "{client_id} {secret}");
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, 2);
}

#[tokio::test]
async fn a_disabled_application_is_refused_at_once() {
    let mut t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let asked = ask(&tv, "openid").await;
    t.disable_application("tv").await;
    tv.post("/oidc/device/auth", &[]).await.refused("invalid_client");
    poll(&tv, &asked).await.refused("invalid_client");
}

#[tokio::test]
async fn a_request_that_is_none_is_told_so() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    tv.post("/oidc/device/auth", &[("scope", "openid"), ("scope", "films")]).await.refused("invalid_request");
    tv.post("/oidc/device/auth", &[("scope", "open\"id")]).await.refused("invalid_scope");
    let many: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();
    tv.post("/oidc/device/auth", &[("scope", &many.join(" "))]).await.refused("invalid_scope");
    tv.post("/oidc/token", &[("grant_type", GRANT)]).await.refused("invalid_request");
    let twice = [("grant_type", GRANT), ("device_code", "x"), ("device_code", "x")];
    tv.post("/oidc/token", &twice).await.refused("invalid_request");
    // RFC 8628 §3.1: unrecognized parameters are ignored, and an empty one is an absent one.
    let answer = tv.post("/oidc/device/auth", &[("scope", ""), ("unknown", "x"), ("unknown", "y")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn an_applications_codes_live_as_long_as_it_says() {
    let t = builder().application("tv", "device_code_lifetime = 60").start().await;
    let tv = t.application("tv");
    let answer = tv.post("/oidc/device/auth", &[("scope", "openid")]).await.json();
    assert_eq!(answer["expires_in"], 60);
    let asked = ask(&tv, "openid").await;
    t.advance(Span::seconds(59));
    poll(&tv, &asked).await.refused("authorization_pending");
    t.advance(Span::seconds(1));
    poll(&tv, &asked).await.refused("expired_token");
}

#[tokio::test]
async fn every_pool_has_its_own_page_and_its_codes_mean_nothing_elsewhere() {
    let staff = "[[pools.applications]]\nclient_id = \"web\"\nclient_secret = \"web-secret-0123456789-0123456789-0123456789\"\nclient_name = \"Staff Web\"\n";
    let with = format!("{staff}grant_types = [\"authorization_code\", \"{GRANT}\"]\n");
    let t = builder().edit(staff, &with).start().await;
    let web = t.application_of("staff", "web");
    let asked = ask(&web, "openid").await;
    assert!(asked.link.starts_with("/staff/device?user_code="));
    let mut browser = t.browser();
    let page = browser.open("/device").await.page();
    let page = browser.submit(&page, &[("user_code", &asked.user_code)]).await.page();
    assert!(page.has("#problem"), "the code of another pool is unknown");
    let page = browser.open(&asked.link).await.page();
    assert!(browser.submit(&page, &[("user_code", &asked.user_code)]).await.page().has("#sign-in"));
}

#[tokio::test]
async fn a_page_of_a_registered_origin_may_read_the_answer_and_another_may_not() {
    let t = builder().application("native", "").start().await;
    let tv = t.application("tv");
    for (origin, may) in [("https://spa.test", true), ("https://evil.test", false), ("null", false)] {
        let request = http::Request::post(tv.path("/oidc/device/auth"))
            .header("host", t.origin().split_once("://").unwrap().1)
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(http_body_util::Full::new("client_id=tv".into()))
            .unwrap();
        let answer = usher_test::send(t.address, request).await;
        assert_eq!(answer.status, 200);
        let echoed = answer.header("access-control-allow-origin");
        assert_eq!(echoed, if may { origin } else { "" });
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}

#[tokio::test]
async fn codes_do_not_repeat_and_the_database_tells_none() {
    let t = server(Engine::Sqlite).await;
    let tv = t.application("tv");
    let (mut user_codes, mut device_codes) = (BTreeSet::new(), BTreeSet::new());
    for n in 0..200 {
        if n % limits::DEVICE_REQUESTS_BY_NETWORK == 0 {
            t.advance(limits::FAILURE_WINDOW);
        }
        let asked = ask(&tv, "openid").await;
        let stored = t.app.store.list("SELECT payload, state FROM tickets", Vec::new()).await.unwrap();
        let letters = asked.user_code.replace('-', "");
        for row in stored.iter().rev().take(2) {
            let texts = format!("{} {}", row.get::<String>(0).unwrap(), row.get::<String>(1).unwrap());
            assert!(!texts.contains(&letters) && !texts.contains(&asked.user_code), "{texts}");
            assert!(!texts.contains(asked.device_code.split_once('.').unwrap().1), "{texts}");
        }
        user_codes.insert(asked.user_code);
        device_codes.insert(asked.device_code);
    }
    assert_eq!((user_codes.len(), device_codes.len()), (200, 200));
}

#[tokio::test]
async fn codes_that_nobody_used_leave_nothing_behind() {
    let t: TestServer = server(Engine::Sqlite).await;
    for _ in 0..20 {
        ask(&t.application("tv"), "openid").await;
    }
    assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, 40);
    t.advance(Span::minutes(26));
    t.app.sweep(usher_types::Clock::now(&*t.clock)).await.unwrap();
    assert_eq!(number(&t, "SELECT COUNT(*) FROM tickets").await, 0);
}
