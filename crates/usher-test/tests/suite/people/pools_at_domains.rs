//! Attack class 50 where a pool lives at a domain of its own: one address and issuer each, and nothing of one pool is of use in the other.

use super::support::{claims, handle_of, sign_in_page, silently};
use http::{Request, header};
use http_body_util::Full;
use usher_test::{Answer, Application, Browser, Builder, PASSWORD, TestServer};

/// A server whose second pool lives at a domain, with everything else as in the seed.
fn at_domain() -> Builder {
    TestServer::builder().edit("name = \"staff\"\n", "name = \"staff\"\ndomain = \"staff.localhost\"\n")
}

struct Pools {
    t: TestServer,
    main: Application,
    staff: Application,
}

async fn pools() -> Pools {
    let t = at_domain().start().await;
    Pools { main: t.application("web"), staff: t.application_of("staff", "web"), t }
}

async fn get(browser: &mut Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.exchange(request.body(Full::default()).unwrap()).await
}

#[tokio::test]
async fn a_pool_at_a_domain_has_one_issuer_and_one_place() {
    let Pools { t, staff, .. } = pools().await;
    let port = t.address.port();
    let issuer = format!("http://staff.localhost:{port}/oidc");
    assert_eq!(staff.issuer(), issuer);
    let discovery = staff.get("/oidc/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["issuer"], issuer);
    let addresses: Vec<&str> = discovery
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || name.ends_with("_uri"))
        .map(|(_, value)| value.as_str().unwrap())
        .collect();
    assert!(addresses.len() >= 8, "{addresses:?}");
    assert!(addresses.iter().all(|a| a.starts_with(&issuer)), "{addresses:?}");
    // RFC 8414 §3.1: the issuer's path follows the well-known part.
    assert_eq!(staff.get("/.well-known/oauth-authorization-server/oidc").await.json(), discovery);

    for path in [
        "/staff/oidc/.well-known/openid-configuration",
        "/staff/oidc/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server/staff/oidc",
        "/staff/sign-in",
        "/staff/device",
        "/main/oidc/auth",
        "/main/oidc/.well-known/openid-configuration",
    ] {
        assert_eq!(t.browser().get(path).await.status, 404, "{path} at the shared address");
        assert_eq!(t.browser_at("staff").get(path).await.status, 404, "{path} at the domain");
    }
    for path in ["/assets/usher.css", "/favicon.ico"] {
        assert_eq!(t.browser_at("staff").get(path).await.status, 200, "{path}");
    }
    let main = t.browser().get("/oidc/.well-known/openid-configuration").await.json();
    assert_eq!(main["issuer"], t.issuer());
}

#[tokio::test]
async fn a_person_signs_in_at_the_domain_and_never_leaves_it() {
    let Pools { t, staff, .. } = pools().await;
    let mut browser = t.browser_at("staff");
    let page = sign_in_page(&mut browser, &staff).await;
    assert_eq!(page.form().0, "/sign-in");
    let name = format!("usher-staff-{}", t.address.port());
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), [&name]);
    let callback = staff.authorize(&mut browser, "alice", &[]).await;
    assert_eq!(callback.params["iss"], staff.issuer());
    let tokens = staff.exchange(callback.code()).await.tokens();
    let id = staff.verify(tokens.id.as_deref().unwrap(), "web").await;
    assert_eq!(id["iss"], staff.issuer());
    assert_eq!(claims(&tokens.access)["iss"], staff.issuer());
    assert_eq!(staff.userinfo(&tokens.access).await.status, 200);
    let out = browser.get("/oidc/session/end").await.location();
    assert!(out.starts_with("/sign-out?"), "{out}");
}

#[tokio::test]
async fn a_device_is_told_the_domain() {
    let builder = at_domain().edit(
        "client_name = \"Staff Web\"\n",
        "client_name = \"Staff Web\"\ngrant_types = [\"authorization_code\", \"urn:ietf:params:oauth:grant-type:device_code\"]\n",
    );
    let t = builder.start().await;
    let staff = t.application_of("staff", "web");
    let asked = staff.post("/oidc/device/auth", &[("scope", "openid")]).await.json();
    let page = format!("{}/device", t.pool("staff").origin());
    assert_eq!(asked["verification_uri"], page);
    assert!(asked["verification_uri_complete"].as_str().unwrap().starts_with(&format!("{page}?user_code=")));
}

#[tokio::test]
async fn over_https_cookies_and_strict_transport_are_the_domains_own() {
    let t = at_domain()
        .edit("staff.localhost", "login.staff.example")
        .edit("public_url = \"http://", "public_url = \"https://")
        .start()
        .await;
    let staff = t.application_of("staff", "web");
    let port = t.address.port();
    assert_eq!(staff.issuer(), format!("https://login.staff.example:{port}/oidc"));
    let answer = t.browser_at("staff").get(&staff.request(&[])).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-usher-staff=") && cookie.contains("; Secure"), "{cookie}");
    assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
    assert!(answer.header("strict-transport-security").contains("max-age="));
}

#[tokio::test]
async fn a_form_is_taken_from_a_page_of_its_own_address_only() {
    let Pools { t, main, staff } = pools().await;
    for (app, mut browser, elsewhere) in [
        (&staff, t.browser_at("staff"), t.origin()),
        (&main, t.browser(), t.pool("staff").origin().to_owned()),
    ] {
        let page = sign_in_page(&mut browser, app).await;
        let (action, hidden) = page.form();
        let fields = hidden.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let fields = fields.chain([("identifier", "alice"), ("password", PASSWORD)]);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(&action)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, elsewhere)
            .body(Full::new(body.into()))
            .unwrap();
        assert_eq!(browser.exchange(request).await.status, 403);
    }
}

#[tokio::test]
async fn cookies_and_sessions_of_one_address_are_none_at_the_other() {
    let Pools { t, main, staff } = pools().await;
    let (mut at_main, mut at_staff) = (t.browser(), t.browser_at("staff"));
    main.authorize(&mut at_main, "alice", &[]).await.code();
    staff.authorize(&mut at_staff, "alice", &[]).await.code();
    let port = t.address.port();
    let (of_main, of_staff) = (format!("usher-main-{port}"), format!("usher-staff-{port}"));
    let (main_value, staff_value) = (at_main.cookies[&of_main].clone(), at_staff.cookies[&of_staff].clone());
    for (mut browser, app, value) in
        [(t.browser_at("staff"), &staff, main_value), (t.browser(), &main, staff_value)]
    {
        for name in [&of_main, &of_staff] {
            browser.cookies.insert(name.clone(), value.clone());
        }
        assert_eq!(silently(&mut browser, app, &[]).await, "login_required");
    }
    assert_eq!(silently(&mut at_main, &main, &[]).await, "code");
    assert_eq!(silently(&mut at_staff, &staff, &[]).await, "code");
}

#[tokio::test]
async fn codes_tokens_and_hints_of_one_address_are_garbage_at_the_other() {
    let Pools { t, main, staff } = pools().await;
    for (ours, theirs, mut browser, mut abroad) in [
        (&main, &staff, t.browser(), t.browser_at("staff")),
        (&staff, &main, t.browser_at("staff"), t.browser()),
    ] {
        let code = ours.authorize(&mut browser, "alice", &[]).await;
        theirs.exchange(code.code()).await.refused("invalid_grant");
        let tokens = ours.sign_in(&mut browser, "alice", "openid offline_access").await;
        let refresh = tokens.refresh.as_deref().unwrap();
        theirs.refresh(refresh).await.refused("invalid_grant");
        assert_eq!(theirs.userinfo(&tokens.access).await.status, 401);
        let id = tokens.id.as_deref().unwrap();
        for token in [&tokens.access, refresh, id] {
            assert_eq!(theirs.introspect(token).await, serde_json::json!({ "active": false }));
            assert_eq!(theirs.revoke(token).await.status, 200);
        }
        assert!(ours.is_active(&tokens.access).await);
        assert_eq!(silently(&mut abroad, theirs, &[("id_token_hint", id)]).await, "invalid_request");
        let page = sign_in_page(&mut t.browser_at("staff"), &staff).await;
        let handle = handle_of(&page);
        assert_eq!(t.browser().get(&format!("/sign-in?interaction={handle}")).await.status, 400);
    }
}

#[tokio::test]
async fn what_a_key_set_is_cached_under_is_the_pools_own() {
    let Pools { t, .. } = pools().await;
    let mut tags = std::collections::BTreeSet::new();
    for mut browser in [t.browser(), t.browser_at("staff")] {
        for path in ["/oidc/.well-known/jwks.json", "/oidc/.well-known/openid-configuration"] {
            let answer = browser.get(path).await;
            let tag = answer.header("etag").to_owned();
            assert_eq!(get(&mut browser, path, &[("if-none-match", &tag)]).await.status, 304);
            tags.insert(tag);
        }
    }
    assert_eq!(tags.len(), 4, "{tags:?}");
}
